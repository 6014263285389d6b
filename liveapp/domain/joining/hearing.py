"""What a video provider tells of a session: kept once, and what follows from it for host, guests and session.

Told in any order, twice, or of meetings that are none of ours, it does no harm: each event counts once, by the time
that it carries.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import User
from liveapp.domain.actor import system
from liveapp.domain.attendance import presence
from liveapp.domain.attendance.models import SessionEvent
from liveapp.domain.attendance.queries import EXPECTED
from liveapp.domain.bookings import session_changes
from liveapp.domain.bookings.models import Booking
from liveapp.domain.joining import queries
from liveapp.domain.joining.service import note_host
from liveapp.domain.live_sessions import service as live_sessions
from liveapp.domain.outbox import service as outbox
from liveapp.domain.video.models import SessionLink, VideoConnection

COMES_BACK = timedelta(minutes=5)
"""A meeting that ends may go on: whoever was cut off is back by then."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event: its kind (participant_joined, participant_left, started, ended), of which meeting in whose account,
    when (aware UTC), and about whom, as far as the provider says. `id` is the same when it is told again."""

    id: str
    provider: str
    kind: str
    meeting_id: str
    account_id: str
    at: datetime
    person_id: str = ""
    person_email: str = ""
    person_name: str = ""


def session_told_of(told: Told) -> uuid.UUID | None:
    """The session whose meeting it is, if it is one of ours, in the account that we made it in."""
    query = (
        select(SessionLink.session_id)
        .join(VideoConnection, VideoConnection.id == SessionLink.connection_id)
        .where(
            SessionLink.provider == told.provider,
            SessionLink.provider_id == told.meeting_id,
            SessionLink.state.in_(("made", "leaving")),
            VideoConnection.account_id == told.account_id,
        )
    )
    return db.session.execute(query).scalar_one_or_none()


def hear(*, session_id: uuid.UUID, told: Told, now: datetime) -> bool:
    """Keeps the event, and does what follows. False when it was told before. Take the session's turn."""
    row, at = queries.place(session_id=session_id), min(told.at, now)
    if at < queries.session_of(row).opens_at:
        return _keep(row, told, at)
    if told.kind.startswith("participant"):
        return _hear_of_person(row, told, at, now)
    if not _keep(row, told, at):
        return False
    if told.kind == "started" and row.session_status == "scheduled":
        session_changes.start_session(session_id=session_id, actor=system(row.organization_id), now=now)
    if told.kind == "ended":
        outbox.put(
            "end_unless_back", now=now, run_at=now + COMES_BACK, session_id=str(session_id), ended_at=at.isoformat()
        )
    return True


def end_unless_back(*, session_id: uuid.UUID, ended_at: datetime, now: datetime) -> bool:
    """Ends the session that its provider said was over, unless somebody came back. Take the session's turn."""
    row = queries.place(session_id=session_id)
    if row.session_status != "live" or ended_at < row.scheduled_at:
        return False
    back = select(SessionEvent.id).where(
        SessionEvent.session_id == session_id,
        SessionEvent.at > ended_at,
        SessionEvent.kind.in_(("started", "host_joined", "participant_joined")),
    )
    if db.session.execute(back.limit(1)).first() is not None:
        return False
    live_sessions.end(session_id=session_id, actor=system(row.organization_id), now=min(ended_at, now))
    return True


def _hear_of_person(row: AnyRow, told: Told, at: datetime, now: datetime) -> bool:
    """The host, somebody with a booking, or somebody whom nobody knows, who changes nothing."""
    if told.person_id == told.account_id:
        actor = system(row.organization_id)
        if told.kind == "participant_joined":
            return note_host(row, actor, at=at, now=now, source=told.provider, event_id=told.id)
        return _keep(row, told, at)
    booking_id = _guest(row.session_id, told)
    if booking_id is None:
        return _keep(row, told, at)
    tell = presence.joined if told.kind == "participant_joined" else presence.left
    return tell(booking_id=booking_id, at=at, now=now, source=told.provider, provider_event_id=told.id)


def _guest(session_id: uuid.UUID, told: Told) -> uuid.UUID | None:
    """Whose booking it is: by address, else by a name that only one of them has."""
    query = (
        select(Booking.id, Booking.name, User.email)
        .join(User, User.id == Booking.user_id)
        .where(Booking.session_id == session_id, Booking.status.in_(EXPECTED))
    )
    people = db.session.execute(query).all()
    by_address = [each.id for each in people if told.person_email and each.email == told.person_email.lower()]
    name = told.person_name.casefold().strip()
    found = by_address or [each.id for each in people if name and each.name.casefold() == name]
    return found[0] if len(found) == 1 else None


def _keep(row: AnyRow, told: Told, at: datetime) -> bool:
    user_id = row.host_id if told.person_id == told.account_id else None
    return presence.keep(row, told.kind, at, told.provider, told.id, user_id=user_id)
