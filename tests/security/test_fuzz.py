"""Every address and every form field, filled with nonsense: the answer is never a fault of ours.

The forms are those that the pages show to the studio's owner, to a guest and to nobody in particular; one field at a
time is spoiled in a form that is otherwise as it was shown. The order is fixed by a seed. The two kinds of database
get half of the nonsense each; under `make faults` each gets all of it, and more.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from bs4 import Tag
from flask import Flask
from werkzeug.routing import Rule

from liveapp.web.limits import limiter
from tests import cast
from tests.architecture.test_routes import ROWS, World
from tests.conftest import ON_ONE_DATABASE
from tests.databases import KINDS, Database
from tests.policing import PolicingClient, soup_of, values_of
from tests.security import nasty

SEED = int(os.environ.get("LIVEAPP_FUZZ_SEED", "20260303"))
TRIES = int(os.environ.get("LIVEAPP_FUZZ_TRIES", "1"))
"""How many nonsensical values each field gets in one run, and twice as many each address."""
THOROUGH = 3
MANY = pytest.mark.parametrize("tries", [TRIES, pytest.param(THOROUGH * TRIES, marks=pytest.mark.faults)])
PARAMETERS = (
    "after", "all", "answer", "back", "batch", "before", "copy", "date", "day", "days", "duration", "edit",
    "first", "format", "from", "host", "id", "kind", "location", "minutes", "month", "moved", "new", "next",
    "object", "offering", "offering_id", "organization", "plan", "program", "q", "scope", "show", "start",
    "starts_from", "starts_to", "status", "time", "to", "to_host", "to_time", "tz", "verb", "view", "week",
    "weekday", "what", "when", "who", "zone",
)  # fmt: skip
MORE = {
    "availability.index": "?edit=0",
    "availability.preview": "?view=dates",
    "bulk.preview": "?all=1&verb=cancel",
    "sessions.edit": "?scope=all",
    "book.slots": "?start=2026-03-04T09:00Z",
}
"""What else an address must say for its page to show its form."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as a page shows it."""

    action: str
    method: str
    values: dict[str, Any]


@ON_ONE_DATABASE
@MANY
def test_no_address_breaks_anything(
    app: Flask, world: World, new_client: Callable[[], PolicingClient], chance: random.Random, tries: int
) -> None:
    faults = []
    for rule in _rules(app, "GET"):
        client, path = _signed_in(new_client, world), _path(app, rule, world)
        for name, value in _sample(chance, chance.sample(PARAMETERS, min(2 * tries, len(PARAMETERS))), tries):
            found = client.get(path, query_string={name: _sent(value)}, headers=_headers(chance))
            faults += _faults(f"GET {path}?{name}={value!r}", found)
    assert faults == []


def test_no_part_of_a_path_breaks_anything(
    app: Flask, world: World, client: PolicingClient, chance: random.Random
) -> None:
    cast.sign_in(client, world.people["owner"])
    faults = []
    for rule in _rules(app, "GET"):
        for name in rule.arguments:
            for value in chance.sample(nasty.ALL, TRIES * 2):
                path = "/".join(
                    quote(value[:3000], safe="", errors="replace") if name in part else "x" if "<" in part else part
                    for part in rule.rule.split("/")
                )
                faults += _faults(f"GET {path}", client.get(path))
    assert faults == []


@ON_ONE_DATABASE
@MANY
def test_no_field_breaks_anything(
    app: Flask,
    world: World,
    new_client: Callable[[], PolicingClient],
    chance: random.Random,
    database: Database,
    tries: int,
) -> None:
    faults, turn = [], KINDS.index(database.kind)
    forms = list(_forms(app, world, new_client))
    assert len(forms) > 40, "the pages' forms weren't found"
    for form in forms:
        client = _signed_in(new_client, world) if chance.random() < 0.8 else new_client()
        names = list(dict.fromkeys([*form.values, "scope", "include", "windows-²-start", "drop"]))
        for name, value in _sample(chance, names[turn::2] if tries == TRIES else names, tries):
            limiter.reset()
            sent = {"data" if form.method == "post" else "query_string": form.values | {name: _sent(value)}}
            answer = client.open(form.action, method=form.method.upper(), headers=_headers(chance), **sent)
            faults += _faults(f"{form.method} {form.action} {name}={value!r}", answer)
    assert faults == []


@pytest.fixture
def chance(database: Database) -> random.Random:
    """Other nonsense on each kind of database."""
    return random.Random(SEED + KINDS.index(database.kind))


def _rules(app: Flask, method: str) -> list[Rule]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.methods and method in rule.methods]
    return sorted(rules, key=lambda rule: rule.endpoint)


def _path(app: Flask, rule: Rule, world: World) -> str:
    with app.test_request_context():
        path: str = app.url_for(rule.endpoint, **ROWS[rule.endpoint].values(world))
    return urlsplit(path).path


def _sample(chance: random.Random, names: Iterable[str], tries: int) -> Iterator[tuple[str, str]]:
    for name in names:
        for value in chance.sample(nasty.ALL, min(tries, len(nasty.ALL))):
            yield name, value


def _signed_in(new_client: Callable[[], PolicingClient], world: World) -> PolicingClient:
    limiter.reset()
    client = new_client()
    cast.sign_in(client, world.people["owner"])
    return client


def _headers(chance: random.Random) -> dict[str, str]:
    forged = {
        "HX-Request": "true",
        "HX-Current-URL": "//evil.example/\u00ff",
        "If-None-Match": '"\u00e9, W/,*"x',
        "Accept-Language": "x;q=nan, en-US-posix-\u00e9;q=9",
        "X-Request-ID": "<b>",
        "Range": "bytes=9-1",
    }
    return {name: value for name, value in forged.items() if chance.random() < 0.25}


def _sent(value: str) -> str:
    """What a form can carry: a lone surrogate travels as its (wrong) bytes."""
    return value.encode("utf-8", "replace").decode()


def _forms(app: Flask, world: World, new_client: Callable[[], PolicingClient]) -> Iterator[Sent]:
    """Every form on every page, once."""
    seen = set()
    for rule in _rules(app, "GET"):
        for client in (_signed_in(new_client, world), new_client()):
            address = _path(app, rule, world) + MORE.get(rule.endpoint, "")
            for form in soup_of(client.get(address)).find_all("form"):
                found = _form(form, address)
                if (found.method, urlsplit(found.action).path, *found.values) not in seen:
                    seen.add((found.method, urlsplit(found.action).path, *found.values))
                    yield found


def _form(form: Tag, address: str) -> Sent:
    """With a value for each of its fields, also for boxes that aren't ticked."""
    unticked = {str(field["name"]): str(field.get("value", "on")) for field in form.select("input[name]")}
    values = {name: value for name, value in (unticked | values_of(form)).items() if name != "csrf_token"}
    action, method = str(form.get("action") or address), str(form.get("method", "get")).lower()
    return Sent(action.partition("?")[0] if method == "get" else action, method, values)


def _faults(what: str, answer: Any) -> list[str]:
    leaks = "Traceback" in answer.text or "sqlalchemy" in answer.text.lower()
    return [f"{what[:300]}: {answer.status_code}"] if answer.status_code >= 500 or leaks else []
