"""What a screen shows at each moment, and whom it names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.displays import Shown, State, lasts_until, may_end, may_open, name_on_screen, scene
from liveapp.rules.roles import Role

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def shown(name: str, starts_at: datetime, minutes: int = 60, **values: object) -> Shown:
    made = Shown(name, name, "Ada", starts_at, starts_at + minutes * MINUTE, starts_at - 30 * MINUTE)
    return replace(made, **values)  # type: ignore[arg-type]


FIRST, SECOND, MORROW = (
    shown("first", TEN),
    shown("second", TEN + 70 * MINUTE),
    shown("morrow", TEN + timedelta(days=1)),
)
DAY = (FIRST, SECOND, MORROW)


@pytest.mark.parametrize(
    ("minutes", "state", "title", "following"),
    [
        (-31, State.BEFORE, "first", "second"),
        (-30, State.OPEN, "first", "second"),
        (0, State.OPEN, "first", "second"),
        (39, State.OPEN, "first", "second"),
        (40, State.OPEN, "second", "morrow"),  # check-in of the next one opens while the first goes on
        (129, State.OPEN, "second", "morrow"),
        (130, State.NOTHING, None, "morrow"),
        (14 * 60, State.BEFORE, "morrow", None),  # midnight
    ],
)
def test_a_room_goes_on_by_the_clock(minutes: int, state: State, title: str | None, following: str | None) -> None:
    now = TEN + minutes * MINUTE
    found = scene(DAY, now, day_ends_at=MIDNIGHT if now < MIDNIGHT else MIDNIGHT + timedelta(days=1))
    assert (found.state, found.session and found.session.title) == (state, title)
    assert (found.next and found.next.title) == following


def test_a_room_goes_on_when_the_host_ends_a_session_and_leaves_out_what_is_cancelled() -> None:
    ended, cancelled = replace(FIRST, status="ended"), replace(SECOND, status="cancelled")
    assert scene((ended, SECOND), TEN, day_ends_at=MIDNIGHT).session == SECOND
    assert scene((ended, cancelled), TEN, day_ends_at=MIDNIGHT).state is State.NOTHING


@pytest.mark.parametrize(
    ("values", "minutes", "state"),
    [
        ({}, -60, State.BEFORE),
        ({}, 5, State.OPEN),
        ({"status": "live"}, 5, State.OPEN),
        ({"status": "draft"}, 5, State.BEFORE),
        ({"status": "ended"}, 5, State.OVER),
        ({}, 60, State.OVER),
        ({"status": "cancelled"}, -60, State.CANCELLED),
    ],
)
def test_a_sessions_own_screen_stays_with_it(values: dict[str, str], minutes: int, state: State) -> None:
    own = replace(FIRST, **values)  # type: ignore[arg-type]
    found = scene((own, SECOND), TEN + minutes * MINUTE, day_ends_at=MIDNIGHT, only="first")
    assert (found.state, found.session, found.next) == (state, own, SECOND)
    assert scene((SECOND,), TEN, day_ends_at=MIDNIGHT, only="first").state is State.NOTHING


@given(st.integers(-24 * 60, 48 * 60))
def test_nothing_changes_before_it_says_so(minutes: int) -> None:
    now = TEN + minutes * MINUTE
    day_ends_at = MIDNIGHT + timedelta(days=(now - MIDNIGHT).days + 1)
    found = scene(DAY, now, day_ends_at=day_ends_at)
    assert found.until is not None
    assert found.until > now
    just_before = found.until - timedelta(microseconds=1)
    assert scene(DAY, just_before, day_ends_at=day_ends_at) == found


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ben Okafor", "Ben O."),
        ("ben", "ben"),
        ("Okafor, Ben", "Ben O."),
        ("Ludwig van Beethoven", "Ludwig B."),
        ("ben.okafor@example.com", "Somebody"),
        ("Ben ben@example.com", "Ben"),
        ("Ben (0171 234567)", "Ben"),
        ("+49 171 234567", "Somebody"),
        ("Zoë O’Brien-Smith", "Zoë O."),
        ("Łukasz Żak", "Łukasz Ż."),
        ("李 小龍", "李 小."),
        ("प्रिया शर्मा", "प्रिया श."),
        ("สมชาย ใจดี", "สมชาย ใ."),
        ("\u0301 Ben", "Ben"),
        ("", "Somebody"),
        (",", "Somebody"),
        ("A" * 60 + " B", "A" * 20 + " B."),
        ("<b>Ben</b> Okafor", "bBenb O."),
    ],
)
def test_a_first_name_and_an_initial_are_all_that_is_said(name: str, said: str) -> None:
    assert name_on_screen(name) == said


@given(st.text(max_size=80))
def test_no_address_number_or_long_surname_comes_through(name: str) -> None:
    said = name_on_screen(name)
    assert not any(letter in "@<>&" or letter.isdigit() for letter in said)
    assert len(said) <= 23
    assert len(said.split()) in (1, 2)


def test_coaches_open_screens_for_places_and_for_what_they_lead_and_end_their_own() -> None:
    assert may_open(Role.COACH, is_host=False, is_location=True)
    assert may_open(Role.COACH, is_host=True, is_location=False)
    assert not may_open(Role.COACH, is_host=False, is_location=False)
    assert may_open(Role.ADMIN, is_host=False, is_location=False)
    assert not may_open(Role.MEMBER, is_host=True, is_location=True)
    assert [may_end(role, is_own=False) for role in (Role.OWNER, Role.COACH)] == [True, False]
    assert [may_end(role, is_own=True) for role in (Role.COACH, Role.MEMBER)] == [True, False]


def test_a_link_lasts_as_long_as_asked_and_a_sessions_a_day_after_it_at_most() -> None:
    assert lasts_until(TEN, 7, None) == TEN + timedelta(days=7)
    assert lasts_until(TEN, 10_000, None) == TEN + timedelta(days=366)
    assert lasts_until(TEN, 7, TEN + timedelta(hours=1)) == TEN + timedelta(days=1, hours=1)
    assert lasts_until(TEN, 1, TEN + timedelta(days=5)) == TEN + timedelta(days=1)
