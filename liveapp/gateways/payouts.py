"""Paying out, step by step: a transaction, the call, and a transaction that records its answer.

Every step can be repeated. A payout that was asked for before is looked up first; only what the provider doesn't have
is asked for again, by the same key unless it said no, or broke.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from liveapp.db import AnyRow
from liveapp.domain.actor import Actor
from liveapp.domain.payouts import accounts, queries, sending
from liveapp.domain.payouts.earners import Earner
from liveapp.domain.payouts.models import UNDER_WAY
from liveapp.gateways.stripe import connect
from liveapp.gateways.stripe.client import ACCOUNT_GONE, StripeAway, StripeRefused
from liveapp.gateways.stripe.connect import NOT_NOW, Order, Transfer
from liveapp.kill_points import reach
from liveapp.unit_of_work import transact, transact_in_turn


def begin_set_up(earner: Earner, *, actor: Actor, back_url: str, now: datetime) -> str:
    """Where the earner sets up how they are paid: the provider's page, which leads back. Raises StripeAway,
    StripeRefused."""
    row = transact_in_turn(earner.turn, accounts.begin, earner=earner, actor=actor, now=now)
    return connect.set_up_page(row.account_id or _open(row, earner, now), back_url=back_url)


def look_at_account(account_id: str, *, now: datetime) -> None:
    """Records how the account stands with the provider; one that is gone can't be paid to, a strange one is none of
    ours. Raises StripeAway."""
    if queries.account_at_provider(account_id=account_id) is None:
        return
    try:
        found = connect.account(account_id)
    except StripeRefused as refusal:
        if refusal.code != ACCOUNT_GONE:
            raise
        found = connect.Account(account_id, is_ready=False, missing=())
    transact(
        accounts.note_state,
        account_id=account_id, is_ready=found.is_ready, missing=found.missing, bank=found.bank, now=now,
    )  # fmt: skip


def look_at_bank(account_id: str, *, now: datetime) -> None:
    """Records whether the bank took what the provider sent there last, and how the account stands. Raises StripeAway,
    StripeRefused."""
    if queries.account_at_provider(account_id=account_id) is None:
        return
    transact(accounts.note_bank, account_id=account_id, failure=connect.bank_failure(account_id), now=now)
    look_at_account(account_id, now=now)


def send(payout_id: uuid.UUID, *, now: datetime) -> None:
    """Sends a payout that is under way, and records what came of it. Raises StripeAway."""
    payout = queries.payout(payout_id=payout_id)
    if payout.status not in UNDER_WAY:
        return
    if payout.status == "pending" and _is_put_off(payout, now):
        return
    found = connect.sent(payout_id) if payout.status == "processing" else None
    if found is None:
        found = _ask(payout_id, now=now)
    if found is not None:
        hear(found, now=now)


def hear(found: Transfer, *, now: datetime) -> None:
    """Records a transfer as it is now: that it was sent, and what of it came back. A strange one is none of ours."""
    if found.payout_id is None or not queries.is_ours(payout_id=found.payout_id):
        return
    transact(sending.record_paid, payout_id=found.payout_id, provider_id=found.id, now=now)
    if found.reversals:
        transact(sending.record_reversals, payout_id=found.payout_id, reversals=found.reversals, now=now)


def _is_put_off(payout: AnyRow, now: datetime) -> bool:
    """Whether the bank account was changed lately, as the provider says at the last moment. Raises StripeAway."""
    look_at_account(payout.account_id, now=now)
    return bool(transact(sending.wait_for_account, payout_id=payout.id, now=now))


def _open(row: AnyRow, earner: Earner, now: datetime) -> str:
    """The provider's name of a new account, written down before anybody is sent there."""
    email = accounts.email_of(earner=earner)
    reach("payout_account.began")
    made = connect.open_account(key=row.id, email=email)
    reach("payout_account.made")
    transact(accounts.note_made, key=row.id, account_id=made.id, now=now)
    return made.id


def _ask(payout_id: uuid.UUID, *, now: datetime) -> Transfer | None:
    """Asks the provider to send it. None where it can't, which is recorded."""
    payout = transact(sending.begin, payout_id=payout_id, now=now)
    if payout.status not in UNDER_WAY:
        return None
    order = Order(payout_id, payout.attempts, payout.account_id, payout.amount_minor, payout.currency)
    reach("payout.asked")
    try:
        found = connect.send(order)
    except StripeRefused as refusal:
        _record_refused(order, refusal.code, now)
        return None
    except StripeAway as away:
        if away.has_ended:
            transact(sending.record_broken, payout_id=payout_id, attempts=order.attempt)
        raise
    reach("payout.sent")
    return found


def _record_refused(order: Order, code: str, now: datetime) -> None:
    """What can't be done now is asked for again later; what can't be done goes back to the balance."""
    if code in NOT_NOW:
        transact(sending.record_waiting, payout_id=order.payout_id, attempts=order.attempt, failure=code, now=now)
        return
    transact(sending.record_failed, payout_id=order.payout_id, failure=code, now=now)
    look_at_account(order.account_id, now=now)
