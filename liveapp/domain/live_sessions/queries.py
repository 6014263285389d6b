"""Reading sessions: one in full, lists that page by key, a week, and what forms choose from."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, func, or_, select, tuple_

from liveapp.db import AnyRow, db, matches
from liveapp.domain.accounts.models import Membership, Organization, User
from liveapp.domain.catalogue.models import Location, Offering, Program
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.models import LiveSession, Series
from liveapp.domain.live_sessions.wall_clock import local_minute, local_weekday

PAGE = 25
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list shows: those that aren't over (`is_past` False, soonest first) or those that are (latest first).

    `first` and `last` are aware UTC moments, last excluded. `weekdays` (0 = Monday) and the local starts (minutes
    after midnight, both included; past midnight where `starts_to` is the earlier) are on the clock of `timezone`.
    """

    is_past: bool = False
    status: str = ""
    host_id: uuid.UUID | None = None
    offering_id: uuid.UUID | None = None
    location_id: uuid.UUID | None = None
    program_id: uuid.UUID | None = None
    first: datetime | None = None
    last: datetime | None = None
    weekdays: frozenset[int] = frozenset()
    starts_from: int | None = None
    starts_to: int | None = None
    timezone: str = "UTC"
    search: str = ""

    @property
    def is_backwards(self) -> bool:
        """Whether the last day lies before the first, so that nothing can match."""
        return self.first is not None and self.last is not None and self.last <= self.first


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list: the time and id of a row, and whether the page asked for lies before it."""

    scheduled_at: datetime
    session_id: uuid.UUID
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows, with the places where the pages before and after it begin (none at the ends)."""

    rows: Sequence[AnyRow]
    before: Cursor | None
    after: Cursor | None


def session(*, session_id: uuid.UUID, with_deleted: bool = False) -> AnyRow:
    """A session with everything its page says. Raises NotFound.

    Columns: every column of sessions; host_name, host_email, host_slug; location_name, location_address;
    offering_title, offering_slug, colour, topic_type, topic_deadline_hours; organization_name, organization_slug,
    organization_timezone, contact_email; and of its series frequency, weekdays, day_of_month, nth, week_start,
    first_day, local_start, until, times (all empty without one).
    """
    query = (
        select(
            *LiveSession.__table__.columns,
            User.name.label("host_name"),
            User.email.label("host_email"),
            Membership.slug.label("host_slug"),
            Location.name.label("location_name"),
            Location.address.label("location_address"),
            Offering.title.label("offering_title"),
            Offering.slug.label("offering_slug"),
            Offering.colour,
            Offering.topic_type,
            Offering.topic_deadline_hours,
            Organization.name.label("organization_name"),
            Organization.slug.label("organization_slug"),
            Organization.timezone.label("organization_timezone"),
            Organization.contact_email,
            Series.frequency,
            Series.weekdays,
            Series.day_of_month,
            Series.nth,
            Series.week_start,
            Series.first_day,
            Series.local_start,
            Series.until,
            Series.count.label("times"),
        )
        .join(User, User.id == LiveSession.host_id)
        .join(
            Membership,
            (Membership.user_id == LiveSession.host_id) & (Membership.organization_id == LiveSession.organization_id),
        )
        .join(Organization, Organization.id == LiveSession.organization_id)
        .join(Offering, Offering.id == LiveSession.offering_id)
        .outerjoin(Location, Location.id == LiveSession.location_id)
        .outerjoin(Series, Series.id == LiveSession.series_id)
        .where(LiveSession.id == session_id)
    )
    if not with_deleted:
        query = query.where(LiveSession.deleted_at.is_(None))
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def organization_of(session_id: uuid.UUID) -> uuid.UUID:
    """Whose session it is. Raises NotFound."""
    query = select(LiveSession.organization_id).where(LiveSession.id == session_id, LiveSession.deleted_at.is_(None))
    found = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found


