"""Writing, changing and archiving workouts. What shows an archived one goes on showing it; nothing new takes it up."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from liveapp.domain.actor import Actor
from liveapp.domain.catalogue import rows
from liveapp.domain.errors import Forbidden
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.workouts.errors import BadText, NotYourWorkout
from liveapp.domain.workouts.models import Workout
from liveapp.rules.content import LONGEST_BODY, LONGEST_TITLE, may_change
from liveapp.rules.roles import Right, may


@dataclass(frozen=True, slots=True)
class Text:
    """What a workout says: a title, and a body in Markdown."""

    title: str
    body: str = ""


def add(*, actor: Actor, text: Text, now: datetime, key: str | None = None) -> uuid.UUID:
    """A new workout. Returns its id. Raises Forbidden, BadText."""
    workout_id = uuid.uuid4()
    return idempotency.claim(key, workout_id, now=now) or insert(workout_id, actor, text, now)


def insert(workout_id: uuid.UUID, actor: Actor, text: Text, now: datetime) -> uuid.UUID:
    """Writes the new workout down, under this id. Raises Forbidden, BadText."""
    if not may(actor.role, Right.WRITE_WORKOUTS):
        raise Forbidden()
    check(text)
    rows.insert_row(Workout, "workout", workout_id, actor, asdict(text) | {"created_by": actor.user_id}, now)
    return workout_id


def change(*, actor: Actor, workout_id: uuid.UUID, text: Text, now: datetime) -> None:
    """Writes what changed, wherever it is shown. Raises NotYourWorkout, BadText."""
    present = _changeable(actor, workout_id)
    check(text)
    rows.update_row(Workout, "workout", actor, present, asdict(text), now)


def archive(*, actor: Actor, workout_id: uuid.UUID, now: datetime) -> None:
    """Not to be chosen any more. Raises NotYourWorkout."""
    rows.set_archived(Workout, "workout", actor, _changeable(actor, workout_id), now, archived=True)


def restore(*, actor: Actor, workout_id: uuid.UUID, now: datetime) -> None:
    """To be chosen again. Raises NotYourWorkout."""
    rows.set_archived(Workout, "workout", actor, _changeable(actor, workout_id), now, archived=False)


def check(text: Text) -> None:
    """Raises BadText, with the field that it is about."""
    if not text.title:
        raise BadText(BadText.MISSING, field="title")
    if len(text.title) > LONGEST_TITLE:
        raise BadText(BadText.LONG_TITLE, field="title")
    if len(text.body) > LONGEST_BODY:
        raise BadText(BadText.LONG_BODY, field="body")


def _changeable(actor: Actor, workout_id: uuid.UUID) -> Any:
    present = rows.own_row(Workout, actor, workout_id)
    if not may_change(actor.role, is_author=present.created_by == actor.user_id):
        raise NotYourWorkout()
    return present
