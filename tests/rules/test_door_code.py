"""The door's code: valid for exactly 60 seconds, for one session, and only when it was made with the key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.door_code import changes_at, code, key_from, session_of

KEY = key_from("a secret for tests")
YOGA, PILATES = b"y" * 16, b"p" * 16
STEP = datetime(2026, 3, 3, 17, 0, 30, tzinfo=UTC)
"""The beginning of a step."""
MICRO = timedelta(microseconds=1)
SECONDS = timedelta(seconds=1)

moments = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))
sessions = st.binary(min_size=16, max_size=16)


@pytest.mark.parametrize("shown_after", [timedelta(), 12 * SECONDS, 30 * SECONDS - MICRO])
@pytest.mark.parametrize(
    ("since_step", "valid"),
    [
        (-MICRO, False),
        (timedelta(), True),
        (30 * SECONDS, True),
        (60 * SECONDS - MICRO, True),
        (60 * SECONDS, False),
        (90 * SECONDS, False),
        (timedelta(days=1), False),
        (-timedelta(days=1), False),
    ],
)
def test_a_code_is_valid_for_exactly_sixty_seconds_from_its_steps_beginning(
    shown_after: timedelta, since_step: timedelta, valid: bool
) -> None:
    shown = code(YOGA, STEP + shown_after, KEY)
    assert session_of(shown, STEP + since_step, KEY) == (YOGA if valid else None)


def test_it_changes_every_thirty_seconds() -> None:
    assert code(YOGA, STEP, KEY) == code(YOGA, STEP + 29 * SECONDS, KEY) != code(YOGA, STEP + 30 * SECONDS, KEY)
    assert changes_at(STEP) == changes_at(STEP + 30 * SECONDS - MICRO) == STEP + 30 * SECONDS


def test_a_code_of_one_session_never_opens_another() -> None:
    mine, other = code(YOGA, STEP, KEY), code(PILATES, STEP, KEY)
    assert session_of(other, STEP, KEY) == PILATES
    assert session_of(other[:22] + mine[22:], STEP, KEY) is None


def test_another_key_opens_nothing() -> None:
    assert session_of(code(YOGA, STEP, key_from("another secret")), STEP, KEY) is None
    assert key_from("a") != key_from("b")


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "a" * 42, "a" * 43, "a" * 44, "a" * 10_000, "=" * 43, "\x00" * 43, "é" * 43, "٣" * 43, "😀" * 43,
        code(YOGA, STEP, KEY) + "\n", code(YOGA, STEP, KEY) + "=", " " + code(YOGA, STEP, KEY)[:42],
        code(YOGA, STEP, KEY).swapcase(),
    ],
)  # fmt: skip
def test_what_is_no_code_opens_nothing(text: str) -> None:
    assert session_of(text, STEP, KEY) is None


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_session_has_an_id_of_sixteen_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        code(b"x" * length, STEP, KEY)


@given(session=sessions, now=moments)
def test_the_code_that_is_shown_is_valid_until_it_changes_and_once_more(session: bytes, now: datetime) -> None:
    shown = code(session, now, KEY)
    until = changes_at(now) + 30 * SECONDS
    assert session_of(shown, now, KEY) == session
    assert session_of(shown, until - MICRO, KEY) == session
    assert session_of(shown, until, KEY) is None
    assert timedelta() < changes_at(now) - now <= 30 * SECONDS


@given(session=sessions, now=moments, place=st.integers(0, 42), sign=st.sampled_from("aZ09-_"))
def test_no_changed_sign_goes_unseen(session: bytes, now: datetime, place: int, sign: str) -> None:
    shown = code(session, now, KEY)
    changed = shown[:place] + sign + shown[place + 1 :]
    assert session_of(changed, now, KEY) == (session if changed == shown else None)


@given(text=st.text(max_size=60), now=moments)
def test_no_text_is_ever_an_error(text: str, now: datetime) -> None:
    assert session_of(text, now, KEY) is None
