"""A host's week of windows: which of them run into each other."""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from liveapp.rules.recurrence import WEEKDAYS
from liveapp.rules.zones import DAY

WEEK = 7 * DAY


class WeeklyWindow(NamedTuple):
    """Open hours on a weekday (0 = Monday … 6 = Sunday), in wall-clock minutes after midnight; 1440 is 24:00.

    An end at or before the start runs past midnight.
    """

    day: int
    start: int
    end: int

    @property
    def words(self) -> str:
        """Monday 09:00–12:00."""
        return f"{WEEKDAYS[self.day]} {clock(self.start)}–{clock(self.end)}"

    @property
    def extent(self) -> tuple[int, int]:
        """Minutes since Monday 00:00, end excluded; a Sunday night's end lies past the week's."""
        start = self.day * DAY + self.start
        past_midnight = DAY if self.end <= self.start else 0
        return start, self.day * DAY + self.end + past_midnight


def overlap(windows: Iterable[WeeklyWindow]) -> tuple[WeeklyWindow, WeeklyWindow] | None:
    """The first two windows that share a minute of the week, in order; touching ones share none."""
    ordered = sorted(windows, key=lambda window: window.extent)
    for one, other in pairwise(ordered):
        if other.extent[0] < one.extent[1]:
            return one, other
    if len(ordered) > 1 and ordered[0].extent[0] + WEEK < ordered[-1].extent[1]:
        return ordered[-1], ordered[0]
    return None


def clock(minute: int) -> str:
    """Wall-clock minutes after midnight as 09:30; 1440 is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
