"""Every verb of every lifecycle that people use, at its time and out of it, with nobody and with somebody affected.

The tables say when a verb opens and what it asks; the pages must do just that. A verb that opens is shown: as a button
where it asks nothing, as a link to its question where it asks. One that isn't open is neither shown nor done.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select, update

from liveapp.db import Base, db
from liveapp.domain.accounts.models import Membership
from liveapp.domain.bookings.models import Booking
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.plans.models import Subscription
from liveapp.rules.lifecycle import (
    BOOKING,
    MEETING,
    MEMBERSHIP,
    PAYOUT,
    SESSION,
    SUBSCRIPTION,
    Asks,
    Edge,
    Machine,
    Times,
    asks,
    edge_of,
)
from liveapp.rules.payment_states import PAYMENT, REFUND
from liveapp.unit_of_work import transact
from liveapp.web.navigation import P
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock
from tests.domain import session_words
from tests.domain.session_words import World
from tests.policing import PolicingClient, soup_of

START = NOW + timedelta(days=20)
TIMES = Times.of(START, check_in_minutes=30, join_minutes=5)
MOMENTS = {
    "two weeks before": START - timedelta(days=14),
    "in the window": START - timedelta(minutes=10),
    "after the start": START + timedelta(minutes=40),
}


@dataclass(frozen=True)
class Thing:
    """What a verb is used on: its row, the page that shows it, and the verb's address."""

    table: type[Base]
    id: uuid.UUID
    page: str
    verb: str


@dataclass(frozen=True)
class Case:
    """A verb from one state: how the thing is made with so many people, and what its form sends."""

    machine: Machine
    verb: str
    source: str
    make: Callable[[World, int], Thing]
    crowds: tuple[int, ...] = (0, 2)
    data: dict[str, str] = field(default_factory=dict)
    loses: Callable[[int], int] = lambda people: people
    """How many of those people the verb takes something from."""

    @property
    def edge(self) -> Edge:
        return edge_of(self.machine, self.source, self.verb)

    def __str__(self) -> str:
        return f"{self.machine.noun}: {self.source} {self.verb}"


def class_of(status: str, verb: str, *, waits: bool = False) -> Callable[[World, int], Thing]:
    """A class in that state with so many people booked, or waiting."""

    def make(world: World, people: int) -> Thing:
        session_id = _session(world, world.offering_id, status, **_counts(people, waits=waits))
        for number in range(people):
            line: dict[str, Any] = {"status": "waitlisted", "waitlist_position": number + 1} if waits else {}
            cast.booking(session_id, cast.user(f"Person{number} Y"), **line)
        page = f"{P}/sessions/{session_id}"
        return Thing(LiveSession, session_id, page, f"{page}/{verb}")

    return make


def place(verb: str, **values: Any) -> Callable[[World, int], Thing]:
    """Somebody's place in a class, on the staff's page or by its holder's link."""

    def make(world: World, people: int) -> Thing:
        waits = values.get("status") == "waitlisted"
        session_id = _session(world, world.offering_id, "scheduled", **_counts(people, waits=waits))
        booking_id = cast.booking(session_id, cast.user("Ben Okafor"), name="Ben Okafor", **values)
        if verb.startswith("/b/"):
            page = f"/b/{sign(Purpose.BOOKING, booking_id)}"
            return Thing(Booking, booking_id, page, page + verb[2:])
        page = f"{P}/sessions/{session_id}"
        return Thing(Booking, booking_id, page, f"{page}/bookings/{booking_id}/{verb}")

    return make


def meeting_of(
    status: str, booked: str, verb: str, *, table: type[Base] = LiveSession
) -> Callable[[World, int], Thing]:
    """A meeting in that state, its booking in the other; by the page of sessions or that of meetings."""

    def make(world: World, people: int) -> Thing:
        offering_id = cast.meeting_offering(world.organization_id)
        counts = {"participant_count": people, "max_participants": 1, "type": "meeting"}
        session_id = _session(world, offering_id, status, host_joined_at=START, **counts)
        asked = {"expires_at": START, "requested_start": START} if booked == "requested" else {}
        booking_id = cast.booking(session_id, cast.user("Ben Okafor"), name="Ben Okafor", status=booked, **asked)
        pages = {"s": f"{P}/sessions/{session_id}", "m": f"{P}/meetings/{booking_id}"}
        page = pages[verb[0]]
        thing_id = session_id if table is LiveSession else booking_id
        return Thing(table, thing_id, page, f"{pages[verb[0]]}/{verb[2:]}")

    return make


def plan_of(status: str, verb: str) -> Callable[[World, int], Thing]:
    """A member's plan."""

    def make(world: World, _people: int) -> Thing:
        ben = cast.member(world.organization_id)
        subscription_id = cast.subscription(world.organization_id, ben, cast.plan(world.organization_id))
        if status == "paused":
            _set(Subscription, subscription_id, status=status, paused_on=NOW.date())
        page = f"{P}/members/{_membership(ben.user_id)}"
        return Thing(Subscription, subscription_id, page, f"{P}/subscriptions/{subscription_id}/{verb}")

    return make


