"""Calendar entries are read back by a library that is not the one that wrote them in mind: what clients would see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from liveapp.web import calendar_files
from liveapp.web.calendar_files import Entry

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
ENTRY = Entry(
    uid="1@localhost",
    sequence=2,
    title="Yoga with Ada",
    description="https://book.example.com/bookings/x",
    place="Loft, 3 Quay Street",
    url="https://book.example.com/bookings/x",
    starts_at=START,
    ends_at=START + timedelta(hours=1),
    stamp=START - timedelta(days=1),
    organizer_name="Studio",
    organizer_email="hello@studio.example.com",
    attendee_name="Ben",
    attendee_email="ben@example.com",
)


def read(entry: Entry) -> tuple[Calendar, object]:
    calendar = Calendar.from_ical(calendar_files.calendar(entry))
    return calendar, calendar.walk("VEVENT")[0]


def test_a_request_says_everything() -> None:
    calendar, event = read(ENTRY)
    assert (calendar["METHOD"], event["UID"], int(event["SEQUENCE"])) == ("REQUEST", "1@localhost", 2)
    assert event.decoded("DTSTART") == START
    assert event["ORGANIZER"] == "mailto:hello@studio.example.com"
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert len(event.walk("VALARM")) == 1
    assert len(recurring_ical_events.of(calendar).between(START, START + timedelta(hours=2))) == 1


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_file_to_download_is_published_and_asks_nobody(cancelled: bool) -> None:
    """RFC 5546, 3.2.1: PUBLISH has an organizer and no attendees."""
    frame = Calendar.from_ical(calendar_files.published(replace(ENTRY, cancelled=cancelled)))
    event = frame.walk("VEVENT")[0]
    assert (frame["METHOD"], event["UID"], int(event["SEQUENCE"])) == ("PUBLISH", "1@localhost", 2)
    assert event["STATUS"] == ("CANCELLED" if cancelled else "CONFIRMED")
    assert "ORGANIZER" in event
    assert "ATTENDEE" not in event


def test_a_cancellation_has_no_alarm() -> None:
    calendar, event = read(replace(ENTRY, cancelled=True, sequence=3))
    assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")
    assert event.walk("VALARM") == []


@pytest.mark.parametrize(
    "name", ["Ben\r\nATTENDEE:mailto:evil@example.com", 'Ben "the" O;kafor, Jr', "Ünï 🎉", "\x00\x07"]
)
def test_names_cannot_break_out(name: str) -> None:
    _, event = read(replace(ENTRY, attendee_name=name, title=name, place=name))
    assert event["ATTENDEE"] == "mailto:ben@example.com"
    assert not isinstance(event["ATTENDEE"], list)


@given(st.text(max_size=80))
def test_any_title_comes_back_on_one_line(title: str) -> None:
    _, event = read(replace(ENTRY, title=title))
    assert "\n" not in event["SUMMARY"]
    assert (
        len(
            [
                line
                for line in calendar_files.calendar(replace(ENTRY, title=title)).split(b"\r\n")
                if line.startswith(b"UID")
            ]
        )
        == 1
    )


def test_lines_are_folded_at_75_octets() -> None:
    content = calendar_files.calendar(replace(ENTRY, description="ä" * 300))
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
