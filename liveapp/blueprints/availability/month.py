"""The month of a host: which days have the usual hours, other ones, or none."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import request, url_for

from liveapp.blueprints.availability.desk import Desk
from liveapp.domain.availability import queries
from liveapp.domain.availability.calendar import booking_rules
from liveapp.domain.availability.models import AvailabilityOverride, Closure, Travel
from liveapp.rules.weekly_hours import clock as wall_clock
from liveapp.web import clock
from liveapp.web.arguments import day_from
from liveapp.web.filters import WEEKDAYS, fmt_date, fmt_day, fmt_time, local, zone_name


@dataclass(frozen=True, slots=True)
class Month:
    """Everything that says when the host works in one month."""

    timezone: str
    open_weekdays: frozenset[int]
    overrides: Sequence[AvailabilityOverride]
    travels: Sequence[Travel]
    closures: Sequence[Closure]

    def of(self, day: date) -> list[AvailabilityOverride]:
        """The exceptions that touch a day."""
        return [one for one in self.overrides if self._touches(one, day)]

    def state(self, day: date) -> tuple[str, str]:
        """The day's look in the month, and the words for it."""
        if any(one.first_day <= day <= one.last_day for one in self.closures):
            return "off", "closed"
        kinds = {(one.kind, bool(one.windows)) for one in self.of(day)}
        if ("closed", False) in kinds or ("hours", False) in kinds:
            return "off", "day off"
        if ("hours", True) in kinds:
            return "override", "other hours"
        if ("time_off", False) in kinds:
            return "override", "some time off"
        return ("open", "usual hours") if day.weekday() in self.open_weekdays else ("closed", "no hours")

    def _touches(self, one: AvailabilityOverride, day: date) -> bool:
        if one.starts_at and one.ends_at:
            last = local(one.ends_at - timedelta(microseconds=1), self.timezone).date()
            return local(one.starts_at, self.timezone).date() <= day <= last
        return bool(one.first_day and one.last_day and one.first_day <= day <= one.last_day)


def month_context(found: Desk) -> dict[str, Any]:
    """The month that the address names, the chosen day, and everything that differs from now on."""
    rules = booking_rules(organization=found.organization, host_id=found.host_id)
    today = local(clock.now(), rules.timezone).date()
    day = day_from(request.args.get("day"))
    first = day_from(f"{request.args.get('month')}-01") or (day or today).replace(day=1)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    month = _month(found, rules.timezone, min(first, today), last)
    return {
        "month": _grid(found, month, first, day, today),
        "day": day or today,
        "exceptions": [_said(one, rules.timezone) for one in month.overrides if _is_ahead(one, today)],
        "closures": month.closures,
        "travels": month.travels,
        "timezone": rules.timezone,
    }


def _month(found: Desk, timezone: str, first: date, last: date) -> Month:
    of_host = {"organization_id": found.organization.id, "host_id": found.host_id}
    since = datetime.combine(first, time(), UTC) - timedelta(days=1)
    return Month(
        timezone=timezone,
        open_weekdays=frozenset(rule.day_of_week for rule in queries.weekly_rules(**of_host) if rule.is_active),
        overrides=queries.overrides(**of_host, since=since),
        travels=queries.travels(**of_host, since=first),
        closures=queries.closures(organization_id=found.organization.id, first_day=first, last_day=last),
    )


def _grid(found: Desk, month: Month, first: date, chosen: date | None, today: date) -> dict[str, Any]:
    """What the month macro takes."""
    start = found.organization.week_start
    weeks = calendar.Calendar(start).monthdatescalendar(first.year, first.month)
    names = [WEEKDAYS[(start + number) % 7] for number in range(7)]
    return {
        "title": fmt_day(first, "MMMM y"),
        "weekdays": [(name[:2], name) for name in names],
        "weeks": [[_cell(found, month, day, chosen, today) if day.month == first.month else None for day in week]
                  for week in weeks],
        "before": _href(found, month=f"{first - timedelta(days=1):%Y-%m}"),
        "after": _href(found, month=f"{first + timedelta(days=32):%Y-%m}"),
    }  # fmt: skip


def _cell(found: Desk, month: Month, day: date, chosen: date | None, today: date) -> dict[str, Any]:
    state, words = month.state(day)
    return {
        "number": day.day,
        "href": _href(found, day=day.isoformat()),
        "label": f"{fmt_day(day, 'EEEE d MMMM')}, {words}",
        "state": state,
        "selected": day == chosen,
        "today": day == today,
    }


def _said(one: AvailabilityOverride, timezone: str) -> dict[str, Any]:
    """An exception as a line of the list."""
    if one.starts_at and one.ends_at:
        title = f"{fmt_date(one.starts_at, timezone)}, {fmt_time(one.starts_at, timezone)} – "
        same_day = local(one.starts_at, timezone).date() == local(one.ends_at, timezone).date()
        title += "" if same_day else f"{fmt_date(one.ends_at, timezone)}, "
        title += fmt_time(one.ends_at, timezone)
        return {"id": one.id, "title": title, "words": f"Time off, {zone_name(timezone)}", "note": one.note}
    assert one.first_day
    assert one.last_day
    title = fmt_day(one.first_day, "EEE d MMM y")
    if one.last_day != one.first_day:
        title += f" – {fmt_day(one.last_day, 'EEE d MMM y')}"
    hours = ", ".join(f"{wall_clock(start)}–{wall_clock(end)}" for start, end in one.windows)
    words = f"{hours} instead of the usual hours" if hours else "No hours" if one.kind == "hours" else "Day off"
    return {"id": one.id, "title": title, "words": words, "note": one.note}


def _is_ahead(one: AvailabilityOverride, today: date) -> bool:
    last = one.last_day or (one.ends_at.date() if one.ends_at else today)
    return last >= today


def _href(found: Desk, **changes: Any) -> str:
    return url_for("availability.index", view="dates", **found.whose, **changes)
