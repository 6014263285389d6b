"""Who came to the demo's sessions: most people, some of them late, a few excused; and who is at the door now."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor
from liveapp.domain.attendance import closing, service
from liveapp.domain.attendance.service import Coming
from liveapp.domain.bookings.models import Booking
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.checkin import Way
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact

WAYS = (Way.DOOR_CODE, Way.DOOR_CODE, Way.OWN_CODE, Way.MANUAL)


def come(now: datetime) -> None:
    """People come to every class of the past, and to the one that goes on now."""
    transact(_come, now=now, chance=random.Random(11))  # the same demo every time


def close(now: datetime) -> None:
    """The clock writes down who came to what is over."""
    for session in closing.due(now=now):
        transact(closing.close, session_id=session.id, now=now)


def _come(*, now: datetime, chance: random.Random) -> None:
    query = (
        select(
            Booking.id, LiveSession.organization_id, LiveSession.host_id, LiveSession.format, LiveSession.scheduled_at
        )
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(Booking.status == "confirmed", LiveSession.type != "meeting", LiveSession.scheduled_at < now)
        .order_by(LiveSession.scheduled_at, LiveSession.id, Booking.created_at, Booking.id)
    )
    for booking in db.session.execute(query).all():
        _come_or_not(booking, now, chance)


def _come_or_not(booking: AnyRow, now: datetime, chance: random.Random) -> None:
    host = Actor(booking.host_id, Role.OWNER, booking.organization_id)
    luck, at = chance.random(), booking.scheduled_at + timedelta(minutes=chance.randint(-14, 9))
    if luck < 0.02:
        service.excuse(booking_id=booking.id, actor=host, reason="Called in sick", now=min(now, booking.scheduled_at))
    elif luck > 0.1 and at <= now:
        how = Way.JOIN if booking.format == "online" else chance.choice(WAYS)
        actor = host if how in (Way.MANUAL, Way.OWN_CODE) else None
        service.check_in(booking_id=booking.id, coming=Coming(how, actor), now=at)
