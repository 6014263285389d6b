"""transact(): the only place in the package that commits.

A service function does nothing but SQL, so running it again is safe. On PostgreSQL it runs at SERIALIZABLE and is
repeated as a whole when the database says that two transactions collided; on SQLite it holds the write lock from
its first statement. `turn` names the contended things (a session, a host): on PostgreSQL an advisory lock on each is
taken before the transaction begins, and so before its snapshot, so that a hot class queues instead of colliding.
"""

from __future__ import annotations

import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from liveapp import kill_points
from liveapp.db import db, forget_last_writes, one_trip, send_last_writes
from liveapp.domain.constraints import refusal_for
from liveapp.domain.errors import Busy

P = ParamSpec("P")
T = TypeVar("T")

TRIES = 10
FIRST_WAIT_SECONDS = 0.005
LONGEST_WAIT_SECONDS = 0.25
COLLISIONS = {"40001", "40P01"}  # serialization_failure, deadlock_detected (PostgreSQL, appendix A)
TIMEOUTS = {"55P03", "57014"}  # lock_not_available, query_canceled
SERIALIZABLE = "SERIALIZABLE"
SNAPSHOT = "REPEATABLE READ"

_retries: Counter[str] = Counter()


def transact(fn: Callable[P, T], /, *args: P.args, **values: P.kwargs) -> T:
    """Runs `fn(**values)` as one transaction and returns what it returns, after the commit.

    Raises what `fn` raises (nothing is kept then), the refusal that a named constraint stands for, or Busy (503)
    when the database was too busy for ten tries.
    """
    return _run(SERIALIZABLE, (), fn, *args, **values)


def transact_in_turn(turn: Iterable[uuid.UUID], fn: Callable[P, T], /, *args: P.args, **values: P.kwargs) -> T:
    """As `transact`, after waiting for the turn on each of the contended things, in one order for everybody."""
    return _run(SERIALIZABLE, tuple(turn), fn, *args, **values)


def transact_many(turn: Iterable[uuid.UUID], fn: Callable[P, T], /, *args: P.args, **values: P.kwargs) -> T:
    """As `transact_in_turn`, for a function that touches thousands of rows: on one snapshot, not SERIALIZABLE.

    PostgreSQL remembers what so many reads saw by the table, which makes a rival of every booking in the meantime, and
    of those the long one loses. Two that write one row still collide; whatever else decides what `fn` does must be
    behind one of its turns.
    """
    return _run(SNAPSHOT, tuple(turn), fn, *args, **values)


def end_reading() -> None:
    """Gives the connection back before slow work without the database: hashing a password, asking a provider. That is
    never done inside transact()."""
    if db.session.info.get("pinned") is not None:
        raise RuntimeError("slow work inside transact(): do it between two transactions")
    db.session.rollback()


def retries() -> Counter[str]:
    """How often each service function was run again since this process started."""
    return _retries.copy()


def _run(isolation: str, turn: tuple[uuid.UUID, ...], fn: Callable[P, T], /, *args: P.args, **values: P.kwargs) -> T:
    if db.session.info.get("pinned") is not None:
        raise RuntimeError("transact() inside transact(): draw the transaction at the edge, once")
    db.session.rollback()
    try:
        with _connection(isolation) as connection, _turns(connection, turn):
            result = _repeat(fn, *args, **values)
    except PoolTimeout as error:
        raise Busy() from error
    finally:
        db.session.info.pop("pinned", None)
    if db.session.info.pop("outbox_written", False):
        current_app.extensions["nudge"]()
    return result


@contextmanager
def _connection(isolation: str) -> Iterator[Connection]:
    """A connection for writing, which the session uses for everything until it is given back."""
    with db.engine.connect() as plain:
        on_postgresql = plain.dialect.name == "postgresql"
        on_snapshot = {"isolation_level": isolation, "postgresql_readonly": False}
        connection = plain.execution_options(**(on_snapshot if on_postgresql else {"writes": True}))
        db.session.info["pinned"] = connection
        yield connection


@contextmanager
def _turns(connection: Connection, turn: tuple[uuid.UUID, ...]) -> Iterator[None]:
    if not turn or connection.dialect.name != "postgresql":
        yield
        return
    keys = sorted({_lock_key(thing) for thing in turn})
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.autocommit = True
    try:
        _take(raw, keys)
        raw.autocommit = False
        yield
    finally:
        _give_back(raw)


def _take(raw: object, keys: list[int]) -> None:
    """All in one statement: an array gives its keys in its own order, so that nobody waits crosswise."""
    try:
        raw.execute("SELECT pg_advisory_lock(key) FROM unnest(%s::bigint[]) AS key", (keys,))  # type: ignore[attr-defined]
    except Exception as error:
        if getattr(error, "sqlstate", None) in TIMEOUTS:
            raise Busy() from error
        raise


def _give_back(raw: object) -> None:
    """Releases every turn of this connection; one that is broken has lost them already."""
    if raw.closed:  # type: ignore[attr-defined]
        return
    raw.rollback()  # type: ignore[attr-defined]
    raw.autocommit = True  # type: ignore[attr-defined]
    raw.execute("SELECT pg_advisory_unlock_all()")  # type: ignore[attr-defined]
    raw.autocommit = False  # type: ignore[attr-defined]


def _lock_key(thing: uuid.UUID) -> int:
    """A signed 64-bit number for pg_advisory_lock."""
    return int.from_bytes(thing.bytes[:8], "big", signed=True)


def _repeat(fn: Callable[P, T], /, *args: P.args, **values: P.kwargs) -> T:
    for attempt in range(TRIES):
        try:
            return _once(fn, *args, **values)
        except DBAPIError as error:
            db.session.rollback()
            _judge(error)
            _retries[fn.__name__] += 1
        except BaseException:
            db.session.rollback()
            raise
        time.sleep(_wait(attempt))
    raise Busy()


def _once(fn: Callable[P, T], /, *args: P.args, **values: P.kwargs) -> T:
    forget_last_writes()
    db.session.info.pop("outbox_written", None)
    result = fn(*args, **values)
    db.session.flush()
    connection = db.session.connection()
    with one_trip(connection):
        send_last_writes(connection)
        kill_points.reach(f"{fn.__name__}.before_commit")
        db.session.commit()
    kill_points.reach(f"{fn.__name__}.after_commit")
    return result


def _judge(error: DBAPIError) -> None:
    """Returns when the transaction is worth repeating, else raises what the error means."""
    if isinstance(error, IntegrityError):
        refusal = refusal_for(error)
        if refusal is not None:
            raise refusal from error
        raise error
    state = getattr(error.orig, "sqlstate", None)
    if state in COLLISIONS or _sqlite_is_locked(error):
        return
    if state in TIMEOUTS:
        raise Busy() from error
    raise error


def _sqlite_is_locked(error: DBAPIError) -> bool:
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)


def _wait(attempt: int) -> float:
    """Seconds to wait before the next try: growing, and jittered so that two that collided don't meet again."""
    longest: float = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0**attempt)
    return random.uniform(longest / 2, longest)
