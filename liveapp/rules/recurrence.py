"""Recurring sessions: which local dates a rule falls on, and the UTC moments of their wall-clock time.

The wall time is kept when clocks change. Rules follow RFC 5545 where it speaks of them: a local time that doesn't
exist is read with the offset before the gap, an ambiguous one is its first showing (3.3.5), and a month without
the day asked for is skipped (3.3.10).
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice, takewhile
from typing import NamedTuple

from liveapp.rules.zones import week_around, zone_named

MAX_OCCURRENCES = 366
LAST = -1
"""The value of `Rule.nth` for the last such weekday of a month."""
_LAST_YEAR = 9000
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", LAST: "last"}


class RecurrenceError(ValueError):
    """A rule that can't be; the text says what to change."""


class TooManyOccurrences(RecurrenceError):
    """A rule that makes more sessions at once than are allowed."""

    def __init__(self) -> None:
        super().__init__(f"This makes more than {MAX_OCCURRENCES} sessions. Choose an earlier end, or fewer of them.")


class Frequency(StrEnum):
    """How a series repeats."""

    DAILY = "daily"
    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    MONTHLY_BY_DAY = "monthly_by_day"
    MONTHLY_BY_WEEKDAY = "monthly_by_weekday"


WEEKS = {Frequency.WEEKLY: 1, Frequency.BIWEEKLY: 2}


@dataclass(frozen=True, slots=True)
class Rule:
    """A series: how it repeats, when on the wall clock, from which date, and until when (a date, a count, or never).

    The first session is on the first matching date from `first_date` on, and every other week counts from that one's
    week, which begins on `week_start` (WKST of RFC 5545). `weekdays` (0 = Monday … 6 = Sunday) are for weekly rules.
    Monthly by day repeats `month_day` (None: the day of `first_date`); by weekday the weekday of `first_date`, or the
    one in `weekdays`, the `nth` (1 to 5, or LAST) of the month.
    Raises RecurrenceError with a sentence when the parts don't go together.
    """

    frequency: Frequency
    start_time: time
    timezone: str
    first_date: date
    weekdays: frozenset[int] = frozenset()
    nth: int | None = None
    until: date | None = None
    count: int | None = None
    month_day: int | None = None
    week_start: int = 0

    def __post_init__(self) -> None:
        _check_days(self)
        _check_end(self)

    @property
    def is_endless(self) -> bool:
        """Whether the rule never ends, so that it is made twelve months ahead and extended."""
        return self.until is None and self.count is None

    @property
    def day_of_month(self) -> int:
        """The day that a monthly rule by day repeats."""
        return self.month_day or self.first_date.day

    @property
    def weekday(self) -> int:
        """The weekday that a monthly rule by weekday repeats."""
        return min(self.weekdays, default=self.first_date.weekday())


class Occurrence(NamedTuple):
    """One date of a series: the local date, and its start as an aware UTC datetime."""

    date: date
    start: datetime


def resolve_local(day: date, clock: time, timezone: str) -> datetime:
    """The UTC moment of a wall-clock time: skipped times with the offset before the gap, repeated ones the first.

    Raises UnknownTimezone for a zone that doesn't exist.
    """
    local = datetime.combine(day, clock.replace(tzinfo=None, fold=0), zone_named(timezone))
    return local.astimezone(UTC)


def occurrences(rule: Rule, *, through: date | None = None, after: date | None = None) -> tuple[Occurrence, ...]:
    """The rule's occurrences in order, up to `through` (included) and later than `after`, where given.

    An endless rule goes twelve months ahead of its first date unless `through` says how far; a daily job extends
    it with a later `through` and the last date made as `after`. Raises TooManyOccurrences above 366.
    """
    if through is None and rule.is_endless:
        through = twelve_months_from(rule.first_date)
    limits = [limit for limit in (rule.until, through) if limit is not None]
    days: Iterator[date] = islice(_dates(rule), rule.count)
    if limits:
        days = takewhile(lambda day: day <= min(limits), days)
    made = list(islice((day for day in days if after is None or day > after), MAX_OCCURRENCES + 1))
    if len(made) > MAX_OCCURRENCES:
        raise TooManyOccurrences
    return tuple(Occurrence(day, resolve_local(day, rule.start_time, rule.timezone)) for day in made)


def twelve_months_from(day: date) -> date:
    """The last day of the twelve months that begin on a day: 1 March 2026 → 28 February 2027."""
    year, last = day.year + 1, monthrange(day.year + 1, day.month)[1]
    return date(year, day.month, min(day.day, last)) - timedelta(days=1 if day.day <= last else 0)


