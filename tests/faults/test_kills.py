"""Processes killed with -9 while people book: what was answered is there, what wasn't is wholly there or not at all,
and every promised mail leaves, once. Each test says how many faults landed."""

from __future__ import annotations

import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from liveapp import clock as machine_clock
from liveapp import create_app
from liveapp.config import Settings
from liveapp.db import db
from liveapp.dev.processes import wait_until
from liveapp.domain import invariants
from liveapp.domain.accounts.models import User
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings import waitlist
from liveapp.domain.bookings.models import Booking
from liveapp.domain.notifications.models import Notification
from liveapp.domain.outbox.models import OutboxMessage
from liveapp.domain.plans import subscriptions
from liveapp.rules.roles import Role
from liveapp.tasks import schedule
from liveapp.unit_of_work import transact
from liveapp.web import clock
from tests import cast, databases, smtp
from tests.conftest import ON_ONE_DATABASE
from tests.faults.children import is_killed
from tests.faults.stack import Stack, stack
from tests.smtp import Outgoing


@dataclass
class World:
    session_id: uuid.UUID

    def book(self, number: int) -> uuid.UUID:
        return transact(bookings.book_place, session_id=self.session_id, person=cast.guest(number), now=clock.now())


@pytest.fixture
def world(app: Flask) -> World:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    start = machine_clock.now() + timedelta(days=5)
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


@ON_ONE_DATABASE
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


POINTS = [("before_commit", False), ("after_commit", True)]


@dataclass(frozen=True)
class Deed:
    """Something done to the desk: how, with what, what it is that is done then, and the credit it moves."""

    fn: Callable[..., Any]
    values: dict[str, Any]
    is_done: Callable[[], bool]
    pack: uuid.UUID
    left_before: int
    left_after: int


@pytest.mark.parametrize(("point", "is_kept"), POINTS)
@pytest.mark.parametrize("verb", ["book_place", "cancel", "promote"])
@pytest.mark.parametrize("runs", [1, pytest.param(20, marks=pytest.mark.faults)])
def test_killed_at_a_named_point(
    app: Flask, settings: Settings, verb: str, point: str, is_kept: bool, runs: int
) -> None:
    """Killed just before or just after the commit: nothing or everything, credits too, and asked again the same
    answer."""
    landed = 0
    for number in range(runs):
        deed = DEEDS[verb](number)
        landed += is_killed(_do, replace(settings, kill_at=f"{verb}.{point}"), deed.fn, deed.values)
        assert deed.is_done() is is_kept
        assert cast.credits_left(deed.pack) == (deed.left_after if is_kept else deed.left_before)
        for _ in range(2):
            transact(deed.fn, **deed.values)
        assert deed.is_done()
        assert cast.credits_left(deed.pack) == deed.left_after
        assert_all_is_well()
    assert landed == runs


def _books(number: int) -> Deed:
    studio, session_id = _studio(number)
    ann, pack = _member(studio, "Ann Kill")
    values = {"session_id": session_id, "person": ann, "now": clock.now(), "key": f"form {uuid.uuid4().hex}"}
    return Deed(bookings.book_place, values, lambda: _statuses(session_id) == ["confirmed"], pack, 2, 1)


def _cancels(number: int) -> Deed:
    studio, session_id = _studio(number)
    ann, pack = _member(studio, "Ann Kill")
    booking_id = transact(bookings.book_place, session_id=session_id, person=ann, now=clock.now())
    values = {"booking_id": booking_id, "now": clock.now()}
    return Deed(bookings.cancel, values, lambda: _statuses(session_id) == ["cancelled"], pack, 1, 2)


def _promotes(number: int) -> Deed:
    """A free place, and somebody in line who can take it since a moment ago."""
    studio, session_id = _studio(number)
    ann, pack = _member(studio, "Ann Kill")
    ben, _ = _member(studio, "Ben Kill")
    owner = Actor(None, Role.OWNER, studio)
    transact(subscriptions.pause, actor=owner, subscription_id=pack, resumes_on=None, now=clock.now())
    first = transact(bookings.book_place, session_id=session_id, person=ben, now=clock.now())
    waiting = transact(bookings.book_place, session_id=session_id, person=ann, now=clock.now(), actor=owner)
    transact(bookings.cancel, booking_id=first, now=clock.now())
    transact(subscriptions.resume, actor=owner, subscription_id=pack, now=clock.now())
    values = {"session_id": session_id, "now": clock.now()}
    return Deed(waitlist.promote, values, lambda: cast.booking_row(waiting).status == "confirmed", pack, 2, 1)


DEEDS = {"book_place": _books, "cancel": _cancels, "promote": _promotes}


def _studio(number: int) -> tuple[uuid.UUID, uuid.UUID]:
    """A studio that takes payment, with a class of one place that only plans pay for."""
    slug = f"kill-{uuid.uuid4().hex[:8]}"
    studio = cast.organization(slug, payment_provider="desk")
    host = cast.user("Host", f"host@{slug}.example.com")
    cast.membership(studio, host)
    start = machine_clock.now() + timedelta(days=5, hours=number)
    offering_id = cast.offering(studio, plan_only=True)
    return studio, cast.session(studio, host, offering_id, start, plan_only=True, max_participants=1)


def _member(studio: uuid.UUID, name: str) -> tuple[Person, uuid.UUID]:
    """A member with a pack of two credits."""
    user_id = cast.user(name, f"{uuid.uuid4().hex}@example.com")
    cast.membership(studio, user_id, "member")
    email = cast.one(select(User.email).where(User.id == user_id))[0]
    person = Person(email, name, "UTC", user_id=user_id)
    return person, cast.subscription(studio, person, cast.plan(studio, class_credits=2))


def _statuses(session_id: uuid.UUID) -> list[str]:
    db.session.rollback()
    return list(db.session.execute(select(Booking.status).where(Booking.session_id == session_id)).scalars())


def _do(settings: Settings, fn: Callable[..., Any], values: dict[str, Any]) -> None:
    with create_app(settings).app_context():
        transact(fn, **values)


def test_what_was_killed_leaves_no_mail_behind_that_is_not_true(world: World, settings: Settings) -> None:
    """I8: none for what was rolled back."""
    values = {"session_id": world.session_id, "person": cast.guest(1), "now": clock.now(), "key": "form 1"}
    assert is_killed(_do, replace(settings, kill_at="book_place.before_commit"), bookings.book_place, values)
    assert cast.mails() == []
    assert schedule.run_due() == 0
