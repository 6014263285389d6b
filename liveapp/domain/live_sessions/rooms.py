"""Locations that take one session at a time: changing that minds the sessions that are planned there."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor
from liveapp.domain.availability import claims
from liveapp.domain.availability.models import TimeClaim
from liveapp.domain.catalogue import service as catalogue
from liveapp.domain.catalogue.details import LocationDetails
from liveapp.domain.catalogue.models import Location
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.errors import Clash
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.wording import counted, moment_in_words

SHOWN = 3


def change_location(
    *, actor: Actor, location_id: uuid.UUID, details: LocationDetails, is_exclusive: bool, now: datetime
) -> None:
    """Changes the location. One that becomes exclusive claims the time of every session to come there.

    Raises Clash naming the sessions that overlap there already, and NameTaken. Call
    `bookings.location_changes.change_location`, which tells people. Take the organization's turn.
    """
    was_exclusive = _is_exclusive(actor, location_id)
    if is_exclusive and not was_exclusive:
        planned = _planned(location_id, now)
        _refuse_overlaps(planned)
        claims.take_room(location_id, planned)
    if was_exclusive and not is_exclusive:
        claims.release_room(location_id)
    catalogue.change_location(actor=actor, location_id=location_id, details=details, is_exclusive=is_exclusive, now=now)


def _is_exclusive(actor: Actor, location_id: uuid.UUID) -> bool:
    query = select(Location.is_exclusive).where(
        Location.id == location_id, Location.organization_id == actor.organization_id
    )
    found = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return bool(found)


def _planned(location_id: uuid.UUID, now: datetime) -> Sequence[AnyRow]:
    """In-person sessions there that aren't over, by start: organization_id, session_id, title, timezone, kind (of
    the claim on the host), kept_until, starts_at, ends_at."""
    query = (
        select(
            LiveSession.organization_id,
            LiveSession.id.label("session_id"),
            LiveSession.title,
            LiveSession.timezone,
            TimeClaim.kind,
            TimeClaim.kept_until,
            LiveSession.scheduled_at.label("starts_at"),
            LiveSession.ends_at,
        )
        .join(TimeClaim, (TimeClaim.session_id == LiveSession.id) & TimeClaim.host_id.is_not(None))
        .where(
            LiveSession.location_id == location_id,
            LiveSession.format == "in_person",
            LiveSession.status != "cancelled",
            LiveSession.deleted_at.is_(None),
            LiveSession.ends_at > now,
            claims.is_in_force(now),
        )
        .order_by(LiveSession.scheduled_at, LiveSession.id)
    )
    return db.session.execute(query).all()


def _refuse_overlaps(planned: Sequence[AnyRow]) -> None:
    overlaps = []
    latest = None
    for session in planned:
        if latest is not None and session.starts_at < latest.ends_at:
            overlaps.append(f"{_named(latest)} and {_named(session)}")
        if latest is None or session.ends_at > latest.ends_at:
            latest = session
    if not overlaps:
        return
    more = len(overlaps) - SHOWN
    rest = f", and {counted(more, 'more pair')}" if more > 0 else ""
    named = "; ".join(overlaps[:SHOWN]) + rest
    raise Clash(f"Sessions overlap there: {named}. Move them, then make the location exclusive.", field="is_exclusive")


def _named(session: AnyRow) -> str:
    return f"“{session.title}” ({moment_in_words(session.starts_at, session.timezone)})"
