"""Which plan pays for a place, in which order, and when people are warned that credits lapse; plans in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.plan_words import gives_in_words, limits_in_words
from liveapp.rules.plans import (
    WARNING_DAYS,
    HeldPlan,
    Obstacle,
    counts_for_quota,
    obstacle,
    refusal,
    usable,
    warning_due,
)
from liveapp.rules.zones import week_around

NOW = datetime(2026, 3, 2, tzinfo=UTC)
small = st.none() | st.integers(1, 3)
held_plans = st.builds(
    HeldPlan,
    key=st.uuids(),
    name=st.just("Pack"),
    credits=st.none() | st.integers(0, 3),
    until=st.none() | st.integers(0, 5).map(lambda days: NOW + timedelta(days=days)),
    max_per_day=small,
    max_per_week=small,
    used_that_day=st.integers(0, 3),
    used_that_week=st.integers(0, 3),
    allows_overlapping=st.booleans(),
    runs=st.booleans(),
)


@pytest.mark.parametrize(
    ("plan", "overlaps", "why"),
    [
        (HeldPlan(1, "Pack", credits=1), False, None),
        (HeldPlan(1, "All"), False, None),
        (HeldPlan(1, "Pack", credits=0), False, Obstacle.NO_CREDITS),
        (HeldPlan(1, "Pack", credits=0, runs=False), False, Obstacle.NO_PLAN),
        (HeldPlan(1, "All", max_per_day=1, used_that_day=1), False, Obstacle.DAILY_QUOTA),
        (HeldPlan(1, "All", max_per_day=2, used_that_day=1), False, None),
        (HeldPlan(1, "All", max_per_week=3, used_that_week=3), False, Obstacle.WEEKLY_QUOTA),
        (HeldPlan(1, "All"), True, Obstacle.OVERLAP),
        (HeldPlan(1, "All", allows_overlapping=True), True, None),
    ],
)
def test_what_keeps_a_plan_from_paying(plan: HeldPlan, overlaps: bool, why: Obstacle | None) -> None:
    assert obstacle(plan, overlaps=overlaps) is why


def test_unlimited_plans_come_first_then_what_lapses_first_then_what_never_does() -> None:
    soon, later = (NOW + timedelta(days=days) for days in (1, 9))
    plans = [
        HeldPlan("d", "For ever", credits=5),
        HeldPlan("c", "Later", credits=5, until=later),
        HeldPlan("b", "Soon", credits=5, until=soon),
        HeldPlan("a", "All"),
    ]
    assert [plan.name for plan in usable(plans, overlaps=False)] == ["All", "Soon", "Later", "For ever"]


@given(st.lists(held_plans, max_size=4, unique_by=lambda plan: plan.key), st.booleans())
def test_the_order_does_not_depend_on_the_order_they_are_read_in(plans: list[HeldPlan], overlaps: bool) -> None:
    answers = {usable(order, overlaps=overlaps) for order in permutations(plans)}
    assert len(answers) == 1


@given(st.lists(held_plans, max_size=6, unique_by=lambda plan: plan.key), st.booleans())
def test_what_can_be_used_is_held_and_nothing_that_can_is_left_out(plans: list[HeldPlan], overlaps: bool) -> None:
    able = usable(plans, overlaps=overlaps)
    assert {plan.key for plan in able} == {plan.key for plan in plans if obstacle(plan, overlaps=overlaps) is None}
    assert all(plan.credits is None or plan.credits > 0 for plan in able)
    assert all(plan.runs for plan in able)


@given(held_plans, st.booleans())
def test_every_obstacle_has_its_sentence(plan: HeldPlan, overlaps: bool) -> None:
    why = obstacle(plan, overlaps=overlaps)
    if why is not None:
        assert refusal(plan, why).endswith(".")


@pytest.mark.parametrize(
    ("days_left", "span", "warned", "due"),
    [
        (7.5, 30, None, None),
        (7, 30, None, 7),
        (3, 30, None, 7),
        (3, 30, 7, None),
        (1, 30, 7, 1),
        (0.5, 30, None, 1),
        (0.5, 30, 1, None),
        (0, 30, None, None),
        (-1, 30, None, None),
        (6, 7, None, None),
        (1, 7, None, 1),
        (0.5, 1, None, None),
    ],
)
def test_when_people_are_warned(days_left: float, span: float, warned: int | None, due: int | None) -> None:
    assert warning_due(days_left=days_left, span_days=span, warned=warned) == due


@given(st.floats(0.1, 400), st.lists(st.floats(-1, 400), max_size=30))
def test_nobody_is_warned_twice_of_the_same(span: float, moments: list[float]) -> None:
    """However often one looks, with days left going down: each warning at most once, the earlier one first."""
    warned, given_warnings = None, []
    for days_left in sorted(moments, reverse=True):
        due = warning_due(days_left=days_left, span_days=span, warned=warned)
        if due is not None:
            given_warnings.append(due)
            warned = due
    assert given_warnings == [days for days in WARNING_DAYS if days in given_warnings]
    assert len(given_warnings) <= len(WARNING_DAYS)


@pytest.mark.parametrize(
    ("status", "late", "waived", "counts"),
    [
        ("requested", False, False, True),
        ("confirmed", False, False, True),
        ("attended", False, False, True),
        ("waitlisted", False, False, False),
        ("expired", False, False, False),
        ("cancelled", False, False, False),
        ("cancelled", True, False, True),
        ("cancelled", True, True, False),
        ("no_show", False, False, True),
        ("no_show", False, True, False),
    ],
)
def test_what_uses_up_a_quota(status: str, late: bool, waived: bool, counts: bool) -> None:
    assert counts_for_quota(status, late=late, waived=waived, late_counts=True, no_show_counts=True) is counts
    if status in ("cancelled", "no_show"):
        assert not counts_for_quota(status, late=late, waived=waived, late_counts=False, no_show_counts=False)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 6))
def test_a_day_lies_in_its_week_which_begins_as_said(day: date, week_start: int) -> None:
    first, after = week_around(day, week_start)
    assert first <= day < after
    assert (first.weekday(), after - first) == (week_start, timedelta(days=7))


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (("pack", 10, 90, None), "10 credits, valid 90 days"),
        (("pack", 1, 1, None), "1 credit, valid 1 day"),
        (("pack", 10, None, None), "10 credits, which don't lapse"),
        (("pack", None, 14, None), "Unlimited for 14 days"),
        (("period", 8, None, "month"), "8 credits each month"),
        (("period", None, None, "year"), "Unlimited"),
    ],
)
def test_what_a_plan_gives_in_words(plan: tuple[str, int | None, int | None, str | None], words: str) -> None:
    assert gives_in_words(*plan) == words


@pytest.mark.parametrize(
    ("per_day", "per_week", "overlapping", "words"),
    [
        (None, None, False, ""),
        (1, None, False, "At most 1 booking a day"),
        (None, 3, False, "At most 3 bookings a week"),
        (1, 3, False, "At most 1 booking a day and 3 a week"),
        (2, None, True, "At most 2 bookings a day. Bookings may overlap"),
        (None, None, True, "Bookings may overlap"),
    ],
)
def test_what_a_plan_allows_in_words(per_day: int | None, per_week: int | None, overlapping: bool, words: str) -> None:
    assert limits_in_words(per_day, per_week, overlapping=overlapping) == words
