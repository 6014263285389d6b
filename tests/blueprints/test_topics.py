"""The page of a session's topics: grouping, settling, and what people see of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask

from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.places import Wish
from liveapp.unit_of_work import transact_in_turn
from liveapp.web.navigation import P
from tests import cast
from tests.conftest import Clock
from tests.policing import PolicingClient, soup_of


@dataclass(frozen=True)
class World:
    """A class to come for which two people suggested something."""

    organization_id: uuid.UUID
    ada: uuid.UUID
    session_id: uuid.UUID

    @property
    def page(self) -> str:
        return f"{P}/sessions/{self.session_id}/topics"


@pytest.fixture
def world(app: Flask, clock: Clock, client: PolicingClient) -> World:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    offering_id = cast.offering(organization_id, topic_type="flexible")
    session_id = cast.session(organization_id, ada, offering_id, clock.now() + timedelta(days=3))
    for number, words in enumerate(("Halves & thirds", "<b>Equations</b>")):
        transact_in_turn(
            [session_id], bookings.book_place, session_id=session_id, person=cast.guest(number),
            wish=Wish(suggested_topic=words), now=clock.now() + timedelta(seconds=number),
        )  # fmt: skip
    cast.sign_in(client, ada, organization_id)
    return World(organization_id, ada, session_id)


def titles(client: PolicingClient, path: str) -> list[str]:
    return [each.text.strip() for each in client.page(path).select("#chosen .row-title")]


def test_suggestions_are_put_together_and_settled(world: World, client: PolicingClient) -> None:
    assert titles(client, world.page) == ["Halves & thirds", "<b>Equations</b>"]
    form = client.page(world.page).select_one("form[action$=group]")
    chosen = [box["value"] for box in form.select("[name=chosen]")]  # type: ignore[union-attr]
    answer = client.post(f"{world.page}/group", data={"chosen": chosen, "group_name": "Algebra"})
    assert answer.status_code == 303
    assert titles(client, world.page) == ["Algebra"]
    settle = client.page(world.page).select_one("form[action$=topics]")
    assert settle.select_one("[name=topic]")["value"] == "Algebra"  # type: ignore[union-attr, index]
    assert client.submit(settle).location.endswith(f"/sessions/{world.session_id}")  # type: ignore[arg-type]
    page = client.page(f"{P}/sessions/{world.session_id}")
    assert "2 people are told by mail" in page.text
    assert "settled the topic" in page.text
    assert "Algebra" in client.page(f"/book/studio/sessions/{world.session_id}").text


def test_a_topic_is_taken_over_from_the_list(world: World, client: PolicingClient) -> None:
    page = client.page(world.page)
    group = page.select_one("form[action$=group]")
    use = next(each for each in page.select("button[name=use]") if each["value"] == "Halves & thirds")
    assert group
    page = soup_of(client.submit(group, use=use["value"], group_name="Typed"))
    assert page.select_one("[name=topic]")["value"] == "Halves & thirds"  # type: ignore[index]
    assert page.select_one("[name=group_name]")["value"] == "Typed"  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "sent", "said"),
    [
        ("/group", {"group_name": "Algebra"}, "Choose the suggestions that belong together."),
        ("/group", {"chosen": "4c0ffee5-0000-4000-8000-000000000000", "group_name": "A"}, "Choose from the list."),
        ("/group", {"chosen": "x"}, "Choose from the list."),
        ("", {"topic": " "}, "Say what it is about."),
        ("", {"topic": "x" * 201}, "200"),
    ],
)
def test_what_is_missing_is_said(
    world: World, client: PolicingClient, path: str, sent: dict[str, str], said: str
) -> None:
    answer = client.post(f"{world.page}{path}", data=sent)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_name_is_needed_only_for_putting_together(world: World, client: PolicingClient) -> None:
    chosen = client.page(world.page).select_one("[name=chosen]")["value"]  # type: ignore[index]
    assert "Say what to call it." in client.post(f"{world.page}/group", data={"chosen": chosen}).text
    assert client.post(f"{world.page}/group", data={"chosen": chosen, "apart": "1"}).status_code == 303


def test_after_the_deadline_the_page_only_tells(world: World, client: PolicingClient, clock: Clock) -> None:
    late = client.page(world.page).select_one("form[action$=topics]")
    clock.advance(days=2, seconds=1)
    page = client.page(world.page)
    assert "could be settled until" in page.text
    assert page.select_one("form[action$=topics]") is None
    answer = client.submit(late, topic="Algebra")  # type: ignore[arg-type]
    assert (answer.status_code, "could be settled until" in answer.text) == (422, True)
    assert "It wasn’t settled" in client.page(f"{P}/sessions/{world.session_id}").text


def test_where_the_topic_is_fixed_there_is_no_page(world: World, client: PolicingClient, clock: Clock) -> None:
    offering_id = cast.offering(world.organization_id)
    fixed = cast.session(world.organization_id, world.ada, offering_id, clock.now() + timedelta(days=5))
    assert client.get(f"{P}/sessions/{fixed}/topics").status_code == 409
    assert "/topics" not in client.get(f"{P}/sessions/{fixed}").text
