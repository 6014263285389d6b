"""Paying for a place before it is theirs: opened while it is held, received once, or dropped.

The provider is asked between transactions, never in one. What it said is recorded by `receive`, which may be told the
same thing any number of times, in any order, by the person's return, by a webhook, and by the sweep.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.bookings import places
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.payments import book, delivery, refunding
from liveapp.domain.payments.errors import NotPayable
from liveapp.domain.payments.models import Payment
from liveapp.domain.payments.records import earner_of, payer_of, payment_by_id, record, tiers_of
from liveapp.rules import ledger
from liveapp.rules.money import shares


@dataclass(frozen=True, slots=True)
class Received:
    """What the provider says came in: its intent, and how much of it (minor units)."""

    intent_id: str
    minor: int


def open_payment(*, booking_id: uuid.UUID, home: str, fee_hundredths: int, now: datetime) -> uuid.UUID:
    """The payment of a held place, of the price it was booked at; asked for again, it is the same one. `home` is the
    address of the booking's page.

    Raises NotPayable when nothing is held for the person any more. Take the session's turn.
    """
    booking = places.held_by(booking_id)
    if booking.status != "held" or booking.expires_at <= now:
        raise NotPayable(_why_not(booking))
    before = _live(booking_id)
    if before is not None:
        return before
    tiers = tiers_of(db.session.get_one(Organization, booking.organization_id))
    payment = Payment(
        id=uuid.uuid4(),
        organization_id=booking.organization_id,
        booking_id=booking_id,
        user_id=booking.user_id,
        earner_id=booking.host_id,
        purpose="booking",
        method="card",
        status="open",
        amount_minor=booking.price_minor,
        currency=booking.currency,
        fee_hundredths=fee_hundredths,
        free_cancellation_hours=tiers.free_hours,
        partial_refund_hours=tiers.partial_hours,
        partial_refund_hundredths=tiers.partial_hundredths,
        sale={"title": _title(booking.session_id), "email": booking.email, "home": home},
        expires_at=booking.expires_at,
        created_at=now,
    )
    db.session.add(payment)
    db.session.flush()
    return payment.id


def note_checkout(*, payment_id: uuid.UUID, checkout_id: str) -> None:
    """The provider's page for this payment; the first one stays."""
    db.session.execute(
        update(Payment).where(Payment.id == payment_id, Payment.checkout_id.is_(None)).values(checkout_id=checkout_id)
    )


def receive(*, payment_id: uuid.UUID, received: Received, now: datetime) -> None:
    """The money is there: it is written to the book, and what it buys is theirs; where that is gone it goes back.

    Told again, it changes nothing. Take the turns of the session, if there is one, and of the person.
    """
    payment = payment_by_id(payment_id)
    if payment.status == "paid":
        return
    db.session.execute(
        update(Payment)
        .where(Payment.id == payment_id)
        .values(
            status="paid",
            captured_minor=received.minor,
            intent_id=received.intent_id,
            paid_at=now,
            failure="",
        )
    )
    book.post(
        ledger.charged(
            payer_of(payment), earner_of(payment), shares(received.minor, payment.fee_hundredths), ledger.CARD
        ),
        organization_id=payment.organization_id,
        currency=payment.currency,
        source_id=payment_id,
        now=now,
    )
    record(payment, "receive", now, {"status": payment.status}, {"status": "paid", "captured_minor": received.minor})
    if not delivery.deliver(payment, now):
        refunding.give_back(payment_id=payment_id, minor=received.minor, kind="late", now=now)


def drop(*, payment_id: uuid.UUID, now: datetime) -> None:
    """Nobody paid, and nobody can any more: the provider's page is closed. One that was paid stays."""
    payment = payment_by_id(payment_id)
    if payment.status != "open":
        return
    db.session.execute(update(Payment).where(Payment.id == payment_id).values(status="dropped"))
    record(payment, "drop", now, {"status": "open"}, {"status": "dropped"})


def overdue(*, now: datetime) -> Sequence[uuid.UUID]:
    """Open payments whose hold is over, the longest first: their ids."""
    query = select(Payment.id).where(Payment.status == "open", Payment.expires_at <= now)
    return db.session.execute(query.order_by(Payment.expires_at, Payment.id)).scalars().all()


def _title(session_id: uuid.UUID) -> str:
    return db.session.execute(select(LiveSession.title).where(LiveSession.id == session_id)).scalar_one()


def _live(booking_id: uuid.UUID) -> uuid.UUID | None:
    """The booking's payment that wasn't dropped."""
    query = select(Payment.id).where(
        Payment.booking_id == booking_id, Payment.purpose == "booking", Payment.status != "dropped"
    )
    return db.session.execute(query).scalar_one_or_none()


def _why_not(booking: AnyRow) -> str:
    if booking.status == "confirmed":
        return "This booking is paid for."
    if booking.status in ("held", "expired"):
        return "The time to pay is over, and the place is free for others again. Book it once more."
    return NotPayable.sentence