def member_with(world: World, people: int) -> Thing:
    """A member with so many plans that count on."""
    ben = cast.member(world.organization_id)
    for _ in range(people):
        cast.subscription(world.organization_id, ben, cast.plan(world.organization_id))
    page = f"{P}/members/{_membership(ben.user_id)}"
    return Thing(Membership, _membership(ben.user_id), page, f"{page}/end")


CASES = (
    Case(SESSION, "publish", "draft", class_of("draft", "publish"), crowds=(0,)),
    Case(SESSION, "unpublish", "scheduled", class_of("scheduled", "unpublish"), crowds=(0,)),
    Case(SESSION, "start", "scheduled", class_of("scheduled", "start", waits=True)),
    Case(SESSION, "take_back", "live", class_of("live", "take-back")),
    Case(SESSION, "end", "live", class_of("live", "end")),
    Case(SESSION, "cancel", "scheduled", class_of("scheduled", "cancel"), data={"reason": "Ill"}),
    Case(SESSION, "cancel", "live", class_of("live", "cancel"), data={"reason": "Ill"}),
    Case(MEETING, "start", "scheduled", meeting_of("scheduled", "confirmed", "s/start"), (1,), loses=lambda _: 0),
    Case(MEETING, "take_back", "live", meeting_of("live", "confirmed", "s/take-back"), (1,)),
    Case(MEETING, "end", "live", meeting_of("live", "confirmed", "m/end"), (1,)),
    Case(MEETING, "cancel", "scheduled", meeting_of("scheduled", "confirmed", "m/cancel"), (1,), {"words": "Ill"}),
    Case(MEETING, "accept", "draft", meeting_of("draft", "requested", "m/accept"), (1,)),
    Case(MEETING, "cancel", "draft", meeting_of("draft", "requested", "m/decline"), (1,), {"words": "Ill"}),
    Case(BOOKING, "accept", "requested", meeting_of("draft", "requested", "m/accept", table=Booking), (1,)),
    Case(
        BOOKING, "decline", "requested", meeting_of("draft", "requested", "m/decline", table=Booking), (1,),
        {"words": "Ill"},
    ),
    Case(
        BOOKING, "mark_no_show", "confirmed",
        meeting_of("live", "confirmed", "m/no-show", table=Booking), (1,),
    ),
    Case(BOOKING, "cancel", "confirmed", place("cancel"), (1,), {"reason": "Ill"}),
    Case(
        BOOKING, "cancel", "waitlisted", place("cancel", status="waitlisted", waitlist_position=1), (1,),
        {"reason": "Ill"},
    ),
    Case(SUBSCRIPTION, "pause", "active", plan_of("active", "pause"), (1,)),
    Case(SUBSCRIPTION, "resume", "paused", plan_of("paused", "resume"), (1,)),
    Case(SUBSCRIPTION, "end", "active", plan_of("active", "end"), (1,)),
    Case(SUBSCRIPTION, "end", "paused", plan_of("paused", "end"), (1,)),
    Case(MEMBERSHIP, "end", "present", member_with, crowds=(0, 2)),
)  # fmt: skip
ELSEWHERE = {
    ("booking", "take"): "booking.take",
    ("booking", "hold"): "booking.pay_now",
    ("booking", "pay"): "booking.pay_now",
    ("booking", "pay_at_desk"): "sessions.attendance",
    ("booking", "attend"): "sessions.attendance",
    ("payment", "save_card"): "booking.pay_now",
    ("payment", "open_page"): "booking.pay_now",
    ("payment", "doubt"): "booking.absent",
    ("payment", "decide"): "meetings.decide",
    ("payment", "drop"): "sessions.waive",
    ("payment", "receive"): "booking.pay_now",
    ("payout", "withdraw"): "payouts.withdraw",
}
"""Verbs about money and presence, walked where their pages are tested: those that ask have a page here too."""


@pytest.fixture
def world(app: Flask, clock: Clock, client: PolicingClient) -> World:
    clock.set(NOW)
    made = session_words.world()
    cast.sign_in(client, made.ada, made.organization_id)
    return made


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(
    ("case", "people"), [pytest.param(case, n, id=f"{case}, {n}") for case in CASES for n in case.crowds]
)
def test_a_verb_opens_and_asks_as_its_table_says(
    world: World, clock: Clock, client: PolicingClient, case: Case, people: int, moment: str
) -> None:
    thing = case.make(world, people)
    clock.set(MOMENTS[moment])
    before = _row(thing)
    page = client.page(thing.page)
    if not case.edge.is_open(TIMES, MOMENTS[moment]):
        assert not _posts(page, thing.verb)
        assert not _leads(page, thing.verb)
        answer = client.post(thing.verb, data=case.data)
        refused = client.page(answer.location).select_one("#flash .alert") if answer.status_code == 303 else answer
        assert refused
        assert answer.status_code in (303, 409, 422), answer.text
        assert _row(thing) == before
        return
    asked = {}
    if asks(case.machine, case.source, case.verb, people=case.loses(people)):
        assert not _posts(page, thing.verb), "it does at once what it should ask about"
        assert _leads(page, thing.verb)
        question = client.get(thing.verb, follow_redirects=True)
        assert _row(thing) == before
        asked = _fields(soup_of(question), question.request.path)
        assert str(people) in soup_of(question).main.text or people < 2  # type: ignore[union-attr]
    else:
        assert _posts(page, thing.verb)
    answer = client.post(thing.verb, data=asked | case.data)
    assert answer.status_code in (200, 303), answer.text
    assert _row(thing) != before


