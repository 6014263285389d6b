"""Meetings that are paid by card: the time is held until the money is there, also where the host answers first."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts import providers
from liveapp.domain.accounts.models import Organization
from liveapp.domain.availability.models import TimeClaim
from liveapp.domain.bookings import waitlist
from liveapp.domain.bookings.errors import SlotGone
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.meetings import service as meetings
from liveapp.domain.notifications.models import Notification
from liveapp.domain.payments import paying
from liveapp.domain.payments.paying import Received
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW
from tests.domain.test_meetings import World, book, world

__all__ = ["world"]

LATER = NOW + timedelta(minutes=16)


def _take_cards() -> None:
    db.session.execute(update(Organization).values(payment_provider="stripe"))
    db.session.execute(update(Offering).values(price_minor=4000))


@pytest.fixture
def shop(world: World) -> Iterator[World]:
    """Ada's meetings cost 40.00, paid by card."""
    providers.set_up(takes_cards=True)
    transact(_take_cards)
    yield world
    providers.set_up(takes_cards=False)
    db.session.rollback()
    assert not {name: found for name, found in invariants.violations(now=NOW).items() if found}


def pay(booking_id: uuid.UUID) -> None:
    payment_id = transact(paying.open_payment, booking_id=booking_id, home="/", fee_hundredths=1000, now=NOW)
    transact(paying.receive, payment_id=payment_id, received=Received("pi_1", 4000, "EUR"), now=NOW)


def state(booking_id: uuid.UUID) -> tuple[str, str, int]:
    """The booking's status, its session's, and how many claims there are on the host's time."""
    booking = cast.booking_row(booking_id)
    claims = len(db.session.execute(select(TimeClaim.id)).all())
    return booking.status, cast.session_row(booking.session_id).status, claims


def kinds() -> list[str]:
    db.session.rollback()
    return sorted(db.session.execute(select(Notification.kind)).scalars())


def test_a_time_is_held_while_it_is_paid_for(shop: World) -> None:
    booking_id = book(shop)
    assert (state(booking_id), kinds()) == (("held", "draft", 1), [])
    with pytest.raises(SlotGone):
        book(shop, person=cast.guest(2))
    pay(booking_id)
    assert state(booking_id) == ("confirmed", "scheduled", 1)
    assert kinds() == ["booking_confirmed", "host_booked", "receipt"]


def test_a_time_that_nobody_paid_for_is_free_again(shop: World) -> None:
    booking_id = book(shop)
    session_id = cast.booking_row(booking_id).session_id
    transact(waitlist.promote, session_id=session_id, now=LATER)
    assert (state(booking_id), kinds()) == (("expired", "cancelled", 0), ["hold_lapsed"])
    assert state(book(shop, person=cast.guest(2)))[0] == "held"


def test_an_accepted_request_is_held_until_it_is_paid_for(shop: World) -> None:
    booking_id = book(shop, offering_id=shop.asking_id)
    assert state(booking_id) == ("requested", "draft", 1)
    for _ in range(2):
        transact(meetings.accept, booking_id=booking_id, actor=shop.actor, now=NOW)
    assert state(booking_id) == ("held", "draft", 1)
    assert cast.booking_row(booking_id).expires_at == NOW + timedelta(days=1)
    assert kinds() == ["host_request", "request_accepted", "request_received"]
    pay(booking_id)
    assert state(booking_id) == ("confirmed", "scheduled", 1)
