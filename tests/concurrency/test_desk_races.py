"""The last credit, the week's quota, one free place for two in line, and cancelling, promoting and more places at once:
exactly as many places and credits go as there are, and proof that the guards are why."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from liveapp.config import Settings
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings import session_changes, waitlist
from liveapp.domain.bookings.models import Booking
from liveapp.domain.live_sessions.details import Details, Limits
from liveapp.rules.roles import Role
from tests import cast
from tests.cast import NOW
from tests.concurrency import race
from tests.concurrency.race import Call, is_lost
from tests.concurrency.test_races import World, spare, violations, world

__all__ = ["spare", "world"]

CLASSES = 24
LATER = timedelta(minutes=5)


@dataclass
class Studio:
    """A studio that takes payment at the desk: its classes are for plans."""

    organization_id: uuid.UUID
    offering_id: uuid.UUID
    owner: Actor

    @classmethod
    def open(cls) -> Studio:
        slug = f"studio-{uuid.uuid4().hex[:8]}"
        organization_id = cast.organization(slug, payment_provider="desk")
        owner = cast.user("Olga Owner", f"olga@{slug}.example.com")
        cast.membership(organization_id, owner)
        return cls(
            organization_id, cast.offering(organization_id, plan_only=True), Actor(owner, Role.OWNER, organization_id)
        )

    def person(self, **plan: Any) -> Person:
        """A member with a pack like this."""
        person = cast.member(self.organization_id, f"M{uuid.uuid4().hex[:8]} Member")
        cast.subscription(self.organization_id, person, cast.plan(self.organization_id, **plan))
        return person

    def session(self, starts_at: Any, places: int = 5) -> uuid.UUID:
        host = cast.user("Host", f"{uuid.uuid4().hex}@example.com")
        cast.membership(self.organization_id, host, "coach")
        values = {"plan_only": True, "max_participants": places}
        return cast.session(self.organization_id, host, self.offering_id, starts_at, **values)

    def week(self) -> list[uuid.UUID]:
        """Two dozen classes of one week, none at the time of another."""
        return [self.session(NOW + timedelta(days=1, hours=2 * number)) for number in range(CLASSES)]


def books(session_id: uuid.UUID, person: Person) -> Call:
    values = {"session_id": session_id, "person": person, "now": NOW}
    assert person.user_id
    return Call(bookings.book_place, values, (session_id, person.user_id))


def confirmed(organization_id: uuid.UUID, **where: Any) -> int:
    """How many bookings of the organization are confirmed."""
    query = select(func.count()).where(Booking.organization_id == organization_id, Booking.status == "confirmed")
    return int(cast.one(query.filter_by(**where) if where else query)[0])


# The last credit


def last_credit() -> tuple[Studio, list[Call]]:
    studio = Studio.open()
    person = studio.person(class_credits=1)
    return studio, [books(each, person) for each in studio.week()]


@pytest.mark.usefixtures("world")
def test_the_last_credit_pays_for_one_class_however_many_are_booked_at_once(settings: Settings) -> None:
    studio, calls = last_credit()
    outcome = race.run(settings, calls)
    assert outcome.errors == []
    assert (len(outcome.results), dict(outcome.refusals)) == (1, {"no_credits": CLASSES - 1})
    assert confirmed(studio.organization_id) == 1
    assert violations() == []


def test_without_the_guards_the_last_credit_pays_twice(spare: tuple[World, Settings]) -> None:
    race.take_constraint_out("credit_lots", "ck_credit_lots_balance")

    def again() -> tuple[list[Call], Callable[[], bool]]:
        studio, calls = last_credit()
        return calls, lambda: confirmed(studio.organization_id) > 1

    assert is_lost(spare[1], again)


# The week's quota


def one_a_week() -> tuple[Studio, list[Call]]:
    studio = Studio.open()
    person = studio.person(max_bookings_per_week=1)
    return studio, [books(each, person) for each in studio.week()]


@pytest.mark.usefixtures("world")
def test_a_weekly_quota_holds_however_many_classes_are_booked_at_once(settings: Settings) -> None:
    studio, calls = one_a_week()
    outcome = race.run(settings, calls)
    assert outcome.errors == []
    assert (len(outcome.results), dict(outcome.refusals)) == (1, {"weekly_quota": CLASSES - 1})
    assert confirmed(studio.organization_id) == 1


def test_without_the_guards_a_weekly_quota_is_passed(spare: tuple[World, Settings]) -> None:
    def again() -> tuple[list[Call], Callable[[], bool]]:
        studio, calls = one_a_week()
        return calls, lambda: confirmed(studio.organization_id) > 1

    assert is_lost(spare[1], again)


# Two things at one time


def at_one_time() -> tuple[Studio, list[Call]]:
    studio = Studio.open()
    person = studio.person()
    return studio, [books(studio.session(NOW + timedelta(days=1, minutes=number)), person) for number in range(12)]


@pytest.mark.usefixtures("world")
def test_nobody_gets_two_places_at_one_time(settings: Settings) -> None:
    studio, calls = at_one_time()
    outcome = race.run(settings, calls)
    assert outcome.errors == []
    assert (len(outcome.results), dict(outcome.refusals)) == (1, {"overlap": 11})
    assert confirmed(studio.organization_id) == 1


def test_without_the_guards_somebody_is_in_two_places(spare: tuple[World, Settings]) -> None:
    def again() -> tuple[list[Call], Callable[[], bool]]:
        studio, calls = at_one_time()
        return calls, lambda: confirmed(studio.organization_id) > 1

    assert is_lost(spare[1], again)


# One free place, and a line


def free_place_and_a_line() -> tuple[uuid.UUID, list[Call]]:
    """A class with one free place and six people in line, who could all take it since a moment ago."""
    studio = Studio.open()
    session_id = studio.session(NOW + timedelta(days=3), places=1)
    first = race.transact(bookings.book_place, session_id=session_id, person=cast.guest(0), now=NOW, actor=studio.owner)
    line = [studio.person(class_credits=1) for _ in range(6)]
    elsewhere = studio.session(NOW + timedelta(days=1), places=6)
    for person in line:
        race.transact(bookings.book_place, session_id=session_id, person=person, now=NOW)
        race.transact(bookings.book_place, session_id=elsewhere, person=person, now=NOW)
    race.transact(bookings.cancel, booking_id=first, now=NOW)
    for person in line:
        cast.subscription(studio.organization_id, person, cast.plan(studio.organization_id))
    values = {"session_id": session_id, "now": NOW + LATER}
    return session_id, [Call(waitlist.promote, values, (session_id,))] * 24


@pytest.mark.usefixtures("world")
def test_one_place_goes_to_one_of_the_line_and_to_the_first(settings: Settings) -> None:
    session_id, calls = free_place_and_a_line()
    outcome = race.run(settings, calls)
    assert outcome.errors == []
    assert sorted(outcome.results) == [0] * 23 + [1]
    row = cast.session_row(session_id)
    assert (row.participant_count, row.waiting_count) == (1, 5)
    query = select(Booking.status).where(Booking.session_id == session_id).order_by(Booking.created_at, Booking.id)
    assert cast.one(select(func.count()).select_from(query.where(Booking.status == "confirmed").subquery()))[0] == 1
    assert violations() == []


def test_without_the_guards_two_of_the_line_get_one_place(spare: tuple[World, Settings]) -> None:
    race.take_constraint_out("sessions", "ck_sessions_capacity")

    def again() -> tuple[list[Call], Callable[[], bool]]:
        _, calls = free_place_and_a_line()
        return calls, lambda: bool(violations())

    assert is_lost(spare[1], again)


# Everything at once


@pytest.mark.usefixtures("world")
def test_cancelling_promoting_and_more_places_at_once_sell_every_place_once(settings: Settings) -> None:
    """Five places taken, fourteen people in line; the five cancel, the class grows to eight, passers-by come, and the
    sweep: eight are in it at the end, and not one fewer."""
    studio = Studio.open()
    session_id = studio.session(NOW + timedelta(days=3))
    people = [studio.person(class_credits=1) for _ in range(19)]
    ids = [race.transact(bookings.book_place, session_id=session_id, person=each, now=NOW) for each in people]
    session = cast.session_row(session_id)
    said = {name: getattr(session, name) for name in Details.__dataclass_fields__} | {"max_participants": 8}
    grow = {
        "session_id": session_id, "actor": studio.owner, "now": NOW + LATER, "limits": Limits(30, 240),
        "edit": session_changes.Edit(Details(**said), session.scheduled_at),
    }  # fmt: skip
    calls = [
        *(Call(bookings.cancel, {"booking_id": each, "now": NOW + LATER}, (session_id,)) for each in ids[:5]),
        *([Call(session_changes.edit_session, grow, (session_id, session.host_id))] * 2),
        *([Call(waitlist.promote, {"session_id": session_id, "now": NOW + LATER}, (session_id,))] * 6),
        *(books(session_id, studio.person(class_credits=1)) for _ in range(8)),
    ]
    outcome = race.run(settings, calls)
    assert outcome.errors == []
    row = cast.session_row(session_id)
    assert (row.participant_count, row.max_participants) == (8, 8)
    taken = select(Booking.id).where(Booking.session_id == session_id, Booking.status == "confirmed")
    in_line = cast.one(select(func.count()).select_from(taken.where(Booking.id.in_(ids[5:13])).subquery()))[0]
    assert in_line == 8, "the places go to the first eight of the line, not to passers-by"
    assert violations() == []


@pytest.mark.usefixtures("world")
def test_people_who_book_the_same_classes_in_crossing_orders_all_get_them(settings: Settings) -> None:
    studio = Studio.open()
    classes = [studio.session(NOW + timedelta(days=1, hours=2 * number), places=12) for number in range(4)]
    people = [studio.person() for _ in range(12)]
    calls = [
        books(classes[(number + step) % 4] if number % 2 else classes[(number - step) % 4], person)
        for step in range(4)
        for number, person in enumerate(people)
    ]
    outcome = race.run(settings, calls)
    assert outcome.errors == []
    assert (len(outcome.results), outcome.refusals.total()) == (48, 0)
    assert violations() == []
