"""The journeys at moments that calendars are bad at: the suite passes whenever it runs.

`make faults` takes the few; ``LIVEAPP_MOMENTS=all`` takes each weekday's morning and night.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from liveapp import clock
from tests import databases

ROOT = Path(__file__).resolve().parents[2]
FEW = {
    "Monday night, the last of a month, when it is the next one in Berlin": "2026-11-30T22:30:00Z",
    "Saturday night before New York's clocks go forward": "2027-03-13T23:00:00Z",
    "Tuesday night, the last minute of a leap day in Berlin": "2028-02-29T22:59:00Z",
}
OTHERS = {
    "Monday morning, 28 February of a leap year": "2028-02-28T08:00:00Z",
    "Tuesday morning, 29 February": "2028-02-29T07:00:00Z",
    "Wednesday morning": "2026-12-02T06:10:00Z",
    "Wednesday night, the last minute of a month in London": "2026-09-30T22:59:00Z",
    "Thursday, the first minute of a month": "2027-07-01T00:00:00Z",
    "Thursday night, the last minute of a year in Berlin": "2026-12-31T22:59:00Z",
    "Friday, the first minute of a year": "2027-01-01T00:00:00Z",
    "Friday night, the last minute of a month in London": "2027-04-30T22:59:00Z",
    "Saturday morning before Berlin's clocks go back": "2027-10-30T09:00:00Z",
    "Sunday morning after New York's clocks went back": "2027-11-07T06:30:00Z",
    "Sunday night after Berlin's clocks went forward": "2027-03-28T22:30:00Z",
}
MOMENTS = FEW | OTHERS if os.environ.get("LIVEAPP_MOMENTS") == "all" else FEW


@pytest.mark.faults
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
def test_the_journeys_pass_at_that_moment(moment: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "-m", "e2e and not faults"]
    command += ["tests/e2e", "--deselect", "tests/e2e/test_every_page.py"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "LIVEAPP_TEST_"))}
    environment = kept | {clock.VARIABLE: moment, "LIVEAPP_E2E": "required"}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-6000:]
    assert " passed" in run.stdout


HOURS = [f"2027-10-{day:02}T{clock}:00Z" for day in range(25, 32) for clock in ("06:45", "09:15", "17:20", "18:55")]
"""While each of the demo's weekly sessions goes on, and the week in which Berlin's clocks go back."""


@pytest.mark.faults
@pytest.mark.parametrize("moment", HOURS)
def test_the_demo_can_be_made_at_any_hour(moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clock.VARIABLE, moment)
    shutil.copyfile(databases.sqlite_template(), tmp_path / "demo.db")
    databases.flask(f"sqlite:///{tmp_path}/demo.db", "demo")
    with contextlib.closing(sqlite3.connect(tmp_path / "demo.db")) as connection:
        live = connection.execute("SELECT count(*) FROM sessions WHERE status = 'live'").fetchone()
    assert live[0] >= 1
