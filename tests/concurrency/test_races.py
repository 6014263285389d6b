"""The last place, the same slot, the same host two ways: exactly one outcome, and proof that the guards are why."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from liveapp.config import Settings
from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.actor import Actor
from liveapp.domain.availability import exceptions
from liveapp.domain.availability.exceptions import Dates
from liveapp.domain.availability.models import TimeClaim
from liveapp.domain.bookings import moves
from liveapp.domain.bookings import service as bookings
from liveapp.domain.catalogue import service as catalogue
from liveapp.domain.catalogue.details import ProgramDetails
from liveapp.domain.live_sessions import making
from liveapp.domain.live_sessions.details import Details, Limits
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.service import Time
from liveapp.rules.recurrence import Frequency, Rule
from liveapp.rules.roles import Role
from tests import cast
from tests.cast import NOW
from tests.concurrency import race
from tests.concurrency.race import Call
from tests.conftest import settings_for
from tests.databases import Database

TEN = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PEOPLE = 200


@dataclass
class World:
    organization_id: uuid.UUID
    ada: uuid.UUID


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


def make_world() -> World:
    """Ada works from nine to five, every day."""
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    cast.weekly_hours(organization_id, ada)
    return World(organization_id, ada)


@pytest.fixture
def spare(
    database: Database,
    new_database: Callable[..., Database],
    new_app_on: Callable[..., Flask],
    redis_url: str,
) -> Iterator[tuple[World, Settings]]:
    """A world on a database of its own, whose constraints can be taken out."""
    own = new_database(database.kind)
    with new_app_on(own).app_context():
        yield make_world(), settings_for(own, redis_url)


def violations() -> list[str]:
    db.session.rollback()
    return [sentence for sentences in invariants.violations(now=NOW).values() for sentence in sentences]


def places(world: World, number: int, people: int) -> tuple[uuid.UUID, list[Call]]:
    """A class with so many places, and so many people who book it at once."""
    session_id = cast.session(
        world.organization_id, world.ada, cast.offering(world.organization_id), max_participants=number
    )
    return session_id, [
        Call(bookings.book_place, {"session_id": session_id, "person": cast.guest(each), "now": NOW}, (session_id,))
        for each in range(people)
    ]


@pytest.mark.parametrize("number", [1, 20])
def test_as_many_people_get_a_place_as_there_are_places(world: World, settings: Settings, number: int) -> None:
    session_id, calls = places(world, number, PEOPLE)
    outcome = race.run(settings, calls)
    assert outcome.errors == []
    assert len(outcome.results) == PEOPLE
    row = cast.session_row(session_id)
    assert (row.participant_count, row.waiting_count) == (number, PEOPLE - number)
    assert violations() == []


def test_without_the_guards_places_are_sold_twice(spare: tuple[World, Settings]) -> None:
    world, settings = spare
    race.take_constraint_out("sessions", "ck_sessions_capacity")
    assert is_lost(settings, lambda _: places_elsewhere(world, 3, 60)[1])


def is_lost(settings: Settings, calls: Callable[[int], list[Call]]) -> bool:
    """As `race.is_lost`, of a race that invariants tell of; `calls` is given the number of the try."""
    tries = count()
    return race.is_lost(settings, lambda: (calls(next(tries)), lambda: bool(violations())))


def places_elsewhere(world: World, number: int, people: int) -> tuple[uuid.UUID, list[Call]]:
    """As `places`, with a host who is free."""
    host = cast.staff(world.organization_id, f"Host{uuid.uuid4().hex[:6]} X", "coach")
    return places(World(world.organization_id, host), number, people)


def slot(world: World, offering_id: uuid.UUID, number: int, start: datetime = TEN) -> Call:
    """A guest who wants Wednesday at ten, unless another time is said."""
    values = {
        "organization_id": world.organization_id,
        "offering_id": offering_id,
        "host_id": world.ada,
        "time": Time(start),
        "person": cast.guest(number),
        "now": NOW,
    }
    return Call(meetings.book_slot, values, (world.ada,))


def number_of_claims() -> int:
    return int(cast.one(select(func.count()).select_from(TimeClaim).where(TimeClaim.host_id.is_not(None)))[0])


def test_two_hundred_people_who_click_the_same_slot_get_one_meeting(world: World, settings: Settings) -> None:
    offering_id = cast.meeting_offering(world.organization_id)
    outcome = race.run(settings, [slot(world, offering_id, number) for number in range(PEOPLE)])
    assert outcome.errors == []
    assert len(outcome.results) == 1
    assert outcome.refusals == {"taken": PEOPLE - 1}
    assert number_of_claims() == 1
    assert violations() == []


def test_without_the_guards_a_slot_is_booked_twice(spare: tuple[World, Settings]) -> None:
    world, settings = spare
    race.take_constraint_out("time_claims", "ex_time_claims_host_id")
    offering_id = cast.meeting_offering(world.organization_id)
    guests = range(60)
    assert is_lost(settings, lambda day: [slot(world, offering_id, each, TEN + day * DAY) for each in guests])
    assert any("claim the same time" in sentence for sentence in violations())


def classes(world: World, number: int, start: datetime = TEN) -> list[Call]:
    """The same hour of the host, put on the calendar as a class, from many tabs."""
    offering_id = cast.offering(world.organization_id)
    details = Details(
        offering_id=offering_id,
        host_id=world.ada,
        title="Yoga",
        format="in_person",
        duration_minutes=60,
        max_participants=5,
    )
    owner = Actor(world.ada, Role.OWNER, world.organization_id)
    values = {
        "actor": owner,
        "details": details,
        "when": start,
        "publishes": True,
        "limits": Limits(30, 240),
        "now": NOW,
    }
    return [Call(making.create, values, (world.ada,)) for _ in range(number)]


def test_a_host_is_never_in_two_places_whichever_way_the_time_is_taken(world: World, settings: Settings) -> None:
    offering_id = cast.meeting_offering(world.organization_id)
    calls = [slot(world, offering_id, number) for number in range(PEOPLE // 2)] + classes(world, PEOPLE // 2)
    outcome = race.run(settings, calls)
    assert outcome.errors == []
    assert len(outcome.results) == 1
    assert number_of_claims() == 1
    assert violations() == []


def test_without_the_guards_a_host_is_in_two_places(spare: tuple[World, Settings]) -> None:
    world, settings = spare
    race.take_constraint_out("time_claims", "ex_time_claims_host_id")
    offering_id = cast.meeting_offering(world.organization_id)

    def calls(day: int) -> list[Call]:
        start = TEN + day * DAY
        return [slot(world, offering_id, number, start) for number in range(30)] + classes(world, 30, start)

    assert is_lost(settings, calls)
    assert any("claim the same time" in sentence for sentence in violations())


def forms(world: World) -> list[Call]:
    """One of each kind of form that makes something. Nobody takes turns: the keys alone decide."""
    owner = Actor(world.ada, Role.OWNER, world.organization_id)
    session_id, _ = places_elsewhere(world, 5, 0)
    series = Rule(Frequency.DAILY, TEN.time(), "Europe/Berlin", TEN.date() + timedelta(days=30), count=3)
    day_off = Dates(TEN.date() + timedelta(days=20), TEN.date() + timedelta(days=20))
    closing = {"host_id": world.ada, "dates": day_off, "note": "", "actor": owner, "now": NOW}
    asked = [
        Call(bookings.book_place, {"session_id": session_id, "person": cast.BEN, "now": NOW}),
        slot(world, cast.meeting_offering(world.organization_id), 0),
        with_values(classes(world, 1)[0], when=series),
        Call(catalogue.add_program, {"actor": owner, "details": ProgramDetails("Strength"), "now": NOW}),
        Call(exceptions.take_days_off, closing),
    ]
    return [with_values(call, key=f"form {number}") for number, call in enumerate(asked)]


def with_values(call: Call, **values: Any) -> Call:
    return Call(call.fn, call.values | values)


def test_a_doubled_form_gets_the_first_answer_however_often_it_arrives(world: World, settings: Settings) -> None:
    asked = forms(world)
    outcome = race.run(settings, [call for call in asked for _ in range(20)])
    assert outcome.errors == []
    assert not outcome.refusals
    assert sorted(Counter(outcome.results).values()) == [20] * len(asked)
    assert violations() == []


def test_without_the_guards_a_doubled_form_makes_two_things(spare: tuple[World, Settings]) -> None:
    world, settings = spare
    race.take_key_out("idempotency_keys")
    outcome = race.run(settings, forms(world)[-1:] * 10)
    assert len(set(outcome.results)) == 10


def test_crossing_moves_neither_lock_each_other_out_nor_lose_a_place(world: World, settings: Settings) -> None:
    """Half move from the first class to the second while the other half moves back."""
    offering_id = cast.offering(world.organization_id)
    one = cast.session(world.organization_id, world.ada, offering_id, max_participants=40)
    later = TEN.replace(day=9)
    other = cast.session(world.organization_id, world.ada, offering_id, later, max_participants=40)
    there = [race.transact(bookings.book_place, session_id=one, person=cast.guest(n), now=NOW) for n in range(15)]
    back = [race.transact(bookings.book_place, session_id=other, person=cast.guest(50 + n), now=NOW) for n in range(15)]
    calls = [
        Call(moves.move_place, {"booking_id": booking, "session_id": target, "now": NOW}, (one, other))
        for pair in zip(there, back, strict=True)
        for booking, target in zip(pair, (other, one), strict=True)
    ]
    outcome = race.run(settings, calls)
    assert outcome.errors == []
    assert not outcome.refusals
    assert cast.session_row(one).participant_count == cast.session_row(other).participant_count == 15
    assert violations() == []
