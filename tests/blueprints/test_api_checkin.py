"""Checking in as programs do it: every way, every refusal with its code, word and colour, and what makes no sense."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf, nan
from typing import Any

import pytest
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.bookings import links
from liveapp.domain.bookings import service as bookings
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from liveapp.web import door
from liveapp.web.own_codes import own_code_url
from liveapp.web.signing import sign_booking
from tests import cast
from tests.cast import NOW
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient

STARTS = NOW + timedelta(days=3)
BERLIN = {"latitude": 52.52, "longitude": 13.405, "accuracy": 20}


@dataclass
class Studio:
    """Ada's class in person in three days; Ben has a place, and Ada stands at the desk when it begins."""

    organization_id: uuid.UUID
    ada: Actor
    ben: uuid.UUID
    session_id: uuid.UUID
    booking_id: uuid.UUID

    def url(self, name: str) -> str:
        return f"/api/sessions/{self.session_id}/{name}"


@pytest.fixture
def studio(client: PolicingClient, clock: Clock) -> Studio:
    made = cast.organization(latitude=52.52, longitude=13.405)
    ada = cast.actor(made, "Ada Lovelace", Role.OWNER)
    assert ada.user_id
    session_id = cast.session(made, ada.user_id, cast.offering(made), STARTS)
    ben = cast.member(made)
    assert ben.user_id
    booking_id = transact(bookings.book_place, session_id=session_id, person=ben, now=NOW)
    cast.sign_in(client, ada.user_id)
    clock.set(STARTS)
    return Studio(made, ada, ben.user_id, session_id, booking_id)


