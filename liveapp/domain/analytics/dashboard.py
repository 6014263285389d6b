"""What the business sees first: five totals, what comes next, what came in last, and what needs a person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import User
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import KINDS
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.payments.models import Payment

DAY = timedelta(days=1)
HELD = ("scheduled", "live", "ended")
CALENDAR = tuple(kind for kind in KINDS if kind != "meeting")


@dataclass(frozen=True, slots=True)
class Totals:
    """Since the beginning: calendar sessions that are planned or were held, those that run now, places held in them
    and in meetings, and meetings."""

    total_sessions: int
    live_sessions: int
    total_participants: int
    total_meetings: int


def totals(*, organization_id: uuid.UUID) -> Totals:
    """Counted in an index, and the places of calendar sessions added up."""
    alive = (LiveSession.organization_id == organization_id, LiveSession.deleted_at.is_(None))
    counts = (
        select(LiveSession.type, LiveSession.status, func.count().label("number"))
        .where(*alive)
        .group_by(LiveSession.type, LiveSession.status)
    )
    places = select(func.coalesce(func.sum(LiveSession.participant_count), 0)).where(
        *alive, LiveSession.type.in_(CALENDAR), LiveSession.status.in_(HELD)
    )
    held = [row for row in db.session.execute(counts) if row.status in HELD]
    meetings = sum(row.number for row in held if row.type == "meeting")
    return Totals(
        total_sessions=sum(row.number for row in held) - meetings,
        live_sessions=sum(row.number for row in held if row.status == "live"),
        total_participants=db.session.execute(places).scalar_one() + meetings,
        total_meetings=meetings,
    )


def revenue(*, organization_id: uuid.UUID, earner_id: uuid.UUID | None = None) -> dict[str, int]:
    """What was paid since the beginning and didn't go back, in minor units of each currency that something was paid in,
    by code: by whom it was earned, or all of it."""
    kept = func.sum(Payment.captured_minor - Payment.claimed_minor)
    query = select(Payment.currency, kept).where(Payment.organization_id == organization_id, Payment.status == "paid")
    if earner_id is not None:
        query = query.where(Payment.earner_id == earner_id)
    rows = db.session.execute(query.group_by(Payment.currency).order_by(Payment.currency))
    return {currency: int(minor) for currency, minor in rows}


def recent_meetings(*, organization_id: uuid.UUID, host_id: uuid.UUID | None, most: int = 5) -> Sequence[AnyRow]:
    """The meetings booked last (with one host, or with everybody): id (of the session), title, scheduled_at,
    duration_minutes, timezone, notes, name, message, status (the booking's), host_name."""
    query = (
        select(
            LiveSession.id,
            LiveSession.title,
            LiveSession.scheduled_at,
            LiveSession.duration_minutes,
            LiveSession.timezone,
            LiveSession.notes,
            Booking.name,
            Booking.message,
            Booking.status,
            User.name.label("host_name"),
        )
        .join(Booking, Booking.session_id == LiveSession.id)
        .join(User, User.id == LiveSession.host_id)
        .where(
            LiveSession.organization_id == organization_id,
            LiveSession.type == "meeting",
            Booking.status != "requested",
        )
        .order_by(LiveSession.created_at.desc(), LiveSession.id)
        .limit(most)
    )
    if host_id is not None:
        query = query.where(LiveSession.host_id == host_id)
    return db.session.execute(query).all()


def pending_requests(*, organization_id: uuid.UUID, host_id: uuid.UUID | None, most: int = 5) -> Sequence[AnyRow]:
    """Requests that wait for an answer (of one host, or of everybody): session_id, name, title, scheduled_at,
    timezone, expires_at; those that expire first come first."""
    query = (
        select(
            LiveSession.id.label("session_id"),
            Booking.name,
            LiveSession.title,
            LiveSession.scheduled_at,
            LiveSession.timezone,
            Booking.expires_at,
        )
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(Booking.organization_id == organization_id, Booking.status == "requested")
        .order_by(Booking.expires_at, Booking.id)
        .limit(most)
    )
    if host_id is not None:
        query = query.where(LiveSession.host_id == host_id)
    return db.session.execute(query).all()
