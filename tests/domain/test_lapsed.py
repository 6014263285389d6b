"""Ends that nobody had to come by for: a second after a hold, an offer or a request is over, every reader knows it.

No scheduler runs here. Each end is passed by a second, then everybody who asks for the place or the time is asked.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts import providers
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import holds, moves, places, public, waitlist
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.errors import NotBookable
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.paying import Choice
from liveapp.domain.bookings.standing import Reader, standing
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import Invalid
from liveapp.domain.live_sessions import obstacles
from liveapp.domain.meetings import offers
from liveapp.domain.meetings import service as meetings
from liveapp.rules.eligibility import Answer
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock
from tests.domain.test_meetings import TEN, World, ask, book, world

__all__ = ["world"]

SECOND = timedelta(seconds=1)
WHEN = TEN + timedelta(days=7)

CLASS = NOW + timedelta(days=3)


@pytest.fixture
def shop(world: World, clock: Clock) -> Iterator[World]:
    providers.set_up(takes_cards=True)
    transact(_take_cards)
    clock.set(NOW)
    yield world
    providers.set_up(takes_cards=False)


def _take_cards() -> None:
    db.session.execute(update(Organization).values(payment_provider="stripe"))
    db.session.execute(update(Offering).values(price_minor=4000))


def _class_place(world: World, kind: str) -> tuple[uuid.UUID, uuid.UUID]:
    """A class whose only place is held for somebody who pays, or offered to somebody: session, booking."""
    offering_id = cast.offering(world.organization_id, title="Yoga", price_minor=1800)
    session_id = cast.session(
        world.organization_id, world.ada, offering_id, CLASS, title="Yoga", price_minor=1800, max_participants=1
    )
    if kind == "hold":
        return session_id, _book_place(session_id, 1)
    first = _book_place(session_id, 0, actor=world.actor)
    waiting = _book_place(session_id, 1)
    transact_in_turn([session_id], bookings.cancel, booking_id=first, actor=world.actor, now=NOW)
    return session_id, waiting


def _book_place(session_id: uuid.UUID, guest: int, now: datetime = NOW, actor: Actor | None = None) -> uuid.UUID:
    return transact_in_turn(
        [session_id], bookings.book_place, session_id=session_id, person=cast.guest(guest), actor=actor, now=now,
        choice=Choice(),
    )  # fmt: skip


def _end_of(booking_id: uuid.UUID) -> datetime:
    return cast.booking_row(booking_id).expires_at


def _class_readers(world: World, session_id: uuid.UUID, now: datetime, other: uuid.UUID) -> dict[str, bool]:
    """Whether each reader says that the class has a place."""
    db.session.rollback()
    listed = public.schedule(
        organization_id=world.organization_id, first=NOW, last=NOW + timedelta(days=9), now=now
    )  # fmt: skip
    (row,) = [row for row in listed if row.id == session_id]
    page = public.session(organization_id=world.organization_id, session_id=session_id, now=now)
    answer = standing(places.bookable(session_id), Reader(), now).answer.answer
    return {
        "schedule": row.taken_count < row.max_participants,
        "page": page.taken_count < page.max_participants,
        "button": answer is Answer.ELIGIBLE,
        "move": _may_move(other, session_id, now),
    }


def _may_move(booking_id: uuid.UUID, session_id: uuid.UUID, now: datetime) -> bool:
    held = places.held_by(booking_id)
    old, new = places.bookable(held.session_id), places.bookable(session_id)
    try:
        moves.terms_of_move(held, old, new, None, now)
    except NotBookable:
        return False
    return True


@pytest.mark.parametrize("kind", ["hold", "offer"])
def test_a_lapsed_place_of_a_class_is_free_for_every_reader(shop: World, clock: Clock, kind: str) -> None:
    session_id, kept = _class_place(shop, kind)
    offering_id = cast.session_row(session_id).offering_id
    elsewhere = cast.session(
        shop.organization_id, shop.ada, offering_id, CLASS + timedelta(days=1), title="Yoga", price_minor=1800
    )
    other = _book_place(elsewhere, 5, actor=shop.actor)
    ends = _end_of(kept)
    assert set(_class_readers(shop, session_id, ends - SECOND, other).values()) == {False}
    assert set(_class_readers(shop, session_id, ends + SECOND, other).values()) == {True}
    again = _book_place(session_id, 1, now=ends + SECOND)  # the same person, too
    assert (cast.booking_row(kept).status, cast.booking_row(again).status) == ("expired", "held")
    assert cast.session_row(session_id).participant_count == 1
    _check(ends + SECOND)


def test_who_waits_takes_a_lapsed_place_after_the_cutoff(shop: World) -> None:
    session_id, kept = _class_place(shop, "hold")
    waiting = _book_place(session_id, 2)
    late = CLASS - timedelta(minutes=5)
    transact(_lapse_at, booking_id=kept, moment=late)
    row = cast.booking_row(waiting)
    assert row.status == "waitlisted"
    transact_in_turn([session_id], waitlist.take_place, booking_id=waiting, now=late + SECOND)
    assert (cast.booking_row(kept).status, cast.booking_row(waiting).status) == ("expired", "held")


def _lapse_at(*, booking_id: uuid.UUID, moment: datetime) -> None:
    db.session.execute(update(Booking).where(Booking.id == booking_id).values(expires_at=moment))


def _time_readers(world: World, now: datetime) -> dict[str, bool]:
    """Whether each reader says that the host's time is free: slots (pages and the interface), and staff's planning."""
    db.session.rollback()
    organization = db.session.get_one(Organization, world.organization_id)
    offering = db.session.get_one(Offering, world.offering_id)
    slots = offers.offered_slots(
        organization=organization, host_id=world.ada, offering=offering, first_day=WHEN.date(),
        last_day=WHEN.date(), timezone="Europe/Berlin", now=now,
    )  # fmt: skip
    values = {"host_id": world.ada, "duration_minutes": 30}
    claim = obstacles.session_claim(uuid.uuid4(), world.organization_id, WHEN, values, None)
    found = obstacles.find([claim], organization=organization, location_id=None, now=now)
    return {"slots": WHEN in [slot.start for slot in slots], "planning": not found}


@pytest.mark.parametrize("kind", ["hold", "request", "accepted", "proposed"])
def test_a_lapsed_time_of_a_host_is_free_for_every_reader(shop: World, clock: Clock, kind: str) -> None:
    first = WHEN + timedelta(hours=2) if kind == "proposed" else WHEN
    kept = book(shop, WHEN) if kind == "hold" else ask(shop, start=first)
    if kind == "accepted":
        transact(meetings.accept, booking_id=kept, actor=shop.actor, now=NOW)
    if kind == "proposed":
        transact(meetings.propose, booking_id=kept, start=WHEN, actor=shop.actor, now=NOW)
    ends = _end_of(kept)
    assert _time_readers(shop, ends - SECOND) == {"slots": False, "planning": False}
    assert _time_readers(shop, ends + SECOND) == {"slots": True, "planning": True}
    again = book(shop, WHEN, person=cast.guest(7), now=ends + SECOND)
    assert cast.booking_row(again).status == "held"
    if kind in ("hold", "accepted"):
        assert transact(holds.confirm_paid, booking_id=kept, now=ends + SECOND) is False
    else:
        with pytest.raises(Invalid):
            transact(
                meetings.accept,
                booking_id=kept,
                actor=Actor(shop.ada, Role.OWNER, shop.organization_id),
                now=ends + SECOND,
            )
    _check(ends + SECOND)
    _sweep_late(kept, ends + timedelta(minutes=10))


def _check(now: datetime) -> None:
    db.session.rollback()
    assert not {name: found for name, found in invariants.violations(now=now).items() if found}


def _sweep_late(booking_id: uuid.UUID, now: datetime) -> None:
    """The scheduler comes back: what was over ends, and nothing of what was booked since is touched."""
    session_id = cast.booking_row(booking_id).session_id
    transact(waitlist.promote, session_id=session_id, now=now)
    transact(meetings.expire, booking_id=booking_id, now=now)
    assert (cast.booking_row(booking_id).status, cast.session_row(session_id).status) == ("expired", "cancelled")
