"""The host comes to a meeting: from then on the guest can be late, and be marked as not having come."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import update

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.bookings.access import own
from liveapp.domain.errors import Forbidden, Invalid
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.meetings.moves import record
from liveapp.rules.wording import moment_in_words


def join(*, booking_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """The host is there; the first time counts. Raises Forbidden for everybody else, Invalid before they can join and
    when it is over. Take the session's turn."""
    booking = own(booking_id, actor)
    if booking.host_id != actor.user_id:
        raise Forbidden("Only the host can say that they are there.")
    organization = db.session.get_one(Organization, booking.organization_id)
    session = db.session.get_one(LiveSession, booking.session_id)
    opens = booking.starts_at - timedelta(minutes=organization.join_window_minutes)
    opens = min(opens, session.join_opened_at or opens)
    if booking.status != "confirmed" or now >= booking.ends_at:
        raise Invalid("This meeting is over.")
    if now < opens:
        raise Invalid(f"You can join from {moment_in_words(opens, organization.timezone)} on.")
    if session.host_joined_at is None:
        db.session.execute(update(LiveSession).where(LiveSession.id == booking.session_id).values(host_joined_at=now))
        record(booking, "join", actor, now, before={}, after={"host_joined_at": now})
