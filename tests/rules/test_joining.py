"""Who gets through to an online session, and when: to the microsecond."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.joining import BY_BOOKING, Door, Session, door, door_of_session, refresh_after
from liveapp.rules.lifecycle import BOOKING

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SESSION = Session("scheduled", "online", START, START + timedelta(hours=1), 5)


@pytest.mark.parametrize(
    ("changed", "at", "state"),
    [
        ({}, START - timedelta(minutes=5) - TICK, Door.WAIT),
        ({}, START - timedelta(minutes=5), Door.OPEN),
        ({"status": "live"}, START + timedelta(hours=1) - TICK, Door.OPEN),
        ({"status": "live"}, START + timedelta(hours=1), Door.OVER),
        ({"status": "ended"}, START, Door.OVER),
        ({"status": "live", "ended_at": START}, START + TICK, Door.OVER),
        ({"status": "cancelled"}, START, Door.CANCELLED),
        ({"format": "in_person"}, START, Door.IN_PERSON),
        ({"has_address": False}, START, Door.ON_ITS_WAY),
        ({"has_address": False, "has_account": False}, START, Door.NOT_SET_UP),
        ({"has_account": False}, START, Door.OPEN),
        ({"has_address": False}, START - timedelta(hours=1), Door.WAIT),
        ({"opened_at": START - timedelta(hours=1)}, START - timedelta(hours=1), Door.OPEN),
        ({"opened_at": START - timedelta(hours=1)}, START - timedelta(hours=1) - TICK, Door.WAIT),
        ({"opened_at": START - timedelta(days=1)}, START - timedelta(hours=9), Door.OPEN),
        ({"opened_at": START - timedelta(days=1) - TICK}, START - timedelta(hours=9), Door.WAIT),
        ({"opened_at": START - timedelta(minutes=1)}, START - timedelta(minutes=5), Door.OPEN),
        ({"window_minutes": 0}, START - TICK, Door.WAIT),
        ({"window_minutes": 0}, START, Door.OPEN),
    ],
)
def test_the_door_is_open_from_the_window_until_the_end(changed: dict[str, object], at: datetime, state: Door) -> None:
    session = replace(SESSION, **changed)  # type: ignore[arg-type]
    assert door_of_session(session, at) is state
    assert door("confirmed", session, at) is state


@given(st.sampled_from(sorted(BY_BOOKING)), st.integers(-600, 600))
def test_only_a_confirmed_booking_gets_through(status: str, minutes: int) -> None:
    assert door(status, SESSION, START + timedelta(minutes=minutes)) is BY_BOOKING[status]
    assert BY_BOOKING[status] is not Door.OPEN


def test_every_status_of_a_booking_is_known() -> None:
    assert {*BY_BOOKING, "confirmed"} == set(BOOKING.states)


@given(st.integers(1, 200_000_000))
def test_the_page_asks_again_at_the_opening_and_not_before_it(microseconds: int) -> None:
    now = SESSION.opens_at - timedelta(microseconds=microseconds)
    seconds = refresh_after(Door.WAIT, SESSION, now)
    assert seconds is not None
    assert 1 <= seconds <= 60
    assert seconds == 60 or now + timedelta(seconds=seconds) >= SESSION.opens_at


def test_the_page_rests_while_nothing_changes_by_itself() -> None:
    assert refresh_after(Door.WAIT, SESSION, START - timedelta(days=3)) == 60
    assert refresh_after(Door.ON_ITS_WAY, SESSION, START) == 10
    assert refresh_after(Door.NOT_SET_UP, SESSION, START) == 60
    assert refresh_after(Door.OVER, SESSION, START) is None
