"""Moving a confirmed meeting where its host answers each time: a request for the new time beside the meeting.

The meeting stays as it is until the host accepts. The request is a booking of its own, with `replaces_id`.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from liveapp.db import AnyRow
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import moves, places
from liveapp.domain.bookings.errors import NotMovable
from liveapp.domain.bookings.move_terms import MoveTerms, move_terms, reader_of
from liveapp.domain.bookings.places import to_guest, to_host
from liveapp.domain.bookings.standing import could_take
from liveapp.domain.meetings import queries
from liveapp.domain.notifications.service import promise
from liveapp.rules import requests


def ask(booking: AnyRow, session: AnyRow, terms: MoveTerms, *, lead_minutes: int, now: datetime) -> uuid.UUID:
    """Asks the host for the new time, which is kept until they answer; an earlier question of this kind is taken back.
    `session` is the draft of the meeting at the new time. Returns the id of the request."""
    moves.withdraw(booking.id, now)
    hours = queries.expiry_hours(session.organization_id)
    until = requests.expires_at(
        created_at=now, starts_at=session.scheduled_at, lead_minutes=lead_minutes, expiry_hours=hours
    )
    more = {"requested_start": session.scheduled_at, "created_at": now}
    new_id = moves.beside(booking, session, terms, status="requested", until=until, now=now, **more)
    mails = [to_guest("request_received", new_id, session, booking.email), to_host("host_request", new_id, session)]
    promise(mails, now=now)
    return new_id


def terms_of(request: AnyRow, session: AnyRow, now: datetime) -> tuple[AnyRow, MoveTerms]:
    """The meeting that the request would move, and what that means as of when it was asked for. Raises NotMovable where
    it isn't to come any more, NotBookable."""
    booking = places.held_by(request.replaces_id)
    if booking.status != "confirmed" or now >= booking.starts_at:
        raise NotMovable("The meeting that this would move isn’t to come any more. Decline the request instead.")
    answer = could_take(session, reader_of(booking), now)
    moves.check_eligible(answer, booking)
    return booking, move_terms(booking, session, answer, request.created_at, by_staff=False)


def close(request: AnyRow, session: AnyRow, actor: Actor | None, now: datetime) -> None:
    """The request has done its work: the meeting itself moves to its time, which is free for it."""
    by = actor.user_id if actor else None
    places.close(request, status="cancelled", cancelled_at=now, cancelled_by=by, cancel_reason=moves.MOVED)
    places.end_meeting(session, now=now, by=by, reason=moves.MOVED)


def is_done(request: AnyRow) -> bool:
    """Whether this is a request to move a meeting that was accepted, so that the meeting is at its time."""
    is_move = request.replaces_id is not None
    return is_move and request.status == "cancelled" and request.cancel_reason == moves.MOVED