def calendar_sessions(
    *, organization_id: uuid.UUID, filters: Filters, now: datetime, cursor: Cursor | None = None, most: int = PAGE
) -> Page:
    """A page of the organization's calendar sessions (no meetings), as `LISTED` names their columns."""
    descending = filters.is_past != bool(cursor and cursor.backwards)
    order = (LiveSession.scheduled_at, LiveSession.id)
    conditions = _conditions(filters, now)
    query = (
        _listed()
        .where(LiveSession.organization_id == organization_id, LiveSession.type != "meeting", *conditions)
        .order_by(*(each.desc() if descending else each for each in order))
        .limit(most + 1)
    )
    if cursor:
        key, place = tuple_(*order), tuple_(cursor.scheduled_at, cursor.session_id)
        query = query.where(key < place if descending else key > place)
    rows = list(db.session.execute(query))
    more, rows = len(rows) > most, rows[:most]
    if cursor and cursor.backwards:
        rows.reverse()
    return _page(rows, more, cursor)


def chosen(
    *,
    organization_id: uuid.UUID,
    choice: Filters | Collection[uuid.UUID] | ScalarSelect[uuid.UUID],
    now: datetime,
    most: int,
) -> Sequence[AnyRow]:
    """Calendar sessions of the organization by filters, or by id (foreign ones don't exist), at most so many, in order.

    Every column of sessions; host_name, location_name, colour.
    """
    query = (
        select(
            *LiveSession.__table__.columns,
            User.name.label("host_name"),
            Location.name.label("location_name"),
            Offering.colour,
        )
        .join(User, User.id == LiveSession.host_id)
        .join(Offering, Offering.id == LiveSession.offering_id)
        .outerjoin(Location, Location.id == LiveSession.location_id)
        .where(*_chosen(organization_id, choice, now))
        .order_by(LiveSession.scheduled_at, LiveSession.id)
        .limit(most)
    )
    return db.session.execute(query).all()


def count_chosen(*, organization_id: uuid.UUID, filters: Filters, now: datetime, most: int | None = None) -> int:
    """How many calendar sessions match; counting ends at `most`."""
    matching = (
        select(LiveSession.id)
        .join(Offering, Offering.id == LiveSession.offering_id)
        .where(*_chosen(organization_id, filters, now))
        .limit(most)
    )
    return db.session.execute(select(func.count()).select_from(matching.subquery())).scalar_one()


def between(*, organization_id: uuid.UUID, first: datetime, last: datetime) -> Sequence[AnyRow]:
    """Everything in a stretch of time, meetings and requests too, in order; cancelled ones left out."""
    query = (
        _listed()
        .where(
            LiveSession.organization_id == organization_id,
            LiveSession.scheduled_at >= first - DAY,
            LiveSession.scheduled_at < last,
            LiveSession.ends_at > first,
            LiveSession.deleted_at.is_(None),
            LiveSession.status != "cancelled",
        )
        .order_by(LiveSession.scheduled_at, LiveSession.id)
        .limit(1000)
    )
    return db.session.execute(query).all()


def offerings(*, organization_id: uuid.UUID) -> Sequence[Offering]:
    """What sessions can be made from, by title."""
    query = select(Offering).where(
        Offering.organization_id == organization_id, Offering.archived_at.is_(None), Offering.kind != "meeting"
    )
    return db.session.execute(query.order_by(func.lower(Offering.title), Offering.id)).scalars().all()


def programs(*, organization_id: uuid.UUID) -> Sequence[AnyRow]:
    """What groups offerings: id, name; by name."""
    query = select(Program.id, Program.name).where(
        Program.organization_id == organization_id, Program.archived_at.is_(None)
    )
    return db.session.execute(query.order_by(func.lower(Program.name), Program.id)).all()


def locations(*, organization_id: uuid.UUID) -> Sequence[AnyRow]:
    """Places that sessions can be at: id, name; by name."""
    query = select(Location.id, Location.name).where(
        Location.organization_id == organization_id, Location.archived_at.is_(None)
    )
    return db.session.execute(query.order_by(func.lower(Location.name), Location.id)).all()


