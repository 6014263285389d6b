"""Giving a meeting another time, and what its time claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.availability import claims
from liveapp.domain.availability.claims import Claim
from liveapp.domain.bookings.errors import SlotGone
from liveapp.domain.constraints import HostBusy
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.live_sessions import links
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.meetings import queries


def move(booking: AnyRow, session: AnyRow, start: datetime, now: datetime, actor: Actor | None, **values: Any) -> None:
    """Gives the meeting another time at which its host is free, and what else changes with it. Whoever came already
    has to come again."""
    if session.type != "meeting":
        raise NotFound()
    if start == session.scheduled_at:
        raise Invalid("That is the time it has now. Choose another one.")
    kind = "request" if booking.status == "requested" else "meeting"
    claim = replace(claim_of(session, start, kind), kept_until=booking.expires_at)
    check_free(claim, now)
    db.session.execute(
        update(LiveSession)
        .where(LiveSession.id == session.id)
        .values(
            scheduled_at=start,
            ends_at=claim.ends_at,
            host_joined_at=None,
            join_opened_at=None,
            revision=LiveSession.revision + 1,
            **values,
        )
    )
    claims.move([claim], now=now)
    links.follow_one(session, now=now)
    before, after = {"scheduled_at": session.scheduled_at}, {"scheduled_at": start}
    record(booking, "reschedule", actor, now, before=before, after=after)


def check_free(claim: Claim, now: datetime) -> None:
    if claim.starts_at <= now:
        raise SlotGone("This time has passed. Choose a later one.", "past")
    if claims.conflicts([claim], now=now):
        raise HostBusy()


def claim_of(session: AnyRow, start: datetime, kind: str) -> Claim:
    return Claim(
        organization_id=session.organization_id,
        session_id=session.id,
        host_id=session.host_id,
        kind=kind,
        starts_at=start,
        ends_at=start + timedelta(minutes=session.duration_minutes),
        buffer_before=session.buffer_before,
        buffer_after=session.buffer_after,
        exclusive_location_id=queries.exclusive_location(session.location_id),
    )


def record(booking: AnyRow, action: str, actor: Actor | None, now: datetime, **changes: Any) -> None:
    """Keeps what was done to a meeting's booking, by staff, by the clock, or (`actor` empty) by who holds it."""
    someone = actor or Actor(user_id=booking.user_id, role=None, organization_id=booking.organization_id)
    audit.record(actor=someone, action=action, object_type="booking", object_id=booking.id, now=now, **changes)
