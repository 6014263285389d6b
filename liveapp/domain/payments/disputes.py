"""Disputes: while a bank decides, what the host earned isn't paid out; a lost one is money that went back.

The bank's own fee is between the platform and the provider; the book doesn't have it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from liveapp.db import AnyRow, db
from liveapp.domain.payments import outcomes, renewals, reviewing
from liveapp.domain.payments.models import Payment, PaymentHold, Refund
from liveapp.domain.payments.records import payment_by_id, record
from liveapp.domain.plans import renewing


@dataclass(frozen=True, slots=True)
class Case:
    """A dispute as the provider tells of it: its name there, open, won or lost, over how much (minor units)."""

    provider_id: str
    standing: str
    minor: int
    reason: str = ""
    due_by: datetime | None = None


def settle(*, payment_id: uuid.UUID, case: Case, now: datetime) -> None:
    """Opens the matter, or ends it as the bank decided; a plan that was bought with the money rests meanwhile. Told
    again, in any order, it changes nothing. Take the person's turn."""
    payment = payment_by_id(payment_id)
    _settle(payment, case, now)
    if payment.subscription_id is not None:
        _settle_plan(payment.subscription_id, is_lost=case.standing == "lost", now=now)


def _settle_plan(subscription_id: uuid.UUID, *, is_lost: bool, now: datetime) -> None:
    """The plan rests while any payment for it is disputed, and ends with one that is lost."""
    query = (
        select(PaymentHold.id)
        .join(Payment, Payment.id == PaymentHold.payment_id)
        .where(Payment.subscription_id == subscription_id)
        .where(PaymentHold.kind == "dispute", PaymentHold.decided_at.is_(None))
    )
    is_open = db.session.execute(query.limit(1)).first() is not None
    renewing.dispute(subscription_id=subscription_id, is_disputed=is_open, now=now)
    if is_lost:
        renewals.end_charged_back(subscription_id=subscription_id, now=now)


def _settle(payment: AnyRow, case: Case, now: datetime) -> None:
    hold = _hold(case.provider_id)
    if case.standing == "open":
        if hold is None and outcomes.by_provider(case.provider_id) is None:
            reviewing.open_hold(
                payment, "dispute", now=now, words=case.reason.replace("_", " "), provider_id=case.provider_id,
                due_by=case.due_by,
            )  # fmt: skip
        return
    if hold is not None and hold.decided_at is None:
        reviewing.release(hold, payment, outcome=case.standing, reason="", actor=None, now=now)
        record(payment, "dispute_closed", now, {}, {"outcome": case.standing})
    if case.standing == "lost":
        _take(payment, case, now)


def _take(payment: AnyRow, case: Case, now: datetime) -> None:
    """The bank gave the payer the money, once: as much of it as didn't go back before."""
    minor = min(case.minor, payment.captured_minor - _gone(payment.id, besides=case.provider_id))
    if minor <= 0:
        return
    refund_id = outcomes.adopt(
        payment_id=payment.id, provider_id=case.provider_id, minor=minor, kind="dispute", now=now
    )
    outcomes.record_done(refund_id=refund_id, provider_id=case.provider_id, now=now)


def _hold(provider_id: str) -> AnyRow | None:
    query = select(*PaymentHold.__table__.columns).where(PaymentHold.provider_id == provider_id)
    return db.session.execute(query).one_or_none()


def _gone(payment_id: uuid.UUID, *, besides: str) -> int:
    """What the provider gave back of the payment, or is giving back."""
    query = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
        Refund.payment_id == payment_id, Refund.status.in_(("pending", "done")), Refund.provider_id != besides
    )
    return int(db.session.execute(query).scalar_one())
