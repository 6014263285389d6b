"""make run's own decisions, and one real start: up, a second start with the data kept, and nothing left behind."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from liveapp.dev import run
from liveapp.dev.processes import loopback_socket, wait_until
from tests import live


def test_the_env_file_fills_gaps_and_never_overrules(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# a comment\n\nPORT=1\nSECRET_KEY='it = quoted'\n")
    assert run.with_env_file({"PORT": "2"}, file) == {"PORT": "2", "SECRET_KEY": "it = quoted"}


def test_what_is_left_open_or_empty_gets_a_laptop_default(tmp_path: Path) -> None:
    environment = run.environment_of({"DATABASE_URL": "", "REDIS_URL": "redis://other/0"}, tmp_path)
    assert environment["DATABASE_URL"] == f"sqlite:///{tmp_path}/live.db"
    assert environment["REDIS_URL"] == "redis://other/0"


def test_production_is_not_started_this_way(tmp_path: Path) -> None:
    with pytest.raises(run.CannotStart, match="Procfile"):
        run.environment_of({"LIVEAPP_ENV": "production"}, tmp_path)


def test_a_taken_port_gives_way_to_the_next_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with loopback_socket() as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with run.web_socket(str(port)) as found:
            assert found.getsockname()[1] > port
    assert f"Port {port} is taken" in capsys.readouterr().err


def test_two_runs_cannot_share_a_folder(tmp_path: Path) -> None:
    with run.only_one(tmp_path, patience=0), pytest.raises(run.CannotStart, match="already running"):
        run.only_one(tmp_path, patience=0)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_starts_twice_on_the_same_data_and_leaves_nothing(tmp_path: Path) -> None:
    first = live.start(tmp_path)
    children = first.children()
    assert "sign in as" in first.line
    assert '"ok"' in first.get("/healthz")
    assert "Caught mail" in first.get("/dev/mail")
    first.stop(signal.SIGINT)
    assert len(children) == len({"watchdog", "valkey", "mail", "stripe", "video", "web", "worker", "scheduler"})
    assert wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), seconds=60)
    demo_log = (tmp_path / "log" / "demo.log").read_text()

    second = live.start(tmp_path)
    second.stop(signal.SIGTERM)
    assert (tmp_path / "log" / "demo.log").read_text() == demo_log
