"""Races on real processes: many calls at once, from several processes with several threads each.

`guarded=False` takes the guards out (turns, isolation, the write lock, constraints) for a race's negative control:
a race that can't be lost without them proves nothing.
"""

from __future__ import annotations

import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import event, text

from liveapp import create_app, unit_of_work
from liveapp.config import Settings
from liveapp.db import begin_sqlite, db
from liveapp.domain.errors import Busy, Refusal
from liveapp.unit_of_work import transact, transact_in_turn
from tests.faults.children import FORK

PATIENCE_SECONDS = 120
PROCESSES = 2
FAILED = "the racer itself failed"


@dataclass(frozen=True)
class Call:
    """One thing to do: a service function, its values, and whose turn it takes."""

    fn: Callable[..., Any]
    values: dict[str, Any]
    turn: tuple[uuid.UUID, ...] = ()


@dataclass
class Outcome:
    """What came of a race: results, refusals by code, other errors, and how often calls were repeated."""

    results: list[Any] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    retries: int = 0


def run(settings: Settings, calls: Sequence[Call], *, threads: int = 12, guarded: bool = True) -> Outcome:
    """Does all the calls at once and says what came of them."""
    racers, barrier = _racers(guarded)
    if barrier.broken:
        barrier.reset()
    settings = replace(settings, pool_size=threads)
    for number, racer in enumerate(racers):
        racer.send((settings, calls[number :: len(racers)], threads))
    outcome = Outcome()
    for racer in racers:
        assert racer.poll(PATIENCE_SECONDS), "a racer doesn't answer"
        part = racer.recv()
        outcome.results += part.results
        outcome.refusals += part.refusals
        outcome.errors += part.errors
        outcome.retries += part.retries
    failed = [error for error in outcome.errors if error.startswith(FAILED)]
    assert not failed, failed
    return outcome


def is_lost(settings: Settings, race_of: Callable[[], tuple[Sequence[Call], Callable[[], bool]]]) -> bool:
    """Whether a race is lost without its guards, in one of five tries; else it proves nothing. `race_of` gives its
    calls and how to tell."""
    for _ in range(5):
        calls, lost = race_of()
        run(settings, calls, guarded=False)
        if lost():
            return True
    return False


@cache
def _racers(guarded: bool) -> tuple[list[Connection], Any]:
    """Two processes that wait for races, started once (starting them takes longer than most races), and their barrier,
    which must live as long as they do."""
    barrier = FORK.Barrier(PROCESSES)
    ends = [FORK.Pipe() for _ in range(PROCESSES)]
    for _, end in ends:
        FORK.Process(target=_wait_for_races, args=(end, barrier, guarded), daemon=True).start()
    return [end for end, _ in ends], barrier


def take_constraint_out(table: str, name: str) -> None:
    """Drops a constraint on PostgreSQL; on SQLite the unguarded racers ignore CHECKs."""
    if db.engine.dialect.name == "postgresql":
        transact(_drop, table, name)


def take_key_out(table: str) -> None:
    """Makes the (empty) table anew without its primary key, which SQLite can't drop."""
    transact(_make_without_key, table)


def _make_without_key(table: str) -> None:
    db.session.execute(text(f"CREATE TABLE keyless AS SELECT * FROM {table}"))
    db.session.execute(text(f"DROP TABLE {table}"))
    db.session.execute(text(f"ALTER TABLE keyless RENAME TO {table}"))


def _drop(table: str, name: str) -> None:
    db.session.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))


def _wait_for_races(end: Connection, barrier: Any, guarded: bool) -> None:
    """One racer: an app for each race's database, and its connections closed after it."""
    apps: dict[str, Any] = {}
    while True:
        settings, calls, threads = end.recv()
        outcome = Outcome()
        try:
            url = settings.database_url
            if url not in apps:
                apps = {url: _app(settings, guarded)}
            _race(apps[url], calls, threads, guarded, barrier, outcome)
        except Exception as error:
            barrier.abort()
            outcome.errors.append(f"{FAILED}: {error!r}")
        end.send(outcome)


def _app(settings: Settings, guarded: bool) -> Any:
    app = create_app(settings)
    if not guarded:
        with app.app_context():
            _take_guards_out()
    return app


def _race(app: Any, calls: Sequence[Call], threads: int, guarded: bool, barrier: Any, outcome: Outcome) -> None:
    before = sum(unit_of_work.retries().values())
    barrier.wait(PATIENCE_SECONDS)
    with ThreadPoolExecutor(threads) as pool:
        for result in pool.map(lambda call: _one(app, call, guarded), calls):
            _sort(result, outcome)
    outcome.retries = sum(unit_of_work.retries().values()) - before
    with app.app_context():
        db.engine.dispose()


def _one(app: Any, call: Call, guarded: bool) -> Any:
    """What comes of a call. Who is told that it is too busy just now tries again, as the page says."""
    with app.app_context():
        for _ in range(5):
            try:
                if guarded and call.turn:
                    return transact_in_turn(call.turn, call.fn, **call.values)
                return transact(call.fn, **call.values)
            except Busy as error:
                told: Exception = error
            except Exception as error:
                return error
        return told


def _sort(result: Any, outcome: Outcome) -> None:
    if isinstance(result, Refusal):
        outcome.refusals[result.code] += 1
    elif isinstance(result, Exception):
        outcome.errors.append(f"{type(result).__name__}: {result}"[:300])
    else:
        outcome.results.append(result)


def _take_guards_out() -> None:
    """Without them, and on SQLite with a moment before each write: what was read is old by then."""
    unit_of_work.SERIALIZABLE = "READ COMMITTED"
    if db.engine.dialect.name == "sqlite":
        event.remove(db.engine, "begin", begin_sqlite)
        event.listen(db.engine, "begin", _begin_nothing)
        event.listen(db.engine, "before_cursor_execute", _hesitate)


def _hesitate(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    if statement.startswith(("INSERT", "UPDATE")):
        time.sleep(random.uniform(0, 0.01))


def _begin_nothing(connection: Any) -> None:
    """Each statement for itself: what SQLite does when nobody begins a transaction."""
    connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
    time.sleep(0.001)
