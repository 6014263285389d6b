"""Whatever people, staff and the clock do at the booking desk, in any order, ends as the plain model says, and every
invariant holds after each step."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import moves, session_changes, waitlist
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.models import Booking
from liveapp.domain.errors import Refusal
from liveapp.domain.live_sessions.details import Details, Limits
from liveapp.domain.plans import credits, subscriptions
from liveapp.domain.plans.models import CreditLot
from liveapp.rules.moving import Paid
from liveapp.rules.roles import Role
from liveapp.tasks import sweeps
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock
from tests import cast
from tests.cast import NOW
from tests.domain.desk_model import PER_DAY, Class, Model, Place

PEOPLE = ("ann", "bob", "cleo", "dan")
CLASSES = {
    "early": (timedelta(hours=27), None, 1),
    "overlapping": (timedelta(hours=27, minutes=30), 1500, 1),
    "evening": (timedelta(hours=33), None, 2),
    "next day": (timedelta(hours=52), 1500, 1),
}
CHECKED = ("I1 capacity", "I2 one place each", "I3 credits", "I9 line", "I13 allowed edges", "I15 audit")


class Desk(RuleBasedStateMachine):
    """Four people with packs of credits, and four classes: two at the same time, two with a price."""

    @initialize(
        given=st.lists(st.sampled_from((2, 3, 1, 0)), min_size=4, max_size=4),
        first=st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(tuple(CLASSES))), min_size=6, max_size=14),
    )
    def open(self, given: list[int], first: list[tuple[str, str]]) -> None:
        clock.set_clock(NOW)
        slug = f"desk-{uuid.uuid4().hex}"
        self.organization_id = cast.organization(
            slug, payment_provider="desk", allow_late_cancellation=True, timezone="UTC"
        )
        self.ada = cast.user("Ada", f"ada@{slug}.example.com")
        cast.membership(self.organization_id, self.ada)
        self.owner = Actor(self.ada, Role.OWNER, self.organization_id)
        self.offering_id = cast.offering(self.organization_id)
        self.people = {name: self._person(name, slug) for name in PEOPLE}
        self.held = {name: self._pack(name, number) for name, number in zip(PEOPLE, given, strict=True)}
        self.sessions, self.hosts = {}, {}
        for name, (after, price, capacity) in CLASSES.items():
            host = self.hosts[name] = cast.user(f"Host {name}", f"{name.split()[0]}@{slug}.example.com")
            cast.membership(self.organization_id, host, "coach")
            self.sessions[name] = cast.session(
                self.organization_id, host, self.offering_id, NOW + after,
                plan_only=price is None, price_minor=price, max_participants=capacity,
            )  # fmt: skip
        classes = {
            name: Class(NOW + after, NOW + after + timedelta(hours=1), capacity, price)
            for name, (after, price, capacity) in CLASSES.items()
        }
        plans = {name: "active" if number else "ended" for name, number in zip(PEOPLE, given, strict=True)}
        self.model = Model(NOW, classes, dict(zip(PEOPLE, given, strict=True)), plans)
        for person, name in first:
            self.book(person, name)

    @rule(person=st.sampled_from(PEOPLE), name=st.sampled_from(tuple(CLASSES)))
    def book_one(self, person: str, name: str) -> None:
        self.book(person, name)

    def book(self, person: str, name: str) -> None:
        key = uuid.uuid4().hex
        expected = self.model.book(key, person, name)
        hypothesis.event(f"book: {expected}")
        who, session_id = self.people[person], self.sessions[name]
        turn = [session_id, who.user_id]
        found = self._ask(turn, bookings.book_place, session_id=session_id, person=who, now=clock.now(), key=key)
        if expected not in ("credit", "desk", "waitlist"):
            assert found == expected
            return
        assert isinstance(found, uuid.UUID), (found, expected)
        self.model.places[str(found)] = self.model.places.pop(key)

    @precondition(lambda self: self.some("confirmed", "waitlisted"))
    @rule(data=st.data(), by_staff=st.booleans())
    def cancel(self, data: st.DataObject, by_staff: bool) -> None:
        booking_id, place = self.one_of(data, "confirmed", "waitlisted")
        session_id = self.sessions[place.klass]
        expected = self.model.cancel(str(booking_id), by_staff)
        hypothesis.event(f"cancel: {expected} {'late' if place.late else 'early'}")
        actor = self.owner if by_staff else None
        found = self._ask([session_id], bookings.cancel, booking_id=booking_id, now=clock.now(), actor=actor)
        assert (found or "cancelled") == expected

    @precondition(lambda self: self.some("confirmed"))
    @rule(data=st.data(), name=st.sampled_from(tuple(CLASSES)))
    def reschedule(self, data: st.DataObject, name: str) -> None:
        booking_id, place = self.one_of(data, "confirmed")
        turn = [self.sessions[place.klass], self.sessions[name]]
        expected = self.model.move(str(booking_id), name)
        hypothesis.event(f"move: {expected}")
        found = self._ask(
            turn, moves.move_place, booking_id=booking_id, session_id=self.sessions[name], now=clock.now(),
            accepts=Paid("credit") if expected == "credit" else Paid("at_desk", self.model.classes[name].price),
        )  # fmt: skip
        assert found == (booking_id if expected in ("credit", "desk") else expected)

    @precondition(lambda self: self.some("waitlisted"))
    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        booking_id, place = self.one_of(data, "waitlisted")
        expected = self.model.take(str(booking_id))
        hypothesis.event(f"take: {expected}")
        found = self._ask([self.sessions[place.klass]], waitlist.take_place, booking_id=booking_id, now=clock.now())
        assert found == (None if expected in ("credit", "desk") else expected)

    def some(self, *statuses: str) -> list[str]:
        """The bookings in these states."""
        return [key for key, place in self.model.places.items() if place.status in statuses]

    def one_of(self, data: st.DataObject, *statuses: str) -> tuple[uuid.UUID, Place]:
        number = data.draw(st.integers(0, len(self.some(*statuses)) - 1))
        key = self.some(*statuses)[number]
        return uuid.UUID(key), self.model.places[key]

    @rule(name=st.sampled_from(tuple(CLASSES)), places_wanted=st.integers(1, 3))
    def change_capacity(self, name: str, places_wanted: int) -> None:
        klass = self.model.classes[name]
        if self.model.now >= klass.start:
            return
        held = sum(place.holds for place in self.model.places.values() if place.klass == name)
        session = cast.session_row(self.sessions[name])
        said = {field: getattr(session, field) for field in Details.__dataclass_fields__}
        edit = session_changes.Edit(Details(**said | {"max_participants": places_wanted}), session.scheduled_at)
        found = self._ask(
            [session.id, session.host_id], session_changes.edit_session, session_id=session.id, actor=self.owner,
            now=clock.now(), limits=Limits(30, 240), edit=edit,
        )  # fmt: skip
        if places_wanted < held:
            assert found == "invalid"
            return
        assert found == []
        grew, klass.places = places_wanted > klass.places, places_wanted
        if grew:
            self.model.promote(name)

    @rule(person=st.sampled_from(PEOPLE), delta=st.integers(1, 2))
    def add_credits(self, person: str, delta: int) -> None:
        if self.model.plans[person] == "ended":
            return
        lot = cast.one(select(CreditLot.id).where(CreditLot.subscription_id == self.held[person]))[0]
        self._ask(
            [self.people[person].user_id], credits.adjust, lot_id=lot, delta=delta, reason="A gift", actor=self.owner,
            now=clock.now(),
        )  # fmt: skip
        self.model.credits[person] += delta

    @rule(person=st.sampled_from(PEOPLE), verb=st.sampled_from(("pause", "resume", "end")))
    def change_plan(self, person: str, verb: str) -> None:
        allowed = {"pause": ("active",), "resume": ("paused",), "end": ("active", "paused")}[verb]
        if self.model.plans[person] not in allowed:
            return
        more: dict[str, Any] = {"pause": {"resumes_on": None}, "end": {"reason": ""}}.get(verb, {})
        self._ask(
            [self.people[person].user_id], getattr(subscriptions, verb), subscription_id=self.held[person],
            actor=self.owner, now=clock.now(), **more,
        )  # fmt: skip
        self.model.plans[person] = {"pause": "paused", "resume": "active", "end": "ended"}[verb]
        if verb == "end":
            self.model.credits[person] = 0

    @rule(minutes=st.sampled_from((10, 31, 200, 700)))
    def wait(self, minutes: int) -> None:
        """Time passes, and the minute's work is done."""
        self.model.now += timedelta(minutes=minutes)
        clock.set_clock(self.model.now)
        sweeps.advance_sessions()
        self.model.start()
        names = {key: name for name, key in self.sessions.items()}
        for row in waitlist.due(now=clock.now()):
            if row.id in names:
                self.model.promote(names[row.id])
        sweeps.promote_waiting()

    @invariant()
    def all_is_as_the_model_says(self) -> None:
        if not hasattr(self, "model"):
            return
        db.session.rollback()
        rows = db.session.execute(
            select(Booking.id, Booking.status, Booking.expires_at, Booking.paid_by, Booking.session_id).where(
                Booking.organization_id == self.organization_id
            )
        ).all()
        names = {key: name for name, key in self.sessions.items()}
        found = {str(row.id): (_word(row.status), row.expires_at, names[row.session_id]) for row in rows}
        said = {key: (each.status, each.offered_until, each.klass) for key, each in self.model.places.items()}
        assert found == said
        left = {name: credits.balance_of(self.held[name]) if self.held[name] else 0 for name in PEOPLE}
        assert left == self.model.credits
        wrong = {name: list(invariants.CHECKS[name](clock.now())) for name in CHECKED}
        assert not any(wrong.values()), wrong

    def _ask(self, turn: list[Any], fn: Callable[..., Any], **values: Any) -> Any:
        """What the service answers, or the code of its refusal."""
        try:
            return transact_in_turn(turn, fn, **values)
        except Refusal as refusal:
            return refusal.code

    def _person(self, name: str, slug: str) -> Person:
        email = f"{name}@{slug}.example.com"
        user_id = cast.user(name, email)
        cast.membership(self.organization_id, user_id, "member")
        return Person(email, name, "UTC", user_id=user_id)

    def _pack(self, name: str, number: int) -> uuid.UUID | None:
        if not number:
            return None
        plan_id = cast.plan(
            self.organization_id, name=f"Pack of {name}", class_credits=number, max_bookings_per_day=PER_DAY
        )
        return cast.subscription(self.organization_id, self.people[name], plan_id)


def _word(status: str) -> str:
    return "confirmed" if status == "attended" else status


def test_the_desk_does_what_the_model_says(app: Flask, request: pytest.FixtureRequest) -> None:
    thorough = request.config.getoption("--hypothesis-profile", default=None) == "thorough"
    settings = hypothesis.settings(
        max_examples=300 if thorough else 8,
        stateful_step_count=40 if thorough else 25,
        deadline=None,
        phases=tuple(hypothesis.Phase) if thorough else (hypothesis.Phase.explicit, hypothesis.Phase.generate),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    run_state_machine_as_test(Desk, settings=settings)
