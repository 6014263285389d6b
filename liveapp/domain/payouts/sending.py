"""What becomes of a payout: asked for, sent, waiting for funds, failed, or come back. Told again, nothing changes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from liveapp.db import AnyRow, db, insert_once
from liveapp.domain.actor import Actor, system
from liveapp.domain.audit import service as audit
from liveapp.domain.payments import book
from liveapp.domain.payouts import accounts, messages, queries
from liveapp.domain.payouts.earners import Earner
from liveapp.domain.payouts.errors import NotWaiting
from liveapp.domain.payouts.models import UNDER_WAY, Payout, PayoutReversal
from liveapp.rules import ledger

LOOK_AGAIN = timedelta(minutes=5)
"""When a payout that was asked for is looked after, if nobody recorded what came of it."""
RETRY_AFTER = timedelta(hours=3)
"""When the provider is asked again after it hadn't the funds."""


def begin(*, payout_id: uuid.UUID, now: datetime) -> AnyRow:
    """The provider is about to be asked, by the key of this attempt. Returns the payout as it is then."""
    payout = queries.payout(payout_id=payout_id)
    if payout.status not in UNDER_WAY:
        return payout
    is_first = payout.asked_at is None
    attempts = payout.attempts + 1 if is_first else payout.attempts
    asked_at = now if is_first else payout.asked_at
    _change(payout_id, status="processing", attempts=attempts, asked_at=asked_at, next_try_at=now + LOOK_AGAIN)
    return queries.payout(payout_id=payout_id)


def wait_for_account(*, payout_id: uuid.UUID, now: datetime) -> bool:
    """A payout whose bank account was changed since it was made is put off until that may be used. Whether it is."""
    payout = queries.payout(payout_id=payout_id)
    account = queries.account_at_provider(account_id=payout.account_id)
    if payout.status != "pending" or account is None or not accounts.is_held(account, now):
        return False
    _change(payout_id, failure="account_changed", next_try_at=account.held_until)
    return True


def record_broken(*, payout_id: uuid.UUID, attempts: int) -> None:
    """The provider answered with an error of its own, which it keeps for the key: nothing is under way any more, and if
    it has nothing of it, it is asked by another key. An answer that never came is never asked for by another."""
    same = (Payout.id == payout_id, Payout.status == "processing", Payout.attempts == attempts)
    db.session.execute(update(Payout).where(*same).values(attempts=attempts + 1))


def record_waiting(*, payout_id: uuid.UUID, attempts: int, failure: str, now: datetime) -> None:
    """The provider can't do it now: asked again later, under a new key, as it keeps its answer to the old one."""
    payout = queries.payout(payout_id=payout_id)
    if payout.status != "processing" or payout.attempts != attempts:
        return
    _change(payout_id, status="pending", failure=failure, asked_at=None, next_try_at=now + RETRY_AFTER)
    if payout.failure != failure:
        _record(payout, "wait", now, {"status": payout.status}, {"status": "pending", "reason": failure})


def record_paid(*, payout_id: uuid.UUID, provider_id: str, now: datetime) -> None:
    """It has arrived at the earner's account."""
    payout = queries.payout(payout_id=payout_id)
    if payout.status not in UNDER_WAY:
        return
    _change(payout_id, status="paid", provider_id=provider_id, paid_at=now, failure="", next_try_at=None)
    _record(payout, "pay", now, {"status": payout.status}, {"status": "paid"})
    messages.promise_sent(payout_id, now)


def record_failed(*, payout_id: uuid.UUID, failure: str, now: datetime) -> None:
    """It won't be sent: the earner is owed it again."""
    payout = queries.payout(payout_id=payout_id)
    if payout.status not in UNDER_WAY:
        return
    _change(payout_id, status="failed", failure=failure, next_try_at=None)
    _book_back(payout, payout.amount_minor, payout_id, now)
    _record(payout, "fail", now, {"status": payout.status}, {"status": "failed", "reason": failure})
    messages.promise_failed(payout_id, payout.amount_minor, failure, now)


def withdraw(*, earner: Earner, currency: str, actor: Actor, now: datetime) -> None:
    """An owner takes back a payout that waits to be sent, to pay it by another way.

    Raises NotWaiting when none does: what was asked for may be under way. Take the earner's turn.
    """
    query = select(Payout.id).where(
        Payout.organization_id == earner.organization_id,
        Payout.earner == earner.account,
        Payout.currency == currency,
        Payout.status == "pending",
    )
    payout_id = db.session.execute(query).scalar_one_or_none()
    if payout_id is None:
        raise NotWaiting()
    payout = queries.payout(payout_id=payout_id)
    _change(payout_id, status="failed", failure="withdrawn", next_try_at=None)
    _book_back(payout, payout.amount_minor, payout_id, now)
    _record(payout, "withdraw", now, {"status": "pending"}, {"status": "failed"}, actor)


def record_reversals(*, payout_id: uuid.UUID, reversals: Sequence[tuple[str, int]], now: datetime) -> None:
    """Parts of a paid payout came back, by the provider's names and in minor units: the earner is owed them again.
    When all of it came back, it has failed."""
    payout = queries.payout(payout_id=payout_id)
    fresh = sum(_reverse(payout, provider_id, minor, now) for provider_id, minor in reversals)
    if not fresh:
        return
    whole = payout.reversed_minor + fresh == payout.amount_minor
    status = "failed" if whole else payout.status
    _change(payout_id, reversed_minor=Payout.reversed_minor + fresh, status=status, failure="reversed" if whole else "")
    _record(
        payout,
        "reverse",
        now,
        {"status": payout.status},
        {"status": status, "reversed_minor": fresh, "currency": payout.currency},
    )
    messages.promise_failed(payout_id, fresh, "reversed", now)


def waiting(*, now: datetime) -> Sequence[uuid.UUID]:
    """Payouts under way that are to be looked after, the longest waiting first: their ids."""
    query = select(Payout.id).where(Payout.status.in_(UNDER_WAY), Payout.next_try_at <= now)
    return db.session.execute(query.order_by(Payout.next_try_at, Payout.id)).scalars().all()


def _reverse(payout: AnyRow, provider_id: str, minor: int, now: datetime) -> int:
    """Keeps one reversal and books it. Returns its minor units, or nothing where it was known."""
    row = {
        "id": uuid.uuid4(),
        "organization_id": payout.organization_id,
        "payout_id": payout.id,
        "amount_minor": minor,
        "provider_id": provider_id,
        "at": now,
    }
    if insert_once(PayoutReversal, "id", row) is None:
        return 0
    _book_back(payout, minor, row["id"], now)
    return minor


def _book_back(payout: AnyRow, minor: int, source_id: uuid.UUID, now: datetime) -> None:
    book.post(
        ledger.came_back(ledger.Account(payout.earner), minor, ledger.CARD),
        organization_id=payout.organization_id,
        currency=payout.currency,
        source_id=source_id,
        now=now,
    )


def _change(payout_id: uuid.UUID, **values: object) -> None:
    db.session.execute(update(Payout).where(Payout.id == payout_id).values(**values))


def _record(
    payout: AnyRow,
    action: str,
    now: datetime,
    before: dict[str, object],
    after: dict[str, object],
    actor: Actor | None = None,
) -> None:
    """Keeps what happened to a payout: by staff, else by the provider and the clock."""
    audit.record(
        actor=actor or system(payout.organization_id), action=action, object_type="payout", object_id=payout.id,
        now=now, before=before, after=after,
    )  # fmt: skip
