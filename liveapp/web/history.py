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
GUEST_WORDS = {
    "book": "booked",
    "cancel": "cancelled the booking",
    "reschedule": "moved the booking",
    "accept": "took the time that was proposed",
    "decline": "declined the time that was proposed",
    "expire": "waited until it ended",
    "renew_link": "got a new link",
}
STAFF_WORDS = {
    "book": "booked for",
    "cancel": "cancelled the booking of",
    "reschedule": "moved the booking of",
    "accept": "accepted the request of",
    "decline": "declined the request of",
    "propose": "proposed another time to",
    "renew_link": "sent a new link to",
}
"""What somebody of the business did with a guest's booking, before the guest's name."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line: when, who ("By itself" where the clock did it), and what."""

    at: datetime
    who: str
    words: str


def in_words(entries: Sequence[AnyRow], people: Sequence[AnyRow], staff: Sequence[AnyRow]) -> list[Event]:
    """A session's and its bookings' entries; `people` are rows of the roster, `staff` those who work there."""
    names = {row.id: row.name for row in people}
    workers: dict[uuid.UUID | None, str] = {row.user_id: row.name for row in staff}
    return [
        _of_booking(row, names, workers) if row.object_type == "booking" else _event(row, workers) for row in entries
    ]


def _event(entry: AnyRow, workers: dict[uuid.UUID | None, str]) -> Event:
    return Event(entry.at, workers.get(entry.actor_id, "By itself"), f"{_deed(entry)}{_reason(entry.after)}")


def _of_booking(entry: AnyRow, names: dict[uuid.UUID, str], workers: dict[uuid.UUID | None, str]) -> Event:
    guest, worker = names.get(entry.object_id, "A guest"), workers.get(entry.actor_id)
    if worker:
        words = f"{STAFF_WORDS.get(entry.action, entry.action)} {guest}"
    elif entry.after.get("status") == "waitlisted":
        words = "joined the waiting list"
    else:
        words = GUEST_WORDS.get(entry.action, entry.action)
    return Event(entry.at, worker or guest, f"{words}{_reason(entry.after)}")


def _deed(entry: AnyRow) -> str:
    if entry.action != "edit":
        return str(SESSION_WORDS.get(entry.action, entry.action))
    changed = dict.fromkeys(word for name, word in WORDS.items() if name in entry.after)
    return f"changed {', '.join(changed)}" if changed else "changed it"


def _reason(after: dict[str, Any]) -> str:
    reason = after.get("reason") or after.get("cancel_reason")
    return f" (“{reason}”)" if reason else ""
