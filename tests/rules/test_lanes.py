"""Events that overlap stand side by side."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.lanes import lanes


def test_events_that_overlap_share_the_column() -> None:
    assert lanes([]) == []
    assert lanes([(0, 60), (60, 120)]) == [(1, 1), (1, 1)]
    assert lanes([(0, 60), (30, 90), (60, 120), (200, 210)]) == [(1, 2), (2, 2), (1, 2), (1, 1)]


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 200)).map(lambda x: (x[0], x[0] + x[1])), max_size=12))
def test_no_two_events_cover_each_other(events: list[tuple[int, int]]) -> None:
    events.sort()
    placed = list(zip(events, lanes(events), strict=True))
    for (one, (lane, of)), (other, (other_lane, other_of)) in combinations(placed, 2):
        assert 1 <= lane <= of
        if one[1] > other[0] and other[1] > one[0]:
            assert lane != other_lane
            assert of == other_of
