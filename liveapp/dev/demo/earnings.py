"""What the school's hosts earned by card in the last weeks, and what they were paid of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.dev.demo import people as rows
from liveapp.dev.demo.businesses import Business
from liveapp.domain.bookings.models import Booking
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.payments import book
from liveapp.domain.payments.models import Payment
from liveapp.domain.payouts import balances, making
from liveapp.domain.payouts.earners import Earner, host_of
from liveapp.rules import ledger
from liveapp.rules.money import shares
from liveapp.unit_of_work import transact, transact_in_turn

PRICES = {"Kanji workshop": 2500, "German A2": 1800}
CAME = ("confirmed", "attended", "no_show")
FEE_HUNDREDTHS = 1000


def earn(school: Business, now: datetime) -> None:
    """Whoever came in the last three weeks had paid by card, and the hosts were paid a week ago."""
    paid_out_at = now - timedelta(days=7)
    bookings = _bookings(school, now)
    for booking in bookings:
        if booking.created_at < paid_out_at:
            transact(_pay, booking)
    for each in balances.of_everybody(organization_id=school.id, now=paid_out_at):
        _pay_out(school, each, paid_out_at)
    for booking in bookings:
        if booking.created_at >= paid_out_at:
            transact(_pay, booking)


def _bookings(school: Business, now: datetime) -> Sequence[AnyRow]:
    query = (
        select(
            Booking.id, Booking.user_id, Booking.created_at, Booking.currency, LiveSession.host_id, LiveSession.title
        )
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(Booking.organization_id == school.id, Booking.status.in_(CAME), Booking.starts_at < now)
        .where(LiveSession.title.in_(PRICES))
        .add_columns(Booking.organization_id)
        .order_by(Booking.created_at, Booking.id)
    )
    return db.session.execute(query).all()


def _pay(booking: AnyRow) -> None:
    price = PRICES[booking.title]
    priced = {"price_minor": price, "list_price_minor": price, "paid_by": "at_booking"}
    db.session.execute(update(Booking).where(Booking.id == booking.id).values(**priced))
    payment_id = rows.row(
        Payment, organization_id=booking.organization_id, booking_id=booking.id, user_id=booking.user_id,
        earner_id=booking.host_id, purpose="booking", method="card", status="paid", amount_minor=price,
        captured_minor=price, currency=booking.currency, fee_hundredths=FEE_HUNDREDTHS,
        created_at=booking.created_at,
        paid_at=booking.created_at,
    )  # fmt: skip
    book.post(
        ledger.charged(
            ledger.person(booking.user_id.hex),
            ledger.host(booking.host_id.hex),
            shares(price, FEE_HUNDREDTHS),
            ledger.CARD,
        ),
        organization_id=booking.organization_id,
        currency=booking.currency,
        source_id=payment_id,
        now=booking.created_at,
    )


def _pay_out(school: Business, each: balances.Balance, now: datetime) -> None:
    if not each.payable:
        return
    earner = Earner(school.id, host_of(each.account))
    transact_in_turn(
        earner.turn, making.pay_by_hand, earner=earner, currency=each.currency, minor=each.payable,
        note="Bank transfer", actor=school.owner, now=now,
    )  # fmt: skip
