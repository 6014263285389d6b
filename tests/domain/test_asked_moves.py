"""Meetings on request that are moved by their guest: the host is asked again, unless the offering lets guests move."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts import providers
from liveapp.domain.accounts.models import Organization
from liveapp.domain.availability.models import AvailabilityRule
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.errors import NotMovable
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.meetings import service as meetings
from liveapp.domain.notifications.models import Notification
from liveapp.domain.payments import paying
from liveapp.domain.payments.paying import Received
from liveapp.rules.moving import Paid
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW
from tests.domain.test_meetings import TEN, World, ask, book, world

__all__ = ["world"]

LATER = TEN + timedelta(hours=1)
DAY = timedelta(days=1)


def _set(world: World, **values: object) -> None:
    transact(lambda: db.session.execute(update(Offering).where(Offering.id == world.asking_id).values(**values)))


def _accepted(world: World) -> uuid.UUID:
    booking_id = ask(world)
    transact(meetings.accept, booking_id=booking_id, actor=world.actor, now=NOW)
    return booking_id


def _move(booking_id: uuid.UUID, **more: object) -> uuid.UUID:
    values = {"booking_id": booking_id, "start": LATER, "now": NOW} | more
    return transact(meetings.reschedule, **values)


def _stands(booking_id: uuid.UUID) -> tuple[str, object]:
    row = cast.booking_row(booking_id)
    return row.status, cast.session_row(row.session_id).scheduled_at


def _kinds() -> list[str]:
    db.session.rollback()
    return list(db.session.execute(select(Notification.kind).order_by(Notification.kind)).scalars())


@pytest.mark.parametrize(("asks_first", "may_move"), [(False, False), (True, True)])
def test_where_nobody_answers_moves_the_meeting_moves_at_once(world: World, asks_first: bool, may_move: bool) -> None:
    _set(world, guests_may_move=may_move)
    booking_id = _accepted(world) if asks_first else book(world)
    assert _move(booking_id) == booking_id
    assert _stands(booking_id) == ("confirmed", LATER)


def test_staff_move_what_they_answer_for_without_asking(world: World) -> None:
    booking_id = _accepted(world)
    assert _move(booking_id, actor=world.actor) == booking_id
    assert _stands(booking_id) == ("confirmed", LATER)


@pytest.mark.parametrize("answer", ["accept", "decline", "expire", "withdraw", "cancel the meeting", "ask anew"])
def test_a_move_is_asked_for_and_the_meeting_stays_until_it_is_accepted(world: World, answer: str) -> None:
    booking_id = _accepted(world)
    before = len(_kinds())
    request_id = _move(booking_id, key="once")
    assert _move(booking_id, key="once") == request_id != booking_id
    assert (_stands(booking_id), _stands(request_id)) == (("confirmed", TEN), ("requested", LATER))
    assert len(_kinds()) == before + 2
    if answer == "accept":
        for _ in range(2):
            transact(meetings.accept, booking_id=request_id, actor=world.actor, now=NOW)
        assert (_stands(booking_id), _stands(request_id)[0]) == (("confirmed", LATER), "cancelled")
        assert cast.booking_row(booking_id).reschedules == 1
        assert {"booking_moved", "host_booking_moved"} <= set(_kinds())
        assert cast.booking_row(book(world, person=cast.guest(3))).status == "confirmed"  # the old time is free
        return
    if answer == "decline":
        transact(meetings.decline, booking_id=request_id, actor=world.actor, now=NOW)
    elif answer == "expire":
        transact(meetings.expire, booking_id=request_id, now=TEN)
    elif answer == "withdraw":
        transact(bookings.cancel, booking_id=request_id, now=NOW)
    elif answer == "cancel the meeting":
        transact(bookings.cancel, booking_id=booking_id, actor=world.actor, now=NOW)
    else:
        again = _move(booking_id, start=TEN + DAY)
        transact(meetings.accept, booking_id=again, actor=world.actor, now=NOW)
        assert _stands(booking_id) == ("confirmed", TEN + DAY)
    assert _stands(request_id)[0] in ("declined", "expired", "cancelled")
    if answer != "ask anew":
        assert _stands(booking_id) == ("cancelled" if answer == "cancel the meeting" else "confirmed", TEN)
    assert cast.booking_row(book(world, LATER, person=cast.guest(3))).status == "confirmed"


def test_what_has_begun_meanwhile_cannot_be_moved(world: World) -> None:
    booking_id = _accepted(world)
    request_id = _move(booking_id, start=TEN + DAY, now=NOW + timedelta(hours=1))
    with pytest.raises(NotMovable):
        transact(meetings.accept, booking_id=request_id, actor=world.actor, now=TEN)
    assert _stands(booking_id) == ("confirmed", TEN)


@pytest.fixture
def shop(world: World, app: Flask) -> Iterator[World]:
    """What Ada answers costs 40.00, paid by card, and 60.00 on Thursdays."""
    providers.set_up(takes_cards=True)
    transact(_priced)
    yield world
    providers.set_up(takes_cards=False)
    db.session.rollback()
    assert not {name: found for name, found in invariants.violations(now=NOW).items() if found}


def _priced() -> None:
    db.session.execute(update(Organization).values(payment_provider="stripe"))
    db.session.execute(update(Offering).values(price_minor=4000))
    db.session.execute(update(AvailabilityRule).where(AvailabilityRule.day_of_week == 3).values(price_minor=6000))


def _paid(booking_id: uuid.UUID, amount: int, name: str) -> None:
    payment_id = transact(paying.open_payment, booking_id=booking_id, home="/", fee_hundredths=1000, now=NOW)
    transact(paying.receive, payment_id=payment_id, received=Received(name, amount, "EUR"), now=NOW)


def test_the_same_price_stays_paid(shop: World) -> None:
    booking_id = _accepted(shop)
    _paid(booking_id, 4000, "pi_1")
    request_id = _move(booking_id)
    transact(meetings.accept, booking_id=request_id, actor=shop.actor, now=NOW)
    assert _stands(booking_id) == ("confirmed", LATER)
    row = cast.booking_row(booking_id)
    assert (row.paid_by, row.price_minor) == ("at_booking", 4000)


def test_what_is_dearer_is_paid_after_the_host_accepts_and_then_replaces_the_first(shop: World) -> None:
    booking_id = _accepted(shop)
    _paid(booking_id, 4000, "pi_1")
    request_id = _move(booking_id, start=TEN + DAY, accepts=Paid("at_booking", 6000))
    transact(meetings.accept, booking_id=request_id, actor=shop.actor, now=NOW)
    assert (_stands(booking_id)[0], _stands(request_id)[0]) == ("confirmed", "held")
    _paid(request_id, 6000, "pi_2")
    assert (_stands(booking_id)[0], _stands(request_id)) == ("cancelled", ("confirmed", TEN + DAY))
    refused = db.session.execute(select(Booking.id).where(Booking.status == "requested")).all()
    assert not refused
