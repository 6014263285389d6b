"""Changes of a session that the people who booked must learn of: starting, moving, handing over, cancelling."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.actor import Actor, system
from liveapp.domain.audit import service as audit
from liveapp.domain.availability import claims
from liveapp.domain.bookings import arrived, places, waitlist
from liveapp.domain.bookings.models import Booking
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.live_sessions import access, calendars, details, making, obstacles, service
from liveapp.domain.live_sessions.details import Details, Limits
from liveapp.domain.live_sessions.differences import Change
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.service import promise
from liveapp.domain.plans import credits
from liveapp.rules import capacity
from liveapp.rules.lifecycle import BOOKING, next_status

CANCELLED_WITH_IT = ("requested", "held", "confirmed", "waitlisted")
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Edit:
    """What a session is to be: everything said of it, and when it starts (aware UTC)."""

    details: Details
    starts_at: datetime


def start_session(*, session_id: uuid.UUID, actor: Actor, now: datetime, agreed: int | None = None) -> None:
    """The session is live; whoever still waits for a place is told that none came free.

    `agreed`: how many people the person was told lose their wait. Raises NotOpen before the window, and AskFirst where
    another number waits.
    """
    session = access.own(session_id, actor)
    status = access.target_now(session, "start", actor, now, agreed=agreed)
    service.change(session, "start", actor, now, status=status, started_at=now)
    waitlist.end(session, now)


def advance(*, session_id: uuid.UUID, organization_id: uuid.UUID, now: datetime) -> int:
    """What the clock does: live when its time has come, ended when it is over. Returns how many steps it took."""
    actor = system(organization_id)
    session = access.own(session_id, actor)
    steps = 0
    if session.status == "scheduled" and session.scheduled_at <= now:
        start_session(session_id=session_id, actor=actor, now=now)
        session = access.own(session_id, actor)
        steps += 1
    if session.status == "live" and session.ends_at <= now:
        service.end(session_id=session_id, actor=actor, now=now)
        steps += 1
    return steps


def running(*, now: datetime) -> Sequence[AnyRow]:
    """Sessions that the clock has to start or end: id, organization_id; the longest overdue first."""
    query = (
        select(LiveSession.id, LiveSession.organization_id)
        .where(
            LiveSession.status.in_(("scheduled", "live")),
            LiveSession.ends_at <= now + timedelta(days=1),
            or_(
                (LiveSession.status == "scheduled") & (LiveSession.scheduled_at <= now),
                (LiveSession.status == "live") & (LiveSession.ends_at <= now),
            ),
        )
        .order_by(LiveSession.ends_at, LiveSession.id)
    )
    return db.session.execute(query).all()


def cancel_session(*, session_id: uuid.UUID, actor: Actor, now: datetime, reason: str) -> int:
    """The session and every live booking of it are cancelled, everything goes back, everybody is told once.

    Returns how many people are told. Take the session's turn.
    """
    session = access.own(session_id, actor)
    if session.type == "meeting":
        raise NotFound("Meetings are cancelled on the meetings page.")
    if not reason.strip():
        raise Invalid("Say why, so that the people who booked know.", field="reason")
    return cancel_with_bookings(session, actor, now, reason.strip())


def edit_session(*, session_id: uuid.UUID, actor: Actor, now: datetime, limits: Limits, edit: Edit) -> list[str]:
    """Changes one session; of a series, it goes its own way from then on. Everybody booked is told of time, place,
    link and host. Returns what they are told, in words. Take the turns of the session, its host and the new host.
    """
    session = access.own(session_id, actor)
    access.check_editable(session, actor)
    organization = accounts.organization_by_id(organization_id=actor.organization_id)
    details.check_length(edit.details.duration_minutes, organization, limits)
    if edit.details.host_id != session.host_id:
        details.check_host(edit.details.host_id, actor)
    if edit.starts_at != session.scheduled_at:
        _check_start(session, edit.starts_at, now)
    columns = edit.details.columns() | {"scheduled_at": edit.starts_at}
    room = details.exclusive_location(edit.details, organization.id)
    wanted = obstacles.session_claim(session.id, organization.id, edit.starts_at, columns, room)
    if _occupies_otherwise(session, columns):
        where = columns["location_id"]
        obstacles.refuse(obstacles.find([wanted], organization=organization, location_id=where, now=now))
        claims.move([wanted], now=now)
    if session.series_id:
        columns["is_detached"] = True
    return apply(session, columns, actor, now)


def change_session(*, session_id: uuid.UUID, actor: Actor, now: datetime, limits: Limits, change: Change) -> list[str]:
    """As `edit_session`, of what the change names; all else stays as the session has it by now."""
    session = access.own(session_id, actor)
    edit = Edit(change.details(session), change.starts_at(session))
    return edit_session(session_id=session_id, actor=actor, now=now, limits=limits, edit=edit)


def substitute_host(
    *, session_id: uuid.UUID, host_id: uuid.UUID, actor: Actor, now: datetime, limits: Limits
) -> list[str]:
    """Somebody else leads this one session. Take the turns of the session and both hosts."""
    change = Change({"host_id": host_id})
    return change_session(session_id=session_id, actor=actor, now=now, limits=limits, change=change)


def apply(session: AnyRow, columns: dict[str, Any], actor: Actor, now: datetime) -> list[str]:
    """Writes what changed, and promises the mails about what people must learn. The claims are the caller's."""
    return apply_each([(session, columns)], actor, now)[0]


