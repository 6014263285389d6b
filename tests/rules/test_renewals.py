"""When a period is charged, what paying it does, and when a plan ends that isn't renewed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.periods import PERIODS, period_start
from liveapp.rules.renewals import Counting, after_paying, end_when_stopped, first_unpaid_day, is_due

UNTIL = datetime(2026, 4, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize(
    ("status", "ends_at", "now", "due"),
    [
        ("active", None, UNTIL - SECOND, False),
        ("active", None, UNTIL, True),
        ("active", None, UNTIL + timedelta(days=9), True),
        ("active", UNTIL, UNTIL, False),
        ("active", UNTIL + SECOND, UNTIL, True),
        ("paused", None, UNTIL, False),
        ("ended", UNTIL, UNTIL, False),
    ],
)
def test_the_next_period_is_due_when_the_one_that_is_paid_is_over(
    status: str, ends_at: datetime | None, now: datetime, due: bool
) -> None:
    assert is_due(status, UNTIL, ends_at, now) is due


def test_paid_on_its_first_day_a_period_follows_the_one_before() -> None:
    counting = Counting(date(2026, 1, 31), 1)
    assert first_unpaid_day(counting, "month") == date(2026, 2, 28)
    counting = after_paying(counting, "month", date(2026, 2, 28))
    assert (counting, first_unpaid_day(counting, "month")) == (Counting(date(2026, 1, 31), 2), date(2026, 3, 31))


def test_paid_late_a_period_begins_on_the_day_it_is_paid() -> None:
    counting = after_paying(Counting(date(2026, 1, 31), 1), "month", date(2026, 3, 5))
    assert counting == Counting(date(2026, 3, 5), 1, is_anew=True)
    assert first_unpaid_day(counting, "month") == date(2026, 4, 5)


@given(DAYS, st.integers(1, 50), st.sampled_from(PERIODS), st.integers(0, 800))
def test_whoever_pays_a_period_has_the_whole_of_it_from_the_day_it_is_paid(
    anchor: date, paid: int, period: str, late: int
) -> None:
    before = Counting(anchor, paid)
    today = first_unpaid_day(before, period) + timedelta(days=late)
    after = after_paying(before, period, today)
    begins = period_start(after.anchor_day, period, after.paid_periods - 1)
    assert begins == today
    assert first_unpaid_day(after, period) >= today + timedelta(days=7)


def test_a_plan_that_is_not_renewed_ends_with_what_is_paid() -> None:
    assert end_when_stopped(UNTIL, UNTIL - SECOND) == UNTIL
    assert end_when_stopped(UNTIL, UNTIL + SECOND) == UNTIL + SECOND
