"""Opening screens, giving them another link, ending them; and noting when they were last seen."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain.actor import Actor
from liveapp.domain.catalogue import rows
from liveapp.domain.catalogue.models import Location
from liveapp.domain.displays.errors import BadScope, Ended, NotYours
from liveapp.domain.displays.models import Display
from liveapp.domain.displays.queries import showable
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.displays import lasts_until, may_end, may_open


@dataclass(frozen=True, slots=True)
class Wish:
    """A screen as it is asked for: of a session or of a location, for so many days."""

    name: str
    days: int
    session_id: uuid.UUID | None = None
    location_id: uuid.UUID | None = None


def add(*, actor: Actor, wish: Wish, now: datetime, key: str | None = None) -> uuid.UUID:
    """A new screen. Returns its id. Raises BadScope, NotYours."""
    display_id = uuid.uuid4()
    before = idempotency.claim(key, display_id, now=now)
    if before:
        return before
    ends_at = _session_end(actor, wish, now) if wish.session_id else None
    if ends_at is None:
        _check_location(actor, wish)
    values = {
        "name": wish.name,
        "session_id": wish.session_id,
        "location_id": wish.location_id,
        "expires_at": lasts_until(now, wish.days, ends_at),
    }
    _insert(display_id, actor, values, now)
    return display_id


def rotate(*, actor: Actor, display_id: uuid.UUID, now: datetime) -> uuid.UUID:
    """Ends the link, and makes another that would end when this one did. Returns its id. Raises Ended."""
    present = _endable(actor, display_id)
    if present.revoked_at or present.expires_at <= now:
        raise Ended()
    switch_off(actor=actor, display_id=display_id, now=now)
    new_id = uuid.uuid4()
    kept = {name: getattr(present, name) for name in ("name", "session_id", "location_id", "expires_at")}
    _insert(new_id, actor, kept, now)
    return new_id


def revoke(*, actor: Actor, display_id: uuid.UUID, now: datetime) -> None:
    """Ends the link; once is enough. Raises NotYours."""
    present = _endable(actor, display_id)
    if present.revoked_at is None:
        switch_off(actor=actor, display_id=display_id, now=now)


def take_over(*, actor: Actor, display_id: uuid.UUID, now: datetime) -> None:
    """The screen is the actor's from now on; its link stays."""
    before = rows.own_row(Display, actor, display_id).created_by
    rows.write_row(Display, display_id, {"created_by": actor.user_id})
    rows.record(
        actor,
        "display.take_over",
        "display",
        display_id,
        now,
        before={"created_by": before},
        after={"created_by": actor.user_id},
    )


def switch_off(*, actor: Actor, display_id: uuid.UUID, now: datetime) -> None:
    """Ends the link, whoever opened it."""
    rows.write_row(Display, display_id, {"revoked_at": now})
    rows.record(
        actor, "display.revoke", "display", display_id, now, before={"revoked_at": None}, after={"revoked_at": now}
    )


def note_seen(*, display_ids: Collection[uuid.UUID], now: datetime) -> None:
    """Writes down that these screens asked just now."""
    db.session.execute(update(Display).where(Display.id.in_(sorted(display_ids))).values(last_seen_at=now))


def _insert(display_id: uuid.UUID, actor: Actor, values: dict[str, Any], now: datetime) -> None:
    rows.insert_row(Display, "display", display_id, actor, values | {"created_by": actor.user_id}, now)


def _endable(actor: Actor, display_id: uuid.UUID) -> Any:
    present = rows.own_row(Display, actor, display_id)
    if not may_end(actor.role, is_own=present.created_by == actor.user_id):
        raise NotYours()
    return present


def _session_end(actor: Actor, wish: Wish, now: datetime) -> datetime:
    """When the session ends: one of the organization's that screens are opened for. Raises BadScope, NotYours."""
    query = select(LiveSession.host_id, LiveSession.ends_at).where(
        LiveSession.id == wish.session_id,
        LiveSession.organization_id == actor.organization_id,
        *showable(now),
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise BadScope(field="shows")
    _check_opens(actor, is_host=found.host_id == actor.user_id, is_location=False)
    ends_at: datetime = found.ends_at
    return ends_at


def _check_location(actor: Actor, wish: Wish) -> None:
    """Raises BadScope for a location that isn't the organization's or is archived, NotYours."""
    query = select(Location.id).where(
        Location.id == wish.location_id,
        Location.organization_id == actor.organization_id,
        Location.archived_at.is_(None),
    )
    if wish.location_id is None or db.session.execute(query).first() is None:
        raise BadScope(field="shows")
    _check_opens(actor, is_host=False, is_location=True)


def _check_opens(actor: Actor, *, is_host: bool, is_location: bool) -> None:
    if not may_open(actor.role, is_host=is_host, is_location=is_location):
        raise NotYours()
