"""Requests, capacity and lengths, and claims that stand in each other's way."""

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
from liveapp.rules.conflicts import Claim, clash, clash_sentence, first_clashes
from liveapp.rules.requests import expires_at, is_expired

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_request_ends_after_two_days_or_at_the_lead_time() -> None:
    far = NOON + timedelta(days=10)
    assert expires_at(created_at=NOON, starts_at=far, lead_minutes=120) == NOON + timedelta(hours=48)
    near = NOON + timedelta(hours=30)
    assert expires_at(created_at=NOON, starts_at=near, lead_minutes=120) == NOON + timedelta(hours=28)
    assert expires_at(created_at=NOON, starts_at=far, lead_minutes=0, expiry_hours=5) == NOON + 5 * HOUR
    assert is_expired(NOON, NOON)
    assert not is_expired(NOON, NOON - timedelta(seconds=1))


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


def test_both_buffers_lie_between_two_sessions() -> None:
    first = Claim(NOON, NOON + HOUR, buffer_after=15)
    assert not clash(first, Claim(NOON + timedelta(minutes=90), NOON + 3 * HOUR, buffer_before=15))
    assert clash(first, Claim(NOON + timedelta(minutes=89), NOON + 3 * HOUR, buffer_before=15))
    assert not clash(Claim(NOON, NOON + HOUR), Claim(NOON + HOUR, NOON + 2 * HOUR))


def test_what_is_in_the_way_is_named() -> None:
    yoga = Claim(NOON, NOON + HOUR, title="Yoga")
    assert clash_sentence(yoga, "Europe/Madrid") == "“Yoga” is at that time: it starts Tue 3 March, 13:00."
    buffered = Claim(NOON, NOON + HOUR, buffer_after=10)
    assert clash_sentence(buffered, "UTC").startswith("Another session is at that time")
    assert "before or after" in clash_sentence(buffered, "UTC")


claims = st.builds(
    lambda start, length, before, after: Claim(
        NOON + timedelta(minutes=start),
        NOON + timedelta(minutes=start + length),
        before,
        after,
    ),
    st.integers(0, 600),
    st.integers(1, 120),
    st.integers(0, 20),
    st.integers(0, 20),
)


@given(st.lists(claims, max_size=6), st.lists(claims, max_size=6))
def test_clashes_are_those_of_every_pair(wanted: list[Claim], standing: list[Claim]) -> None:
    found = first_clashes(wanted, standing)
    for place, claim in enumerate(wanted):
        blocking = [other for other in [*standing, *wanted[:place]] if clash(claim, other)]
        assert (place in found) == bool(blocking)
        if blocking:
            assert found[place].extent[0] == min(other.extent[0] for other in blocking)


@given(claims, claims)
def test_clashing_is_mutual_and_leaves_both_buffers_otherwise(one: Claim, other: Claim) -> None:
    assert clash(one, other) == clash(other, one)
    if not clash(one, other):
        earlier, later = sorted([one, other], key=lambda claim: claim.start)
        gap = timedelta(minutes=earlier.buffer_after + later.buffer_before)
        assert later.start - earlier.end >= gap