def test_starting_asks_again_when_more_wait_than_were_shown(world: World, clock: Clock, client: PolicingClient) -> None:
    thing = class_of("scheduled", "start", waits=True)(world, 2)
    clock.set(MOMENTS["in the window"])
    for agreed in ({}, {"agreed": "0"}, {"agreed": "1"}, {"agreed": "x"}):
        answer = client.post(thing.verb, data=agreed)
        assert (answer.status_code, answer.location) == (303, thing.verb)
        assert _row(thing).status == "scheduled"
    assert "2 people still wait" in client.page(thing.verb).main.text  # type: ignore[union-attr]


def test_too_early_names_the_moment(world: World, clock: Clock, client: PolicingClient) -> None:
    thing = class_of("scheduled", "start")(world, 0)
    answer = client.post(thing.verb)
    assert answer.status_code == 409
    assert "It can be started from Sun 22 March, 9:30\u202fAM on" in answer.text


def test_a_start_that_was_taken_back_can_be_made_again(world: World, clock: Clock, client: PolicingClient) -> None:
    thing = class_of("scheduled", "start")(world, 1)
    clock.set(MOMENTS["in the window"])
    client.post(thing.verb)
    assert _row(thing).started_at == MOMENTS["in the window"]
    client.post(f"{thing.page}/take-back")
    assert (_row(thing).status, _row(thing).started_at) == ("scheduled", None)
    client.post(thing.verb)
    assert _row(thing).status == "live"
    actions = [action for action, *_ in session_words.audited(thing.id)]
    assert actions == ["start", "take_back", "start"]


def test_every_verb_of_people_is_walked() -> None:
    walked = {(case.machine.noun, case.verb) for case in CASES} | set(ELSEWHERE)
    machines = (SESSION, MEETING, BOOKING, SUBSCRIPTION, MEMBERSHIP, PAYOUT, PAYMENT, REFUND)
    used = {
        (machine.noun, edge.verb)
        for machine in machines
        for edge in machine.edges
        if edge.right is not None or edge.host or edge.holder
    }
    assert used == walked


def test_what_asks_has_a_page(app: Flask) -> None:
    methods = {rule.endpoint: rule.methods for rule in app.url_map.iter_rules()}
    by_noun = {machine.noun: machine for machine in (BOOKING, PAYMENT, PAYOUT)}
    for (noun, verb), endpoint in ELSEWHERE.items():
        edges = [edge for edge in by_noun[noun].edges if edge.verb == verb]
        if any(edge.asks is not Asks.NOTHING for edge in edges):
            assert "GET" in (methods[endpoint] or ()), endpoint


def _session(world: World, offering_id: uuid.UUID, status: str, **values: Any) -> uuid.UUID:
    began = {"started_at": NOW} if status == "live" else {}
    return cast.session(world.organization_id, world.ada, offering_id, START, status=status, **values | began)


def _counts(people: int, *, waits: bool) -> dict[str, int]:
    return {"waiting_count": people} if waits else {"participant_count": people}


def _set(model: type[Base], row_id: uuid.UUID, **values: Any) -> None:
    transact(_write, model, row_id, values)


def _write(model: Any, row_id: uuid.UUID, values: dict[str, Any]) -> None:
    db.session.execute(update(model).where(model.id == row_id).values(**values))


def _membership(user_id: uuid.UUID | None) -> uuid.UUID:
    found: uuid.UUID = cast.one(select(Membership.id).where(Membership.user_id == user_id)).id
    return found


def _row(thing: Thing) -> Any:
    return cast.one(select(*thing.table.__table__.columns).where(thing.table.__table__.c.id == thing.id))


def _posts(page: BeautifulSoup, address: str) -> bool:
    return any(form.get("action") == address and form.get("method") == "post" for form in page.select("form"))


def _leads(page: BeautifulSoup, address: str) -> bool:
    return any(str(link["href"]).split("?")[0] == address for link in page.select("a[href]"))


def _fields(page: BeautifulSoup, address: str) -> dict[str, str]:
    """What the question's form carries without anybody typing."""
    form = next(form for form in page.select("form") if form.get("action") == address)
    return {str(each["name"]): str(each.get("value", "")) for each in form.select("input[type=hidden]")}
