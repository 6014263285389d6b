"""Starting child processes so that none of them outlives the program that started it.

Every child leads a session of its own, so a whole family (gunicorn and its workers, RQ and its work horses) is found
by the child's pid. Three nets catch a family: an orderly stop, a watchdog that notices the starter's death even after
``kill -9``, and on Linux the kernel's parent-death signal.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Ask Linux to end this process when its parent dies; for ``preexec_fn``. Elsewhere it does nothing."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    log: Path,
    pass_fds: Sequence[int] = (),
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``command`` as the leader of a new session, its output appended to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
            start_new_session=True,
            preexec_fn=die_with_parent,
            user=user,
            extra_groups=[] if user else None,
        )


def stop(children: Iterable[subprocess.Popen[bytes]], *, patience: float) -> None:
    """End the children together: SIGTERM, up to ``patience`` seconds to finish, then SIGKILL to their families."""
    children = list(children)
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + patience
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.0, deadline - time.monotonic()))
    signal_families({child.pid for child in children}, signal.SIGKILL)
    for child in children:
        child.wait()


def signal_families(leaders: set[int], number: int) -> int:
    """Signal every process whose session is led by one of ``leaders``; returns how many. Number 0 only counts."""
    members = [pid for pid in _all_pids() if _session_of(pid) in leaders]
    for pid in members:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
    return len(members)


def _all_pids() -> list[int]:
    if Path("/proc/self").exists():
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    listing = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True, check=True)
    return [int(pid) for pid in listing.stdout.split()]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


class Watchdog:
    """A forked process that ends the noted families when the process that made it is gone, however it went."""

    def __init__(self) -> None:
        """Fork it now: before any thread is started and before there is a family to note."""
        reader, self._writer = os.pipe()
        os.set_inheritable(self._writer, False)
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._writer)
            _watch(reader)
        os.close(reader)

    def note(self, leader: int) -> None:
        """Remember the family of ``leader``."""
        os.write(self._writer, f"{leader}\n".encode())

    def dismiss(self) -> None:
        """Let the watchdog make its last round and wait for it."""
        os.close(self._writer)
        os.waitpid(self.pid, 0)


def _watch(reader: int) -> None:
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with os.fdopen(reader) as lines:
        leaders = {int(line) for line in lines}
    if signal_families(leaders, signal.SIGTERM):
        wait_until(lambda: not signal_families(leaders, 0), seconds=5)
        signal_families(leaders, signal.SIGKILL)
    os._exit(0)


def wait_until(condition: Callable[[], bool], *, seconds: float, pause: float = 0.05) -> bool:
    """Whether ``condition`` came true within ``seconds``; asked again after each ``pause``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def loopback_socket(port: int = 0) -> socket.socket:
    """A bound, not yet listening socket on 127.0.0.1; port 0 takes any free one. OSError when it is taken."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
    except OSError:
        bound.close()
        raise
    bound.set_inheritable(True)
    return bound
