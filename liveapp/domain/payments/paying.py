"""Paying for a place before it is theirs: opened while it is held, received once, or dropped.

The provider is asked between transactions, never in one. What it said is recorded by `receive`, which may be told the
same thing any number of times, in any order, by the person's return, by a webhook, and by the sweep.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.domain.bookings import places
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.payments import book, cards, delivery, earning, refunding, reviewing
from liveapp.domain.payments.cards import SavedCard
from liveapp.domain.payments.errors import NotPayable
from liveapp.domain.payments.fees import FEES
from liveapp.domain.payments.models import REFUSED, Payment
from liveapp.domain.payments.records import (
    change,
    earner_of,
    of_intent,
    payer_of,
    payment_by_id,
    payment_of,
    record,
    split,
)
from liveapp.rules import ledger
from liveapp.rules.charges import not_taken
from liveapp.rules.money import shares

PAGE_STAYS = timedelta(minutes=30)
CHARGED_NOW = "The card is being charged just now. Look again in a minute."


@dataclass(frozen=True, slots=True)
class Received:
    """What the provider says came in: its intent, how much (minor units of the currency), and the card it saved, if
    any."""

    intent_id: str
    minor: int
    currency: str
    saved: SavedCard | None = None


def open_payment(*, booking_id: uuid.UUID, home: str, fee_hundredths: int, now: datetime, note: str = "") -> uuid.UUID:
    """The payment of a held place, of the price it was booked at; asked for again, it is the same one. `home` is the
    address of the booking's page, `note` what the provider's page says of a charge to come.

    Raises NotPayable when nothing is held for the person any more. Take the session's turn.
    """
    booking = places.held_by(booking_id)
    if booking.status != "held" or booking.expires_at <= now:
        raise NotPayable(_why_not(booking))
    before = payment_of(booking_id)
    if before is not None:
        return before.id  # type: ignore[no-any-return]
    payment = Payment(
        id=uuid.uuid4(),
        organization_id=booking.organization_id,
        booking_id=booking_id,
        user_id=booking.user_id,
        **earning.of_session(booking.session_id).columns(),
        purpose="booking",
        method="card",
        status="open",
        amount_minor=booking.price_minor,
        currency=booking.currency,
        fee_hundredths=fee_hundredths,
        sale={
            "title": _title(booking.session_id),
            "email": booking.email,
            "home": home,
            "saves": booking.paid_by == "after_session",
            "note": note,
        },
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
    """The money is there: it is written to the book, and what it buys is theirs; where that is gone it goes back, and
    also where it isn't exactly what was asked for.

    Told again, it changes nothing. Take the turns of the session, if there is one, and of the person.
    """
    payment = payment_by_id(payment_id)
    if payment.status == "paid":
        return
    is_exact = (received.minor, received.currency) == (payment.amount_minor, payment.currency)
    if not is_exact or _is_paid_otherwise(payment):
        _keep_mismatch(payment, received, now)
        return
    db.session.execute(
        update(Payment)
        .where(Payment.id == payment_id)
        .values(
            status="paid",
            captured_minor=received.minor,
            intent_id=received.intent_id,
            card_id=_kept(payment, received.saved, now),
            paid_at=now,
            failure="",
        )
    )
    book.post(
        ledger.charged(payer_of(payment), earner_of(payment), split(payment, received.minor), ledger.CARD),
        organization_id=payment.organization_id,
        currency=payment.currency,
        source_id=payment_id,
        now=now,
    )
    record(payment, "receive", now, {"status": payment.status}, {"status": "paid", "captured_minor": received.minor})
    reviewing.hold_earnings(payment_id=payment_id, now=now)
    if not delivery.deliver(payment, now):
        refunding.give_back(payment_id=payment_id, minor=received.minor, kind="late", now=now)


def drop(*, payment_id: uuid.UUID, now: datetime) -> None:
    """Nobody paid, and nobody can any more: the provider's page is closed. One that was paid stays, and one whose card
    was declined before is asked for as before, unless a person has to decide about it by now."""
    payment = payment_by_id(payment_id)
    if payment.status != "open":
        return
    if payment.declines or payment.purpose in FEES:
        is_held = bool(reviewing.open_holds(payment_id=payment_id))
        change(
            payment, "close_page", now,
            status="review" if is_held else "declined" if payment.due_at else "unpaid",
            key_number=payment.key_number + 1, checkout_id=None, expires_at=None,
        )  # fmt: skip
    else:
        change(payment, "drop", now, status="dropped")


def overdue(*, now: datetime) -> Sequence[uuid.UUID]:
    """Open payments whose hold is over, the longest first: their ids."""
    query = select(Payment.id).where(Payment.status == "open", Payment.expires_at <= now)
    return db.session.execute(query.order_by(Payment.expires_at, Payment.id)).scalars().all()


def open_again(*, payment_id: uuid.UUID, home: str, now: datetime) -> None:
    """The person pays on the provider's page what their card was declined for; meanwhile it isn't charged.

    Raises NotPayable when it is paid, or being charged just now.
    """
    payment = payment_by_id(payment_id)
    if payment.status == "open":
        return
    if payment.status not in REFUSED:
        raise NotPayable(CHARGED_NOW if payment.status == "charging" else None)
    sale = payment.sale | {"home": home, "saves": False}
    if payment.booking_id:
        booking = places.held_by(payment.booking_id)
        sale |= {"title": _title(booking.session_id), "email": booking.email}
    change(payment, "open_page", now, status="open", sale=sale, expires_at=now + PAGE_STAYS, checkout_id=None)


def _is_paid_otherwise(payment: AnyRow) -> bool:
    """Whether the booking was paid at the desk since, or another payment took this one's place."""
    if payment.status != "dropped" or payment.booking_id is None:
        return False
    other = payment_of(payment.booking_id, payment.purpose)
    return other is not None and other.id != payment.id


