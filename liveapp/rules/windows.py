"""A host's hours: windows on wall clocks, the days they are replaced on, time off and travel, read as UTC minutes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from liveapp.rules.intervals import Interval
from liveapp.rules.zones import (
    DAY,
    after_last_before,
    date_of,
    day_at,
    day_number,
    first_at_or_after,
    minute_not_before,
    minute_of,
    stretches_of_days,
)


@dataclass(frozen=True, slots=True)
class Window:
    """Open hours as minutes of the day on the host's wall clock; 1440 is 24:00, the day's end.

    An end at or before the start runs past midnight and belongs to the day it starts on. `ref` is what the window
    stands for (the availability rule), handed back with each slot that comes from it.
    Raises ValueError for a minute that no day has.
    """

    start_minute: int
    end_minute: int
    ref: object = None

    def __post_init__(self) -> None:
        if not 0 <= self.start_minute < DAY or not 0 <= self.end_minute <= DAY:
            raise ValueError("A window starts between 00:00 and 23:59 and ends between 00:00 and 24:00.")

    @property
    def labels(self) -> Interval:
        """The half-open stretch of labels since the day's midnight; past 1440 it is the next day's."""
        runs_past_midnight = self.end_minute <= self.start_minute
        return self.start_minute, self.end_minute + (DAY if runs_past_midnight else 0)


@dataclass(frozen=True, slots=True)
class TimezoneChange:
    """A journey: the host's windows from first to last day (None: from then on) are read in this zone."""

    first_day: date
    last_day: date | None
    timezone: str

    def covers(self, day: date) -> bool:
        """Whether the windows of that day are read in this change's zone."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class TimeOff:
    """Exact time off, start ≤ t < end (aware datetimes)."""

    start: datetime
    end: datetime
    label: str = ""
    ref: object = None


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Whole days off on the host's calendar, first and last included, from midnight to midnight there."""

    first_day: date
    last_day: date
    label: str = ""
    ref: object = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """All that says when a host works. `weekly` is by weekday, 0 = Monday … 6 = Sunday.

    `overrides` replace all windows that start on a date (an empty tuple closes it); where journeys share a day, the
    one listed first counts.
    """

    timezone: str
    weekly: Mapping[int, tuple[Window, ...]] = field(default_factory=dict)
    overrides: Mapping[date, tuple[Window, ...]] = field(default_factory=dict)
    time_off: tuple[TimeOff | DaysOff, ...] = ()
    travel: tuple[TimezoneChange, ...] = ()

    def timezone_on(self, day: date) -> str:
        """The zone that the windows of a day are read in."""
        return next((change.timezone for change in self.travel if change.covers(day)), self.timezone)

    def regular_windows(self, day: date) -> tuple[Window, ...]:
        """The weekly windows that start on a day, whatever overrides say."""
        return self.weekly.get(day.weekday(), ())

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """The windows that start on a day: its override's if it has one, else the weekly ones."""
        replaced = self.overrides.get(day)
        return self.regular_windows(day) if replaced is None else replaced


LAST_DAY = day_number(date(9000, 1, 1))
"""The last day number that is looked at; later ones, and those before 1970, hold no hours."""


class Opening(NamedTuple):
    """A window of one day as UTC minutes start ≤ m < end; `midnight` is where the next day of the host begins."""

    day: int
    start: int
    end: int
    midnight: int
    ref: object


def openings(schedule: Schedule, first_day: int, last_day: int, *, regular: bool = False) -> Iterator[Opening]:
    """The openings of the windows that start on day numbers first to last; `regular` leaves overrides aside.

    A window is open from the first minute whose label is ≥ its start until just after the last whose label is < its
    end: skipped hours shorten it, repeated hours are open both times; one that is skipped wholly is left out.
    """
    for number in range(max(first_day, 0), min(last_day, LAST_DAY) + 1):
        day = date_of(number)
        windows = schedule.regular_windows(day) if regular else schedule.windows_on(day)
        if windows:
            timezone = schedule.timezone_on(day) if schedule.travel else schedule.timezone
            yield from _read(windows, number, timezone)


def _read(windows: tuple[Window, ...], number: int, timezone: str) -> Iterator[Opening]:
    midnight = first_at_or_after(timezone, (number + 1) * DAY)
    for window in windows:
        first, last = window.labels
        start = first_at_or_after(timezone, number * DAY + first)
        end = after_last_before(timezone, number * DAY + last)
        if start < end:
            yield Opening(number, start, end, midnight, window.ref)


def days_of(schedule: Schedule, low: int, high: int) -> tuple[int, int]:
    """The first and last day number whose windows can be open in the UTC minutes low ≤ m < high.

    Clocks are at most 14 hours from UTC, and a window ends at the latest 48 hours after its day began.
    """
    return low // DAY - 3, high // DAY + 1


def time_off_stretches(schedule: Schedule) -> list[tuple[Interval, TimeOff | DaysOff]]:
    """The UTC stretches of all time off, each with what it comes from; days off are read where the host is then."""
    found: list[tuple[Interval, TimeOff | DaysOff]] = []
    for off in schedule.time_off:
        if isinstance(off, TimeOff):
            found.append(((minute_of(off.start), minute_not_before(off.end)), off))
        else:
            found.extend((stretch, off) for stretch in _stretches_of(schedule, off))
    return found


def _stretches_of(schedule: Schedule, off: DaysOff) -> Iterator[Interval]:
    first, last = day_number(off.first_day), day_number(off.last_day)
    if not schedule.travel:
        yield from stretches_of_days(schedule.timezone, first, last)
        return
    for number in range(first, last + 1):
        yield from stretches_of_days(schedule.timezone_on(date_of(number)), number, number)


def host_day(schedule: Schedule, minute: int) -> int:
    """The host's day number at a UTC minute.

    On a journey two calendars can claim one minute (or none): then the day of the window that is open counts, else
    the calendar listed first, home last.
    """
    if not schedule.travel:
        return day_at(schedule.timezone, minute)
    zones = [*dict.fromkeys([*(change.timezone for change in schedule.travel), schedule.timezone])]
    days = {zone: day_at(zone, minute) for zone in zones}
    claims = [day for zone, day in days.items() if schedule.timezone_on(date_of(day)) == zone]
    if len(set(claims)) > 1:
        claims = [day for day in claims if _is_open_on(schedule, day, minute)] or claims
    return claims[0] if claims else days[schedule.timezone]


def _is_open_on(schedule: Schedule, day: int, minute: int) -> bool:
    """Whether a window that starts on the day, or runs over from the day before, is open at the minute."""
    near = (o for o in openings(schedule, day - 1, day) if o.start <= minute < o.end)
    return any(day == (o.day if minute < o.midnight else o.day + 1) for o in near)
