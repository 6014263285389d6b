"""What the measurements share: a PostgreSQL with durable commits, the site under gunicorn, a bare Flask beside it, and
clients that open a connection a request. Everything is on this machine and stops by itself."""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import databases  # noqa: E402


@dataclass(frozen=True)
class Answer:
    """One request's status, body, headers and seconds."""

    status: int
    body: bytes
    head: bytes
    seconds: float


def ask(port: int, request: bytes) -> Answer:
    """Sends one request on a connection of its own and reads the answer to its end."""
    begun = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    seconds = time.perf_counter() - begun
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    return Answer(int(head.split(b" ", 2)[1]), body, head, seconds)


def get(path: str, cookie: str = "") -> bytes:
    """The bytes of a GET."""
    extra = f"Cookie: {cookie}\r\n" if cookie else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{extra}\r\n".encode()


def post(path: str, form: str, cookie: str) -> bytes:
    """The bytes of a form sent."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        f"Cookie: {cookie}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(form)}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n" + form).encode()


def together(calls: Sequence[Callable[[], Answer]], clients: int) -> tuple[list[Answer], float]:
    """Does the calls with so many clients at once; the answers, and the seconds until the last."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(lambda call: call(), calls))
    return answers, time.perf_counter() - begun


def quantiles(answers: Sequence[Answer]) -> tuple[float, float]:
    """The median and the 99th percentile, in milliseconds."""
    times = sorted(answer.seconds * 1000 for answer in answers)
    return statistics.median(times), times[min(len(times) - 1, int(len(times) * 0.99))]


def beside(ours: float, url: str, statements: str, clients: int, *, seconds: int = 6) -> None:
    """pgbench with the statements that the same deed needs, for so long; prints its rate and what `ours` is of it."""
    program = shutil.which("pgbench") or next(map(str, Path("/usr/lib/postgresql").glob("*/bin/pgbench")), None)
    if program is None:
        print("  (no pgbench on this machine: nothing to compare with)")
        return
    found = re.match(r"postgresql\+psycopg://([^@]*)@/([^?]+)\?host=([^&]+)(?:&port=(\d+))?", url)
    assert found, url
    user, name, host, port = found.groups()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "deed.sql")
        script.write_text(statements)
        environment = os.environ | {"PGOPTIONS": "-c search_path=ext_live_sessions,public"}
        command = [program, "-n", "-f", str(script), "-c", str(clients), "-j", "2", "-T", str(seconds), "-h", host,
                   "-U", user, "-p", port or "5432", "--max-tries", "20", name]  # fmt: skip
        output = subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout
    rate = float(re.search(r"tps = ([\d.]+)", output)[1]) if "tps" in output else 0.0  # type: ignore[index]
    print(f"  pgbench, the same statements            {rate:6.0f}/s   ours is {ours / rate if rate else 0:.2f} of it")


@contextmanager
def database() -> Iterator[databases.PostgresDatabase]:
    """A migrated PostgreSQL database whose commits wait for the disk."""
    os.environ["LIVEAPP_TEST_RUN_PID"] = str(os.getpid())
    folder = databases.begin_run()
    try:
        made = databases.create("postgresql", f"bench_{uuid.uuid4().hex[:8]}")
        with made.connection() as connection:
            for setting in ("fsync = on", "synchronous_commit = on", "full_page_writes = on"):
                connection.execute(f"ALTER SYSTEM SET {setting}")
            connection.execute("SELECT pg_reload_conf()")
        yield made
    finally:
        databases.end_run(folder)


@contextmanager
def served(target: str, **environment: str) -> Iterator[int]:
    """A WSGI app under gunicorn as in production (2 workers × 8 threads); its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        str(ROOT / "gunicorn.conf.py"),
        "-b",
        f"127.0.0.1:{port}",
        target,
    ]
    path = f"{ROOT}{os.pathsep}{ROOT / 'bench'}"
    given = os.environ | {"PYTHONPATH": path, "WEB_CONCURRENCY": "2"} | environment
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, cwd=ROOT, env=given, stdout=log, stderr=log)
        try:
            _wait(port)
            yield port
        finally:
            server.terminate()
            server.wait(30)


def site(url: str) -> dict[str, str]:
    """The environment of the site under measurement: everything on but rate limits, no Redis."""
    return {
        "DATABASE_URL": url,
        "LIVEAPP_ENV": "test",
        "SECRET_KEY": "measured, not secret, long enough",
        "RATE_LIMITS": "off",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DATABASE_POOL_SIZE": "8",
    }


def form_of(port: int, path: str) -> tuple[str, str]:
    """A visitor's cookie and the token of the form at `path`."""
    answer = ask(port, get(path))
    cookie = re.search(rb"Set-Cookie: (session=[^;]+)", answer.head)
    token = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', answer.body)
    assert cookie
    assert token, answer.body[:500]
    return cookie[1].decode(), token[1].decode()


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server did not start")
