"""The audit log of one thing as sentences for people."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liveapp.db import AnyRow
from liveapp.domain.live_sessions.details import WORDS

SESSION_WORDS = {
    "create": "made the session",
    "publish": "published it",
    "unpublish": "took it back to a draft",
    "start": "started it",
    "end": "ended it",
    "cancel": "cancelled it",
    "delete": "deleted it",
}
BOOKING_WORDS = {
    "book": "booked",
    "cancel": "booking cancelled",
    "reschedule": "moved",
    "accept": "request accepted",
    "decline": "request declined",
    "propose": "other time proposed",
    "expire": "waited until it ended",
    "renew_link": "new link sent",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line: when, who (empty where the words say it, or the clock did it), and what."""

    at: datetime
    who: str
    words: str


def in_words(entries: Sequence[AnyRow], people: Sequence[AnyRow], staff: Sequence[AnyRow]) -> list[Event]:
    """A session's and its bookings' entries; `people` are rows of the roster, `staff` those who work there."""
    names = {row.id: row.name for row in people}
    workers: dict[uuid.UUID | None, str] = {row.user_id: row.name for row in staff}
    return [Event(row.at, _who(row, workers), _sentence(row, names)) for row in entries]


def _who(entry: AnyRow, workers: dict[uuid.UUID | None, str]) -> str:
    by_itself = "By itself" if entry.object_type != "booking" else ""
    return workers.get(entry.actor_id, by_itself)


def _sentence(entry: AnyRow, names: dict[uuid.UUID, str]) -> str:
    if entry.object_type == "booking":
        words = BOOKING_WORDS.get(entry.action, entry.action)
        if entry.after.get("status") == "waitlisted":
            words = "joined the waitlist"
        return f"{names.get(entry.object_id, 'A guest')}: {words}{_reason(entry.after)}"
    if entry.action == "edit":
        changed = dict.fromkeys(word for name, word in WORDS.items() if name in entry.after)
        return f"changed {', '.join(changed)}" if changed else "changed it"
    return f"{SESSION_WORDS.get(entry.action, entry.action)}{_reason(entry.after)}"


def _reason(after: dict[str, Any]) -> str:
    reason = after.get("reason") or after.get("cancel_reason")
    return f" (“{reason}”)" if reason else ""
