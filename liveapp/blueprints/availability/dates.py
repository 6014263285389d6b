"""Changing what differs from the week: other hours, days off, time off, journeys."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, url_for
from werkzeug.wrappers import Response

from liveapp.blueprints.availability import blueprint
from liveapp.blueprints.availability.desk import Desk, desk, desk_of
from liveapp.blueprints.availability.page import dates_context
from liveapp.domain.availability import exceptions, queries
from liveapp.domain.errors import Invalid
from liveapp.forms.exceptions import ExceptionForm, JourneyForm
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock
from liveapp.web.htmx import go, invalid


@blueprint.post("/exceptions")
def add_exception() -> Response:
    """Adds other hours, days off or time off."""
    found = desk()
    form = ExceptionForm()
    if form.validate_on_submit():
        try:
            verb, values = _verb(form)
            transact_in_turn([found.host_id], verb, host_id=found.host_id, note=form.note.data, actor=found.actor,
                             now=clock.now(), key=form.key_for(found.host_id), **values)  # fmt: skip
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            flash("Saved. Bookings that exist on those days stay: move or cancel them yourself.", "success")
            return _back(found, form.dates.first.isoformat())
    return invalid("availability/index.html", **dates_context(found, form))


@blueprint.post("/exceptions/<uuid:override_id>/remove")
def remove_exception(override_id: uuid.UUID) -> Response:
    """The weekly hours count again on those days."""
    row = queries.override(override_id=override_id)
    found = desk_of(row.organization_id, row.host_id)
    transact_in_turn([found.host_id], exceptions.remove, override_id=override_id, actor=found.actor, now=clock.now())
    flash("Removed. Your weekly hours count again then.", "success")
    return _back(found)


@blueprint.post("/journeys")
def add_journey() -> Response:
    """Adds a stay in another time zone."""
    found = desk()
    form = JourneyForm(prefix=JourneyForm.PREFIX)
    if form.validate_on_submit():
        try:
            transact_in_turn([found.host_id], exceptions.travel, host_id=found.host_id,
                             **form.values,
                             actor=found.actor, now=clock.now(), key=form.key_for(found.host_id))  # fmt: skip
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            flash("Saved. Your hours on those days are read in the time there.", "success")
            return _back(found)
    return invalid("availability/index.html", **dates_context(found, journey=form))


@blueprint.post("/journeys/<uuid:travel_id>/remove")
def remove_journey(travel_id: uuid.UUID) -> Response:
    """The hours of those days are read at home again."""
    row = queries.travel(travel_id=travel_id)
    found = desk_of(row.organization_id, row.host_id)
    transact_in_turn([found.host_id], exceptions.remove_travel, travel_id=travel_id, actor=found.actor, now=clock.now())
    flash("Removed. Your hours on those days are read at home again.", "success")
    return _back(found)


def _verb(form: ExceptionForm) -> tuple[Callable[..., uuid.UUID], dict[str, Any]]:
    """What the chosen kind does, and with what."""
    if form.kind.data == "hours":
        return exceptions.set_other_hours, {"dates": form.dates, "hours": form.hours}
    if form.kind.data == "closed":
        return exceptions.take_days_off, {"dates": form.dates}
    start, end = form.moments
    return exceptions.take_time_off, {"start": start, "end": end}


def _back(found: Desk, day: str | None = None) -> Response:
    return go(url_for("availability.index", view="dates", day=day, **found.whose))
