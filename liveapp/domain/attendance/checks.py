"""I10, what must hold of attendance at every moment, as a query that finds what doesn't."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.bookings.models import Booking
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.attendance import CAME, closes_at

STALE = timedelta(minutes=15)
STATUSES = {"confirmed": ("present", "late", "excused"), "attended": CAME, "no_show": ("absent", "excused")}
"""Which records go with a booking that holds a place."""


def attendance(now: datetime) -> Iterator[str]:
    """I10: one record a booking, only for one that was confirmed, and it says what the booking says; a closed session
    has said something of everybody, and none is left open long after its time."""
    yield from _records(now)
    yield from _left_open(now)
    unsaid = (
        select(Booking.id)
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .outerjoin(AttendanceRecord, AttendanceRecord.booking_id == Booking.id)
        .where(LiveSession.closed_at.is_not(None), Booking.status.in_(tuple(STATUSES)))
        .where(or_(AttendanceRecord.id.is_(None), Booking.status == "confirmed"))
    )
    for key in db.session.execute(unsaid).scalars():
        yield f"booking {key} is of a closed session, and nobody knows whether they came"


def _records(now: datetime) -> Iterator[str]:
    query = (
        select(
            Booking.id, Booking.status, Booking.confirmed_at, Booking.checked_in_at, Booking.cancelled_at,
            Booking.session_id, AttendanceRecord.session_id.label("recorded_for"),
            AttendanceRecord.status.label("said"), AttendanceRecord.user_id, Booking.user_id.label("holder_id"),
        )
        .join(Booking, Booking.id == AttendanceRecord.booking_id)
    )  # fmt: skip
    for row in db.session.execute(query):
        if row.confirmed_at is None:
            yield f"booking {row.id} was never confirmed, and has a record of attendance"
        if (row.session_id, row.holder_id) != (row.recorded_for, row.user_id):
            yield f"the attendance of booking {row.id} is recorded for another session or person"
        if row.status == "cancelled" and row.cancelled_at > now - STALE:
            continue
        if row.said not in STATUSES.get(row.status, ()):
            yield f"booking {row.id} is {row.status}, and its attendance says {row.said}"
        if row.checked_in_at is not None and row.said not in CAME:
            yield f"booking {row.id} is checked in, and its attendance says {row.said}"
    came = select(Booking.id).outerjoin(AttendanceRecord, AttendanceRecord.booking_id == Booking.id)
    lost = came.where(Booking.checked_in_at.is_not(None), AttendanceRecord.id.is_(None))
    for key in db.session.execute(lost).scalars():
        yield f"booking {key} is checked in without a record of attendance"
    doubled = select(AttendanceRecord.booking_id).group_by(AttendanceRecord.booking_id).having(func.count() > 1)
    for key in db.session.execute(doubled).scalars():
        yield f"booking {key} has more than one record of attendance"


def _left_open(now: datetime) -> Iterator[str]:
    query = (
        select(LiveSession.id, LiveSession.ends_at, LiveSession.format, Organization.no_show_after_minutes)
        .join(Organization, Organization.id == LiveSession.organization_id)
        .where(LiveSession.status == "ended", LiveSession.closed_at.is_(None), LiveSession.ends_at < now - STALE)
    )
    for row in db.session.execute(query):
        minutes = row.no_show_after_minutes
        if closes_at(row.ends_at, is_online=row.format == "online", no_show_after_minutes=minutes) < now - STALE:
            yield f"session {row.id} is over, and nobody wrote down who came"
