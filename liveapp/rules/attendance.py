"""Who was there, from when, for how long; what the clock makes of each booking when a session is closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from liveapp.rules.intervals import merge


class Status(StrEnum):
    """What became of a person's coming."""

    PRESENT = "present"
    LATE = "late"
    ABSENT = "absent"
    EXCUSED = "excused"


CAME = (Status.PRESENT, Status.LATE)


@dataclass(frozen=True, slots=True)
class Mark:
    """Somebody joined (or left) at a moment, as one source told it: a provider, or our own link."""

    at: datetime
    is_join: bool
    source: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """When somebody first came, when they were gone for good (None: still there), and for how many seconds in all
    they were there: two devices at once count once."""

    joined_at: datetime | None
    left_at: datetime | None
    seconds: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A session's attendance: of everybody expected who isn't one of the four, nothing is known yet."""

    total_expected: int
    total_present: int
    total_late: int
    total_absent: int
    total_excused: int

    @property
    def total_came(self) -> int:
        """Who was there, in time or late."""
        return self.total_present + self.total_late


def status_of_coming(at: datetime, starts_at: datetime, late_after_minutes: int) -> Status:
    """Present, or late who came after the start and `late_after_minutes` more; exactly then is in time."""
    return Status.LATE if at > starts_at + timedelta(minutes=late_after_minutes) else Status.PRESENT


def closes_at(ends_at: datetime, *, is_online: bool, no_show_after_minutes: int) -> datetime:
    """When the clock closes a session: online at its end, in person so many minutes after it."""
    return ends_at if is_online else ends_at + timedelta(minutes=no_show_after_minutes)


def closing(status: str | None, *, is_meeting: bool) -> tuple[str, Status]:
    """What the clock makes of a confirmed booking: the verb of its lifecycle, and the status of its record. `status`:
    that of the record so far. A meeting is taken to have been held, whatever nobody wrote down."""
    if status in CAME:
        return "attend", Status(status)
    if is_meeting:
        return "attend", Status.PRESENT
    return "mark_no_show", Status.EXCUSED if status == Status.EXCUSED else Status.ABSENT


def presence(marks: Iterable[Mark], until: datetime) -> Presence:
    """What joins and leaves in any order come to. Who didn't leave is there until the session's end (`until`).

    Each source's marks are counted by themselves. Our own link (no source) says only when somebody came: it counts as
    being there where nobody else tells.
    """
    told = sorted(marks, key=lambda mark: (mark.at, not mark.is_join))
    joins = [mark.at for mark in told if mark.is_join]
    if not joins:
        return Presence(None, None, 0)
    sources = {mark.source for mark in told if mark.source} or {""}
    stays = [stay for source in sources for stay in _stays([m for m in told if m.source == source])]
    lefts = [left for _, left in stays if left is not None]
    left_at = max(lefts) if lefts and len(lefts) == len(stays) else None
    merged = merge((_second(came), _second(left or until)) for came, left in stays)
    return Presence(joins[0], left_at, sum(end - start for start, end in merged))


def summary(expected: int, statuses: Sequence[str]) -> Summary:
    """Counts a session's records; `expected`: how many hold a place."""
    number = {status: sum(each == status for each in statuses) for status in Status}
    return Summary(
        total_expected=expected,
        total_present=number[Status.PRESENT],
        total_late=number[Status.LATE],
        total_absent=number[Status.ABSENT],
        total_excused=number[Status.EXCUSED],
    )


def _stays(marks: Sequence[Mark]) -> list[tuple[datetime, datetime | None]]:
    """One source's stays: from the first of several devices that joins to the last that leaves, or none of them."""
    stays: list[tuple[datetime, datetime | None]] = []
    devices = 0
    for mark in marks:
        if mark.is_join:
            if devices == 0:
                stays.append((mark.at, None))
            devices += 1
        elif devices:
            devices -= 1
            if devices == 0:
                stays[-1] = (stays[-1][0], mark.at)
    return stays


def _second(moment: datetime) -> int:
    return int(moment.timestamp())
