"""Taps that a desk kept while it had no network, and that were refused when they arrived: the audit log has them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from liveapp.db import db
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.bookings.models import Booking
from liveapp.domain.idempotency import service as idempotency


@dataclass(frozen=True, slots=True)
class LateTap:
    """A kept tap at a session's desk. `booking_id`: whom it was for, None where a code wasn't anybody's; `device_at`:
    when it was made, by the desk's own clock; `key`: the tap's own, so that it is noted once however often it comes.
    """

    session_id: uuid.UUID
    booking_id: uuid.UUID | None
    device_at: datetime
    key: str | None


def note_refused(*, tap: LateTap, reason: str, actor: Actor, now: datetime) -> None:
    """Writes down that the tap was refused and why: at the booking, else at the session."""
    key = f"refused:{tap.key}" if tap.key else None
    if idempotency.claim(key, tap.session_id, now=now) is not None:
        return
    is_ours = select(Booking.id).where(Booking.id == tap.booking_id, Booking.organization_id == actor.organization_id)
    booking_id = db.session.execute(is_ours).scalar_one_or_none()
    audit.record(
        actor=actor,
        action="refuse_tap",
        object_type="booking" if booking_id else "session",
        object_id=booking_id or tap.session_id,
        now=now,
        after={"device_at": tap.device_at, "reason": reason},
    )
