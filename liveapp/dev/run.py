"""``make run``: everything that Live Sessions needs on a laptop, in one process tree that ends with Ctrl-C.

``python -m liveapp.dev.run`` starts it all. With words behind it, it runs those as a command in the same environment
(the same database, queue and mail catcher) instead: ``python -m liveapp.dev.run flask --app app demo``.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

from sqlalchemy import MetaData, Table, create_engine, literal, select

from liveapp import clock
from liveapp.config import BadSettings, Settings
from liveapp.dev import embedded_valkey
from liveapp.dev.pretended import pretend_stripe, pretend_video, pretended, pretended_video
from liveapp.dev.processes import loopback_socket
from liveapp.dev.supervisor import ChildFailed, Service, Stopped, Supervisor, say

ROOT = Path(__file__).resolve().parents[2]
FIRST_PORT = 5000
PORTS_TRIED = 50
DEMO_SIGN_IN = "ada@example.com"
DEMO_PASSWORD = "demo-demo-demo"


class CannotStart(Exception):
    """The message says, in a sentence, what stands in the way."""


def main(arguments: Sequence[str]) -> int:
    """Run everything, or one command in the same environment. Returns the exit code."""
    given = with_env_file(os.environ, ROOT / ".env")
    var = Path(given.get("LIVEAPP_VAR", ROOT / "var")).resolve()
    var.mkdir(parents=True, exist_ok=True)
    if arguments:
        return run_command(arguments, environment_of(given, var))
    try:
        with only_one(var):
            return run_everything(given, var)
    except (CannotStart, BadSettings, ChildFailed) as fault:
        say(str(fault))
        return 1


def with_env_file(environ: Mapping[str, str], file: Path) -> dict[str, str]:
    """The environment, completed by the ``NAME=value`` lines of a ``.env`` file; what is set already wins."""
    if not file.is_file():
        return dict(environ)
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs} | dict(environ)


def environment_of(given: Mapping[str, str], var: Path) -> dict[str, str]:
    """What the children see: the given environment, with laptop defaults for all that it leaves open."""
    if given.get("LIVEAPP_ENV") == "production":
        raise CannotStart("make run is for development: production is started as the Procfile says.")
    defaults = {
        "LIVEAPP_ENV": "development",
        "DATABASE_URL": f"sqlite:///{var / 'live.db'}",
        "REDIS_URL": embedded_valkey.url(embedded_valkey.socket_path(var)),
        "MAIL_DIRECTORY": str(var / "mail"),
        "PYTHONUNBUFFERED": "1",
    }
    return clock.pin(defaults | {name: value for name, value in given.items() if value or name not in defaults})


def run_command(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Become ``words``, run by this interpreter as ``python -m words``."""
    os.chdir(ROOT)
    os.execvpe(sys.executable, [sys.executable, "-m", *words], dict(environment))


def only_one(var: Path, *, patience: float = 8) -> IO[str]:
    """A lock on the data folder, kept until closed. Raises CannotStart when another run holds it for ``patience`` s."""
    lock = (var / "run.lock").open("w")
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.close()
                raise CannotStart(f"Live Sessions is already running on {var}: stop that one first.") from None
            time.sleep(0.2)


def run_everything(given: Mapping[str, str], var: Path) -> int:
    """Start the services in order, say where they are, and look after them until asked to stop."""
    web = web_socket(given.get("PORT", ""))
    mail, stripe, video = loopback_socket(), loopback_socket(), loopback_socket()
    address = f"http://127.0.0.1:{web.getsockname()[1]}"
    environment = environment_of(given, var)
    if not given.get("BASE_URL"):
        environment["BASE_URL"] = address
    catches_mail = not given.get("MAIL_SERVER")
    if catches_mail:
        environment |= {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(mail.getsockname()[1])}
    pretends_stripe = not given.get("STRIPE_SECRET_KEY")
    if pretends_stripe:
        environment |= pretended(stripe)
    pretends_video = not (given.get("ZOOM_CLIENT_ID") or given.get("GOOGLE_CLIENT_ID"))
    if pretends_video:
        environment |= pretended_video(video)
    settings = Settings.from_env(environment)

    supervisor = Supervisor(environment=environment, folder=ROOT, logs=var / "log")
    stop_on_signals(supervisor)
    try:
        if not given.get("REDIS_URL"):
            start_valkey(supervisor, settings, var)
        if catches_mail:
            supervisor.keep(mail_catcher(mail, var / "mail"))
        if pretends_stripe:
            supervisor.keep(pretend_stripe(stripe, var / "stripe", settings))
        if pretends_video:
            supervisor.keep(pretend_video(video, var / "video", settings))
        prepare_database(supervisor, settings, var)
        for service in services(web, settings):
            supervisor.keep(service)
        if not supervisor.wait_until(lambda: is_healthy(address), seconds=60):
            raise CannotStart(f"The web server didn't get ready within a minute; its log is {var / 'log' / 'web.log'}")
        print(f"Live Sessions: {address} · sign in as {DEMO_SIGN_IN} with the password {DEMO_PASSWORD}", flush=True)
        supervisor.watch()
    except Stopped:
        return 0
    finally:
        supervisor.stop()
    return 0


