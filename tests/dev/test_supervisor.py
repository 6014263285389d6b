"""The supervisor, with real processes: what dies comes back, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from liveapp.dev.processes import signal_families, wait_until
from liveapp.dev.supervisor import ChildFailed, Service, Supervisor, TroubleFilter

ROOT = Path(__file__).resolve().parents[2]
SAY = "print(os.getpid(), flush=True)"
FAMILY = f"import os, time; {SAY}; os.fork() or {SAY}; time.sleep(60)"
"""A process and its child; each says its pid, the leader first."""
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
OWNER = f"""
import sys, time
from pathlib import Path
from liveapp.dev.supervisor import Service, Supervisor
folder = Path(sys.argv[1])
supervisor = Supervisor(environment={{}}, folder=folder, logs=folder)
supervisor.keep(Service("family", [sys.executable, "-c", {FAMILY!r}]))
supervisor.keep(Service("stubborn", [sys.executable, "-c", {STUBBORN!r}]))
time.sleep(60)
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def pids_in(log: Path) -> list[int]:
    return [int(word) for word in log.read_text().split() if word.isdigit()] if log.exists() else []


def is_running(pid: int) -> bool:
    """Whether the process is there and not merely waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(environment={}, folder=tmp_path, logs=tmp_path)
    yield made
    made.stop()


def test_what_dies_is_reported_and_started_again(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor.keep(Service("family", python(FAMILY)))
    assert supervisor.wait_until(lambda: len(pids_in(tmp_path / "family.log")) == 2, seconds=60)
    first = pids_in(tmp_path / "family.log")

    os.kill(first[0], signal.SIGKILL)

    assert supervisor.wait_until(lambda: len(pids_in(tmp_path / "family.log")) == 4, seconds=60)
    assert "family was ended by signal 9 and starts again in 1 s" in capsys.readouterr().err
    assert wait_until(lambda: not any(is_running(pid) for pid in first), seconds=60)


def test_a_stop_ends_whole_families_even_the_stubborn(tmp_path: Path) -> None:
    made = Supervisor(environment={}, folder=tmp_path, logs=tmp_path)
    made.keep(Service("family", python(FAMILY)))
    assert made.wait_until(lambda: len(pids_in(tmp_path / "family.log")) == 2, seconds=60)
    pids = pids_in(tmp_path / "family.log")

    made.stop()

    assert wait_until(lambda: not any(is_running(pid) for pid in pids), seconds=60)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_survives_a_supervisor_killed_hard(tmp_path: Path) -> None:
    owner = subprocess.Popen([*python(OWNER), str(tmp_path)], cwd=ROOT)
    logs = (tmp_path / "family.log", tmp_path / "stubborn.log")
    ready = wait_until(
        lambda: len(pids_in(logs[0])) == 2 and logs[1].exists() and "up" in logs[1].read_text(), seconds=60
    )
    family = set(pids_in(logs[0]))
    children = {int(pid) for pid in Path(f"/proc/{owner.pid}/task/{owner.pid}/children").read_text().split()}

    owner.kill()
    owner.wait()

    assert ready
    assert len(family | children) >= 4
    assert wait_until(lambda: not any(is_running(pid) for pid in family | children), seconds=60)
    assert signal_families(children, 0) == 0 or not any(is_running(pid) for pid in children)


def test_a_failed_preparation_says_what_it_said(supervisor: Supervisor) -> None:
    with pytest.raises(ChildFailed, match="no such table"):
        supervisor.run("migrate", python("raise SystemExit('no such table: x')"))


def test_errors_and_whole_tracebacks_are_shown_and_nothing_else() -> None:
    log = [
        "GET /",
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in <module>',
        "ZeroDivisionError: division by zero",
        "GET /",
        "[2026-03-03 12:00:00 +0000] [1] [error] worker failed",
    ]
    trouble = TroubleFilter()
    assert [line for line in log if trouble.wants(line)] == [log[1], log[2], log[3], log[5]]
