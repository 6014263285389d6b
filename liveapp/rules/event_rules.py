"""The booking rules of a host's offering: length, grid, notice, buffers, how far ahead and how many."""

from dataclasses import dataclass
from datetime import date

from liveapp.rules.busy import Shape

DEFAULT_HORIZON_DAYS = 60


@dataclass(frozen=True, slots=True)
class Days:
    """Bookable from today until N days after it, on the host's calendar."""

    count: int = DEFAULT_HORIZON_DAYS


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """Bookable from today until the Nth Monday-to-Friday day after it; weekends in between stay bookable."""

    count: int


@dataclass(frozen=True, slots=True)
class AvailableDays:
    """Bookable on the first N days, counted from today, that have a time; looked for a year ahead."""

    count: int


@dataclass(frozen=True, slots=True)
class DateRange:
    """Bookable from first to last date, both included, on the host's calendar."""

    first: date
    last: date


Horizon = Days | BusinessDays | AvailableDays | DateRange


@dataclass(frozen=True, slots=True)
class EventRules:
    """Everything about a bookable meeting but when the host works. All lengths in minutes.

    `interval` is the step of the grid (None: the duration). A time that is asked for needs `time_to_answer` on top of
    `min_notice`: right at the notice a request would expire as it is sent. A `horizon` of None has no end; `per_day`
    and `per_week` (None: no limit) count starts on the host's dates, weeks from `week_start` (0 = Monday … 6 = Sunday).
    Raises ValueError for a length or count that can't be.
    """

    duration: int
    interval: int | None = None
    min_notice: int = 0
    time_to_answer: int = 0
    buffer_before: int = 0
    buffer_after: int = 0
    horizon: Horizon | None = Days()
    per_day: int | None = None
    per_week: int | None = None
    week_start: int = 0

    def __post_init__(self) -> None:
        if self.duration < 1 or self.step < 1:
            raise ValueError("A meeting and the step between starts take at least one minute.")
        waits = (self.min_notice, self.time_to_answer, self.buffer_before, self.buffer_after)
        counts = (*waits, self.per_day or 0, self.per_week or 0)
        if min(counts) < 0 or not 0 <= self.week_start <= 6:
            raise ValueError("Notice, buffers and limits can't be negative; a week starts on a day from 0 to 6.")

    @property
    def step(self) -> int:
        """Minutes between two starts of the grid."""
        return self.duration if self.interval is None else self.interval

    @property
    def notice(self) -> int:
        """Minutes from now until the first start that can be had."""
        return self.min_notice + self.time_to_answer

    @property
    def shape(self) -> Shape:
        """What one meeting takes of the host's time."""
        return Shape(self.duration, self.buffer_before, self.buffer_after)


def week_of(day: int, week_start: int) -> int:
    """The number of the week that a day number lies in; day 0 (1970-01-01) was a Thursday."""
    return (day + 3 - week_start) // 7


def nth_business_day(today: int, count: int) -> int:
    """The day number of the Nth Monday-to-Friday day after a day; today itself for none."""
    day = today
    while count > 0:
        day += 1
        if (day + 3) % 7 < 5:
            count -= 1
    return day
