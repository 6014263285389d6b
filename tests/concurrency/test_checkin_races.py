"""Two devices that check the same person in at once make one record; and proof that the guards are why."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from liveapp.config import Settings
from liveapp.db import db
from liveapp.domain.accounts.models import User
from liveapp.domain.attendance import checks, closing, service
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.attendance.service import Coming
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings.models import Booking
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.checkin import Code, Way
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW
from tests.concurrency import race
from tests.concurrency.race import Call, is_lost
from tests.concurrency.test_races import World, spare, world

__all__ = ["spare", "world"]

STARTS = NOW + timedelta(days=3)


def crowd(world: World, people: int) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """A class that so many people are booked into."""
    host = cast.staff(world.organization_id, f"Host{uuid.uuid4().hex[:6]} X", "coach")
    session_id = cast.session(
        world.organization_id, host, cast.offering(world.organization_id), STARTS, max_participants=people
    )
    ids = [uuid.uuid4() for _ in range(people)]
    users = [
        {"id": key, "email": f"{key.hex}@example.com", "name": "Guest", "sign_in_nonce": key, "created_at": NOW}
        for key in ids
    ]
    rows = [cast.booking_values(session_id, key, id=key) for key in ids]

    def fill() -> None:
        db.session.execute(insert(User), users)
        db.session.execute(insert(Booking), rows)
        db.session.execute(update(LiveSession).where(LiveSession.id == session_id).values(participant_count=people))

    transact(fill)
    return session_id, ids


def twice(session_id: uuid.UUID, bookings: list[uuid.UUID]) -> list[Call]:
    """Everybody is checked in by two devices, the one right after the other."""
    values = {"coming": Coming(Way.DOOR_CODE), "now": STARTS}
    return [Call(service.check_in, {"booking_id": key, **values}, (session_id,)) for key in bookings for _ in range(2)]


def records() -> int:
    return counted(AttendanceRecord)


def counted(table: Any, *where: Any) -> int:
    db.session.rollback()
    return int(db.session.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


@pytest.mark.parametrize("people", [60, pytest.param(1000, marks=pytest.mark.faults)])
def test_twice_at_once_is_once(world: World, settings: Settings, people: int) -> None:
    outcome = race.run(settings, twice(*crowd(world, people)))
    assert outcome.errors == []
    codes = [answer.code for answer in outcome.results]
    assert (codes.count(Code.CHECKED_IN), codes.count(Code.ALREADY_IN)) == (people, people)
    assert records() == counted(AuditEntry, AuditEntry.action == "check_in") == people
    assert list(checks.attendance(NOW)) == []


def test_without_the_guards_somebody_is_recorded_twice(spare: tuple[World, Settings]) -> None:
    world, settings = spare
    race.take_constraint_out("attendance_records", "uq_attendance_records_booking_id")
    if settings.database_url.startswith("sqlite"):
        race.take_key_out("attendance_records")

    def again() -> tuple[list[Call], Callable[[], bool]]:
        return twice(*crowd(world, 40)), is_recorded_twice

    assert is_lost(settings, again)


def is_recorded_twice() -> bool:
    return any("more than one record" in sentence for sentence in checks.attendance(NOW))


def test_a_session_that_two_clocks_close_is_closed_once(world: World, settings: Settings) -> None:
    session_id, bookings = crowd(world, 20)
    over = STARTS + timedelta(hours=2)
    transact(lambda: db.session.execute(
        update(LiveSession).where(LiveSession.id == session_id).values(status="ended", ended_at=over)))  # fmt: skip
    calls = [Call(closing.close, {"session_id": session_id, "now": over}, (session_id,)) for _ in range(12)]
    outcome = race.run(settings, calls)
    assert outcome.errors == []
    assert sorted(outcome.results) == [0] * 11 + [20]
    assert records() == counted(AuditEntry, AuditEntry.action == "miss") == len(bookings)
