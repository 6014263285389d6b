"""Many sessions changed at once: the verbs, how many at most, where a move leads, and who is in whose way."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from liveapp.rules.recurrence import resolve_local
from liveapp.rules.zones import zone_named

MOST = 2000
SMALL = 50
"""So many are changed while the person waits for the answer; more are changed by a worker."""
DAY_MINUTES = 1440


class Verb(StrEnum):
    """What can be done with many sessions at once."""

    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    CANCEL = "cancel"
    DELETE = "delete"
    HOST = "host"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Shift:
    """A move on the session's own wall clock: `days` later, and at `to_minute` of the day or `minutes` later."""

    days: int = 0
    minutes: int = 0
    to_minute: int | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether it leaves every session where it is."""
        return not self.days and not self.minutes and self.to_minute is None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of somebody's (or a room's) time; `whose` says whose."""

    whose: Hashable
    starts_at: datetime
    ends_at: datetime


def moved(start: datetime, timezone: str, shift: Shift) -> datetime:
    """Where the shift leads a session (aware UTC). The wall clock counts: 18:00 a day later is 18:00, also where the
    clocks change in between."""
    local = start.astimezone(zone_named(timezone))
    wanted = local.hour * 60 + local.minute + shift.minutes if shift.to_minute is None else shift.to_minute
    carried, minute = divmod(wanted, DAY_MINUTES)
    day = local.date() + timedelta(days=shift.days + carried)
    return resolve_local(day, time(*divmod(minute, 60)), timezone)


def back(shift: Shift) -> Shift | None:
    """The shift that undoes this one, if one does for every session."""
    return None if shift.to_minute is not None else Shift(days=-shift.days, minutes=-shift.minutes)


def in_the_way(
    wanted: Mapping[Hashable, Sequence[Stretch]],
    standing: Mapping[Hashable, Sequence[Stretch]],
    staying: Iterable[Hashable],
) -> dict[Hashable, Hashable]:
    """Which things can't have what they want because of another one of them: id → whose way it is in.

    `wanted`: what each is going to take, in the order in which they may choose; `standing`: what each has now;
    `staying`: those that stay where they are for some other reason. A thing that can't move stays too, and may then be
    in the way of others.
    """
    blocked: dict[Hashable, Hashable] = {}
    taken = _Taken()
    left = list(dict.fromkeys(staying))
    stays = set(left)
    for key, stretches in wanted.items():
        if key in stays:
            continue
        others = taken.meeting(stretches)
        if others:
            blocked[key] = others[0]
            left.append(key)
        else:
            taken.add(key, stretches)
    while left:
        stayed = left.pop()
        for key in taken.meeting(standing.get(stayed, ())):
            blocked[key] = stayed
            taken.remove(key, wanted[key])
            left.append(key)
    return blocked


class _Taken:
    """Stretches by whose they are and the (UTC) days they touch, so that looking costs the same however many there
    are."""

    def __init__(self) -> None:
        self._by_day: dict[Hashable, dict[Hashable, Stretch]] = {}

    def add(self, key: Hashable, stretches: Sequence[Stretch]) -> None:
        for stretch in stretches:
            for place in _places(stretch):
                self._by_day.setdefault(place, {})[key] = stretch

    def remove(self, key: Hashable, stretches: Sequence[Stretch]) -> None:
        for stretch in stretches:
            for place in _places(stretch):
                del self._by_day[place][key]

    def meeting(self, stretches: Sequence[Stretch]) -> list[Hashable]:
        """The keys of what meets any of these, each once; touching isn't meeting."""
        found: dict[Hashable, None] = {}
        for stretch in stretches:
            for place in _places(stretch):
                for key, other in self._by_day.get(place, {}).items():
                    if other.starts_at < stretch.ends_at and stretch.starts_at < other.ends_at:
                        found[key] = None
        return list(found)


def _places(stretch: Stretch) -> list[Hashable]:
    first, last = stretch.starts_at.toordinal(), stretch.ends_at.toordinal()
    return [(stretch.whose, day) for day in range(first, last + 1)]
