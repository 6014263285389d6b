"""All sessions: a list that pages by key, with filters and search, and a week."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import Response, request, url_for

from liveapp.blueprints.sessions import blueprint
from liveapp.domain.accounts.models import Organization
from liveapp.domain.live_sessions import queries
from liveapp.domain.live_sessions.queries import Cursor, Filters
from liveapp.rules.bulk import MOST
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.roles import Right, may
from liveapp.rules.zones import week_around
from liveapp.web import auth, clock
from liveapp.web.arguments import day_from
from liveapp.web.bulk_words import WORDS
from liveapp.web.filters import local
from liveapp.web.htmx import swap
from liveapp.web.session_filters import choices_of, filters_from, kept_from
from liveapp.web.week import week_of


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    actor = auth.staff(organization.id)
    filters, now = filters_from(request.args, organization), clock.now()
    found = queries.calendar_sessions(organization_id=organization.id, filters=filters, now=now, cursor=_cursor())
    kept = kept_from(request.args)
    may_bulk = may(actor.role, Right.BULK) and bool(found.rows)
    return swap(
        "sessions/_list.html",
        "sessions/index.html",
        page=found,
        filters=filters,
        kept=kept,
        is_filtered=any(name != "when" for name in kept),
        before_href=_href(kept, found.before),
        after_href=_href(kept, found.after),
        matching=_matching(organization, filters, now) if may_bulk else 0,
        most=MOST,
        verbs=WORDS,
        **choices_of(organization),
    )


@blueprint.get("/calendar")
def calendar() -> Response:
    organization = auth.current_organization()
    auth.staff(organization.id)
    today = local(clock.now(), organization.timezone).date()
    first = week_around(day_from(request.args.get("week")) or today, organization.week_start)[0]
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


def _matching(organization: Organization, filters: Filters, now: datetime) -> int:
    """How many sessions match in all; one more than can be changed at once stands for any number above."""
    return queries.count_chosen(organization_id=organization.id, filters=filters, now=now, most=MOST + 1)


def _href(kept: dict[str, Any], cursor: Cursor | None) -> str:
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
