"""Keeps a handful of child processes alive, tells what goes wrong with them, and ends them together."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from liveapp.dev import processes

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a child that died is started again; doubled with each quick death."""
STEADY_AFTER = 60.0
"""Seconds that a child must have run for its next death to count as a first one."""
LOG_LIMIT = 5_000_000
"""Bytes after which a log is set aside at the next start."""
TROUBLE = ("[error", "[critical", " ERROR ", " CRITICAL ", '"level": "error"', '"level": "critical"', "Traceback (most")


class ChildFailed(Exception):
    """A preparing command ended badly; the message holds the end of what it said."""


class Stopped(Exception):
    """A person asked for the end while something was still being prepared."""


@dataclass(frozen=True, slots=True)
class Service:
    """A program that is to run for as long as the supervisor does."""

    name: str
    command: Sequence[str]
    pass_fds: tuple[int, ...] = ()
    beneath: bool = False
    """Others stand on it (the queue's server, the mail catcher): it is ended last."""


@dataclass(slots=True)
class _Running:
    service: Service
    process: subprocess.Popen[bytes]
    started_at: float
    restart_at: float | None = None
    pause: float = FIRST_PAUSE
    trouble: TroubleFilter = field(default_factory=lambda: TroubleFilter())
    read_to: int = 0


class TroubleFilter:
    """Picks the lines of a log that a person should see: errors, and tracebacks whole."""

    def __init__(self) -> None:
        self._in_traceback = False

    def wants(self, line: str) -> bool:
        """Whether this next line of the log is trouble."""
        if self._in_traceback:
            self._in_traceback = line.startswith((" ", "\t"))
            return True
        self._in_traceback = line.startswith("Traceback (most")
        return any(sign in line for sign in TROUBLE)


def say(words: str) -> None:
    """Tell the person at the terminal."""
    print(words, file=sys.stderr, flush=True)


class Supervisor:
    """Starts services, restarts those that die, and stops them all. ``stopping`` may be set from a signal handler."""

    def __init__(self, *, environment: Mapping[str, str], folder: Path, logs: Path) -> None:
        self.stopping = threading.Event()
        self._environment = environment
        self._folder = folder
        self._logs = logs
        self._running: list[_Running] = []
        self._watchdog = processes.Watchdog()

    def run(self, name: str, command: Sequence[str]) -> None:
        """Run a preparing command to its end. Raises ChildFailed, or Stopped when asked to stop meanwhile."""
        log = self._fresh_log(name)
        begins_at = log.stat().st_size
        process = self._start(command, log)
        while process.poll() is None and not self.stopping.wait(0.05):
            pass
        if process.poll() is None:
            processes.stop([process], patience=3)
        if self.stopping.is_set():
            raise Stopped
        if process.returncode != 0:
            said = log.read_bytes()[begins_at:].decode(errors="replace").strip().splitlines()
            raise ChildFailed("\n".join([f"{name} failed:", *said[-15:]]))

    def keep(self, service: Service) -> None:
        """Start a service and keep it running."""
        log = self._fresh_log(service.name)
        size = log.stat().st_size
        process = self._start(service.command, log, service.pass_fds)
        self._running.append(_Running(service, process, time.monotonic(), read_to=size))

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> bool:
        """Look after the services until ``ready``; False when that takes too long. Raises Stopped."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.tend()
            if self.stopping.wait(0.1):
                raise Stopped
            if time.monotonic() > deadline:
                return False
        return True

    def watch(self) -> None:
        """Look after the services until asked to stop."""
        while not self.stopping.wait(0.2):
            self.tend()

    def tend(self) -> None:
        """One round: show trouble, note deaths, start again what has waited long enough."""
        for running in self._running:
            self._show_trouble(running)
            if running.restart_at is not None:
                self._restart_when_due(running)
            elif running.process.poll() is not None:
                self._note_death(running)

    def stop(self) -> None:
        """End every service, those that others stand on last, and see to it that nothing is left."""
        for beneath in (False, True):
            tier = [running.process for running in self._running if running.service.beneath is beneath]
            processes.stop(tier, patience=8)
        self._watchdog.dismiss()

    def kill(self) -> None:
        """End every service at once, without asking."""
        processes.signal_families({running.process.pid for running in self._running}, 9)

    def _start(self, command: Sequence[str], log: Path, pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
        process = processes.start(
            command, environment=self._environment, folder=self._folder, log=log, pass_fds=pass_fds
        )
        self._watchdog.note(process.pid)
        return process

    def _fresh_log(self, name: str) -> Path:
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{name}.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        log.touch()
        return log

    def _show_trouble(self, running: _Running) -> None:
        log = self._logs / f"{running.service.name}.log"
        if log.stat().st_size <= running.read_to:
            return
        with log.open("rb") as lines:
            lines.seek(running.read_to)
            fresh = lines.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        running.read_to += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            if running.trouble.wants(line):
                say(f"{running.service.name}: {line}")

    def _note_death(self, running: _Running) -> None:
        now = time.monotonic()
        processes.signal_families({running.process.pid}, 9)
        lived = now - running.started_at
        running.pause = FIRST_PAUSE if lived > STEADY_AFTER else running.pause
        running.restart_at = now + running.pause
        code, log = running.process.returncode, self._logs / f"{running.service.name}.log"
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        say(f"{running.service.name} {how} and starts again in {running.pause:.0f} s; its log is {log}")
        running.pause = min(running.pause * 2, LONGEST_PAUSE)

    def _restart_when_due(self, running: _Running) -> None:
        if running.restart_at is None or time.monotonic() < running.restart_at:
            return
        log = self._logs / f"{running.service.name}.log"
        running.process = self._start(running.service.command, log, running.service.pass_fds)
        running.started_at, running.restart_at = time.monotonic(), None
