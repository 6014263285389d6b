"""Fixtures for all tests: real databases of both kinds, a real Redis, an app with its clock in hand, a policing client.

A test that takes ``database`` (or anything that stands on it: ``app``, ``client``, ``clock``) runs twice, on SQLite and
on PostgreSQL. Commits are real; every test begins with the tables as the migrations leave them.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import Engine, event

from liveapp import clock as machine_clock
from liveapp import create_app
from liveapp.config import Settings
from liveapp.db import db
from liveapp.dev import embedded_valkey, processes
from liveapp.web import clock as app_clock
from liveapp.web.limits import limiter
from tests import databases, live
from tests.policing import PolicingClient

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""The first is the same browser without its windows, and takes a fifth less."""
LONGEST = ("e2e", "concurrency", "dev", "security", "architecture")
"""Folders whose tests take long: they begin first, so that no worker ends the run alone with one of them."""

ON_EITHER_DATABASE = ("blueprints", "gateways")
"""Folders whose tests run on one kind of database each, half of them on each kind, as their names say: they stand on a
domain that is tested on both, and every page is asked for on both. Under ``make faults`` all run on both."""

ON_ONE_DATABASE = pytest.mark.parametrize(
    "database", [pytest.param("sqlite", marks=pytest.mark.faults), "postgresql"], indirect=True
)
"""For long tables whose answers can't hang on the kind of database: on PostgreSQL; under ``make faults`` on both."""

