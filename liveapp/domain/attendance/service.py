"""Checking in and out, and taking it back. Each verb is one transaction's work; take the session's turn."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from liveapp.db import AnyRow
from liveapp.domain.actor import Actor
from liveapp.domain.attendance import records, whereabouts
from liveapp.domain.attendance.access import Guest, guest
from liveapp.domain.attendance.errors import IsIn, NotCheckedIn, NotIn, SessionClosed, Undone
from liveapp.domain.bookings.access import check_runs_roster
from liveapp.domain.bookings.history import holder, record
from liveapp.domain.errors import Invalid
from liveapp.domain.idempotency import service as idempotency
from liveapp.rules import checkin
from liveapp.rules.attendance import Status, status_of_coming
from liveapp.rules.checkin import Answer, Code, Way, tapped_at, while_it_went_on
from liveapp.rules.geofence import Position

BY_DESK = (Way.MANUAL.value, Way.OWN_CODE.value)
"""Ways in which staff let people in."""


@dataclass(frozen=True, slots=True)
class Coming:
    """How somebody comes in.

    `actor`: the staff member who lets them in, empty where they do it themselves. `session_id`: the session they stand
    before, where they might hold a booking of another. `override`: why staff pass over the check-in's hours.
    `device_at`: when a desk without network wrote it down, by its own clock; `desk_opened_at`: since when that desk has
    been open, as we know it: what it says of earlier isn't believed. `position`: where their phone is, and
    `reach` how far off it may be where the location doesn't say (metres).
    """

    how: Way
    actor: Actor | None = None
    session_id: uuid.UUID | None = None
    override: str = ""
    device_at: datetime | None = None
    desk_opened_at: datetime | None = None
    position: Position | None = None
    reach: int = 150


def check_in(*, booking_id: uuid.UUID, coming: Coming, now: datetime, key: str | None = None) -> Answer:
    """Somebody is there: one record, whichever way and however often it is said. Who is in already is told since when,
    and of two desks of which one had no network the earlier tap counts.

    Raises NotCheckedIn with the reason, NotFound, Forbidden; asked again with the same `key`, it gives the first
    answer, or Undone.
    """
    answered = idempotency.claim(key, booking_id, now=now)
    found = guest(booking_id, coming.actor)
    if answered is not None:
        return _first_answer(found, answered)
    at = tapped_at(found.entry, coming.device_at, coming.desk_opened_at, now)
    answer = _answer(found, coming, at, now)
    if answer.code is Code.ALREADY_IN:
        return _earlier(found, coming, at, now) or answer
    reason = _reason(found, answer, coming, at)
    _write(found.row, coming, at, reason, now)
    return checkin.checked_in(at, coming.how.value, found.say_time)


def check_out(*, booking_id: uuid.UUID, now: datetime, actor: Actor | None = None) -> None:
    """They go before the session is closed; gone already, they stay so. Raises NotIn, SessionClosed."""
    row = guest(booking_id, actor).row
    if row.closed_at is not None:
        raise SessionClosed()
    if row.checked_in_at is None or row.joined_at is None:
        raise NotIn("You aren't checked in, so you can't check out." if actor is None else None)
    if row.left_at is not None:
        return
    left_at = max(now, row.joined_at)
    seconds = int((left_at - row.joined_at).total_seconds())
    records.leave(row, left_at, seconds, now)
    record(
        actor or holder(row, row.user_id), row.id, "check_out", now,
        before={"left_at": None}, after={"left_at": left_at},
    )  # fmt: skip


def come_back(*, booking_id: uuid.UUID, now: datetime, actor: Actor | None = None) -> None:
    """They didn't go, or are back: the time between counts as being there. Raises NotIn, SessionClosed."""
    row = guest(booking_id, actor).row
    if row.closed_at is not None:
        raise SessionClosed()
    if row.checked_in_at is None:
        raise NotIn()
    if row.left_at is None:
        return
    records.leave(row, None, 0, now)
    record(
        actor or holder(row, row.user_id), row.id, "come_back", now,
        before={"left_at": row.left_at}, after={"left_at": None},
    )  # fmt: skip


