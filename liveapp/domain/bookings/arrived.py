"""Whoever is in already came at a session's time: at another one nobody knows of them yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.bookings.models import Booking
from liveapp.domain.errors import Invalid
from liveapp.rules.checkin import EARLIEST
from liveapp.rules.wording import counted


def check_movable(session: AnyRow, start: datetime, now: datetime) -> None:
    """Raises Invalid when people are checked in, who couldn't be at the new time: check-in isn't open then yet. What
    begins a little later takes along who is there. `session`: id, organization_id, scheduled_at."""
    if start == session.scheduled_at or now < session.scheduled_at - EARLIEST:
        return
    query = select(func.count()).where(Booking.session_id == session.id, Booking.checked_in_at.is_not(None))
    came = db.session.execute(query).scalar_one()
    if came and now < start - timedelta(minutes=_opens_minutes(session)):
        people = f"{counted(came, 'person is', 'people are')} checked in"
        raise Invalid(f"{people} already, so its time stays as it is. Undo that first.", field="date")


def _opens_minutes(session: AnyRow) -> int:
    query = select(Organization.check_in_opens_minutes).where(Organization.id == session.organization_id)
    return db.session.execute(query).scalar_one()
