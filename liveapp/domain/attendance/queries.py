"""Reading attendance: of one session, and of one person's booking."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from liveapp.db import AnyRow, db
from liveapp.domain.attendance import whereabouts
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.bookings.models import Booking
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.attendance import Summary, summary
from liveapp.rules.checkin import Code

EXPECTED = ("confirmed", "attended", "no_show")
"""Bookings whose people are expected to come, or were."""


def attendance_of(*, session_id: uuid.UUID) -> tuple[Summary, Sequence[AnyRow]]:
    """Who is expected at the session and what is known of their coming, in the order in which they booked.

    Columns: those of `records`.
    """
    rows = db.session.execute(_records().where(Booking.session_id == session_id)).all()
    return summary(len(rows), [row.attendance for row in rows if row.attendance]), rows


def record_of(*, booking_id: uuid.UUID) -> AnyRow | None:
    """What is known of one booking's coming, where it is expected: columns as `attendance_of`."""
    return db.session.execute(_records().where(Booking.id == booking_id)).one_or_none()


def own_booking(*, session_id: uuid.UUID, user_id: uuid.UUID) -> uuid.UUID | None:
    """The booking with which somebody would come to the session: the one that stands, else the latest that ended."""
    return _best(Booking.session_id == session_id, Booking.user_id == user_id)


def first_of(*, session_id: uuid.UUID, booking_ids: Sequence[uuid.UUID]) -> uuid.UUID | None:
    """The one of these bookings that is of the session and stands best."""
    return _best(Booking.session_id == session_id, Booking.id.in_(booking_ids))


def can_be_found(session: AnyRow, reach: int) -> bool:
    """Whether a phone's position is of any use at the session. `session`: session_id, format."""
    return whereabouts.answer(session, None, reach).code is not Code.NO_POSITION


def _best(*where: ColumnElement[bool]) -> uuid.UUID | None:
    ended = Booking.status.in_(("cancelled", "declined", "expired"))
    query = select(Booking.id).where(*where).order_by(ended, Booking.created_at.desc(), Booking.id)
    return db.session.execute(query.limit(1)).scalar_one_or_none()


def _records() -> Select[*tuple[Any, ...]]:
    """Columns: booking_id, user_id, name, status (of the booking), checked_in_at, checked_in_how, waived_at; attendance
    (the record's status, empty while nothing is known), joined_at, left_at, duration_seconds, recorded_by, reason,
    is_unverified, device_at, changed_at."""
    record = AttendanceRecord
    return (
        select(
            Booking.id.label("booking_id"), Booking.user_id, Booking.name, Booking.status,
            Booking.checked_in_at, Booking.checked_in_how, Booking.waived_at,
            record.status.label("attendance"), record.joined_at, record.left_at, record.duration_seconds,
            record.recorded_by, record.reason, record.is_unverified, record.device_at, record.changed_at,
        )
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .outerjoin(record, record.booking_id == Booking.id)
        .where(Booking.status.in_(EXPECTED), LiveSession.status != "cancelled")
        .order_by(Booking.created_at, Booking.id)
    )  # fmt: skip
