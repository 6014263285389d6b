"""Processes that do one thing and may be killed at it: forked from one in which everything is imported already, since
importing takes ten times as long as the deed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(
    [
        "liveapp",
        "tests.cast",
        *(f"tests.faults.{name}" for name in ("test_kills", "test_bulk_kills", "test_money_kills", "test_door_kills")),
    ]
)
PATIENCE_SECONDS = 60


def is_killed(deed: Callable[..., None], *values: Any) -> bool:
    """Does it in a process of its own, and says whether that ended by kill -9."""
    child = FORK.Process(target=deed, args=values)
    child.start()
    child.join(PATIENCE_SECONDS)
    return child.exitcode == -9
