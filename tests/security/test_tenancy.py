"""Cy names the Kestrel studio's things in her own forms and addresses: she learns nothing and changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from liveapp.db import Base, db
from liveapp.domain.accounts.models import Membership
from liveapp.domain.availability.models import Closure
from liveapp.domain.bookings import service as bookings
from liveapp.domain.catalogue.models import Location, Program
from liveapp.domain.plans.models import CreditLot
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web.navigation import P
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.architecture.test_routes import MARK, World
from tests.cast import NOW
from tests.conftest import Clock
from tests.policing import PolicingClient
from tests.security.ledger import everything


@dataclass(frozen=True)
class School:
    """What Cy has herself."""

    id: uuid.UUID
    cy: uuid.UUID
    offering_id: uuid.UUID
    session_id: uuid.UUID
    booking_id: uuid.UUID
    location_id: uuid.UUID
    program_id: uuid.UUID
    plan_id: uuid.UUID
    subscription_id: uuid.UUID


@pytest.fixture
def school(world: World, clock: Clock) -> School:
    cy = world.people["cy"]
    organization_id = cast.one(
        select(Base.metadata.tables["memberships"].c.organization_id).where(
            Base.metadata.tables["memberships"].c.user_id == cy
        )
    )[0]
    owns = {"organization_id": organization_id, "created_at": NOW}
    offering_id = cast.offering(organization_id, title="Drawing")
    cast.meeting_offering(organization_id, title="Chat", slug="chat")
    cast.weekly_hours(organization_id, cy)
    start = clock.now() + timedelta(days=4)
    plan_id = cast.plan(organization_id, name="Drawing pack")
    session_id = cast.session(
        organization_id, cy, offering_id, start, title="Drawing", scheduled_at=start, ends_at=start + timedelta(hours=1)
    )
    return School(
        id=organization_id,
        cy=cy,
        offering_id=offering_id,
        session_id=session_id,
        booking_id=transact_in_turn(
            [session_id], bookings.book_place, session_id=session_id, person=cast.guest(7), now=clock.now()
        ),
        location_id=cast.write(Location, name="Cellar", **owns),
        program_id=cast.write(Program, name="Evening", **owns),
        plan_id=plan_id,
        subscription_id=cast.subscription(organization_id, cast.guest(7), plan_id),
    )


def new_session(school: School) -> dict[str, Any]:
    return {
        "offering_id": school.offering_id,
        "title": "Ink",
        "host_id": school.cy,
        "date": "2026-03-20",
        "time": "18:00",
        "duration_minutes": "60",
        "format": "in_person",
        "location_id": school.location_id,
        "max_participants": "5",
        "costs": "free",
        "repeats": "",
        "nth": "1",
        "ends": "count",
        "do": "publish",
        "scope": "this",
    }


def new_offering(school: School) -> dict[str, Any]:
    return {
        "kind": "live_class",
        "title": "Clay",
        "costs": "free",
        "payment_timing": "at_booking",
        "program_id": school.program_id,
        "host_id": school.cy,
        "topic_type": "fixed",
        "duration_minutes": "60",
        "capacity": "5",
        "session_type": "group",
        "format": "in_person",
        "location_id": school.location_id,
        "booking_mode": "instant",
        "colour": "pine",
        "is_active": "y",
    }


def new_plan(school: School) -> dict[str, Any]:
    return {"name": "Ink", "gives": "unlimited", "period": "month", "program_ids": school.program_id}


def gift(school: School) -> dict[str, Any]:
    return {"plan_id": school.plan_id, "first_day": NOW.date(), "name": "Zoe", "email": "zoe@example.com"}


def cancelled(school: School) -> dict[str, Any]:
    return {"verb": "cancel", "reason": "x", "seen": "x"}


Case = tuple[str, Callable[[School], str], Callable[[School], dict[str, Any]], str, Callable[[World], Any]]
BODIES: list[Case] = [
    ("new session", lambda s: f"{P}/sessions/new", new_session, "offering_id", lambda w: w.offering_id),
    ("new session", lambda s: f"{P}/sessions/new", new_session, "location_id", lambda w: w.location_id),
    ("new session", lambda s: f"{P}/sessions/new", new_session, "host_id", lambda w: w.people["owner"]),
    ("edit", lambda s: f"{P}/sessions/{s.session_id}/edit", new_session, "location_id", lambda w: w.location_id),
    ("edit", lambda s: f"{P}/sessions/{s.session_id}/edit", new_session, "host_id", lambda w: w.people["coach"]),
    ("hand over", lambda s: f"{P}/sessions/{s.session_id}/host", lambda s: {}, "host_id", lambda w: w.people["coach"]),
    ("close", lambda s: f"{P}/closures/new",
     lambda s: {"first_day": "2026-04-01", "last_day": "2026-04-02", "seen": "0"}, "location_id",
     lambda w: w.location_id),
    ("new offering", lambda s: f"{P}/offerings/new", new_offering, "program_id", lambda w: w.program_id),
    ("new offering", lambda s: f"{P}/offerings/new", new_offering, "location_id", lambda w: w.location_id),
    ("new offering", lambda s: f"{P}/offerings/new", new_offering, "host_id", lambda w: w.people["owner"]),
    ("offering", lambda s: f"{P}/offerings/{s.offering_id}", new_offering, "program_id", lambda w: w.program_id),
    ("offering", lambda s: f"{P}/offerings/{s.offering_id}", new_offering, "location_id", lambda w: w.location_id),
    ("offering", lambda s: f"{P}/offerings/{s.offering_id}", new_offering, "host_id", lambda w: w.people["coach"]),
    ("switch", lambda s: "/switch", lambda s: {}, "organization_id", lambda w: w.organization_id),
    ("new plan", lambda s: f"{P}/plans/new", new_plan, "program_ids", lambda w: w.program_id),
    ("plan", lambda s: f"{P}/plans/{s.plan_id}/edit", new_plan, "program_ids", lambda w: w.program_id),
    ("give", lambda s: f"{P}/plans/give", gift, "plan_id", lambda w: w.plan_id),
    ("credits", lambda s: f"{P}/subscriptions/{s.subscription_id}/credits",
     lambda s: {"delta": "9", "reason": "x"}, "lot_id", lambda w: lot_of(w.subscription_id)),
    ("add", lambda s: f"{P}/sessions/{s.session_id}/add/new",
     lambda s: {"name": "Zoe", "email": "zoe@example.com"}, "pays", lambda w: w.subscription_id),
    ("bulk", lambda s: f"{P}/bulk", cancelled, "id", lambda w: w.session_id),
    ("bulk", lambda s: f"{P}/bulk", cancelled, "batch", lambda w: w.batch_id),
    ("book", lambda s: f"/book/school/sessions/{s.session_id}",
     lambda s: {"name": "Zoe", "email": "zoe@example.com"}, "pay_with", lambda w: w.subscription_id),
    ("move", lambda s: f"/bookings/{sign(Purpose.BOOKING, s.booking_id)}/reschedule", lambda s: {}, "session_id",
     lambda w: w.session_id),
]  # fmt: skip


@pytest.mark.parametrize(("path", "form", "field", "foreign"), [case[1:] for case in BODIES],
                         ids=[f"{case[0]}: {case[3]}" for case in BODIES])  # fmt: skip
def test_a_foreign_thing_in_a_form_is_refused(
    world: World, school: School, client: PolicingClient, path: Any, form: Any, field: str, foreign: Any
) -> None:
    cast.sign_in(client, school.cy)
    before = everything()
    answer = client.post(path(school), data=form(school) | {field: foreign(world)})
    assert answer.status_code in (404, 409, 422)
    assert MARK not in answer.text
    assert everything() == before


@pytest.mark.parametrize(
    ("path", "form"),
    [(BODIES[0][1], new_session), (BODIES[7][1], new_offering), (BODIES[14][1], new_plan), (BODIES[16][1], gift)],
)
def test_the_same_forms_with_own_things_are_taken(school: School, client: PolicingClient, path: Any, form: Any) -> None:
    """Else the test above would prove nothing."""
    cast.sign_in(client, school.cy)
    assert client.post(path(school), data=form(school)).status_code == 303


def test_a_foreign_thing_isnt_reached_through_ones_own(world: World, school: School, client: PolicingClient) -> None:
    cast.sign_in(client, school.cy)
    before, session, member = everything(), f"sessions/{school.session_id}", world.people["member"]
    theirs = [f"{session}/bookings/{booking_id}" for booking_id in (world.place_id, world.meeting_id)]
    paths = [f"{path}/{verb}" for path in theirs for verb in ("cancel", "move", "waive", "note")]
    paths += [f"{path}/move/{target}" for path in theirs for target in (school.session_id, world.later_id)]
    paths += [
        f"{session}/bookings/{school.booking_id}/move/{world.session_id}",
        f"{session}/add/{member}",
        f"plans/give?to={membership_of(member)}",
        f"plans/give?to={membership_of(member)}&plan={school.plan_id}",
        f"bulk/preview?verb=cancel&batch={world.batch_id}",
    ]
    sent = {"reason": "mine now", "text": "mine now", "pays": "free"} | gift(school)
    for path in paths:
        answer = client.get(f"{P}/{path}")
        assert (answer.status_code, MARK in answer.text) == (404, False), path
        if not path.startswith("bulk") and not path.endswith("/move"):
            assert client.post(f"{P}/{path}", data=sent).status_code == 404, path
    assert everything() == before


def test_ticked_foreign_sessions_stay_out_of_a_cancelled_series(
    world: World, school: School, client: PolicingClient, clock: Clock
) -> None:
    cast.sign_in(client, school.cy)
    form = new_session(school) | {"repeats": "weekly", "count": "3", "location_id": ""}
    made = client.post(f"{P}/sessions/new", data=form)
    foreign = cast.session_row(world.session_id)
    answer = client.post(
        f"{made.location}/cancel",
        data={"scope": "all", "seen": "all", "reason": "x", "include": [world.session_id, uuid.uuid4()]},
    )
    assert answer.status_code == 303
    assert cast.session_row(world.session_id) == foreign


@pytest.mark.parametrize("name", ["ada", "{ada}"])
def test_a_foreign_host_has_no_availability_here(
    world: World, school: School, client: PolicingClient, name: str
) -> None:
    cast.sign_in(client, school.cy)
    host, before = name.format(ada=world.people["owner"]), everything()
    for part in ("", "/preview", "/why", "/hours/0"):
        assert client.get(f"{P}/availability{part}", query_string={"host": host}).status_code == 404
    for part in ("/hours/0", "/hours/0/off", "/rules", "/exceptions", "/journeys"):
        answer = client.post(f"{P}/availability{part}", query_string={"host": host}, data={"first_day": "2026-04-01"})
        assert answer.status_code == 404
    assert client.get(f"{P}/meetings", query_string={"host": host}).status_code == 404
    assert everything() == before


def test_the_public_pages_mix_nothing(world: World, school: School, client: PolicingClient) -> None:
    before = everything()
    guest = {"name": "Eve", "email": "eve@example.com"}
    paths = (
        f"/book/school/sessions/{world.session_id}",
        "/book/school/with/ada",
        "/book/school/with/ada/chat?start=2026-03-04T09:00Z",
        "/book/school/with/cy/kestrel-talk?start=2026-03-04T09:00Z",
        "/book/kestrel/with/ada/chat?start=2026-03-04T09:00Z",
    )
    for path in paths:
        assert client.get(path).status_code == 404
        assert client.post(path, data=guest).status_code in (404, 405)
    asked = {"organization": "school", "host": "cy", "offering": "chat", "from": "2026-03-04"}
    assert client.get("/api/slots", query_string=asked).status_code == 200
    wrong = {"host": ("ada", world.people["owner"]), "offering": ("kestrel-talk",), "organization": ("kestrel",)}
    for name, values in wrong.items():
        for value in values:
            assert client.get("/api/slots", query_string=asked | {name: value}).status_code == 404
    assert everything() == before


def test_lists_asked_for_foreign_things_show_none(world: World, school: School, client: PolicingClient) -> None:
    cast.sign_in(client, school.cy)
    for name, value in (
        ("host", world.people["owner"]), ("offering", world.offering_id), ("location", world.location_id)
    ):  # fmt: skip
        answer = client.get(f"{P}/sessions", query_string={name: value})
        assert answer.status_code == 200
        assert MARK not in answer.text.replace(str(value), "")
    assert MARK not in client.get(f"{P}/sessions/new", query_string={"offering_id": world.offering_id}).text
    assert client.get(f"{P}/sessions/new", query_string={"copy": world.session_id}).status_code == 404
    for query in (
        {"object": world.session_id}, {"object": membership_of(world.people["member"])}, {"batch": world.batch_id},
        {"who": world.people["owner"]}, {"object": world.subscription_id},
    ):  # fmt: skip
        answer = client.get(f"{P}/audit", query_string=query)
        assert answer.status_code in (200, 422)
        assert MARK not in answer.text
    for path, key in (
        ("bulk?before=", world.batch_id), (f"plans/{school.plan_id}?after=", world.subscription_id),
        (f"sessions/{school.session_id}/bookings/{school.booking_id}/move?after=", world.later_id),
        (f"sessions/{school.session_id}/add?q=", MARK),
    ):  # fmt: skip
        answer = client.get(f"{P}/{path}{key}")
        assert answer.status_code == 200
        assert MARK not in answer.text.replace(f'"{MARK}"', "").replace(f'?q={MARK}"', "")
    for part, key in (
        ("offerings", world.offering_id), ("programs", world.program_id), ("locations", world.location_id),
        ("members", world.membership_id),
    ):  # fmt: skip
        plain, after = (client.get(f"{P}/{part}", query_string=query) for query in ({}, {"after": key}))
        assert after.status_code == 200
        assert ("Drawing" in plain.text) == ("Drawing" in after.text), "a foreign row is no place in one's own list"


def membership_of(user_id: uuid.UUID) -> uuid.UUID:
    found: uuid.UUID = cast.one(select(Membership.id).where(Membership.user_id == user_id))[0]
    return found


def lot_of(subscription_id: uuid.UUID) -> uuid.UUID:
    found: uuid.UUID = cast.one(select(CreditLot.id).where(CreditLot.subscription_id == subscription_id))[0]
    return found


NEVER_CHANGED = {"credit_entries"}
"""A row of these is refused any change at all."""


def test_every_key_to_an_organizations_thing_carries_the_organization() -> None:
    faults = [
        f"{table.name} {key.column_keys}"
        for table in Base.metadata.sorted_tables
        for key in table.foreign_key_constraints
        if "organization_id" in key.referred_table.c and "organization_id" not in key.column_keys
    ]
    assert faults == []


def test_the_database_refuses_rows_that_join_two_organizations(app: Flask, world: World, school: School) -> None:
    """Whatever a service is called with: each of the studio's rows is pointed at a thing of the school."""
    _one_of_each(school)
    tried = 0
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            column = next((name for name in key.column_keys if name != "organization_id"), "")
            if "organization_id" not in key.column_keys or not column or table.name in NEVER_CHANGED:
                continue
            owned = key.referred_table.c.organization_id
            foreign = select(key.referred_table.c.id).where(owned == school.id).limit(1)
            db.session.rollback()
            target = db.session.execute(foreign).scalar_one_or_none()
            mine = table.c.organization_id == world.organization_id
            if target is None or db.session.execute(select(table).where(mine)).first() is None:
                continue
            tried += 1
            with pytest.raises(IntegrityError):
                transact(_point, table, mine, column, target)
    assert tried >= 8


def _point(table: Any, mine: Any, column: str, target: uuid.UUID) -> None:
    db.session.execute(update(table).where(mine).values({column: target}))


def _one_of_each(school: School) -> None:
    cast.write(
        Closure, organization_id=school.id, location_id=school.location_id, first_day=NOW.date(), last_day=NOW.date(),
        created_by=school.cy, created_at=NOW,
    )  # fmt: skip
    cast.plan(school.id)
