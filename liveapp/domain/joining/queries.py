"""Reading what the way to an online session depends on: for who holds a booking, and for staff."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization, User
from liveapp.domain.bookings.models import Booking
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.video.links import LIVE
from liveapp.domain.video.models import SessionLink, VideoConnection
from liveapp.rules.joining import Door, Session, door, door_of_session
from liveapp.rules.video import CONNECTED, provider_of

Host = aliased(User)


def ticket(*, booking_id: uuid.UUID) -> AnyRow:
    """A booking and the way to its session. Raises NotFound.

    Columns: those of `place`; id, status, link_nonce, user_id, name, email, timezone (of the booking).
    """
    own = (
        Booking.id, Booking.status, Booking.link_nonce, Booking.user_id, Booking.name, Booking.timezone, User.email,
    )  # fmt: skip
    query = (
        _places()
        .add_columns(*own)
        .join(Booking, Booking.session_id == LiveSession.id)
        .join(User, User.id == Booking.user_id)
        .where(Booking.id == booking_id)
    )
    return _one(query)


def place(*, session_id: uuid.UUID) -> AnyRow:
    """The way to a session. Raises NotFound.

    Columns: session_id, organization_id, title, type, format, session_status, scheduled_at, ends_at, ended_at,
    duration_minutes, meeting_provider, meeting_url, room, host_id, host_name, host_joined_at, join_opened_at,
    join_window_minutes, link_state, link_provider, link_url, link_error; connection_status (of the host's account where
    the session's provider makes the link).
    """
    return _one(_places().where(LiveSession.id == session_id))


def session_of(row: AnyRow) -> Session:
    """The session as the rules ask for it."""
    return Session(
        status=row.session_status,
        format=row.format,
        starts_at=row.scheduled_at,
        ends_at=row.ends_at,
        window_minutes=row.join_window_minutes,
        opened_at=row.join_opened_at,
        ended_at=row.ended_at,
        has_address=_has_address(row),
        has_account=is_connected(row),
    )


def door_for(row: AnyRow, now: datetime) -> Door:
    """How the way stands: of a ticket for who holds it, of a place for whoever is let in."""
    session = session_of(row)
    return door(row.status, session, now) if "status" in row._mapping else door_of_session(session, now)


def provider_in(row: AnyRow) -> str | None:
    """By which provider the session takes place."""
    return provider_of(row.format, row.meeting_provider, row.meeting_url)


def is_connected(row: AnyRow) -> bool:
    """Whether a link can be made: the host's account is connected, or the session's provider needs none."""
    return provider_in(row) not in CONNECTED or row.connection_status == "connected"


def _has_address(row: AnyRow) -> bool:
    provider = provider_in(row)
    return provider in ("url", "jitsi") or (row.link_state == "made" and row.link_provider == provider)


def _places() -> Select[*tuple[Any, ...]]:
    return (
        select(
            LiveSession.id.label("session_id"),
            LiveSession.organization_id,
            LiveSession.title,
            LiveSession.type,
            LiveSession.format,
            LiveSession.status.label("session_status"),
            LiveSession.scheduled_at,
            LiveSession.ends_at,
            LiveSession.ended_at,
            LiveSession.duration_minutes,
            LiveSession.meeting_provider,
            LiveSession.meeting_url,
            LiveSession.room,
            LiveSession.host_id,
            LiveSession.host_joined_at,
            LiveSession.join_opened_at,
            Host.name.label("host_name"),
            Organization.join_window_minutes,
            SessionLink.state.label("link_state"),
            SessionLink.provider.label("link_provider"),
            SessionLink.join_url.label("link_url"),
            SessionLink.last_error.label("link_error"),
            VideoConnection.status.label("connection_status"),
        )
        .join(Host, Host.id == LiveSession.host_id)
        .join(Organization, Organization.id == LiveSession.organization_id)
        .outerjoin(SessionLink, (SessionLink.session_id == LiveSession.id) & SessionLink.state.in_(LIVE))
        .outerjoin(
            VideoConnection,
            (VideoConnection.organization_id == LiveSession.organization_id)
            & (VideoConnection.user_id == LiveSession.host_id)
            & (VideoConnection.provider == LiveSession.meeting_provider),
        )
        .where(LiveSession.deleted_at.is_(None))
    )


def _one(query: Select[*tuple[Any, ...]]) -> AnyRow:
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row
