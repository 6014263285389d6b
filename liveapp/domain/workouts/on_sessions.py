"""What is done in one session: workouts of its own, in order. Take the session's turn."""

from __future__ import annotations

import uuid
from datetime import datetime

from liveapp.db import AnyRow
from liveapp.domain.actor import Actor
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.live_sessions import access
from liveapp.domain.workouts import library, order
from liveapp.domain.workouts.errors import NotYourSession
from liveapp.domain.workouts.library import Text
from liveapp.domain.workouts.order import Place
from liveapp.rules.content import may_set


def attach(*, actor: Actor, session_id: uuid.UUID, workout_id: uuid.UUID, now: datetime) -> None:
    """Puts a workout at the end of the session's own. Raises NotYourSession, Archived, TooMany."""
    _check(actor, session_id)
    order.check_usable(actor, workout_id)
    order.change(Place.session(session_id), actor, lambda present: order.with_one(present, workout_id), now)


def detach(*, actor: Actor, session_id: uuid.UUID, workout_id: uuid.UUID, now: datetime) -> None:
    """Takes one away; one that is gone already stays gone. Raises NotYourSession."""
    _check(actor, session_id)
    order.change(Place.session(session_id), actor, lambda present: order.without(present, workout_id), now)


def move(*, actor: Actor, session_id: uuid.UUID, workout_id: uuid.UUID, by: int, now: datetime) -> None:
    """Moves one up (by -1) or down (by 1). Raises NotYourSession, NotFound."""
    _check(actor, session_id)
    order.change(Place.session(session_id), actor, lambda present: order.with_moved(present, workout_id, by), now)


def write(*, actor: Actor, session_id: uuid.UUID, text: Text, now: datetime, key: str | None = None) -> uuid.UUID:
    """Writes a new workout and puts it at the end of the session's own, in one step. Returns its id.

    Raises NotYourSession, BadText, TooMany.
    """
    _check(actor, session_id)
    workout_id = uuid.uuid4()
    before = idempotency.claim(key, workout_id, now=now)
    if before:
        return before
    library.insert(workout_id, actor, text, now)
    order.change(Place.session(session_id), actor, lambda present: order.with_one(present, workout_id), now)
    return workout_id


def runs(session: AnyRow, actor: Actor) -> bool:
    """Whether they say what is done in the session: `session` has organization_id and host_id."""
    is_own = session.organization_id == actor.organization_id
    return is_own and may_set(actor.role, is_host=session.host_id == actor.user_id)


def _check(actor: Actor, session_id: uuid.UUID) -> None:
    """Raises NotFound for people of other organizations, NotYourSession for who doesn't lead it."""
    if not runs(access.own(session_id, actor), actor):
        raise NotYourSession()
