"""Workouts as staff write, order and plan them, as who is booked reads them, and as programs do."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import func, select

from liveapp.db import db
from liveapp.domain.bookings import service as bookings
from liveapp.domain.catalogue.models import Program
from liveapp.domain.workouts.models import Workout
from liveapp.unit_of_work import transact_in_turn
from liveapp.web.navigation import P
from liveapp.web.signing import sign_booking
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock
from tests.policing import PolicingClient

BODY = "# Warm up\n\n- Cats\n- <b>Dogs</b>\n\n[How](https://a.example.com) and ![no](https://a.example.com/x.png)"
BOMB = "[" * 100_000 + "*a_ " * 25_000


@dataclass
class Studio:
    id: uuid.UUID
    program_id: uuid.UUID
    session_id: uuid.UUID

    @property
    def page(self) -> str:
        return f"{P}/sessions/{self.session_id}"

    @property
    def api(self) -> str:
        return f"/api/sessions/{self.session_id}"


@pytest.fixture
def studio(client: PolicingClient, clock: Clock) -> Studio:
    """Ada's, signed in; a class of the program on Thursday."""
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    cast.sign_in(client, ada)
    program_id = cast.write(Program, organization_id=organization_id, name="Classes", created_at=NOW)
    offering_id = cast.offering(organization_id, program_id=program_id)
    return Studio(organization_id, program_id, cast.session(organization_id, ada, offering_id))


def press(client: PolicingClient, path: str, label: str) -> Any:
    """Presses the button of the page with this name."""
    page = client.page(path)
    button = next(each for each in page.select("main button") if label in (each.get("aria-label"), each.text.strip()))
    form = button.find_parent("form")
    assert form is not None
    return client.submit(form)


def written(client: PolicingClient, path: str, **values: str) -> Any:
    form = client.page(path).select_one("main form:has([name=title])")
    assert form is not None
    return client.submit(form, **values)


def order(client: PolicingClient, path: str) -> list[str]:
    return [each.text for each in client.page(path).select(".numbered .row-title")]


def test_written_onto_a_session_ordered_and_read_by_who_is_booked(
    client: PolicingClient, new_client: Callable[[], PolicingClient], studio: Studio, clock: Clock
) -> None:
    assert client.page(studio.page).select_one("#content .empty a[href$='/workouts/new']")
    assert written(client, f"{studio.page}/workouts/new", title="Legs", body=BODY).status_code == 303
    assert written(client, f"{P}/workouts/new", title="Arms", body="").status_code == 303
    assert press(client, f"{studio.page}/workouts?q=arm", "Add: Arms").status_code == 303
    assert order(client, studio.page) == ["Legs", "Arms"]
    press(client, studio.page, "Move up: Arms")
    assert order(client, studio.page) == ["Arms", "Legs"]

    booking_id = transact_in_turn(
        [studio.session_id], bookings.book_place, session_id=studio.session_id, person=cast.BEN, now=clock.now()
    )
    guest = new_client()
    page = guest.page(f"/bookings/{sign_booking(booking_id)}")
    assert [each.text for each in page.select("article h3")] == ["Arms", "Legs"]
    drawn = page.select_one("article .prose")
    assert drawn is not None
    assert [each.text for each in drawn.select("h4, li")] == ["Warm up", "Cats", "<b>Dogs</b>"]
    link = drawn.select_one("a")
    assert link is not None
    assert (link["href"], link["rel"]) == ("https://a.example.com", ["nofollow", "noopener"])
    assert not drawn.select("b, img")
    assert "Legs" not in guest.page(f"/book/studio/sessions/{studio.session_id}").text

    room = client.page(f"{studio.page}/room?n=2")
    assert [each.text for each in room.select("h2")] == ["Legs"]
    assert [each.get("rel") for each in room.select(".room-pages a")] == [["prev"]]
    assert client.get(f"{studio.page}/room?n=99999999999999999999").status_code == 200


