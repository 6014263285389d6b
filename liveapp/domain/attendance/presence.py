"""Who is in a room online: joins and leaves, as our own link and the video providers tell them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from liveapp.db import AnyRow, db, insert_once
from liveapp.domain.actor import system
from liveapp.domain.attendance import outcomes, records
from liveapp.domain.attendance.access import Guest, guest
from liveapp.domain.attendance.models import SessionEvent
from liveapp.domain.attendance.queries import EXPECTED
from liveapp.domain.bookings.history import record
from liveapp.rules import attendance
from liveapp.rules.attendance import CAME, Mark, Presence, status_of_coming
from liveapp.rules.checkin import Way

OUR_LINK = "join_link"


def joined(
    *, booking_id: uuid.UUID, at: datetime, now: datetime, source: str = OUR_LINK, provider_event_id: str | None = None
) -> bool:
    """Whoever holds the booking came into the room at that moment; the first time of an online session is their
    check-in. Whether that was new: an event that is delivered twice counts once. Take the session's turn."""
    return _told(booking_id, "participant_joined", at, now, source, provider_event_id)


def left(*, booking_id: uuid.UUID, at: datetime, now: datetime, source: str, provider_event_id: str | None) -> bool:
    """They left the room; as `joined`."""
    return _told(booking_id, "participant_left", at, now, source, provider_event_id)


def keep(
    row: AnyRow, kind: str, at: datetime, source: str, provider_event_id: str | None,
    *, booking_id: uuid.UUID | None = None, user_id: uuid.UUID | None = None,
) -> bool:  # fmt: skip
    """Writes down what was told of a session, and of whom where that is known. False when it was told before. `row`:
    organization_id, session_id."""
    event = {
        "id": uuid.uuid4(), "organization_id": row.organization_id, "session_id": row.session_id,
        "booking_id": booking_id, "user_id": user_id, "kind": kind, "source": source, "at": at,
        "provider_event_id": provider_event_id,
    }  # fmt: skip
    return insert_once(SessionEvent, "id", event) is not None


def told_of(session_id: uuid.UUID, until: datetime) -> dict[uuid.UUID, Presence]:
    """What the joins and leaves of a session come to, by booking."""
    marks: dict[uuid.UUID, list[Mark]] = defaultdict(list)
    for row in db.session.execute(_marks().where(SessionEvent.session_id == session_id)):
        marks[row.booking_id].append(_mark(row))
    return {key: attendance.presence(found, until) for key, found in marks.items()}


def _told(
    booking_id: uuid.UUID, kind: str, at: datetime, now: datetime, source: str, provider_event_id: str | None
) -> bool:
    found = guest(booking_id)
    row = found.row
    if not keep(row, kind, at, source, provider_event_id, booking_id=row.id, user_id=row.user_id):
        return False
    if row.format == "online":
        _write(found, now)
    return True


def _write(found: Guest, now: datetime) -> None:
    """The record says what all joins and leaves come to. What staff said stands, and a booking that holds no place
    any more has no record."""
    row = found.row
    until = min(now, row.ended_at or row.ends_at, row.ends_at)
    marks = [_mark(each) for each in db.session.execute(_marks().where(SessionEvent.booking_id == row.id))]
    seen = attendance.presence(marks, until)
    if seen.joined_at is None or row.status not in EXPECTED:
        return
    if row.recorded_by is not None:
        if row.record_status in CAME:
            records.leave(row, seen.left_at, seen.seconds, now)
        return
    status = status_of_coming(seen.joined_at, row.starts_at, row.late_after_minutes)
    if row.checked_in_at is None:
        if not _comes_by_joining(found, now):
            return
        records.say_came(row, seen.joined_at, Way.JOIN.value)
        after = {"attendance": status.value, "how": Way.JOIN.value}
        record(system(row.organization_id), row.id, "check_in", now, after=after)
    records.write(
        row, status, now, joined_at=seen.joined_at, left_at=seen.left_at, duration_seconds=seen.seconds,
    )  # fmt: skip


def _comes_by_joining(found: Guest, now: datetime) -> bool:
    """Whether a join makes them present: while the session goes on, and where its telling came late. What the host of a
    meeting marked as missed stays so, and what staff forgave."""
    row = found.row
    if row.status == "no_show" and row.type != "meeting" and row.waived_at is None:
        outcomes.attend(row, now)
        record(
            system(row.organization_id), row.id, "attend", now,
            before={"status": row.status}, after={"status": "attended"},
        )  # fmt: skip
        return True
    return bool(row.status == "confirmed")


def _marks() -> Select[*tuple[Any, ...]]:
    return (
        select(SessionEvent.booking_id, SessionEvent.kind, SessionEvent.at, SessionEvent.source)
        .where(SessionEvent.booking_id.is_not(None), SessionEvent.kind.in_(("participant_joined", "participant_left")))
        .order_by(SessionEvent.at, SessionEvent.id)
    )


def _mark(row: Any) -> Mark:
    source = "" if row.source == OUR_LINK else row.source
    return Mark(row.at, row.kind == "participant_joined", source)