def apply_each(edits: Sequence[tuple[AnyRow, dict[str, Any]]], actor: Actor, now: datetime) -> list[list[str]]:
    """As `apply`, to many sessions of one organization, in a few statements for all of them. Raises Invalid where
    people are in who couldn't be at the new time."""
    for session, columns in edits:
        arrived.check_movable(session, columns["scheduled_at"], now)
    found = [details.changed_words(session, columns) for session, columns in edits]
    changes = [_change(session, columns, words) for (session, columns), words in zip(edits, found, strict=True)]
    service.change_each(changes, "edit", actor, now)
    told = [(*edit, words) for edit, words in zip(edits, found, strict=True) if words and edit[0].status != "draft"]
    tell_of_changes(told, actor, now)
    for session, columns in edits:
        if columns["max_participants"] > session.max_participants:
            waitlist.promote(session_id=session.id, now=now)
    return found


def _change(session: AnyRow, columns: dict[str, Any], words: list[str]) -> tuple[AnyRow, dict[str, Any]]:
    """What follows from the columns is changed with them. Raises Invalid for fewer places than are held."""
    held, wanted = session.participant_count, columns["max_participants"]
    try:
        capacity.check_max_participants(
            wanted, taken=held - (session.overbooked if wanted >= session.max_participants else 0)
        )
    except capacity.TooFewPlaces as error:
        raise Invalid(str(error), field="max_participants") from error
    return session, columns | {
        "ends_at": columns["scheduled_at"] + timedelta(minutes=columns["duration_minutes"]),
        "revision": session.revision + bool(words),
        "overbooked": max(0, held - wanted),
    }


def cancel_with_bookings(session: AnyRow, actor: Actor, now: datetime, reason: str) -> int:
    """Cancels the session and its bookings, and promises the mails. Returns how many people are told."""
    return cancel_each([session], actor, now, reason)[session.id]


def cancel_each(sessions: Sequence[AnyRow], actor: Actor, now: datetime, reason: str) -> dict[uuid.UUID, int]:
    """As `cancel_with_bookings`, of many sessions of one organization, in a few statements for all of them."""
    statuses = {session.id: access.target(session, "cancel", actor) for session in sessions}
    people = [each for each in places.holders_of(list(statuses)) if each.status in CANCELLED_WITH_IT]
    _cancel_bookings(people, actor, now, reason)
    forgiven = _forgive_late(list(statuses), actor, now, reason)
    places.tell_of_coming(sessions, now)
    changes = [
        (
            session,
            {
                "status": statuses[session.id],
                "cancelled_at": now,
                "cancelled_by": actor.user_id,
                "cancel_reason": reason,
                "revision": session.revision + 1,
            },
        )
        for session in sessions
    ]
    service.change_each(changes, "cancel", actor, now)
    claims.release(statuses)
    by_id = {session.id: session for session in sessions}
    mails = [
        places.to_guest("booking_waived", each.id, by_id[each.session_id], each.email, has_credit=has_credit)
        for each, has_credit in forgiven
    ]
    mails += [
        places.to_guest("session_cancelled", each.id, by_id[each.session_id], each.email, reason=reason)
        for each in people
    ]
    hosts = calendars.hosts_of(actor.organization_id)
    for session in sessions:
        mails += calendars.tell_hosts("host_session_cancelled", session, session.host_id, hosts, actor, reason=reason)
    promise(mails, now=now)
    told = Counter(each.session_id for each in people)
    return {session.id: told[session.id] for session in sessions}