def describe(rule: Rule, at: str = "") -> str:
    """The rule in plain words: "Every Tuesday and Thursday at 18:00 until 3 March 2027". `at`: its start as the reader
    writes times."""
    words = f"{_repeat_in_words(rule)} at {at or format(rule.start_time, '%H:%M')}"
    if rule.until is not None:
        return f"{words} until {rule.until.day} {rule.until:%B %Y}"
    if rule.count is not None:
        return f"{words}, {rule.count} times" if rule.count > 1 else f"{words}, once"
    return words


def _check_days(rule: Rule) -> None:
    if not 1970 <= rule.first_date.year < _LAST_YEAR:
        raise RecurrenceError("Choose a first date after 1970.")
    if rule.frequency in WEEKS and not rule.weekdays:
        raise RecurrenceError("Choose at least one weekday.")
    if not rule.weekdays <= frozenset(range(7)):
        raise RecurrenceError("Weekdays go from 0 (Monday) to 6 (Sunday).")
    if rule.frequency is Frequency.MONTHLY_BY_WEEKDAY and rule.nth not in ORDINALS:
        raise RecurrenceError("Choose which one of the month: first to fifth, or last.")
    if not 0 <= rule.week_start <= 6:
        raise RecurrenceError("A week begins on a day from 0 (Monday) to 6 (Sunday).")
    if not 1 <= rule.day_of_month <= 31:
        raise RecurrenceError("A month has days from 1 to 31.")


def _check_end(rule: Rule) -> None:
    if rule.until is not None and rule.count is not None:
        raise RecurrenceError("A series ends on a date or after a number of sessions, not both.")
    if rule.until is not None and rule.until < rule.first_date:
        raise RecurrenceError("The series ends before it starts. Choose a later end date.")
    if rule.count is not None and rule.count < 1:
        raise RecurrenceError("A series has at least one session.")
    if rule.count is not None and rule.count > MAX_OCCURRENCES:
        raise TooManyOccurrences


def _dates(rule: Rule) -> Iterator[date]:
    """All dates of the rule from its first date on, as if it never ended."""
    if rule.frequency is Frequency.DAILY:
        days = _every_day(rule.first_date)
    elif rule.frequency in WEEKS:
        days = _on_weekdays(rule)
    else:
        days = _monthly(rule)
    return (day for day in days if day >= rule.first_date)


def _every_day(first: date) -> Iterator[date]:
    return (date.fromordinal(n) for n in range(first.toordinal(), date(_LAST_YEAR, 1, 1).toordinal()))


def _on_weekdays(rule: Rule) -> Iterator[date]:
    first = next(day for day in _every_day(rule.first_date) if day.weekday() in rule.weekdays)
    begins, _ = week_around(first, rule.week_start)
    days = sorted((weekday - rule.week_start) % 7 for weekday in rule.weekdays)
    for week in range(0, (date(_LAST_YEAR, 1, 1) - begins).days // 7, WEEKS[rule.frequency]):
        for day in days:
            yield begins + timedelta(weeks=week, days=day)


def _monthly(rule: Rule) -> Iterator[date]:
    first, by_day = rule.first_date, rule.frequency is Frequency.MONTHLY_BY_DAY
    for month in range(first.year * 12 + first.month - 1, _LAST_YEAR * 12):
        year, number = month // 12, month % 12 + 1
        day = rule.day_of_month if by_day else nth_weekday(year, number, rule.weekday, rule.nth or LAST)
        if day <= monthrange(year, number)[1]:
            yield date(year, number, day)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> int:
    """The day of the month of its nth such weekday (LAST: the last); past the month's end where it has no fifth."""
    first_weekday, length = monthrange(year, month)
    first = 1 + (weekday - first_weekday) % 7
    return first + 7 * (nth - 1) if nth != LAST else first + (length - first) // 7 * 7


def _repeat_in_words(rule: Rule) -> str:
    days = _listed([WEEKDAYS[day] for day in sorted(rule.weekdays)])
    weekday = WEEKDAYS[rule.weekday]
    return {
        Frequency.DAILY: "Every day",
        Frequency.WEEKLY: f"Every {days}",
        Frequency.BIWEEKLY: f"Every other week on {days}",
        Frequency.MONTHLY_BY_DAY: f"Every month on day {rule.day_of_month}",
        Frequency.MONTHLY_BY_WEEKDAY: f"Every month on the {ORDINALS.get(rule.nth or 0, '')} {weekday}",
    }[rule.frequency]


def _listed(words: list[str]) -> str:
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
