"""Offerings, programs and locations: who may change them, and what a change means for sessions that are planned."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.actor import Actor
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.availability import claims
from liveapp.domain.availability.models import TimeClaim
from liveapp.domain.catalogue import queries, service
from liveapp.domain.catalogue.details import Lengths, LocationDetails, OfferingDetails, ProgramDetails
from liveapp.domain.catalogue.errors import BadChoice, NotYourOffering
from liveapp.domain.catalogue.models import Location, Offering, Program
from liveapp.domain.constraints import NameTaken
from liveapp.domain.errors import Forbidden, Invalid, NotFound
from liveapp.domain.live_sessions import rooms
from liveapp.domain.live_sessions.errors import Clash
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW

LENGTHS = Lengths(30, 240)
CLASS = OfferingDetails(
    title="Morning yoga", kind="live_class", format="in_person", duration_minutes=60, capacity=12, price_minor=1500
)
ROOM = LocationDetails(name="Studio 1", address="Torstraße 1, Berlin", latitude=52.52, longitude=13.4)


@dataclass
class World:
    organization_id: uuid.UUID
    ada: Actor
    coach: Actor
    member: Actor
    cy: Actor


@pytest.fixture
def world(app: Flask) -> World:
    organization_id, other_id = cast.organization(), cast.organization("school")
    return World(
        organization_id,
        ada=cast.actor(organization_id, "Ada Lovelace", Role.ADMIN),
        coach=cast.actor(organization_id, "Dora Coach", Role.COACH),
        member=cast.actor(organization_id, "Ben Okafor", Role.MEMBER),
        cy=cast.actor(other_id, "Cy Other", Role.OWNER),
    )


def add(actor: Actor, details: OfferingDetails = CLASS, **more: object) -> uuid.UUID:
    return transact(service.add_offering, actor=actor, details=details, lengths=LENGTHS, now=NOW, **more)


def change(actor: Actor, offering_id: uuid.UUID, details: OfferingDetails) -> None:
    values = {"actor": actor, "offering_id": offering_id, "details": details, "lengths": LENGTHS, "now": NOW}
    transact(service.change_offering, **values)


def offering(offering_id: uuid.UUID) -> Offering:
    return cast.one(select(*Offering.__table__.columns).where(Offering.id == offering_id))


def audited() -> list[tuple[str, dict[str, object], dict[str, object]]]:
    db.session.rollback()
    rows = db.session.execute(select(AuditEntry).order_by(AuditEntry.number)).scalars()
    return [(row.action, row.before, row.after) for row in rows]


def test_an_offering_gets_a_public_name_and_the_organizations_currency(world: World) -> None:
    first, second = offering(add(world.ada)), offering(add(world.ada))
    assert (first.slug, second.slug) == ("morning-yoga", "morning-yoga-2")
    assert (first.currency, first.price_minor, first.capacity) == ("EUR", 1500, 12)
    action, _, after = audited()[0]
    assert (action, after["title"]) == ("offering.add", "Morning yoga")


def test_the_same_form_sent_twice_is_one_offering(world: World) -> None:
    assert add(world.ada, key="k") == add(world.ada, key="k")
    assert cast.one(select(func.count()).select_from(Offering))[0] == 1


def test_a_change_keeps_the_public_name_and_says_from_and_to(world: World) -> None:
    offering_id = add(world.ada)
    change(world.ada, offering_id, replace(CLASS, title="Evening yoga", capacity=8))
    changed = offering(offering_id)
    assert (changed.title, changed.slug, changed.capacity) == ("Evening yoga", "morning-yoga", 8)
    assert audited()[-1] == (
        "offering.change",
        {"title": "Morning yoga", "capacity": 12},
        {"title": "Evening yoga", "capacity": 8},
    )
    before = len(audited())
    change(world.ada, offering_id, replace(CLASS, title="Evening yoga", capacity=8))
    assert len(audited()) == before


def test_a_meeting_is_with_one_person_and_may_have_several_lengths(world: World) -> None:
    details = replace(CLASS, kind="meeting", durations=(90, 30, 60), booking_mode="request", waitlist_size=5)
    made = offering(add(world.ada, details))
    assert (made.capacity, made.session_type, made.durations) == (1, "individual", [60, 30, 90])
    assert (made.booking_mode, made.has_waitlist, made.waitlist_size) == ("request", False, None)
    calendar = offering(add(world.ada, replace(details, kind="workshop")))
    assert (calendar.durations, calendar.booking_mode, calendar.waitlist_size) == ([], "instant", 5)


def test_a_place_is_a_room_or_a_link(world: World) -> None:
    room = cast.write(Location, organization_id=world.organization_id, name="Studio", created_at=NOW)
    both = replace(CLASS, location_id=room, meeting_url="https://meet.example.com/yoga")
    inside, online = offering(add(world.ada, both)), offering(add(world.ada, replace(both, format="online")))
    assert (inside.location_id, inside.meeting_url) == (room, None)
    assert (online.location_id, online.meeting_url) == (None, "https://meet.example.com/yoga")


@pytest.mark.parametrize(("minutes", "shortest", "fits"), [(29, None, False), (30, None, True), (240, None, True),
                                                          (241, None, False), (5, 5, True), (4, 5, False)])  # fmt: skip
def test_lengths_keep_the_limits_of_deployment_and_organization(
    app: Flask, minutes: int, shortest: int | None, fits: bool
) -> None:
    organization_id = cast.organization(min_session_duration=shortest)
    ada = Actor(user_id=cast.staff(organization_id), role=Role.OWNER, organization_id=organization_id)
    details = replace(CLASS, duration_minutes=minutes)
    if fits:
        assert offering(add(ada, details)).duration_minutes == minutes
        return
    with pytest.raises(Invalid, match="Choose a length from") as refused:
        add(ada, details)
    assert refused.value.field == "duration_minutes"


def test_a_coach_runs_own_offerings_only(world: World) -> None:
    own = replace(CLASS, host_id=world.coach.user_id)
    offering_id = add(world.coach, own)
    change(world.coach, offering_id, replace(own, title="Slow yoga"))
    transact(service.archive_offering, actor=world.coach, offering_id=offering_id, now=NOW)
    for details in (CLASS, replace(CLASS, host_id=world.ada.user_id)):
        with pytest.raises(NotYourOffering):
            add(world.coach, details)
        with pytest.raises(NotYourOffering):
            change(world.coach, offering_id, details)
    others = add(world.ada)
    with pytest.raises(NotYourOffering):
        change(world.coach, others, own)
    with pytest.raises(NotYourOffering):
        transact(service.archive_offering, actor=world.coach, offering_id=others, now=NOW)


def test_members_and_strangers_change_nothing(world: World) -> None:
    offering_id = add(world.ada)
    with pytest.raises(Forbidden):
        add(world.member)
    with pytest.raises(NotFound):
        change(world.cy, offering_id, CLASS)
    with pytest.raises(Forbidden):
        transact(service.add_program, actor=world.coach, details=ProgramDetails("Beginners"), now=NOW)
    with pytest.raises(Forbidden):
        transact(service.add_location, actor=world.coach, details=ROOM, is_exclusive=False, now=NOW)


def test_only_people_and_things_of_the_organization_can_be_chosen(world: World) -> None:
    other_id = world.cy.organization_id
    foreign = {
        "host_id": world.cy.user_id,
        "program_id": cast.write(Program, organization_id=other_id, name="Beginners", created_at=NOW),
        "location_id": cast.write(Location, organization_id=other_id, name="Room", created_at=NOW),
    }
    archived = {
        "program_id": cast.write(
            Program, organization_id=world.organization_id, name="Old", created_at=NOW, archived_at=NOW
        ),
        "host_id": world.member.user_id,
    }
    for chosen in (*foreign.items(), *archived.items()):
        with pytest.raises(BadChoice) as refused:
            add(world.ada, replace(CLASS, **dict([chosen])))
        assert refused.value.field == chosen[0]


def test_an_archived_program_stays_with_its_offering(world: World) -> None:
    program_id = transact(service.add_program, actor=world.ada, details=ProgramDetails("Beginners"), now=NOW)
    inside = replace(CLASS, program_id=program_id)
    offering_id = add(world.ada, inside)
    transact(service.archive_program, actor=world.ada, program_id=program_id, now=NOW)
    change(world.ada, offering_id, replace(inside, title="Evening yoga"))
    assert offering(offering_id).program_id == program_id
    with pytest.raises(BadChoice):
        add(world.ada, inside)
    transact(service.restore_program, actor=world.ada, program_id=program_id, now=NOW)
    assert offering(add(world.ada, inside)).program_id == program_id


def test_names_of_programs_and_locations_are_taken_once(world: World) -> None:
    for _ in range(2):
        values = {"actor": world.ada, "now": NOW}
        if not cast.one(select(func.count()).select_from(Program))[0]:
            transact(service.add_program, details=ProgramDetails("Beginners"), **values)
            transact(service.add_location, details=ROOM, is_exclusive=False, **values)
            continue
        with pytest.raises(NameTaken):
            transact(service.add_program, details=ProgramDetails("Beginners"), **values)
        with pytest.raises(NameTaken):
            transact(service.add_location, details=ROOM, is_exclusive=False, **values)


def planned(world: World, location_id: uuid.UUID, hours: float, **values: object) -> uuid.UUID:
    host = cast.staff(world.organization_id, f"Host{uuid.uuid4().hex[:5]} Guest")
    offering_id = cast.offering(world.organization_id)
    return cast.session(
        world.organization_id, host, offering_id, NOW + timedelta(hours=hours), location_id=location_id, **values
    )


def make_exclusive(world: World, location_id: uuid.UUID, is_exclusive: bool = True, actor: Actor | None = None) -> None:
    values = {"location_id": location_id, "details": ROOM, "is_exclusive": is_exclusive, "now": NOW}
    transact(rooms.change_location, actor=actor or world.ada, **values)


def room_claims(location_id: uuid.UUID) -> set[uuid.UUID]:
    db.session.rollback()
    query = select(TimeClaim.session_id).where(TimeClaim.location_id == location_id)
    return set(db.session.execute(query).scalars())


def test_a_room_that_becomes_exclusive_claims_what_is_to_come_there(world: World) -> None:
    room = transact(service.add_location, actor=world.ada, details=ROOM, is_exclusive=False, now=NOW)
    coming = {planned(world, room, 24), planned(world, room, 25), planned(world, room, 26, status="draft")}
    planned(world, room, -5, status="ended", closed_at=NOW)
    cancelled = planned(world, room, 24, status="cancelled")
    transact(claims.release, [cancelled])
    planned(world, room, 24, format="online")
    make_exclusive(world, room)
    assert room_claims(room) == coming
    found = {name: sentences for name, sentences in invariants.violations(now=NOW).items() if sentences}
    assert not found
    make_exclusive(world, room, is_exclusive=False)
    assert room_claims(room) == set()
    assert cast.one(select(func.count()).select_from(TimeClaim).where(TimeClaim.host_id.is_not(None)))[0] == 5


def test_a_room_with_overlapping_sessions_cannot_become_exclusive_and_says_which(world: World) -> None:
    room = transact(service.add_location, actor=world.ada, details=ROOM, is_exclusive=False, now=NOW)
    planned(world, room, 24, title="Yoga", duration_minutes=120)
    planned(world, room, 24.5, title="Pilates", duration_minutes=30)
    planned(world, room, 25.5, title="Boxing")
    with pytest.raises(Clash) as refused:
        make_exclusive(world, room)
    assert "“Yoga” (Tue 3 March, 10:00) and “Pilates” (Tue 3 March, 10:30)" in refused.value.sentence
    assert "“Yoga” (Tue 3 March, 10:00) and “Boxing” (Tue 3 March, 11:30)" in refused.value.sentence
    assert refused.value.field == "is_exclusive"
    assert room_claims(room) == set()
    assert cast.one(select(Location.is_exclusive))[0] is False


def test_a_room_of_another_organization_does_not_exist(world: World) -> None:
    room = transact(service.add_location, actor=world.ada, details=ROOM, is_exclusive=False, now=NOW)
    with pytest.raises(NotFound):
        make_exclusive(world, room, actor=world.cy)


def test_lists_come_in_pages_that_miss_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    titles = ["Aikido", "boxing", "Climbing", "dance", "Dance"]
    for title in titles:
        add(world.ada, replace(CLASS, title=title))
    seen, after = [], None
    for _ in range(3):
        rows = queries.offerings(organization_id=world.organization_id, after=after)
        seen += [row.title for row in rows[:2]]
        after = rows[:2][-1].id
    assert sorted(seen) == sorted(titles)
    assert [title.lower() for title in seen] == sorted(title.lower() for title in titles)
    assert [row.title for row in queries.offerings(organization_id=world.organization_id, words="LIMB")] == ["Climbing"]
    assert queries.offerings(organization_id=world.cy.organization_id) == []


def test_a_location_has_both_coordinates_or_neither(world: World) -> None:
    with pytest.raises(IntegrityError, match="coordinates"):
        cast.write(Location, organization_id=world.organization_id, name="Half", latitude=52.5, created_at=NOW)