# How fast an example runs says how busy the machine is. `pytest --hypothesis-profile=thorough` tries many more.
hypothesis.settings.register_profile(
    "tests", max_examples=50, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("thorough", hypothesis.settings.get_profile("tests"), max_examples=2000)
hypothesis.settings.load_profile("tests")


def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`: one worker more than there are cores, as journeys in a browser wait more than they work."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Begin the run's databases folder, once: xdist's workers find it in their environment."""
    if not hasattr(config, "workerinput"):
        os.environ["LIVEAPP_TEST_RUN_PID"] = str(os.getpid())
        os.environ.update(machine_clock.pin(os.environ))
        databases.begin_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run started."""
    if not hasattr(config, "workerinput"):
        databases.end_run(databases.run_folder())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first; browser journeys are skipped where there is no browser, unless this run must have one.

    ``LIVEAPP_E2E=required`` says that it must.
    """
    items.sort(key=_place)
    for item in items:
        if _is_for_faults(item):
            item.add_marker(pytest.mark.faults)
    if find_chromium() or os.environ.get("LIVEAPP_E2E") == "required":
        return
    no_browser = pytest.mark.skip(reason="no Chromium found: install chromium to run the journeys in a browser")
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(no_browser)


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]


def _is_for_faults(item: pytest.Item) -> bool:
    """Whether it is a test for either database, and this isn't its one."""
    kind = (
        item.callspec.params.get("database")
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        else None
    )
    chosen = any(mark.args[0] == "database" for mark in item.iter_markers("parametrize"))
    is_on_either = _folder(item) in ON_EITHER_DATABASE or item.get_closest_marker("either_database")
    if kind is None or chosen or not is_on_either:
        return False
    name = item.nodeid.replace(kind, "")
    return databases.KINDS[zlib.crc32(name.encode()) % len(databases.KINDS)] != kind


def _place(item: pytest.Item) -> int:
    folder = _folder(item)
    return LONGEST.index(folder) if folder in LONGEST else len(LONGEST)


@event.listens_for(Engine, "connect")
def _read_backwards(connection: Any, _record: Any) -> None:
    """SQLite gives rows that nobody ordered in reverse, PostgreSQL forward: what leans on either fails on the other."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA reverse_unordered_selects=ON")


def find_chromium() -> str | None:
    """The path of a Chromium on this machine: the one named in CHROMIUM, else one on the path."""
    named = os.environ.get("CHROMIUM")
    return named or next((found for name in BROWSERS if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path, for Playwright's ``executable_path``."""
    found = find_chromium()
    assert found, "no Chromium found: install chromium"
    return found


@pytest.fixture(scope="session")
def live_site() -> Iterator[live.LiveSite]:
    """Everything that ``make run`` starts, on SQLite with the demo, once a worker: for journeys in a browser."""
    with live.running(Path(tempfile.mkdtemp(prefix="site-", dir=databases.run_folder())), RATE_LIMITS="off") as site:
        yield site


@pytest.fixture(scope="session")
def _databases() -> Iterator[dict[str, databases.Database]]:
    made: dict[str, databases.Database] = {}
    yield made
    for database in made.values():
        database.drop()


@pytest.fixture(scope="session")
def _apps() -> dict[str, Flask]:
    return {}


@pytest.fixture(params=databases.KINDS)
def database(
    request: pytest.FixtureRequest, _databases: dict[str, databases.Database], _apps: dict[str, Flask]
) -> databases.Database:
    """A migrated database with nothing in it but what the migrations put there: SQLite, then PostgreSQL."""
    kind = request.param
    if kind not in _databases:
        _databases[kind] = databases.create(kind, f"live_{WORKER}")
        return _databases[kind]
    if kind == "sqlite" and kind in _apps:
        _close_connections(_apps[kind])
    _databases[kind].reset()
    return _databases[kind]


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Iterator[Callable[..., databases.Database]]:
    """Makes further databases: ``new_database("postgresql", migrated=False)``; they go with the test."""
    made: list[databases.Database] = []

    def make(kind: str, *, migrated: bool = True) -> databases.Database:
        made.append(databases.create(kind, f"extra_{WORKER}_{os.urandom(4).hex()}", migrated=migrated))
        return made[-1]

    yield make
    for database in made:
        database.drop()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a real server of this worker's own, started when first asked for."""
    folder = Path(tempfile.mkdtemp(prefix="lv-", dir=databases.run_folder()))
    socket = folder / "valkey.sock"
    command = embedded_valkey.command(folder, socket, durable=False)
    server = processes.start(command, environment={}, folder=folder, log=folder / "valkey.log")
    try:
        assert embedded_valkey.wait_for(embedded_valkey.url(socket)), (folder / "valkey.log").read_text()
        yield embedded_valkey.url(socket)
    finally:
        processes.stop([server], patience=2)


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A client of the worker's server, emptied."""
    with Redis.from_url(redis_url) as client:
        client.flushall()
        yield client


def settings_for(database: databases.Database, redis_url: str) -> Settings:
    """The settings of a test build on that database."""
    return Settings(
        environment="test",
        database_url=database.url,
        redis_url=redis_url,
        secret_key="a secret for tests, long enough to be taken",
        base_url="http://localhost",
        mail_sender="Live Sessions <no-reply@example.com>",
    )


@pytest.fixture
def settings(database: databases.Database, redis_url: str) -> Settings:
    """The settings of the app under test; ``dataclasses.replace`` makes others."""
    return settings_for(database, redis_url)


@pytest.fixture
def app(settings: Settings, database: databases.Database, redis: Redis, _apps: dict[str, Flask]) -> Iterator[Flask]:
    """The app on this test's database, its context pushed. Each request of ``client`` gets a context of its own."""
    if database.kind not in _apps:
        _apps[database.kind] = create_app(settings)
        _apps[database.kind].test_client_class = PolicingClient
    found = _apps[database.kind]
    with found.app_context():
        app_clock.set_clock(None)
        limiter.reset()
        yield found
        app_clock.set_clock(None)


@pytest.fixture
def new_app_on(redis_url: str) -> Iterator[Callable[..., Flask]]:
    """Makes an app on a database, with other settings when they are named.

    The limiter is one for the process, and takes its store from the app that was made last: it gets its own back.
    """
    made: list[Flask] = []
    limits = dict(vars(limiter))

    def make(database: databases.Database, **changed: Any) -> Flask:
        made.append(create_app(replace(settings_for(database, redis_url), **changed)))
        made[-1].test_client_class = PolicingClient
        return made[-1]

    yield make
    vars(limiter).clear()
    vars(limiter).update(limits)
    for each in made:
        _close_connections(each)


@pytest.fixture
def new_app(new_app_on: Callable[..., Flask], database: databases.Database) -> Callable[..., Flask]:
    """Makes an app with other settings on this test's database: ``new_app(environment="development")``."""
    return partial(new_app_on, database)


@pytest.fixture
def client(app: Flask) -> PolicingClient:
    """A browser without script, signed out."""
    return new_client_of(app)


@pytest.fixture
def new_client(app: Flask) -> Callable[[], PolicingClient]:
    """Makes further browsers, each with cookies of its own."""
    return lambda: new_client_of(app)


def new_client_of(app: Flask) -> PolicingClient:
    """A browser on ``app``."""
    made = app.test_client()
    assert isinstance(made, PolicingClient)
    return made


@dataclass(slots=True)
class Clock:
    """The app's clock, standing still until it is moved."""

    moment: datetime

    def now(self) -> datetime:
        """What time the app thinks it is."""
        return self.moment

    def set(self, moment: datetime) -> None:
        """Stand at ``moment`` (aware)."""
        self.moment = moment
        app_clock.set_clock(moment)

    def advance(self, **duration: float) -> datetime:
        """Move on, by ``timedelta``'s words: ``clock.advance(minutes=5)``."""
        self.set(self.moment + timedelta(**duration))
        return self.moment


@pytest.fixture
def clock(app: Flask) -> Clock:
    """The app's clock, stopped on Tuesday 3 March 2026, 09:00 UTC."""
    stopped = Clock(datetime(2026, 3, 3, 9, 0, tzinfo=UTC))
    stopped.set(stopped.moment)
    return stopped


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """``with count_queries() as statements:`` collects the SQL that runs meanwhile, without what only sets up."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("PRAGMA", "BEGIN", "SET ")):
                statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return counting


def _close_connections(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
