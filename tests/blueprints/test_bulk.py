"""Bulk changes without script: chosen in the list, looked at, applied and read; and what is refused, with its words."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from redis import Redis
from sqlalchemy import select

from liveapp.db import db
from liveapp.domain.bulk.models import Batch
from liveapp.domain.outbox.models import OutboxMessage
from liveapp.gateways import queue
from liveapp.rules.bulk import MOST, SMALL
from liveapp.tasks import worker
from liveapp.unit_of_work import transact
from liveapp.web.navigation import P
from tests import cast
from tests.cast import NOW
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.domain import session_words as words
from tests.domain.session_words import IN_THREE_DAYS, World, book
from tests.domain.test_bulk import everything, write_drafts
from tests.policing import PolicingClient, soup_of

PREVIEW = f"{P}/bulk/preview"


@pytest.fixture
def world(app: Flask, clock: Clock, client: PolicingClient) -> Iterator[World]:
    clock.set(NOW)
    made = words.world()
    cast.sign_in(client, made.ada, made.organization_id)
    yield made
    words.assert_invariants()


@pytest.fixture
def dana(world: World, new_client: Callable[[], PolicingClient]) -> PolicingClient:
    browser = new_client()
    cast.sign_in(browser, world.dana, world.organization_id)
    return browser


def drafts(world: World, number: int) -> list[uuid.UUID]:
    made = [
        {"id": uuid.uuid4(), "start": IN_THREE_DAYS + timedelta(minutes=30 * position)} for position in range(number)
    ]
    transact(write_drafts, world, made)
    return [each["id"] for each in made]


def one_form(page: BeautifulSoup, css: str) -> Tag:
    found = page.select_one(css)
    assert found is not None, css
    return found


def plain(part: Tag | BeautifulSoup) -> str:
    return " ".join(part.text.split())


def batches() -> list[Any]:
    db.session.rollback()
    return list(db.session.execute(select(*Batch.__table__.columns)).all())


def test_all_that_match_are_published_and_taken_back(world: World, client: PolicingClient, clock: Clock) -> None:
    ids = drafts(world, 3)
    page = client.page(f"{P}/sessions?status=draft")
    assert "All 3 that match" in plain(page)
    preview = soup_of(client.submit(one_form(page, "#pick"), all="1", verb="publish"))
    assert plain(one_form(preview, "h1")) == "Publish 3 sessions?"
    assert "All that match: Upcoming, Draft." in plain(preview)
    assert "No guest is told of this." in plain(preview)
    answer = client.submit(one_form(preview, "#go-ahead"))
    assert answer.status_code == 303
    record = client.page(answer.location)
    assert "All 3 sessions are published" in plain(record)
    assert {cast.session_row(each).status for each in ids} == {"scheduled"}
    clock.advance(seconds=1)
    undo = next(link for link in record.select("a") if link.text.strip() == "Unpublish these")
    again = client.page(str(undo["href"]))
    client.submit(one_form(again, "#go-ahead"))
    assert {cast.session_row(each).status for each in ids} == {"draft"}
    listed = client.page(f"{P}/bulk")
    assert [row.text.strip() for row in listed.select(".row-title")] == [
        "Unpublished: 3 sessions",
        "Published: 3 sessions",
    ]


def test_ticked_ones_are_cancelled_with_a_reason(world: World, client: PolicingClient) -> None:
    first, second = world.make(IN_THREE_DAYS, host_id=world.dana), world.make(IN_THREE_DAYS + timedelta(days=1))
    book(first)
    page = client.page(f"{P}/sessions")
    preview = soup_of(client.submit(one_form(page, "#pick"), id=str(first), verb="cancel"))
    assert plain(one_form(preview, "h1")) == "Cancel 1 session?"
    told = "1 person is told, and so is the host. Credits that were used come back. This can’t be undone."
    assert told in plain(preview)
    assert "Ben Okafor" in preview.text
    refused = client.submit(one_form(preview, "#go-ahead"))
    assert refused.status_code == 422
    assert "Say why, so that the people who booked know." in refused.text
    assert cast.session_row(first).status == "scheduled"
    answer = client.submit(one_form(soup_of(refused), "#go-ahead"), reason="The roof leaks")
    record = client.page(answer.location)
    assert "The session is cancelled" in plain(record)
    assert "1 person told" in plain(record)
    assert "“The roof leaks”" in record.text
    assert not [link for link in record.select(".alert a") if "these" in link.text]
    assert cast.session_row(second).status == "scheduled"


def test_what_cannot_be_is_grouped_and_left_out_only_when_said(world: World, client: PolicingClient) -> None:
    ids = [*drafts(world, 2), world.make(IN_THREE_DAYS + timedelta(days=2))]
    page = client.page(f"{PREVIEW}?all=1&verb=publish")
    assert "1 can’t be published" in plain(page)
    assert "1 session: this session is scheduled, so it can't be published" in plain(page)
    state = everything()
    refused = client.submit(one_form(page, "#go-ahead"))
    assert refused.status_code == 422
    assert "it is all or nothing" in refused.text
    assert everything() == state
    answer = client.submit(one_form(page, "#go-ahead"), leaves_out="y")
    assert "2, 1 left out" in plain(client.page(answer.location))
    assert {cast.session_row(each).status for each in ids} == {"scheduled"}


def test_moving_and_handing_over_ask_for_their_values_first(world: World, client: PolicingClient) -> None:
    session_id = world.make(IN_THREE_DAYS)
    page = client.page(f"{PREVIEW}?all=1&verb=move")
    assert page.select_one("#go-ahead") is None
    shown = soup_of(client.submit(one_form(page, "#values"), days="1", to_time="19:00"))
    assert "Thu 5 Mar 2026, 10:00 AM → Fri 6 Mar 2026, 7:00 PM" in plain(shown).replace("\u202f", " ")
    record = client.page(client.submit(one_form(shown, "#go-ahead")).location)
    assert "Move: 1 day later, to 7:00 PM" in plain(record).replace("\u202f", " ")
    assert cast.session_row(session_id).scheduled_at == IN_THREE_DAYS + timedelta(days=1, hours=9)
    page = client.page(f"{PREVIEW}?all=1&verb=host")
    shown = soup_of(client.submit(one_form(page, "#values"), to_host=str(world.dana)))
    record = client.page(client.submit(one_form(shown, "#go-ahead")).location)
    assert "Ada Lovelace → Dana Scott" in plain(record)
    assert "Give them back to Ada Lovelace" in plain(record)
    assert cast.session_row(session_id).host_id == world.dana


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("all=1&verb=move&to_time=25:00", "Enter a time of day like 09:30 or 18:00."),
        ("all=1&verb=move&to_time=19:00&minutes=5", "Either a new start or minutes later, not both."),
        ("all=1&verb=move&days=0", "Say where to"),
        ("all=1&verb=move&days=400", "Enter a whole number from -366 to 366"),
        (f"all=1&verb=host&to_host={uuid.UUID(int=1)}", "Choose one from the list."),
        ("all=1&verb=publish&q=nothing+like+it", "No session matches these filters."),
        ("all=1&verb=publish&from=2026-04-02&to=2026-04-01", "The last day is before the first"),
        ("verb=publish", "No session is chosen. Tick some in the list, or choose all that match the filters."),
        (f"verb=publish&id={uuid.UUID(int=1)}", "These sessions aren't there any more."),
        ("verb=publish&id=x", "No session is chosen."),
    ],
)
def test_what_makes_no_sense_gets_its_sentence(world: World, client: PolicingClient, query: str, sentence: str) -> None:
    world.make(IN_THREE_DAYS)
    state = everything()
    answer = client.get(f"{PREVIEW}?{query}")
    assert answer.status_code == 422
    assert sentence in plain(soup_of(answer))
    assert everything() == state


def test_days_that_are_backwards_say_so_in_the_list_too(world: World, client: PolicingClient) -> None:
    world.make(IN_THREE_DAYS)
    page = client.page(f"{P}/sessions?from=2026-04-02&to=2026-04-01")
    assert "The last day is before the first" in page.text


def test_more_than_two_thousand_are_counted(world: World, client: PolicingClient) -> None:
    drafts(world, MOST + 312)
    assert "All more than 2000" in plain(client.page(f"{P}/sessions"))
    answer = client.get(f"{PREVIEW}?all=1&verb=publish")
    assert answer.status_code == 422
    assert "At most 2,000 sessions are changed at once, and 2,312 match." in answer.text


def test_sent_twice_it_is_one_batch(world: World, client: PolicingClient) -> None:
    drafts(world, 2)
    form = one_form(client.page(f"{PREVIEW}?all=1&verb=publish"), "#go-ahead")
    first, second = client.submit(form), client.submit(form)
    assert first.location == second.location
    assert len(batches()) == 1


def test_what_came_in_between_is_shown_again(world: World, client: PolicingClient) -> None:
    drafts(world, 2)
    form = one_form(client.page(f"{PREVIEW}?all=1&verb=publish"), "#go-ahead")
    world.make(IN_THREE_DAYS + timedelta(days=1), publishes=False)
    answer = client.submit(form)
    assert answer.status_code == 422
    assert "different from what you saw" in answer.text
    assert "Publish 3 sessions" in answer.text
    assert batches() == []


def test_a_large_one_is_a_workers_and_says_how_far_it_is(world: World, client: PolicingClient, redis: Redis) -> None:
    ids = drafts(world, SMALL + 5)
    answer = client.submit(one_form(client.page(f"{PREVIEW}?all=1&verb=publish"), "#go-ahead"))
    (batch,) = batches()
    assert batch.status == "queued"
    assert "Working" in plain(client.page(answer.location))
    queue.say_progress(batch.id, 50)
    part = client.htmx(answer.location)
    assert part.status_code == 200
    assert "Working: 50 of 55" in plain(soup_of(part))
    same = client.htmx(answer.location, headers={"If-None-Match": part.headers["ETag"]})
    assert same.status_code == 304
    _work()
    done = client.htmx(answer.location)
    assert done.status_code == 286
    assert "All 55 sessions are published" in plain(soup_of(done))
    assert "51" not in plain(soup_of(done).select(".pagination")[0])
    later = client.page(f"{answer.location}?first=50")
    assert len(later.select("#batch .row")) == 5
    assert {cast.session_row(each).status for each in ids} == {"scheduled"}


def _work() -> None:
    """What the worker does with what waits."""
    db.session.rollback()
    waiting = select(OutboxMessage.id).where(OutboxMessage.name == "apply_batch", OutboxMessage.done_at.is_(None))
    for message_id in db.session.execute(waiting).scalars().all():
        assert worker.perform_here(message_id)


def test_a_batch_that_failed_says_why_and_changed_nothing(world: World, client: PolicingClient) -> None:
    ids = drafts(world, SMALL + 1)
    answer = client.submit(one_form(client.page(f"{PREVIEW}?all=1&verb=publish"), "#go-ahead"))
    client.post(f"{P}/sessions/{ids[3]}/publish")
    _work()
    page = client.page(answer.location)
    assert "Nothing was changed" in plain(page)
    assert "This session is scheduled, so it can't be published" in plain(page)
    assert page.select(".alert a")[0]["href"] == f"{P}/sessions/{ids[3]}"
    assert [cast.session_row(each).status for each in ids].count("draft") == SMALL
    assert "Nothing changed" in plain(client.page(f"{P}/bulk"))


def test_coaches_neither_see_nor_do_it(world: World, client: PolicingClient, dana: PolicingClient) -> None:
    drafts(world, 1)
    form = one_form(client.page(f"{PREVIEW}?all=1&verb=publish"), "#go-ahead")
    assert dana.page(f"{P}/sessions").select("#pick, .row-pick") == []
    sent = {str(field["name"]): str(field.get("value", "")) for field in form.select("input:not([name=csrf_token])")}
    assert dana.post(f"{P}/bulk", data=sent).status_code == 403
    assert dana.get(f"{PREVIEW}?all=1&verb=publish").status_code == 403
    assert batches() == []


def test_a_batch_of_another_organization_is_no_selection(
    world: World, client: PolicingClient, new_client: Callable[[], PolicingClient]
) -> None:
    drafts(world, 1)
    client.submit(one_form(client.page(f"{PREVIEW}?all=1&verb=publish"), "#go-ahead"))
    (batch,) = batches()
    elsewhere = cast.organization("elsewhere")
    cy = new_client()
    cast.sign_in(cy, cast.staff(elsewhere, "Cy Young"), elsewhere)
    assert cy.get(f"{PREVIEW}?batch={batch.id}&verb=cancel").status_code == 404
    assert cy.get(f"{P}/bulk/{batch.id}").status_code == 404
    assert "Nothing yet" in plain(cy.page(f"{P}/bulk"))


def test_the_preview_pages_through_many(world: World, client: PolicingClient) -> None:
    drafts(world, 60)
    page = client.page(f"{PREVIEW}?all=1&verb=publish")
    assert len(page.select(".rows .row")) == 50
    later = next(link for link in page.select(".pagination a") if "Later" in link.text)
    assert len(client.page(str(later["href"])).select(".rows .row")) == 10
