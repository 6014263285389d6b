"""Meetings: booked from availability, asked for, answered, moved; the host is never in two places."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts.models import Organization
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.availability import claims
from liveapp.domain.availability.claims import Claim
from liveapp.domain.availability.models import Closure, TimeClaim
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.errors import NotBookable, NotCancellable, SlotGone
from liveapp.domain.bookings.places import Wish
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.constraints import HostBusy
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.service import Time
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from tests import cast
from tests.cast import BEN, NOW

TEN = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)  # Wednesday, 10:00 in Berlin


@dataclass
class World:
    organization_id: uuid.UUID
    ada: uuid.UUID
    offering_id: uuid.UUID
    asking_id: uuid.UUID

    @property
    def actor(self) -> Actor:
        return Actor(self.ada, Role.OWNER, self.organization_id)


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    cast.weekly_hours(organization_id, ada)
    asking = cast.meeting_offering(organization_id, title="Mentoring", booking_mode="request")
    yield World(organization_id, ada, cast.meeting_offering(organization_id), asking)
    found = {name: sentences for name, sentences in invariants.violations(now=NOW).items() if sentences}
    assert not found


def book(world: World, start: datetime = TEN, person: cast.Person = BEN, **more: object) -> uuid.UUID:
    values = {
        "organization_id": world.organization_id,
        "offering_id": world.offering_id,
        "host_id": world.ada,
        "time": Time(start),
        "person": person,
        "now": NOW,
    }
    return transact_in_turn([world.ada], meetings.book_slot, **(values | more))  # type: ignore[arg-type]


def ask(world: World, **more: object) -> uuid.UUID:
    return book(world, offering_id=world.asking_id, **more)


def session_of(booking_id: uuid.UUID) -> object:
    return cast.session_row(cast.booking_row(booking_id).session_id)


def number_of_claims() -> int:
    return int(cast.one(select(func.count()).select_from(TimeClaim))[0])


def test_a_slot_becomes_a_meeting(world: World) -> None:
    booking_id = book(world, wish=Wish(message="About my thesis"))
    booking = cast.booking_row(booking_id)
    meeting = cast.session_row(booking.session_id)
    assert (booking.status, booking.message) == ("confirmed", "About my thesis")
    assert (meeting.type, meeting.status, meeting.scheduled_at) == ("meeting", "scheduled", TEN)
    assert (meeting.max_participants, meeting.participant_count) == (1, 1)
    assert number_of_claims() == 1
    assert cast.mails() == [("booking_confirmed", "ben@example.com"), ("host_booked", "ada@example.com")]


def test_the_same_slot_is_one_meeting(world: World) -> None:
    book(world)
    with pytest.raises(SlotGone) as refused:
        book(world, person=cast.guest(1))
    assert refused.value.code == "taken"
    assert "taken a moment ago" in refused.value.sentence


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (NOW + timedelta(hours=1), "notice"),
        (NOW + timedelta(days=70), "horizon"),
        (TEN.replace(hour=5), "outside_hours"),
        (TEN + timedelta(minutes=30), "off_grid"),
        (NOW - timedelta(hours=1), "past"),
    ],
)
def test_what_the_page_does_not_offer_the_booking_refuses(world: World, start: datetime, code: str) -> None:
    with pytest.raises(SlotGone) as refused:
        book(world, start)
    assert refused.value.code == code
    assert number_of_claims() == 0


def test_the_same_key_is_one_meeting(world: World) -> None:
    assert book(world, key="k1") == book(world, key="k1")
    assert number_of_claims() == 1


def test_a_class_of_the_host_takes_the_slot(world: World) -> None:
    cast.session(world.organization_id, world.ada, cast.offering(world.organization_id), TEN)
    with pytest.raises(SlotGone):
        book(world)


def test_the_host_is_busy_across_organizations(world: World) -> None:
    elsewhere = cast.organization("elsewhere")
    cast.membership(elsewhere, world.ada, "coach", slug="ada")
    cast.session(elsewhere, world.ada, cast.offering(elsewhere), TEN)
    with pytest.raises(SlotGone):
        book(world)


def test_buffers_of_two_meetings_add_up(app: Flask) -> None:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    cast.weekly_hours(organization_id, ada, buffer_before=15, buffer_after=15, slot_interval=30)
    world = World(organization_id, ada, cast.meeting_offering(organization_id), uuid.uuid4())
    book(world)
    with pytest.raises(SlotGone) as refused:
        book(world, TEN + timedelta(minutes=60), cast.guest(1))
    assert refused.value.code == "buffer"
    book(world, TEN + timedelta(minutes=90), cast.guest(1))


def test_a_closure_offers_nothing(world: World) -> None:
    cast.write(
        Closure,
        organization_id=world.organization_id,
        first_day=TEN.date(),
        last_day=TEN.date(),
        reason="Holiday",
        created_by=world.ada,
        created_at=NOW,
    )
    with pytest.raises(SlotGone) as refused:
        book(world)
    assert refused.value.code == "closure"


def test_somebody_elses_offering_is_not_found(world: World) -> None:
    elsewhere = cast.organization("elsewhere")
    with pytest.raises(NotFound):
        book(world, organization_id=elsewhere)


def test_a_length_that_is_not_offered_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        book(world, time=Time(TEN, 45))


def test_cancelling_frees_the_hosts_time(world: World) -> None:
    booking_id = book(world)
    transact(bookings.cancel, booking_id=booking_id, now=NOW)
    assert session_of(booking_id).status == "cancelled"  # type: ignore[attr-defined]
    assert number_of_claims() == 0
    assert book(world, person=cast.guest(1))


def test_the_guest_moves_a_meeting_to_another_offered_time(world: World) -> None:
    booking_id = book(world)
    later = TEN + timedelta(hours=2)
    transact_in_turn([world.ada], meetings.reschedule, booking_id=booking_id, start=later, now=NOW)
    moved = session_of(booking_id)
    assert (moved.scheduled_at, moved.ends_at) == (later, later + timedelta(hours=1))  # type: ignore[attr-defined]
    assert number_of_claims() == 1
    assert book(world, person=cast.guest(1))
    assert ("booking_moved", "ben@example.com") in cast.mails()


def test_a_meeting_may_move_into_its_own_time(world: World) -> None:
    """Half an hour later overlaps with itself only: that is no reason to refuse."""
    organization_id, ada = world.organization_id, world.ada
    host = cast.staff(organization_id, "Grace Hopper", "coach")
    cast.weekly_hours(organization_id, host, slot_interval=30)
    booking_id = book(world, host_id=host)
    later = TEN + timedelta(minutes=30)
    transact_in_turn([host], meetings.reschedule, booking_id=booking_id, start=later, now=NOW)
    assert session_of(booking_id).scheduled_at == later  # type: ignore[attr-defined]
    assert ada != host


def test_moving_onto_a_taken_time_leaves_everything(world: World) -> None:
    booking_id = book(world)
    book(world, TEN + timedelta(hours=2), cast.guest(1))
    with pytest.raises(SlotGone):
        transact(meetings.reschedule, booking_id=booking_id, start=TEN + timedelta(hours=2), now=NOW)
    assert session_of(booking_id).scheduled_at == TEN  # type: ignore[attr-defined]


def test_staff_move_a_meeting_outside_the_hours(world: World) -> None:
    booking_id = book(world)
    evening = TEN + timedelta(hours=10)
    transact(meetings.reschedule, booking_id=booking_id, start=evening, now=NOW, actor=world.actor)
    assert session_of(booking_id).scheduled_at == evening  # type: ignore[attr-defined]


def test_a_request_claims_the_time_until_it_is_answered(world: World) -> None:
    booking_id = ask(world)
    booking = cast.booking_row(booking_id)
    assert booking.status == "requested"
    assert booking.expires_at == TEN - timedelta(hours=2)
    with pytest.raises(SlotGone):
        book(world, person=cast.guest(1))
    transact(meetings.accept, booking_id=booking_id, now=NOW, actor=world.actor)
    assert cast.booking_row(booking_id).status == "confirmed"
    assert session_of(booking_id).status == "scheduled"  # type: ignore[attr-defined]
    assert ("booking_confirmed", "ben@example.com") in cast.mails()


def test_accepting_twice_is_accepting_once(world: World) -> None:
    booking_id = ask(world)
    for _ in range(2):
        transact(meetings.accept, booking_id=booking_id, now=NOW, actor=world.actor)
    assert [kind for kind, _ in cast.mails()].count("booking_confirmed") == 1


def test_a_declined_request_frees_the_time(world: World) -> None:
    booking_id = ask(world)
    transact(meetings.decline, booking_id=booking_id, now=NOW, actor=world.actor, words="I am away")
    assert (cast.booking_row(booking_id).status, cast.booking_row(booking_id).answer) == ("declined", "I am away")
    assert number_of_claims() == 0
    with pytest.raises(Invalid):
        transact(meetings.accept, booking_id=booking_id, now=NOW, actor=world.actor)


def test_a_request_expires_when_nobody_answers(world: World) -> None:
    booking_id = ask(world)
    assert not transact(meetings.expire, booking_id=booking_id, now=TEN - timedelta(hours=2, seconds=1))
    assert transact(meetings.expire, booking_id=booking_id, now=TEN - timedelta(hours=2))
    assert not transact(meetings.expire, booking_id=booking_id, now=TEN)
    assert cast.booking_row(booking_id).status == "expired"
    assert number_of_claims() == 0
    assert ("request_expired", "ben@example.com") in cast.mails()


def test_a_time_is_asked_for_while_the_host_has_an_hour_to_answer(world: World) -> None:
    """At the lead time itself (two hours) a request would expire as it is sent."""
    for hours in (2, 2.5):
        with pytest.raises(SlotGone, match="3 h") as refused:
            ask(world, now=TEN - timedelta(hours=hours))
        assert refused.value.code == "notice"
    booking_id = ask(world, now=TEN - timedelta(hours=3))
    assert cast.booking_row(booking_id).expires_at == TEN - timedelta(hours=2)
    assert book(world, start=TEN + timedelta(hours=1), now=TEN - timedelta(hours=1))


def test_a_request_that_its_guest_moves_waits_for_the_host_again(world: World) -> None:
    """Nobody says yes to a time of their own, whatever the host had proposed before."""
    booking_id = ask(world)
    other, later = TEN + timedelta(days=1), TEN + timedelta(days=6)
    transact(meetings.propose, booking_id=booking_id, start=other, now=NOW, actor=world.actor, words="Thursday?")
    transact(meetings.reschedule, booking_id=booking_id, start=later, now=NOW)
    moved = cast.booking_row(booking_id)
    assert (moved.status, moved.requested_start, moved.proposed_at, moved.answer) == ("requested", later, None, "")
    assert moved.expires_at == NOW + timedelta(hours=48)
    with pytest.raises(NotFound):
        transact(meetings.accept, booking_id=booking_id, now=NOW)
    transact(meetings.reschedule, booking_id=booking_id, start=TEN, now=NOW)
    assert cast.booking_row(booking_id).expires_at == TEN - timedelta(hours=2)


def test_the_host_proposes_another_time_and_the_guest_takes_it(world: World) -> None:
    booking_id = ask(world)
    other = TEN + timedelta(days=1)
    transact(meetings.propose, booking_id=booking_id, start=other, now=NOW, actor=world.actor, words="Thursday?")
    booking = cast.booking_row(booking_id)
    assert (booking.status, booking.requested_start, booking.proposed_at) == ("requested", TEN, NOW)
    assert session_of(booking_id).scheduled_at == other  # type: ignore[attr-defined]
    assert book(world, person=cast.guest(1))
    transact(meetings.accept, booking_id=booking_id, now=NOW)
    assert cast.booking_row(booking_id).status == "confirmed"
    assert ("host_proposal_accepted", "ada@example.com") in cast.mails()


def test_a_guest_cannot_accept_an_own_request(world: World) -> None:
    with pytest.raises(NotFound):
        transact(meetings.accept, booking_id=ask(world), now=NOW)


def test_a_guest_takes_a_request_back(world: World) -> None:
    booking_id = ask(world)
    transact(bookings.cancel, booking_id=booking_id, now=NOW)
    assert cast.booking_row(booking_id).status == "cancelled"
    assert number_of_claims() == 0


def test_a_meeting_too_close_to_its_start_is_not_cancelled_by_the_guest(world: World) -> None:
    booking_id = book(world)
    with pytest.raises(NotCancellable):
        transact(bookings.cancel, booking_id=booking_id, now=TEN - timedelta(hours=3))


def test_the_database_itself_keeps_claims_apart(world: World, database: object) -> None:
    """On PostgreSQL the exclusion constraint is the second guard; SQLite's is the write lock around the look."""
    if database.kind != "postgresql":  # type: ignore[attr-defined]
        pytest.skip("SQLite has no exclusion constraints: its guard is BEGIN IMMEDIATE, raced in tests/concurrency")
    booking_id = book(world)
    session_id = cast.booking_row(booking_id).session_id
    doubled = Claim(world.organization_id, session_id, world.ada, "meeting", TEN, TEN + timedelta(minutes=1))
    with pytest.raises(HostBusy):
        transact(claims.take, [doubled], now=NOW)