def test_a_days_plan_is_shown_where_a_session_has_nothing_of_its_own(client: PolicingClient, studio: Studio) -> None:
    written(client, f"{P}/workouts/new", title="Day's work", body="")
    day = f"{P}/workouts/week/{studio.program_id}"
    assert press(client, f"{day}/2026-03-05", "Add: Day's work").status_code == 303
    assert order(client, f"{day}/2026-03-05") == ["Day's work"]
    copying = client.page(f"{day}/2026-03-05").select_one("form[action$='/copy']")
    assert copying is not None
    assert client.submit(copying, to_day="2026-03-07").location.endswith("/2026-03-07")
    assert client.submit(copying, to_day="0000-99-99").status_code == 422
    week = client.page(f"{P}/workouts/week?week=2026-03-05")
    assert [each.text for each in week.select(".plan-workout")] == ["Day's work"] * 2
    content = client.page(studio.page).select_one("#content")
    assert content is not None
    assert "daily programming of Classes for Thursday 5 March" in content.text
    assert not content.select("form")
    assert client.get(f"{day}/yesterday").status_code == 404


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"title": "", "body": "x"}, "Enter a title"),
        ({"title": "x" * 121, "body": ""}, "shorten"),
        ({"title": "x", "body": "y" * 10_001}, "shorten"),
        ({"title": "x", "body": BOMB}, "shorten"),
    ],
)
def test_what_is_too_long_or_missing_is_refused_in_a_sentence(
    client: PolicingClient, studio: Studio, sent: dict[str, str], words: str
) -> None:
    answer = written(client, f"{studio.page}/workouts/new", **sent)
    assert (answer.status_code, words in answer.text) == (422, True)
    answer = client.post(f"{studio.api}/workouts/inline", json=sent)
    assert (answer.status_code, words in answer.json["detail"]) == (422, True)
    assert db.session.execute(select(func.count()).select_from(Workout)).scalar_one() == 0


def test_a_program_writes_one_once_and_reads_the_session(
    client: PolicingClient, new_client: Callable[[], PolicingClient], studio: Studio, clock: Clock
) -> None:
    assert (client.get(studio.api).json["workout_source"], client.get(studio.api).json["workouts"]) == ("none", [])
    asked = {"json": {"title": "Legs", "body": BODY}, "headers": {"Idempotency-Key": "a"}}
    answers = [client.post(f"{studio.api}/workouts/inline", **asked) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    said = client.get(studio.api).json
    assert said["workout_source"] == "session"
    assert [(each["title"], each["body"]) for each in said["workouts"]] == [("Legs", BODY)]

    member = cast.member(studio.id)
    ben = new_client()
    cast.sign_in(ben, member.user_id or uuid.uuid4())
    assert ben.get(studio.api).status_code == 404
    transact_in_turn(
        [studio.session_id], bookings.book_place, session_id=studio.session_id, person=member, now=clock.now()
    )
    assert [each["title"] for each in ben.get(studio.api).json["workouts"]] == ["Legs"]
    assert "Legs" in ben.page(f"/book/studio/sessions/{studio.session_id}").text


@pytest.mark.parametrize("sent", ["[]", "{", '{"title": 1}', '{"title": "a", "body": ["b"]}', '"x"', ""])
def test_nonsense_from_programs_is_refused(client: PolicingClient, studio: Studio, sent: str) -> None:
    answer = client.post(f"{studio.api}/workouts/inline", data=sent, content_type="application/json")
    assert answer.status_code == 422
    key = {"Idempotency-Key": "k" * 201}
    assert client.post(f"{studio.api}/workouts/inline", json={"title": "a"}, headers=key).status_code == 422


def test_a_place_in_the_order_that_is_gone_is_said(client: PolicingClient, studio: Studio) -> None:
    for data in ({"do": "up", "workout": uuid.uuid4()}, {"do": "fly", "workout": uuid.uuid4()}, {"do": "up"}):
        assert client.post(f"{studio.page}/workouts", data=data).status_code == 404


def test_library_and_week_ask_as_often_for_three_as_for_one(
    client: PolicingClient, studio: Studio, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    day = f"{P}/workouts/week/{studio.program_id}/{NOW:%Y-%m-%d}"
    asked = []
    for titles in (["A"], ["B", "C"]):
        for title in titles:
            written(client, f"{P}/workouts/new", title=title, body="")
            press(client, f"{day}?q={title}", f"Add: {title}")
        with count_queries() as statements:
            for path in (f"{P}/workouts", f"{P}/workouts/week?week={NOW:%Y-%m-%d}", day, studio.page):
                client.page(path)
        asked.append(len(statements))
    assert asked[0] == asked[1]
