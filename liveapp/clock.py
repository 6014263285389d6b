"""What time it is on this machine, and the one variable that sets another time for a whole run.

``LIVEAPP_CLOCK`` is a moment with its zone ("2026-11-30T22:30:00Z": the time when the run begins; it goes on from
there) or a number of seconds that the clock is ahead of the machine's ("+86400"). The first process of a run hands the
second kind to all others (`pin`), so that they agree. Development and test builds only: production refuses to start
with it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

VARIABLE = "LIVEAPP_CLOCK"


def now() -> datetime:
    """The present moment of this run: aware, in UTC, to the microsecond."""
    return datetime.now(UTC) + offset()


def timestamp() -> float:
    """The same in seconds since 1970."""
    return now().timestamp()


@cache
def offset() -> timedelta:
    """How far this process's clock is ahead of the machine's; settled when it is first asked for."""
    return offset_of(os.environ.get(VARIABLE, ""))


def offset_of(text: str) -> timedelta:
    """How far the variable's text sets a clock ahead that begins now; not at all for no text. Raises ValueError."""
    text = text.strip()
    if not text or re.fullmatch(r"[+-][0-9]{1,12}(\.[0-9]{1,6})?", text):
        return timedelta(seconds=float(text or 0))
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return moment - datetime.now(UTC)


def pin(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for the other processes of a run: where a clock is set in it, as the seconds that it is ahead."""
    if not environ.get(VARIABLE, "").strip():
        return dict(environ)
    return dict(environ) | {VARIABLE: f"{offset_of(environ[VARIABLE]).total_seconds():+f}"}
