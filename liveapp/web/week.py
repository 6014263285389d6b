"""A week of sessions as ui/calendar's week_grid draws it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import url_for

from liveapp.db import AnyRow
from liveapp.rules.lanes import lanes
from liveapp.web.filters import fmt_day, fmt_range, local

DAY_MINUTES = 1440
FIRST_HOUR, LAST_HOUR = 8, 20


def week_of(rows: Sequence[AnyRow], *, first: date, today: date, timezone: str) -> dict[str, Any]:
    """days, first_hour and last_hour: the whole hours that hold everything, and at least 8 to 20."""
    days = [_day(rows, first + timedelta(days=number), today, timezone) for number in range(7)]
    events = [event for day in days for event in day["events"]]
    ends = [(event["minute"] + event["minutes"] + 59) // 60 for event in events]
    return {
        "days": days,
        "first_hour": min([FIRST_HOUR, *(event["minute"] // 60 for event in events)]),
        "last_hour": max([LAST_HOUR, *ends]),
    }


def _day(rows: Sequence[AnyRow], day: date, today: date, timezone: str) -> dict[str, Any]:
    """What starts on the day; what runs past midnight is cut there."""
    started = [row for row in rows if local(row.scheduled_at, timezone).date() == day]
    events = [_event(row, timezone) for row in started]
    placed = lanes([(event["minute"], event["minute"] + event["minutes"]) for event in events])
    for event, (lane, of) in zip(events, placed, strict=True):
        event |= {"lane": min(lane, 4), "lanes": of}
    return {
        "label": fmt_day(day, "EEE"),
        "date_label": fmt_day(day, "d MMM"),
        "today": day == today,
        "events": events,
    }


def _event(row: AnyRow, timezone: str) -> dict[str, Any]:
    start = local(row.scheduled_at, timezone)
    minute = start.hour * 60 + start.minute
    is_request = row.type == "meeting" and row.status == "draft"
    return {
        "title": row.title,
        "time": fmt_range(row.scheduled_at, timezone, row.duration_minutes),
        "href": url_for("sessions.detail", session_id=row.id),
        "minute": minute,
        "minutes": min(row.duration_minutes, DAY_MINUTES - minute),
        "tone": row.colour,
        "status": row.status,
        "detail": "Request" if is_request else f"{row.host_name} · {row.participant_count}/{row.max_participants}",
    }
