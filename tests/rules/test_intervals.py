"""Interval arithmetic against plain sets of minutes."""

from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.intervals import Interval, edges, inside, merge, overlaps

intervals = st.tuples(st.integers(-5, 40), st.integers(-5, 40))
lists = st.lists(intervals, max_size=8)


def minutes(found: list[Interval]) -> set[int]:
    return {minute for start, end in found for minute in range(start, end)}


def test_touching_stretches_become_one() -> None:
    assert merge([(10, 20), (0, 10), (30, 30), (25, 22)]) == [(0, 20)]


def test_touching_ends_do_not_overlap() -> None:
    assert not overlaps((0, 10), (10, 20))
    assert overlaps((0, 11), (10, 20))


@given(lists)
def test_a_merged_list_holds_the_same_minutes_in_order_and_apart(raw: list[Interval]) -> None:
    merged = merge(raw)
    assert minutes(merged) == minutes(raw)
    flat = edges(merged)
    assert flat == sorted(set(flat))


@given(intervals, intervals)
def test_overlapping_is_sharing_a_minute(one: Interval, other: Interval) -> None:
    assert overlaps(one, other) == bool(minutes([one]) & minutes([other]))


@given(lists, st.integers(-10, 50))
def test_inside_is_being_one_of_the_minutes(raw: list[Interval], minute: int) -> None:
    assert inside(edges(merge(raw)), minute) == (minute in minutes(raw))
