"""A changed price of an offering reaches the sessions to come where that is said, and never who has booked."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain.bookings import prices
from liveapp.domain.bookings.errors import CurrencyStays, SessionsToCome
from liveapp.domain.catalogue.details import Lengths, OfferingDetails
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.models import LiveSession, Series
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW
from tests.domain import session_words as words
from tests.domain.session_words import World, weekly

EIGHTEEN = OfferingDetails("Yoga", "live_class", "in_person", 60, 20, price_minor=1800)
TWENTY = replace(EIGHTEEN, price_minor=2000)
FIRST = date(2026, 3, 12)
CHANGES = {
    "dearer": (TWENTY, (2000, False, "EUR")),
    "free": (replace(EIGHTEEN, price_minor=None), (None, False, "EUR")),
    "only with a plan": (replace(EIGHTEEN, plan_only=True), (None, True, "EUR")),
    "another currency": (replace(EIGHTEEN, currency="TTD"), (1800, False, "TTD")),
}


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    made = words.world()
    costs = {"price_minor": 1800, "currency": "EUR"}
    transact(lambda: db.session.execute(update(Offering).where(Offering.id == made.offering_id).values(**costs)))
    yield made
    words.assert_invariants()


def change(world: World, details: OfferingDetails, reaches: bool | None, **more: Any) -> int:
    asked = {"actor": world.owner, "offering_id": world.offering_id, "lengths": Lengths(30, 240), "now": NOW} | more
    return transact(prices.change_offering, details=details, reaches=reaches, **asked)


def costs(table: Any = LiveSession) -> dict[uuid.UUID, tuple[int | None, bool, str]]:
    query = select(table.id, table.price_minor, table.plan_only, table.currency)
    return {row.id: (row.price_minor, row.plan_only, row.currency) for row in db.session.execute(query)}


@pytest.mark.parametrize("name", CHANGES)
def test_it_reaches_what_is_planned_at_the_price_as_it_was(world: World, name: str) -> None:
    details, after = CHANGES[name]
    over = world.make(NOW - timedelta(days=8), publishes=False)
    own = world.make(NOW + timedelta(days=5), price_minor=2500)
    world.make(weekly(FIRST, count=3))
    world.make(NOW + timedelta(days=6), publishes=False)
    planned = set(costs()) - {over, own}
    with pytest.raises(SessionsToCome):
        change(world, details, None)
    is_other_currency = name == "another currency"
    assert change(world, details, True) == len(planned) + is_other_currency
    assert {costs()[each] for each in planned} == {after}
    assert costs()[own] == (after if is_other_currency else (2500, False, "EUR"))
    assert costs()[over] == (1800, False, "EUR")
    assert set(costs(Series).values()) == {after}


def test_only_new_sessions_cost_it_where_that_is_said(world: World) -> None:
    planned = world.make(weekly(FIRST, count=2))
    assert change(world, TWENTY, False) == 0
    assert set(costs().values()) == set(costs(Series).values()) == {(1800, False, "EUR")}
    new = world.make(NOW + timedelta(days=2))
    assert costs()[new] == (2000, False, "EUR")
    assert costs()[planned] == (1800, False, "EUR")


def test_nothing_is_asked_where_nothing_is_planned_or_the_price_stays(world: World) -> None:
    assert change(world, TWENTY, None) == 0
    world.make()
    assert change(world, replace(TWENTY, title="Yoga at noon"), None) == 0


def test_who_has_booked_keeps_their_price(world: World) -> None:
    session_id = world.make()
    ben = cast.guest(1)
    booking_id = words.book(session_id, ben)
    assert change(world, TWENTY, True) == 1
    assert cast.booking_row(booking_id).price_minor == 1800
    assert costs()[session_id] == (2000, False, "EUR")


def test_the_currency_stays_once_something_was_sold_in_it(world: World) -> None:
    words.book(world.make(), cast.guest(1))
    with pytest.raises(CurrencyStays) as refusal:
        change(world, replace(EIGHTEEN, currency="TTD"), True)
    assert refusal.value.field == "currency"
    assert set(costs().values()) == {(1800, False, "EUR")}


def test_other_peoples_offerings_are_not_there(world: World) -> None:
    world.make()
    stranger = cast.actor(cast.organization("elsewhere"), "Eve Hall", Role.OWNER)
    with pytest.raises(NotFound):
        change(world, TWENTY, None, actor=stranger)
