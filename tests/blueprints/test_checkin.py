"""At the door as people see it: scanning the screen's code, the own code, a position; without script, too."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.bookings import links
from liveapp.domain.bookings import service as bookings
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from liveapp.web import door
from liveapp.web.signing import Purpose, sign, sign_booking
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock
from tests.policing import PolicingClient

STARTS = NOW + timedelta(days=3)


@dataclass
class Studio:
    organization_id: uuid.UUID
    ada: Actor
    session_id: uuid.UUID
    booking_id: uuid.UUID
    user_id: uuid.UUID
    link: str


@pytest.fixture
def studio(client: PolicingClient, clock: Clock) -> Studio:
    """A class in person begins now; Ben, who has no account here, has a place."""
    made = cast.organization(latitude=52.52, longitude=13.405)
    ada = cast.actor(made, "Ada Lovelace", Role.OWNER)
    assert ada.user_id
    session_id = cast.session(made, ada.user_id, cast.offering(made), STARTS)
    booking_id = transact(bookings.book_place, session_id=session_id, person=cast.BEN, now=NOW)
    clock.set(STARTS)
    user_id = cast.booking_row(booking_id).user_id
    return Studio(made, ada, session_id, booking_id, user_id, f"/bookings/{sign_booking(booking_id)}")


def records() -> int:
    return int(cast.one(select(func.count()).select_from(AttendanceRecord))[0])


def code_of(answer: TestResponse) -> str:
    """Which answer the page shows: its code, that it says its word, and in which colour."""
    found = BeautifulSoup(answer.text, "html.parser").select_one(".verdict[data-code]")
    assert found
    assert found.select_one(".verdict-word")
    assert found["data-tone"]
    return str(found["data-code"])


def scan(client: PolicingClient, studio: Studio, clock: Clock) -> tuple[TestResponse, str]:
    """What the phone opens when it scans the screen."""
    code = door.code_now(studio.session_id, clock.now())
    return client.get(f"/checkin?t={code}"), code


def test_a_scan_after_the_link_was_opened_here_is_one_button(
    client: PolicingClient, studio: Studio, clock: Clock
) -> None:
    client.page(studio.link)
    shown, code = scan(client, studio, clock)
    assert shown.status_code == 200
    assert "Hello Ben Okafor" in shown.text
    assert BeautifulSoup(shown.text, "html.parser").select_one("form[data-press] button")
    assert records() == 0
    clock.advance(seconds=59)
    answer = client.post("/checkin", data={"t": code})
    assert (answer.status_code, code_of(answer)) == (200, "checked_in")
    assert "Checked in at 10:00\u202fAM, by the door code." in answer.text
    assert cast.booking_row(studio.booking_id).checked_in_how == "door_code"
    clock.set(STARTS + timedelta(minutes=2))
    again, code = scan(client, studio, clock)
    assert (again.status_code, code_of(again)) == (200, "already_in")
    assert code_of(client.post("/checkin", data={"t": code})) == "already_in"
    assert records() == 1


def test_a_code_whose_minute_is_over_says_so(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    client.page(studio.link)
    _, code = scan(client, studio, clock)
    clock.advance(seconds=60)
    for answer in (client.get(f"/checkin?t={code}"), client.post("/checkin", data={"t": code}), client.get("/checkin")):
        assert (answer.status_code, code_of(answer)) == (410, "expired_code")
    assert records() == 0


def test_who_isnt_known_here_is_asked_who_they_are(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    shown, code = scan(client, studio, clock)
    assert "doesn’t know your booking yet" in shown.text
    way = BeautifulSoup(shown.text, "html.parser").select_one("main a[href*=sign-in]")
    assert way
    asked = client.page(str(way["href"])).select_one("[name=next]")
    assert asked
    assert asked["value"] == f"/checkin?t={code}"
    assert (client.post("/checkin", data={"t": code}).status_code, records()) == (409, 0)


def test_a_link_that_was_replaced_is_forgotten(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    client.page(studio.link)
    transact(links.renew, booking_id=studio.booking_id, actor=studio.ada, now=NOW)
    assert "doesn’t know your booking yet" in scan(client, studio, clock)[0].text


def test_a_cookie_that_was_changed_remembers_nothing(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    client.page(studio.link)
    cookie = client.get_cookie(door.COOKIE)
    assert cookie
    assert cookie.http_only
    for value in (cookie.value[:-1], f"{cookie.value}x", "x", sign(Purpose.BOOKING, studio.booking_id)):
        client.set_cookie(door.COOKIE, value)
        assert "doesn’t know your booking yet" in scan(client, studio, clock)[0].text


def test_who_is_signed_in_comes_as_themselves(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    cast.sign_in(client, studio.user_id)
    assert "Hello Ben Okafor" in scan(client, studio, clock)[0].text
    assert studio.ada.user_id
    cast.sign_in(client, studio.ada.user_id)
    shown, code = scan(client, studio, clock)
    assert (shown.status_code, code_of(shown)) == (409, "not_booked")
    assert f"/sessions/{studio.session_id}" in shown.text
    assert code_of(client.post("/checkin", data={"t": code})) == "not_booked"


def test_too_early_is_said_before_anything_is_pressed(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    client.page(studio.link)
    clock.set(STARTS - timedelta(minutes=31))
    shown, code = scan(client, studio, clock)
    assert (shown.status_code, code_of(shown)) == (409, "too_early")
    assert code_of(client.post("/checkin", data={"t": code})) == "too_early"


def test_the_bookings_page_has_the_ways_that_work(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    def part() -> str:
        found = client.page(studio.link).select_one("#check-in")
        return str(found) if found else ""

    assert all(word in part() for word in ("<svg", "data-scan", "data-locate"))
    transact(lambda: db.session.execute(update(Organization).values(latitude=None, longitude=None)))
    assert "data-locate" not in part()
    clock.set(STARTS - timedelta(hours=2))
    assert "Check-in opens Thu 5 March, 9:30" in part()
    assert "<svg" not in part()
    clock.set(STARTS - timedelta(days=2))
    assert part() == ""
    clock.set(STARTS)
    transact(lambda: db.session.execute(update(LiveSession).values(format="online")))
    assert part() == ""


def test_a_position_and_a_scan_with_the_page_let_in(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    near = {"latitude": "52.5201", "longitude": "13.405", "accuracy": "12"}
    wrong = [
        ({"latitude": "52.6"}, 409, "too_far"), ({"accuracy": "151"}, 409, "position_vague"),
        ({"t": "x" * 43}, 410, "expired_code"),
    ]  # fmt: skip
    for other, status, found in wrong:
        answer = client.post(f"{studio.link}/check-in", data=near | other)
        assert (answer.status_code, code_of(answer)) == (status, found)
    for value in ("", "nan", "inf", "x"):
        answer = client.post(f"{studio.link}/check-in", data=near | {"latitude": value})
        assert answer.status_code == 422
        assert "“latitude”" in answer.text
    assert code_of(client.post(f"{studio.link}/check-in", data=near)) == "checked_in"
    code = door.code_now(studio.session_id, clock.now())
    assert code_of(client.post(f"{studio.link}/check-in", data={"t": code})) == "already_in"
    assert records() == 1


def test_nobody_feels_their_way_to_a_place(
    client: PolicingClient, new_client: Callable[[], PolicingClient], studio: Studio
) -> None:
    """Ten tries by one booking, from whichever browser and address; how far off each was is never said."""
    sentences = set()
    for number in range(10):
        tried = {"latitude": f"52.5{number}3", "longitude": "13.405", "accuracy": "12"}
        answer = new_client().post(
            f"{studio.link}/check-in", data=tried, environ_base={"REMOTE_ADDR": f"192.0.2.{number}"}
        )
        assert (answer.status_code, code_of(answer)) == (409, "too_far")
        sentences.add(BeautifulSoup(answer.text, "html.parser").select_one(".verdict").get_text(" ", strip=True))
    assert len(sentences) == 1
    near = {"latitude": "52.52", "longitude": "13.405", "accuracy": "12"}
    answer = client.post(f"{studio.link}/check-in", data=near)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= 600
    assert records() == 0


def test_they_check_out_and_the_page_says_so(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    refused = client.post(f"{studio.link}/check-out")
    assert refused.status_code == 409
    assert "You aren't checked in" in BeautifulSoup(refused.text, "html.parser").text
    client.post(f"{studio.link}/check-in", data={"latitude": "52.52", "longitude": "13.405", "accuracy": "9"})
    clock.advance(minutes=30)
    assert client.post(f"{studio.link}/check-out").status_code == 303
    assert "You checked out at" in client.page(studio.link).text


def test_my_bookings_lead_to_checking_in(client: PolicingClient, studio: Studio) -> None:
    cast.sign_in(client, studio.user_id)
    assert "#check-in" in client.get("/my/bookings").text
    client.post(f"{studio.link}/check-in", data={"latitude": "52.52", "longitude": "13.405", "accuracy": "9"})
    shown = client.get("/my/bookings").text
    assert "You are in" in shown
    assert "#check-in" not in shown
