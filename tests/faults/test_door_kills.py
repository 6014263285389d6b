"""Processes killed with -9 while somebody is checked in, while a session is closed, and while a provider makes a
meeting for one: asked again it is done, once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from liveapp import create_app
from liveapp.config import Settings
from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.attendance import closing, service
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.attendance.service import Coming
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings import service as bookings
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.models import Notification
from liveapp.domain.video.models import SessionLink
from liveapp.gateways.video import links, tokens
from liveapp.gateways.video.asking import SignInNeeded, VideoAway
from liveapp.rules.checkin import Way
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.faults.children import is_killed
from tests.gateways.test_video import Room, room

__all__ = ["room"]

ENDS = NOW + timedelta(days=3, hours=1)
RUNS = pytest.mark.parametrize("runs", [1, pytest.param(20, marks=pytest.mark.faults)])
LEASES_ARE_OVER = timedelta(minutes=3)


def _do(settings: Settings, fn: Callable[..., Any], values: dict[str, Any]) -> None:
    with create_app(settings).app_context():
        transact(fn, **values)


def _booked(number: int) -> tuple[uuid.UUID, uuid.UUID]:
    """A session and a booking of it."""
    organization_id = cast.organization(f"studio-{uuid.uuid4().hex[:8]}")
    host = cast.staff(organization_id, f"H{uuid.uuid4().hex[:8]} Host")
    session_id = cast.session(organization_id, host, cast.offering(organization_id), ENDS - timedelta(hours=1))
    return session_id, transact(bookings.book_place, session_id=session_id, person=cast.guest(number), now=NOW)


def _end(session_id: uuid.UUID) -> None:
    db.session.execute(update(LiveSession).where(LiveSession.id == session_id).values(status="ended", ended_at=ENDS))


def _written(booking_id: uuid.UUID) -> tuple[int, int]:
    """How many records of attendance the booking has, and how many entries the audit log has of their making."""
    db.session.rollback()
    records = select(func.count()).where(AttendanceRecord.booking_id == booking_id)
    said = select(func.count()).where(AuditEntry.object_id == booking_id, AuditEntry.action.in_(("check_in", "miss")))
    return db.session.execute(records).scalar_one(), db.session.execute(said).scalar_one()


@pytest.mark.parametrize("verb", ["check_in", "close"])
@pytest.mark.parametrize(("point", "is_kept"), [("before_commit", False), ("after_commit", True)])
@RUNS
def test_killed_at_the_door(
    app: Flask, settings: Settings, clock: Clock, verb: str, point: str, is_kept: bool, runs: int
) -> None:
    """Nothing or everything of it; done again there is one record, and the session's places are as before."""
    landed = 0
    for number in range(runs):
        session_id, booking_id = _booked(number)
        fn: Callable[..., Any] = service.check_in
        values: dict[str, Any] = {
            "booking_id": booking_id,
            "coming": Coming(Way.DOOR_CODE),
            "now": ENDS - timedelta(hours=1),
        }
        if verb == "close":
            transact(_end, session_id)
            fn, values = closing.close, {"session_id": session_id, "now": ENDS + timedelta(hours=1)}
        landed += is_killed(_do, replace(settings, kill_at=f"{verb}.{point}"), fn, values)
        assert _written(booking_id) == (int(is_kept), int(is_kept))
        for _ in range(2):
            transact(fn, **values)
        assert _written(booking_id) == (1, 1)
    assert landed == runs
    clock.set(ENDS)
    assert not {name: found for name, found in invariants.violations(now=clock.now()).items() if found}


def _follow(settings: Settings, session_id: uuid.UUID, now: datetime) -> None:
    with create_app(settings).app_context():
        links.follow(session_id, now=now)


MAKING = (
    "take_lease.after_commit", "note_asked.before_commit", "video_link.asked", "video_link.made",
    "record_made.before_commit", "record_made.after_commit",
)  # fmt: skip
EVERY_TIME = ("video_link.made",)


@ON_ONE_DATABASE
@pytest.mark.parametrize("provider", ["zoom", "google_meet"])
@pytest.mark.parametrize(
    "point", [each if each in EVERY_TIME else pytest.param(each, marks=pytest.mark.faults) for each in MAKING]
)
@RUNS
def test_killed_while_a_meeting_is_made(room: Room, provider: str, point: str, runs: int) -> None:
    """The session has one meeting there, and its address here."""
    room.connect(provider)
    settings, landed = room.browser.application.extensions["settings"], 0
    for number in range(runs):
        session_id = room.published(provider, days=3 + number)
        landed += is_killed(_follow, replace(settings, kill_at=point), session_id, room.clock.now())
        for _ in range(2):
            links.follow(session_id, now=room.clock.now() + LEASES_ARE_OVER)
        made = select(SessionLink.state, SessionLink.join_url).where(SessionLink.session_id == session_id)
        db.session.rollback()
        ((state, address),) = db.session.execute(made)
        assert state == "made"
        assert address
        assert len(room.meetings(provider)) == number + 1
    assert landed == runs


def _open(settings: Settings, connection_id: uuid.UUID, now: datetime) -> None:
    with create_app(settings).app_context():
        tokens.access(connection_id, now=now)


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "point", [pytest.param("keep_tokens.before_commit", marks=pytest.mark.faults), "video_tokens.refreshed"]
)
@pytest.mark.parametrize("provider", ["zoom", "google_meet"])
def test_killed_with_a_token_that_nobody_wrote_down(room: Room, provider: str, point: str) -> None:
    """Google takes the old one again. Zoom doesn't: its owner is told to sign in, once, instead of nothing working."""
    room.connect(provider)
    connection_id, later = room.connection(provider).id, room.clock.now() + timedelta(hours=2)
    settings = room.browser.application.extensions["settings"]
    assert is_killed(_open, replace(settings, kill_at=point), connection_id, later)
    with pytest.raises(VideoAway, match="Somebody else is asking"):
        tokens.access(connection_id, now=later)
    later += LEASES_ARE_OVER
    if provider == "google_meet":
        assert tokens.access(connection_id, now=later)
        return
    for _ in range(2):
        with pytest.raises(SignInNeeded):
            tokens.access(connection_id, now=later)
    assert room.connection(provider).status == "needs_reauth"
    told = select(func.count()).select_from(Notification).where(Notification.kind == "video_needs_sign_in")
    assert cast.one(told)[0] == 1
