"""Buttons that change a session's state: publish, take back, start, end, delete, duplicate."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import opened
from liveapp.blueprints.sessions.view import shown
from liveapp.domain.bookings import session_changes
from liveapp.domain.live_sessions import service
from liveapp.rules.wording import counted
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock
from liveapp.web.htmx import go, page, wants_partial


@blueprint.post("/<uuid:session_id>/publish")
def publish(session_id: uuid.UUID) -> AnyResponse:
    desk = opened(session_id)
    asked: dict[str, Any] = {"session_id": session_id, "actor": desk.actor, "now": clock.now()}
    if request.form.get("scope") == "all":
        number = transact_in_turn([session_id], service.publish_series, **asked)
        return _changed(session_id, f"Published: {counted(number, 'session')} of the series.")
    transact_in_turn([session_id], service.publish, **asked)
    return _changed(session_id, "Published: people can book it now.")


@blueprint.post("/<uuid:session_id>/unpublish")
def unpublish(session_id: uuid.UUID) -> AnyResponse:
    desk = opened(session_id)
    transact_in_turn([session_id], service.unpublish, session_id=session_id, actor=desk.actor, now=clock.now())
    return _changed(session_id, "It is a draft again. Only staff see it.")


@blueprint.post("/<uuid:session_id>/start")
def start(session_id: uuid.UUID) -> AnyResponse:
    desk = opened(session_id)
    now = clock.now()
    transact_in_turn([session_id], session_changes.start_session, session_id=session_id, actor=desk.actor, now=now)
    return _changed(session_id, "Started.")


@blueprint.post("/<uuid:session_id>/end")
def end(session_id: uuid.UUID) -> AnyResponse:
    desk = opened(session_id)
    transact_in_turn([session_id], service.end, session_id=session_id, actor=desk.actor, now=clock.now())
    return _changed(session_id, "Ended.")


@blueprint.route("/<uuid:session_id>/delete", methods=["GET", "POST"])
def delete(session_id: uuid.UUID) -> AnyResponse:
    desk = opened(session_id)
    service.check_deletable(desk.session, desk.actor)
    if request.method == "GET":
        return page("sessions/delete.html", session=desk.session)
    transact_in_turn([session_id], service.delete, session_id=session_id, actor=desk.actor, now=clock.now())
    flash(f"Deleted: {desk.session.title}.", "success")
    return go(url_for("sessions.index"))


@blueprint.get("/<uuid:session_id>/duplicate")
def duplicate(session_id: uuid.UUID) -> AnyResponse:
    opened(session_id)
    return go(url_for("sessions.new", copy=session_id))


def _changed(session_id: uuid.UUID, words: str) -> AnyResponse:
    """The new state: the part of the page for HTMX, with what was said; the page for everybody else."""
    flash(words, "success")
    if wants_partial():
        return page("sessions/_session_changed.html", **shown(opened(session_id)))
    return go(url_for("sessions.detail", session_id=session_id))
