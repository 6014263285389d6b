"""Workouts in an order, wherever they stand: on a session, or on a program's day. Each change has its audit entry."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import delete, insert, select

from liveapp.db import db
from liveapp.domain.actor import Actor
from liveapp.domain.catalogue import rows
from liveapp.domain.errors import NotFound
from liveapp.domain.workouts.errors import Archived, TooMany
from liveapp.domain.workouts.models import DailyProgramming, SessionWorkout, Workout
from liveapp.rules.content import MOST, moved

Order: TypeAlias = list[uuid.UUID]


@dataclass(frozen=True, slots=True)
class Place:
    """Where workouts stand: the table, the columns that say where in it, and the thing that the audit log names."""

    table: type[SessionWorkout] | type[DailyProgramming]
    key: dict[str, Any]
    object_type: str
    object_id: uuid.UUID

    @classmethod
    def session(cls, session_id: uuid.UUID) -> Place:
        return cls(SessionWorkout, {"session_id": session_id}, "session", session_id)

    @classmethod
    def day(cls, program_id: uuid.UUID, day: date) -> Place:
        return cls(DailyProgramming, {"program_id": program_id, "day": day}, "program", program_id)


def present(place: Place) -> Order:
    """The workouts there, in their order."""
    query = select(place.table.workout_id).filter_by(**place.key).order_by(place.table.position)
    return list(db.session.execute(query).scalars())


def change(place: Place, actor: Actor, to: Callable[[Order], Sequence[uuid.UUID]], now: datetime) -> None:
    """Puts the workouts there in the order that `to` makes of the present one. Raises TooMany."""
    before = present(place)
    after = list(to(before))
    if after == before:
        return
    if len(after) > MOST:
        raise TooMany()
    db.session.execute(delete(place.table).filter_by(**place.key))
    if after:
        common = place.key | {"organization_id": actor.organization_id}
        made = [common | {"position": at, "workout_id": key} for at, key in enumerate(after, start=1)]
        db.session.execute(insert(place.table), made)
    said = {"day": place.key["day"]} if "day" in place.key else {}
    rows.record(
        actor, f"{place.object_type}.set_workouts", place.object_type, place.object_id, now,
        before=said | {"workout_ids": _words(before)}, after=said | {"workout_ids": _words(after)},
    )  # fmt: skip


def with_one(order: Order, workout_id: uuid.UUID) -> Order:
    """The order with one at its end; one that is there stays where it is."""
    return order if workout_id in order else [*order, workout_id]


def without(order: Order, workout_id: uuid.UUID) -> Order:
    """The order without one."""
    return [each for each in order if each != workout_id]


def with_moved(order: Order, workout_id: uuid.UUID, by: int) -> Order:
    """The order with one further up (by -1) or down (by 1). Raises NotFound for one that isn't there any more."""
    if workout_id not in order:
        raise NotFound("This workout isn't there any more. Reload the page to see what is.")
    return moved(order, workout_id, by)


def check_usable(actor: Actor, workout_id: uuid.UUID) -> None:
    """A workout of the actor's organization that is in use. Raises NotFound, Archived."""
    if rows.own_row(Workout, actor, workout_id).archived_at:
        raise Archived()


def _words(keys: Order) -> list[str]:
    return [str(key) for key in keys]
