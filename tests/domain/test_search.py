"""Every search finds by the one rule, on both databases, whatever their collation."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from liveapp.db import db
from liveapp.domain.accounts import members
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.bookings import finding, public
from liveapp.domain.catalogue import queries as catalogue
from liveapp.domain.live_sessions import queries as live_sessions
from liveapp.domain.payments import lists
from liveapp.domain.workouts import queries as workouts
from liveapp.domain.workouts.models import Workout
from liveapp.rules.search import folded
from tests import cast
from tests.cast import NOW

WRITTEN = "Zoë Łukasz Übung-Straße"
TYPED = ["Zoë", "zoe", "ZOE", "łukasz", "lukasz", "Übung", "übung", "UBUNG", "straße", "STRASSE", "ubung-strasse"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30))
@example("ẞß ŉ ǰ ΐ İı Ÿ ﬃ ① և ᾳ ŁłØøÐðÞþÆæŒœ")
def test_the_database_folds_as_the_rule_does(app: Flask, text: str) -> None:
    assert db.session.execute(select(func.folded(text))).scalar_one() == folded(text)


@pytest.fixture
def organization_id(app: Flask) -> uuid.UUID:
    """A business in which everything that can be searched has the same name."""
    made = cast.organization(name=WRITTEN)
    host = cast.staff(made, WRITTEN)
    offering = cast.offering(made, title=WRITTEN)
    cast.session(made, host, offering, NOW + timedelta(days=2), title=WRITTEN)
    member = cast.user(WRITTEN, email="z@example.com")
    cast.membership(made, member, "member", slug="z")
    cast.payment(made, member, cast.plan(made))
    cast.write(Workout, organization_id=made, title=WRITTEN, body="x", created_by=host, created_at=NOW)
    return made


Search = Callable[[uuid.UUID, str], Iterable[Any]]
SEARCHES: dict[str, Search] = {
    "organizations": lambda _, words: accounts.find_organizations(words=words),
    "clients": lambda at, words: members.clients(organization_id=at, words=words),
    "people for a roster": lambda at, words: finding.people(organization_id=at, session_id=uuid.uuid4(), words=words),
    "sessions": lambda at, words: (
        live_sessions.calendar_sessions(organization_id=at, filters=live_sessions.Filters(search=words), now=NOW).rows
    ),
    "the public schedule": lambda at, words: public.schedule(
        organization_id=at, first=NOW, last=NOW + timedelta(days=7), now=NOW, filters=public.Filters(words=words)
    ),
    "offerings": lambda at, words: catalogue.offerings(organization_id=at, words=words),
    "payments": lambda at, words: lists.payments(organization_id=at, filters=lists.Filters(words=words)).rows,
    "workouts": lambda at, words: workouts.workouts(organization_id=at, words=words),
}


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES.keys())
def test_every_search_finds_it_however_it_is_typed(organization_id: uuid.UUID, search: Search) -> None:
    assert [words for words in TYPED if not list(search(organization_id, words))] == []
    assert list(search(organization_id, "zoo")) == []
    assert list(search(organization_id, "_o_")) == list(search(organization_id, "%")) == []
