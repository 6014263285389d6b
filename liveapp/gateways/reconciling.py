"""Our books against Stripe's, both ways: every difference in words, and what is safe mended by telling us once more.

Money that came in, went back, is disputed, and was paid out. Mending is what a webhook that got lost would have done.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from liveapp.domain.errors import Refusal
from liveapp.domain.payments import comparing
from liveapp.domain.payouts import comparing as payouts_here
from liveapp.gateways import charges, disputes, money_back, payouts
from liveapp.gateways.stripe import connect, lists, refunds
from liveapp.gateways.stripe import disputes as stripe_disputes
from liveapp.gateways.stripe.client import StripeRefused
from liveapp.gateways.stripe.refunds import MoneyBack
from liveapp.rules.reconciling import Difference, Ours, Theirs, compare

T = TypeVar("T")
DAYS = 3
SETTLING = timedelta(minutes=5)
"""What came in since then may be under way here still."""
STANDINGS = {"succeeded": "done", "failed": "failed", "canceled": "failed"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found: differences that were mended, and those that are left for a person."""

    mended: Sequence[Difference]
    left: Sequence[Difference]


def reconcile(*, now: datetime, days: int = DAYS) -> Outcome:
    """Compares the last days, mends what is safe, and compares again: what is mended can bring more to light. Raises
    StripeAway."""
    tried: list[Difference] = []
    left = differences(now=now, days=days)
    while new := [each for each in left if each.is_mendable and each not in tried]:
        for difference in new:
            with suppress(StripeRefused, Refusal):  # then it is found again, and left for a person
                _mend(difference, now)
        tried += new
        left = differences(now=now, days=days)
    return Outcome([each for each in tried if each not in left], left)


def differences(*, now: datetime, days: int = DAYS) -> list[Difference]:
    """Every difference of the last days; nothing is changed. Raises StripeAway."""
    first, last = now - timedelta(days=days), now - SETTLING
    went_back = list(refunds.refunds_made(first=first, last=last))
    return [
        *_payments(went_back, first, last),
        *_refunds(went_back, first, now),
        *_disputes(first, last),
        *_payouts(first, last),
    ]


def _payments(went_back: Sequence[MoneyBack], first: datetime, last: datetime) -> list[Difference]:
    there = list(lists.received(first=first, last=last))
    known = comparing.by_intent(intents=[each.key for each in there])
    there = [replace(each, payment_id=known.get(each.key, each.payment_id)) for each in there]
    here = comparing.payments(first=first, last=last, besides=[each.payment_id for each in there])
    there += _fetched(here, {each.key for each in there}, lists.received_as)
    theirs = [
        Theirs(
            each.key, str(each.payment_id), "paid", each.minor,
            is_returned=sum(back.minor for back in went_back if back.intent_id == each.key) >= each.minor,
        )
        for each in there
    ]  # fmt: skip
    return compare("payment", here, theirs)


def _refunds(went_back: Sequence[MoneyBack], first: datetime, now: datetime) -> list[Difference]:
    named = comparing.named(intents={each.intent_id for each in went_back})
    there = [each for each in went_back if each.intent_id in named]
    known = comparing.known(
        refund_ids=[each.refund_id for each in there if each.refund_id], keys=[each.id for each in there]
    )
    here = comparing.refunds(first=first, now=now, besides=list(known.values()))
    there += _fetched(here, {each.id for each in there}, refunds.refund)
    theirs = [
        Theirs(
            each.id, str(each.refund_id or ""), STANDINGS.get(each.status, "pending"), each.minor, can_be_adopted=True
        )
        for each in there
    ]
    return compare("refund", here, theirs)


def _disputes(first: datetime, last: datetime) -> list[Difference]:
    there = list(stripe_disputes.disputes_made(first=first, last=last))
    named = comparing.named(intents={each.intent_id for each in there})
    here = comparing.disputes(keys=[each.id for each in there])
    known = {each.key for each in here}
    theirs = [
        Theirs(each.id, each.id, each.standing, 0, can_be_adopted=True)
        for each in there
        if each.intent_id in named and (each.id in known or each.standing != "won")
    ]
    return compare("dispute", here, theirs)


def _payouts(first: datetime, last: datetime) -> list[Difference]:
    there = list(lists.sent(first=first, last=last))
    here = payouts_here.payouts(first=first, last=last, besides=[each.payout_id for each in there])
    there += _fetched(here, {each.key for each in there}, lists.sent_as)
    return compare("payout", here, [Theirs(each.key, str(each.payout_id), "paid", each.minor) for each in there])


def _fetched(here: Iterable[Ours], listed: set[str], fetch: Callable[[str], T | None]) -> list[T]:
    """What we know by names that weren't listed, as of other days; what isn't there stays away."""
    found = []
    for own in here:
        if own.key and own.key not in listed:
            try:
                each = fetch(own.key)
            except StripeRefused:
                continue
            if each is not None:
                found.append(each)
    return found


def _mend(difference: Difference, now: datetime) -> None:
    """Tells us once more how the thing stands there."""
    if difference.noun == "payment":
        charges.settle_charge(difference.key, now=now)
    elif difference.noun == "dispute":
        disputes.settle(stripe_disputes.dispute(difference.key), now=now)
    elif difference.noun == "payout":
        payouts.hear(connect.transfer(difference.key), now=now)
    elif "_" in difference.key:  # Stripe's names have one, ours don't
        money_back.settle(refunds.refund(difference.key), now=now)
    else:
        money_back.send_refund(uuid.UUID(difference.key), now=now)
