"""Checking in: each boundary of the window to the second, each refusal by its code, and what every answer has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.checkin import (
    COLOURS,
    WORDS,
    Answer,
    Code,
    Entry,
    Way,
    already_in,
    answer,
    checked_in,
    expired_code,
    is_open,
    not_booked,
    other_session,
    tapped_at,
    while_it_went_on,
    window,
)
from liveapp.rules.lifecycle import BookingStatus, SessionStatus
from liveapp.rules.wording import moment_in_words, time_in_words

START = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
END = START + timedelta(hours=1)
OPENS = START - timedelta(minutes=30)
SECOND = timedelta(seconds=1)
CLASS = Entry(START, END, 30, "scheduled", "confirmed")


def say(moment: datetime) -> str:
    return moment_in_words(moment, "Europe/Berlin")


def say_time(moment: datetime) -> str:
    return time_in_words(moment, "Europe/Berlin")


def asked(entry: Entry = CLASS, now: datetime = START) -> Answer:
    return answer(entry, now, say=say, say_time=say_time)


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (OPENS - SECOND, Code.TOO_EARLY),
        (OPENS, Code.OPEN),
        (START, Code.OPEN),
        (END - SECOND, Code.OPEN),
        (END, Code.CLOSED),
        (END + timedelta(days=3), Code.CLOSED),
    ],
)
def test_the_window_is_open_from_half_an_hour_before_until_the_end(now: datetime, code: Code) -> None:
    assert asked(now=now).code is code


def test_it_is_open_or_not_where_no_words_are_wanted() -> None:
    assert [is_open(CLASS, now) for now in (OPENS - SECOND, OPENS, END - SECOND, END)] == [False, True, True, False]
    for changed in ({"session_status": "cancelled"}, {"booking_status": "held"}, {"came_at": OPENS, "came_how": "gps"}):
        assert not is_open(replace(CLASS, **changed), START)  # type: ignore[arg-type]


def test_who_is_too_early_is_told_when_it_opens() -> None:
    assert asked(now=OPENS - SECOND).sentence == "Check-in opens Tue 3 March, 17:30."


def test_it_can_open_with_the_session_itself() -> None:
    entry = replace(CLASS, opens_minutes=0)
    assert [asked(entry, START - SECOND).code, asked(entry).code] == [Code.TOO_EARLY, Code.OPEN]


def test_what_was_ended_by_hand_is_closed_at_once() -> None:
    assert asked(replace(CLASS, session_status="ended"), START + SECOND).code is Code.CLOSED


def test_a_draft_lets_nobody_in() -> None:
    assert asked(replace(CLASS, session_status="draft")).code is Code.CLOSED


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (None, Code.NOT_BOOKED),
        ("confirmed", Code.OPEN),
        ("waitlisted", Code.WAITLISTED),
        ("held", Code.UNPAID),
        ("requested", Code.NOT_BOOKED),
        ("declined", Code.NOT_BOOKED),
        ("expired", Code.NOT_BOOKED),
        ("cancelled", Code.CANCELLED),
        ("no_show", Code.CLOSED),
        ("attended", Code.CLOSED),
    ],
)
def test_how_the_booking_stands_decides(status: str | None, code: Code) -> None:
    assert asked(replace(CLASS, booking_status=status)).code is code


def test_how_it_stands_goes_before_the_hours() -> None:
    assert asked(replace(CLASS, booking_status="held"), OPENS - timedelta(hours=5)).code is Code.UNPAID


def test_a_cancelled_session_goes_before_everything() -> None:
    entry = replace(CLASS, session_status="cancelled", came_at=START, came_how="manual")
    assert asked(entry).code is Code.CANCELLED


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("door_code", "Already in since 17:58, by the door code."),
        ("manual", "Already in since 17:58, by the staff."),
        ("walk_in", "Already in since 17:58, as a walk-in."),
        ("own_code", "Already in since 17:58, by own code."),
        ("gps", "Already in since 17:58, by position."),
        ("join", "Already in since 17:58, by joining online."),
        (None, "Already in since 17:58."),
    ],
)
def test_a_second_time_is_told_since_when_and_how(how: str | None, sentence: str) -> None:
    entry = replace(CLASS, came_at=START - timedelta(minutes=2), came_how=how)
    for now in (START, END + timedelta(days=1)):
        assert asked(entry, now) == Answer(Code.ALREADY_IN, sentence)
        assert asked(entry, now).is_in


def test_what_a_desk_wrote_down_while_it_went_on_is_judged_as_of_then() -> None:
    over = replace(CLASS, session_status="ended")
    assert asked(over).code is Code.CLOSED
    assert asked(while_it_went_on(over)).code is Code.OPEN
    assert asked(while_it_went_on(over), END).code is Code.CLOSED
    for name, status, code in (
        ("session_status", "cancelled", Code.CANCELLED),
        ("booking_status", "held", Code.UNPAID),
        ("booking_status", "no_show", Code.CLOSED),
    ):
        assert asked(while_it_went_on(replace(over, **{name: status}))).code is code  # type: ignore[arg-type]


@given(
    device=st.none() | st.integers(-300, 300),
    opened=st.none() | st.integers(-300, 300),
    now=st.integers(-300, 300),
)
def test_a_device_is_believed_in_the_hours_and_since_its_desk_was_opened(
    device: int | None, opened: int | None, now: int
) -> None:
    """In minutes from the start: check-in opens at -30 and ends at 60."""

    def moment(minutes: int | None) -> datetime | None:
        return None if minutes is None else START + timedelta(minutes=minutes)

    can_be = device is not None and opened is not None and max(-30, opened) <= device <= min(60, now)
    found = tapped_at(CLASS, moment(device), moment(opened), START + timedelta(minutes=now))
    assert found == moment(device if can_be else now)


def test_another_session_is_named_only_to_who_may_know() -> None:
    assert other_session("Yoga", "Tue 3 March, 18:00").sentence == "This is for “Yoga”, Tue 3 March, 18:00."
    assert other_session("", "Tue 3 March, 18:00").sentence == "This is for another session."


def test_every_code_has_one_word_of_its_own_and_a_colour() -> None:
    assert set(WORDS) == set(COLOURS) == set(Code)
    assert len(set(WORDS.values())) == len(Code)
    assert all(word.isalpha() for word in WORDS.values())


def test_the_words_of_an_answer_are_its_codes() -> None:
    answers = [
        not_booked(), expired_code(), other_session("", ""), checked_in(START, "gps", say_time),
        already_in(START, None, say_time), window(CLASS, START, say=say),
    ]  # fmt: skip
    assert [(each.word, each.colour) for each in answers] == [(WORDS[e.code], COLOURS[e.code]) for e in answers]


@given(
    now=st.datetimes(datetime(2026, 3, 3), datetime(2026, 3, 4), timezones=st.just(UTC)),
    opens=st.integers(0, 1440),
    session_status=st.sampled_from(list(SessionStatus)),
    booking_status=st.none() | st.sampled_from(list(BookingStatus)),
    came_how=st.none() | st.sampled_from(list(Way)),
)
def test_open_means_confirmed_and_inside_the_window(
    now: datetime, opens: int, session_status: str, booking_status: str | None, came_how: str | None
) -> None:
    came_at = START if came_how else None
    found = asked(Entry(START, END, opens, session_status, booking_status, came_at, came_how), now)
    is_inside = START - timedelta(minutes=opens) <= now < END
    goes_on = session_status in ("scheduled", "live")
    assert found.sentence.endswith(".")
    assert (found.code is Code.OPEN) == (is_inside and goes_on and booking_status == "confirmed" and not came_at)
