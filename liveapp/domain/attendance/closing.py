"""Closing a session: by the clock, everybody who came has attended, and whoever didn't is a no-show."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import system
from liveapp.domain.attendance import outcomes, presence, records
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.bookings.history import record
from liveapp.domain.bookings.models import Booking
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules import attendance
from liveapp.rules.attendance import CAME, Status

MOST = 1000


def due(*, now: datetime) -> Sequence[AnyRow]:
    """Sessions that the clock has to close: id; the longest overdue first."""
    query = (
        select(LiveSession.id, LiveSession.ends_at, LiveSession.format, Organization.no_show_after_minutes)
        .join(Organization, Organization.id == LiveSession.organization_id)
        .where(LiveSession.status == "ended", LiveSession.closed_at.is_(None), LiveSession.ends_at <= now)
        .order_by(LiveSession.ends_at, LiveSession.id)
    )
    return [row for row in db.session.execute(query.limit(MOST)).all() if _closes_at(row) <= now]


def close(*, session_id: uuid.UUID, now: datetime) -> int:
    """What becomes of every booking of the session that holds a place. Returns how many it settled; closed already, or
    not over yet, nothing. Take the session's turn."""
    session = _to_close(session_id)
    if session is None or _closes_at(session) > now:
        return 0
    db.session.execute(update(LiveSession).where(LiveSession.id == session_id).values(closed_at=now))
    rows = _bookings(session_id)
    is_meeting = session.type == "meeting"
    found = [(row, *attendance.closing(row.record_status, is_meeting=is_meeting)) for row in rows]
    for verb, is_excused in (("attend", False), ("mark_no_show", False), ("mark_no_show", True)):
        fates = [row for row, does, status in found if does == verb and (status is Status.EXCUSED) is is_excused]
        outcomes.settle_each([row for row in fates if row.status == "confirmed"], verb, now, is_excused=is_excused)
    until = min(session.ended_at or session.ends_at, session.ends_at)
    _write_records(session, [(row, status) for row, _, status in found], until, now)
    for row, verb, status in found:
        if row.status == "confirmed":
            after = "attended" if verb == "attend" else "no_show"
            record(
                system(session.organization_id), row.id, "attend" if verb == "attend" else "miss", now,
                before={"status": row.status}, after={"status": after, "attendance": status.value},
            )  # fmt: skip
    return len(rows)


def forget_cancelled(*, session_id: uuid.UUID) -> None:
    """Who was checked in to a session that didn't take place, or gave the place up when they were in, wasn't there.
    Take the session's turn."""
    standing = select(Booking.id).where(Booking.session_id == session_id, Booking.status != "cancelled")
    db.session.execute(
        delete(AttendanceRecord)
        .where(AttendanceRecord.session_id == session_id, AttendanceRecord.booking_id.not_in(standing))
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Booking)
        .where(Booking.session_id == session_id, Booking.status == "cancelled", Booking.checked_in_at.is_not(None))
        .values(checked_in_at=None, checked_in_how=None, revision=Booking.revision + 1)
        .execution_options(synchronize_session=False)
    )


def _write_records(session: AnyRow, found: Sequence[tuple[AnyRow, Status]], until: datetime, now: datetime) -> None:
    """Whoever came and didn't say that they left was there until the end; of all others it is written what they are."""
    told = presence.told_of(session.id, until) if session.format == "online" else {}
    for row, status in found:
        if row.status == "no_show":
            records.write(row, Status.ABSENT, now)
        elif row.record_id is None:
            records.write(row, status, now)
        elif status in CAME and row.id in told:
            records.leave(row, told[row.id].left_at, told[row.id].seconds, now)
        elif status in CAME and row.left_at is None and row.joined_at is not None:
            records.leave(row, None, max(0, int((until - row.joined_at).total_seconds())), now)


def _closes_at(session: AnyRow) -> datetime:
    return attendance.closes_at(
        session.ends_at,
        is_online=session.format == "online",
        no_show_after_minutes=session.no_show_after_minutes,
    )


def _to_close(session_id: uuid.UUID) -> AnyRow | None:
    query = (
        select(*LiveSession.__table__.columns, Organization.no_show_after_minutes)
        .join(Organization, Organization.id == LiveSession.organization_id)
        .where(LiveSession.id == session_id, LiveSession.status == "ended", LiveSession.closed_at.is_(None))
    )
    return db.session.execute(query).one_or_none()


def _bookings(session_id: uuid.UUID) -> Sequence[AnyRow]:
    """The bookings that something has to be said of: those that still stand, and no-shows that a host marked."""
    query = (
        select(
            Booking.id, Booking.organization_id, Booking.session_id, Booking.user_id, Booking.status, Booking.paid_by,
            Booking.no_show_fee_minor, Booking.no_show_fee_percent, Booking.credit_extension_days,
            AttendanceRecord.id.label("record_id"), AttendanceRecord.status.label("record_status"),
            AttendanceRecord.joined_at, AttendanceRecord.left_at,
        )
        .outerjoin(AttendanceRecord, AttendanceRecord.booking_id == Booking.id)
        .where(
            Booking.session_id == session_id,
            or_(Booking.status == "confirmed", (Booking.status == "no_show") & AttendanceRecord.id.is_(None)),
        )
        .order_by(Booking.created_at, Booking.id)
    )  # fmt: skip
    return db.session.execute(query).all()
