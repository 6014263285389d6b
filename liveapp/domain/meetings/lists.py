"""Reading meetings: those to come, those behind, and requests that wait for an answer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import User
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Location
from liveapp.domain.live_sessions.models import LiveSession

PAGE = 30
_LONGEST = timedelta(days=1)  # no meeting is longer, so one that isn't over began after that
Host = aliased(User)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list: behind the meeting of that time and session, or before it (`backwards`)."""

    at: datetime
    session_id: uuid.UUID
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the list's order, and whether there are more on either side."""

    rows: Sequence[AnyRow]
    has_earlier: bool
    has_more: bool


def upcoming(*, organization_id: uuid.UUID, host_id: uuid.UUID | None, now: datetime, place: Place | None) -> Page:
    """Meetings that aren't over, next first; cancelled ones stay in their place, requests are a list of their own.

    Columns: booking_id, session_id, status, name, message, suggested_topic, title, scheduled_at, duration_minutes,
    format, host_id, host_name, location_name, expires_at, proposed_at, cancel_reason, answer.
    """
    query = _of(organization_id, host_id).where(
        LiveSession.scheduled_at > now - _LONGEST,
        LiveSession.ends_at > now,
        Booking.status.in_(("confirmed", "attended", "no_show", "cancelled")),
    )
    return _paged(query, place, newest_first=False)


def past(*, organization_id: uuid.UUID, host_id: uuid.UUID | None, now: datetime, place: Place | None) -> Page:
    """Meetings that are over, and requests that came to nothing, last first. Columns as `upcoming`."""
    query = _of(organization_id, host_id).where(LiveSession.ends_at <= now, Booking.status != "requested")
    return _paged(query, place, newest_first=True)


def requests(*, organization_id: uuid.UUID, host_id: uuid.UUID | None, place: Place | None) -> Page:
    """Requests that nobody answered yet, by the time asked for. Columns as `upcoming`."""
    query = _of(organization_id, host_id).where(Booking.status == "requested")
    return _paged(query, place, newest_first=False)


def number_of_requests(*, organization_id: uuid.UUID, host_id: uuid.UUID | None) -> int:
    """How many requests wait for an answer."""
    query = (
        select(func.count())
        .select_from(Booking)
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(Booking.organization_id == organization_id, Booking.status == "requested", LiveSession.type == "meeting")
    )
    if host_id is not None:
        query = query.where(LiveSession.host_id == host_id)
    return int(db.session.execute(query).scalar_one())


def _of(organization_id: uuid.UUID, host_id: uuid.UUID | None) -> Any:
    query = (
        select(
            Booking.id.label("booking_id"),
            LiveSession.id.label("session_id"),
            Booking.status,
            Booking.name,
            Booking.message,
            Booking.suggested_topic,
            Booking.expires_at,
            Booking.proposed_at,
            Booking.cancel_reason,
            Booking.answer,
            LiveSession.title,
            LiveSession.scheduled_at,
            LiveSession.duration_minutes,
            LiveSession.format,
            LiveSession.host_id,
            Host.name.label("host_name"),
            Location.name.label("location_name"),
        )
        .select_from(LiveSession)
        .join(Booking, Booking.session_id == LiveSession.id)
        .join(Host, Host.id == LiveSession.host_id)
        .outerjoin(Location, Location.id == LiveSession.location_id)
        .where(LiveSession.organization_id == organization_id, LiveSession.type == "meeting")
    )
    return query if host_id is None else query.where(LiveSession.host_id == host_id)


def _paged(query: Any, place: Place | None, *, newest_first: bool) -> Page:
    """One page by key: (scheduled_at, session id), read from the other side when it goes backwards."""
    backwards = place is not None and place.backwards
    descending = newest_first != backwards
    if place is not None:
        query = query.where(_beyond(place, descending=descending))
    keys = (LiveSession.scheduled_at, LiveSession.id)
    query = query.order_by(*(key.desc() if descending else key.asc() for key in keys)).limit(PAGE + 1)
    found = list(db.session.execute(query).all())
    more = len(found) > PAGE
    rows = found[:PAGE]
    if backwards:
        return Page(rows[::-1], has_earlier=more, has_more=True)
    return Page(rows, has_earlier=place is not None, has_more=more)


def _beyond(place: Place, *, descending: bool) -> Any:
    if descending:
        return or_(
            LiveSession.scheduled_at < place.at,
            and_(LiveSession.scheduled_at == place.at, LiveSession.id < place.session_id),
        )
    return or_(
        LiveSession.scheduled_at > place.at,
        and_(LiveSession.scheduled_at == place.at, LiveSession.id > place.session_id),
    )
