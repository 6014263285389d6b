"""The starts that a host's hours hold, before anything removes one: window start + k × interval."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from liveapp.rules.event_rules import EventRules
from liveapp.rules.intervals import Interval, merge
from liveapp.rules.windows import Opening, Schedule, days_of, openings


class Run(NamedTuple):
    """Starts first, first + step, … < stop on one day of the host; from `fits` on the meeting would not fit.

    `window_day` is the day that the window starts on: the day before for the tail of an overnight window.
    """

    day: int
    window_day: int
    first: int
    fits: int
    stop: int
    step: int
    ref: object

    @property
    def starts(self) -> range:
        """All starts, those that don't fit included."""
        return range(self.first, self.stop, self.step)


def runs(schedule: Schedule, event: EventRules, low: int, high: int, *, regular: bool = False) -> list[Run]:
    """The runs of the grid with starts in the UTC minutes low ≤ m < high; `regular` leaves date overrides aside.

    Steps are elapsed minutes from each window's own start. The whole duration must lie in open time, where windows
    that touch or overlap are one open stretch: so windows after `high` are read as far as a meeting can reach.
    """
    first_day, last_day = days_of(schedule, low, high)
    _, reach = days_of(schedule, low, high + event.duration)
    opened = list(openings(schedule, first_day, reach, regular=regular))
    stretches = merge((opening.start, opening.end) for opening in opened)
    found: list[Run] = []
    for opening in opened:
        if opening.day <= last_day and opening.start < high and opening.end > low:
            found.extend(_of_opening(opening, event, stretches, (low, high)))
    return found


def open_stretches(schedule: Schedule, minute: int) -> list[Interval]:
    """The merged open time of the windows that can be open at a UTC minute."""
    return merge((opening.start, opening.end) for opening in openings(schedule, *days_of(schedule, minute, minute)))


def _of_opening(opening: Opening, event: EventRules, stretches: list[Interval], asked: Interval) -> Iterator[Run]:
    """The opening's starts, cut at the host's midnight, since limits and horizon go by date."""
    end_of_stretch = stretches[bisect_right(stretches, (opening.start, 1 << 62)) - 1][1]
    fits = end_of_stretch - event.duration + 1
    cut = min(opening.end, max(opening.start, opening.midnight))
    for day, low, high in ((opening.day, opening.start, cut), (opening.day + 1, cut, opening.end)):
        stop = min(high, asked[1])
        first = _on_grid(opening.start, event.step, max(low, asked[0]))
        if first < stop:
            yield Run(day, opening.day, first, min(stop, fits), stop, event.step, opening.ref)


def _on_grid(origin: int, step: int, minute: int) -> int:
    """The first start of the grid at or after a minute."""
    return origin - (origin - minute) // step * step
