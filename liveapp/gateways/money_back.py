"""Sending money back and hearing what came of it, step by step, as `payments` does for money that comes in.

Who sends, who is told by a webhook and who reconciles have `settle` in common: it reads what the provider says of a
refund, and records it once.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import datetime, timedelta

from liveapp.db import AnyRow
from liveapp.domain.payments import outcomes, refunding
from liveapp.gateways.charges import payment_behind
from liveapp.gateways.stripe import refunds
from liveapp.gateways.stripe.client import StripeRefused
from liveapp.gateways.stripe.refunds import MoneyBack
from liveapp.kill_points import reach
from liveapp.unit_of_work import transact

KEYS_LAST = timedelta(hours=20)
"""Stripe forgets a key after a day: from then on the same call would send the money twice. With room for a clock that
is wrong."""


def send_refund(refund_id: uuid.UUID, *, now: datetime) -> None:
    """Sends money back, and records what came of it; one that is under way is asked after."""
    refund = refunding.by_id(refund_id)
    if refund.status in ("done", "failed"):
        return
    reach("refund.asked")
    try:
        found = _sent(refund, now)
    except StripeRefused as refusal:
        _look_around(refund, now)
        transact(outcomes.record_failed, refund_id=refund_id, failure=refusal.code, now=now)
        return
    reach("refund.sent")
    settle(found, now=now)


def settle(found: MoneyBack, *, now: datetime) -> bool:
    """Records what the provider says of a refund: one of ours goes on, one made in its console becomes ours.

    False for money that went back of no payment of ours.
    """
    refund_id = _known(found, now)
    if refund_id is None:
        return False
    if found.status == "succeeded":
        transact(outcomes.record_done, refund_id=refund_id, provider_id=found.id, now=now)
    elif found.status in ("failed", "canceled"):
        transact(outcomes.record_failed, refund_id=refund_id, failure=found.failure or found.status, now=now)
    else:
        transact(outcomes.record_pending, refund_id=refund_id, provider_id=found.id)
    return True


def settle_all(*, charge_id: str, now: datetime) -> None:
    """Records every refund of a charge."""
    for found in refunds.refunds_of(charge_id=charge_id):
        settle(found, now=now)


def _sent(refund: AnyRow, now: datetime) -> MoneyBack:
    """The refund at the provider; where the key may be forgotten, it is looked for before it is made."""
    if refund.provider_id:
        return refunds.refund(refund.provider_id)
    if now - refund.created_at > KEYS_LAST:
        for found in refunds.refunds_of(intent_id=refund.intent_id):
            if found.refund_id == refund.id:
                return found
    return refunds.give_back(
        refund_id=refund.id, intent_id=refund.intent_id, minor=refund.amount_minor, currency=refund.currency
    )


def _look_around(refund: AnyRow, now: datetime) -> None:
    """A refund is refused where its money went back already: then whatever went back is written down first."""
    with suppress(StripeRefused):
        for found in refunds.refunds_of(intent_id=refund.intent_id):
            settle(found, now=now)


def _known(found: MoneyBack, now: datetime) -> uuid.UUID | None:
    """Our refund that this is; one made in the console becomes ours now."""
    if found.refund_id:
        ours = outcomes.of_intent(refund_id=found.refund_id, intent_id=found.intent_id)
        if ours:
            return ours
    payment_id = payment_behind(found.intent_id, now=now)
    if payment_id is None:
        return None
    return transact(
        outcomes.adopt, payment_id=payment_id, provider_id=found.id, minor=found.minor, kind="console", now=now
    )
