"""Whoever gets a place from the waiting list late has half an hour to give it back with nothing lost: one deadline for
the credit, the fee and the money, however it was paid. On both databases."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from liveapp.db import db
from liveapp.domain.bookings import queries, waitlist
from liveapp.domain.bookings import service as bookings
from liveapp.domain.payments import charging, desk, paying, settling
from liveapp.domain.payments.models import Payment
from liveapp.domain.payments.paying import Received
from liveapp.domain.plans.models import CreditEntry
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import booking_money
from tests import cast
from tests.domain.test_terms import CARD, FEE, START, Shop, _settings, book, shop

__all__ = ["shop"]

WINDOW = START - timedelta(hours=24)
MINUTE = timedelta(minutes=1)
FREED = {
    "long before": WINDOW - 31 * MINUTE,
    "a minute before": WINDOW - MINUTE,
    "inside": WINDOW + 10 * MINUTE,
    "inside the last tier": START - timedelta(hours=5),
}
"""When a place comes free. Long before it nothing is different: the window itself is the deadline."""
HOW = ("credit", "at_booking", "after_session", "at_desk")


def waits(shop: Shop, how: str) -> tuple[uuid.UUID, uuid.UUID]:
    """The booking that has the only place of a class, and Cy's who waits for it and pays as `how` says."""
    if how == "at_desk":
        transact(_settings, {"payment_provider": "desk"})
    timing = how if how == "after_session" else "at_booking"
    session_id = shop.session(max_participants=1, payment_timing=timing)
    cy = cast.member(shop.organization_id, "Cy Twombly")
    if how == "credit":
        cast.subscription(shop.organization_id, cy, cast.plan(shop.organization_id))
    return book(shop, session_id, by_plan=True), book(shop, session_id, by_plan=how == "credit", person=cy)


def gets_the_place(shop: Shop, booking_id: uuid.UUID, how: str, now: datetime) -> None:
    """A plan gets it at once; an offer is taken and paid in the same minute."""
    if how == "credit":
        return
    transact(waitlist.take_place, booking_id=booking_id, now=now)
    if how == "at_desk":
        transact(desk.take, booking_id=booking_id, actor=shop.owner, now=now)
        return
    payment_id = transact(paying.open_payment, booking_id=booking_id, home="/", fee_hundredths=FEE, now=now)
    if how == "after_session":
        transact(charging.agree, payment_id=payment_id, saved=CARD, now=now)
    else:
        transact(paying.receive, payment_id=payment_id, received=Received("pi_1", 2000, "EUR"), now=now)


def lost(booking_id: uuid.UUID, how: str) -> Any:
    """What cancelling cost: a credit, or money (minor units), and whether it counts as late."""
    db.session.rollback()
    booking = cast.booking_row(booking_id)
    if how == "credit":
        kinds = select(CreditEntry.kind).where(CreditEntry.booking_id == booking_id)
        fees = db.session.execute(select(Payment.amount_minor).where(Payment.booking_id == booking_id)).scalars().all()
        return ["return" not in db.session.execute(kinds).scalars().all(), *fees], booking.cancelled_late
    payment = db.session.execute(
        select(*Payment.__table__.columns).where(Payment.booking_id == booking_id, Payment.purpose == "booking")
    ).one()
    if how == "after_session":
        return 0 if payment.status == "dropped" else payment.amount_minor, booking.cancelled_late
    if how == "at_desk":
        found = desk.paid_for(booking_id=booking_id)
        assert found is not None
        return found.minor - found.to_hand_back, booking.cancelled_late
    return payment.captured_minor - payment.claimed_minor, booking.cancelled_late


@pytest.mark.either_database
@pytest.mark.parametrize("minutes", [20, 30, 31])
@pytest.mark.parametrize("freed", FREED)
@pytest.mark.parametrize("how", HOW)
def test_half_an_hour_after_the_promotion_nothing_is_lost(shop: Shop, how: str, freed: str, minutes: int) -> None:
    first, waiting = waits(shop, how)
    moment = FREED[freed]
    transact(bookings.cancel, booking_id=first, now=moment, actor=shop.owner)
    gets_the_place(shop, waiting, how, moment)
    cancelled_at = moment + minutes * MINUTE
    db.session.rollback()
    said = booking_money.cancelling(queries.booking(booking_id=waiting), cancelled_at)
    transact_in_turn(
        [cast.booking_row(waiting).session_id], bookings.cancel, booking_id=waiting, now=cancelled_at
    )  # fmt: skip
    transact(settling.settle, booking_id=waiting, fee_hundredths=FEE, now=cancelled_at)
    in_time = minutes <= 30 or cancelled_at <= WINDOW
    assert lost(waiting, how) == _expected(how, freed, in_time)
    if how != "credit" and in_time:
        assert "all of the" in said or "nothing is charged" in said


def _expected(how: str, freed: str, in_time: bool) -> Any:
    """Late, a credit and half of the price as a fee; of 20.00 the half, or all of it within the last tier."""
    if in_time:
        return ([False] if how == "credit" else 0), False
    if how == "credit":
        return [True, 1000], True
    return (2000 if freed == "inside the last tier" else 1000), True


@pytest.mark.parametrize("how", ["at_booking", "after_session"])
def test_the_half_hour_begins_when_the_place_is_paid_for(shop: Shop, how: str) -> None:
    """Taking the offer holds the place while it is paid for: those minutes aren't taken from it."""
    first, waiting = waits(shop, how)
    moment = FREED["inside"]
    transact(bookings.cancel, booking_id=first, now=moment, actor=shop.owner)
    transact(waitlist.take_place, booking_id=waiting, now=moment)
    payment_id = transact(paying.open_payment, booking_id=waiting, home="/", fee_hundredths=FEE, now=moment)
    paid_at = moment + 14 * MINUTE
    if how == "after_session":
        transact(charging.agree, payment_id=payment_id, saved=CARD, now=paid_at)
    else:
        transact(paying.receive, payment_id=payment_id, received=Received("pi_1", 2000, "EUR"), now=paid_at)
    transact(bookings.cancel, booking_id=waiting, now=paid_at + 30 * MINUTE)
    transact(settling.settle, booking_id=waiting, fee_hundredths=FEE, now=paid_at + 30 * MINUTE)
    assert lost(waiting, how) == (0, False)


def test_who_pays_at_once_has_no_such_half_hour(shop: Shop) -> None:
    """Somebody who booked a free place by themselves inside the window loses by its tiers."""
    booking_id = book(shop, shop.session(), now=FREED["inside"])
    pay_at = FREED["inside"]
    payment_id = transact(paying.open_payment, booking_id=booking_id, home="/", fee_hundredths=FEE, now=pay_at)
    transact(paying.receive, payment_id=payment_id, received=Received("pi_1", 2000, "EUR"), now=pay_at)
    transact(bookings.cancel, booking_id=booking_id, now=pay_at + 20 * MINUTE)
    transact(settling.settle, booking_id=booking_id, fee_hundredths=FEE, now=pay_at + 20 * MINUTE)
    assert lost(booking_id, "at_booking") == (1000, True)
