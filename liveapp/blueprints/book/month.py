"""A month of a host's times for one offering: days with times, the slots of a day, the chosen one."""

from __future__ import annotations

import calendar
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import request

from liveapp.blueprints.book.frame import frame
from liveapp.blueprints.book.schedule import day_or
from liveapp.domain.accounts.models import Organization
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.meetings.offers import Offer, nearest_slots, offered_slots
from liveapp.web import clock
from liveapp.web.filters import fmt_day, fmt_time, local, plural
from liveapp.web.when import When, when

NEAREST = 6


@dataclass(frozen=True, slots=True)
class Times:
    """Whose times: organization, host, offering, the minutes asked for, the zone whose clock leads (of a place its own,
    else the visitor's), the visitor's zone, and the page's address.

    `besides` is a meeting that is being moved, `moving_from` its start: its time counts as free for starts around it,
    but isn't offered again.
    """

    organization: Organization
    host_id: uuid.UUID
    offering: Offering
    duration: int
    timezone: str
    reader: str
    address: Callable[..., str]
    besides: uuid.UUID | None = None
    moving_from: datetime | None = None

    @property
    def durations(self) -> list[int]:
        return self.offering.durations or [self.offering.duration_minutes]

    def when(self, start: datetime) -> When:
        """One of the times, as the visitor reads it."""
        online = self.offering.format == "online"
        return when(start, self.duration, zone=self.timezone, reader=self.reader, is_online=online)

    def href(self, **values: Any) -> str:
        """The page with other values in its address; a chosen length stays."""
        if len(self.durations) > 1 and self.besides is None:
            values = {"duration": self.duration} | values
        return self.address(**values)

    def between(self, first_day: date, last_day: date) -> Sequence[Offer]:
        """The free times that start on these days, on the clock that leads."""
        found = offered_slots(
            organization=self.organization,
            host_id=self.host_id,
            offering=self.offering,
            duration=self.duration if self.duration in self.durations else None,
            first_day=first_day,
            last_day=last_day,
            timezone=self.timezone,
            now=clock.now(),
            besides=self.besides,
        )
        return [offer for offer in found if offer.start != self.moving_from]

    def near(self, wanted: datetime) -> Sequence[Offer]:
        """The free times nearest to one that can't be had."""
        found = nearest_slots(
            organization=self.organization,
            host_id=self.host_id,
            offering=self.offering,
            duration=self.duration if self.duration in self.durations else None,
            wanted=wanted,
            now=clock.now(),
            count=NEAREST,
            besides=self.besides,
        )
        return [offer for offer in found if offer.start != self.moving_from]


def month_view(times: Times, *, refused: str = "") -> dict[str, Any]:
    """What the times template shows for this request's `month`, `day` and `start`; one calculation for all of it."""
    today = local(clock.now(), times.timezone).date()
    start = moment(request.args.get("start"))
    chosen_day = local(start, times.timezone).date() if start else None
    asked = day_or(request.args.get("day"), today) if request.args.get("day") else chosen_day
    month = _month(request.args.get("month"), asked or today)
    offers = _of_month(times, month)
    if not offers and asked is None and not request.args.get("month"):
        month, offers = _first_month_with_times(times, month)
    by_day = _by_day(offers, times.timezone)
    day = asked or min(by_day, default=None)
    near = times.near(start) if refused and start else []
    return frame(times.organization, times.reader) | {
        "times": times,
        "kept": {name: value for name in ("day", "duration", "start") if (value := request.args.get(name))},
        "month": _grid(times, month, by_day, day, today),
        "day": day,
        "slots": [_slot(times, offer, start) for offer in by_day.get(day, [])] if day else [],
        "chosen": next((offer for offer in offers if offer.start == start), None),
        "start": start,
        "duration_links": _duration_links(times, day),
        "refused": refused,
        "near": [_slot(times, offer, None) | {"day": local(offer.start, times.timezone).date()} for offer in near],
    }


def moment(text: str | None) -> datetime | None:
    """A UTC moment from an address like 2026-03-04T09:00Z."""
    try:
        found = datetime.strptime(text or "", "%Y-%m-%dT%H:%M%z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if 2000 < found.year < 2200 else None


def written(start: datetime) -> str:
    """A UTC moment as it stands in an address."""
    return start.strftime("%Y-%m-%dT%H:%MZ")


def _of_month(times: Times, month: date) -> Sequence[Offer]:
    return times.between(month, month.replace(day=calendar.monthrange(month.year, month.month)[1]))


def _first_month_with_times(times: Times, month: date) -> tuple[date, Sequence[Offer]]:
    """Late in a month the next one is shown, if this one has no times left."""
    following = (month + timedelta(days=32)).replace(day=1)
    offers = _of_month(times, following)
    return (following, offers) if offers else (month, [])


def _by_day(offers: Sequence[Offer], timezone: str) -> dict[date, list[Offer]]:
    days: dict[date, list[Offer]] = {}
    for offer in offers:
        days.setdefault(local(offer.start, timezone).date(), []).append(offer)
    return days


def _slot(times: Times, offer: Offer, chosen: datetime | None) -> dict[str, Any]:
    return {
        "text": _clock(times, offer.start),
        "href": times.href(start=written(offer.start)) + "#details",
        "attrs": {"aria-current": "true"} if offer.start == chosen else {},
    }


def _clock(times: Times, start: datetime) -> str:
    """The time of day on the clock that leads, and the visitor's own beside it."""
    led, at = fmt_time(start, times.timezone), times.when(start)
    return f"{led} ({fmt_time(start, at.beside)} for you)" if at.beside else led


def _grid(
    times: Times, month: date, by_day: dict[date, list[Offer]], chosen: date | None, today: date
) -> dict[str, Any]:
    """What the month macro takes: weeks of days, each with its link when it has times."""
    weeks = calendar.Calendar(times.organization.week_start).monthdatescalendar(month.year, month.month)
    before, after = month - timedelta(days=1), month + timedelta(days=32)
    return {
        "title": fmt_day(month, "MMMM y"),
        "weekdays": [(fmt_day(day, "EEEEEE"), fmt_day(day, "EEEE")) for day in weeks[0]],
        "weeks": [
            [_cell(times, day, by_day, chosen, today) if day.month == month.month else None for day in week]
            for week in weeks
        ],
        "before": times.href(month=before.strftime("%Y-%m")) if month > today.replace(day=1) else "",
        "after": times.href(month=after.strftime("%Y-%m")),
    }


def _cell(times: Times, day: date, by_day: dict[date, list[Offer]], chosen: date | None, today: date) -> dict[str, Any]:
    count = len(by_day.get(day, []))
    return {
        "number": day.day,
        "href": times.href(day=day.isoformat()) if count else "",
        "label": f"{fmt_day(day)}, {plural(count, 'time', 'times')}",
        "state": "open" if count else "closed",
        "selected": day == chosen,
        "today": day == today,
    }


def _duration_links(times: Times, day: date | None) -> list[dict[str, Any]]:
    if len(times.durations) < 2:
        return []
    kept = {"day": day.isoformat()} if day else {}
    return [
        {"minutes": minutes, "href": times.href(duration=minutes, **kept), "current": minutes == times.duration}
        for minutes in times.durations
    ]


def _month(text: str | None, fallback: date) -> date:
    """The first day of a month from an address like 2026-03."""
    return day_or(f"{text}-01" if text else None, fallback).replace(day=1)
