"""What is done in sessions, for programs: a session with its workouts, and writing one in one step."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from liveapp.blueprints.api_meetings import guard
from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import STAFF_ROLES
from liveapp.domain.bookings import places
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.live_sessions import queries as sessions
from liveapp.domain.workouts import on_sessions, queries
from liveapp.domain.workouts.errors import NotYourSession
from liveapp.domain.workouts.library import Text
from liveapp.rules.texts import cleaned
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import auth, clock
from liveapp.web.bodies import body, idempotency_key

blueprint = Blueprint("api_workouts", __name__, url_prefix="/api")
blueprint.before_request(guard)


@blueprint.get("/sessions/<uuid:session_id>")
def session(session_id: uuid.UUID) -> Response:
    """A session with what is done in it, for the business's staff and for who has a place: times, host, state,
    `workout_source` (session, daily_programming, none) and `workouts` in order, their bodies in Markdown."""
    row = sessions.session(session_id=session_id)
    if not _is_booked(session_id) and not _is_staff(row.organization_id):
        raise NotFound()
    return jsonify(_said(row))


@blueprint.post("/sessions/<uuid:session_id>/workouts/inline")
def write(session_id: uuid.UUID) -> tuple[Response, int]:
    """Writes a new workout (`title`, `body` in Markdown) and puts it at the end of the session's own. Sent again with
    the same `Idempotency-Key` it is the first one's answer."""
    row = sessions.session(session_id=session_id)
    actor = auth.staff(row.organization_id)
    if not on_sessions.runs(row, actor):
        raise NotYourSession()
    text, key = _text(), idempotency_key(f"inline:{actor.user_id}:{session_id}")
    workout_id = transact_in_turn(
        [session_id], on_sessions.write, actor=actor, session_id=session_id, text=text, now=clock.now(), key=key
    )
    return jsonify(workout_id=str(workout_id), session=_said(row)), 201


def _said(row: AnyRow) -> dict[str, Any]:
    content = queries.content_of(session_id=row.id)
    return {
        "id": str(row.id),
        "title": row.title,
        "type": row.type,
        "status": row.status,
        "format": row.format,
        "host": row.host_name,
        "scheduled_at": row.scheduled_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "timezone": row.timezone,
        "workout_source": content.source.value,
        "workouts": [{"id": str(each.id), "title": each.title, "body": each.body} for each in content.workouts],
    }


def _is_booked(session_id: uuid.UUID) -> bool:
    own = places.live_booking(session_id, auth.person().user_id)
    return own is not None and own.status == "confirmed"


def _is_staff(organization_id: uuid.UUID) -> bool:
    role = accounts.role_in(organization_id=organization_id, user_id=auth.person().user_id)
    return role in STAFF_ROLES


def _text() -> Text:
    """What was sent to be written, however long: the library says what is too long."""
    said = {"title": "", "body": ""} | body()
    for name in ("title", "body"):
        if not isinstance(said[name], str):
            raise Invalid(f"“{name}” must be text.", field=name)
    return Text(cleaned(said["title"]), cleaned(said["body"], keep_lines=True))
