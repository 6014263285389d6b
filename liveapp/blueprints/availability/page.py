"""The page itself: weekly hours, dates or booking rules, beside what a guest would see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from liveapp.blueprints.availability import blueprint
from liveapp.blueprints.availability.desk import Desk, desk
from liveapp.blueprints.availability.month import month_context
from liveapp.blueprints.availability.view import preview_context
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.availability import queries
from liveapp.domain.availability.calendar import booking_rules
from liveapp.domain.availability.models import AvailabilityRule
from liveapp.forms.availability import DayForm, RulesForm
from liveapp.forms.exceptions import ExceptionForm, JourneyForm
from liveapp.rules.roles import Right, may
from liveapp.web import clock
from liveapp.web.filters import WEEKDAYS
from liveapp.web.htmx import page
from liveapp.web.urls import absolute_url

VIEWS = (("hours", "Weekly hours"), ("dates", "Dates and time off"), ("rules", "Booking rules"))


@blueprint.get("")
def index() -> Response:
    """One of the three views; what is unknown shows the weekly hours."""
    found = desk()
    view = request.args.get("view")
    if view == "dates":
        return page("availability/index.html", **dates_context(found))
    if view == "rules":
        return page("availability/index.html", **rules_context(found))
    return page("availability/index.html", **hours_context(found))


def hours_context(found: Desk, form: DayForm | None = None, edit: int | None = None) -> dict[str, Any]:
    """The week, one day of it perhaps open for editing (`form` as it was typed)."""
    edit = _edited() if edit is None else edit
    week = queries.weekly_rules(organization_id=found.organization.id, host_id=found.host_id)
    days = [day_context(found, day, week, form if day == edit else None, edits=day == edit) for day in range(7)]
    return {**_frame(found, "hours"), "days": days}


def day_context(
    found: Desk, day: int, week: Sequence[AvailabilityRule], form: DayForm | None = None, *, edits: bool = False
) -> dict[str, Any]:
    """One weekday as `_day.html` shows it: its windows, or the form to change them."""
    rules = [rule for rule in week if rule.day_of_week == day]
    if edits and form is None:
        form = DayForm.of(day, rules, found.organization.currency)
    return {
        "number": day,
        "name": WEEKDAYS[day],
        "rules": rules,
        "is_on": any(rule.is_active for rule in rules),
        "form": form,
    }


def dates_context(found: Desk, form: ExceptionForm | None = None, journey: JourneyForm | None = None) -> dict[str, Any]:
    """The month with its exceptions, and the forms to add one or a journey."""
    month = month_context(found)
    return {
        **_frame(found, "dates"),
        **month,
        "form": form or ExceptionForm.on(month["day"]),
        "journey": journey or JourneyForm.fresh(month["timezone"]),
    }


def rules_context(found: Desk, form: RulesForm | None = None) -> dict[str, Any]:
    """The booking rules."""
    rules = booking_rules(organization=found.organization, host_id=found.host_id)
    return {**_frame(found, "rules"), "form": form or RulesForm.of(rules)}


def _frame(found: Desk, view: str) -> dict[str, Any]:
    """What stands around each view: the hosts to choose from, tabs, the guest's view."""
    may_choose = may(found.actor.role, Right.RUN_ANY_AVAILABILITY)
    return {
        "desk": found,
        "public_page": found.host.slug
        and absolute_url("book.host", slug=found.organization.slug, host_slug=found.host.slug),
        "view": view,
        "hosts": accounts.hosts(organization_id=found.organization.id) if may_choose else [],
        "tabs_shown": [
            {"label": label, "href": url_for("availability.index", view=name, **found.whose), "current": name == view}
            for name, label in VIEWS
        ],
        "now": clock.now(),
        **preview_context(found),
    }


def _edited() -> int:
    text = request.args.get("edit", "")
    return int(text) if text in tuple("0123456") else -1
