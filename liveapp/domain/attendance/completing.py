"""Completing somebody who is known by name only, as walk-ins are: their address is written down later."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain.accounts.models import User
from liveapp.domain.actor import Actor
from liveapp.domain.attendance.errors import BookedTwice, HasAddress
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.bookings.history import record
from liveapp.domain.bookings.models import Booking
from liveapp.domain.errors import NotFound


def complete(*, actor: Actor, user_id: uuid.UUID, email: str, now: datetime) -> uuid.UUID:
    """Writes down the address (in lower case) of somebody who booked at the actor's organization. Whose it is already
    gets their bookings. Returns whose they are then. Raises NotFound, HasAddress, BookedTwice."""
    bookings = _bookings(actor.organization_id, user_id)
    present = db.session.execute(select(User.email).where(User.id == user_id)).one_or_none()
    if present is None or not bookings:
        raise NotFound()
    if present.email:
        raise HasAddress()
    known = db.session.execute(select(User.id).where(User.email == email)).scalar_one_or_none()
    if known is None:
        db.session.execute(update(User).where(User.id == user_id).values(email=email))
    else:
        _hand_over(bookings, known)
    for booking_id in bookings:
        record(actor, booking_id, "complete", now, after={"email": email})
    return known or user_id


def _bookings(organization_id: uuid.UUID, user_id: uuid.UUID) -> Sequence[uuid.UUID]:
    query = select(Booking.id).where(Booking.organization_id == organization_id, Booking.user_id == user_id)
    return db.session.execute(query.order_by(Booking.id)).scalars().all()


def _hand_over(bookings: Sequence[uuid.UUID], user_id: uuid.UUID) -> None:
    """The bookings, and what is written down of them, are another person's from now on."""
    sessions = select(Booking.session_id).where(Booking.id.in_(bookings))
    both = select(Booking.id).where(Booking.user_id == user_id, Booking.session_id.in_(sessions)).limit(1)
    if db.session.execute(both).first():
        raise BookedTwice()
    for table, whose in ((Booking, Booking.id), (AttendanceRecord, AttendanceRecord.booking_id)):
        db.session.execute(
            update(table)
            .where(whose.in_(bookings))
            .values(user_id=user_id)
            .execution_options(synchronize_session=False)
        )
