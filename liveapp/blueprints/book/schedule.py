"""An organization's public page: the schedule by week and day, what can be booked one-on-one, and the hosts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response, request, url_for

from liveapp.blueprints.book import blueprint
from liveapp.blueprints.book.frame import frame, plans_href
from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.bookings import offered, public
from liveapp.domain.bookings.own import own_places
from liveapp.domain.bookings.public import Filters
from liveapp.rules.capacity import places_for_passers_by
from liveapp.rules.recurrence import resolve_local
from liveapp.web import auth, clock
from liveapp.web.arguments import day_from
from liveapp.web.filters import local
from liveapp.web.htmx import swap
from liveapp.web.when import when_of

FURTHEST = timedelta(days=2 * 366)


@dataclass(frozen=True, slots=True)
class Span:
    """The days that are shown: seven from `week` on, or one day of them."""

    week: date
    day: date | None
    timezone: str

    @property
    def first(self) -> datetime:
        return resolve_local(self.day or self.week, time(), self.timezone)

    @property
    def last(self) -> datetime:
        after = self.day + timedelta(days=1) if self.day else self.week + timedelta(days=7)
        return resolve_local(after, time(), self.timezone)


@blueprint.get("/<slug>")
def organization(slug: str) -> Response:
    found = accounts.organization(slug=slug)
    timezone = auth.visitor_timezone(found.timezone)
    span, filters = _span(timezone), _filters()
    rows = _rows(found, span, filters)
    later = _later(found, span, filters) if not rows else None
    offers = _offers(found)
    return swap(
        "book/_schedule.html",
        "book/organization.html",
        **frame(found, timezone) | {"kept": _kept()},
        plans_href=plans_href(found),
        filters=filters,
        days=_by_day(rows),
        strip=_strip(slug, span, clock.now()),
        span=span,
        links=_links(slug, span),
        own=own_in([row for _, row in rows]),
        later=later,
        begins_with_meetings=bool(offers["meetings"]) and not (rows or later or _kept()),
        **offers,
    )


def own_in(rows: Sequence[AnyRow]) -> dict[uuid.UUID, str]:
    """Which of these sessions the reader has booked, or waits for."""
    known = auth.known_person()
    return own_places(user_id=known.user_id, session_ids=[row.id for row in rows]) if known else {}


def places_left(row: AnyRow) -> int:
    """How many places somebody who comes along may book."""
    return places_for_passers_by(capacity=row.max_participants, taken=row.taken_count, waiting=row.waiting_count)


def day_or(text: str | None, fallback: date) -> date:
    """A date from an address, if it is one within two years of `fallback`; else `fallback`."""
    found = day_from(text)
    return found if found and abs(found - fallback) < FURTHEST else fallback


def _offers(found: Organization) -> dict[str, Any]:
    all_offerings = offered.offerings(organization_id=found.id)
    hosts = accounts.hosts(organization_id=found.id)
    meetings = [each for each in all_offerings if each.kind == "meeting"]
    return {
        "classes": [each for each in all_offerings if each.kind != "meeting"],
        "meetings": meetings,
        "hosts": hosts,
        "hosts_of": {each.id: [host for host in hosts if each.host_id in (None, host.user_id)] for each in meetings},
    }


def _span(timezone: str) -> Span:
    today = local(clock.now(), timezone).date()
    asked = request.args.get("day")
    day = day_or(asked, today) if asked else None
    week = day_or(request.args.get("week"), today)
    if day and not week <= day < week + timedelta(days=7):
        week = day
    return Span(week, day, timezone)


def _filters() -> Filters:
    get = request.args.get
    return Filters(
        words=get("q", "").strip()[:80].replace("\0", ""),
        offering=get("offering", "")[:80].replace("\0", ""),
        host=get("host", "")[:80].replace("\0", ""),
        format=get("format", "")[:20],
    )


def _kept(*leave: str) -> dict[str, Any]:
    """What the address says besides the zone (and besides `leave`), for links and forms that keep it."""
    names = ("week", "day", "q", "offering", "host", "format")
    return {name: request.args[name] for name in names if request.args.get(name) and name not in leave}


def _links(slug: str, span: Span) -> dict[str, str]:
    to = _addresses(slug, **_kept("week", "day"))
    return {
        "before": to(week=span.week - timedelta(days=7)),
        "after": to(week=span.week + timedelta(days=7)),
        "all_days": to(week=span.week),
        "no_filters": _addresses(slug)(week=span.week),
    }


def _addresses(slug: str, **kept: str) -> Callable[..., str]:
    """Makes addresses of the schedule that differ in their dates: a page has a dozen, and builds the path once."""
    path = url_for("book.organization", slug=slug)
    return lambda **dates: f"{path}?{urlencode({name: day.isoformat() for name, day in dates.items()} | kept)}"


def _strip(slug: str, span: Span, now: datetime) -> list[dict[str, Any]]:
    """The days of the week as links."""
    to, today = _addresses(slug, **_kept("week", "day")), local(now, span.timezone).date()
    days = [span.week + timedelta(days=number) for number in range(7)]
    return [
        {
            "date": day,
            "href": to(week=span.week, day=day),
            "current": day == span.day,
            "today": day == today,
        }
        for day in days
    ]


def _rows(found: Organization, span: Span, filters: Filters) -> list[tuple[date, AnyRow]]:
    """The sessions of these days, each with its day on the clock that leads there: a place's own may be on another day
    than the visitor's."""
    around = timedelta() if span.timezone == found.timezone else timedelta(days=1)
    rows = public.schedule(
        organization_id=found.id, first=span.first - around, last=span.last + around, now=clock.now(), filters=filters
    )
    first, after = span.day or span.week, (span.day or span.week + timedelta(days=6)) + timedelta(days=1)
    dated = [(local(row.scheduled_at, when_of(row, span.timezone).leading).date(), row) for row in rows]
    return [(day, row) for day, row in dated if not around or first <= day < after]


def _by_day(rows: Sequence[tuple[date, AnyRow]]) -> list[tuple[date, list[AnyRow]]]:
    days: dict[date, list[AnyRow]] = {}
    for day, row in rows:
        days.setdefault(day, []).append(row)
    return sorted(days.items())


def _later(found: Organization, span: Span, filters: Filters) -> dict[str, Any] | None:
    """Where the next session is, to be led to from an empty week."""
    start = public.next_start(organization_id=found.id, after=max(span.last, clock.now()), filters=filters)
    if start is None:
        return None
    day = local(start, span.timezone).date()
    href = url_for("book.organization", slug=found.slug, week=day.isoformat(), **_kept("week", "day"))
    return {"day": day, "href": href}
