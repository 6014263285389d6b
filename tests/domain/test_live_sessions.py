"""Sessions made, published, taken back, ended and deleted: by whom, and what is refused."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from liveapp.db import db
from liveapp.domain.actor import Actor
from liveapp.domain.availability.models import Closure, TimeClaim
from liveapp.domain.catalogue.models import Location
from liveapp.domain.errors import Forbidden, Invalid, NotFound
from liveapp.domain.live_sessions import service
from liveapp.domain.live_sessions.errors import Clash, StillBooked
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.lifecycle import ForbiddenTransition
from liveapp.rules.roles import Role
from tests import cast
from tests.cast import NOW
from tests.domain import session_words as words
from tests.domain.session_words import IN_THREE_DAYS, World, do


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    yield from words.living_world(app)


def count(table: type) -> int:
    db.session.rollback()
    return db.session.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_session_is_made_from_its_offering(world: World) -> None:
    offering_id = cast.offering(world.organization_id, title="Workshop", kind="workshop", price_minor=1500)
    row = cast.session_row(world.make(offering_id=offering_id, title="Handstands"))
    assert (row.type, row.price_minor, row.currency) == ("workshop", 1500, "EUR")
    assert (row.title, row.status, row.timezone) == ("Handstands", "scheduled", "Europe/Berlin")
    assert row.ends_at - row.scheduled_at == timedelta(hours=1)
    assert (row.published_at, row.published_by) == (NOW, world.ada)
    assert words.audited(row.id)[0][2]["status"] == "scheduled"


def test_a_coach_makes_drafts_of_their_own(world: World) -> None:
    row = cast.session_row(world.make(actor=world.coach, host_id=world.dana, publishes=False))
    assert (row.status, row.host_id) == ("draft", world.dana)
    with pytest.raises(Forbidden):
        world.make(IN_THREE_DAYS + timedelta(hours=3), actor=world.coach, host_id=world.dana)
    with pytest.raises(Forbidden):
        world.make(IN_THREE_DAYS + timedelta(hours=3), actor=world.coach, publishes=False)
    assert count(LiveSession) == 1


def test_the_same_key_is_one_session(world: World) -> None:
    key = uuid.uuid4().hex
    assert world.make(key=key) == world.make(key=key)
    assert count(LiveSession) == 1


def test_a_host_is_never_in_two_places_and_the_refusal_names_the_other(world: World) -> None:
    world.make(title="Morning flow")
    with pytest.raises(Clash) as refused:
        world.make(IN_THREE_DAYS + timedelta(minutes=30))
    assert "“Morning flow” is at that time: it starts Thu 5 March, 10:00" in refused.value.sentence
    world.make(IN_THREE_DAYS + timedelta(minutes=60))
    world.make(IN_THREE_DAYS + timedelta(minutes=30), host_id=world.dana)
    assert count(LiveSession) == 3


def test_a_session_of_another_organization_blocks_without_a_name(world: World) -> None:
    elsewhere = cast.organization("elsewhere")
    cast.membership(elsewhere, world.ada, "coach")
    cast.session(elsewhere, world.ada, cast.offering(elsewhere), IN_THREE_DAYS, title="Secret")
    with pytest.raises(Clash) as refused:
        world.make()
    assert refused.value.sentence.startswith("Another session is at that time")
    assert "Secret" not in refused.value.sentence


def test_an_exclusive_location_takes_one_session_at_a_time(world: World) -> None:
    common = {"organization_id": world.organization_id, "created_at": NOW}
    hall = cast.write(Location, name="Hall", is_exclusive=True, **common)
    park = cast.write(Location, name="Park", is_exclusive=False, **common)
    world.make(location_id=hall)
    with pytest.raises(Clash) as refused:
        world.make(location_id=hall, host_id=world.dana)
    assert refused.value.sentence.startswith("The location is taken. “Yoga”")
    world.make(IN_THREE_DAYS + timedelta(hours=2), location_id=park)
    world.make(IN_THREE_DAYS + timedelta(hours=2), location_id=park, host_id=world.dana)
    other = cast.organization("elsewhere")
    theirs = cast.write(Location, organization_id=other, name="Theirs", created_at=NOW)
    with pytest.raises(Invalid):
        world.make(IN_THREE_DAYS + timedelta(hours=5), location_id=theirs)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"duration_minutes": 29}, "duration_minutes"),
        ({"duration_minutes": 241}, "duration_minutes"),
        ({"max_participants": 0}, "max_participants"),
        ({"host_id": uuid.uuid4()}, "host_id"),
        ({"offering_id": uuid.uuid4()}, "offering_id"),
        ({"location_id": uuid.uuid4()}, "location_id"),
    ],
)
def test_what_does_not_go_together_is_said_next_to_its_field(
    world: World, values: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        world.make(**values)
    assert refused.value.field == field


def test_an_organization_may_have_shorter_sessions(world: World) -> None:
    organization_id = cast.organization("quick", min_session_duration=5)
    ada = cast.staff(organization_id, "Quinn Reed")
    quick = World(organization_id, ada, ada, cast.offering(organization_id))
    assert cast.session_row(quick.make(duration_minutes=5)).duration_minutes == 5
    with pytest.raises(Invalid):
        quick.make(IN_THREE_DAYS + timedelta(days=1), duration_minutes=4)


def test_what_has_passed_is_not_published_but_may_be_a_draft(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        world.make(NOW - timedelta(minutes=1))
    assert refused.value.field == "date"
    draft = world.make(NOW - timedelta(minutes=1), publishes=False)
    with pytest.raises(Invalid):
        do(service.publish, session_id=draft, actor=world.owner)


def test_nothing_is_made_on_a_closed_day(world: World) -> None:
    cast.write(
        Closure, organization_id=world.organization_id, first_day=date(2026, 3, 5), last_day=date(2026, 3, 5),
        reason="Holiday", created_by=world.ada, created_at=NOW,
    )  # fmt: skip
    with pytest.raises(Clash) as refused:
        world.make()
    assert "You are closed on Thu 5 March (Holiday)." in refused.value.sentence


def test_a_draft_is_published_by_owners_and_admins_only(world: World) -> None:
    session_id = world.make(actor=world.coach, host_id=world.dana, publishes=False)
    with pytest.raises(Forbidden):
        do(service.publish, session_id=session_id, actor=world.coach)
    do(service.publish, session_id=session_id, actor=world.owner)
    row = cast.session_row(session_id)
    assert (row.status, row.published_by) == ("scheduled", world.ada)
    action, before, after = words.audited(session_id)[-1]
    assert (action, before["status"], after["status"]) == ("publish", "draft", "scheduled")
    with pytest.raises(ForbiddenTransition):
        do(service.publish, session_id=session_id, actor=world.owner)


def test_unpublishing_is_refused_while_anybody_is_booked_or_waits(world: World) -> None:
    session_id = world.make(max_participants=1)
    words.book(session_id)
    words.book(session_id, cast.guest(1))
    with pytest.raises(StillBooked) as refused:
        do(service.unpublish, session_id=session_id, actor=world.owner)
    assert refused.value.status == 409
    assert "1 person is booked and 1 waits" in refused.value.sentence
    assert cast.session_row(session_id).status == "scheduled"


def test_unpublishing_takes_it_back(world: World) -> None:
    session_id = world.make()
    with pytest.raises(Forbidden):
        do(service.unpublish, session_id=session_id, actor=world.coach)
    do(service.unpublish, session_id=session_id, actor=world.owner)
    row = cast.session_row(session_id)
    assert (row.status, row.published_at) == ("draft", None)


def test_drafts_are_deleted_softly_and_give_their_time_back(world: World) -> None:
    scheduled = world.make()
    with pytest.raises(ForbiddenTransition):
        do(service.delete, session_id=scheduled, actor=world.owner)
    draft = world.make(IN_THREE_DAYS + timedelta(hours=2), publishes=False)
    with pytest.raises(Forbidden):
        do(service.delete, session_id=draft, actor=world.coach)
    do(service.delete, session_id=draft, actor=world.owner)
    assert cast.session_row(draft).deleted_at == NOW
    world.make(IN_THREE_DAYS + timedelta(hours=2))
    assert count(TimeClaim) == 2
    with pytest.raises(NotFound):
        do(service.publish, session_id=draft, actor=world.owner)


def test_a_stranger_finds_nothing(world: World) -> None:
    session_id = world.make()
    elsewhere = cast.organization("elsewhere")
    cy = Actor(cast.staff(elsewhere, "Cy Young"), Role.OWNER, elsewhere)
    for verb in (service.unpublish, service.end, service.delete, service.publish):
        with pytest.raises(NotFound):
            do(verb, session_id=session_id, actor=cy)
    assert cast.session_row(session_id).status == "scheduled"
