"""The whole of Live Sessions as ``make run`` starts it, in a folder of its own, for tests that need the real thing."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from liveapp import clock
from liveapp.dev import mailbox
from liveapp.dev.processes import wait_until
from tests import databases

CRON_SECRET = "a-timer-of-the-tests"
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class LiveSite:
    """A running site: web server, worker, scheduler, queue server, mail catcher."""

    process: subprocess.Popen[str]
    line: str
    var: Path

    @property
    def address(self) -> str:
        """Where it is, without a slash at the end."""
        found = re.search(r"http://127\.0\.0\.1:\d+", self.line)
        assert found, self.line
        return found[0]

    def get(self, path: str) -> str:
        """The body of the answer at ``path``."""
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            return str(answer.read().decode())

    def children(self) -> list[int]:
        """The pids of its processes (Linux)."""
        pid = self.process.pid
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def mails_to(self, recipient: str) -> list[mailbox.CaughtMail]:
        """What was sent to an address so far, newest first."""
        return [mail for mail in mailbox.newest(self.var / "mail") if recipient in mail.recipients]

    def wait_for_mail(self, recipient: str, *, subject: str = "", seconds: float = 60) -> mailbox.CaughtMail:
        """The newest mail to an address whose subject holds ``subject``, waiting until it is there."""
        found: list[mailbox.CaughtMail] = []

        def arrived() -> bool:
            found[:] = [mail for mail in self.mails_to(recipient) if subject in mail.subject]
            return bool(found)

        assert wait_until(arrived, seconds=seconds, pause=0.2), f"no mail to {recipient} about {subject!r}"
        return found[0]

    def stop(self, number: signal.Signals = signal.SIGINT) -> str:
        """End it as Ctrl-C does; returns what it complained about."""
        self.process.send_signal(number)
        self.process.wait(timeout=40)
        complaints = (self.var / "complaints").read_text()
        assert self.process.returncode == 0, complaints
        return complaints


def start(var: Path, **environment: str) -> LiveSite:
    """Start a site whose data is in ``var``: SQLite and the demo, unless ``environment`` says otherwise."""
    given = {"LIVEAPP_VAR": str(var), "PORT": "0", "PATH": os.environ["PATH"], "CRON_SECRET": CRON_SECRET}
    given |= {name: os.environ[name] for name in (clock.VARIABLE,) if name in os.environ} | environment
    var.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "liveapp.dev.run"]
    with (var / "complaints").open("w") as complaints:
        process = subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.PIPE, stderr=complaints, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, (var / "complaints").read_text()
    return LiveSite(process, line, var)


def demo() -> Path:
    """The run's demo, which sites get a copy of; made by the first who asks, as making it takes longest of all that a
    site does when it starts."""
    made = databases.run_folder() / "demo.db"
    with databases.lock("demo"):
        if not made.exists():
            begun = made.with_name("demo-being-made.db")
            shutil.copyfile(databases.sqlite_template(), begun)
            databases.flask(f"sqlite:///{begun}", "demo")
            with contextlib.closing(sqlite3.connect(begun)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            begun.replace(made)
    return made


@contextmanager
def running(var: Path, **environment: str) -> Iterator[LiveSite]:
    """A site with the demo for the length of a ``with`` block."""
    shutil.copyfile(demo(), var / "live.db")
    site = start(var, **environment)
    try:
        yield site
    finally:
        if site.process.poll() is None:
            site.stop()
