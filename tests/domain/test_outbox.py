"""The outbox: claimed by one, leased by one, put off with growing waits, visibly failed in the end."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from liveapp.domain import tidying
from liveapp.domain.outbox import queries, service
from liveapp.domain.outbox.models import OutboxMessage, ScheduleTick
from liveapp.tasks import relay, schedule
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock

LATER = NOW + timedelta(minutes=3)


@pytest.fixture
def message(app: Flask) -> uuid.UUID:
    return transact(service.put, "send_mail", now=NOW, notification_id="x")


def row(message_id: uuid.UUID) -> OutboxMessage:
    found: OutboxMessage = cast.one(select(OutboxMessage).where(OutboxMessage.id == message_id))[0]
    return found


def test_a_due_message_is_claimed_once(message: uuid.UUID) -> None:
    assert transact(service.claim_due, now=NOW - timedelta(seconds=1)) == []
    assert transact(service.claim_due, now=NOW) == [(message, "send_mail", 0)]
    assert transact(service.claim_due, now=NOW) == []


def test_a_claimed_message_that_never_arrived_is_claimed_again(message: uuid.UUID) -> None:
    transact(service.claim_due, now=NOW)
    assert transact(service.claim_due, now=LATER) == [(message, "send_mail", 0)]


def test_the_lease_goes_to_one(message: uuid.UUID) -> None:
    holder, other = uuid.uuid4(), uuid.uuid4()
    assert transact(service.take_lease, message_id=message, holder=holder, now=NOW) == (
        "send_mail",
        {"notification_id": "x"},
    )
    assert transact(service.take_lease, message_id=message, holder=other, now=NOW) is None
    transact(service.finish, message_id=message, holder=other, now=NOW)
    assert row(message).done_at is None
    transact(service.finish, message_id=message, holder=holder, now=NOW)
    assert row(message).done_at == NOW
    assert transact(service.take_lease, message_id=message, holder=other, now=LATER) is None


def test_a_lease_that_ran_out_goes_to_the_next(message: uuid.UUID) -> None:
    first, second = uuid.uuid4(), uuid.uuid4()
    transact(service.take_lease, message_id=message, holder=first, now=NOW)
    assert transact(service.take_lease, message_id=message, holder=second, now=LATER)
    transact(service.finish, message_id=message, holder=first, now=LATER)
    assert row(message).done_at is None


def test_waits_grow_and_end_in_a_visible_failure(message: uuid.UUID) -> None:
    now, waits = NOW, []
    for _ in range(service.MOST_ATTEMPTS):
        holder = uuid.uuid4()
        transact(service.take_lease, message_id=message, holder=holder, now=now)
        gave_up = transact(service.put_off, message_id=message, holder=holder, now=now, error="away")
        waits.append((row(message).run_at - now).total_seconds())
        now += timedelta(hours=2)
    assert waits[:4] == [5, 10, 20, 40]
    assert max(waits) <= 3600
    assert gave_up
    assert (row(message).error, row(message).failed_at is None) == ("away", False)
    assert transact(service.claim_due, now=now) == []


def test_a_tick_runs_once_whoever_comes(clock: Clock) -> None:
    clock.set(NOW)
    assert schedule.tick(NOW)
    assert schedule.tick(NOW + timedelta(seconds=20)) == []
    assert schedule.tick(NOW + timedelta(seconds=60))


def test_what_nobody_needs_any_more_goes(message: uuid.UUID) -> None:
    holder = uuid.uuid4()
    transact(service.take_lease, message_id=message, holder=holder, now=NOW)
    transact(service.finish, message_id=message, holder=holder, now=NOW)
    transact(service.start_tick, name="x", tick=NOW)
    waiting = transact(service.put, "send_mail", now=NOW)
    transact(tidying.tidy, now=NOW + timedelta(days=29))
    assert row(message).done_at == NOW
    transact(tidying.tidy, now=NOW + timedelta(days=31))
    assert cast.one(select(func.count()).select_from(ScheduleTick)) == (0,)
    assert cast.one(select(OutboxMessage.id)) == (waiting,)


def test_stalled_jobs_are_seen(message: uuid.UUID) -> None:
    assert queries.stalled(now=NOW + timedelta(minutes=4))["overdue_jobs"] == 0
    assert queries.stalled(now=NOW + timedelta(minutes=6))["overdue_jobs"] == 1


def test_the_relay_hands_over_and_gives_back_when_redis_is_away(message: uuid.UUID, app: Flask, redis: object) -> None:
    assert relay.relay() == 1
    assert redis.llen("rq:queue:liveapp") == 1  # type: ignore[attr-defined]
    second = transact(service.put, "send_mail", now=NOW, notification_id="y")
    client = app.extensions["redis"]
    app.extensions["redis"] = type(client).from_url("unix:///nowhere.sock")
    try:
        assert relay.relay() == 0
    finally:
        app.extensions["redis"] = client
    assert row(second).enqueued_at is None
    assert relay.relay() == 1