def undo(*, booking_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Takes a check-in back, as if nobody had known anything; or an excuse, by who may excuse. Undone already, it stays
    so. Raises Forbidden, and SessionClosed once the session is closed.
    """
    row = guest(booking_id, actor).row
    if row.closed_at is not None or row.status != "confirmed":
        raise SessionClosed()
    if row.record_id is None:
        return
    if row.record_status == Status.EXCUSED:
        check_runs_roster(row, actor)
    records.forget(row)
    records.say_came(row, None, None)
    before = {"attendance": row.record_status, "checked_in_at": row.checked_in_at, "how": row.checked_in_how}
    record(
        actor, row.id, "undo_check_in", now,
        before={name: value for name, value in before.items() if value}, after={"attendance": None},
    )  # fmt: skip


def excuse(*, booking_id: uuid.UUID, actor: Actor, reason: str, now: datetime) -> None:
    """They said that they can't come: they don't count as missing, and lose nothing by it when the session is closed.

    For the time from when check-in opens until the session is closed; whoever comes after all is checked in. Raises
    IsIn, SessionClosed, NotCheckedIn.
    """
    found = guest(booking_id, actor)
    row = found.row
    check_runs_roster(row, actor)
    if row.type == "meeting":
        raise Invalid("A meeting's guest isn't excused here. Cancel the meeting, or move it.")
    if row.closed_at is not None:
        raise SessionClosed()
    if row.checked_in_at is not None:
        raise IsIn()
    if row.record_status == Status.EXCUSED:
        return
    answer = _answer(found, Coming(Way.MANUAL, actor), now, now)
    if answer.code not in (Code.OPEN, Code.CLOSED):
        raise NotCheckedIn(answer)
    reason = said(reason)
    records.write(row, Status.EXCUSED, now, recorded_by=actor.user_id, reason=reason)
    record(actor, row.id, "excuse", now, after={"attendance": Status.EXCUSED.value, "reason": reason})


def said(reason: str) -> str:
    """The reason that staff give. Raises Invalid for none."""
    if not reason.strip():
        raise Invalid("Say why, so that others can follow it.", field="reason")
    return reason.strip()


def _first_answer(found: Guest, answered: uuid.UUID) -> Answer:
    if answered != found.row.id:
        raise Invalid("This key was used to check in somebody else. Send each check-in with a key of its own.")
    if found.row.checked_in_at is None:
        raise Undone()
    return checkin.checked_in(found.row.checked_in_at, found.row.checked_in_how, found.say_time)


def _answer(found: Guest, coming: Coming, at: datetime, now: datetime) -> Answer:
    """The one answer, in the order in which it helps: another session's, how it stands, the hours, the place. Of what
    a desk wrote down before it could send it, as it stood then; but how a meeting went is settled on its own page, and
    what arrives when the session is closed is a correction (`correcting`)."""
    if coming.session_id not in (None, found.row.session_id):
        return _elsewhere(found, coming)
    entry = found.entry
    if coming.actor and at < now and found.row.closed_at is None and found.row.type != "meeting":
        entry = while_it_went_on(entry)
    answer = checkin.answer(entry, at, say=found.say, say_time=found.say_time)
    if answer.code is Code.OPEN and coming.how is Way.GPS:
        return whereabouts.answer(found.row, coming.position, coming.reach)
    return answer


def _earlier(found: Guest, coming: Coming, at: datetime, now: datetime) -> Answer | None:
    """The answer to a tap that a desk sends late, of somebody whom another desk let in after it: they came then. None
    where it wasn't before, check-in wasn't open, or the session is closed, when a correction is asked for."""
    row = found.row
    was_tapped = coming.actor is not None and coming.device_at is not None and row.checked_in_how in BY_DESK
    if not was_tapped or row.closed_at is not None or at >= row.checked_in_at:
        return None
    entry = replace(while_it_went_on(found.entry), came_at=None, came_how=None)
    if checkin.answer(entry, at, say=found.say, say_time=found.say_time).code is not Code.OPEN:
        return None
    went = row.left_at
    stay = {} if went is None else {"left_at": went, "duration_seconds": int((went - at).total_seconds())}
    _write(row, coming, at, "", now, **stay)
    return checkin.checked_in(at, coming.how.value, found.say_time)


def _elsewhere(found: Guest, coming: Coming) -> Answer:
    """Of another business's sessions nobody here is told anything."""
    assert coming.session_id is not None
    knows = coming.actor is None or coming.actor.organization_id == found.row.organization_id
    return checkin.other_session(found.row.title if knows else "", found.say(found.row.starts_at))


def _reason(found: Guest, answer: Answer, coming: Coming, at: datetime) -> str:
    """Why staff let them in all the same; empty where nothing is passed over. Raises NotCheckedIn."""
    if answer.code is Code.OPEN:
        return ""
    if coming.actor and coming.override.strip() and checkin.may_override(found.entry, answer, at):
        return coming.override.strip()
    raise NotCheckedIn(answer)


def _write(row: AnyRow, coming: Coming, at: datetime, reason: str, now: datetime, **more: Any) -> None:
    """The booking says when and how, the record whether that was in time, and the log who did it."""
    status = status_of_coming(at, row.starts_at, row.late_after_minutes)
    records.say_came(row, at, coming.how.value)
    records.write(
        row,
        status,
        now,
        joined_at=at,
        recorded_by=coming.actor.user_id if coming.actor else None,
        reason=reason,
        is_unverified=coming.device_at is not None,
        device_at=coming.device_at,
        **more,
    )
    after = {"attendance": status.value, "how": coming.how.value, "reason": reason, "device_at": coming.device_at}
    before = {} if row.checked_in_at is None else {"checked_in_at": row.checked_in_at}
    after |= {} if row.checked_in_at is None else {"checked_in_at": at}
    record(
        coming.actor or holder(row, row.user_id), row.id, "check_in", now,
        before=before, after={name: value for name, value in after.items() if value},
    )  # fmt: skip
