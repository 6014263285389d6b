"""Forgiving a late cancel or a no-show: what it cost comes back, and it doesn't count for a quota any more."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import update

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import places
from liveapp.domain.bookings.access import own
from liveapp.domain.bookings.errors import NotWaivable
from liveapp.domain.bookings.history import record
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.places import to_guest
from liveapp.domain.notifications.service import promise
from liveapp.domain.plans import credits


def waive(*, booking_id: uuid.UUID, actor: Actor, now: datetime, reason: str) -> None:
    """Forgives a late cancel or a no-show, and tells the person. The booking stays in its state; `reason` is for staff.

    Forgiven already, it stays as it is: pressing twice is once. Raises NotFound, NotWaivable. Take the turns of the
    session and of the person.
    """
    booking = own(booking_id, actor)
    if booking.waived_at is not None:
        return
    if not is_waivable(booking):
        raise NotWaivable()
    session = places.bookable(booking.session_id)
    db.session.execute(
        update(Booking).where(Booking.id == booking.id).values(waived_at=now, revision=Booking.revision + 1)
    )
    places.tell_of_money([booking], now, has_fee=True)
    back = credits.give_back({booking.id: booking.credit_extension_days}, now=now, by_business=True)
    record(
        actor, booking.id, "waive", now, before={"waived_at": None}, after={"waived_at": now, "reason": reason.strip()}
    )
    promise(
        [to_guest("booking_waived", booking.id, session, booking.email, has_credit=back.get(booking.id, False))],
        now=now,
    )


def is_waivable(booking: AnyRow) -> bool:
    """Whether there is something to forgive: a late cancel or a no-show that nobody forgave yet."""
    is_lost = booking.status == "no_show" or (booking.status == "cancelled" and bool(booking.cancelled_late))
    return is_lost and booking.waived_at is None