def said(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def records() -> int:
    return int(cast.one(select(func.count()).select_from(AttendanceRecord))[0])


def code(studio: Studio, at: datetime = STARTS, session_id: uuid.UUID | None = None) -> str:
    return door.code_now(session_id or studio.session_id, at)


def own_code(studio: Studio, client: PolicingClient) -> str:
    with client.application.test_request_context():
        return own_code_url(cast.booking_row(studio.booking_id))


def test_staff_check_in_by_hand_and_a_second_time_is_friendly(client: PolicingClient, studio: Studio) -> None:
    sent = {"booking_id": str(studio.booking_id)}
    first = client.post(studio.url("check-in"), json=sent)
    assert first.status_code == 200
    answer = first.get_json()
    assert (answer["code"], answer["word"], answer["colour"]) == ("checked_in", "In", "pine")
    assert answer["attendance"] == {
        "booking_id": str(studio.booking_id), "name": "Ben Okafor", "status": "present", "how": "manual",
        "joined_at": STARTS.isoformat(), "left_at": None, "duration_seconds": 0, "is_unverified": False, "reason": "",
    }  # fmt: skip
    assert said(client.post(studio.url("check-in"), json=sent)) == (200, "already_in")
    assert records() == 1


def test_a_persons_own_code_is_read_as_it_was_scanned_until_it_is_replaced(
    client: PolicingClient, studio: Studio
) -> None:
    scanned = own_code(studio, client)
    transact(links.renew, booking_id=studio.booking_id, actor=studio.ada, now=NOW)
    assert said(client.post(studio.url("check-in"), json={"code": scanned})) == (409, "expired_code")
    scanned = own_code(studio, client)
    assert said(client.post(studio.url("check-in"), json={"code": scanned[:-1]})) == (409, "expired_code")
    assert said(client.post(studio.url("check-in"), json={"code": f" {scanned}\n"})) == (200, "checked_in")
    assert cast.booking_row(studio.booking_id).checked_in_how == "own_code"


def test_a_desk_sends_what_it_queued_once(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    sent = {"booking_id": str(studio.booking_id), "device_at": (STARTS + timedelta(minutes=7)).isoformat()}
    clock.advance(minutes=30)
    key = {"Idempotency-Key": "tablet-17"}
    first = client.post(studio.url("check-in"), json=sent, headers=key).get_json()
    assert client.post(studio.url("check-in"), json=sent, headers=key).get_json() == first
    assert (first["attendance"]["status"], first["attendance"]["is_unverified"]) == ("late", True)
    assert records() == 1


def test_hours_are_passed_over_with_a_reason(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    clock.set(STARTS - timedelta(hours=2))
    sent = {"booking_id": str(studio.booking_id)}
    refused = client.post(studio.url("check-in"), json=sent)
    assert said(refused) == (409, "too_early")
    assert refused.content_type == "application/problem+json"
    told = refused.get_json()
    assert (told["word"], told["colour"], told["title"]) == ("Early", "amber", "Conflict")
    assert told["detail"] == "Check-in opens Thu 5 March, 09:30."
    answer = client.post(studio.url("check-in"), json=sent | {"override": "Helps to set up"})
    assert answer.get_json()["attendance"]["reason"] == "Helps to set up"


def test_a_booking_of_another_session_or_business(client: PolicingClient, studio: Studio) -> None:
    offering = cast.offering(studio.organization_id)
    other = cast.session(studio.organization_id, studio.ada.user_id, offering, STARTS + timedelta(hours=2))  # type: ignore[arg-type]
    path = f"/api/sessions/{other}/check-in"
    assert said(client.post(path, json={"booking_id": str(studio.booking_id)})) == (409, "other_session")
    assert said(client.post(studio.url("check-in"), json={"booking_id": str(uuid.uuid4())})) == (404, "not_found")
    school = cast.organization("school")
    cy = cast.staff(school, "Cy Other")
    theirs = cast.session(school, cy, cast.offering(school), STARTS)
    cast.sign_in(client, cy)
    assert client.post(studio.url("check-in"), json={"booking_id": str(studio.booking_id)}).status_code == 404
    elsewhere = client.post(f"/api/sessions/{theirs}/check-in", json={"code": own_code(studio, client)})
    assert said(elsewhere) == (409, "other_session")
    assert "Yoga" not in elsewhere.text


@ON_ONE_DATABASE
def test_what_makes_no_sense_is_said(client: PolicingClient, studio: Studio) -> None:
    one = str(studio.booking_id)
    wrong: tuple[Any, ...] = (
        None, [], "x", {}, {"booking_id": "x"}, {"booking_id": 7}, {"booking_id": one, "code": "x"},
        {"code": "x" * 2001}, {"booking_id": one, "override": ["x"]}, {"booking_id": one, "override": "x" * 301},
        {"booking_id": one, "device_at": "soon"}, {"booking_id": one, "device_at": "2026-03-05T09:00:00"},
        {"booking_id": one, "device_at": 12}, {"booking_id": one, "device_at": "9999-12-31T23:59:59-23:59"},
    )  # fmt: skip
    for sent in wrong:
        answer = client.post(studio.url("check-in"), json=sent)
        assert said(answer) == (422, "invalid"), sent
        assert answer.get_json()["detail"].endswith(".")
    for name, more in (("check-in", {}), ("self-checkin", {}), ("workouts/inline", {"Idempotency-Key": "deep"})):
        deep = client.post(
            studio.url(name), data='{"x":' + "[" * 100_000, headers=more, content_type="application/json"
        )
        assert said(deep) == (422, "invalid"), name
    long = client.post(studio.url("check-in"), json={"booking_id": one}, headers={"Idempotency-Key": "x" * 201})
    assert long.status_code == 422
    assert records() == 0


def test_the_screens_code_lets_in_who_is_signed_in(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    cast.sign_in(client, studio.ben)
    shown = code(studio)
    clock.set(STARTS + timedelta(seconds=59))
    assert said(client.post(studio.url("self-checkin"), json={"code": shown})) == (200, "checked_in")
    clock.set(STARTS + timedelta(seconds=60))
    assert said(client.post(studio.url("self-checkin"), json={"code": shown})) == (409, "expired_code")
    assert records() == 1


def test_a_guest_comes_with_the_token_of_their_link(client: PolicingClient, studio: Studio) -> None:
    client.delete_cookie("session")
    assert said(client.post(studio.url("self-checkin"), json={"code": code(studio)}))[0] == 401
    with client.application.test_request_context():
        token = sign_booking(studio.booking_id)
    sent = {"booking": token, "code": code(studio)}
    assert client.post(studio.url("self-checkin"), json=sent | {"booking": "x"}).status_code == 404
    assert said(client.post(studio.url("self-checkin"), json=sent)) == (200, "checked_in")


def test_what_staff_wrote_of_somebody_is_for_staff(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    clock.set(STARTS - timedelta(hours=2))
    sent = {"booking_id": str(studio.booking_id), "override": "Owes us a mat"}
    assert said(client.post(studio.url("check-in"), json=sent))[0] == 200
    clock.set(STARTS)
    cast.sign_in(client, studio.ben)
    again = client.post(studio.url("self-checkin"), json={"code": code(studio)})
    assert said(again) == (200, "already_in")
    assert "Owes us" not in again.text


def test_self_check_in_is_refused_with_its_reason(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    cast.sign_in(client, studio.ben)
    offering = cast.offering(studio.organization_id)
    other = cast.session(studio.organization_id, studio.ada.user_id, offering, STARTS + timedelta(hours=2))  # type: ignore[arg-type]
    wrong = [
        (studio.session_id, {"code": code(studio, session_id=other)}, "other_session"),
        (other, {"code": code(studio, session_id=other)}, "not_booked"),
        (studio.session_id, {"code": code(studio, STARTS - timedelta(seconds=90))}, "expired_code"),
        (studio.session_id, {"code": code(studio, STARTS + timedelta(seconds=30))}, "expired_code"),
        (studio.session_id, {"code": "é" * 43}, "expired_code"),
        (studio.session_id, BERLIN | {"latitude": 52.53}, "too_far"),
        (studio.session_id, BERLIN | {"accuracy": 400}, "position_vague"),
    ]
    for session_id, sent, found in wrong:
        assert said(client.post(f"/api/sessions/{session_id}/self-checkin", json=sent)) == (409, found)
    transact(lambda: db.session.execute(update(Organization).values(latitude=None, longitude=None)))
    assert said(client.post(studio.url("self-checkin"), json=BERLIN)) == (409, "no_position")
    assert client.post(f"/api/sessions/{uuid.uuid4()}/self-checkin", json=BERLIN).status_code == 404
    assert records() == 0


@ON_ONE_DATABASE
@pytest.mark.parametrize("name", ["latitude", "longitude", "accuracy"])
def test_what_is_no_position_is_said(client: PolicingClient, studio: Studio, name: str) -> None:
    cast.sign_in(client, studio.ben)
    for value in (None, nan, inf, -inf, "x", True, [], {}, -200, 10**400):
        answer = client.post(studio.url("self-checkin"), json=BERLIN | {name: value})
        assert said(answer) == (422, "invalid"), value
        assert name in answer.get_json()["detail"]


def test_a_position_lets_in(client: PolicingClient, studio: Studio) -> None:
    cast.sign_in(client, studio.ben)
    assert said(client.post(studio.url("self-checkin"), json=BERLIN)) == (200, "checked_in")
    assert cast.booking_row(studio.booking_id).checked_in_how == "gps"


def test_staff_read_who_came(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    client.post(studio.url("check-in"), json={"booking_id": str(studio.booking_id)})
    transact(bookings.book_place, session_id=studio.session_id, person=cast.guest(1), now=NOW)
    found = client.get(studio.url("attendance")).get_json()
    assert (found["total_expected"], found["total_present"], found["total_late"]) == (2, 1, 0)
    assert found["closed_at"] is None
    assert {each["name"]: each["status"] for each in found["records"]} == {"Ben Okafor": "present", "Guest 1": None}
