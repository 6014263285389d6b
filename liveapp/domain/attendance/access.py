"""One booking as it is checked in: whose it is, how it stands, what is written down of it; and who may change that."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from liveapp.db import AnyRow, db, table
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.bookings import access
from liveapp.domain.bookings.models import Booking
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.checkin import Entry
from liveapp.rules.roles import Right, may
from liveapp.rules.wording import Say, moment_in_words, time_in_words


@dataclass(frozen=True, slots=True)
class Guest:
    """A row of `_entries`, as the rules ask for it, and how moments are said at the session's place."""

    row: AnyRow

    @property
    def entry(self) -> Entry:
        row = self.row
        return Entry(
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            opens_minutes=row.check_in_opens_minutes,
            session_status=row.session_status,
            booking_status=row.status,
            came_at=row.checked_in_at,
            came_how=row.checked_in_how,
        )

    @property
    def say(self) -> Say:
        timezone = self.row.timezone
        return lambda moment: moment_in_words(moment, timezone)

    @property
    def say_time(self) -> Say:
        timezone = self.row.timezone
        return lambda moment: time_in_words(moment, timezone)


def guest(booking_id: uuid.UUID, actor: Actor | None = None) -> Guest:
    """The booking, for its holder (`actor` empty) or for staff who check people in. Raises NotFound, Forbidden.

    Columns: id, organization_id, session_id, user_id, name, status, starts_at, ends_at, paid_by, waived_at,
    checked_in_at, checked_in_how, credit_extension_days; session_status, type, format, title, timezone, host_id,
    offering_id, location_id, ended_at, closed_at; check_in_opens_minutes, late_after_minutes; record_id,
    record_status, joined_at, left_at, duration_seconds, recorded_by.
    """
    row = db.session.execute(_entries(), {"booking_id": booking_id}).one_or_none()
    if row is None:
        raise NotFound()
    if actor is not None:
        check_checks_in(row, actor)
    return Guest(row)


def check_checks_in(row: AnyRow, actor: Actor) -> None:
    """Everybody on the staff checks people in to classes; to a meeting its host and who runs the schedule.

    `row`: organization_id, host_id, type. Raises NotFound for people of other organizations, Forbidden.
    """
    if row.organization_id != actor.organization_id:
        raise NotFound()
    if not checks_in(row, actor):
        raise Forbidden()


def checks_in(row: AnyRow, actor: Actor) -> bool:
    """Whether `check_checks_in` lets this staff member of the organization pass."""
    return access.runs_roster(row, actor) if row.type == "meeting" else may(actor.role, Right.CHECK_IN)


@cache
def _entries() -> Select[*tuple[Any, ...]]:
    """Built once, of tables: everybody who comes waits for it."""
    bookings, sessions = table(Booking), table(LiveSession)
    organizations, records = table(Organization), table(AttendanceRecord)
    own = ("id", "organization_id", "session_id", "user_id", "name", "status", "starts_at", "ends_at")
    return (
        select(
            *(bookings.c[name] for name in (*own, "paid_by", "waived_at", "checked_in_at", "checked_in_how")),
            bookings.c.credit_extension_days,
            sessions.c.status.label("session_status"),
            *(sessions.c[name] for name in ("type", "format", "title", "timezone", "host_id", "offering_id")),
            *(sessions.c[name] for name in ("location_id", "ended_at", "closed_at")),
            organizations.c.check_in_opens_minutes,
            organizations.c.late_after_minutes,
            records.c.id.label("record_id"),
            records.c.status.label("record_status"),
            *(records.c[name] for name in ("joined_at", "left_at", "duration_seconds", "recorded_by")),
        )
        .join_from(bookings, sessions, sessions.c.id == bookings.c.session_id)
        .join(organizations, organizations.c.id == bookings.c.organization_id)
        .outerjoin(records, records.c.booking_id == bookings.c.id)
        .where(bookings.c.id == bindparam("booking_id"))
    )
