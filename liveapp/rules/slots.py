"""Which times can be booked, and why the others can't: the one answer for the page, the API and the booking.

Windows on the host's wall clock make a grid of starts; busy time, time off, notice, horizon and limits only remove
starts and never move them. The guest's zone decides only which days are asked for. Every datetime is aware; a
naive one raises TypeError. Busy time must be given as far around the days asked for as buffers and limits reach:
all of the host's claims from a week before to a week after are enough for weekly limits.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from liveapp.rules.absences import Absence, Reason
from liveapp.rules.busy import Busy
from liveapp.rules.event_rules import EventRules
from liveapp.rules.grid import Run, open_stretches, runs
from liveapp.rules.question import Question
from liveapp.rules.windows import LAST_DAY, Schedule
from liveapp.rules.zones import (
    DAY,
    date_of,
    day_number,
    minute_not_before,
    minute_of,
    moment_of,
    stretches_of_days,
)

_NEAREST_DAYS = (1, 7, 31, 93, 366)


class Slot(NamedTuple):
    """A time that can be booked; `ref` is that of the window it comes from. Datetimes are made when asked for."""

    start_minute: int
    end_minute: int
    ref: object

    @property
    def start(self) -> datetime:
        """The start as an aware UTC datetime."""
        return moment_of(self.start_minute)

    @property
    def end(self) -> datetime:
        """The end as an aware UTC datetime."""
        return moment_of(self.end_minute)


@dataclass(frozen=True, slots=True)
class DayExplained:
    """A day of the host: what is offered, each absent start with its reason, and the reason if no start is left.

    `reason` is set when the day has no start at all to offer or remove: no hours, or closed by an override.
    """

    day: date
    offered: tuple[Slot, ...]
    absent: tuple[Absence, ...]
    reason: Reason | None


def offered(
    schedule: Schedule,
    event: EventRules,
    busy: Iterable[Busy],
    now: datetime,
    first_day: date,
    last_day: date,
    timezone: str,
) -> tuple[Slot, ...]:
    """The slots whose start lies on a day from first to last (included) in the guest's zone, in order.

    Raises UnknownTimezone for a zone that doesn't exist.
    """
    question = Question(schedule, event, busy, now)
    found: dict[int, Run] = {}
    first, last = max(day_number(first_day), 0), min(day_number(last_day), LAST_DAY)
    for low, high in stretches_of_days(timezone, first, last):
        found.update(question.free(low, high))
    return tuple(_slot(event, start, found[start]) for start in sorted(found))


def find(schedule: Schedule, event: EventRules, busy: Iterable[Busy], now: datetime, start: datetime) -> Slot | Absence:
    """The slot that starts then, or why there is none. The booking transaction asks this."""
    question = Question(schedule, event, busy, now)
    minute = minute_of(start)
    if minute != minute_not_before(start):
        return Absence(minute, Reason.OFF_GRID)
    run = question.free(minute, minute + 1).get(minute)
    return _slot(event, minute, run) if run else _absence(question, minute)


def refusal(
    schedule: Schedule, event: EventRules, busy: Iterable[Busy], now: datetime, start: datetime
) -> Absence | None:
    """Why this start can't be booked; None when it is offered."""
    found = find(schedule, event, busy, now, start)
    return found if isinstance(found, Absence) else None


def nearest(
    schedule: Schedule,
    event: EventRules,
    busy: Iterable[Busy],
    now: datetime,
    wanted: datetime,
    count: int = 3,
) -> tuple[Slot, ...]:
    """The `count` free slots nearest to a wanted start, looked for a year around it, in order of time.

    Of two that are as near the earlier one comes first; the wanted start itself is included when it is free.
    """
    question = Question(schedule, event, busy, now)
    minute = minute_of(wanted)
    found: dict[int, Run] = {}
    for days in _NEAREST_DAYS:
        found = question.free(minute - days * DAY, minute + days * DAY + 1)
        if len(found) >= count:
            break
    chosen = sorted(found, key=lambda start: (abs(start - minute), start))[:count]
    return tuple(_slot(event, start, found[start]) for start in sorted(chosen))


def explain(
    schedule: Schedule,
    event: EventRules,
    busy: Iterable[Busy],
    now: datetime,
    first_day: date,
    last_day: date | None = None,
) -> tuple[DayExplained, ...]:
    """Each of the host's days from first to last (default: the first alone) with every absent start and its reason."""
    question = Question(schedule, event, busy, now)
    first = day_number(first_day)
    last = first if last_day is None else day_number(last_day)
    starts: dict[int, dict[int, Slot | Absence]] = {day: {} for day in range(first, last + 1)}
    for day, start, answer in _answers(question, (first - 1) * DAY, (last + 2) * DAY):
        if day in starts:
            starts[day].setdefault(start, answer)
    return tuple(_explained(schedule, day, found) for day, found in starts.items())


def _answers(question: Question, low: int, high: int) -> Iterator[tuple[int, int, Slot | Absence]]:
    """(host day, start, what is said of it) for the whole grid, then for starts that a date override took away."""
    free = question.free(low, high)
    for start, run in free.items():
        yield run.day, start, _slot(question.event, start, run)
    gridded: set[int] = set(free)
    for run in runs(question.schedule, question.event, low, high):
        for start in run.starts:
            gridded.add(start)
            absence = None if start in free else question.cause(run, start)
            if absence:
                yield run.day, start, absence
    for run in runs(question.schedule, question.event, low, high, regular=True):
        for start in (s for s in run.starts if s not in gridded and s < run.fits):
            yield run.day, start, Absence(start, _replaced(question.schedule, run))


def _explained(schedule: Schedule, day: int, found: dict[int, Slot | Absence]) -> DayExplained:
    answers = [found[start] for start in sorted(found)]
    slots = tuple(answer for answer in answers if isinstance(answer, Slot))
    absent = tuple(answer for answer in answers if isinstance(answer, Absence))
    replaced = all(a.reason in (Reason.CLOSED_DAY, Reason.OVERRIDE) for a in absent)
    if slots or not replaced:
        return DayExplained(date_of(day), slots, absent, None)
    closed = schedule.overrides.get(date_of(day)) == ()
    return DayExplained(date_of(day), slots, absent, Reason.CLOSED_DAY if closed else Reason.NO_HOURS)


def _absence(question: Question, minute: int) -> Absence:
    for run in runs(question.schedule, question.event, minute, minute + 1):
        absence = question.cause(run, minute)
        if absence:
            return absence
    return _not_on_grid(question, minute)


def _not_on_grid(question: Question, minute: int) -> Absence:
    """Why the grid has no such start: taken away by an override, between two starts, or outside the hours."""
    schedule = question.schedule
    for run in runs(schedule, question.event, minute, minute + 1, regular=True):
        if minute < run.fits:
            return Absence(minute, _replaced(schedule, run))
    is_open = any(low <= minute < high for low, high in open_stretches(schedule, minute))
    return Absence(minute, Reason.OFF_GRID if is_open else Reason.OUTSIDE_HOURS)


def _replaced(schedule: Schedule, run: Run) -> Reason:
    return Reason.OVERRIDE if schedule.overrides.get(date_of(run.window_day)) else Reason.CLOSED_DAY


def _slot(event: EventRules, start: int, run: Run) -> Slot:
    return Slot(start, start + event.duration, run.ref)
