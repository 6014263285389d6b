"""What staff note about a booking, for themselves."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import update

from liveapp.db import db
from liveapp.domain.actor import Actor
from liveapp.domain.bookings.access import own
from liveapp.domain.bookings.history import record
from liveapp.domain.bookings.models import Booking

LONGEST_NOTE = 1000


def write_note(*, booking_id: uuid.UUID, actor: Actor, now: datetime, text: str) -> None:
    """Writes the note of a booking, an empty one takes it away. Its holder never sees it. Raises NotFound."""
    booking = own(booking_id, actor)
    if booking.staff_note == text:
        return
    db.session.execute(
        update(Booking).where(Booking.id == booking.id).values(staff_note=text, revision=Booking.revision + 1)
    )
    record(actor, booking.id, "note", now, before={"staff_note": booking.staff_note}, after={"staff_note": text})
