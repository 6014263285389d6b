"""The clumsy user: twice, at once, too late, and with the back button. Nothing breaks, and what was said stays true."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from liveapp.domain.invariants import violations
from liveapp.web.navigation import P
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.architecture.test_routes import World
from tests.conftest import Clock
from tests.policing import PolicingClient

NewClient = Callable[[], PolicingClient]


@pytest.fixture(autouse=True)
def all_holds(app: Flask, world: World, clock: Clock) -> Any:
    """Whatever a test here does, the invariants hold after it."""
    yield
    assert {number: found for number, found in violations(now=clock.now()).items() if found} == {}


@pytest.fixture
def ada(world: World, client: PolicingClient) -> PolicingClient:
    cast.sign_in(client, world.people["owner"])
    return client


def draft(world: World, clock: Clock) -> str:
    start = clock.now() + timedelta(days=9)
    return str(
        cast.session(
            world.organization_id, world.people["owner"], world.offering_id, start, status="draft", scheduled_at=start,
            ends_at=start + timedelta(hours=1),
        )
    )  # fmt: skip


def series(ada: PolicingClient, world: World) -> str:
    """A published series of three; the address of its first session."""
    form = {
        "offering_id": world.offering_id, "title": "Ink", "host_id": world.people["owner"], "date": "2026-03-20",
        "time": "18:00", "duration_minutes": "60", "format": "in_person", "location_id": "", "max_participants": "5",
        "repeats": "weekly", "nth": "1", "ends": "count", "count": "3", "costs": "free", "do": "publish",
    }  # fmt: skip
    address: str = ada.post(f"{P}/sessions/new", data=form).location
    return address


def together(app: Flask, world: World, *asked: tuple[str, dict[str, Any]]) -> list[int]:
    """The statuses of requests by the owner that are sent at the same time, each from a browser of its own."""
    found: list[int] = [0] * len(asked)
    gate = threading.Barrier(len(asked))
    clients = [app.test_client() for _ in asked]
    for each in clients:
        cast.sign_in(each, world.people["owner"])

    def send(number: int) -> None:
        path, data = asked[number]
        gate.wait()
        found[number] = clients[number].post(path, data=data).status_code

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_each_button_twice(world: World, ada: PolicingClient, clock: Clock) -> None:
    session = f"{P}/sessions/{draft(world, clock)}"
    for verb, data, again in (
        ("publish", {}, 409), ("unpublish", {}, 409), ("publish", {}, 409), ("cancel", {"reason": "x"}, 409),
        ("delete", {}, 404),
    ):  # fmt: skip
        assert ada.post(f"{session}/{verb}", data=data).status_code == 303, verb
        answer = ada.post(f"{session}/{verb}", data=data)
        assert answer.status_code == again, verb
        assert "<h1" in answer.text


def test_the_back_button_after_deleting(world: World, ada: PolicingClient, clock: Clock) -> None:
    session = f"{P}/sessions/{draft(world, clock)}"
    assert ada.post(f"{session}/delete").status_code == 303
    for path in ("", "/edit", "/cancel", "/host", "/roster", "/duplicate", "/delete"):
        assert ada.get(session + path).status_code == 404
    for path in ("/edit", "/publish", "/cancel", "/host", "/start", "/end"):
        assert ada.post(session + path, data={"reason": "x"}).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["closures/{closure_id}/remove", "availability/exceptions/{override_id}/remove",
     "availability/journeys/{travel_id}/remove", "members/invitations/{invitation_id}/revoke",
     "members/{membership_id}/end"],
)  # fmt: skip
def test_what_is_gone_is_gone_the_second_time(world: World, ada: PolicingClient, path: str) -> None:
    address = f"{P}/{path}".format(**{name: getattr(world, name) for name in World.__dataclass_fields__})
    assert ada.post(address).status_code == 303
    assert ada.post(address).status_code == 404


def test_a_series_cancelled_twice_tells_people_once(world: World, ada: PolicingClient) -> None:
    first = series(ada, world)
    cancel = {"scope": "all", "seen": "all", "reason": "x"}
    assert ada.post(f"{first}/cancel", data=cancel).status_code == 303
    mails = cast.mails()
    assert ada.post(f"{first}/cancel", data=cancel).status_code == 409
    assert cast.mails() == mails


@pytest.mark.parametrize("scope", ["all", "following", "nonsense"])
def test_a_session_of_no_series_stands_for_itself(world: World, ada: PolicingClient, clock: Clock, scope: str) -> None:
    session = f"{P}/sessions/{draft(world, clock)}"
    form = {
        "title": "Ink", "host_id": world.people["owner"], "date": "2026-03-21", "time": "18:00",
        "duration_minutes": "60", "format": "in_person", "location_id": "", "max_participants": "5",
    }  # fmt: skip
    assert ada.get(f"{session}/edit?scope={scope}").status_code == 200
    assert ada.post(f"{session}/edit?scope={scope}", data=form | {"include": "x"}).status_code in (303, 422)
    assert ada.post(f"{session}/publish").status_code == 303
    cancel = f"{session}/cancel?scope={scope}"
    assert ada.post(cancel, data={"reason": "x", "include": "x"}).status_code == 422, "a tick that is no session"
    assert ada.post(cancel, data={"reason": "x"}).status_code == 303


def test_a_request_accepted_and_declined_at_once_has_one_answer(app: Flask, world: World, clock: Clock) -> None:
    meeting = f"{P}/meetings/{world.meeting_id}"
    statuses = together(app, world, (f"{meeting}/accept", {}), (f"{meeting}/decline", {"words": "no"}))
    assert all(status in (303, 409, 422) for status in statuses)
    status = cast.booking_row(world.meeting_id).status
    assert status in ("confirmed", "declined")
    answers = [kind for kind, _ in cast.mails() if kind in ("booking_confirmed", "request_declined")]
    wanted = "booking_confirmed" if status == "confirmed" else "request_declined"
    assert answers.count(wanted) == 1 + (wanted == "booking_confirmed"), "the place that stands has its own"


def test_published_twice_and_cancelled_at_once(app: Flask, world: World, clock: Clock) -> None:
    session = f"{P}/sessions/{draft(world, clock)}"
    statuses = together(
        app, world, (f"{session}/publish", {}), (f"{session}/publish", {}), (f"{session}/cancel", {"reason": "x"})
    )
    assert set(statuses) <= {303, 409}
    assert 303 in statuses


def test_somebody_added_twice_at_once_is_one_booking(app: Flask, world: World) -> None:
    path = f"{P}/sessions/{world.session_id}/add/new"
    form = {"name": "Joy", "email": "joy@example.com", "pays": "free", "key": "a" * 32}
    assert together(app, world, (path, form), (path, form)) == [303, 303]
    assert cast.mails().count(("booking_confirmed", "joy@example.com")) == 1


def test_edited_while_it_is_cancelled(app: Flask, world: World, clock: Clock) -> None:
    session_id = draft(world, clock)
    form = {
        "title": "Ink", "host_id": world.people["owner"], "date": "2026-03-21", "time": "18:00",
        "duration_minutes": "60", "format": "in_person", "location_id": "", "max_participants": "5", "scope": "this",
        "costs": "free",
    }  # fmt: skip
    session = f"{P}/sessions/{session_id}"
    statuses = together(app, world, (f"{session}/edit", form), (f"{session}/delete", {}), (f"{session}/edit", form))
    assert set(statuses) <= {303, 404, 409}


def test_the_guest_answers_a_proposal_once(world: World, ada: PolicingClient, new_client: NewClient) -> None:
    when = {"day": "2026-03-06", "time": "15:00", "words": "better?"}
    assert ada.post(f"{P}/meetings/{world.meeting_id}/propose", data=when).status_code == 303
    link, guest = f"/bookings/{sign(Purpose.BOOKING, world.meeting_id)}/answer", new_client()
    for nonsense in ({}, {"answer": "maybe"}, {"answer": ""}):
        assert guest.post(link, data=nonsense).status_code == 404
        assert cast.booking_row(world.meeting_id).status == "requested"
    assert guest.post(link, data={"answer": "yes"}).status_code == 303
    assert cast.booking_row(world.meeting_id).status == "confirmed"
    assert guest.post(link, data={"answer": "no"}).status_code == 303
    assert cast.booking_row(world.meeting_id).status == "confirmed", "the back button cancels nothing"


def test_a_place_has_no_proposal_to_answer(world: World, client: PolicingClient) -> None:
    link = f"/bookings/{sign(Purpose.BOOKING, world.place_id)}/answer"
    for said in ("yes", "no", ""):
        assert client.post(link, data={"answer": said}).status_code == 303
        assert cast.booking_row(world.place_id).status == "confirmed"
