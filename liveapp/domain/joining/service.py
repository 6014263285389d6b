"""Going through to an online session: guests and members in its window, staff when they like."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import update

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor
from liveapp.domain.attendance import presence
from liveapp.domain.attendance.presence import OUR_LINK
from liveapp.domain.audit import service as audit
from liveapp.domain.bookings.access import check_runs_roster
from liveapp.domain.errors import Invalid
from liveapp.domain.joining import queries
from liveapp.domain.joining.errors import SENTENCES, NotJoinable
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.joining import EARLIEST, Door


def join(*, booking_id: uuid.UUID, now: datetime) -> AnyRow:
    """Whoever holds the booking goes through now; the first time is their check-in. It is written down once a minute,
    however often they press. Returns `queries.ticket`. Raises NotJoinable. Take the session's turn."""
    row = queries.ticket(booking_id=booking_id)
    state = queries.door_for(row, now)
    if state is not Door.OPEN:
        raise NotJoinable(state)
    presence.joined(booking_id=booking_id, at=now, now=now, provider_event_id=f"{booking_id.hex}:{now:%Y%m%d%H%M}")
    return row


def enter(*, session_id: uuid.UUID, actor: Actor, now: datetime) -> AnyRow:
    """Staff go through, also before the others may. From then on the host is there: the first time counts. Returns
    `queries.place`. Raises NotFound, Forbidden, Invalid when it is over. Take the session's turn."""
    row = queries.place(session_id=session_id)
    check_runs_roster(row, actor)
    state = queries.door_for(row, now)
    if state in (Door.OVER, Door.CANCELLED, Door.IN_PERSON) or row.session_status == "draft":
        raise Invalid(SENTENCES.get(state, "Publish this session first: a draft has no room yet."))
    if state is not Door.WAIT and actor.user_id == row.host_id:
        note_host(row, actor, at=now, now=now)
    return row


def open_early(*, session_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """People can join from now on, before the window. Raises as `enter`, and Invalid more than a day before the start.
    Take the session's turn."""
    row = queries.place(session_id=session_id)
    check_runs_roster(row, actor)
    if queries.door_for(row, now) is not Door.WAIT or row.session_status != "scheduled":
        raise Invalid("There is nothing to open early: look at the session again.")
    if row.scheduled_at - now > EARLIEST:
        raise Invalid("That is more than a day before the start. Open it on the day.")
    db.session.execute(update(LiveSession).where(LiveSession.id == session_id).values(join_opened_at=now))
    audit.record(
        actor=actor, action="open", object_type="session", object_id=session_id, now=now,
        after={"join_opened_at": now},
    )  # fmt: skip


def note_host(
    row: AnyRow, actor: Actor, *, at: datetime, now: datetime, source: str = OUR_LINK, event_id: str | None = None
) -> bool:
    """The host is in the room; kept as an event, and on the session the first time. False when it was told before."""
    if not presence.keep(row, "host_joined", at, source, event_id, user_id=row.host_id):
        return False
    if row.host_joined_at is None:
        db.session.execute(
            update(LiveSession)
            .where(LiveSession.id == row.session_id, LiveSession.host_joined_at.is_(None))
            .values(host_joined_at=at)
        )
        audit.record(
            actor=actor, action="join", object_type="session", object_id=row.session_id, now=now,
            after={"host_joined_at": at},
        )  # fmt: skip
    return True
