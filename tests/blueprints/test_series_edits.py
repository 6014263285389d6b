"""An edit is the difference between the form as it was shown and as it was sent, field by field, on every date."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from liveapp.domain.catalogue.models import Location
from liveapp.web.navigation import P
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock
from tests.domain import session_words as words
from tests.domain.session_words import World, weekly
from tests.policing import PolicingClient, soup_of, values_of

FIRST = date(2026, 3, 12)
OWN = {"title": "Own title", "duration_minutes": "75", "max_participants": "7", "description": "Own", "notes": "Own",
       "focus_area": "Own", "time": "19:10", "costs": "price", "price": "25"}  # fmt: skip
"""What the third date has of its own, beside its host and its place."""
CHANGES = OWN | {"host_id": "emil", "location_id": "attic", "format": "online"}
TYPED = {"title": "Flow", "duration_minutes": "45", "max_participants": "12", "description": "One\r\nTwo",
         "notes": "New", "focus_area": "New", "time": "18:30", "price": "20"}  # fmt: skip
COLUMNS = (
    "title",
    "host_id",
    "scheduled_at",
    "duration_minutes",
    "format",
    "location_id",
    "meeting_provider",
    "meeting_url",
    "max_participants",
    "description",
    "focus_area",
    "notes",
    "price_minor",
    "plan_only",
)
NAMED = {"time": "scheduled_at", "price": "price_minor", "costs": "plan_only"}
"""The columns of fields that have another name."""
ALSO = {"format": {"location_id", "meeting_provider", "meeting_url"}, "costs": {"price_minor"}}
"""What goes with a field: who meets online has no room, and what only plans pay for no price."""


class Series:
    """Five Thursdays at 18:00 in the hall, led by Ada; the third has all of its own, with Dana in the cellar."""

    def __init__(self, world: World, client: PolicingClient) -> None:
        self.world, self.client = world, client
        rooms = {
            name: cast.write(Location, organization_id=world.organization_id, name=name, created_at=NOW)
            for name in ("hall", "cellar", "attic")
        }
        emil = cast.staff(world.organization_id, "Emil Post", "coach")
        self.ids = rooms | {"emil": emil}
        self.first = world.make(weekly(FIRST, count=5), location_id=rooms["hall"], price_minor=1800)
        self.own = words.dates(self.first)[2].id
        answer = self.submit(self.own, "this", **OWN, host_id=str(world.dana), location_id=str(rooms["cellar"]))
        assert answer.status_code == 303, answer.text

    def form(self, session_id: uuid.UUID, scope: str) -> Any:
        page = self.client.page(f"{P}/sessions/{session_id}/edit?scope={scope}")
        return next(form for form in page.select("form") if str(form.get("action")).endswith("/edit"))

    def submit(self, session_id: uuid.UUID, reach: str, **typed: Any) -> Any:
        return self.client.submit(self.form(session_id, reach), **typed)

    def value(self, name: str, *, known: dict[str, str]) -> str:
        found = known[name]
        return str(self.ids.get(found, found))

    def dates(self) -> dict[uuid.UUID, dict[str, Any]]:
        rows = {row.id: row for row in (*words.dates(self.first), *words.dates(self.own))}
        return {key: {name: getattr(row, name) for name in COLUMNS} for key, row in rows.items()}


@pytest.fixture
def world(app: Flask, clock: Clock, client: PolicingClient) -> Iterator[World]:
    clock.set(NOW)
    made = words.world()
    cast.sign_in(client, made.ada, made.organization_id)
    yield made
    words.assert_invariants()


@pytest.fixture
def series(world: World, client: PolicingClient) -> Series:
    return Series(world, client)


@pytest.mark.parametrize("scope", ["following", "all"])
@pytest.mark.parametrize("opened", ["plain", "own"])
@pytest.mark.parametrize("name", [*TYPED, "host_id", "location_id", "format", "costs"])
def test_one_field_changed_changes_that_field_and_no_other(series: Series, name: str, opened: str, scope: str) -> None:
    known = TYPED | {"host_id": "emil", "location_id": "attic", "format": "online", "costs": "plan"}
    session_id = series.own if opened == "own" else words.dates(series.first)[1].id
    before = series.dates()
    typed = {name: series.value(name, known=known)}
    if name == "location_id":
        typed["format"] = "in_person"
    answer = series.submit(session_id, scope, **typed, include=[str(series.own)])
    assert answer.status_code == 303, answer.text
    after = series.dates()
    column = NAMED.get(name, name)
    reached = [row.id for row in words.dates(series.own)] if scope == "following" else list(before)
    for key, was in before.items():
        others = set(COLUMNS) - {column} - ALSO.get(name, set())
        assert {each: after[key][each] for each in others} == {each: was[each] for each in others}
        assert (after[key][column] != was[column]) == (key in reached)


def test_a_substitute_that_opens_the_form_leads_no_other_date(series: Series) -> None:
    assert series.submit(series.own, "following", notes="New", include=[str(series.own)]).status_code == 303
    hosts = [row.host_id for row in words.dates(series.own)]
    assert hosts == [series.world.dana, series.world.ada, series.world.ada]
    assert [row.is_detached for row in words.dates(series.own)] == [True, False, False]


def test_the_preview_names_what_changes_on_each_date_and_what_it_keeps(series: Series) -> None:
    first = words.dates(series.first)[0].id
    sent = values_of(series.form(first, "all")) | {"time": "18:30", "host_id": str(series.ids["emil"])}
    answer = series.client.htmx(f"{P}/sessions/{first}/edit/preview", method="POST", data=sent)
    lines = [" ".join(line.text.split()) for line in soup_of(answer).select(".fate-list li")]
    assert lines[0] == "Thu 12 Mar 2026, 6:00 PM Host → Emil Post, time → 6:30 PM"
    own = next(line for line in lines if "Thu 26 Mar" in line)
    assert "Keeps its own title, length, places, price, place, description, what to prepare, notes" in own
    assert "Host → Emil Post, time → 6:30 PM" in own


def test_nothing_beyond_this_date_is_saved_before_it_was_shown(series: Series) -> None:
    before, first = series.dates(), words.dates(series.first)[0].id
    looked = series.submit(first, "this", scope="all", title="Flow", description="Typed")
    assert looked.status_code == 200
    assert series.dates() == before
    page = soup_of(looked)
    assert page.select_one("#title")["value"] == "Flow"  # type: ignore[index]
    assert page.select_one("#description").text.strip() == "Typed"  # type: ignore[union-attr]
    assert "4 sessions are changed" in " ".join(page.text.split())
    form = next(form for form in page.select("form") if str(form.get("action")).endswith("/edit"))
    assert series.client.submit(form).status_code == 303
    assert [row.title for row in words.dates(first)] == ["Flow", "Flow", "Own title", "Flow", "Flow"]


def test_what_somebody_else_changed_meanwhile_stays(series: Series) -> None:
    first = words.dates(series.first)[0].id
    mine, theirs = series.form(first, "this"), series.form(first, "this")
    series.client.submit(theirs, title="Theirs", notes="Theirs")
    series.client.submit(mine, notes="Mine")
    row = cast.session_row(first)
    assert (row.title, row.notes) == ("Theirs", "Mine")


def test_a_date_moved_to_another_day_stays_there_when_the_time_changes(series: Series) -> None:
    moved = words.dates(series.first)[3].id
    assert series.submit(moved, "this", date="2026-04-03").status_code == 303
    assert series.submit(series.first, "all", time="18:30", include=[str(moved)]).status_code == 303
    row = cast.session_row(moved)
    assert (row.scheduled_at.date(), row.is_detached) == (date(2026, 4, 3), True)
    assert row.scheduled_at - words.dates(series.first)[4].scheduled_at == -timedelta(days=6)


@pytest.mark.parametrize("shown", ["[", "[1]", '{"title": 3}', "[" * 20000])
def test_what_the_form_showed_must_be_readable(series: Series, shown: str) -> None:
    before = series.dates()
    assert series.submit(series.first, "all", title="Flow", shown=shown).status_code == 422
    assert series.dates() == before