# Plans, and what the guest has at that time


def member_with_pack(world: World, credits: int = 2) -> tuple[Person, uuid.UUID]:
    """Ben, who holds a pack in a studio that takes payment for its meetings."""
    transact(lambda: db.session.execute(update(Organization).values(payment_provider="desk")))
    transact(lambda: db.session.execute(update(Offering).values(plan_only=True, price_minor=None)))
    ben = cast.member(world.organization_id)
    pack = cast.subscription(world.organization_id, ben, cast.plan(world.organization_id, class_credits=credits))
    return ben, pack


def test_a_meeting_takes_a_credit_and_gives_it_back(world: World) -> None:
    ben, pack = member_with_pack(world)
    booking_id = book(world, person=ben)
    booking = cast.booking_row(booking_id)
    assert (booking.paid_by, booking.subscription_id, cast.credits_left(pack)) == ("credit", pack, 1)
    transact_in_turn([world.ada], bookings.cancel, booking_id=booking_id, now=NOW)
    assert cast.credits_left(pack) == 2
    with pytest.raises(NotBookable) as error:
        book(world, person=cast.guest(1))
    assert error.value.code == "no_plan"


def test_a_request_takes_its_credit_when_it_is_accepted(world: World) -> None:
    ben, pack = member_with_pack(world, credits=1)
    first, second = (ask(world, person=ben, start=at) for at in (TEN, TEN + timedelta(hours=3)))
    assert cast.credits_left(pack) == 1
    transact_in_turn([world.ada], meetings.accept, booking_id=first, now=NOW, actor=world.actor)
    assert cast.credits_left(pack) == 0
    with pytest.raises(NotBookable, match="No credit left") as error:
        transact_in_turn([world.ada], meetings.accept, booking_id=second, now=NOW, actor=world.actor)
    assert error.value.code == "no_credits"
    assert cast.booking_row(second).status == "requested"


def test_a_meeting_and_a_class_cannot_be_at_one_time(world: World) -> None:
    other = cast.staff(world.organization_id, "Cleo Coach", "coach")
    session_id = cast.session(world.organization_id, other, cast.offering(world.organization_id), TEN)
    transact_in_turn([session_id], bookings.book_place, session_id=session_id, person=BEN, now=NOW)
    with pytest.raises(NotBookable) as error:
        book(world)
    assert error.value.code == "overlap"
