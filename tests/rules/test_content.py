"""What a session shows, and in which order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.content import Source, may_change, may_set, moved, shown
from liveapp.rules.roles import Role


def test_its_own_come_before_the_days_and_nothing_comes_last() -> None:
    assert shown(["own"], ["daily"]) == (Source.SESSION, ["own"])
    assert shown([], ["daily"]) == (Source.DAILY_PROGRAMMING, ["daily"])
    assert shown([], []) == (Source.NONE, ())


@given(st.lists(st.integers(), min_size=1, max_size=20, unique=True), st.data())
def test_one_moves_by_a_place_and_the_others_keep_their_order(order: list[int], data: st.DataObject) -> None:
    one, by = data.draw(st.sampled_from(order)), data.draw(st.sampled_from([-1, 1]))
    after = moved(order, one, by)
    assert [each for each in after if each != one] == [each for each in order if each != one]
    assert after.index(one) == min(max(order.index(one) + by, 0), len(order) - 1)


@pytest.mark.parametrize(
    ("role", "is_host", "allowed"),
    [
        (Role.OWNER, False, True),
        (Role.ADMIN, False, True),
        (Role.COACH, True, True),
        (Role.COACH, False, False),
        (Role.MEMBER, True, False),
        (None, True, False),
    ],
)
def test_a_coach_sets_what_they_lead_and_changes_what_they_wrote(
    role: Role | None, is_host: bool, allowed: bool
) -> None:
    assert may_set(role, is_host=is_host) is allowed
    assert may_change(role, is_author=is_host) is allowed
