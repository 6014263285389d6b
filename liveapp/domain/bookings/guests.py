"""People who booked at an organization without belonging to it, and what somebody booked there."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select, tuple_

from liveapp.db import AnyRow, db, matches
from liveapp.domain.accounts.models import Membership, User
from liveapp.domain.bookings.finding import given_name
from liveapp.domain.bookings.models import Booking
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.models import LiveSession

PAGE = 50
LATEST = 20


def guests(*, organization_id: uuid.UUID, words: str = "", after: uuid.UUID | None = None) -> Sequence[AnyRow]:
    """One page of guests by name, and one row more when there is another: user_id, name (as given there last), email
    (none of whom only the name is known)."""
    people = _guests(organization_id).subquery()
    query = select(people)
    if words:
        query = query.where(or_(matches(people.c.name, words), matches(people.c.email, words)))
    if after:
        place = tuple_(func.lower(people.c.name), people.c.user_id)
        edge = select(func.lower(people.c.name), people.c.user_id).where(people.c.user_id == after)
        last = db.session.execute(edge).one_or_none()
        query = query.where(place > tuple_(*last)) if last else query
    return db.session.execute(query.order_by(func.lower(people.c.name), people.c.user_id).limit(PAGE + 1)).all()


def guest(*, organization_id: uuid.UUID, user_id: uuid.UUID) -> AnyRow:
    """One of them: user_id, name, email. Raises NotFound."""
    row = db.session.execute(_guests(organization_id).where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def bookings_of(*, organization_id: uuid.UUID, user_id: uuid.UUID) -> Sequence[AnyRow]:
    """Somebody's latest bookings there, by start: id, session_id, status, title, scheduled_at, timezone,
    duration_minutes, format."""
    query = (
        select(
            Booking.id, Booking.session_id, Booking.status, LiveSession.title, LiveSession.scheduled_at,
            LiveSession.timezone, LiveSession.duration_minutes, LiveSession.format,
        )
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(Booking.organization_id == organization_id, Booking.user_id == user_id)
        .order_by(LiveSession.scheduled_at.desc(), Booking.id)
        .limit(LATEST)
    )  # fmt: skip
    return db.session.execute(query).all()


def _guests(organization_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    belong = select(Membership.user_id).where(
        Membership.organization_id == organization_id, Membership.ended_at.is_(None)
    )
    booked = select(Booking.user_id).where(Booking.organization_id == organization_id)
    name = given_name(organization_id).label("name")
    return select(User.id.label("user_id"), name, User.email).where(User.id.in_(booked), User.id.not_in(belong))
