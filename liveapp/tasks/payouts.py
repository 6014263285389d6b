"""Jobs about payouts: making those that are due, sending them, and hearing what became of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from liveapp.domain.errors import Busy, Refusal
from liveapp.domain.payouts import balances, making, queries, sending
from liveapp.domain.payouts.earners import Earner, host_of
from liveapp.gateways import payouts
from liveapp.gateways.stripe import connect
from liveapp.gateways.stripe.client import StripeAway, StripeRefused, is_on
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import clock
from liveapp.web.logs import log


def handle_event(kind: str, object_id: str, account_id: str) -> None:
    """What the provider tells of accounts, transfers and banks: the object is read as it is now."""
    if kind == "account.updated":
        payouts.look_at_account(object_id, now=clock.now())
    elif kind.startswith("transfer."):
        payouts.hear(connect.transfer(object_id), now=clock.now())
    elif kind in ("payout.paid", "payout.failed") and account_id:
        payouts.look_at_bank(account_id, now=clock.now())


def send_payout(payout_id: str) -> None:
    """Sends a payout to the provider."""
    payouts.send(uuid.UUID(payout_id), now=clock.now())


def make_payouts() -> int:
    """On a payout day everybody who can be paid is. Returns how many payouts were made."""
    made = 0
    for organization_id, day in making.due_days(now=clock.now()):
        for each in balances.of_everybody(organization_id=organization_id, now=clock.now()):
            made += _make(Earner(organization_id, host_of(each.account)), each.currency) if each.payable else 0
        transact(making.finish_day, organization_id=organization_id, day=day, now=clock.now())
    return made


def send_waiting() -> int:
    """Payouts that wait for funds, or whose answer was lost, are looked after. Returns how many."""
    return _each(sending.waiting(now=clock.now()), payouts.send, "payout")


def look_at_accounts() -> int:
    """Accounts that can't be paid to yet are asked after, whatever the provider told. Returns how many."""
    return _each(queries.unready(), payouts.look_at_account, "payout account")


def _make(earner: Earner, currency: str) -> int:
    """One payout; none where it can't be made, which their page says."""
    try:
        transact_in_turn(earner.turn, making.make, earner=earner, currency=currency, now=clock.now())
    except Busy:
        raise
    except Refusal as refusal:
        log.info("payout left out", item=earner.account, reason=refusal.code)
        return 0
    return 1


def _each(items: Iterable[Any], do: Callable[..., None], name: str) -> int:
    """Does it for each; one that the provider doesn't answer about is left for the next run."""
    if not is_on():
        return 0
    looked = 0
    for item in items:
        try:
            do(item, now=clock.now())
        except (StripeAway, StripeRefused) as error:
            log.warning(f"{name} left for the next run", item=str(item), error=str(error))
            continue
        looked += 1
    return looked
