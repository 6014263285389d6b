"""What Zoom tells of meetings: signed, once, in any order; and what follows for attendance, host and session."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from liveapp.db import db
from liveapp.dev.video_simulator.server import WEBHOOK_SECRET
from liveapp.dev.video_simulator.zoom import signature
from liveapp.domain.attendance.models import AttendanceRecord, SessionEvent
from liveapp.domain.bookings import service as bookings
from liveapp.domain.video.models import SessionLink, VideoConnection
from liveapp.tasks import schedule
from liveapp.unit_of_work import transact_in_turn
from tests import cast
from tests.cast import BEN
from tests.conftest import ON_ONE_DATABASE, Clock

PLAIN = "qgg8vlvZRS6UYooatFL8Aw"
NUMBER, ADA_AT_ZOOM = "83000000001", "z8yCxjabcdEFGHfp8uQ"


@dataclass
class Hall:
    """Ada's class by Zoom, Ben booked into it; the clock stands at its start."""

    session_id: uuid.UUID
    booking_id: uuid.UUID
    clock: Clock
    client: FlaskClient

    def told(self, event: str, minutes: float = 0, of: str = "", **said: Any) -> bytes:
        """An event as Zoom writes it, so many minutes after the start; `of`: host, ben, or somebody's name."""
        at = cast.session_row(self.session_id).scheduled_at + timedelta(minutes=minutes)
        moment = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        person = {
            "host": {"id": ADA_AT_ZOOM, "user_name": "Ada L.", "email": "ada@zoom.example.com"},
            "ben": {"id": "", "user_name": "benny", "email": "BEN@example.com"},
        }.get(of, {"id": "", "user_name": of, "email": ""})
        meeting = {"id": NUMBER, "uuid": "4444AAAiAAAAAiAiAiiAii==", "host_id": ADA_AT_ZOOM, "type": 2} | said
        if of:
            word = "join_time" if event.endswith("joined") else "leave_time"
            meeting["participant"] = person | {"user_id": "16778240", "participant_uuid": of, word: moment}
        if event == "meeting.ended":
            meeting["end_time"] = moment
        payload = {"account_id": "AAAAAABBBB", "object": meeting}
        return json.dumps({"event": event, "event_ts": int(at.timestamp() * 1000), "payload": payload}).encode()

    def post(self, body: bytes, **changed: str) -> int:
        stamp = changed.get("stamp", str(int(self.clock.now().timestamp())))
        said = changed.get("signature", signature(changed.get("secret", WEBHOOK_SECRET), stamp, body))
        headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": said, "Content-Type": "application/json"}
        return self.client.post("/webhooks/zoom", data=body, headers=headers).status_code

    def hear(self, event: str, minutes: float = 0, of: str = "", **said: Any) -> None:
        assert self.post(self.told(event, minutes, of, **said)) == 200

    def events(self) -> list[str]:
        db.session.rollback()
        return sorted(db.session.execute(select(SessionEvent.kind)).scalars())

    def record(self) -> Any:
        names = ("status", "joined_at", "left_at", "duration_seconds")
        return cast.one(select(*(getattr(AttendanceRecord, name) for name in names)))


@pytest.fixture
def hall(app: Flask, settings: Any, clock: Clock) -> Iterator[Hall]:
    app.extensions["settings"] = replace(settings, zoom_webhook_secret=WEBHOOK_SECRET)
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    session_id = cast.session(
        organization_id, ada, cast.offering(organization_id, format="online"), clock.now() + timedelta(hours=2),
        format="online", meeting_provider="zoom",
    )  # fmt: skip
    booking_id = transact_in_turn([session_id], bookings.book_place, session_id=session_id, person=BEN, now=clock.now())
    connection_id = cast.write(
        VideoConnection, organization_id=organization_id, user_id=ada, provider="zoom", status="connected",
        account_id=ADA_AT_ZOOM, access_token="a", refresh_token="r", connected_at=cast.NOW, changed_at=cast.NOW,
    )  # fmt: skip
    cast.write(
        SessionLink, organization_id=organization_id, session_id=session_id, host_id=ada, provider="zoom",
        connection_id=connection_id, state="made", provider_id=NUMBER, join_url="https://zoom.example.com/j/1",
        created_at=cast.NOW,
    )  # fmt: skip
    clock.set(cast.session_row(session_id).scheduled_at)
    yield Hall(session_id, booking_id, clock, app.test_client())
    app.extensions["settings"] = settings


STORY = (
    ("meeting.started", -4, ""), ("meeting.participant_joined", -4, "host"), ("meeting.participant_joined", 2, "ben"),
    ("meeting.participant_left", 12, "ben"), ("meeting.participant_joined", 20, "ben"),
    ("meeting.participant_left", 50, "ben"), ("meeting.ended", 51, ""),
)  # fmt: skip


def test_a_class_by_zoom_from_the_first_who_comes_to_its_end(hall: Hall) -> None:
    start = hall.clock.now()
    hall.clock.set(start - timedelta(minutes=4))
    hall.hear(*STORY[0])
    hall.hear(*STORY[1])
    row = cast.session_row(hall.session_id)
    assert (row.status, row.host_joined_at) == ("live", start - timedelta(minutes=4))
    hall.clock.set(start + timedelta(minutes=52))
    for event in STORY[2:]:
        hall.hear(*event)
    assert hall.record() == ("present", start + timedelta(minutes=2), start + timedelta(minutes=50), 40 * 60)
    assert cast.session_row(hall.session_id).status == "live"
    hall.clock.advance(minutes=5)
    schedule.run_due()
    row = cast.session_row(hall.session_id)
    assert (row.status, row.ended_at) == ("ended", start + timedelta(minutes=51))