def dates_in_series(*, series_id: uuid.UUID, status: str, now: datetime) -> int:
    """How many dates of the series with that status lie ahead."""
    query = select(func.count()).where(
        LiveSession.series_id == series_id,
        LiveSession.status == status,
        LiveSession.deleted_at.is_(None),
        LiveSession.scheduled_at > now,
    )
    return db.session.execute(query).scalar_one()


LISTED = (
    LiveSession.id,
    LiveSession.title,
    LiveSession.status,
    LiveSession.type,
    LiveSession.format,
    LiveSession.scheduled_at,
    LiveSession.ends_at,
    LiveSession.duration_minutes,
    LiveSession.timezone,
    LiveSession.participant_count,
    LiveSession.waiting_count,
    LiveSession.max_participants,
    LiveSession.series_id,
    LiveSession.is_detached,
    LiveSession.host_id,
)
"""The columns of lists, with host_name, location_name and colour."""


def _listed() -> Select[*tuple[Any, ...]]:
    return (
        select(*LISTED, User.name.label("host_name"), Location.name.label("location_name"), Offering.colour)
        .join(User, User.id == LiveSession.host_id)
        .join(Offering, Offering.id == LiveSession.offering_id)
        .outerjoin(Location, Location.id == LiveSession.location_id)
    )


def _chosen(
    organization_id: uuid.UUID, choice: Filters | Collection[uuid.UUID] | ScalarSelect[uuid.UUID], now: datetime
) -> list[Any]:
    own = [LiveSession.organization_id == organization_id, LiveSession.type != "meeting"]
    if isinstance(choice, Filters):
        return own + _conditions(choice, now)
    return [*own, LiveSession.deleted_at.is_(None), LiveSession.id.in_(choice)]


def _conditions(filters: Filters, now: datetime) -> list[Any]:
    found: list[Any] = [LiveSession.deleted_at.is_(None)]
    if filters.is_past:
        found.append(and_(LiveSession.scheduled_at < now, LiveSession.ends_at <= now))
    else:
        found.append(and_(LiveSession.scheduled_at > now - DAY, LiveSession.ends_at > now))
    for column, wanted in (
        (LiveSession.status, filters.status),
        (LiveSession.host_id, filters.host_id),
        (LiveSession.offering_id, filters.offering_id),
        (LiveSession.location_id, filters.location_id),
        (Offering.program_id, filters.program_id),
    ):
        if wanted:
            found.append(column == wanted)
    if filters.first:
        found.append(LiveSession.scheduled_at >= filters.first)
    if filters.last:
        found.append(LiveSession.scheduled_at < filters.last)
    found += _on_the_clock(filters)
    if filters.search:
        found.append(matches(LiveSession.title, filters.search))
    return found


def _on_the_clock(filters: Filters) -> list[Any]:
    found: list[Any] = []
    if filters.weekdays:
        found.append(local_weekday(LiveSession.scheduled_at, filters.timezone).in_(sorted(filters.weekdays)))
    first, last = filters.starts_from, filters.starts_to
    minute = local_minute(LiveSession.scheduled_at, filters.timezone)
    if first is not None and last is not None and last < first:
        return [*found, or_(minute >= first, minute <= last)]
    if first is not None:
        found.append(minute >= first)
    if last is not None:
        found.append(minute <= last)
    return found


def _page(rows: Sequence[AnyRow], more: bool, cursor: Cursor | None) -> Page:
    backwards = bool(cursor and cursor.backwards)
    if not rows:
        return Page(rows, None, None)
    before = Cursor(rows[0].scheduled_at, rows[0].id, backwards=True)
    after = Cursor(rows[-1].scheduled_at, rows[-1].id)
    has_before = more if backwards else cursor is not None
    has_after = True if backwards else more
    return Page(rows, before if has_before else None, after if has_after else None)
