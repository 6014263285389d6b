"""At a place its own clock leads on every page and the visitor's stands beside it; online the visitor's leads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from liveapp.db import db
from liveapp.domain.accounts.models import User
from liveapp.domain.bookings import service as bookings
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.service import Time
from liveapp.unit_of_work import transact
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock
from tests.policing import PolicingClient

LATE = datetime(2026, 3, 5, 22, 30, tzinfo=UTC)
"""Thursday 23:30 in Berlin, which is Friday 07:30 in Tokyo."""
MORNING = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
"""Thursday 10:00 in Berlin, 18:00 in Tokyo."""
TOKYO = cast.Person(email="ben@example.com", name="Ben Okafor", timezone="Asia/Tokyo")
BOTH = {
    "in_person": (
        "11:30 PM – Fri 6 Mar, 12:30 AM Berlin time (Fri 6 Mar, 7:30 AM – 8:30 AM for you)",
        "Thursday 5 March",
    ),
    "online": ("7:30 AM – 8:30 AM", "Friday 6 March"),
}
WHEN = {
    "in_person": "Thursday 5 March 2026, 11:30 PM – Fri 6 Mar, 12:30 AM (Berlin time);"
    " for you Fri 6 Mar, 7:30 AM – 8:30 AM (Tokyo time)",
    "online": "Friday 6 March 2026, 7:30 AM – 8:30 AM (Tokyo time)",
}


@pytest.fixture
def visitor(app: Flask, client: PolicingClient, clock: Clock) -> PolicingClient:
    """Somebody in Tokyo looks at a studio in Berlin."""
    clock.set(NOW)
    client.set_cookie("tz", "Asia/Tokyo")
    return client


def text_of(client: PolicingClient, path: str) -> str:
    return " ".join(client.page(path).select_one("main").get_text(" ", strip=True).replace("\u202f", " ").split())


@pytest.mark.parametrize("format_", ["in_person", "online"])
def test_a_class(visitor: PolicingClient, format_: str) -> None:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    offering_id = cast.offering(organization_id, format=format_)
    values = {"format": format_, "meeting_url": "https://meet.example.com/a" if format_ == "online" else None}
    first = cast.session(organization_id, ada, offering_id, LATE, **values)
    cast.session(organization_id, ada, offering_id, LATE + timedelta(days=7), **values)
    booking_id = transact(bookings.book_place, session_id=first, person=TOKYO, now=NOW)
    transact(lambda: db.session.execute(update(User).values(password_hash="x")))
    link = f"/bookings/{sign(Purpose.BOOKING, booking_id)}"
    row, day = BOTH[format_]
    assert row in text_of(visitor, "/book/studio?week=2026-03-02")
    assert day in text_of(visitor, "/book/studio?week=2026-03-02")
    shown = {"in_person": "2026-03-05", "online": "2026-03-06"}[format_]
    for other in ("2026-03-05", "2026-03-06"):
        assert (row in text_of(visitor, f"/book/studio?week=2026-03-02&day={other}")) == (other == shown)
    assert WHEN[format_] in text_of(visitor, f"/book/studio/sessions/{first}")
    assert WHEN[format_] in text_of(visitor, link)
    moving = text_of(visitor, f"{link}/reschedule")
    assert day.replace("5", "12").replace("6", "13") in moving
    assert row.replace("6 Mar", "13 Mar") in moving
    cast.sign_in(visitor, cast.booking_row(booking_id).user_id)
    assert row in text_of(visitor, "/my/bookings")


@pytest.mark.parametrize(
    ("format_", "slot", "chosen"),
    [
        ("in_person", "10:00 AM (6:00 PM for you)", "Thursday 5 March, 10:00 AM – 11:00 AM (Berlin time); for you"),
        ("online", "6:00 PM", "Thursday 5 March, 6:00 PM – 7:00 PM (Tokyo time)"),
    ],
)
def test_the_times_of_a_host(visitor: PolicingClient, format_: str, slot: str, chosen: str) -> None:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    cast.weekly_hours(organization_id, ada)
    offering_id = cast.meeting_offering(organization_id, format=format_, slug="talk")
    page = "/book/studio/with/ada/talk"
    assert slot in text_of(visitor, f"{page}?day=2026-03-05")
    assert chosen in text_of(visitor, f"{page}?start=2026-03-05T09:00Z")
    booking_id = transact(
        meetings.book_slot, organization_id=organization_id, offering_id=offering_id, host_id=ada,
        time=Time(MORNING + timedelta(days=1)), person=TOKYO, now=NOW,
    )  # fmt: skip
    link = f"/bookings/{sign(Purpose.BOOKING, booking_id)}/reschedule"
    assert slot in text_of(visitor, f"{link}?day=2026-03-05")
    assert f"Move to {chosen}" in text_of(visitor, f"{link}?start=2026-03-05T09:00Z")
