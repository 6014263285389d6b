"""The one place that commits: all or nothing, repeated on collisions, in turn, and never inside itself."""

from __future__ import annotations

import threading
import time
import uuid

import pytest
from flask import Flask
from sqlalchemy import bindparam, func, select, text, update

from liveapp import unit_of_work
from liveapp.db import FRESH_SECONDS, db, inserting, table, write_last
from liveapp.domain.accounts.models import Organization
from liveapp.domain.constraints import Full
from liveapp.domain.errors import Busy, Invalid
from liveapp.domain.idempotency.models import IdempotencyKey
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.outbox import service as outbox
from liveapp.unit_of_work import end_reading, transact, transact_in_turn
from tests import cast
from tests.databases import Database


def count() -> int:
    return int(cast.one(select(func.count()).select_from(Organization))[0])


def fail_with(state: str, times: int, tries: list[int]) -> str:
    """Fails as PostgreSQL does when two transactions collide, so many times, then writes."""
    tries.append(1)
    if len(tries) <= times:
        db.session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'collision' USING ERRCODE = '{state}'; END $$"))
    return "done"


@pytest.fixture
def postgresql(database: Database) -> None:
    if database.kind != "postgresql":
        pytest.skip("collisions are PostgreSQL's: on SQLite a write holds the lock from its beginning")


def test_what_raises_leaves_nothing(app: Flask) -> None:
    def write_and_raise() -> None:
        db.session.execute(text("UPDATE users SET name = 'x'"))
        db.session.add(Organization(slug="x", name="x", timezone="UTC", contact_email="x", created_at=cast.NOW))
        db.session.flush()
        raise Invalid("no")

    with pytest.raises(Invalid):
        transact(write_and_raise)
    assert count() == 0


def test_reading_cannot_write(app: Flask) -> None:
    with pytest.raises(Exception, match=r"read-only|readonly"):
        db.session.execute(text("DELETE FROM users"))
    db.session.rollback()


def test_a_transaction_inside_a_transaction_is_an_error(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="at the edge"):
        transact(lambda: transact(count))
    assert transact(lambda: 1) == 1


def test_slow_work_inside_a_transaction_is_an_error(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="slow work inside transact"):
        transact(end_reading)


@pytest.mark.usefixtures("postgresql")
@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_a_collision_runs_the_whole_function_again(app: Flask, state: str) -> None:
    tries: list[int] = []
    before = unit_of_work.retries()["fail_with"]
    assert transact(fail_with, state, 3, tries) == "done"
    assert len(tries) == 4
    assert unit_of_work.retries()["fail_with"] - before == 3


@pytest.mark.usefixtures("postgresql")
def test_after_ten_tries_it_says_so(app: Flask) -> None:
    tries: list[int] = []
    with pytest.raises(Busy) as refused:
        transact(fail_with, "40001", 99, tries)
    assert len(tries) == unit_of_work.TRIES
    assert refused.value.status == 503


@pytest.mark.usefixtures("postgresql")
def test_other_errors_are_not_repeated(app: Flask) -> None:
    tries: list[int] = []
    with pytest.raises(Exception, match="collision"):
        transact(fail_with, "22012", 99, tries)
    assert len(tries) == 1


@pytest.mark.usefixtures("postgresql")
def test_turns_are_taken_before_the_snapshot(app: Flask) -> None:
    """The second sees what the first wrote although it asked first for its turn while the first was at work."""
    thing, order = uuid.uuid4(), list[str]()
    begun = threading.Event()

    def first() -> None:
        begun.set()
        time.sleep(0.3)
        db.session.add(Organization(slug="x", name="x", timezone="UTC", contact_email="x", created_at=cast.NOW))
        order.append("first")

    def second() -> int:
        order.append("second")
        return db.session.execute(select(func.count()).select_from(Organization)).scalar_one()

    def run_first() -> None:
        with app.app_context():
            transact_in_turn([thing], first)

    thread = threading.Thread(target=run_first)
    thread.start()
    begun.wait()
    seen = transact_in_turn([thing], second)
    thread.join()
    assert order == ["first", "second"]
    assert seen == 1


@pytest.mark.usefixtures("postgresql")
def test_a_turn_is_given_back_also_after_an_error(app: Flask) -> None:
    def held() -> int:
        ours = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        query = text(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {ours}")
        return db.session.execute(query).scalar_one()

    def refuse() -> None:
        raise Invalid("no")

    with pytest.raises(Invalid):
        transact_in_turn([uuid.uuid4(), uuid.uuid4()], refuse)
    assert held() == 0


def test_what_is_written_last_is_there_after_the_commit(app: Flask) -> None:
    def write(key: str) -> None:
        write_last(inserting(IdempotencyKey), {"key": key, "result_id": uuid.uuid4(), "created_at": cast.NOW})

    def write_two_and_raise() -> None:
        write("no")
        raise Invalid("no")

    transact(lambda: [write("one"), write("two")])
    with pytest.raises(Invalid):
        transact(write_two_and_raise)
    transact(write, "three")
    assert keys() == ["one", "three", "two"]


@pytest.mark.usefixtures("postgresql")
def test_a_collision_in_what_is_written_last_runs_it_all_again(app: Flask) -> None:
    tries: list[int] = []

    def write() -> None:
        tries.append(1)
        write_last(inserting(IdempotencyKey), {"key": "once", "result_id": uuid.uuid4(), "created_at": cast.NOW})
        if len(tries) < 3:
            write_last(text("DO $$ BEGIN RAISE EXCEPTION 'collision' USING ERRCODE = '40001'; END $$"), {})

    transact(write)
    assert len(tries) == 3
    assert keys() == ["once"]


def test_a_limit_that_what_is_written_last_breaks_is_its_refusal(app: Flask) -> None:
    organization_id = cast.organization()
    ada, offering_id = cast.staff(organization_id), cast.offering(organization_id)
    session_id = cast.session(organization_id, ada, offering_id, cast.NOW, max_participants=1)
    sessions = table(LiveSession)
    too_many = update(sessions).where(sessions.c.id == session_id).values(participant_count=bindparam("places"))
    with pytest.raises(Full):
        transact(lambda: write_last(too_many, {"places": 2}))
    assert cast.session_row(session_id).participant_count == 0


def test_writing_last_outside_a_transaction_is_an_error(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="outside transact"):
        write_last(inserting(IdempotencyKey), {"key": "lost"})


@pytest.mark.usefixtures("postgresql")
def test_a_connection_that_ended_while_it_rested_is_replaced(app: Flask) -> None:
    own = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    db.session.rollback()
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid"
    with db.engine.connect() as one, db.engine.connect() as other:
        assert one.execute(text("SELECT pg_backend_pid()")).scalar_one() == own
        other.execute(text(others), {"pid": own})
    time.sleep(FRESH_SECONDS)
    assert db.session.execute(text("SELECT 1")).scalar_one() == 1
    assert count() == 0


def keys() -> list[str]:
    db.session.rollback()
    return list(db.session.execute(select(IdempotencyKey.key).order_by(IdempotencyKey.key)).scalars())


def test_a_job_put_twice_under_one_key_is_refused(app: Flask) -> None:
    transact(outbox.put, "send_mail", now=cast.NOW, dedupe_key="once")
    with pytest.raises(Exception, match=r"(?i)unique"):
        transact(outbox.put, "send_mail", now=cast.NOW, dedupe_key="once")
