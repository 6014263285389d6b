"""The link that opens a booking without an account: ended and sent anew, or mailed again to who holds it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import User
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import places
from liveapp.domain.bookings.history import record
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.places import to_guest
from liveapp.domain.bookings.service import own
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
    """Mails who holds a place (or waits for one) in the session what they have, at most once an hour.

    `email` is an address as forms give it, in lower case.
    """
    booking = held(session_id=session_id, email=email)
    if booking is None or _was_reminded(booking.id, now):
        return
    promise([to_guest("already_booked", booking.id, places.bookable(session_id), email)], now=now)


def held(*, session_id: uuid.UUID, email: str) -> AnyRow | None:
    """The live booking of the session that the address holds: id, status, link_nonce."""
    return places.live_booking(session_id, select(User.id).where(User.email == email).scalar_subquery())


def _was_reminded(booking_id: uuid.UUID, now: datetime) -> bool:
    query = select(Notification.id).where(
        Notification.booking_id == booking_id,
        Notification.kind == "already_booked",
        Notification.created_at > now - REMINDED_ONCE_IN,
    )
    return db.session.execute(query.limit(1)).first() is not None
