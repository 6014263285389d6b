"""The periods of a plan that renews itself, counted from the day it began, in whole local days."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from liveapp.rules.recurrence import resolve_local

PERIODS = ("week", "month", "year")
_MONTHS = {"month": 1, "year": 12}


def last_of(first_day: date, days: int) -> date:
    """The last of so many days, of which the first is one."""
    return first_day + timedelta(days=days - 1)


def end_of(day: date, timezone: str) -> datetime:
    """When a day is over in the zone: the midnight after it, which pages name by the day."""
    return resolve_local(day + timedelta(days=1), time(), timezone)


def period_start(first_day: date, period: str, number: int) -> date:
    """The first day of the period `number` (0 is the one that begins on `first_day`).

    Months keep the day of the month they began on; where it doesn't exist, the month's last day: from 31 January the
    periods begin on 28 February, 31 March, 30 April.
    """
    if period == "week":
        return first_day + timedelta(weeks=number)
    months = first_day.month - 1 + number * _MONTHS[period]
    year, month = first_day.year + months // 12, months % 12 + 1
    return date(year, month, min(first_day.day, monthrange(year, month)[1]))


def periods(first_day: date, period: str, *, after: date | None, through: date) -> Iterator[tuple[date, date]]:
    """The periods (first day, first day of the next) that begin after `after` (None: from the first) and not after
    `through`."""
    number = 0
    while (start := period_start(first_day, period, number)) <= through:
        number += 1
        if after is None or start > after:
            yield start, period_start(first_day, period, number)
