"""Who is expected at a session and who came, as the check-in desk and the roster show it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import User
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.attendance.queries import EXPECTED
from liveapp.domain.bookings.access import readable
from liveapp.domain.bookings.models import Booking
from liveapp.rules.lifecycle import HOLDING

SHOWN = (*HOLDING, "waitlisted")
"""Whoever has a place, pays for one, or waits for one may stand at the door."""


class Pulse(NamedTuple):
    """What changes when anything at the door does: how many are expected, how many are there besides (they wait, or
    pay), how many are in, and when it was last."""

    expected: int
    others: int
    came: int
    records: int
    booked_at: datetime | None
    changed_at: datetime | None

    @property
    def version(self) -> str:
        """A word that is another one after every change."""
        return "-".join(str(part) for part in self)


def pulse(*, session_id: uuid.UUID) -> Pulse:
    """How the door stands, in one query that the size of the session hardly matters to."""
    is_expected = Booking.status.in_(EXPECTED)
    query = (
        select(
            func.count().filter(is_expected),
            func.count().filter(~is_expected),
            func.count().filter(or_(Booking.checked_in_at.is_not(None), Booking.status == "attended")),
            func.count(AttendanceRecord.id),
            func.max(Booking.created_at),
            func.max(AttendanceRecord.changed_at),
        )
        .select_from(Booking)
        .outerjoin(AttendanceRecord, AttendanceRecord.booking_id == Booking.id)
        .where(Booking.session_id == session_id, Booking.status.in_(SHOWN))
    )
    return Pulse(*db.session.execute(query).one())


def people(*, session_id: uuid.UUID, names_only: bool = False) -> Sequence[AnyRow]:
    """Everybody who may stand at the door, by name, who waits for a place last: columns of `_people`."""
    return db.session.execute(_people(names_only).where(Booking.session_id == session_id)).all()


def changed_since(*, session_id: uuid.UUID, since: datetime, names_only: bool = False) -> Sequence[AnyRow]:
    """Those about whom something was written down since then: columns of `_people`."""
    query = _people(names_only).where(Booking.session_id == session_id, AttendanceRecord.changed_at >= since)
    return db.session.execute(query).all()


def person(*, booking_id: uuid.UUID, names_only: bool = False) -> AnyRow | None:
    """One of them: columns of `_people`; None for a booking that ended."""
    return db.session.execute(_people(names_only).where(Booking.id == booking_id)).one_or_none()


def _people(names_only: bool) -> Select[*tuple[Any, ...]]:
    """Columns: id, session_id, user_id, name, email, status, staff_note, checked_in_at, checked_in_how; record (its
    status), left_at, duration_seconds, is_unverified, reason, recorder (who wrote it). `names_only`: without address,
    note and reason."""
    recorder = aliased(User)
    return (
        select(
            Booking.id,
            Booking.session_id,
            Booking.user_id,
            Booking.name,
            readable(User.email, names_only=names_only),
            Booking.status,
            readable(Booking.staff_note, names_only=names_only),
            Booking.checked_in_at,
            Booking.checked_in_how,
            AttendanceRecord.status.label("record"),
            AttendanceRecord.left_at,
            AttendanceRecord.duration_seconds,
            AttendanceRecord.is_unverified,
            readable(AttendanceRecord.reason, names_only=names_only),
            recorder.name.label("recorder"),
        )
        .join(User, User.id == Booking.user_id)
        .outerjoin(AttendanceRecord, AttendanceRecord.booking_id == Booking.id)
        .outerjoin(recorder, recorder.id == AttendanceRecord.recorded_by)
        .where(Booking.status.in_(SHOWN))
        .order_by(Booking.status == "waitlisted", func.lower(Booking.name), Booking.id)
    )
