"""Processes killed with -9 while people book: what was answered is there, what wasn't is wholly there or not at all,
and every promised mail leaves, once. Each test says how many faults landed."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from liveapp import create_app
from liveapp.config import Settings
from liveapp.db import db
from liveapp.dev.processes import wait_until
from liveapp.domain import invariants
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.models import Booking
from liveapp.domain.notifications.models import Notification
from liveapp.domain.outbox.models import OutboxMessage
from liveapp.tasks import schedule
from liveapp.unit_of_work import transact
from liveapp.web import clock
from tests import cast, databases, smtp
from tests.faults.stack import Stack, stack
from tests.smtp import Outgoing

SPAWN = multiprocessing.get_context("spawn")


@dataclass
class World:
    session_id: uuid.UUID

    def book(self, number: int) -> uuid.UUID:
        return transact(bookings.book_place, session_id=self.session_id, person=cast.guest(number), now=clock.now())


@pytest.fixture
def world(app: Flask) -> World:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    start = datetime.now(UTC) + timedelta(days=5)
    return World(cast.session(organization_id, ada, cast.offering(organization_id), start, max_participants=5000))


@pytest.fixture
def site(world: World, settings: Settings) -> Iterator[tuple[Stack, Outgoing]]:
    """Worker, scheduler and queue server on this test's database, and a mail server they send to."""
    folder = Path(tempfile.mkdtemp(prefix="st-", dir=databases.run_folder()))
    with smtp.running() as outgoing, stack(settings, folder, outgoing.port) as running:
        yield running, outgoing


def assert_all_is_well() -> None:
    db.session.rollback()
    found = {name: sentences for name, sentences in invariants.violations(now=clock.now()).items() if sentences}
    assert not found


def all_sent() -> bool:
    db.session.rollback()
    left = select(func.count()).select_from(Notification).where(Notification.status != "sent")
    return db.session.execute(left).scalar_one() == 0


def test_redis_killed_while_booking(world: World, site: tuple[Stack, Outgoing]) -> None:
    """The bookings succeed while it is away; after it returns, its data lost, each mail leaves once."""
    running, outgoing = site
    world.book(0)
    running.kill("valkey")
    for number in range(1, 6):
        world.book(number)
    running.wipe()
    time.sleep(1.5)
    assert len(outgoing.taken) <= 2
    running.start("valkey")
    assert wait_until(all_sent, seconds=150), running.logs()
    times = Counter(mail["Message-ID"] for mail in outgoing.taken)
    assert len(times) == 12
    assert set(times.values()) == {1}
    assert running.kills == 1
    assert_all_is_well()


def test_a_worker_killed_while_sending(world: World, site: tuple[Stack, Outgoing]) -> None:
    """The mail that hung is sent by the next worker, recognizably the same one; at most twice."""
    running, outgoing = site
    outgoing.behaviour.append("hang")
    world.book(0)
    assert wait_until(lambda: not outgoing.behaviour, seconds=20)
    running.kill("worker")
    transact(_let_leases_run_out)
    running.start("worker")
    assert wait_until(all_sent, seconds=60)
    times = Counter(mail["Message-ID"] for mail in outgoing.taken)
    assert len(times) == 2
    assert max(times.values()) <= 2
    assert running.kills == 1
    assert_all_is_well()


def _let_leases_run_out() -> None:
    """What two minutes do."""
    db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.done_at.is_(None))
        .values(lease=clock.now() - timedelta(seconds=1), enqueued_at=None)
    )


POINTS = [
    ("book_place", "before_commit", False),
    ("book_place", "after_commit", True),
    ("cancel", "before_commit", False),
    ("cancel", "after_commit", True),
]


@pytest.mark.parametrize(("verb", "point", "is_kept"), POINTS)
@pytest.mark.parametrize("runs", [1, pytest.param(20, marks=pytest.mark.faults)])
def test_killed_at_a_named_point(
    world: World, settings: Settings, verb: str, point: str, is_kept: bool, runs: int
) -> None:
    """Killed just before or just after the commit: nothing or everything, and asked again the same answer."""
    landed = 0
    for number in range(runs):
        booking_id = world.book(1000 + number) if verb == "cancel" else None
        values = _values_of(verb, world, number, booking_id)
        child = SPAWN.Process(target=_do, args=(replace(settings, kill_at=f"{verb}.{point}"), verb, values))
        child.start()
        child.join(60)
        landed += child.exitcode == -9
        assert _is_done(verb, values, booking_id) is is_kept
        _call(verb, values)
        assert _is_done(verb, values, booking_id)
        assert_all_is_well()
    assert landed == runs


def _values_of(verb: str, world: World, number: int, booking_id: uuid.UUID | None) -> dict[str, Any]:
    if verb == "cancel":
        return {"booking_id": booking_id, "now": clock.now()}
    return {
        "session_id": world.session_id,
        "person": cast.guest(number),
        "now": clock.now(),
        "key": f"form {number}",
    }


def _do(settings: Settings, verb: str, values: dict[str, Any]) -> None:
    with create_app(settings).app_context():
        _call(verb, values)


def _call(verb: str, values: dict[str, Any]) -> Any:
    verbs: dict[str, Callable[..., Any]] = {"book_place": bookings.book_place, "cancel": bookings.cancel}
    return transact(verbs[verb], **values)


def _is_done(verb: str, values: dict[str, Any], booking_id: uuid.UUID | None) -> bool:
    db.session.rollback()
    if verb == "cancel":
        return cast.booking_row(booking_id).status == "cancelled"  # type: ignore[arg-type]
    query = select(func.count()).select_from(Booking).where(Booking.name == values["person"].name)
    return bool(db.session.execute(query).scalar_one() == 1)


def test_what_was_killed_leaves_no_mail_behind_that_is_not_true(world: World, settings: Settings) -> None:
    """I8: none for what was rolled back."""
    values = _values_of("book_place", world, 1, None)
    child = SPAWN.Process(
        target=_do, args=(replace(settings, kill_at="book_place.before_commit"), "book_place", values)
    )
    child.start()
    child.join(60)
    assert child.exitcode == -9
    assert cast.mails() == []
    assert schedule.run_due() == 0
