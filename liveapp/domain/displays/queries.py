"""Reading screens: the list of a business, what some of them show (three queries for any number), and what changed."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Label, Select, func, or_, select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization, User
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.attendance.queries import EXPECTED
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Location
from liveapp.domain.displays.models import Display
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.displays import ARRIVALS, Shown, name_on_screen

AHEAD, BEHIND = timedelta(days=8), timedelta(days=1)
MOST_AHEAD = 8
"""So many sessions of a location are looked at: those that go on, and the next ones."""
MOST_LISTED, MOST_OFFERED = 200, 60
"""So many screens are listed, the newest ones; so many sessions are offered for a new one, the next ones."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A display as a process keeps it: whose it is, what it may show, until when."""

    id: uuid.UUID
    session_id: uuid.UUID | None
    expires_at: datetime
    revoked_at: datetime | None
    organization: str
    timezone: str
    location: str
    sessions: tuple[Shown, ...]

    def is_dark(self, now: datetime) -> bool:
        """Whether the link opens nothing any more."""
        return self.revoked_at is not None or self.expires_at <= now


def organization_of(*, display_id: uuid.UUID) -> uuid.UUID:
    """Whose display it is. Raises NotFound."""
    found = db.session.execute(select(Display.organization_id).where(Display.id == display_id)).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found


def displays(*, organization_id: uuid.UUID) -> Sequence[AnyRow]:
    """The latest screens of the business, the newest first: every column, session_title, scheduled_at, timezone (of the
    session), location_name, author_name."""
    query = (
        select(
            *Display.__table__.columns,
            LiveSession.title.label("session_title"),
            LiveSession.scheduled_at,
            LiveSession.timezone,
            Location.name.label("location_name"),
            User.name.label("author_name"),
        )
        .join(User, User.id == Display.created_by)
        .outerjoin(LiveSession, LiveSession.id == Display.session_id)
        .outerjoin(Location, Location.id == Display.location_id)
        .where(Display.organization_id == organization_id)
        .order_by(Display.created_at.desc(), Display.id)
        .limit(MOST_LISTED)
    )
    return db.session.execute(query).all()


def sessions_to_show(*, organization_id: uuid.UUID, host_id: uuid.UUID | None, now: datetime) -> Sequence[AnyRow]:
    """Sessions of the next days that aren't over, of one host where named: id, title, scheduled_at, timezone."""
    query = (
        select(LiveSession.id, LiveSession.title, LiveSession.scheduled_at, LiveSession.timezone)
        .where(
            LiveSession.organization_id == organization_id,
            LiveSession.scheduled_at.between(now - BEHIND, now + AHEAD),
            *showable(now),
        )
        .order_by(LiveSession.scheduled_at, LiveSession.id)
        .limit(MOST_OFFERED)
    )
    if host_id:
        query = query.where(LiveSession.host_id == host_id)
    return db.session.execute(query).all()


