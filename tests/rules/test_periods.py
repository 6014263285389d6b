"""The periods of plans: one after the other without a gap, on the day they began on as far as months have it."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.periods import PERIODS, end_of, last_of, period_start, periods

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
kinds = st.sampled_from(PERIODS)
numbers = st.integers(0, 120)


@pytest.mark.parametrize(
    ("first_day", "period", "starts"),
    [
        (date(2026, 1, 31), "month", [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]),
        (date(2024, 1, 30), "month", [date(2024, 1, 30), date(2024, 2, 29), date(2024, 3, 30)]),
        (date(2026, 11, 15), "month", [date(2026, 11, 15), date(2026, 12, 15), date(2027, 1, 15)]),
        (date(2024, 2, 29), "year", [date(2024, 2, 29), date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28),
                                     date(2028, 2, 29)]),
        (date(2026, 3, 26), "week", [date(2026, 3, 26), date(2026, 4, 2), date(2026, 4, 9)]),
    ],
)  # fmt: skip
def test_where_periods_begin(first_day: date, period: str, starts: list[date]) -> None:
    assert [period_start(first_day, period, number) for number in range(len(starts))] == starts


def test_the_periods_of_a_stretch() -> None:
    first = date(2026, 1, 31)
    assert list(periods(first, "month", after=None, through=date(2026, 2, 28))) == [
        (first, date(2026, 2, 28)),
        (date(2026, 2, 28), date(2026, 3, 31)),
    ]
    assert list(periods(first, "month", after=first, through=date(2026, 2, 27))) == []
    assert list(periods(first, "month", after=None, through=date(2026, 1, 30))) == []


@given(days, kinds, numbers)
def test_periods_go_on_without_a_gap(first_day: date, period: str, number: int) -> None:
    start, following = period_start(first_day, period, number), period_start(first_day, period, number + 1)
    shortest, longest = {"week": (7, 7), "month": (28, 31), "year": (365, 366)}[period]
    assert timedelta(days=shortest) <= following - start <= timedelta(days=longest)


@given(days, st.sampled_from(["month", "year"]), numbers)
def test_months_keep_their_day_or_have_no_such_day(first_day: date, period: str, number: int) -> None:
    start = period_start(first_day, period, number)
    last = monthrange(start.year, start.month)[1]
    assert start.day == min(first_day.day, last)


@given(days, kinds, st.integers(0, 400), st.integers(0, 400))
def test_asked_in_two_parts_they_are_the_same(first_day: date, period: str, split: int, more: int) -> None:
    """Nothing is given twice, and nothing is left out, whenever one looks."""
    at, through = first_day + timedelta(days=split), first_day + timedelta(days=split + more)
    begun = list(periods(first_day, period, after=None, through=at))
    rest = periods(first_day, period, after=begun[-1][0], through=through)
    whole = list(periods(first_day, period, after=None, through=through))
    assert [*begun, *rest] == whole
    assert all(end == start for (_, end), (start, _) in pairwise(whole))
    assert whole[0][0] == first_day


@given(days, st.integers(1, 3660))
def test_n_days_are_n_dates(first: date, count: int) -> None:
    dates = [first + timedelta(days=n) for n in range(count)]
    assert last_of(first, count) == dates[-1]


@given(days, st.sampled_from(["Europe/Berlin", "America/New_York", "Pacific/Apia", "UTC"]))
def test_a_day_ends_where_the_next_begins_and_is_named_by_itself(day: date, zone: str) -> None:
    last_second = (end_of(day, zone) - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    assert last_second.date() in (day, day - timedelta(days=1))  # Apia has no 30 December 2011
    assert end_of(day, zone) <= end_of(day + timedelta(days=1), zone)
