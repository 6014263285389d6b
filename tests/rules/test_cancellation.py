"""Cancelling and moving free and plan bookings: the deadline to the second, and who is bound by it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.cancellation import cancel, deadline, reschedule, terms
from liveapp.rules.wording import on_the_clock_of

START = datetime(2026, 3, 4, 17, tzinfo=UTC)
LAST = START - timedelta(hours=24)
SECOND = timedelta(seconds=1)


def test_exactly_at_the_deadline_is_early() -> None:
    assert deadline(START, 24) == LAST
    at_last = cancel(status="confirmed", starts_at=START, now=LAST, say=on_the_clock_of("Europe/Madrid"))
    assert (at_last.allowed, at_last.late, at_last.deadline) == (True, False, LAST)
    assert at_last.sentence == "You can cancel free of charge until Tue 3 March, 18:00."


def test_late_is_refused_unless_allowed() -> None:
    late = cancel(status="confirmed", starts_at=START, now=LAST + SECOND)
    assert (late.allowed, late.late) == (False, True)
    assert late.sentence == "This booking could be cancelled until Tue 3 March, 17:00."
    allowed = cancel(status="confirmed", starts_at=START, now=LAST + SECOND, allow_late=True)
    assert (allowed.allowed, allowed.late) == (True, True)
    assert "nothing comes back" in allowed.sentence


def test_after_the_start_only_staff_can() -> None:
    assert not cancel(status="confirmed", starts_at=START, now=START, allow_late=True).allowed
    by_staff = cancel(status="confirmed", starts_at=START, now=START, is_staff=True)
    assert (by_staff.allowed, by_staff.late) == (True, False)


def test_checked_in_is_refused_to_the_holder() -> None:
    refused = cancel(status="confirmed", starts_at=START, now=LAST, checked_in=True)
    assert not refused.allowed
    assert "checked in already" in refused.sentence
    assert cancel(status="confirmed", starts_at=START, now=LAST, checked_in=True, is_staff=True).allowed


@pytest.mark.parametrize("status", ["cancelled", "declined", "expired", "attended", "no_show"])
@pytest.mark.parametrize("is_staff", [True, False])
def test_what_is_over_can_be_neither_cancelled_nor_moved(status: str, is_staff: bool) -> None:
    assert not cancel(status=status, starts_at=START, now=LAST, is_staff=is_staff).allowed
    assert not reschedule(status=status, starts_at=START, now=LAST, is_staff=is_staff).allowed


@pytest.mark.parametrize("status", ["waitlisted", "requested"])
def test_leaving_the_line_or_taking_a_request_back_is_never_late(status: str) -> None:
    found = cancel(status=status, starts_at=START, now=START - SECOND)
    assert (found.allowed, found.late) == (True, False)


def test_the_terms_before_booking() -> None:
    early = terms(START, 24, allow_late=False, now=LAST, say=on_the_clock_of("America/New_York"))
    assert early == "You can cancel free of charge until Tue 3 March, 12:00."
    assert "until the start" in terms(START, 24, allow_late=True, now=LAST, say=on_the_clock_of("UTC"))
    too_late = terms(START, 24, allow_late=False, now=LAST + SECOND)
    assert too_late == (
        "It is too late to cancel this one free of charge. For 10 minutes after booking you can take it back, as if it"
        " had never been; then it stands."
    )
    shortly = terms(START, 24, allow_late=True, now=START - timedelta(minutes=9))
    assert "Until it starts you can take it back" in shortly
    assert "with nothing coming back" in shortly


def test_a_guest_moves_three_times_and_no_more() -> None:
    third = reschedule(status="confirmed", starts_at=START, now=LAST, moves=2)
    assert (third.allowed, third.moves_left) == (True, 1)
    fourth = reschedule(status="confirmed", starts_at=START, now=LAST, moves=3)
    assert (fourth.allowed, fourth.moves_left) == (False, 0)
    assert fourth.sentence == "This booking was moved 3 times, which is as often as it can be."


def test_members_and_staff_move_as_often_as_they_like() -> None:
    assert reschedule(status="confirmed", starts_at=START, now=LAST, moves=9, is_guest=False).moves_left is None
    assert reschedule(status="confirmed", starts_at=START, now=LAST, moves=9, is_staff=True).allowed


def test_moving_ends_at_the_deadline_but_for_staff() -> None:
    assert not reschedule(status="confirmed", starts_at=START, now=LAST + SECOND).allowed
    assert reschedule(status="confirmed", starts_at=START, now=START + SECOND, is_staff=True).allowed
    assert not reschedule(status="waitlisted", starts_at=START, now=LAST).allowed


moments = st.integers(-200_000, 200_000).map(lambda seconds: START + timedelta(seconds=seconds))


@given(moments, st.integers(0, 100), st.booleans(), st.booleans())
def test_early_late_and_refused_follow_the_clock(now: datetime, hours: int, allow_late: bool, guest: bool) -> None:
    found = cancel(status="confirmed", starts_at=START, now=now, window_hours=hours, allow_late=allow_late)
    early = now <= START - timedelta(hours=hours) and now < START
    assert found.allowed == (early or (allow_late and now < START))
    assert found.late == (not early and now < START)
    moved = reschedule(status="confirmed", starts_at=START, now=now, window_hours=hours, is_guest=guest)
    assert moved.allowed == early