def showable(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Which sessions screens are opened for: published, not over, and no meetings, which are nobody else's business."""
    return (
        LiveSession.ends_at > now,
        LiveSession.status.in_(("scheduled", "live")),
        LiveSession.type != "meeting",
        LiveSession.deleted_at.is_(None),
    )


def changed_since(*, moment: datetime) -> set[uuid.UUID]:
    """The sessions whose attendance was changed since, and the displays that were switched off."""
    sessions = select(AttendanceRecord.session_id).where(AttendanceRecord.changed_at >= moment)
    query = sessions.union(select(Display.id).where(Display.revoked_at >= moment))
    return set(db.session.execute(query).scalars())


def screens(*, display_ids: Collection[uuid.UUID], now: datetime) -> dict[uuid.UUID, Screen]:
    """These displays with what they may show; those that don't exist are left out."""
    rows = db.session.execute(_rows(display_ids)).all()
    found = _sessions(rows, now)
    return {row.id: _screen(row, found) for row in rows}


def _rows(display_ids: Collection[uuid.UUID]) -> Select[*tuple[Any, ...]]:
    shown = func.coalesce(Display.location_id, LiveSession.location_id)
    return (
        select(
            Display.id,
            Display.organization_id,
            Display.session_id,
            shown.label("location_id"),
            Display.expires_at,
            Display.revoked_at,
            Organization.name.label("organization"),
            Organization.timezone,
            Location.name.label("location"),
        )
        .join(Organization, Organization.id == Display.organization_id)
        .outerjoin(LiveSession, LiveSession.id == Display.session_id)
        .outerjoin(Location, Location.id == shown)
        .where(Display.id.in_(sorted(display_ids)))
    )


def _screen(row: AnyRow, found: Mapping[uuid.UUID, Sequence[Shown]]) -> Screen:
    """A session's own screen names the next one at its location, a location's whatever comes there."""
    own = found.get(row.session_id, ()) if row.session_id else ()
    there = [each for each in found.get(row.location_id, ()) if each.id != row.session_id] if row.location_id else []
    sessions = sorted([*own, *there], key=lambda each: (each.starts_at, each.id))
    return Screen(
        row.id, row.session_id, row.expires_at, row.revoked_at, row.organization, row.timezone, row.location or "",
        tuple(sessions),
    )  # fmt: skip


def _sessions(rows: Sequence[AnyRow], now: datetime) -> Mapping[uuid.UUID, Sequence[Shown]]:
    """By id of a session that has a screen of its own, and by location: what goes on there and what comes."""
    own = sorted({row.session_id for row in rows if row.session_id})
    query = (
        select(
            LiveSession.id, LiveSession.location_id, LiveSession.title, LiveSession.status, LiveSession.scheduled_at,
            LiveSession.ends_at, _expected(), User.name.label("host"),
            Organization.check_in_opens_minutes,
        )
        .join(User, User.id == LiveSession.host_id)
        .join(Organization, Organization.id == LiveSession.organization_id)
        .where(LiveSession.deleted_at.is_(None), or_(LiveSession.id.in_(own), LiveSession.id.in_(_next(rows, now))))
    )  # fmt: skip
    shown = [(row.location_id, _shown(row)) for row in db.session.execute(query)]
    came = _came([each.id for _, each in shown if each.opens_at <= now])
    found: dict[uuid.UUID, list[Shown]] = defaultdict(list)
    for location_id, each in shown:
        number_in, names = came.get(each.id, (0, ()))
        with_people = replace(each, came=number_in, arrivals=tuple(names))
        for key in {each.id, location_id} - {None}:
            found[key].append(with_people)
    return found


def _next(rows: Sequence[AnyRow], now: datetime) -> Select[tuple[uuid.UUID]]:
    """At each of these screens' locations: what goes on, and some of what comes."""
    order = (LiveSession.scheduled_at, LiveSession.id)
    number = func.row_number().over(partition_by=LiveSession.location_id, order_by=order).label("number")
    there = (
        select(LiveSession.id, number)
        .where(
            LiveSession.location_id.in_(sorted({row.location_id for row in rows if row.location_id})),
            LiveSession.organization_id.in_(sorted({row.organization_id for row in rows})),
            LiveSession.scheduled_at.between(now - BEHIND, now + AHEAD),
            *showable(now),
        )
        .subquery()
    )
    return select(there.c.id).where(there.c.number <= MOST_AHEAD)


def _expected() -> Label[int]:
    """A column of queries of sessions: how many are to come, as the desk counts them."""
    counted = select(func.count()).where(Booking.session_id == LiveSession.id, Booking.status.in_(EXPECTED))
    return counted.correlate(LiveSession).scalar_subquery().label("expected")


def _shown(row: AnyRow) -> Shown:
    opens_at = row.scheduled_at - timedelta(minutes=row.check_in_opens_minutes)
    return Shown(row.id, row.title, row.host, row.scheduled_at, row.ends_at, opens_at, row.status, row.expected)


def _came(session_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[int, list[str]]]:
    """How many are in, and the names of the last of them as a screen may say them, the latest first."""
    if not session_ids:
        return {}
    of_one = AttendanceRecord.session_id
    latest = (AttendanceRecord.joined_at.desc(), AttendanceRecord.id)
    records = (
        select(
            of_one, AttendanceRecord.booking_id, func.count().over(partition_by=of_one).label("came"),
            func.row_number().over(partition_by=of_one, order_by=latest).label("number"),
        )
        .where(of_one.in_(sorted(session_ids)), AttendanceRecord.status.in_(("present", "late")))
        .subquery()
    )  # fmt: skip
    query = (
        select(records.c.session_id, records.c.came, Booking.name)
        .join(Booking, Booking.id == records.c.booking_id)
        .where(records.c.number <= ARRIVALS)
        .order_by(records.c.session_id, records.c.number)
    )
    found: dict[uuid.UUID, tuple[int, list[str]]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.session_id, (row.came, []))[1].append(name_on_screen(row.name))
    return found
