"""Requests, capacity and lengths."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.capacity import (
    TooFewPlaces,
    WrongDuration,
    check_duration,
    check_max_participants,
    places_for_passers_by,
)
from liveapp.rules.event_rules import EventRules
from liveapp.rules.requests import LEAST_MINUTES_TO_ANSWER, expires_at
from liveapp.rules.texts import is_web_address

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_request_ends_after_two_days_or_at_the_lead_time() -> None:
    far = NOON + timedelta(days=10)
    assert expires_at(created_at=NOON, starts_at=far, lead_minutes=120) == NOON + timedelta(hours=48)
    near = NOON + timedelta(hours=30)
    assert expires_at(created_at=NOON, starts_at=near, lead_minutes=120) == NOON + timedelta(hours=28)
    assert expires_at(created_at=NOON, starts_at=far, lead_minutes=0, expiry_hours=5) == NOON + 5 * HOUR


@given(st.integers(0, 525600), st.integers(1, 500), st.integers(0, 100000))
def test_a_time_that_can_be_asked_for_leaves_the_host_an_hour(lead: int, expiry_hours: int, later: int) -> None:
    event = EventRules(duration=30, min_notice=lead, time_to_answer=LEAST_MINUTES_TO_ANSWER)
    start = NOON + timedelta(minutes=event.notice + later)
    ends = expires_at(created_at=NOON, starts_at=start, lead_minutes=lead, expiry_hours=expiry_hours)
    assert ends >= NOON + HOUR
    if later == 0:
        assert ends == NOON + HOUR


def test_no_fewer_places_than_are_held() -> None:
    check_max_participants(5, taken=5)
    with pytest.raises(TooFewPlaces, match=r"5 places are held, so there can't be fewer than 5\."):
        check_max_participants(4, taken=5)
    with pytest.raises(TooFewPlaces, match="2 places are held"):
        check_max_participants(1, taken=2)
    with pytest.raises(TooFewPlaces, match="at least one place"):
        check_max_participants(0, taken=0)


def test_places_left_are_never_negative() -> None:
    assert places_for_passers_by(capacity=10, taken=7, waiting=2) == 1
    assert places_for_passers_by(capacity=10, taken=10, waiting=4) == 0


@pytest.mark.parametrize("minutes", [30, 45, 240])
def test_lengths_within_the_limits(minutes: int) -> None:
    check_duration(minutes, shortest=30, longest=240)


@pytest.mark.parametrize("minutes", [29, 241, 0, -30])
def test_lengths_outside_the_limits_are_refused(minutes: int) -> None:
    with pytest.raises(WrongDuration, match="from 30 to 240 minutes"):
        check_duration(minutes, shortest=30, longest=240)


@pytest.mark.parametrize(
    "text",
    [
        "https://meet.example.com/a?b=c",
        "http://ä.example",
        "https://[::1]:8443/",
        "https://a.example.",
        "https://a.b:/",
    ],
)
def test_addresses_that_a_browser_can_be_led_to(text: str) -> None:
    assert is_web_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "meet.example.com", "javascript:alert(1)", "data:text/html,x", "https:///a", "https://.", "https://a..b/",
     "https://a.b:port/", "https://a.b:99999/", "https://a.b:-1/", f"https://{'ä' * 80}.example/", "https://[a/",
     "https://a.b/\r\nX: y", "https://a.b/ c", "https://a.b/\0", "https://\udc80/"],
)  # fmt: skip
def test_addresses_that_lead_nowhere(text: str) -> None:
    assert not is_web_address(text)
