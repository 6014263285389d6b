"""Reading workouts: the library in pages of 50, what a session shows, and a week of a program."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, or_, select, tuple_

from liveapp.db import AnyRow, db, matches
from liveapp.domain.accounts.models import Organization, User
from liveapp.domain.catalogue.models import Offering, Program
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.workouts.models import DailyProgramming, SessionWorkout, Workout
from liveapp.rules.content import Source, shown
from liveapp.rules.zones import local_day

PAGE = 50


@dataclass(frozen=True, slots=True)
class Content:
    """What a session shows: where it comes from, and the workouts (id, title, body, archived_at) in order.

    `program` and `day`: whose daily programming was looked for, where it has none of its own.
    """

    source: Source
    workouts: Sequence[AnyRow]
    program: str = ""
    day: date | None = None


def content_of(*, session_id: uuid.UUID) -> Content:
    """What the session shows: its own, else its program's on the organization's date of it, else nothing."""
    own = _in_order(SessionWorkout, SessionWorkout.session_id == session_id)
    program = None if own else _program_of(session_id)
    if program is None:
        return Content(*shown(own, ()))
    day = local_day(program.scheduled_at, program.timezone)
    return Content(*shown(own, day_of(program_id=program.id, day=day)), program.name, day)


def workout(*, workout_id: uuid.UUID) -> AnyRow:
    """Every column of the workout, and author_name. Raises NotFound."""
    query = (
        select(*Workout.__table__.columns, User.name.label("author_name"))
        .join(User, User.id == Workout.created_by)
        .where(Workout.id == workout_id)
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound()
    return found


def workouts(
    *, organization_id: uuid.UUID, words: str = "", archived: bool = False, after: uuid.UUID | None = None
) -> Sequence[AnyRow]:
    """A page of workouts by title, and one row more when there is another: id, title, start (of the body), author_name.

    `words` are looked for in titles and bodies.
    """
    key = tuple_(func.lower(Workout.title), Workout.id)
    query = (
        select(Workout.id, Workout.title, func.substr(Workout.body, 1, 300).label("start"),
               User.name.label("author_name"))
        .join(User, User.id == Workout.created_by)
        .where(
            Workout.organization_id == organization_id,
            Workout.archived_at.is_not(None) if archived else Workout.archived_at.is_(None),
        )
        .order_by(func.lower(Workout.title), Workout.id)
        .limit(PAGE + 1)
    )  # fmt: skip
    if words:
        found = [matches(column, words) for column in (Workout.title, Workout.body)]
        query = query.where(or_(*found))
    last = db.session.execute(select(func.lower(Workout.title), Workout.id).where(Workout.id == after)).one_or_none()
    if last:
        query = query.where(key > tuple_(*last))
    return db.session.execute(query).all()


def day_of(*, program_id: uuid.UUID, day: date) -> Sequence[AnyRow]:
    """The program's workouts of the day, in order: id, title, body, archived_at."""
    return _in_order(DailyProgramming, DailyProgramming.program_id == program_id, DailyProgramming.day == day)


def days_between(
    *, organization_id: uuid.UUID, first: date, last: date
) -> Mapping[tuple[uuid.UUID, date], Sequence[AnyRow]]:
    """What each program does on each day from one to another (both included): id, title, by program and day."""
    query = (
        select(DailyProgramming.program_id, DailyProgramming.day, Workout.id, Workout.title)
        .join(Workout, Workout.id == DailyProgramming.workout_id)
        .where(DailyProgramming.organization_id == organization_id, DailyProgramming.day.between(first, last))
        .order_by(DailyProgramming.program_id, DailyProgramming.day, DailyProgramming.position)
    )
    found: dict[tuple[uuid.UUID, date], list[AnyRow]] = {}
    for row in db.session.execute(query):
        found.setdefault((row.program_id, row.day), []).append(row)
    return found


def _in_order(table: type[SessionWorkout] | type[DailyProgramming], *where: object) -> Sequence[AnyRow]:
    query: Select[*tuple[object, ...]] = (
        select(Workout.id, Workout.title, Workout.body, Workout.archived_at)
        .join(table, table.workout_id == Workout.id)
        .where(*where)  # type: ignore[arg-type]
        .order_by(table.position)
    )
    return db.session.execute(query).all()


def _program_of(session_id: uuid.UUID) -> AnyRow | None:
    """The session's program (id, name), its start, and the organization's time zone, in which a day is meant."""
    query = (
        select(Program.id, Program.name, LiveSession.scheduled_at, Organization.timezone)
        .join(Offering, Offering.program_id == Program.id)
        .join(LiveSession, LiveSession.offering_id == Offering.id)
        .join(Organization, Organization.id == LiveSession.organization_id)
        .where(LiveSession.id == session_id)
    )
    return db.session.execute(query).one_or_none()
