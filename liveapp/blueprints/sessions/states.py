"""Buttons that change a session's state: publish, take back, start, end, delete, duplicate."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import Desk, opened
from liveapp.blueprints.sessions.view import shown
from liveapp.domain.attendance import door
from liveapp.domain.bookings import session_changes
from liveapp.domain.live_sessions import access, service
from liveapp.domain.live_sessions.errors import AskFirst
from liveapp.rules import attendance
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


@blueprint.route("/<uuid:session_id>/start", methods=["GET", "POST"])
def start(session_id: uuid.UUID) -> AnyResponse:
    """Asks where somebody waits; they are told that no place came free."""
    desk, now = opened(session_id), clock.now()
    waiting = desk.session.waiting_count
    if request.method == "GET":
        access.target_now(desk.session, "start", desk.actor, now, agreed=waiting)
        return page("sessions/start.html", session=desk.session)
    asked: dict[str, Any] = {"session_id": session_id, "actor": desk.actor, "now": now}
    try:
        transact_in_turn(
            [session_id], session_changes.start_session, agreed=request.form.get("agreed", type=int), **asked
        )
    except AskFirst:
        return go(url_for("sessions.start", session_id=session_id))
    return _changed(session_id, "Started.")


@blueprint.post("/<uuid:session_id>/take-back")
def take_back(session_id: uuid.UUID) -> AnyResponse:
    desk = opened(session_id)
    transact_in_turn([session_id], service.take_back_start, session_id=session_id, actor=desk.actor, now=clock.now())
    return _changed(session_id, "It hasn’t started after all. People can book it again.")


@blueprint.route("/<uuid:session_id>/end", methods=["GET", "POST"])
def end(session_id: uuid.UUID) -> AnyResponse:
    """Asks once, with what ending does."""
    desk = opened(session_id)
    if request.method == "GET":
        access.target(desk.session, "end", desk.actor)
        return _ask_to_end(desk)
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


def _ask_to_end(desk: Desk) -> AnyResponse:
    """What ending does to those who are booked; a meeting has its own question, as money hangs on it."""
    session = desk.session
    people = [each for each in door.people(session_id=session.id) if each.status != "waitlisted"]
    if session.type == "meeting":
        return go(url_for("meetings.end", booking_id=people[0].id))
    missing = sum(each.checked_in_at is None for each in people)
    closes_at = attendance.closes_at(
        session.ends_at,
        is_online=session.format == "online",
        no_show_after_minutes=desk.organization.no_show_after_minutes,
    )
    now = clock.now()
    return page("sessions/end.html", session=session, number=len(people), missing=missing, closes_at=closes_at, now=now)


def _changed(session_id: uuid.UUID, words: str) -> AnyResponse:
    """The new state: the part of the page for HTMX, with what was said; the page for everybody else."""
    flash(words, "success")
    if wants_partial():
        return page("sessions/_session_changed.html", **shown(opened(session_id)))
    return go(url_for("sessions.detail", session_id=session_id))
