"""Labels of time zones against the standard library, most of all where clocks change."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.zones import (
    DAY,
    UnknownTimezone,
    after_last_before,
    date_of,
    day_at,
    day_number,
    first_at_or_after,
    label_of,
    minute_not_before,
    minute_of,
    moment_of,
    stretches_of_days,
)
from tests.rules.strategies import ZONES

some_zones = st.sampled_from([*ZONES, "Pacific/Apia", "Africa/Casablanca", "America/St_Johns"])
some_minutes = st.integers(minute_of(datetime(2000, 1, 1, tzinfo=UTC)), minute_of(datetime(2037, 12, 31, tzinfo=UTC)))


def label(year: int, month: int, day: int, hour: int, minute: int = 0) -> int:
    return minute_of(datetime(year, month, day, hour, minute, tzinfo=UTC))


def utc(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@given(some_zones, some_minutes)
def test_a_label_is_what_the_standard_library_shows(zone: str, minute: int) -> None:
    local = moment_of(minute).astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)
    assert label_of(zone, minute) == minute_of(local)
    assert date_of(day_at(zone, minute)) == local.date()


@given(some_zones, some_minutes)
def test_a_window_round_a_minutes_label_holds_the_minute(zone: str, minute: int) -> None:
    shown = label_of(zone, minute)
    assert first_at_or_after(zone, shown) <= minute < after_last_before(zone, shown + 1)


@given(some_zones, some_minutes)
def test_each_minute_lies_in_the_stretches_of_its_own_day_alone(zone: str, minute: int) -> None:
    day = day_at(zone, minute)
    for other in (day - 1, day, day + 1):
        held = any(low <= minute < high for low, high in stretches_of_days(zone, other, other))
        assert held == (other == day)


@pytest.mark.parametrize(
    ("zone", "shown", "first"),
    [
        ("America/New_York", label(2026, 3, 8, 2, 30), utc(2026, 3, 8, 7)),  # skipped: the hour's end
        ("America/New_York", label(2026, 11, 1, 1, 30), utc(2026, 11, 1, 5, 30)),  # shown twice: the first
        ("Australia/Lord_Howe", label(2026, 10, 4, 2, 15), utc(2026, 10, 3, 15, 30)),
        ("America/Santiago", label(2026, 9, 6, 0), utc(2026, 9, 6, 4)),  # a midnight that isn't there
        ("Pacific/Apia", label(2011, 12, 30, 12), utc(2011, 12, 30, 10)),  # a day that isn't there
    ],
)
def test_the_first_showing_of_a_label(zone: str, shown: int, first: datetime) -> None:
    assert moment_of(first_at_or_after(zone, shown)) == first


@pytest.mark.parametrize(
    ("zone", "shown", "after"),
    [
        ("America/New_York", label(2026, 3, 8, 2, 30), utc(2026, 3, 8, 7)),
        ("America/New_York", label(2026, 11, 1, 1, 30), utc(2026, 11, 1, 6, 30)),  # shown twice: the second
        ("America/New_York", label(2026, 11, 1, 1), utc(2026, 11, 1, 5)),  # 00:59 is shown once
    ],
)
def test_just_after_the_last_showing_before_a_label(zone: str, shown: int, after: datetime) -> None:
    assert moment_of(after_last_before(zone, shown)) == after


def test_seconds_are_cut_off_or_rounded_up_as_asked() -> None:
    moment = datetime(2026, 6, 1, 12, 0, 1, tzinfo=UTC)
    assert moment_of(minute_of(moment)) == utc(2026, 6, 1, 12)
    assert moment_of(minute_not_before(moment)) == utc(2026, 6, 1, 12, 1)
    assert minute_not_before(utc(2026, 6, 1, 12)) == minute_of(utc(2026, 6, 1, 12))


def test_other_zones_are_read_and_naive_datetimes_refused() -> None:
    plus_two = timezone(timedelta(hours=2))
    assert minute_of(datetime(1970, 1, 1, 2, tzinfo=plus_two)) == 0
    with pytest.raises(TypeError):
        minute_of(datetime(2026, 6, 1, 12))


def test_days_are_counted_from_the_epoch() -> None:
    assert day_number(date(1970, 1, 2)) == 1
    assert day_number(date(1969, 12, 31)) * DAY == -1440


@pytest.mark.parametrize("name", ["Mars/Base", "", "../etc/passwd", "Europe"])
def test_an_unknown_zone_is_named(name: str) -> None:
    with pytest.raises(UnknownTimezone, match="not a time zone"):
        label_of(name, 0)
