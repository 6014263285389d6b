"""Booking a place, waiting, cancelling, moving: each rule of the booking path on both databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts.models import User
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import moves
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.errors import NotBookable, NotCancellable, NotMovable
from liveapp.domain.bookings.models import Booking
from liveapp.domain.constraints import Full
from liveapp.domain.errors import NotFound
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from tests import cast
from tests.cast import BEN, NOW


@dataclass
class World:
    organization_id: uuid.UUID
    ada: uuid.UUID
    offering_id: uuid.UUID
    session_id: uuid.UUID


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    offering_id = cast.offering(organization_id)
    yield World(organization_id, ada, offering_id, cast.session(organization_id, ada, offering_id))
    found = {name: sentences for name, sentences in invariants.violations(now=NOW).items() if sentences}
    assert not found


def book(session_id: uuid.UUID, person: cast.Person = BEN, **more: object) -> uuid.UUID:
    values = {"session_id": session_id, "person": person, "now": NOW} | more
    return transact_in_turn([session_id], bookings.book_place, **values)


def test_a_guest_books_a_place_and_both_are_told(world: World) -> None:
    booking_id = book(world.session_id)
    booking = cast.booking_row(booking_id)
    assert (booking.status, booking.name, booking.confirmed_at) == ("confirmed", "Ben Okafor", NOW)
    assert cast.session_row(world.session_id).participant_count == 1
    assert cast.mails() == [("booking_confirmed", "ben@example.com"), ("host_booked", "ada@example.com")]


def test_the_policies_and_the_price_stay_with_the_booking(world: World) -> None:
    booking = cast.booking_row(book(world.session_id))
    assert (booking.cancellation_window_hours, booking.allow_late_cancellation) == (24, False)
    assert (booking.price_minor, booking.currency) == (None, "EUR")


def test_a_guest_is_found_again_by_address_whatever_its_case(world: World) -> None:
    other = cast.session(world.organization_id, world.ada, world.offering_id, NOW + timedelta(days=4))
    first = cast.booking_row(book(world.session_id))
    second = cast.booking_row(book(other, cast.Person(email=" Ben@Example.com", name="Ben", timezone="UTC")))
    assert first.user_id == second.user_id
    assert cast.one(select(func.count()).select_from(User)) == (2,)


def test_the_same_key_is_one_booking(world: World) -> None:
    key = uuid.uuid4().hex
    assert book(world.session_id, key=key) == book(world.session_id, key=key)
    assert cast.session_row(world.session_id).participant_count == 1
    assert len(cast.mails()) == 2


def test_a_person_has_one_place(world: World) -> None:
    book(world.session_id)
    with pytest.raises(NotBookable) as refused:
        book(world.session_id)
    assert refused.value.code == "already_booked"
    assert cast.session_row(world.session_id).participant_count == 1


def test_when_it_is_full_the_next_person_waits_and_gets_the_place_that_comes_free(world: World) -> None:
    small = cast.session(
        world.organization_id, world.ada, world.offering_id, NOW + timedelta(days=5), max_participants=1
    )
    first = book(small, cast.guest(1))
    waiting = book(small, cast.guest(2))
    assert cast.booking_row(waiting).status == "waitlisted"
    transact_in_turn([small], bookings.cancel, booking_id=first, now=NOW)
    assert cast.booking_row(waiting).status == "confirmed"
    third = cast.booking_row(book(small, cast.guest(3)))
    assert (third.status, third.waitlist_position) == ("waitlisted", 1)
    row = cast.session_row(small)
    assert (row.participant_count, row.waiting_count) == (1, 1)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"scheduled_at": NOW - timedelta(minutes=1), "ends_at": NOW + timedelta(minutes=59)}, "closed"),
        ({"status": "ended"}, "closed"),
        ({"status": "cancelled"}, "closed"),
        ({"status": "draft"}, "not_visible"),
    ],
)
def test_what_cannot_be_booked_says_why(app: Flask, values: dict[str, object], code: str) -> None:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    session_id = cast.session(organization_id, ada, cast.offering(organization_id), **values)
    with pytest.raises(NotBookable) as refused:
        book(session_id)
    assert refused.value.code == code
    assert refused.value.sentence
    assert cast.mails() == []
    assert cast.one(select(func.count()).select_from(User)) == (1,)


def test_booking_opens_when_the_offering_says(world: World) -> None:
    late = cast.offering(world.organization_id, booking_opens_days=2)
    session_id = cast.session(world.organization_id, world.ada, late, NOW + timedelta(days=6))
    with pytest.raises(NotBookable) as refused:
        book(session_id)
    assert refused.value.code == "not_open"
    assert book(session_id, now=NOW + timedelta(days=4))


def test_a_deleted_or_unknown_session_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        book(uuid.uuid4())


def test_the_holder_cancels_in_time_and_the_place_is_free(world: World) -> None:
    booking_id = book(world.session_id)
    transact_in_turn([world.session_id], bookings.cancel, booking_id=booking_id, now=NOW, reason="Ill")
    booking = cast.booking_row(booking_id)
    assert (booking.status, booking.cancel_reason, booking.cancelled_late) == ("cancelled", "Ill", False)
    assert cast.session_row(world.session_id).participant_count == 0
    assert ("booking_cancelled", "ben@example.com") in cast.mails()
    assert ("host_booking_cancelled", "ada@example.com") in cast.mails()


def test_cancelling_twice_is_one_cancellation(world: World) -> None:
    booking_id = book(world.session_id)
    for _ in range(2):
        transact_in_turn([world.session_id], bookings.cancel, booking_id=booking_id, now=NOW)
    assert cast.session_row(world.session_id).participant_count == 0
    assert len(cast.mails()) == 4


def test_exactly_at_the_deadline_is_in_time_and_a_second_later_is_not(world: World) -> None:
    start = cast.session_row(world.session_id).scheduled_at
    booking_id = book(world.session_id)
    late = start - timedelta(hours=24) + timedelta(seconds=1)
    with pytest.raises(NotCancellable):
        transact(bookings.cancel, booking_id=booking_id, now=late)
    transact(bookings.cancel, booking_id=booking_id, now=start - timedelta(hours=24))
    assert cast.booking_row(booking_id).status == "cancelled"


def test_staff_cancel_at_any_time_and_the_guest_is_told(world: World) -> None:
    booking_id = book(world.session_id)
    start = cast.session_row(world.session_id).scheduled_at
    ada = Actor(world.ada, Role.OWNER, world.organization_id)
    transact(bookings.cancel, booking_id=booking_id, now=start - timedelta(minutes=5), actor=ada, reason="No room")
    assert ("booking_cancelled_by_host", "ben@example.com") in cast.mails()


def test_after_cancelling_the_person_can_book_again(world: World) -> None:
    transact(bookings.cancel, booking_id=book(world.session_id), now=NOW)
    assert cast.booking_row(book(world.session_id)).status == "confirmed"


def move(booking_id: uuid.UUID, session_id: uuid.UUID, **more: object) -> None:
    transact(moves.move_place, **{"booking_id": booking_id, "session_id": session_id, "now": NOW} | more)


def test_moving_takes_the_new_place_and_gives_the_old_one_back(world: World) -> None:
    other = cast.session(world.organization_id, world.ada, world.offering_id, NOW + timedelta(days=4))
    booking_id = book(world.session_id)
    sequence = cast.booking_row(booking_id).revision
    move(booking_id, other)
    booking = cast.booking_row(booking_id)
    assert (booking.session_id, booking.reschedules) == (other, 1)
    assert booking.revision > sequence
    assert cast.session_row(world.session_id).participant_count == 0
    assert cast.session_row(other).participant_count == 1
    assert ("booking_moved", "ben@example.com") in cast.mails()


@pytest.mark.parametrize("is_known", [False, True])
def test_who_only_typed_an_address_isnt_told_by_moving_where_its_owner_is_booked(world: World, is_known: bool) -> None:
    at_once = NOW + timedelta(days=4)
    secret = cast.session(
        world.organization_id,
        cast.staff(world.organization_id, "Mira Tutor"),
        world.offering_id,
        at_once,
        title="Grief group",
    )
    other = cast.session(world.organization_id, world.ada, world.offering_id, at_once)
    nia = cast.member(world.organization_id, "Nia Obi")
    book(secret, nia)
    booking_id = book(world.session_id, nia if is_known else replace(nia, user_id=None))
    with pytest.raises(NotBookable) as refused:
        move(booking_id, other)
    assert ("Grief group" in str(refused.value)) is is_known


def test_a_guest_moves_at_most_three_times(world: World) -> None:
    days = [
        cast.session(world.organization_id, world.ada, world.offering_id, NOW + timedelta(days=10 + day))
        for day in range(4)
    ]
    booking_id = book(world.session_id)
    for session_id in days[:3]:
        move(booking_id, session_id)
    with pytest.raises(NotMovable):
        move(booking_id, days[3])
    move(booking_id, days[3], actor=Actor(world.ada, Role.OWNER, world.organization_id))
    assert cast.booking_row(booking_id).session_id == days[3]


def test_moving_into_a_full_session_leaves_the_old_place(world: World) -> None:
    full = cast.session(
        world.organization_id, world.ada, world.offering_id, NOW + timedelta(days=4), max_participants=1
    )
    book(full, cast.guest(1))
    booking_id = book(world.session_id)
    with pytest.raises(NotBookable):
        move(booking_id, full)
    assert cast.booking_row(booking_id).session_id == world.session_id


def test_nobody_moves_into_another_organizations_session(world: World) -> None:
    elsewhere = cast.organization("elsewhere")
    cy = cast.staff(elsewhere, "Cy Young")
    foreign = cast.session(elsewhere, cy, cast.offering(elsewhere))
    booking_id = book(world.session_id)
    with pytest.raises(NotFound):
        move(booking_id, foreign)


def test_the_database_itself_refuses_one_place_too_many(world: World) -> None:
    """The CHECK is the second guard: writing past it is refused although nobody asked a rule."""
    small = cast.session(
        world.organization_id, world.ada, world.offering_id, NOW + timedelta(days=5), max_participants=1
    )
    book(small, cast.guest(1))
    with pytest.raises(Full):
        transact(bookings.places.count, small, places=1)
    assert cast.session_row(small).participant_count == 1


def test_no_statement_more_than_the_booking_needs(world: World, count_queries: object) -> None:
    with count_queries() as queries:  # type: ignore[operator]
        book(world.session_id)
    assert len(queries) <= 9
    assert db.session.execute(select(func.count()).select_from(Booking)).scalar_one() == 1
