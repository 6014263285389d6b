"""What is done in a session: its own workouts in order, the library to choose from, a new one in one step; the room."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import Desk, opened
from liveapp.blueprints.workouts.library import found
from liveapp.blueprints.workouts.week import asked
from liveapp.domain.errors import Refusal
from liveapp.domain.workouts import on_sessions, queries
from liveapp.domain.workouts.errors import NotYourSession
from liveapp.forms.workouts import WorkoutForm
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock
from liveapp.web.htmx import go, invalid, page, swap, wants_partial


@blueprint.get("/<uuid:session_id>/workouts")
def workouts(session_id: uuid.UUID) -> Response:
    """The library, to choose from."""
    desk = _led(session_id)
    chosen = content_of(desk) | found(desk.organization.id)
    here = url_for("sessions.arrange", session_id=session_id)
    return swap("workouts/_choose.html", "sessions/workouts.html", **chosen, session=desk.session, here=here)


@blueprint.post("/<uuid:session_id>/workouts")
def arrange(session_id: uuid.UUID) -> AnyResponse:
    """`do` (add, remove, up, down) with one `workout`."""
    desk = _led(session_id)
    verb, values = asked()
    verbs: dict[str, Any] = {"add": on_sessions.attach, "remove": on_sessions.detach, "move": on_sessions.move}
    values |= {"actor": desk.actor, "session_id": session_id, "now": clock.now()}
    transact_in_turn([session_id], verbs[verb], **values)
    if verb != "add" and wants_partial():
        return page("sessions/_content.html", session=desk.session, **content_of(desk))
    return go(_part(session_id))


@blueprint.route("/<uuid:session_id>/workouts/new", methods=["GET", "POST"])
def write_workout(session_id: uuid.UUID) -> AnyResponse:
    """A new workout, written right onto the session."""
    desk, form = _led(session_id), WorkoutForm()
    shown: dict[str, Any] = {"session": desk.session, "form": form}
    if request.method == "GET":
        return page("sessions/write_workout.html", **shown)
    if not form.validate():
        return invalid("sessions/write_workout.html", **shown)
    about: dict[str, Any] = {"actor": desk.actor, "session_id": session_id, "now": clock.now()}
    try:
        key = form.key_for(session_id)
        transact_in_turn([session_id], on_sessions.write, text=form.text, key=key, **about)
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("sessions/write_workout.html", **shown)
    flash("Written, and on the session.", "success")
    return go(_part(session_id))


@blueprint.get("/<uuid:session_id>/room")
def room(session_id: uuid.UUID) -> Response:
    """One workout at a time, big, for the screen in the room."""
    desk = opened(session_id)
    content = queries.content_of(session_id=session_id)
    last = max(len(content.workouts), 1)
    number = min(max(request.args.get("n", 1, type=int), 1), last)
    now = clock.now()
    return page(
        "sessions/room.html",
        session=desk.session,
        content=content,
        number=number,
        last=last,
        seconds_to_start=round((desk.session.scheduled_at - now).total_seconds()),
        seconds_to_end=round((desk.session.ends_at - now).total_seconds()),
    )


def content_of(desk: Desk) -> dict[str, Any]:
    """What the session shows, and whether who asks may change it."""
    content = queries.content_of(session_id=desk.session.id)
    may_set = on_sessions.runs(desk.session, desk.actor)
    own = content.workouts if content.source == "session" else ()
    return {"content": content, "may_set_workouts": may_set, "workouts": own}


def _led(session_id: uuid.UUID) -> Desk:
    desk = opened(session_id)
    if not on_sessions.runs(desk.session, desk.actor):
        raise NotYourSession()
    return desk


def _part(session_id: uuid.UUID) -> str:
    return url_for("sessions.detail", session_id=session_id, _anchor="content-title")
