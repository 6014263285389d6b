"""Lengths, numbers and moments in words."""

from datetime import UTC, datetime

import pytest

from liveapp.rules.wording import clash_in_words, counted, in_words, moment_in_words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 min"),
        (45, "45 min"),
        (60, "1 h"),
        (90, "1 h 30 min"),
        (1440, "24 h"),
        (2880, "2 days"),
        (2885, "48 h 5 min"),
    ],
)
def test_lengths_of_time_in_words(minutes: int, words: str) -> None:
    assert in_words(minutes) == words


def test_numbers_with_their_noun() -> None:
    assert [counted(n, "day") for n in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
    assert counted(2, "person", "people") == "2 people"


def test_a_moment_on_somebodys_clock() -> None:
    moment = datetime(2026, 3, 3, 23, 5, tzinfo=UTC)
    assert moment_in_words(moment, "UTC") == "Tue 3 March, 23:05"
    assert moment_in_words(moment, "Asia/Kolkata") == "Wed 4 March, 04:35"


def test_what_is_in_the_way_is_named() -> None:
    noon = datetime(2026, 3, 3, 12, tzinfo=UTC)
    yoga = clash_in_words("Yoga", noon, "Europe/Madrid", has_buffers=False)
    assert yoga == "“Yoga” is at that time: it starts Tue 3 March, 13:00."
    buffered = clash_in_words("", noon, "UTC", has_buffers=True)
    assert buffered == (
        "Another session is at that time: it starts Tue 3 March, 12:00 and needs time before or after it."
    )
