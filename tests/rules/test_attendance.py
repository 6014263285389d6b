"""Attendance: lateness to the second, stays that add up, what the clock makes of each booking, and the sums."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.attendance import Mark, Presence, Status, closes_at, closing, presence, status_of_coming, summary

START = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
END = START + timedelta(hours=1)
SECOND = timedelta(seconds=1)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def mark(minutes: float, is_join: bool, source: str = "zoom") -> Mark:
    return Mark(at(minutes), is_join, source)


@pytest.mark.parametrize(
    ("came", "status"),
    [
        (at(-30), Status.PRESENT),
        (at(0), Status.PRESENT),
        (at(5), Status.PRESENT),
        (at(5) + SECOND, Status.LATE),
        (at(59), Status.LATE),
    ],
)
def test_late_is_after_the_start_and_five_minutes(came: datetime, status: Status) -> None:
    assert status_of_coming(came, START, 5) is status


def test_the_clock_closes_online_at_the_end_and_in_person_a_while_later() -> None:
    assert closes_at(END, is_online=True, no_show_after_minutes=15) == END
    assert closes_at(END, is_online=False, no_show_after_minutes=15) == END + timedelta(minutes=15)
    assert closes_at(END, is_online=False, no_show_after_minutes=0) == END


@pytest.mark.parametrize(
    ("status", "is_meeting", "fate"),
    [
        ("present", False, ("attend", Status.PRESENT)),
        ("late", False, ("attend", Status.LATE)),
        (None, False, ("mark_no_show", Status.ABSENT)),
        ("absent", False, ("mark_no_show", Status.ABSENT)),
        ("excused", False, ("mark_no_show", Status.EXCUSED)),
        (None, True, ("attend", Status.PRESENT)),
        ("late", True, ("attend", Status.LATE)),
    ],
)
def test_what_the_clock_makes_of_a_booking(status: str | None, is_meeting: bool, fate: tuple[str, Status]) -> None:
    assert closing(status, is_meeting=is_meeting) == fate


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ([], Presence(None, None, 0)),
        ([mark(0, True), mark(30, False)], Presence(at(0), at(30), 1800)),
        ([mark(0, True), mark(10, False), mark(20, True), mark(30, False)], Presence(at(0), at(30), 1200)),
        # two devices: the second joins before the first leaves
        ([mark(0, True), mark(10, True), mark(20, False), mark(40, False)], Presence(at(0), at(40), 2400)),
        # still there at the end
        ([mark(15, True)], Presence(at(15), None, 2700)),
        ([mark(0, True), mark(10, False), mark(50, True)], Presence(at(0), None, 1200)),
        # told in any order
        ([mark(30, False), mark(0, True)], Presence(at(0), at(30), 1800)),
        # a leave that nobody joined for says nothing
        ([mark(5, False)], Presence(None, None, 0)),
        ([mark(5, False), mark(10, True), mark(20, False)], Presence(at(10), at(20), 600)),
        # back in the same second
        ([mark(0, True), mark(10, False), mark(10, True), mark(20, False)], Presence(at(0), at(20), 1200)),
        # our own link says when, the provider for how long
        ([mark(-2, True, ""), mark(0, True), mark(30, False)], Presence(at(-2), at(30), 1800)),
        ([mark(10, True, "")], Presence(at(10), None, 3000)),
        ([mark(10, True, ""), mark(12, True, "")], Presence(at(10), None, 3000)),
        # two providers at once count once
        (
            [mark(0, True), mark(30, False), mark(20, True, "jitsi"), mark(40, False, "jitsi")],
            Presence(at(0), at(40), 2400),
        ),
        # joined when it was over
        ([mark(70, True)], Presence(at(70), None, 0)),
    ],
)
def test_joins_and_leaves_add_up(marks: list[Mark], found: Presence) -> None:
    assert presence(marks, END) == found


marks_of_one_source = st.lists(
    st.builds(mark, st.integers(-60, 60), st.booleans(), st.sampled_from(["zoom", "jitsi", ""])), max_size=12
)


@given(marks=marks_of_one_source)
def test_nobody_is_there_longer_than_from_the_first_join_to_the_last_moment(marks: list[Mark]) -> None:
    found = presence(marks, END)
    joins = [each.at for each in marks if each.is_join]
    assert found.joined_at == min(joins, default=None)
    assert (found.seconds == 0) if not joins else (0 <= found.seconds <= int((END - min(joins)).total_seconds()))
    if found.left_at is not None and found.joined_at is not None:
        assert found.joined_at <= found.left_at


@given(marks=marks_of_one_source, data=st.data())
def test_the_order_in_which_it_is_told_changes_nothing(marks: list[Mark], data: st.DataObject) -> None:
    assert presence(data.draw(st.permutations(marks)), END) == presence(marks, END)


stays = st.lists(st.tuples(st.integers(0, 59), st.integers(1, 30)), max_size=8)


@given(stays=stays)
def test_no_second_counts_twice_and_none_is_lost(stays: list[tuple[int, int]]) -> None:
    """Beside a count of minutes one by one."""
    marks = [each for start, length in stays for each in (mark(start, True), mark(min(start + length, 60), False))]
    minutes = {minute for start, length in stays for minute in range(start, min(start + length, 60))}
    assert presence(marks, END).seconds == 60 * len(minutes)


def test_the_summary_counts_each_once() -> None:
    found = summary(7, ["present", "present", "late", "absent", "excused"])
    assert (found.total_expected, found.total_present, found.total_late) == (7, 2, 1)
    assert (found.total_absent, found.total_excused, found.total_came) == (1, 1, 3)


@given(statuses=st.lists(st.sampled_from(list(Status))), more=st.integers(0, 5))
def test_everybody_of_whom_something_is_known_is_one_of_them(statuses: list[Status], more: int) -> None:
    found = summary(len(statuses) + more, statuses)
    parts = (found.total_present, found.total_late, found.total_absent, found.total_excused)
    assert sum(parts) == found.total_expected - more
