"""What the people of a session would like it to be about: tallied, grouped, and settled before a deadline."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

DEFAULT_DEADLINE_HOURS = 24


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What one person wrote, and the group that the host put it in ("" for none); `key` tells people apart."""

    key: Hashable
    words: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """Suggestions that mean one thing: its words, who is for it, and whether the host made a group of them."""

    words: str
    keys: tuple[Hashable, ...]
    is_group: bool = False


def tally(suggestions: Iterable[Suggestion]) -> list[Topic]:
    """The topics that people are for, the most wished first, then the one that was suggested earliest.

    Suggestions are one topic when they are in one group, or say the same but for case and spaces; one that says the
    name of a group is in it. Nothing said is no topic.
    """
    found: dict[str, list[Suggestion]] = {}
    for each in suggestions:
        label = folded(each.group or each.words)
        if label:
            found.setdefault(label, []).append(each)
    return sorted((_topic(same) for same in found.values()), key=lambda topic: -len(topic.keys))


def folded(words: str) -> str:
    """Words as they are compared: without case, and with single spaces."""
    return " ".join(words.split()).casefold()


def deadline(starts_at: datetime, hours: int) -> datetime:
    """The last moment to settle the topic; exactly then is still in time."""
    return starts_at - timedelta(hours=hours)


def _topic(same: list[Suggestion]) -> Topic:
    group = next((each.group for each in same if each.group), "")
    words = " ".join((group or same[0].words).split())
    return Topic(words, tuple(each.key for each in same), bool(group))