@ON_ONE_DATABASE
@pytest.mark.parametrize("order", list(itertools.permutations(range(2, 6)))[::5])
def test_joins_and_leaves_in_any_order_and_twice_come_to_the_same(hall: Hall, order: tuple[int, ...]) -> None:
    start = hall.clock.now()
    hall.clock.advance(minutes=56)
    for number in (*order, *reversed(order)):
        hall.hear(*STORY[number])
    assert hall.events() == ["participant_joined"] * 2 + ["participant_left"] * 2
    assert hall.record() == ("present", start + timedelta(minutes=2), start + timedelta(minutes=50), 40 * 60)


def test_a_meeting_that_goes_on_after_a_break_does_not_end_the_session(hall: Hall) -> None:
    hall.clock.advance(minutes=10)
    schedule.run_due()
    hall.hear("meeting.ended", 8)
    hall.hear("meeting.participant_joined", 10, "host")
    hall.clock.advance(minutes=6)
    schedule.run_due()
    assert cast.session_row(hall.session_id).status == "live"


def test_a_host_who_only_looks_the_day_before_starts_nothing(hall: Hall) -> None:
    hall.hear("meeting.started", -60)
    hall.hear("meeting.participant_joined", -60, "host")
    hall.hear("meeting.participant_joined", -60, "ben")
    hall.hear("meeting.ended", -50)
    row = cast.session_row(hall.session_id)
    assert (row.status, row.host_joined_at) == ("scheduled", None)
    assert len(hall.events()) == 4
    assert db.session.execute(select(AttendanceRecord.id)).all() == []


def test_somebody_is_known_by_their_address_or_by_a_name_that_only_one_has(hall: Hall) -> None:
    hall.hear("meeting.participant_joined", 1, "a bot that takes notes")
    assert db.session.execute(select(AttendanceRecord.id)).all() == []
    hall.hear("meeting.participant_joined", 1, "ben okafor")
    assert hall.record().status == "present"


@pytest.mark.parametrize(
    "said", [{"id": "83000000002"}, {"host_id": "somebody else"}, {"id": ""}, {"id": None}, {"id": {"a": 1}}], ids=str
)
def test_meetings_of_others_are_none_of_ours(hall: Hall, said: dict[str, Any]) -> None:
    hall.hear("meeting.participant_joined", 1, "ben", **said)
    assert hall.events() == []


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "changed",
    [
        {"secret": "another"}, {"signature": ""}, {"signature": "v0="}, {"signature": "v0=é"}, {"stamp": ""},
        {"stamp": "0"}, {"stamp": "²"}, {"stamp": "9" * 40}, {"stamp": "1e9"},
    ],
    ids=str,
)  # fmt: skip
def test_what_zoom_did_not_sign_or_signed_long_ago_is_refused(hall: Hall, changed: dict[str, str]) -> None:
    assert hall.post(hall.told("meeting.participant_joined", 1, "ben"), **changed) == 400
    assert cast.one(select(func.count()).select_from(SessionEvent))[0] == 0


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "body",
    [
        b"{}", b"[]", b"null", b'"x"', b'{"event": 7}', b'{"event": "meeting.started"}',
        b'{"event": "meeting.started", "payload": {"object": []}, "event_ts": "NaN"}',
        b'{"event": "meeting.participant_left", "payload": {"object": {"id": 1, "participant": 5}}, "event_ts": 1e400}',
        b'{"event": "meeting.ended", "payload": {"object": {"id": 1, "end_time": "never"}}, "event_ts": -999999999999}',
        b'{"event": "user.created", "payload": {"object": {"id": 1}}, "event_ts": 1}',
    ],
)  # fmt: skip
def test_signed_nonsense_is_taken_and_forgotten(hall: Hall, body: bytes) -> None:
    assert hall.post(body) == 200
    assert hall.events() == []


def test_signed_bytes_that_are_no_json_are_refused(hall: Hall) -> None:
    assert hall.post(b"\xff\x00") == 400
    assert hall.post(b"[" * 100_000) == 400


def test_zooms_question_before_it_sends_anything_is_answered(hall: Hall) -> None:
    """https://developers.zoom.us/docs/api/webhooks/#validate-your-webhook-endpoint"""
    event = {"payload": {"plainToken": PLAIN}, "event_ts": 1654503849680, "event": "endpoint.url_validation"}
    body = json.dumps(event).encode()
    stamp = str(int(hall.clock.now().timestamp()))
    headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": signature(WEBHOOK_SECRET, stamp, body)}
    answer = hall.client.post("/webhooks/zoom", data=body, headers=headers).get_json()
    said = hmac.new(WEBHOOK_SECRET.encode(), PLAIN.encode(), hashlib.sha256).hexdigest()
    assert answer == {"plainToken": PLAIN, "encryptedToken": said}


def test_without_a_secret_there_is_nothing_there(hall: Hall, app: Flask) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], zoom_webhook_secret="")
    assert hall.post(hall.told("meeting.started")) == 404
