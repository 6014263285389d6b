"""Somebody stands at the desk without a place: they get one and are in, in one transaction, or neither."""

from __future__ import annotations

import uuid
from datetime import datetime

from liveapp.db import db, send_last_writes
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.attendance import service
from liveapp.domain.attendance.service import Coming
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.paying import Choice
from liveapp.rules.checkin import Answer, Way


def walk_in(
    *,
    session_id: uuid.UUID,
    person: Person,
    actor: Actor,
    choice: Choice,
    now: datetime,
    key: str | None = None,
    overbook: bool = False,
    override: str = "",
) -> tuple[uuid.UUID, Answer]:
    """Books and checks in, for staff who run the roster. Returns the booking's id and what came of checking in.

    A full session, or hours that nobody passes over, leave no booking behind. Raises NotCheckedIn, NotBookable,
    Forbidden, NotFound. Take the turns of the session, and of the person where they are known.
    """
    booking_id = bookings.book_place(
        session_id=session_id, person=person, now=now, key=key, actor=actor, choice=choice, overbook=overbook
    )
    send_last_writes(db.session.connection())
    coming = Coming(Way.WALK_IN, actor, session_id, override)
    own_key = f"{key}:in" if key else None
    return booking_id, service.check_in(booking_id=booking_id, coming=coming, now=now, key=own_key)
