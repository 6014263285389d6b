"""The verbs of bulk changes in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from liveapp.domain.bulk.selection import Wish, wish_of
from liveapp.rules.bulk import Shift, Verb
from liveapp.rules.wording import counted, in_words
from liveapp.web.filters import fmt_time


@dataclass(frozen=True, slots=True)
class Words:
    """`name` stands in lists of verbs, `label` on the button, `done` over what was done, `passive` after “can be”, and
    `icon` beside them."""

    name: str
    label: str
    done: str
    passive: str
    icon: str
    is_lasting: bool = False


WORDS: dict[Verb, Words] = {
    Verb.PUBLISH: Words("Publish", "Publish", "Published", "published", "globe"),
    Verb.UNPUBLISH: Words("Unpublish", "Unpublish", "Unpublished", "unpublished", "eye-off"),
    Verb.HOST: Words("Change the host", "Change the host of", "Handed over", "handed over", "user-check"),
    Verb.MOVE: Words("Move", "Move", "Moved", "moved", "calendar-clock"),
    Verb.CANCEL: Words("Cancel", "Cancel", "Cancelled", "cancelled", "calendar-x", is_lasting=True),
    Verb.DELETE: Words("Delete", "Delete", "Deleted", "deleted", "trash-2", is_lasting=True),
}


def label_of(batch: Any) -> str:
    """What a batch is for, in a line."""
    return f"{WORDS[Verb(batch.verb)].label} {counted(batch.number, 'session')}"


def title_of(batch: Any) -> str:
    """What a batch did, or was to do, in a line."""
    if batch.status != "done":
        return label_of(batch)
    return f"{WORDS[Verb(batch.verb)].done}: {counted(batch.number, 'session')}"


def values_in_words(wish: Wish, hosts: Mapping[Any, str]) -> str:
    """To whom, where to, or why."""
    if wish.verb is Verb.HOST:
        return f"To {hosts.get(wish.host_id, 'somebody who left')}"
    if wish.verb is Verb.MOVE:
        return shift_in_words(wish.shift)
    return f"“{wish.reason}”" if wish.reason else ""


def batch_values_in_words(batch: Any, hosts: Mapping[Any, str]) -> str:
    """As `values_in_words`, of what a batch was asked for."""
    return values_in_words(wish_of(batch.verb, batch.payload["values"]), hosts)


def shift_in_words(shift: Shift) -> str:
    """Where a move leads: “1 day later, to 19:00”."""
    parts = [_later(shift.days, counted(abs(shift.days), "day")), _later(shift.minutes, in_words(abs(shift.minutes)))]
    if shift.to_minute is not None:
        parts.append(f"to {fmt_time(datetime.combine(date.min, time(*divmod(shift.to_minute, 60)), UTC), 'UTC')}")
    words = ", ".join(part for part in parts if part)
    return words[:1].upper() + words[1:]


def _later(number: int, words: str) -> str:
    if not number:
        return ""
    return f"{words} {'later' if number > 0 else 'earlier'}"
