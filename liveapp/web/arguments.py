"""What stands in addresses, read kindly: what makes no sense is as good as not there."""

from __future__ import annotations

import uuid
from datetime import date, time


def day_from(text: str | None) -> date | None:
    """A date like 2026-03-31, from 2000 to 2100."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def minute_from(text: str | None) -> int | None:
    """A time of day like 18:00, as minutes after midnight."""
    try:
        clock = time.fromisoformat(text or "")
    except ValueError:
        return None
    return clock.hour * 60 + clock.minute


def id_from(text: str | None) -> uuid.UUID | None:
    """The id of a thing."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
