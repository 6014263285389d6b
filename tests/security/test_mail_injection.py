"""Names, titles and messages are people's own words: in mails, pages and calendar entries they stay words."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from liveapp.db import db
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.places import Wish
from liveapp.domain.notifications.models import Notification
from liveapp.tasks import emails, payout_mails
from liveapp.unit_of_work import transact_in_turn
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient

KINDS = sorted(path.stem for path in __import__("pathlib").Path("liveapp/templates/emails").glob("*.jinja"))
EVIL = "<a href=//evil>Pay</a> & \"'`{{7*7}}"
LINES = "a\r\nBcc: everybody@example.com\r\n\r\n<h1>x</h1>"
ICS = 'Yoga\r\nATTENDEE:mailto:x@evil\nEND:VEVENT;X="1",:\\n'


@pytest.fixture
def booked(app: Flask, clock: Clock) -> dict[str, Any]:
    """A booking in which everything that people may type is hostile, past what the forms let through."""
    organization_id = cast.organization(name=EVIL)
    ada = cast.staff(organization_id, f"Ada {EVIL}", email="ada@example.com")
    offering_id = cast.offering(organization_id, title="Yoga")
    start = clock.now() + timedelta(days=3)
    session_id = cast.session(
        organization_id, ada, offering_id, start, title=ICS + EVIL, scheduled_at=start,
        ends_at=start + timedelta(hours=1), focus_area=EVIL, meeting_url="https://meet.example.com/a",
    )  # fmt: skip
    booking_id = transact_in_turn(
        [session_id], bookings.book_place, session_id=session_id, now=clock.now(),
        person=cast.Person(email="eve@example.com", name=LINES, timezone="UTC"), wish=Wish(EVIL, EVIL),
    )  # fmt: skip
    payment_id = cast.payment(organization_id, ada, None, purpose="booking", booking_id=booking_id)
    return {
        "payment_id": payment_id, "organization_id": organization_id, "user_id": ada, "session_id": session_id,
        "booking_id": booking_id,
        "now": clock.now(),
    }  # fmt: skip


def composed(kind: str, booked: dict[str, Any]) -> EmailMessage:
    payload = {
        "was": booked["now"].isoformat(), "reason": EVIL, "words": EVIL, "inviter": EVIL, "role": EVIL, "told": 1,
        "invitation_id": str(uuid.uuid4()), "sign_up_id": str(uuid.uuid4()), "changes": [EVIL], "changed": [EVIL],
        "people": 1, "from": EVIL, "to": EVIL, "host": EVIL, "handed_to": EVIL, "title": EVIL,
        "until": booked["now"].isoformat(), "expires_at": booked["now"].isoformat(), "first_day": "2026-03-03",
        "last_day": "2026-03-04", "plan_name": EVIL, "person_name": LINES, "credits": 2, "class_credits": 3,
        "provider_name": "Zoom", "held_until": booked["now"].isoformat(), "host_id": str(booked["user_id"]),
        "host_name": EVIL, "note": EVIL,
        "kind_of_plan": "pack", "period": None, "instead_of": EVIL, "wanted": EVIL, "has_credit": True,
        "payment_id": str(booked["payment_id"]), "minor": 1500, "amount_minor": 1500, "currency": "EUR",
        "matter": "early_end",
        "again": booked["now"].isoformat(), "is_paid": True, "failure": EVIL,
        "due_by": booked["now"].isoformat(), "is_theirs": True, "why": EVIL, "how": "hand",
    }  # fmt: skip
    about_session = kind.startswith("host_session")
    about_plan = kind in emails.PLANS or kind in payout_mails.KINDS
    notification_id = cast.write(
        Notification, kind=kind, email="ada@example.com", user_id=booked["user_id"],
        organization_id=booked["organization_id"],
        booking_id=None if about_session or about_plan else booked["booking_id"],
        session_id=booked["session_id"] if about_session else None, payload=payload, status="queued",
        created_at=booked["now"],
    )  # fmt: skip
    db.session.rollback()
    return emails.compose(db.session.get_one(Notification, notification_id))


@ON_ONE_DATABASE
@pytest.mark.parametrize("kind", KINDS)
def test_no_mail_carries_peoples_markup(booked: dict[str, Any], kind: str) -> None:
    sent = message_from_bytes(composed(kind, booked).as_bytes(), policy=policy.default)
    page = BeautifulSoup(sent.get_body(("html",)).get_content(), "html.parser")
    assert [link["href"] for link in page.select("a") if not link["href"].startswith("http://localhost/")] == []
    assert page.select("h1, script") == []
    assert "&amp;" not in page.text, "escaped twice"
    text = sent.get_body(("plain",)).get_content()
    assert "&amp;" not in text
    assert "&lt;" not in text
    assert "49" not in page.text


@ON_ONE_DATABASE
@pytest.mark.parametrize("kind", KINDS)
def test_no_mail_gets_headers_from_people(booked: dict[str, Any], kind: str) -> None:
    message = composed(kind, booked)
    read = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert read["Bcc"] is None
    assert "&amp;" not in read["Subject"]
    wanted = {"subject", "from", "to", "date", "message-id", "auto-submitted", "mime-version", "content-type",
              "reply-to"}  # fmt: skip
    assert {name.lower() for name in read} <= wanted | {"content-transfer-encoding"}


def test_a_calendar_entry_has_no_lines_of_peoples_own(booked: dict[str, Any], client: PolicingClient) -> None:
    token = sign(Purpose.BOOKING, booked["booking_id"])
    answer = client.get(f"/bookings/{token}/calendar.ics")
    assert answer.status_code == 200
    unfolded = answer.data.replace(b"\r\n ", b"").decode().split("\r\n")
    assert sum(line.startswith("ORGANIZER") for line in unfolded) == 1
    assert sum(line.startswith("ATTENDEE") for line in unfolded) == 0, "a published entry names no attendee"
    assert unfolded.count("END:VEVENT") == 1
    assert not any("\n" in line or "\r" in line for line in unfolded)
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert "ATTENDEE:mailto:x@evil" in event["summary"]


def test_pages_show_peoples_words_as_words(
    booked: dict[str, Any], client: PolicingClient, new_client: Callable[[], PolicingClient]
) -> None:
    token = sign(Purpose.BOOKING, booked["booking_id"])
    cast.sign_in(client, booked["user_id"])
    session_id = booked["session_id"]
    for path in (
        f"/bookings/{token}", f"/bookings/{token}/cancel", "/book/studio", f"/book/studio/sessions/{session_id}",
        f"/business/apps/live-sessions/sessions/{session_id}", "/business/apps/live-sessions", "/?q=pay",
        "/business/apps/live-sessions/sessions", "/business/apps/live-sessions/sessions/calendar?week=2026-03-06",
        "/business/apps/live-sessions/members", "/business/apps/live-sessions/settings",
    ):  # fmt: skip
        page = client.page(path)
        assert "evil" in page.text
        assert page.select("a[href^='//evil'], h1 h1, main script") == []


def test_a_guests_name_loses_its_lines_on_the_way_in(client: PolicingClient, booked: dict[str, Any]) -> None:
    path = f"/book/studio/sessions/{booked['session_id']}"
    answer = client.post(path, data={"name": "Eve\r\nBcc: x\u202e\0y", "email": "Eve+1@EXAMPLE.com"})
    assert answer.status_code == 303
    query = select(Booking.name).where(Booking.name.startswith("Eve"))
    assert cast.one(query)[0] == "Eve Bcc: xy"
