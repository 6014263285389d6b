"""People who check themselves in, on pages and for programs: which booking they come with, and the transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import current_app
from markupsafe import Markup

from liveapp.db import AnyRow
from liveapp.domain.attendance import queries, service
from liveapp.domain.attendance.errors import NotCheckedIn
from liveapp.domain.attendance.service import Coming
from liveapp.domain.bookings import queries as bookings
from liveapp.domain.errors import Invalid
from liveapp.rules import checkin, geofence
from liveapp.rules.checkin import Answer, Code, Entry, Way
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import auth, clock, door, filters
from liveapp.web.limits import POSITIONS, limiter
from liveapp.web.own_codes import own_code_url
from liveapp.web.qr import qr_svg

SOON = timedelta(days=1)
"""So long before it opens a booking's page begins to say when."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What would come of checking in now, the person's own code while it is open, and whether a position helps."""

    answer: Answer
    qr: Markup
    can_use_position: bool
    left_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.answer.code is Code.OPEN


def own_booking(session_id: uuid.UUID) -> AnyRow | None:
    """With which booking this browser would come to the session: that of who is signed in, else one whose link was
    opened here and still counts."""
    person = auth.known_person()
    found = queries.own_booking(session_id=session_id, user_id=person.user_id) if person else None
    if found is None:
        known = door.remembered()
        found = queries.first_of(session_id=session_id, booking_ids=list(known))
        if found is None:
            return None
        booking = bookings.booking(booking_id=found)
        return booking if known[found] == booking.link_nonce else None
    return bookings.booking(booking_id=found)


def come_by_code(booking: AnyRow | None, code: str) -> Answer:
    """They scanned the screen's code. Raises NotCheckedIn."""
    session_id = door.session_of(code, clock.now())
    if booking is None:
        raise NotCheckedIn(checkin.not_booked())
    return _come(booking, Coming(Way.DOOR_CODE, session_id=session_id))


def come_by_position(booking: AnyRow, said: Mapping[str, Any]) -> Answer:
    """Their phone says where they are. Raises NotCheckedIn, Invalid for what is no position, and 429 for who tries too
    often."""
    try:
        found = geofence.position(said.get("latitude"), said.get("longitude"), said.get("accuracy"))
    except geofence.BadPosition as error:
        raise Invalid(str(error), field=error.field) from error
    with limiter.shared_limit(POSITIONS, "position", key_func=lambda: str(booking.id)):
        return _come(booking, Coming(Way.GPS, position=found, reach=reach()))


def entry_of(booking: AnyRow) -> Entry:
    """How the booking's person stands before the door. `booking`: columns as `bookings.queries.booking`, or a row of
    `own_bookings`."""
    return Entry(
        starts_at=booking.scheduled_at,
        ends_at=booking.ends_at,
        opens_minutes=booking.check_in_opens_minutes,
        session_status=booking.session_status,
        booking_status=booking.status,
        came_at=booking.checked_in_at,
        came_how=booking.checked_in_how,
    )


def answer_for(booking: AnyRow) -> Answer:
    """What would come of checking in now, said on the clock of the session's place."""
    zone = booking.session_timezone
    say_time = partial(filters.fmt_time, timezone=zone)
    return checkin.answer(entry_of(booking), clock.now(), say=filters.said_in(zone), say_time=say_time)


def as_said(answer: Answer, booking: AnyRow) -> Answer:
    """The answer of a transaction with its times as pages say them. `booking`: read since."""
    again = answer_for(booking)
    if answer.code is Code.CHECKED_IN and again.code is Code.ALREADY_IN:
        say_time = partial(filters.fmt_time, timezone=booking.session_timezone)
        return checkin.checked_in(booking.checked_in_at, booking.checked_in_how, say_time)
    return again if again.code is answer.code else answer


def arrival(booking: AnyRow) -> Arrival | None:
    """The check-in part of a booking's page; none online, where joining is coming, days ahead, and when it is over."""
    now, entry = clock.now(), entry_of(booking)
    is_standing = booking.status == "confirmed" and booking.session_status in ("scheduled", "live")
    if booking.format == "online" or not is_standing or not entry.opens_at - SOON <= now < entry.ends_at:
        return None
    answer = answer_for(booking)
    is_open = answer.code is Code.OPEN
    record = queries.record_of(booking_id=booking.id) if answer.is_in else None
    return Arrival(
        answer=answer,
        qr=qr_svg(own_code_url(booking)) if is_open else Markup(),
        can_use_position=is_open and can_use_position(booking),
        left_at=record.left_at if record else None,
    )


def can_come(booking: AnyRow, now: datetime) -> bool:
    """Whether somebody can check in with this booking now, at a door. `booking`: a row of `own_bookings`."""
    return booking.format != "online" and checkin.is_open(entry_of(booking), now)


def can_use_position(booking: AnyRow) -> bool:
    """Whether there is a place that a position is measured from. `booking`: session_id, format."""
    return queries.can_be_found(booking, reach())


def reach() -> int:
    """How far from a place people may be where its location doesn't say, in metres."""
    found: int = current_app.extensions["settings"].gps_max_meters
    return found


def _come(booking: AnyRow, coming: Coming) -> Answer:
    return transact_in_turn(
        [booking.session_id], service.check_in, booking_id=booking.id, coming=coming, now=clock.now()
    )
