"""A payment as it is, whose accounts it moves, and what is said of it in the audit log."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, update

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor, system
from liveapp.domain.audit import service as audit
from liveapp.domain.errors import NotFound
from liveapp.domain.payments.models import Payment
from liveapp.rules import ledger
from liveapp.rules.money import WHOLE, Shares, shares, shares_back

SAID = ("status", "amount_minor", "due_at", "failure")
"""Columns of a payment that its history tells of."""


def payment_by_id(payment_id: uuid.UUID) -> AnyRow:
    """Every column of payments. Raises NotFound."""
    row = db.session.execute(select(*Payment.__table__.columns).where(Payment.id == payment_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def of_page(checkout_id: str) -> AnyRow | None:
    """The payment that is made on the provider's page of this name: every column of payments; none for a page that
    isn't ours, or is over."""
    return db.session.execute(
        select(*Payment.__table__.columns).where(Payment.checkout_id == checkout_id)
    ).one_or_none()


def of_intent(intent_id: str) -> uuid.UUID | None:
    """The payment that the provider knows by this name; none for what isn't ours."""
    query = select(Payment.id).where(Payment.intent_id == intent_id, Payment.intent_id != "")
    return db.session.execute(query).scalar_one_or_none()


def is_unpaid(payment_id: uuid.UUID) -> bool:
    """Whether there is such a payment, and nothing came in for it yet."""
    query = select(Payment.id).where(Payment.id == payment_id, Payment.status != "paid")
    return db.session.execute(query).scalar_one_or_none() is not None


def payment_of(booking_id: uuid.UUID, purpose: str = "booking") -> AnyRow | None:
    """The booking's payment for that, unless it was dropped: every column of payments. Of several entries of the desk
    it is the one that wasn't taken back, else the latest."""
    query = select(*Payment.__table__.columns).where(
        Payment.booking_id == booking_id, Payment.purpose == purpose, Payment.status != "dropped"
    )
    taken_back = and_(Payment.method == "desk", Payment.claimed_minor == Payment.captured_minor)
    query = query.order_by(taken_back, Payment.created_at.desc(), Payment.id)
    return db.session.execute(query.limit(1)).one_or_none()


def change(payment: AnyRow, action: str, now: datetime, actor: Actor | None = None, **values: Any) -> None:
    """Changes a payment, and keeps what was and what is."""
    db.session.execute(update(Payment).where(Payment.id == payment.id).values(**values))
    said = {name: value for name, value in values.items() if name in SAID and value is not None}
    record(payment, action, now, {name: getattr(payment, name) for name in said}, said, actor)


def left_of(payment: AnyRow) -> int:
    """What came in and doesn't go back: so much can still (minor units)."""
    return int(payment.captured_minor - payment.claimed_minor)


def shares_of(payment: AnyRow) -> Shares:
    """What everybody has of a payment, when everything that goes back has gone."""
    came_in, back = split(payment, payment.captured_minor), split(payment, payment.claimed_minor)
    return Shares(
        came_in.host - back.host, came_in.platform - back.platform, came_in.business - back.business
    )  # fmt: skip


def split(payment: AnyRow, minor: int) -> Shares:
    """How so much of the payment is shared."""
    return shares(minor, payment.fee_hundredths, _host_part(payment))


def split_back(payment: AnyRow, minor: int, before: int) -> Shares:
    """What each gives back of the payment for a refund after `before` was refunded already."""
    return shares_back(minor, before, payment.fee_hundredths, _host_part(payment))


def _host_part(payment: AnyRow) -> int:
    """Where the business earns alone, all that the fee leaves goes to one account."""
    return int(payment.share_hundredths) if payment.earner_id else WHOLE


def payer_of(payment: AnyRow) -> ledger.Account:
    """The account of who pays."""
    return ledger.person(payment.user_id.hex)


def earner_of(payment: AnyRow) -> ledger.Account:
    """The account of who earns it: the host, or the business itself."""
    return ledger.host(payment.earner_id.hex) if payment.earner_id else ledger.BUSINESS


def record(
    payment: AnyRow,
    action: str,
    now: datetime,
    before: dict[str, object],
    after: dict[str, object],
    actor: Actor | None = None,
) -> None:
    """Keeps what happened to a payment: by staff, else by the provider and the clock."""
    audit.record(
        actor=actor or system(payment.organization_id), action=action, object_type="payment", object_id=payment.id,
        now=now, before=before, after=after,
    )  # fmt: skip
