"""Writing what is known of somebody's coming, at the end of the transaction: few statements, in one trip."""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Delete, Update, bindparam, delete, update

from liveapp.db import AnyRow, inserting, table, write_last
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.bookings.models import Booking
from liveapp.rules.attendance import Status

BLANK: dict[str, Any] = {
    "joined_at": None,
    "left_at": None,
    "duration_seconds": 0,
    "recorded_by": None,
    "reason": "",
    "is_unverified": False,
    "device_at": None,
}


def write(row: AnyRow, status: Status, now: datetime, **values: Any) -> None:
    """The booking's one record, new or in the place of what was known before. `row`: of `access.guest`, or of closing;
    its `record_id` is empty where there is none."""
    said = BLANK | values | {"status": status.value, "changed_at": now}
    if row.record_id is not None:
        write_last(_changing(), said | {"changing": row.record_id})
        return
    of = {"organization_id": row.organization_id, "session_id": row.session_id, "booking_id": row.id}
    write_last(inserting(AttendanceRecord), said | of | {"id": uuid.uuid4(), "user_id": row.user_id})


def leave(row: AnyRow, left_at: datetime | None, seconds: int, now: datetime) -> None:
    """When they were gone (None: not before the end), and for how long they were there. `row`: with its joined_at."""
    if left_at is not None:
        left_at = max(left_at, row.joined_at) if row.joined_at else None
    write_last(_leaving(), {"gone": row.record_id, "left_at": left_at, "duration_seconds": seconds, "changed_at": now})


def forget(row: AnyRow) -> None:
    """Takes the record away, as if nothing had been known; the audit log keeps it."""
    write_last(_forgetting(), {"forgotten": row.record_id})


def say_came(row: AnyRow, at: datetime | None, how: str | None) -> None:
    """When and how the booking's person came in; None: they didn't."""
    write_last(_coming(), {"came": row.id, "checked_in_at": at, "checked_in_how": how})


@cache
def _coming() -> Update:
    bookings = table(Booking)
    said: dict[str, Any] = {name: bindparam(name) for name in ("checked_in_at", "checked_in_how")}
    return update(bookings).where(bookings.c.id == bindparam("came")).values(**said, revision=bookings.c.revision + 1)


@cache
def _changing() -> Update:
    records = table(AttendanceRecord)
    names = (*BLANK, "status", "changed_at")
    return update(records).where(records.c.id == bindparam("changing")).values({n: bindparam(n) for n in names})


@cache
def _leaving() -> Update:
    records = table(AttendanceRecord)
    names = ("left_at", "duration_seconds", "changed_at")
    return update(records).where(records.c.id == bindparam("gone")).values({n: bindparam(n) for n in names})


@cache
def _forgetting() -> Delete:
    records = table(AttendanceRecord)
    return delete(records).where(records.c.id == bindparam("forgotten"))
