"""Closing some days: asked first, with everything it hits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from liveapp.domain.availability.models import Closure
from liveapp.web.navigation import P
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock
from tests.domain import session_words as words
from tests.domain.session_words import World
from tests.policing import PolicingClient, soup_of

DAYS = {"first_day": "2026-03-05", "last_day": "2026-03-06", "reason": "Public holiday"}


@pytest.fixture
def world(app: Flask, clock: Clock, client: PolicingClient) -> Iterator[World]:
    clock.set(NOW)
    made = words.world()
    cast.sign_in(client, made.ada, made.organization_id)
    yield made
    words.assert_invariants()


def test_closing_shows_what_it_hits_and_then_does_it(world: World, client: PolicingClient) -> None:
    assert "No closures ahead" in client.page(f"{P}/closures").text
    session_id = world.make()
    words.book(session_id)
    shown = client.submit(client.page(f"{P}/closures/new").select("main form")[0], **DAYS)
    assert shown.status_code == 200
    page = soup_of(shown)
    assert "1 session or meeting is hit" in page.text
    assert "1 person is told" in page.text
    assert cast.session_row(session_id).status == "scheduled"
    answer = client.submit(page.select("main form")[1])
    assert "1 session cancelled, 1 person told" in client.page(answer.location).text
    assert cast.session_row(session_id).cancel_reason == "We are closed: Public holiday"
    assert ("session_cancelled", "ben@example.com") in cast.mails()


def test_what_came_in_between_is_shown_again(world: World, client: PolicingClient) -> None:
    shown = client.submit(client.page(f"{P}/closures/new").select("main form")[0], **DAYS)
    world.make()
    answer = client.submit(soup_of(shown).select("main form")[1])
    assert answer.status_code == 422
    assert "1 session or meeting is hit" in answer.text


def test_days_that_make_no_sense_are_refused(world: World, client: PolicingClient) -> None:
    form = client.page(f"{P}/closures/new").select("main form")[0]
    answer = client.submit(form, first_day="2026-03-06", last_day="2026-03-05")
    assert answer.status_code == 422
    assert "The last day is before the first" in answer.text
    past = client.submit(form, first_day="2026-02-01", last_day="2026-02-02", seen="0")
    assert past.status_code == 422
    assert "These days have passed" in past.text


def test_a_closure_is_removed(world: World, client: PolicingClient, new_client: Callable[[], PolicingClient]) -> None:
    shown = client.submit(client.page(f"{P}/closures/new").select("main form")[0], **DAYS)
    client.submit(soup_of(shown).select("main form")[1])
    closure_id = cast.one(select(Closure.id)).id
    elsewhere = cast.organization("elsewhere")
    cy = new_client()
    cast.sign_in(cy, cast.staff(elsewhere, "Cy Young"), elsewhere)
    assert cy.post(f"{P}/closures/{closure_id}/remove").status_code == 404
    form = client.page(f"{P}/closures").select("main form")[0]
    assert client.submit(form).status_code == 303
    assert "No closures ahead" in client.page(f"{P}/closures").text


def test_coaches_do_not_close(world: World, new_client: Callable[[], PolicingClient]) -> None:
    dana = new_client()
    cast.sign_in(dana, world.dana, world.organization_id)
    assert dana.get(f"{P}/closures").status_code == 403
    assert dana.post(f"{P}/closures/new", data=DAYS).status_code == 403
