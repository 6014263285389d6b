"""Many sessions at once: where a move leads on the wall clock, and who is in whose way."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.bulk import Shift, Stretch, back, in_the_way, moved

BERLIN = ZoneInfo("Europe/Berlin")


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "shift", "end"),
    [
        ("2026-03-05T18:00", Shift(to_minute=19 * 60 + 30), "2026-03-05T19:30"),
        ("2026-03-05T18:00", Shift(days=2, to_minute=7 * 60), "2026-03-07T07:00"),
        ("2026-03-05T18:00", Shift(minutes=-45), "2026-03-05T17:15"),
        ("2026-03-05T23:30", Shift(minutes=60), "2026-03-06T00:30"),
        ("2026-03-05T00:15", Shift(minutes=-30), "2026-03-04T23:45"),
        ("2026-03-28T18:00", Shift(days=1), "2026-03-29T18:00"),  # clocks go forward in between
        ("2026-10-24T18:00", Shift(days=1), "2026-10-25T18:00"),  # and back
        ("2026-03-28T02:30", Shift(days=1), "2026-03-29T03:30"),  # a time that doesn't exist that day
        ("2028-02-29T10:00", Shift(days=366), "2029-03-01T10:00"),
    ],
)
def test_a_move_keeps_to_the_wall_clock(start: str, shift: Shift, end: str) -> None:
    assert moved(berlin(start), "Europe/Berlin", shift) == berlin(end)


def test_a_move_by_so_much_can_be_undone_and_one_to_a_time_of_day_cannot() -> None:
    assert back(Shift(days=2, minutes=-30)) == Shift(days=-2, minutes=30)
    assert back(Shift(to_minute=600)) is None
    assert Shift().is_nothing
    assert not Shift(to_minute=0).is_nothing


T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(hour: float, length: float = 1, whose: str = "ada") -> list[Stretch]:
    start = T0 + timedelta(hours=hour)
    return [Stretch(whose, start, start + timedelta(hours=length))]


def test_all_move_on_by_one_and_nobody_is_in_the_way() -> None:
    standing = {name: at(number) for number, name in enumerate("abc")}
    wanted = {name: at(number + 1) for number, name in enumerate("abc")}
    assert in_the_way(wanted, standing, []) == {}


def test_one_that_stays_stops_those_behind_it() -> None:
    standing = {name: at(number) for number, name in enumerate("abc")}
    wanted = {name: at(number + 1) for number, name in enumerate("ab")}
    assert in_the_way(wanted, standing, ["c"]) == {"b": "c", "a": "b"}


def test_two_cannot_want_the_same_time_and_the_first_gets_it() -> None:
    standing = {"a": at(0), "b": at(5)}
    assert in_the_way({"a": at(10), "b": at(10.5)}, standing, []) == {"b": "a"}
    assert in_the_way({"a": at(10), "b": at(11)}, standing, []) == {}
    assert in_the_way({"a": at(10), "b": at(10, whose="dana")}, standing, []) == {}


def test_it_holds_past_midnight() -> None:
    late = at(14.5)  # 23:30 to 00:30
    assert in_the_way({"a": late, "b": at(15.25)}, {}, []) == {"b": "a"}


STRETCHES = st.builds(at, st.integers(0, 60), st.sampled_from([0.5, 1, 2]), st.sampled_from(["ada", "dana"]))


@given(st.lists(st.tuples(STRETCHES, STRETCHES, st.booleans()), max_size=12))
def test_what_moves_meets_nothing_that_moves_or_stays(things: list[tuple[list[Stretch], list[Stretch], bool]]) -> None:
    standing: dict[Hashable, Sequence[Stretch]] = {number: was for number, (was, _, _) in enumerate(things)}
    wanted: dict[Hashable, Sequence[Stretch]] = {number: wish for number, (_, wish, _) in enumerate(things)}
    staying = [number for number, (_, _, stays) in enumerate(things) if stays]
    blocked = in_the_way(wanted, standing, staying)
    assert not set(blocked) & set(staying)
    gone = {number for number in wanted if number not in blocked and number not in staying}
    for number in gone:
        for other in wanted:
            stretches = wanted[other] if other in gone else standing[other]
            assert other == number or not _meet(wanted[number], stretches)


def _meet(one: Sequence[Stretch], other: Sequence[Stretch]) -> bool:
    return any(a.whose == b.whose and a.starts_at < b.ends_at and b.starts_at < a.ends_at for a in one for b in other)
