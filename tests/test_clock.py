"""One variable sets the clock of a whole run: as a moment or as seconds ahead, the same for all its processes."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from liveapp import clock
from liveapp.config import BadSettings, Settings

SECOND = timedelta(seconds=1)


def test_without_the_variable_it_is_the_machines_clock() -> None:
    assert clock.offset_of("") == clock.offset_of("  ") == timedelta(0)
    assert clock.pin({"PATH": "/bin"}) == {"PATH": "/bin"}


@pytest.mark.parametrize("text", ["2028-02-29T23:59:00Z", "2026-10-25T01:30:00+02:00", "2001-01-01T00:00:00+00:00"])
def test_a_moment_is_when_the_run_begins(text: str) -> None:
    begins = datetime.now(UTC) + clock.offset_of(text)
    assert abs(begins - datetime.fromisoformat(text)) < SECOND


def test_the_other_processes_of_a_run_get_the_seconds_however_late_they_start() -> None:
    pinned = clock.pin({clock.VARIABLE: "2030-01-01T00:00:00Z"})[clock.VARIABLE]
    assert clock.offset_of(pinned) == clock.offset_of(pinned)
    assert clock.pin({clock.VARIABLE: pinned}) == {clock.VARIABLE: pinned}


def test_a_process_follows_the_variable() -> None:
    command = [sys.executable, "-c", "from liveapp import clock; print(clock.now().isoformat(), clock.timestamp())"]
    environment = {clock.VARIABLE: "+86400"}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    shown, seconds = answer.stdout.split()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert abs(datetime.fromisoformat(shown) - tomorrow) < 60 * SECOND
    assert abs(float(seconds) - tomorrow.timestamp()) < 60


NO_CLOCKS = ["tomorrow", "2028-02-29", "2027-02-29T00:00:00Z", "2028-02-29T23:59:00", "86400", "+"]


@pytest.mark.parametrize("text", NO_CLOCKS)
def test_anything_else_stops_the_start_with_a_sentence(text: str) -> None:
    with pytest.raises(BadSettings, match="LIVEAPP_CLOCK must be a moment with its zone"):
        Settings.from_env({clock.VARIABLE: text})


def test_production_refuses_to_start_with_it() -> None:
    with pytest.raises(BadSettings, match="LIVEAPP_CLOCK is for development and tests only"):
        Settings.from_env({"LIVEAPP_ENV": "production", clock.VARIABLE: "+1"})
