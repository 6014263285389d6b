"""Changing, handing over and cancelling: one session, this and the following, or all, with what it does said before."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import Desk, limits, opened, with_choices
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.bookings import series_changes, session_changes
from liveapp.domain.bookings.series_changes import Fate, Scope
from liveapp.domain.bookings.session_changes import Edit
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.live_sessions import access
from liveapp.domain.live_sessions.errors import Clash
from liveapp.domain.live_sessions.service import people_in_words
from liveapp.forms.sessions import CancelForm, EditForm, HostForm, said_by
from liveapp.rules.wording import counted
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock
from liveapp.web.filters import local
from liveapp.web.htmx import go, invalid, page


@blueprint.route("/<uuid:session_id>/edit", methods=["GET", "POST"])
def edit(session_id: uuid.UUID) -> AnyResponse:
    desk = opened(session_id)
    scope = _scope(desk.session)
    access.check_editable(desk.session, desk.actor)
    form = with_choices(_edit_form(desk, scope), desk.actor)
    if request.method == "GET":
        return page("sessions/edit.html", **_edit_context(desk, scope, form))
    if not form.validate():
        return invalid("sessions/edit.html", **_edit_context(desk, scope, form))
    try:
        words = _edit(desk, scope, form)
    except (Invalid, Clash) as refusal:
        form.refuse(refusal)
        return invalid("sessions/edit.html", **_edit_context(desk, scope, form, clashes=_clashes(desk, scope, form)))
    flash(words, "success")
    return go(url_for("sessions.detail", session_id=session_id))


@blueprint.route("/<uuid:session_id>/cancel", methods=["GET", "POST"])
def cancel(session_id: uuid.UUID) -> AnyResponse:
    desk, form = opened(session_id), CancelForm()
    scope = _scope(desk.session)
    if desk.session.type == "meeting":
        raise NotFound("Meetings are cancelled on the meetings page.")
    access.target(desk.session, "cancel", desk.actor)
    context = _context(desk, scope) | {"form": form}
    if request.method == "GET":
        return page("sessions/cancel.html", **context)
    if not form.validate():
        return invalid("sessions/cancel.html", **context)
    flash(_cancel(desk, scope, form.reason.data), "success")
    return go(url_for("sessions.detail", session_id=session_id))


@blueprint.route("/<uuid:session_id>/host", methods=["GET", "POST"])
def host(session_id: uuid.UUID) -> AnyResponse:
    desk = opened(session_id)
    access.check_editable(desk.session, desk.actor)
    form = HostForm(data={"host_id": desk.session.host_id})
    others = accounts.hosts(organization_id=desk.organization.id)
    form.host_id.choices = {str(row.user_id): row.name for row in others if row.user_id != desk.session.host_id}
    context = {"session": desk.session, "form": form, "people": people_in_words(desk.session)}
    if request.method == "GET":
        return page("sessions/host.html", **context)
    if not form.validate():
        return invalid("sessions/host.html", **context)
    try:
        _hand_over(desk, form.host_id.data)
    except (Invalid, Clash) as refusal:
        form.refuse(refusal) if refusal.field == "host_id" else form.host_id.errors.append(refusal.sentence)
        return invalid("sessions/host.html", **context)
    flash("Handed over. Everybody who booked is told.", "success")
    return go(url_for("sessions.detail", session_id=session_id))


def _edit(desk: Desk, scope: Scope, form: EditForm) -> str:
    said = form.details(desk.session.offering_id)
    asked: dict[str, Any] = {
        "session_id": desk.session.id,
        "actor": desk.actor,
        "now": clock.now(),
        "limits": limits(),
    }
    turn = [desk.session.id, desk.session.host_id, said.host_id]
    if scope is Scope.THIS:
        change = Edit(said, form.starts_at(desk.session.timezone))
        words = transact_in_turn(turn, session_changes.edit_session, edit=change, **asked)
        return f"Saved. Everybody who booked is told: {', '.join(words)}." if words else "Saved."
    clock_time = form.time.data
    assert clock_time is not None
    changed, told = transact_in_turn(
        [*turn, desk.session.series_id],
        series_changes.edit_series,
        scope=scope,
        said=said,
        local_start=clock_time,
        include=_ticked(),
        **asked,
    )
    return f"Saved: {counted(changed, 'session')} changed, {counted(told, 'person is', 'people are')} told."


def _cancel(desk: Desk, scope: Scope, reason: str) -> str:
    asked: dict[str, Any] = {
        "session_id": desk.session.id,
        "actor": desk.actor,
        "now": clock.now(),
        "reason": reason,
    }
    if scope is Scope.THIS:
        told = transact_in_turn([desk.session.id], session_changes.cancel_session, **asked)
        return f"Cancelled. {counted(told, 'person is', 'people are')} told."
    gone, told = transact_in_turn(
        [desk.session.id, desk.session.series_id],
        series_changes.cancel_series,
        scope=scope,
        include=_ticked(),
        **asked,
    )
    return f"Cancelled: {counted(gone, 'session')}. {counted(told, 'person is', 'people are')} told."


def _hand_over(desk: Desk, host_id: uuid.UUID) -> None:
    transact_in_turn(
        [desk.session.id, desk.session.host_id, host_id],
        session_changes.substitute_host,
        session_id=desk.session.id,
        host_id=host_id,
        actor=desk.actor,
        now=clock.now(),
        limits=limits(),
    )


def _clashes(desk: Desk, scope: Scope, form: EditForm) -> dict[uuid.UUID, str]:
    """What stands in the way of each date of a series at the new time."""
    if scope is Scope.THIS or form.time.data is None:
        return {}
    return series_changes.in_the_way(
        session_id=desk.session.id,
        scope=scope,
        actor=desk.actor,
        now=clock.now(),
        said=form.details(desk.session.offering_id),
        local_start=form.time.data,
    )


def _edit_form(desk: Desk, scope: Scope) -> EditForm:
    start = local(desk.session.scheduled_at, desk.session.timezone)
    said = said_by(desk.session, start.date(), start.hour * 60 + start.minute)
    form = EditForm(data=said | {"scope": scope.value})
    if scope is not Scope.THIS:
        form.date.data = start.date()
        form.date.validators = []
    return form


def _edit_context(desk: Desk, scope: Scope, form: EditForm, clashes: dict[uuid.UUID, str] | None = None) -> Any:
    return _context(desk, scope) | {"form": form, "clashes": clashes or {}, "timezone": desk.session.timezone}


def _context(desk: Desk, scope: Scope) -> dict[str, Any]:
    """The scopes to choose from, and what the chosen one does to each date."""
    session = desk.session
    reached: list[Fate] = series_changes.fates(session_id=session.id, scope=scope, actor=desk.actor, now=clock.now())
    return {
        "session": session,
        "people": people_in_words(session) if session.participant_count or session.waiting_count else "",
        "number": session.participant_count + session.waiting_count,
        "scope": scope.value,
        "scopes": _scopes(session, scope) if session.series_id else [],
        "fates": reached if scope is not Scope.THIS else [],
        "ticked": _ticked() if request.method == "POST" else {session.id},
    }


def _scopes(session: Any, scope: Scope) -> list[dict[str, Any]]:
    words = {Scope.THIS: "Only this one", Scope.FOLLOWING: "This and following", Scope.ALL: "All"}
    endpoint = request.endpoint or ""
    return [
        {
            "label": label,
            "href": url_for(endpoint, session_id=session.id, scope=each.value),
            "current": each is scope,
        }
        for each, label in words.items()
    ]


def _scope(session: Any) -> Scope:
    """What the address or the form names; a session of no series stands for itself only."""
    named = request.values.get("scope", "this") if session.series_id else "this"
    return Scope(named) if named in tuple(Scope) else Scope.THIS


def _ticked() -> frozenset[uuid.UUID]:
    """The dates that the person wants changed although there are people in them, or they were changed by hand."""
    found = set()
    for text in request.form.getlist("include"):
        try:
            found.add(uuid.UUID(text))
        except ValueError as error:
            raise Invalid() from error
    return frozenset(found)