def _keep_mismatch(payment: AnyRow, received: Received, now: datetime) -> None:
    """Money that isn't what was asked for is kept under its name and goes back whole; nothing waits for it any more."""
    if of_intent(received.intent_id) is not None:
        return
    mismatch_id = uuid.uuid4()
    about = ("organization_id", "booking_id", "plan_id", "user_id", "sale")
    db.session.add(
        Payment(
            id=mismatch_id,
            **{name: getattr(payment, name) for name in about},
            purpose="mismatch",
            method="card",
            status="paid",
            amount_minor=received.minor,
            captured_minor=received.minor,
            currency=received.currency,
            fee_hundredths=0,
            intent_id=received.intent_id,
            created_at=now,
            paid_at=now,
        )
    )
    db.session.flush()
    book.post(
        ledger.charged(payer_of(payment), ledger.BUSINESS, shares(received.minor, 0), ledger.CARD),
        organization_id=payment.organization_id, currency=received.currency, source_id=mismatch_id, now=now,
    )  # fmt: skip
    asked_for = {"amount_minor": payment.amount_minor, "currency": payment.currency}
    came_in = {"amount_minor": received.minor, "currency": received.currency}
    record(payment_by_id(mismatch_id), "mismatch", now, asked_for, came_in)
    refunding.give_back(payment_id=mismatch_id, minor=received.minor, kind="mismatch", now=now)
    _give_up(payment, now)


def _give_up(payment: AnyRow, now: datetime) -> None:
    """Who is on the provider's page, or whose card is being charged, isn't asked for it again by itself."""
    if payment.status == "open":
        drop(payment_id=payment.id, now=now)
    elif payment.status == "charging":
        change(
            payment, "decline", now,
            status="unpaid", failure=not_taken("mismatch"), key_number=payment.key_number + 1, due_at=None,
        )  # fmt: skip


def _kept(payment: AnyRow, saved: SavedCard | None, now: datetime) -> uuid.UUID | None:
    """The card that is charged from now on."""
    if saved is None:
        return payment.card_id  # type: ignore[no-any-return]
    return cards.keep(user_id=payment.user_id, saved=saved, is_kept=True, now=now)


def _title(session_id: uuid.UUID) -> str:
    return db.session.execute(select(LiveSession.title).where(LiveSession.id == session_id)).scalar_one()


def _why_not(booking: AnyRow) -> str:
    if booking.status == "confirmed":
        return "This booking is paid for."
    if booking.status in ("held", "expired"):
        return "The time to pay is over, and the place is free for others again. Book it once more."
    return NotPayable.sentence
