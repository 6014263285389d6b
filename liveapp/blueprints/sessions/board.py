"""All sessions: a list that pages by key, with filters and search, and a week."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Response, request, url_for

from liveapp.blueprints.sessions import blueprint
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.live_sessions import queries
from liveapp.domain.live_sessions.models import STATUSES
from liveapp.domain.live_sessions.queries import Cursor, Filters
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.texts import cleaned
from liveapp.web import auth, clock
from liveapp.web.arguments import day_from, id_from
from liveapp.web.filters import local
from liveapp.web.htmx import swap
from liveapp.web.week import week_of

KEPT = ("when", "status", "host", "offering", "location", "from", "to", "q")


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    auth.staff(organization.id)
    filters = _filters(organization)
    found = queries.calendar_sessions(
        organization_id=organization.id, filters=filters, now=clock.now(), cursor=_cursor()
    )
    kept = {name: request.args[name] for name in KEPT if request.args.get(name)}
    return swap(
        "sessions/_list.html",
        "sessions/index.html",
        page=found,
        filters=filters,
        kept=kept,
        is_filtered=any(name != "when" for name in kept),
        before_href=_href(kept, found.before),
        after_href=_href(kept, found.after),
        **_choices(organization),
    )


@blueprint.get("/calendar")
def calendar() -> Response:
    organization = auth.current_organization()
    auth.staff(organization.id)
    today = local(clock.now(), organization.timezone).date()
    first = _week_start(day_from(request.args.get("week")) or today, organization.week_start)
    rows = queries.between(
        organization_id=organization.id,
        first=resolve_local(first, time(), organization.timezone),
        last=resolve_local(first + timedelta(days=7), time(), organization.timezone),
    )
    return swap(
        "sessions/_week.html",
        "sessions/calendar.html",
        week=week_of(rows, first=first, today=today, timezone=organization.timezone),
        rows=rows,
        first=first,
        last=first + timedelta(days=6),
        before_href=url_for("sessions.calendar", week=first - timedelta(days=7)),
        after_href=url_for("sessions.calendar", week=first + timedelta(days=7)),
    )


def _filters(organization: Organization) -> Filters:
    status = request.args.get("status", "")
    first, last = day_from(request.args.get("from")), day_from(request.args.get("to"))
    return Filters(
        is_past=request.args.get("when") == "past",
        status=status if status in STATUSES else "",
        host_id=id_from(request.args.get("host")),
        offering_id=id_from(request.args.get("offering")),
        location_id=id_from(request.args.get("location")),
        first=resolve_local(first, time(), organization.timezone) if first else None,
        last=resolve_local(last + timedelta(days=1), time(), organization.timezone) if last else None,
        search=cleaned(request.args.get("q", ""))[:100],
    )


def _choices(organization: Organization) -> dict[str, Any]:
    hosts = accounts.hosts(organization_id=organization.id)
    offerings = queries.offerings(organization_id=organization.id)
    locations = queries.locations(organization_id=organization.id)
    return {
        "statuses": [("", "Any status"), *((status, status.capitalize()) for status in STATUSES)],
        "hosts": [("", "Any host"), *((row.user_id, row.name) for row in hosts)],
        "offerings": [("", "Any offering"), *((each.id, each.title) for each in offerings)],
        "locations": [("", "Anywhere"), *((row.id, row.name) for row in locations)],
    }


def _href(kept: dict[str, str], cursor: Cursor | None) -> str:
    if cursor is None:
        return ""
    name = "before" if cursor.backwards else "after"
    place = f"{cursor.scheduled_at.isoformat()}~{cursor.session_id.hex}"
    values: dict[str, Any] = kept | {name: place}
    return url_for("sessions.index", **values)


def _cursor() -> Cursor | None:
    """The place in the list that the address names; an address that can't be read is the list's beginning."""
    backwards = "before" in request.args
    moment, _, key = request.args.get("before" if backwards else "after", "").partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return Cursor(at.astimezone(UTC), uuid.UUID(hex=key), backwards) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _week_start(day: date, week_start: int) -> date:
    return day - timedelta(days=(day.weekday() - week_start) % 7)
