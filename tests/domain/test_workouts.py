"""What a session shows: its own workouts, its program's day, or nothing; and who says so."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from liveapp.db import db
from liveapp.domain.actor import Actor
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.catalogue.models import Program
from liveapp.domain.errors import Forbidden, NotFound, Refusal
from liveapp.domain.workouts import daily, library, on_sessions, queries
from liveapp.domain.workouts.errors import Archived, BadText, NotYourSession, NotYourWorkout, TooMany
from liveapp.domain.workouts.library import Text
from liveapp.rules.content import LONGEST_BODY, MOST, Source
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW

LATE = datetime(2026, 3, 5, 22, 30, tzinfo=UTC)  # in Berlin 23:30 of that Thursday
AFTER_MIDNIGHT = datetime(2026, 3, 5, 23, 30, tzinfo=UTC)  # in Berlin 00:30 of the Friday
THURSDAY, FRIDAY = date(2026, 3, 5), date(2026, 3, 6)


@dataclass
class Studio:
    id: uuid.UUID
    ada: Actor
    dora: Actor
    program_id: uuid.UUID
    offering_id: uuid.UUID

    def written(self, title: str, actor: Actor | None = None) -> uuid.UUID:
        return do(library.add, actor=actor or self.ada, text=Text(title, "- one"), now=NOW)

    def session(self, at: datetime = LATE, host: Actor | None = None) -> uuid.UUID:
        host_id = (host or self.ada).user_id
        assert host_id
        return cast.session(self.id, host_id, self.offering_id, at)


@pytest.fixture
def studio(app: Flask) -> Studio:
    organization_id = cast.organization()
    program_id = cast.write(Program, organization_id=organization_id, name="Classes", created_at=NOW)
    return Studio(
        organization_id,
        cast.actor(organization_id, "Ada Lovelace", Role.OWNER),
        cast.actor(organization_id, "Dora Maar", Role.COACH),
        program_id,
        cast.offering(organization_id, program_id=program_id),
    )


def do(verb: Any, **values: Any) -> Any:
    """The verb in a transaction of its own, with what it is given here and what it had already."""
    if isinstance(verb, partial):
        return transact(verb.func, **verb.keywords | values)
    return transact(verb, **values)


def shown(session_id: uuid.UUID) -> tuple[Source, list[str]]:
    db.session.rollback()
    content = queries.content_of(session_id=session_id)
    return content.source, [row.title for row in content.workouts]


def test_own_workouts_come_in_their_order_before_the_day_and_then_nothing(studio: Studio) -> None:
    first, second, third = (studio.written(title) for title in ("A", "B", "C"))
    session_id = studio.session()
    assert shown(session_id) == (Source.NONE, [])
    on_day = partial(daily.add, actor=studio.ada, program_id=studio.program_id, now=NOW)
    do(on_day, day=THURSDAY, workout_id=third)
    assert shown(session_id) == (Source.DAILY_PROGRAMMING, ["C"])
    about: dict[str, Any] = {"actor": studio.ada, "session_id": session_id, "now": NOW}
    for workout_id in (first, second, first):
        do(on_sessions.attach, workout_id=workout_id, **about)
    assert shown(session_id) == (Source.SESSION, ["A", "B"])
    do(on_sessions.move, workout_id=second, by=-1, **about)
    do(on_sessions.move, workout_id=second, by=-1, **about)
    assert shown(session_id) == (Source.SESSION, ["B", "A"])
    for workout_id in (first, second, second):
        do(on_sessions.detach, workout_id=workout_id, **about)
    assert shown(session_id) == (Source.DAILY_PROGRAMMING, ["C"])
    entries = select(AuditEntry.before, AuditEntry.after).where(AuditEntry.object_id == session_id)
    told = db.session.execute(entries.order_by(AuditEntry.number)).all()
    orders = [(entry.before["workout_ids"], entry.after["workout_ids"]) for entry in told]
    ids = [str(first), str(second)]
    assert orders == [([], ids[:1]), (ids[:1], ids), (ids, ids[::-1]), (ids[::-1], ids[1:]), (ids[1:], [])]


def test_a_day_is_the_organizations_own(studio: Studio) -> None:
    plan = partial(daily.add, actor=studio.ada, program_id=studio.program_id, now=NOW)
    do(plan, day=THURSDAY, workout_id=studio.written("Thursday"))
    do(plan, day=FRIDAY, workout_id=studio.written("Friday"))
    assert shown(studio.session(LATE)) == (Source.DAILY_PROGRAMMING, ["Thursday"])
    assert shown(studio.session(AFTER_MIDNIGHT, studio.dora)) == (Source.DAILY_PROGRAMMING, ["Friday"])
    other = cast.session(studio.id, studio.ada.user_id or uuid.uuid4(), cast.offering(studio.id), AFTER_MIDNIGHT)
    assert shown(other) == (Source.NONE, [])


def test_a_day_is_ordered_copied_once_and_emptied(studio: Studio) -> None:
    one, two = studio.written("A"), studio.written("B")
    about: dict[str, Any] = {"actor": studio.ada, "program_id": studio.program_id, "now": NOW}
    for workout_id in (one, two):
        do(daily.add, day=THURSDAY, workout_id=workout_id, **about)
    do(daily.move, day=THURSDAY, workout_id=two, by=-1, **about)
    do(daily.add, day=FRIDAY, workout_id=one, **about)
    assert do(daily.copy, day=THURSDAY, to_day=FRIDAY, **about) == 1
    assert do(daily.copy, day=THURSDAY, to_day=FRIDAY, **about) == 0
    do(daily.take_away, day=THURSDAY, workout_id=one, **about)
    found = queries.days_between(organization_id=studio.id, first=THURSDAY, last=FRIDAY)
    assert {day: [row.title for row in rows] for (_, day), rows in found.items()} == {
        THURSDAY: ["B"],
        FRIDAY: ["A", "B"],
    }


def test_a_new_one_is_written_onto_a_session_once(studio: Studio) -> None:
    session_id = studio.session()
    write = partial(on_sessions.write, actor=studio.ada, session_id=session_id, now=NOW, key="k")
    made = do(write, text=Text("Legs", "Squats"))
    assert do(write, text=Text("Another", "")) == made
    assert shown(session_id) == (Source.SESSION, ["Legs"])


def test_coaches_set_what_they_lead_and_change_what_they_wrote(studio: Studio) -> None:
    hers, adas = studio.written("Hers", studio.dora), studio.written("Ada's")
    led, other = studio.session(host=studio.dora), studio.session()
    attach = partial(on_sessions.attach, actor=studio.dora, now=NOW)
    do(attach, session_id=led, workout_id=adas)
    assert shown(led) == (Source.SESSION, ["Ada's"])
    do(library.change, actor=studio.dora, workout_id=hers, text=Text("New", ""), now=NOW)
    refused: list[tuple[type[Refusal], Any]] = [
        (NotYourSession, partial(attach, session_id=other, workout_id=hers)),
        (NotYourSession, partial(on_sessions.write, actor=studio.dora, session_id=other, text=Text("A"), now=NOW)),
        (NotYourWorkout, partial(library.archive, actor=studio.dora, workout_id=adas, now=NOW)),
        (Forbidden, partial(daily.add, actor=studio.dora, program_id=studio.program_id, day=THURSDAY,
                            workout_id=hers, now=NOW)),
    ]  # fmt: skip
    for refusal, verb in refused:
        with pytest.raises(refusal):
            do(verb)


def test_what_is_archived_stays_where_it_is_and_goes_nowhere_new(studio: Studio) -> None:
    workout_id, session_id = studio.written("Old"), studio.session()
    about: dict[str, Any] = {"actor": studio.ada, "workout_id": workout_id, "now": NOW}
    do(on_sessions.attach, session_id=session_id, **about)
    do(library.archive, **about)
    assert shown(session_id) == (Source.SESSION, ["Old"])
    with pytest.raises(Archived):
        do(on_sessions.attach, session_id=studio.session(AFTER_MIDNIGHT), **about)
    assert queries.workouts(organization_id=studio.id) == []
    assert [row.title for row in queries.workouts(organization_id=studio.id, archived=True, words="on")] == ["Old"]


def test_there_are_limits_and_other_organizations(studio: Studio) -> None:
    session_id = studio.session()
    about: dict[str, Any] = {"actor": studio.ada, "session_id": session_id, "now": NOW}
    for number in range(MOST):
        do(on_sessions.attach, workout_id=studio.written(f"{number}"), **about)
    with pytest.raises(TooMany):
        do(on_sessions.write, text=Text("One more"), **about)
    assert len(queries.workouts(organization_id=studio.id)) == MOST  # the refused one isn't kept
    for text in (Text(""), Text("x" * 121), Text("x", "y" * (LONGEST_BODY + 1))):
        with pytest.raises(BadText):
            do(library.add, actor=studio.ada, text=text, now=NOW)
    elsewhere = cast.organization("school")
    cy = cast.actor(elsewhere, "Cy Other", Role.OWNER)
    theirs = do(library.add, actor=cy, text=Text("Theirs"), now=NOW)
    for verb in (
        partial(on_sessions.attach, workout_id=theirs, **about),
        partial(on_sessions.attach, workout_id=theirs, **about | {"actor": cy}),
        partial(library.change, actor=cy, workout_id=studio.written("Ours"), text=Text("x"), now=NOW),
        partial(daily.add, actor=cy, program_id=studio.program_id, day=THURSDAY, workout_id=theirs, now=NOW),
    ):
        with pytest.raises(NotFound):
            do(verb)
