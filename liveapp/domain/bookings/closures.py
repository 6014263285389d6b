"""Closing for some days: what is hit is shown, then one action cancels all of it and tells everybody."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, insert, select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import User
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.availability.models import Closure
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings import session_changes
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Location
from liveapp.domain.errors import Forbidden, Invalid, NotFound, Refusal
from liveapp.domain.live_sessions import service as live_sessions
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.roles import Right, may
from liveapp.rules.zones import zone_named

LONGEST_DAYS = 366


class HitsChanged(Refusal):
    """Somebody booked or planned something since the preview was shown."""

    code = "hits_changed"
    sentence = "What is hit has changed since you looked. Check the list again, then close."


def hits(
    *, organization_id: uuid.UUID, first_day: date, last_day: date, location_id: uuid.UUID | None, now: datetime
) -> Sequence[AnyRow]:
    """Sessions and meetings on these days that haven't begun: every column of sessions and host_name, in order."""
    timezone = accounts.organization_by_id(organization_id=organization_id).timezone
    start = resolve_local(first_day, time(), timezone)
    end = resolve_local(last_day + timedelta(days=1), time(), timezone)
    query = (
        select(*LiveSession.__table__.columns, User.name.label("host_name"))
        .join(User, User.id == LiveSession.host_id)
        .where(
            LiveSession.organization_id == organization_id,
            LiveSession.status.in_(("draft", "scheduled")),
            LiveSession.deleted_at.is_(None),
            LiveSession.scheduled_at > max(now, start - timedelta(days=1)),
            LiveSession.scheduled_at < end,
            LiveSession.ends_at > start,
        )
        .order_by(LiveSession.scheduled_at, LiveSession.id)
    )
    if location_id is not None:
        query = query.where(LiveSession.location_id == location_id)
    return db.session.execute(query).all()


def close(
    *,
    actor: Actor,
    first_day: date,
    last_day: date,
    location_id: uuid.UUID | None,
    reason: str,
    seen: int,
    now: datetime,
) -> tuple[int, int]:
    """Closes these days and cancels what is on them; `seen` is how many the person was shown.

    Returns how many sessions and meetings went, and how many people are told.
    """
    _check(actor, first_day, last_day, location_id, now)
    hit = hits(
        organization_id=actor.organization_id,
        first_day=first_day,
        last_day=last_day,
        location_id=location_id,
        now=now,
    )
    if len(hit) != seen:
        raise HitsChanged()
    words = f"We are closed: {reason}" if reason else "We are closed."
    told = sum(_take_out(session, actor, now, words) for session in hit)
    closure_id = uuid.uuid4()
    values = {"first_day": first_day, "last_day": last_day, "location_id": location_id, "reason": reason}
    db.session.execute(
        insert(Closure).values(
            id=closure_id,
            organization_id=actor.organization_id,
            created_by=actor.user_id,
            created_at=now,
            **values,
        )
    )
    audit.record(
        actor=actor, action="create", object_type="closure", object_id=closure_id, now=now,
        after=values | {"cancelled": len(hit), "told": told},
    )  # fmt: skip
    return len(hit), told


def reopen(*, closure_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Takes a closure back; what it cancelled stays cancelled."""
    _check_right(actor)
    query = select(*Closure.__table__.columns).where(
        Closure.id == closure_id, Closure.organization_id == actor.organization_id
    )
    closure = db.session.execute(query).one_or_none()
    if closure is None:
        raise NotFound()
    db.session.execute(delete(Closure).where(Closure.id == closure_id))
    audit.record(
        actor=actor, action="delete", object_type="closure", object_id=closure_id, now=now,
        before={name: getattr(closure, name) for name in ("first_day", "last_day", "location_id", "reason")},
    )  # fmt: skip


def upcoming(*, organization_id: uuid.UUID, today: date) -> Sequence[AnyRow]:
    """Closures that aren't over: id, first_day, last_day, reason, location_name; the next first."""
    query = (
        select(Closure.id, Closure.first_day, Closure.last_day, Closure.reason, Location.name.label("location_name"))
        .outerjoin(Location, Location.id == Closure.location_id)
        .where(Closure.organization_id == organization_id, Closure.last_day >= today)
        .order_by(Closure.first_day, Closure.id)
    )
    return db.session.execute(query).all()


def organization_of(closure_id: uuid.UUID) -> uuid.UUID:
    """Whose closure it is. Raises NotFound."""
    query = select(Closure.organization_id).where(Closure.id == closure_id)
    found = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found


def _check(actor: Actor, first_day: date, last_day: date, location_id: uuid.UUID | None, now: datetime) -> None:
    _check_right(actor)
    organization = accounts.organization_by_id(organization_id=actor.organization_id)
    if last_day < first_day:
        raise Invalid("The last day is before the first. Choose a later one.", field="last_day")
    if (last_day - first_day).days >= LONGEST_DAYS:
        raise Invalid(f"Close for at most {LONGEST_DAYS} days at a time.", field="last_day")
    if last_day < now.astimezone(zone_named(organization.timezone)).date():
        raise Invalid("These days have passed. Choose days that lie ahead.", field="last_day")
    if location_id is not None:
        query = select(Location.id).where(Location.id == location_id, Location.organization_id == organization.id)
        if db.session.execute(query).first() is None:
            raise Invalid("This location isn't there any more. Choose another one.", field="location_id")


def _check_right(actor: Actor) -> None:
    if not may(actor.role, Right.CANCEL_SESSION):
        raise Forbidden()


def _take_out(session: AnyRow, actor: Actor, now: datetime, words: str) -> int:
    """Cancels one session or meeting with its bookings; drafts are deleted. Returns how many people are told."""
    if session.type == "meeting":
        return _cancel_meeting(session, actor, now, words)
    if session.status == "draft":
        live_sessions.remove([session], actor, now)
        return 0
    return session_changes.cancel_with_bookings(session, actor, now, words)


def _cancel_meeting(session: AnyRow, actor: Actor, now: datetime, words: str) -> int:
    query = select(Booking.id).where(
        Booking.session_id == session.id, Booking.status.in_(session_changes.CANCELLED_WITH_IT)
    )
    ids = db.session.execute(query).scalars().all()
    for booking_id in ids:
        bookings.cancel(booking_id=booking_id, now=now, actor=actor, reason=words)
    return len(ids)
