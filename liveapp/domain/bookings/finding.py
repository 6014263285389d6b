"""What staff look for at a roster: people the organization knows, and other sessions to move somebody to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, func, or_, select, union

from liveapp.db import AnyRow, db, matches
from liveapp.domain.accounts.models import Membership, User
from liveapp.domain.bookings import places
from liveapp.domain.bookings.models import LIVE, Booking
from liveapp.domain.catalogue.models import Location
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.models import LiveSession

MOST = 20


def people(*, organization_id: uuid.UUID, session_id: uuid.UUID, words: str) -> Sequence[AnyRow]:
    """At most 20 people the organization knows (members, staff, guests who booked) whose name or address holds each of
    the words, by name: id, name, email, is_guest; status (of their live booking of the session, or none)."""
    query = _known(organization_id).add_columns(Booking.status)
    query = query.outerjoin(
        Booking, (Booking.session_id == session_id) & (Booking.user_id == User.id) & Booking.status.in_(LIVE)
    )
    name = _name(organization_id)
    for word in words.split()[:5]:
        query = query.where(or_(matches(name, word), matches(User.email, word)))
    return db.session.execute(query.order_by(func.lower(name), User.id).limit(MOST)).all()


def person(*, organization_id: uuid.UUID, user_id: uuid.UUID) -> AnyRow:
    """One of these people: id, name, email, is_guest, timezone, locale. Raises NotFound."""
    query = _known(organization_id).add_columns(User.timezone, User.locale).where(User.id == user_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def known_address(*, organization_id: uuid.UUID, email: str) -> uuid.UUID | None:
    """The id of the person with this address (in lower case), if the organization knows them."""
    row = db.session.execute(_known(organization_id).where(User.email == email)).one_or_none()
    return row.id if row else None


def other_sessions(*, session: AnyRow, now: datetime, after: uuid.UUID | None = None) -> Sequence[AnyRow]:
    """One page of sessions of the same offering that aren't over, in order of time, and one more when there are more.

    `session` has organization_id, offering_id and id. Columns: id, title, status, scheduled_at, timezone,
    duration_minutes, max_participants, participant_count, taken_count, waiting_count; host_name, location_name.
    """
    query = _others(session, now).where(LiveSession.ends_at > now, LiveSession.status.in_(("scheduled", "live")))
    if after:
        mine = (LiveSession.id == after, LiveSession.organization_id == session.organization_id)
        edge = select(LiveSession.scheduled_at).where(*mine).scalar_subquery()
        query = query.where(
            or_(LiveSession.scheduled_at > edge, (LiveSession.scheduled_at == edge) & (LiveSession.id > after))
        )
    return db.session.execute(query.order_by(LiveSession.scheduled_at, LiveSession.id).limit(MOST + 1)).all()


def other_session(*, session: AnyRow, session_id: uuid.UUID, now: datetime) -> AnyRow:
    """One session of the same offering; columns as `other_sessions`. Raises NotFound."""
    row = db.session.execute(_others(session, now).where(LiveSession.id == session_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def _known(organization_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    belong = select(Membership.user_id).where(
        Membership.organization_id == organization_id, Membership.ended_at.is_(None)
    )
    booked = select(Booking.user_id).where(Booking.organization_id == organization_id)
    name = _name(organization_id).label("name")
    return select(User.id, name, User.email, User.password_hash.is_(None).label("is_guest")).where(
        User.id.in_(union(belong, booked))
    )


def _name(organization_id: uuid.UUID) -> ColumnElement[str]:
    """A person's name; of a guest the one that they gave here last, not what they are called elsewhere."""
    given = given_name(organization_id)
    return case((User.password_hash.is_(None), func.coalesce(given, User.name)), else_=User.name)


def given_name(organization_id: uuid.UUID) -> ScalarSelect[str]:
    """The name that a person gave there last."""
    return (
        select(Booking.name)
        .where(Booking.user_id == User.id, Booking.organization_id == organization_id)
        .order_by(Booking.created_at.desc(), Booking.id)
        .limit(1)
        .correlate(User)
        .scalar_subquery()
    )


def _others(session: AnyRow, now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            LiveSession.id,
            LiveSession.title,
            LiveSession.status,
            LiveSession.scheduled_at,
            LiveSession.timezone,
            LiveSession.duration_minutes,
            LiveSession.max_participants,
            LiveSession.participant_count,
            places.taken_count(now),
            LiveSession.waiting_count,
            User.name.label("host_name"),
            Location.name.label("location_name"),
        )
        .join(User, User.id == LiveSession.host_id)
        .outerjoin(Location, Location.id == LiveSession.location_id)
        .where(
            LiveSession.organization_id == session.organization_id,
            LiveSession.offering_id == session.offering_id,
            LiveSession.id != session.id,
            LiveSession.type != "meeting",
            LiveSession.status != "draft",
            LiveSession.deleted_at.is_(None),
        )
    )
