"""One question to one host's calendar: which starts of the grid are free, and what stands behind those that aren't.

Everything that is the same for each start (busy time, notice, horizon, full days and weeks) is worked out once,
when it is first needed; a start is then a look into a sorted list.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property

from liveapp.rules.absences import Absence, Reason
from liveapp.rules.busy import CLAIMS, Busy, BusyKind, collides, forbidden_starts
from liveapp.rules.event_rules import (
    AvailableDays,
    BusinessDays,
    DateRange,
    Days,
    EventRules,
    nth_business_day,
    week_of,
)
from liveapp.rules.grid import Run, runs
from liveapp.rules.intervals import Interval, edges, inside, merge, overlaps
from liveapp.rules.windows import LAST_DAY, DaysOff, Schedule, TimeOff, host_day, time_off_stretches
from liveapp.rules.zones import DAY, day_number, minute_not_before, minute_of

SEARCH_DAYS = 366
"""How far ahead "the first N days that have a time" are looked for."""
_SEARCH_STEP = 14
FURTHEST_BACK = 2
"""So many days of the host before their today can have hours ahead: zones lie at most 26 hours apart."""


class Question:
    """A schedule, the rules of an event, busy time and now (aware datetime); answers are in UTC minutes."""

    def __init__(self, schedule: Schedule, event: EventRules, busy: Iterable[Busy], now: datetime) -> None:
        self.schedule = schedule
        self.event = event
        self.busy = tuple(busy)
        self.now = minute_not_before(now)
        self.earliest = self.now + event.notice
        self.today = host_day(schedule, minute_of(now))

    def free(self, low: int, high: int) -> dict[int, Run]:
        """The starts low ≤ m < high that can be booked, each with the run of the grid that it belongs to."""
        return self._free(low, high, self.bookable_days)

    def cause(self, run: Run, start: int) -> Absence | None:
        """What removes a start of the grid (None: nothing does); of several reasons the first in Reason's order."""
        if start >= run.fits:
            return Absence(start, Reason.DOES_NOT_FIT)
        return self._off_cause(start) or self._busy_cause(start) or self._date_cause(run.day, start)

    @cached_property
    def bookable_days(self) -> Interval:
        """The first and last day number of the host (both included) that the horizon leaves.

        A horizon ends somewhere and begins nowhere, but for a range of dates: what is past is asked of moments. On the
        evening before a travel eastwards it is tomorrow at the host's already, while today's last hours lie ahead.
        """
        match self.event.horizon:
            case Days(count):
                return 0, self.today + count
            case BusinessDays(count):
                return 0, nth_business_day(self.today, count)
            case DateRange(first, last):
                return day_number(first), day_number(last)
            case AvailableDays(count):
                return 0, self._last_available_day(count)
            case None:
                return 0, LAST_DAY

    @cached_property
    def _off(self) -> list[tuple[Interval, TimeOff | DaysOff]]:
        return time_off_stretches(self.schedule)

    @cached_property
    def _forbidden(self) -> list[int]:
        """The starts that busy time and time off rule out, as edges."""
        shape = self.event.shape
        by_busy = [forbidden_starts(busy, shape) for busy in self.busy]
        by_time_off = [(start - shape.duration + 1, end) for (start, end), _ in self._off if start < end]
        return edges(merge(by_busy + by_time_off))

    @cached_property
    def _full(self) -> tuple[frozenset[int], frozenset[int]]:
        """The host's day numbers and week numbers whose limit is reached, counting claims by their start."""
        per_day, per_week = self.event.per_day, self.event.per_week
        if per_day is None and per_week is None:
            return frozenset(), frozenset()
        starts = (minute_of(busy.start) for busy in self.busy if busy.kind in CLAIMS)
        days = Counter(host_day(self.schedule, start) for start in starts)
        weeks: Counter[int] = Counter()
        for day, count in days.items():
            weeks[week_of(day, self.event.week_start)] += count
        return _reached(days, per_day), _reached(weeks, per_week)

    def _free(self, low: int, high: int, days: Interval) -> dict[int, Run]:
        found: dict[int, Run] = {}
        forbidden = self._forbidden
        for run in runs(self.schedule, self.event, max(low, self.earliest), high):
            if not days[0] <= run.day <= days[1] or self._limit_reached(run.day):
                continue
            for start in range(run.first, run.fits, run.step):
                if not bisect_right(forbidden, start) & 1:
                    found.setdefault(start, run)
        return found

    def _last_available_day(self, count: int) -> int:
        """The Nth day with a free start from now on; the end of the search when there are fewer."""
        end = self.today + SEARCH_DAYS
        found: set[int] = set()
        for day in range(self.today - FURTHEST_BACK, end + 1, _SEARCH_STEP):
            if len(found) >= count:
                break
            chunk = self._free((day - 1) * DAY, (day + _SEARCH_STEP + 1) * DAY, (day, day + _SEARCH_STEP - 1))
            found.update(run.day for run in chunk.values())
        return sorted(found)[count - 1] if 0 < count <= len(found) else end if count > 0 else self.today - 1

    def _limit_reached(self, day: int) -> Reason | None:
        full_days, full_weeks = self._full
        if day in full_days or self.event.per_day == 0:
            return Reason.DAY_LIMIT
        if week_of(day, self.event.week_start) in full_weeks or self.event.per_week == 0:
            return Reason.WEEK_LIMIT
        return None

    def _off_cause(self, start: int) -> Absence | None:
        meeting = start, start + self.event.duration
        off = next((off for stretch, off in self._off if overlaps(stretch, meeting)), None)
        return Absence(start, Reason.TIME_OFF, off=off) if off else None

    def _busy_cause(self, start: int) -> Absence | None:
        """The busy time behind an absent start: what the meeting itself would run into before what is too close."""
        if not inside(self._forbidden, start):
            return None
        shape = self.event.shape
        near = [busy for busy in self.busy if _within(forbidden_starts(busy, shape), start)]
        reasons = [(_busy_reason(busy, collides(busy, shape, start)), busy) for busy in near]
        if not reasons:
            return None
        reason, busy = min(reasons, key=lambda found: _ORDER[found[0]])
        return Absence(start, reason, busy=busy)

    def _date_cause(self, day: int, start: int) -> Absence | None:
        first, last = self.bookable_days
        if start < self.earliest:
            return Absence(start, Reason.PAST if start < self.now else Reason.NOTICE)
        if not first <= day <= last:
            return Absence(start, Reason.HORIZON)
        limit = self._limit_reached(day)
        return Absence(start, limit) if limit else None


_ORDER = {reason: place for place, reason in enumerate(Reason)}


def _busy_reason(busy: Busy, collision: bool) -> Reason:
    if busy.kind is BusyKind.CLOSURE:
        return Reason.CLOSURE
    if busy.kind is BusyKind.LOCATION:
        return Reason.LOCATION_BUSY
    return Reason.TAKEN if collision else Reason.BUFFER


def _within(interval: Interval, minute: int) -> bool:
    return interval[0] <= minute < interval[1]


def _reached(counts: Counter[int], limit: int | None) -> frozenset[int]:
    return frozenset(key for key, count in counts.items() if limit is not None and count >= limit)
