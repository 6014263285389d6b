"""A person's own bookings, over all organizations."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, func, not_, select, tuple_
from sqlalchemy.orm import aliased

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization, User
from liveapp.domain.bookings.models import LIVE, Booking
from liveapp.domain.bookings.queries import place_in_line
from liveapp.domain.catalogue.models import Location
from liveapp.domain.live_sessions.models import LiveSession

PAGE = 20
AnySelect: TypeAlias = Select[*tuple[Any, ...]]
Host = aliased(User)


CAME_TO_NOTHING = ("cancelled", "declined", "expired")


class Kind(StrEnum):
    """Which of a person's bookings. The value is what the address says."""

    UPCOMING = "upcoming"
    PAST = "past"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ends: the start and the id of its last booking."""

    scheduled_at: datetime
    booking_id: uuid.UUID


def own_bookings(
    *, user_id: uuid.UUID, kind: Kind, after: Position | None, now: datetime
) -> tuple[Sequence[AnyRow], Position | None]:
    """One page of the person's bookings, and where the next begins if there is one.

    Upcoming ones (booked, requested or waiting, and not over) the soonest first, all others the latest first: those
    that are over, and those that came to nothing.
    Columns: id, status, title, type, format, scheduled_at, ends_at, duration_minutes, timezone (of the booking),
    session_timezone, focus_area, host_name, organization_name, location_name, place_in_line (of a waiting booking; 1 is
    next), expires_at, link_nonce; checked_in_at, checked_in_how, session_status, check_in_opens_minutes.
    """
    query = (
        select(
            Booking.id,
            Booking.status,
            Booking.timezone,
            place_in_line(),
            Booking.expires_at,
            Booking.link_nonce,
            Booking.checked_in_at,
            Booking.checked_in_how,
            Organization.check_in_opens_minutes,
            LiveSession.status.label("session_status"),
            LiveSession.ends_at,
            LiveSession.title,
            LiveSession.type,
            LiveSession.format,
            LiveSession.scheduled_at,
            LiveSession.timezone.label("session_timezone"),
            LiveSession.duration_minutes,
            LiveSession.focus_area,
            Host.name.label("host_name"),
            Organization.name.label("organization_name"),
            Location.name.label("location_name"),
        )
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .join(Host, Host.id == LiveSession.host_id)
        .join(Organization, Organization.id == Booking.organization_id)
        .outerjoin(Location, Location.id == LiveSession.location_id)
        .where(Booking.user_id == user_id)
    )
    rows = db.session.execute(_ordered(query, kind, after, now).limit(PAGE + 1)).all()
    if len(rows) <= PAGE:
        return rows, None
    last = rows[PAGE - 1]
    return rows[:PAGE], Position(last.scheduled_at, last.id)


def own_places(*, user_id: uuid.UUID, session_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """In which of these sessions the person has a booking that stands, and its status."""
    query = select(Booking.session_id, Booking.status).where(
        Booking.user_id == user_id, Booking.session_id.in_(session_ids), Booking.status.in_(LIVE)
    )
    return {row.session_id: row.status for row in db.session.execute(query)} if session_ids else {}


def own_counts(*, user_id: uuid.UUID, now: datetime) -> dict[str, int]:
    """How many bookings there are of each kind."""
    query = (
        select(*(func.count().filter(_is(kind, now)).label(kind) for kind in Kind))
        .select_from(Booking)
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(Booking.user_id == user_id)
    )
    return dict(db.session.execute(query).one()._mapping)


def _is(kind: Kind, now: datetime) -> ColumnElement[bool]:
    upcoming = and_(LiveSession.ends_at > now, Booking.status.in_(LIVE))
    if kind is Kind.UPCOMING:
        return upcoming
    came_to_nothing = Booking.status.in_(CAME_TO_NOTHING)
    return came_to_nothing if kind is Kind.CANCELLED else and_(not_(upcoming), not_(came_to_nothing))


def _ordered(
    query: Select[*tuple[object, ...]], kind: Kind, after: Position | None, now: datetime
) -> Select[*tuple[object, ...]]:
    key, is_ahead = tuple_(LiveSession.scheduled_at, Booking.id), kind is Kind.UPCOMING
    if after:
        edge = tuple_(after.scheduled_at, after.booking_id)
        query = query.where(key > edge if is_ahead else key < edge)
    if is_ahead:
        return query.where(_is(kind, now)).order_by(LiveSession.scheduled_at, Booking.id)
    return query.where(_is(kind, now)).order_by(LiveSession.scheduled_at.desc(), Booking.id.desc())
