"""What the public sees of an organization's schedule, and of one session. Drafts don't exist here."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, or_, select

from liveapp.db import AnyRow, db, matches, read
from liveapp.domain.accounts.models import Membership, User
from liveapp.domain.bookings import places
from liveapp.domain.bookings.offered import public_program
from liveapp.domain.catalogue.models import Location, Offering, Program
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.models import LiveSession

MOST_ON_A_PAGE = 200
CANT_FIND = "This session isn't here any more, or it isn't open to the public. Have a look at the schedule."


@dataclass(frozen=True, slots=True)
class Filters:
    """What a visitor looks for; empty means anything."""

    words: str = ""
    offering: str = ""
    host: str = ""
    format: str = ""

    @property
    def are_set(self) -> bool:
        return bool(self.words or self.offering or self.host or self.format)


def schedule(
    *, organization_id: uuid.UUID, first: datetime, last: datetime, now: datetime, filters: Filters | None = None
) -> Sequence[AnyRow]:
    """Calendar sessions that start from `first` to before `last` and aren't over, in order of time, at most 200.

    Columns: id, title, status, scheduled_at, timezone, duration_minutes, format, max_participants, participant_count,
    taken_count, waiting_count, price_minor, plan_only, currency; host_name, host_slug, location_name, colour,
    has_waitlist, waitlist_size.
    """
    query = _filtered(_between(), filters or Filters())
    return read(query, organization_id=organization_id, first=first, last=last, now=now)


def next_start(*, organization_id: uuid.UUID, after: datetime, filters: Filters | None = None) -> datetime | None:
    """When the first session after a moment starts: where to point from an empty week."""
    query = _filtered(_listed(), filters or Filters()).where(LiveSession.scheduled_at >= after)
    query = query.with_only_columns(LiveSession.scheduled_at).order_by(LiveSession.scheduled_at).limit(1)
    return db.session.execute(query, {"organization_id": organization_id}).scalar_one_or_none()


def siblings(
    *, organization_id: uuid.UUID, offering_id: uuid.UUID, besides: uuid.UUID, now: datetime, most: int = 20
) -> Sequence[AnyRow]:
    """Further sessions of the same offering that can still be booked, in order of time; columns as `schedule`."""
    query = _listed().where(
        LiveSession.offering_id == offering_id,
        LiveSession.id != besides,
        LiveSession.scheduled_at > now,
        LiveSession.status == "scheduled",
    )
    query = query.order_by(LiveSession.scheduled_at, LiveSession.id).limit(most)
    return db.session.execute(query, {"organization_id": organization_id, "now": now}).all()


def session(*, organization_id: uuid.UUID, session_id: uuid.UUID, now: datetime) -> AnyRow:
    """One session's public page. Raises NotFound for drafts, meetings and what isn't the organization's.

    Columns: as `schedule`, and description, type, offering_id, ends_at, focus_area, topic, topic_final_at,
    cancel_reason, location_address, materials, requirements, topic_type, topic_deadline_hours, booking_opens_days,
    payment_timing, delivery_mode, host_id.
    """
    values = {"organization_id": organization_id, "session_id": session_id, "now": now}
    row = db.session.execute(_one(), values).one_or_none()
    if row is None:
        raise NotFound(CANT_FIND)
    return row


# Statements are built once: building one takes longer than running it.


@cache
def _between() -> Select[*tuple[Any, ...]]:
    """The schedule from :first to before :last, without what is over by :now."""
    return (
        _listed()
        .where(
            LiveSession.scheduled_at >= bindparam("first"),
            LiveSession.scheduled_at < bindparam("last"),
            LiveSession.ends_at > bindparam("now"),
        )
        .order_by(LiveSession.scheduled_at, LiveSession.id)
        .limit(MOST_ON_A_PAGE)
    )


@cache
def _one() -> Select[*tuple[Any, ...]]:
    """The session :session_id with everything its page says, whatever program it is of."""
    return (
        _published()
        .add_columns(
            LiveSession.description,
            LiveSession.type,
            LiveSession.offering_id,
            LiveSession.ends_at,
            LiveSession.focus_area,
            LiveSession.topic,
            LiveSession.cancel_reason,
            LiveSession.host_id,
            Location.address.label("location_address"),
            Offering.materials,
            Offering.requirements,
            LiveSession.topic_final_at,
            Offering.topic_type,
            Offering.topic_deadline_hours,
            Offering.booking_opens_days,
            Offering.payment_timing,
            Program.delivery_mode,
        )
        .where(LiveSession.id == bindparam("session_id"))
    )


@cache
def _listed() -> Select[*tuple[Any, ...]]:
    """What is on the public schedule of :organization_id."""
    return _published().where(public_program())


@cache
def _published() -> Select[*tuple[Any, ...]]:
    """Published calendar sessions of :organization_id."""
    return (
        select(
            LiveSession.id,
            LiveSession.title,
            LiveSession.status,
            LiveSession.scheduled_at,
            LiveSession.timezone,
            LiveSession.duration_minutes,
            LiveSession.format,
            LiveSession.max_participants,
            LiveSession.participant_count,
            places.taken_count(bindparam("now")),
            LiveSession.waiting_count,
            LiveSession.price_minor,
            LiveSession.plan_only,
            LiveSession.currency,
            User.name.label("host_name"),
            Membership.slug.label("host_slug"),
            Location.name.label("location_name"),
            Offering.colour,
            Offering.has_waitlist,
            Offering.waitlist_size,
        )
        .join(Offering, Offering.id == LiveSession.offering_id)
        .join(User, User.id == LiveSession.host_id)
        .join(
            Membership,
            (Membership.user_id == LiveSession.host_id) & (Membership.organization_id == LiveSession.organization_id),
        )
        .outerjoin(Location, Location.id == LiveSession.location_id)
        .outerjoin(Program, Program.id == Offering.program_id)
        .where(
            LiveSession.organization_id == bindparam("organization_id"),
            LiveSession.type != "meeting",
            LiveSession.status != "draft",
            LiveSession.deleted_at.is_(None),
        )
    )


def _filtered(query: Select[*tuple[Any, ...]], filters: Filters) -> Select[*tuple[Any, ...]]:
    if filters.words:
        searched = (LiveSession.title, User.name, Offering.topic)
        query = query.where(or_(*(matches(column, filters.words) for column in searched)))
    if filters.offering:
        query = query.where(Offering.slug == filters.offering)
    if filters.host:
        query = query.where(Membership.slug == filters.host)
    if filters.format in ("online", "in_person"):
        query = query.where(LiveSession.format == filters.format)
    return query
