"""Changing, handing over and cancelling: one session, this and the following, or all, with what it does said before."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from flask import flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import Desk, limits, opened, with_choices
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.bookings import series_changes, session_changes
from liveapp.domain.bookings.series_changes import Fate, Scope
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.live_sessions import access
from liveapp.domain.live_sessions.details import WORDS
from liveapp.domain.live_sessions.differences import Change
from liveapp.domain.live_sessions.errors import Clash
from liveapp.domain.live_sessions.service import people_in_words
from liveapp.forms.prices import COST_WORDS
from liveapp.forms.session_changes import SCOPES, CancelSessionForm, EditForm, ScopedForm
from liveapp.forms.sessions import HostForm, said_by
from liveapp.rules.wording import counted
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock
from liveapp.web.filters import fmt_time, local
from liveapp.web.htmx import go, invalid, page

F = TypeVar("F", bound=ScopedForm)


@blueprint.route("/<uuid:session_id>/edit", methods=["GET", "POST"])
def edit(session_id: uuid.UUID) -> AnyResponse:
    desk = opened(session_id)
    access.check_editable(desk.session, desk.actor)
    form = _edit_form(desk)
    if request.method == "GET":
        return page("sessions/edit.html", **_edit_context(desk, form))
    if not form.validate():
        return invalid("sessions/edit.html", **_edit_context(desk, form))
    if not _is_seen(form):
        return page("sessions/edit.html", **_edit_context(desk, form, form.change()))
    try:
        words = _edit(desk, form)
    except (Invalid, Clash) as refusal:
        form.refuse(refusal)
        return invalid("sessions/edit.html", **_edit_context(desk, form, form.change()))
    flash(words, "success")
    return go(url_for("sessions.detail", session_id=session_id))


@blueprint.post("/<uuid:session_id>/edit/preview")
def preview_edit(session_id: uuid.UUID) -> AnyResponse:
    """What the form as it is now would do to each date."""
    desk = opened(session_id)
    access.check_editable(desk.session, desk.actor)
    form = _edit_form(desk)
    change = form.change() if form.validate() else None
    return page("sessions/_fates.html", doing="changed", **_edit_context(desk, form, change))


@blueprint.route("/<uuid:session_id>/cancel", methods=["GET", "POST"])
def cancel(session_id: uuid.UUID) -> AnyResponse:
    desk = opened(session_id)
    form = _cancel_form(desk)
    if request.method == "GET":
        return page("sessions/cancel.html", **_context(desk, form))
    if not _is_seen(form):
        return page("sessions/cancel.html", **_context(desk, form))
    if not form.validate():
        return invalid("sessions/cancel.html", **_context(desk, form))
    flash(_cancel(desk, form), "success")
    return go(url_for("sessions.detail", session_id=session_id))


@blueprint.post("/<uuid:session_id>/cancel/preview")
def preview_cancel(session_id: uuid.UUID) -> AnyResponse:
    """What cancelling so far would do to each date."""
    desk = opened(session_id)
    return page("sessions/_fates.html", doing="cancelled", **_context(desk, _cancel_form(desk)))


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


def _edit(desk: Desk, form: EditForm) -> str:
    change, include = form.change(), _ticked()
    asked: dict[str, Any] = {
        "session_id": desk.session.id,
        "actor": desk.actor,
        "now": clock.now(),
        "limits": limits(),
        "change": change,
    }
    turn = [desk.session.id, desk.session.host_id, change.fields.get("host_id", desk.session.host_id)]
    if form.reach is Scope.THIS:
        words = transact_in_turn(turn, session_changes.change_session, **asked)
        return f"Saved. Everybody who booked is told: {', '.join(words)}." if words else "Saved."
    changed, told = transact_in_turn(
        [*turn, desk.session.series_id],
        series_changes.edit_series,
        scope=form.reach,
        include=include,
        **asked,
    )
    return f"Saved: {counted(changed, 'session')} changed, {counted(told, 'person is', 'people are')} told."


def _cancel(desk: Desk, form: CancelSessionForm) -> str:
    include = _ticked()
    asked: dict[str, Any] = {
        "session_id": desk.session.id,
        "actor": desk.actor,
        "now": clock.now(),
        "reason": form.reason.data,
    }
    if form.reach is Scope.THIS:
        told = transact_in_turn([desk.session.id], session_changes.cancel_session, **asked)
        return f"Cancelled. {counted(told, 'person is', 'people are')} told."
    gone, told = transact_in_turn(
        [desk.session.id, desk.session.series_id],
        series_changes.cancel_series,
        scope=form.reach,
        include=include,
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


def _edit_form(desk: Desk) -> EditForm:
    """The form with what the session says now; one that was sent knows what it showed."""
    start = local(desk.session.scheduled_at, desk.session.timezone)
    said = said_by(desk.session, start.date(), start.hour * 60 + start.minute)
    fresh = with_choices(EditForm(formdata=None, data=said | {"scope": _asked_scope(desk)}), desk.actor)
    fresh.price.currency = desk.session.currency
    fresh.remember()
    if request.method == "GET":
        return fresh
    form = with_choices(EditForm(), desk.actor)
    form.price.currency = desk.session.currency
    form.shown.data = form.shown.data or fresh.shown.data
    return _within_series(desk, form)


def _cancel_form(desk: Desk) -> CancelSessionForm:
    """Raises NotFound for a meeting, and what `access.target` does."""
    if desk.session.type == "meeting":
        raise NotFound("Meetings are cancelled on the meetings page.")
    access.target(desk.session, "cancel", desk.actor)
    if request.method == "GET":
        return CancelSessionForm(formdata=None, data={"scope": _asked_scope(desk)})
    return _within_series(desk, CancelSessionForm())


def _within_series(desk: Desk, form: F) -> F:
    """A session of no series stands for itself only."""
    if desk.session.series_id is None:
        form.scope.data = Scope.THIS.value
    if isinstance(form, EditForm) and form.reach is not Scope.THIS:
        form.date.validators = []
    return form


def _asked_scope(desk: Desk) -> str:
    """How far the address asks to go."""
    scope = request.args.get("scope", "this") if desk.session.series_id else "this"
    return scope if scope in SCOPES else "this"


def _is_seen(form: ScopedForm) -> bool:
    """Whether the person saw what becomes of the dates that the form reaches, and asks to go on."""
    return request.form.get("do") != "look" and (
        form.reach is Scope.THIS or request.form.get("seen") == form.scope.data
    )


def _edit_context(desk: Desk, form: EditForm, change: Change | None = None) -> dict[str, Any]:
    """As `_context`, with what changes on each date and what stands in its way."""
    change = change or Change()
    clashes = {}
    if change and form.reach is not Scope.THIS:
        asked = {"session_id": desk.session.id, "scope": form.reach, "actor": desk.actor, "now": clock.now()}
        clashes = series_changes.in_the_way(change=change, **asked)
    context = _context(desk, form, change)
    names = {str(value): words for value, words in form.host_id.choices.items()}
    told = {each.session.id: _told(each, names) for each in context["fates"]}
    shown = {"timezone": desk.session.timezone, "cost_words": COST_WORDS}
    return context | {"clashes": clashes, "told": told} | shown


def _told(fate: Fate, hosts: dict[str, str]) -> dict[str, str]:
    """What becomes something else on a date, and what it keeps of its own, in words."""
    words = dict.fromkeys(WORDS[name] for name in fate.names)
    if "scheduled_at" in fate.names:
        words["time"] = f"time → {fmt_time(fate.after['scheduled_at'], fate.session.timezone)}"
    if "host_id" in fate.names:
        words["host"] = f"host → {hosts.get(str(fate.after['host_id']), '')}"
    changes = ", ".join(value or name for name, value in words.items())
    kept = [name for name in fate.own if name not in fate.names]
    return {"changes": changes, "keeps": ", ".join(dict.fromkeys(WORDS[name] for name in kept))}


def _context(desk: Desk, form: ScopedForm, change: Change | None = None) -> dict[str, Any]:
    """How far it goes, and what it does to each date."""
    session, scope = desk.session, form.reach
    reached: list[Fate] = []
    if scope is not Scope.THIS:
        asked = {"session_id": session.id, "scope": scope, "actor": desk.actor, "now": clock.now()}
        reached = series_changes.fates(change=change, **asked)
    return {
        "session": session,
        "form": form,
        "people": people_in_words(session) if session.participant_count or session.waiting_count else "",
        "number": session.participant_count + session.waiting_count,
        "scope": scope.value,
        "fates": reached,
        "clashes": {},
        "told": {},
        "ticked": _ticked() if request.form.get("seen") == scope else {session.id},
    }


def _ticked() -> frozenset[uuid.UUID]:
    """The dates that the person wants changed although there are people in them, or they were changed by hand."""
    found = set()
    for text in request.form.getlist("include"):
        try:
            found.add(uuid.UUID(text))
        except ValueError as error:
            raise Invalid() from error
    return frozenset(found)
