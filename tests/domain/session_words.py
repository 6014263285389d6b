"""Making and changing sessions in tests, in few words."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import Row, select

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings import service as bookings
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.live_sessions import making
from liveapp.domain.live_sessions.details import Details, Limits
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.recurrence import Frequency, Rule
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from tests import cast
from tests.cast import BEN, NOW

LIMITS = Limits(shortest=30, longest=240)
IN_THREE_DAYS = NOW + timedelta(days=3)


@dataclass
class World:
    """Ada owns a studio in Berlin, Dana coaches there, and Yoga takes an hour and 20 people."""

    organization_id: uuid.UUID
    ada: uuid.UUID
    dana: uuid.UUID
    offering_id: uuid.UUID

    @property
    def owner(self) -> Actor:
        return Actor(self.ada, Role.OWNER, self.organization_id)

    @property
    def coach(self) -> Actor:
        return Actor(self.dana, Role.COACH, self.organization_id)

    def details(self, **values: Any) -> Details:
        offering_id = values.get("offering_id", self.offering_id)
        costs = select(Offering.price_minor, Offering.plan_only).where(Offering.id == offering_id)
        found = db.session.execute(costs).mappings().one_or_none()
        defaults: dict[str, Any] = dict(found or {}) | {
            "offering_id": offering_id,
            "host_id": self.ada,
            "title": "Yoga",
            "format": "in_person",
            "duration_minutes": 60,
            "max_participants": 20,
        }
        return Details(**defaults | values)

    def make(self, when: datetime | Rule = IN_THREE_DAYS, *, actor: Actor | None = None, **values: Any) -> uuid.UUID:
        """Makes one session or a series; returns the (first) session's id."""
        options = {name: values.pop(name) for name in ("publishes", "leaves_out", "key", "now") if name in values}
        details = self.details(**values)
        asked = {"publishes": True, "now": NOW} | options
        return transact_in_turn(
            [details.host_id],
            making.create,
            actor=actor or self.owner,
            details=details,
            when=when,
            limits=LIMITS,
            **asked,
        )


def world() -> World:
    """The studio and its people."""
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    dana = cast.staff(organization_id, "Dana Scott", "coach")
    return World(organization_id, ada, dana, cast.offering(organization_id))


def living_world(_app: Flask) -> Iterator[World]:
    """A world in which every invariant holds when the test is over."""
    yield world()
    assert_invariants()


def assert_invariants(now: datetime = NOW) -> None:
    """Nothing that must always be true is untrue."""
    db.session.rollback()
    found = {name: sentences for name, sentences in invariants.violations(now=now).items() if sentences}
    assert not found


def weekly(first: date, *, days: tuple[int, ...] = (), at: time = time(18), **ends: Any) -> Rule:
    """Every week in Berlin, on the weekday of its first date unless said otherwise."""
    return Rule(
        frequency=Frequency.WEEKLY,
        start_time=at,
        timezone="Europe/Berlin",
        first_date=first,
        weekdays=frozenset(days or (first.weekday(),)),
        **ends,
    )


def dates(series_of: uuid.UUID) -> list[Row[Any]]:
    """Every session of the series that this session is in, in order, deleted ones too."""
    series_id = cast.session_row(series_of).series_id
    query = select(*LiveSession.__table__.columns).where(LiveSession.series_id == series_id)
    return list(db.session.execute(query.order_by(LiveSession.series_day)))


def book(session_id: uuid.UUID, person: Person = BEN) -> uuid.UUID:
    """A place for somebody."""
    return transact_in_turn([session_id], bookings.book_place, session_id=session_id, person=person, now=NOW)


def do(fn: Any, **values: Any) -> Any:
    """One transaction, now unless said otherwise."""
    return transact(fn, **({"now": NOW} | values))


def audited(object_id: uuid.UUID) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """What the audit log says of a thing: (action, before, after), in order."""
    db.session.rollback()
    query = select(AuditEntry.action, AuditEntry.before, AuditEntry.after).where(AuditEntry.object_id == object_id)
    return [(row.action, row.before, row.after) for row in db.session.execute(query.order_by(AuditEntry.number))]
