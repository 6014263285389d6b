"""Named points at which a test build can be killed, as if the machine had died there.

A point costs one comparison when it isn't armed. `LIVEAPP_KILL_AT=name` (settings: `kill_at`) arms one;
`name:pause` stops there for ever instead, so that a test can act while the process stands still.
"""

from __future__ import annotations

import os
import signal
import time

_armed = ""


def arm(name: str) -> None:
    """From now on the process dies (or pauses) on reaching `name`; an empty name disarms."""
    global _armed
    _armed = name


def reach(name: str) -> None:
    """Marks a point worth dying at."""
    if not _armed:
        return
    if _armed == name:
        os.kill(os.getpid(), signal.SIGKILL)
    if _armed == f"{name}:pause":
        while True:
            time.sleep(3600)
