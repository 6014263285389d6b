"""Changing weekly hours and booking rules."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.availability import blueprint
from liveapp.blueprints.availability.desk import Desk, desk, weekday
from liveapp.blueprints.availability.page import day_context, hours_context, rules_context
from liveapp.domain.availability import queries, service
from liveapp.domain.errors import Invalid
from liveapp.forms.availability import DayForm, RulesForm
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock
from liveapp.web.filters import WEEKDAYS
from liveapp.web.htmx import go, invalid, page, signal, wants_partial

CHANGED = "availability-changed"


@blueprint.get("/hours/<int:day>")
def day(day: int) -> Response | AnyResponse:
    """One day of the week: its line, or with `edit` the form to change it."""
    found = desk()
    edits = "edit" in request.args
    if not wants_partial():
        return go(url_for("availability.index", **found.whose, edit=day if edits else None))
    return page("availability/_day.html", **_one_day(found, weekday(day), edits=edits))


@blueprint.post("/hours/<int:day>")
def save_day(day: int) -> Response | AnyResponse:
    """Saves the day; the buttons to add and remove windows only change the form."""
    found = desk()
    form = DayForm(weekday(day), found.organization.currency)
    if "add" in request.form or "drop" in request.form:
        form.rearrange(request.form)
        return _form_again(found, day, form, page)
    if form.validate_on_submit():
        try:
            transact_in_turn(
                [found.host_id], service.save_day,
                host_id=found.host_id, day=day, hours=form.hours, also=form.also.data,
                actor=found.actor, now=clock.now(),
            )  # fmt: skip
        except Invalid as refusal:
            form.form_errors.append(refusal.sentence)
        else:
            return _saved(found, day, several=bool(form.also.data))
    return _form_again(found, day, form, invalid)


@blueprint.post("/hours/<int:day>/<any(on,off):state>")
def switch_day(day: int, state: str) -> Response | AnyResponse:
    """Turns a day's hours on or off; off, they are kept for later."""
    found = desk()
    transact_in_turn(
        [found.host_id], service.set_day_active,
        host_id=found.host_id, day=weekday(day), is_active=state == "on", actor=found.actor, now=clock.now(),
    )  # fmt: skip
    return _saved(found, day, several=False)


@blueprint.post("/rules")
def save_rules() -> Response | AnyResponse:
    """Saves the booking rules."""
    found = desk()
    form = RulesForm()
    if form.validate_on_submit():
        try:
            transact_in_turn(
                [found.host_id], service.save_rules,
                host_id=found.host_id, rules=form.rules, actor=found.actor, now=clock.now(),
            )  # fmt: skip
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            flash("Your booking rules are saved. Bookings that exist stay as they are.", "success")
            return go(url_for("availability.index", view="rules", **found.whose))
    return invalid("availability/index.html", **rules_context(found, form))


def _saved(found: Desk, day: int, *, several: bool) -> Response | AnyResponse:
    """The day's line again, or the whole week when other days changed too."""
    flash(f"{WEEKDAYS[day]} and the chosen days are saved." if several else f"{WEEKDAYS[day]} is saved.", "success")
    if several or not wants_partial():
        return go(url_for("availability.index", **found.whose))
    return signal(page("availability/_day.html", oob=True, **_one_day(found, day)), CHANGED)


def _form_again(found: Desk, day: int, form: DayForm, answer: Any) -> Response:
    if wants_partial():
        form_again: Response = answer("availability/_day.html", **_one_day(found, day, form, edits=True))
        return form_again
    whole: Response = answer("availability/index.html", **hours_context(found, form, day))
    return whole


def _one_day(found: Desk, day: int, form: DayForm | None = None, *, edits: bool = False) -> dict[str, Any]:
    week = queries.weekly_rules(organization_id=found.organization.id, host_id=found.host_id)
    return {"desk": found, "day": day_context(found, day, week, form, edits=edits)}
