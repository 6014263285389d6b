"""The link that opens a booking without an account: ended and sent anew, or mailed again to who holds it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import User
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import places
from liveapp.domain.bookings.access import own
from liveapp.domain.bookings.history import record
from liveapp.domain.bookings.models import LIVE, Booking
from liveapp.domain.bookings.places import to_guest
from liveapp.domain.bookings.standing import CONFIRMED
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.models import Notification
from liveapp.domain.notifications.service import promise

REMINDED_ONCE_IN = timedelta(hours=1)


def renew(*, booking_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Ends every link to the booking that was handed out so far, and mails its holder a new one. Raises NotFound."""
    booking = own(booking_id, actor)
    session = places.bookable(booking.session_id)
    db.session.execute(
        update(Booking).where(Booking.id == booking.id).values(link_nonce=uuid.uuid4(), revision=Booking.revision + 1)
    )
    record(actor, booking.id, "renew_link", now)
    promise([to_guest("booking_link", booking.id, session, booking.email)], now=now)


def remind(*, session_id: uuid.UUID, email: str, now: datetime) -> None:
    """Mails who holds a place in the session (or waits for one), or has something else at its time, what they have, at
    most once an hour. `email` is an address as forms give it, in lower case.
    """
    session = places.bookable(session_id)
    booking = held(session_id=session_id, email=email)
    if booking is not None:
        if not _was_reminded("already_booked", booking.id, now):
            promise([to_guest("already_booked", booking.id, session, email)], now=now)
        return
    other = _at_that_time(session, email)
    if other is not None and not _was_reminded("busy_then", other.id, now):
        there = places.bookable(other.session_id)
        promise([to_guest("busy_then", other.id, there, email, wanted=session.title)], now=now)


def held(*, session_id: uuid.UUID, email: str) -> AnyRow | None:
    """The live booking of the session that the address holds: id, status, link_nonce."""
    return places.live_booking(session_id, select(User.id).where(User.email == email).scalar_subquery())


def held_with(*, host_id: uuid.UUID, start: datetime, email: str) -> AnyRow | None:
    """The live booking that the address has with this host at that start: id, session_id."""
    query = (
        select(Booking.id, Booking.session_id)
        .join(User, User.id == Booking.user_id)
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(
            User.email == email, LiveSession.host_id == host_id, Booking.starts_at == start, Booking.status.in_(LIVE)
        )
    )
    return db.session.execute(query.limit(1)).first()


def _at_that_time(session: AnyRow, email: str) -> AnyRow | None:
    """What the address has at the session's time: id, session_id."""
    query = (
        select(Booking.id, Booking.session_id)
        .join(User, User.id == Booking.user_id)
        .where(
            User.email == email,
            Booking.status.in_(CONFIRMED),
            Booking.starts_at < session.ends_at,
            Booking.ends_at > session.scheduled_at,
        )
        .order_by(Booking.starts_at, Booking.id)
    )
    return db.session.execute(query.limit(1)).first()


def _was_reminded(kind: str, booking_id: uuid.UUID, now: datetime) -> bool:
    query = select(Notification.id).where(
        Notification.booking_id == booking_id,
        Notification.kind == kind,
        Notification.created_at > now - REMINDED_ONCE_IN,
    )
    return db.session.execute(query.limit(1)).first() is not None