def _cancel_bookings(people: Sequence[AnyRow], actor: Actor, now: datetime, reason: str) -> None:
    if not people:
        return
    ids = [each.id for each in people]
    for chunk in (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)):
        db.session.execute(
            update(Booking)
            .where(Booking.id.in_(chunk))
            .values(
                status="cancelled",
                waitlist_position=None,
                expires_at=None,
                revision=Booking.revision + 1,
                cancelled_at=now,
                cancelled_by=actor.user_id,
                cancel_reason=reason,
                cancelled_late=False,
            )
        )
    credits.give_back({each.id: each.credit_extension_days for each in people}, now=now, by_business=True)
    places.uncount(people)
    places.tell_of_money(people, now)
    for each in people:
        status = next_status(BOOKING, each.status, "cancel")
        audit.record(
            actor=actor, action="cancel", object_type="booking", object_id=each.id, now=now,
            before={"status": each.status}, after={"status": status, "reason": reason, "with_session": each.session_id},
        )  # fmt: skip


def _forgive_late(
    session_ids: Sequence[uuid.UUID], actor: Actor, now: datetime, reason: str
) -> list[tuple[AnyRow, bool]]:
    """Who had cancelled late has given up nothing: fee, money and credit come back as well. Returns each with whether a
    credit came back that they can use."""
    late = places.cancelled_late(session_ids)
    if not late:
        return []
    forgiven = {"waived_at": now, "undone_at": now, "revision": Booking.revision + 1}
    db.session.execute(update(Booking).where(Booking.id.in_([each.id for each in late])).values(**forgiven))
    back = credits.give_back({each.id: each.credit_extension_days for each in late}, now=now, by_business=True)
    places.tell_of_money(late, now, has_fee=True)
    for each in late:
        audit.record(
            actor=actor, action="waive", object_type="booking", object_id=each.id, now=now,
            before={"waived_at": None}, after={"waived_at": now, "reason": reason, "with_session": each.session_id},
        )  # fmt: skip
    return [(each, back.get(each.id, False)) for each in late]


def _check_start(session: AnyRow, start: datetime, now: datetime) -> None:
    if session.status == "live":
        raise Invalid("This session has started, so its time stays as it is.", field="date")
    if session.status == "scheduled":
        making.check_future(start, now, session.timezone)


def _occupies_otherwise(session: AnyRow, columns: dict[str, Any]) -> bool:
    """Whether the change touches what the session claims."""
    claimed = ("host_id", "scheduled_at", "duration_minutes", "format", "location_id")
    return any(getattr(session, name) != columns[name] for name in claimed)


def tell_of_changes(edits: Sequence[tuple[AnyRow, Mapping[str, Any], list[str]]], actor: Actor, now: datetime) -> None:
    """Promises the mails about what changed, of sessions with their new columns and the changes in words."""
    if not edits:
        return
    people: dict[uuid.UUID, list[AnyRow]] = {}
    for each in places.holders_of([session.id for session, _, _ in edits]):
        people.setdefault(each.session_id, []).append(each)
    hosts, mails = calendars.hosts_of(actor.organization_id), []
    for session, columns, words in edits:
        payload: dict[str, Any] = {"changes": words}
        if columns["scheduled_at"] != session.scheduled_at:
            payload["was"] = session.scheduled_at.isoformat()
        told = people.get(session.id, ())
        mails += [places.to_guest("session_changed", each.id, session, each.email, **payload) for each in told]
        new_host = columns["host_id"]
        mails += calendars.tell_hosts("host_session_changed", session, new_host, hosts, actor, **payload)
        if new_host != session.host_id:
            mails += calendars.tell_hosts("host_session_handed_over", session, session.host_id, hosts, actor)
    promise(mails, now=now)
