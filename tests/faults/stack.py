"""The site's processes one by one, so that a test can kill each: queue server, worker, scheduler."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from liveapp.config import Settings
from liveapp.dev import embedded_valkey, processes

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Stack:
    """Running processes by name; `kills` counts the faults that landed."""

    settings: Settings
    folder: Path
    mail_port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    kills: int = 0

    @property
    def socket(self) -> Path:
        return self.folder / "valkey.sock"

    def start(self, name: str) -> None:
        """Starts valkey, worker or schedule."""
        command = {
            "valkey": embedded_valkey.command(self.folder, self.socket, durable=True),
            "worker": [sys.executable, "-m", "liveapp.tasks.worker"],
            "schedule": [sys.executable, "-m", "liveapp.tasks.schedule"],
        }[name]
        self.running[name] = processes.start(
            command, environment=self._environment(), folder=ROOT, log=self.folder / f"{name}.log"
        )
        if name == "valkey":
            assert embedded_valkey.wait_for(embedded_valkey.url(self.socket))

    def kill(self, name: str) -> None:
        """kill -9, with everything it started."""
        process = self.running.pop(name)
        self.kills += bool(processes.signal_families({process.pid}, signal.SIGKILL))
        process.wait(10)

    def wipe(self) -> None:
        """Takes the queue server's data away, as a lost disk would."""
        for path in self.folder.glob("*.rdb"):
            path.unlink()
        for path in self.folder.glob("appendonlydir/*"):
            path.unlink()

    def logs(self) -> str:
        """The end of each process's log, to say what went wrong."""
        return "\n".join(f"{path.name}: {path.read_text()[-2000:]}" for path in self.folder.glob("*.log"))

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "DATABASE_URL": self.settings.database_url,
            "REDIS_URL": embedded_valkey.url(self.socket),
            "LIVEAPP_ENV": "test",
            "SECRET_KEY": self.settings.secret_key,
            "BASE_URL": "http://localhost",
            "MAIL_PORT": str(self.mail_port),
            "MAIL_SENDER": "Live Sessions <no-reply@example.com>",
        }


@contextmanager
def stack(settings: Settings, folder: Path, mail_port: int) -> Iterator[Stack]:
    """All three, ended with the block."""
    made = Stack(settings, folder, mail_port)
    try:
        for name in ("valkey", "worker", "schedule"):
            made.start(name)
        yield made
    finally:
        processes.stop(made.running.values(), patience=5)
