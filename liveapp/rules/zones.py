"""Where wall clocks and UTC meet: labels of a time zone read as UTC minutes, and back.

Inside, time is a whole number of UTC minutes since 1970-01-01T00:00Z. A *label* is what a wall clock shows,
counted the same way: minutes since 1970-01-01 00:00 on that clock. A zone is a row of pieces with one offset
each; they are found once per zone and year and kept, so that reading a label is a search in a short list.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from liveapp.rules.intervals import Interval

DAY = 1440
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MINUTE = timedelta(minutes=1)
_REACH = 2 * DAY  # no clock is further than this from UTC, changes included


class UnknownTimezone(ValueError):
    """The name is not one of the IANA time zone database."""


def minute_of(moment: datetime) -> int:
    """The UTC minute that an aware datetime lies in; seconds are cut off. Naive datetimes raise TypeError."""
    return (moment - EPOCH) // _MINUTE


def minute_not_before(moment: datetime) -> int:
    """The first whole UTC minute at or after an aware datetime. Naive datetimes raise TypeError."""
    return -((EPOCH - moment) // _MINUTE)


def moment_of(minute: int) -> datetime:
    """A UTC minute as an aware UTC datetime."""
    return EPOCH + timedelta(minutes=minute)


def local_day(moment: datetime, timezone: str) -> date:
    """The date that a wall clock of the zone shows at an aware moment. Raises UnknownTimezone."""
    return moment.astimezone(zone_named(timezone)).date()


def week_around(day: date, week_start: int) -> tuple[date, date]:
    """The week that the day is in: its first day and the first day of the next. `week_start` 0 = Monday."""
    first = day - timedelta(days=(day.weekday() - week_start) % 7)
    return first, first + timedelta(days=7)


def day_number(day: date) -> int:
    """A calendar date as days since 1970-01-01, so that `day_number × DAY` is the label of its midnight."""
    return day.toordinal() - _EPOCH_ORDINAL


def date_of(number: int) -> date:
    """The calendar date of a day number."""
    return date.fromordinal(number + _EPOCH_ORDINAL)


def label_of(timezone: str, minute: int) -> int:
    """What the zone's wall clock shows at a UTC minute."""
    for start, end, offset in _pieces_around(timezone, minute):
        if start <= minute < end:
            return minute + offset
    raise AssertionError("the pieces of a zone leave no gap")


def day_at(timezone: str, minute: int) -> int:
    """The day number that the zone's calendar shows at a UTC minute."""
    return label_of(timezone, minute) // DAY


def first_at_or_after(timezone: str, label: int) -> int:
    """The first UTC minute whose label is ≥ the one given.

    A label that clocks skip moves to the end of the skipped hour; one that they show twice is its first showing.
    """
    for start, end, offset in _pieces_around(timezone, label):
        if end + offset > label:
            return max(start, label - offset)
    raise AssertionError("the pieces of a zone reach past every label near them")


def after_last_before(timezone: str, label: int) -> int:
    """The UTC minute just after the last one whose label is < the one given.

    A label that clocks skip is the start of the skipped hour; of one that they show twice the second counts.
    """
    for start, end, offset in reversed(_pieces_around(timezone, label)):
        if start + offset < label:
            return min(end, label - offset)
    raise AssertionError("the pieces of a zone reach before every label near them")


def stretches_of_days(timezone: str, first_day: int, last_day: int) -> list[Interval]:
    """The UTC stretches during which the zone's calendar shows a day from the first to the last (inclusive)."""
    low, high = first_day * DAY, (last_day + 1) * DAY
    found: list[Interval] = []
    for start, end, offset in _pieces(timezone, low - _REACH, high + _REACH):
        start, end = max(start, low - offset), min(end, high - offset)
        if start < end:
            found.append((start, end))
    return found


def _pieces_around(timezone: str, minute: int) -> tuple[tuple[int, int, int], ...]:
    return _pieces_of_days(timezone, minute // DAY)


@lru_cache(maxsize=65536)
def _pieces_of_days(timezone: str, day: int) -> tuple[tuple[int, int, int], ...]:
    """The pieces of a zone from two days before a day's midnight to three days after."""
    return tuple(_pieces(timezone, day * DAY - _REACH, (day + 1) * DAY + _REACH))


def _pieces(timezone: str, low: int, high: int) -> Iterator[tuple[int, int, int]]:
    """The (start, end, offset) of a zone that together cover low ≤ minute < high exactly."""
    changes = [c for year in range(_year(low), _year(high) + 1) for c in _changes(timezone, year)]
    starts = [start for start, _ in changes]
    at = bisect_right(starts, low) - 1
    while low < high:
        end = min(high, starts[at + 1]) if at + 1 < len(starts) else high
        yield low, end, changes[at][1]
        low, at = end, at + 1


def _year(minute: int) -> int:
    return moment_of(minute).year


@lru_cache(maxsize=4096)
def _changes(timezone: str, year: int) -> tuple[tuple[int, int], ...]:
    """The (UTC minute, offset from then on) of a zone in a UTC year, the first being the year's start."""
    zone = zone_named(timezone)
    low, high = (day_number(date(y, 1, 1)) * DAY for y in (year, year + 1))
    offset = _offset(zone, low)
    changes = [(low, offset)]
    for day_start in range(low, high, DAY):
        after = _offset(zone, day_start + DAY)
        if after != offset:
            changes.append((_change_between(zone, day_start, day_start + DAY), after))
            offset = after
    return tuple(changes)


@lru_cache(maxsize=1024)
def zone_named(timezone: str) -> ZoneInfo:
    """The zone of an IANA name. Raises UnknownTimezone with a sentence naming it."""
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownTimezone(f"“{timezone}” is not a time zone we know. Choose one like Europe/Madrid.") from error


def _change_between(zone: ZoneInfo, low: int, high: int) -> int:
    """The first minute with the later offset, where the offset differs between two minutes (bisection)."""
    before = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, minute: int) -> int:
    offset = moment_of(minute).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // _MINUTE
