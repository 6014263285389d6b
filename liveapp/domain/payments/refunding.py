"""Giving money back: how much is due, and one row for each attempt. What came of it is in `outcomes`."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select, update

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor
from liveapp.domain.bookings.models import BY_CARD, Booking, is_given_back_whole
from liveapp.domain.bookings.tiers import TIERS, tiers_of
from liveapp.domain.outbox import service as outbox
from liveapp.domain.payments import book
from liveapp.domain.payments.errors import NotRefundable
from liveapp.domain.payments.models import Payment, Refund
from liveapp.domain.payments.records import earner_of, left_of, payer_of, payment_by_id, record
from liveapp.rules import ledger, refunds
from liveapp.rules.currencies import refundable
from liveapp.rules.money import shares


def give_back(
    *,
    payment_id: uuid.UUID,
    minor: int,
    kind: str,
    now: datetime,
    actor: Actor | None = None,
    reason: str = "",
    refund_id: uuid.UUID | None = None,
    retries_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Promises that so much of a payment goes back to what it was paid with. Returns the refund's id, which may be
    given; `retries_id` is the one that failed before it. What was paid at the desk was handed back there by who says
    so: it is done at once.

    Raises NotRefundable for more than is left: what goes back already counts, and a CHECK says so too.
    """
    payment = payment_by_id(payment_id)
    if not 0 < minor <= left_of(payment):
        raise NotRefundable("That is more than is left of what was paid.")
    refund = Refund(
        id=refund_id or uuid.uuid4(),
        organization_id=payment.organization_id,
        payment_id=payment_id,
        amount_minor=minor,
        kind=kind,
        reason=reason.strip(),
        actor_id=actor.user_id if actor else None,
        retries_id=retries_id,
        created_at=now,
    )
    db.session.add(refund)
    claim(payment_id, minor)
    after = {"amount_minor": minor, "currency": payment.currency, "kind": kind, "reason": reason.strip()}
    db.session.flush()
    if payment.method == "desk":
        _hand_over(refund.id, payment, minor, now)
        record(payment, "hand_back", now, {}, after, actor)
    else:
        outbox.put("send_refund", now=now, refund_id=str(refund.id))
        record(payment, "refund", now, {}, after, actor)
    return refund.id


def give_back_for(*, booking_id: uuid.UUID, now: datetime) -> int:
    """What a booking that was paid by card and ended gets back by the terms it was paid under, as of when it ended.
    Returns minor units.

    Asked again it finds that everything due went back already. Take the session's turn.
    """
    ended = _ended(booking_id)
    if ended is None:
        return 0
    minor = due(ended, ended.cancelled_at, by_business=is_given_back_whole(ended))
    if minor:
        kind = "business" if ended.cancelled_by != ended.user_id else "policy"
        give_back(payment_id=ended.payment_id, minor=minor, kind=kind, now=now)
    return minor


def due(paid: AnyRow, moment: datetime, *, by_business: bool) -> int:
    """What comes back of a payment when its booking is given back at that moment. `paid`: captured_minor,
    claimed_minor, starts_at, paid_by, price_minor and the tiers. What was paid beyond the booking's price, as it was
    moved to where it costs less, comes back whole."""
    more = beyond_price(paid.captured_minor, paid)
    back = refunds.back(
        paid.captured_minor - more, max(0, paid.claimed_minor - more), paid.starts_at, moment, tiers_of(paid),
        by_business=by_business,
    )  # fmt: skip
    back += max(0, more - int(paid.claimed_minor))
    left = paid.captured_minor - paid.claimed_minor - (0 if by_business else paid.kept_minor)
    return max(0, refundable(back, paid.currency, left=left))


def beyond_price(captured_minor: int, booking: AnyRow) -> int:
    """What came in beyond what the booking costs, and what is kept at least (minor units). `booking`: paid_by,
    price_minor, kept_minor."""
    return max(0, captured_minor - costs(booking))


def costs(booking: AnyRow) -> int:
    """What is paid for a booking in money, at least what is kept of an earlier place (minor units)."""
    price = booking.price_minor or 0 if booking.paid_by in (*BY_CARD, "at_desk") else 0
    return max(int(price), int(booking.kept_minor))


def paid_for(*, booking_id: uuid.UUID) -> AnyRow | None:
    """What was paid for the booking: payment_id, captured_minor, claimed_minor, currency, starts_at, the tiers."""
    return db.session.execute(_paid().where(Booking.id == booking_id)).one_or_none()


def going_back(*, booking_id: uuid.UUID) -> int:
    """What of the booking's payment goes back, or went back (minor units): said before the job that gives it back."""
    found, ended = paid_for(booking_id=booking_id), _ended(booking_id)
    if found is None:
        return 0
    is_to_come = ended is not None and (ended.card_id is None or is_given_back_whole(ended))
    more = due(ended, ended.cancelled_at, by_business=is_given_back_whole(ended)) if ended and is_to_come else 0
    return int(found.claimed_minor) + more


def by_id(refund_id: uuid.UUID) -> AnyRow:
    """A refund: every column; intent_id and currency of its payment."""
    query = (
        select(*Refund.__table__.columns, Payment.intent_id, Payment.currency)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.id == refund_id)
    )
    return db.session.execute(query).one()


def claim(payment_id: uuid.UUID, minor: int) -> None:
    """So much more of the payment goes back (below nothing: less); its CHECK refuses more than came in."""
    db.session.execute(
        update(Payment).where(Payment.id == payment_id).values(claimed_minor=Payment.claimed_minor + minor)
    )


def _hand_over(refund_id: uuid.UUID, payment: AnyRow, minor: int, now: datetime) -> None:
    """Money of the desk went back, of which the platform has no part."""
    db.session.execute(update(Refund).where(Refund.id == refund_id).values(status="done", done_at=now))
    book.post(
        ledger.given_back(payer_of(payment), earner_of(payment), shares(minor, 0), ledger.DESK),
        organization_id=payment.organization_id,
        currency=payment.currency,
        source_id=refund_id,
        now=now,
    )


def _ended(booking_id: uuid.UUID) -> AnyRow | None:
    query = _paid().add_columns(
        Booking.cancelled_at, Booking.cancelled_by, Booking.user_id, Booking.undone_at, Payment.card_id
    )
    query = query.where(Booking.id == booking_id, Booking.status == "cancelled", Payment.method == "card")
    return db.session.execute(query).one_or_none()


def _paid() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Payment.id.label("payment_id"),
            Payment.captured_minor,
            Payment.claimed_minor,
            Payment.currency,
            *(getattr(Booking, name) for name in TIERS),
            Booking.starts_at,
            Booking.paid_by,
            Booking.price_minor,
            Booking.kept_minor,
        )
        .join(Booking, Booking.id == Payment.booking_id)
        .where(Payment.purpose == "booking", Payment.status == "paid")
        .where(or_(Payment.method == "card", Payment.claimed_minor < Payment.captured_minor))
    )