def web_socket(wanted: str) -> socket.socket:
    """A socket on the wanted port, or on the next free one, saying so. It is kept over restarts of the server."""
    first = int(wanted) if wanted.isdigit() else FIRST_PORT
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        try:
            bound = loopback_socket(port)
            bound.listen(128)
        except OSError:
            continue
        if port != first and first:
            say(f"Port {first} is taken: using {port}.")
        return bound
    raise CannotStart(f"No port from {first} to {first + PORTS_TRIED - 1} is free: set PORT to one that is.")


def stop_on_signals(supervisor: Supervisor) -> None:
    """Ctrl-C, a closed terminal and ``kill`` end it in order; a second time, at once."""

    def ask(number: int, frame: FrameType | None) -> None:
        if supervisor.stopping.is_set():
            supervisor.kill()
        supervisor.stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask)


def start_valkey(supervisor: Supervisor, settings: Settings, var: Path) -> None:
    """Start the embedded queue server and wait until it has read its data."""
    listens_at = Path(settings.redis_url.removeprefix("unix://"))
    listens_at.unlink(missing_ok=True)
    supervisor.keep(Service("valkey", embedded_valkey.command(var / "valkey", listens_at), beneath=True))
    if not supervisor.wait_until(lambda: embedded_valkey.answers(settings.redis_url), seconds=30):
        raise CannotStart(f"The embedded queue server didn't start; its log is {var / 'log' / 'valkey.log'}")


def mail_catcher(bound: socket.socket, folder: Path) -> Service:
    """The service that takes every mail and shows it at ``/dev/mail``."""
    number = bound.fileno()
    command = [sys.executable, "-m", "liveapp.dev.mail_catcher", str(number), str(folder)]
    return Service("mail", command, pass_fds=(number,), beneath=True)


def prepare_database(supervisor: Supervisor, settings: Settings, var: Path) -> None:
    """Bring the tables up to date, and fill a database that has no organization in it with the demo.

    A demo that was cut off is begun again, on a new file; a database that somebody named is never thrown away.
    """
    flask = [sys.executable, "-m", "flask", "--app", "app"]
    unfinished, ours = var / "demo-unfinished", var / "live.db"
    if unfinished.exists() and settings.database_url == f"sqlite:///{ours}":
        for suffix in ("", "-wal", "-shm"):
            Path(f"{ours}{suffix}").unlink(missing_ok=True)
    supervisor.run("migrate", [*flask, "db", "upgrade"])
    if is_empty(settings):
        say("Making the demo data ...")
        unfinished.touch()
        supervisor.run("demo", [*flask, "demo"])
    unfinished.unlink(missing_ok=True)


def is_empty(settings: Settings) -> bool:
    """Whether the migrated database has no organization yet."""
    schema = settings.database_schema if settings.on_postgresql else None
    organizations = Table("organizations", MetaData(schema=schema))
    engine = create_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            return connection.execute(select(literal(1)).select_from(organizations).limit(1)).first() is None
    finally:
        engine.dispose()


def services(web: socket.socket, settings: Settings) -> list[Service]:
    """Web server, worker and scheduler, as the Procfile has them, at laptop size."""
    number = web.fileno()
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "--bind", f"fd://{number}"]
    sized = ["--workers", str(settings.web_concurrency), "--threads", "4", "--graceful-timeout", "4", "app:app"]
    return [
        Service("web", [*gunicorn, *sized], pass_fds=(number,)),
        Service("worker", [sys.executable, "-m", "liveapp.tasks.worker"]),
        Service("scheduler", [sys.executable, "-m", "liveapp.tasks.schedule"]),
    ]


def is_healthy(address: str) -> bool:
    """Whether the web server answers its health page."""
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
