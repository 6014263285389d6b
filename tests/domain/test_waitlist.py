"""The waiting list: promotion in order, offers, passing over, the cutoff and grace, on both databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings import session_changes, waitlist
from liveapp.domain.bookings.errors import NotBookable, NotCancellable
from liveapp.domain.live_sessions.details import Details, Limits
from liveapp.domain.notifications.models import Notification
from liveapp.rules.roles import Role
from liveapp.tasks import sweeps
from liveapp.unit_of_work import transact, transact_in_turn
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock

CLASS = NOW + timedelta(days=3)
NAMES = ("Ann Waits", "Bob Waits", "Cleo Waits", "Dan Waits")


@dataclass
class Line:
    """A class with one place, taken, and people who hold plans."""

    organization_id: uuid.UUID
    ada: uuid.UUID
    offering_id: uuid.UUID
    owner: Actor
    full: uuid.UUID
    holder: uuid.UUID
    plans: dict[str, uuid.UUID] = field(default_factory=dict)

    def person(self, name: str, credits: int | None = 5, **plan: Any) -> Person:
        """A member; with a pack of so many credits unless there are none to give."""
        someone = cast.member(self.organization_id, name)
        if credits:
            plan_id = cast.plan(self.organization_id, class_credits=credits, **plan)
            self.plans[name] = cast.subscription(self.organization_id, someone, plan_id)
        return someone

    def session(self, starts_at: datetime) -> uuid.UUID:
        """Another class with one place that only plans pay for."""
        host = cast.staff(self.organization_id, f"Host{uuid.uuid4().hex[:6]} Name", "coach")
        values = {"plan_only": True, "max_participants": 1}
        return cast.session(self.organization_id, host, self.offering_id, starts_at, **values)


@pytest.fixture
def line(app: Flask, clock: Clock) -> Iterator[Line]:
    clock.set(NOW)
    organization_id = cast.organization(payment_provider="desk")
    ada = cast.staff(organization_id)
    owner = Actor(ada, Role.OWNER, organization_id)
    offering_id = cast.offering(organization_id, plan_only=True)
    full = cast.session(organization_id, ada, offering_id, CLASS, plan_only=True, max_participants=1)
    holder = book(full, cast.guest(0), actor=owner)
    yield Line(organization_id, ada, offering_id, owner, full, holder)
    found = {name: sentences for name, sentences in invariants.violations(now=clock.now()).items() if sentences}
    assert not found


def book(session_id: uuid.UUID, person: Person, now: datetime = NOW, **more: Any) -> uuid.UUID:
    return transact_in_turn([session_id], bookings.book_place, session_id=session_id, person=person, now=now, **more)


def cancel(booking_id: uuid.UUID, now: datetime = NOW, **more: Any) -> None:
    turn = [cast.booking_row(booking_id).session_id]
    transact_in_turn(turn, bookings.cancel, booking_id=booking_id, now=now, **more)


def status(booking_id: uuid.UUID) -> str:
    return str(cast.booking_row(booking_id).status)


def told(kind: str) -> list[str]:
    """Who was told this, in order of address."""
    db.session.rollback()
    query = select(Notification.email).where(Notification.kind == kind).order_by(Notification.email)
    return list(db.session.execute(query).scalars())


def test_the_first_in_line_gets_the_place_in_the_transaction_that_frees_it(line: Line) -> None:
    first, second = (book(line.full, line.person(name)) for name in NAMES[:2])
    cancel(line.holder)
    row = cast.booking_row(first)
    assert (row.status, row.promoted_at, row.paid_by, row.waitlist_position) == ("confirmed", NOW, "credit", None)
    assert status(second) == "waitlisted"
    assert (cast.credits_left(line.plans[NAMES[0]]), cast.credits_left(line.plans[NAMES[1]])) == (4, 5)
    session = cast.session_row(line.full)
    assert (session.participant_count, session.waiting_count) == (1, 1)
    assert told("promoted") == ["ann@example.com"]


def test_a_waiting_booking_takes_no_credit(line: Line) -> None:
    book(line.full, line.person(NAMES[0]))
    assert cast.credits_left(line.plans[NAMES[0]]) == 5


def test_who_cannot_take_it_is_passed_over_with_the_reason_and_keeps_the_place_in_line(line: Line) -> None:
    spent = line.person(NAMES[0], credits=1)
    first = book(line.full, spent)
    book(line.session(NOW + timedelta(days=1)), spent)
    second = book(line.full, line.person(NAMES[1]))
    cancel(line.holder)
    row = cast.booking_row(first)
    assert (row.status, row.passed_over, row.waitlist_position) == ("waitlisted", "no_credits", 1)
    assert status(second) == "confirmed"
    cast.subscription(line.organization_id, spent, cast.plan(line.organization_id))
    cancel(second)
    assert status(first) == "confirmed"
    assert cast.booking_row(first).passed_over == ""


@pytest.mark.parametrize("why", ["daily_quota", "weekly_quota", "overlap"])
def test_quotas_and_overlap_pass_people_over_too(line: Line, why: str) -> None:
    quota = {"daily_quota": "max_bookings_per_day", "weekly_quota": "max_bookings_per_week"}.get(why)
    person = line.person(NAMES[0], **({quota: 1} if quota else {}))
    waiting = book(line.full, person)
    book(line.session(CLASS + timedelta(minutes=30 if why == "overlap" else 120)), person)
    cancel(line.holder)
    assert (status(waiting), cast.booking_row(waiting).passed_over) == ("waitlisted", why)


def test_a_reason_is_written_down_once_however_often_the_sweep_comes_by(line: Line, clock: Clock) -> None:
    spent = line.person(NAMES[0], credits=1)
    waiting = book(line.full, spent)
    book(line.session(NOW + timedelta(days=1)), spent)
    cancel(line.holder)
    for _ in range(3):
        clock.advance(minutes=1)
        assert sweeps.promote_waiting() == 0
    entries = select(func.count()).where(AuditEntry.object_id == waiting, AuditEntry.action == "pass_over")
    assert cast.one(entries)[0] == 1


def test_the_sweep_gives_a_place_to_somebody_who_can_take_it_now(line: Line) -> None:
    spent = line.person(NAMES[0], credits=1)
    waiting = book(line.full, spent)
    other = book(line.session(NOW + timedelta(days=2)), spent)
    cancel(line.holder)
    cancel(other)
    assert status(waiting) == "waitlisted"
    assert sweeps.promote_waiting() == 1
    assert status(waiting) == "confirmed"


def test_more_places_promote_as_many_as_there_are(line: Line) -> None:
    waiting = [book(line.full, line.person(name)) for name in NAMES]
    edited = Details(
        offering_id=line.offering_id, host_id=line.ada, title="Yoga", format="in_person", duration_minutes=60,
        max_participants=3,
    )  # fmt: skip
    transact_in_turn(
        [line.full, line.ada], session_changes.edit_session, session_id=line.full, actor=line.owner, now=NOW,
        limits=Limits(30, 240), edit=session_changes.Edit(edited, CLASS),
    )  # fmt: skip
    assert [status(each) for each in waiting] == ["confirmed", "confirmed", "waitlisted", "waitlisted"]


def test_a_passer_by_cannot_take_a_place_that_somebody_waits_for(line: Line) -> None:
    spent = line.person(NAMES[0], credits=1)
    waiting = book(line.full, spent)
    book(line.session(NOW + timedelta(days=1)), spent)
    cancel(line.holder)
    passer_by = book(line.full, line.person(NAMES[1]))
    assert (status(passer_by), cast.session_row(line.full).participant_count) == ("waitlisted", 0)
    assert sweeps.promote_waiting() == 1
    assert (status(passer_by), status(waiting)) == ("confirmed", "waitlisted")


def test_other_waits_that_overlap_fall_away(line: Line) -> None:
    ann = line.person(NAMES[0])
    at_the_same_time = line.session(CLASS + timedelta(minutes=30))
    later = line.session(CLASS + timedelta(hours=5))
    book(at_the_same_time, cast.guest(8), actor=line.owner)
    book(later, cast.guest(7), actor=line.owner)
    here, there, after = book(line.full, ann), book(at_the_same_time, ann), book(later, ann)
    cancel(line.holder)
    assert [status(each) for each in (here, there, after)] == ["confirmed", "expired", "waitlisted"]
    assert told("wait_dropped") == ["ann@example.com"]
    assert cast.session_row(at_the_same_time).waiting_count == 0


def test_other_waits_stay_with_a_plan_that_allows_two_things_at_once(line: Line) -> None:
    ann = line.person(NAMES[0], allow_overlapping_bookings=True)
    at_the_same_time = line.session(CLASS + timedelta(minutes=30))
    book(at_the_same_time, cast.guest(8), actor=line.owner)
    here, there = book(line.full, ann), book(at_the_same_time, ann)
    cancel(line.holder)
    assert (status(here), status(there)) == ("confirmed", "waitlisted")


# The cutoff


def test_from_the_cutoff_on_people_are_told_and_anybody_may_take_the_place(line: Line, clock: Clock) -> None:
    ann = line.person(NAMES[0])
    waiting = book(line.full, ann)
    clock.set(CLASS - timedelta(minutes=60))
    cancel(line.holder, clock.now(), actor=line.owner)
    assert status(waiting) == "waitlisted"
    assert told("place_free") == ["ann@example.com"]
    sweeps.promote_waiting()
    assert told("place_free") == ["ann@example.com"]
    assert status(book(line.full, line.person(NAMES[1]), clock.now())) == "confirmed"
    with pytest.raises(NotBookable) as error:
        transact_in_turn([line.full], waitlist.take_place, booking_id=waiting, now=clock.now())
    assert error.value.code == "full"


def test_a_second_before_the_cutoff_it_goes_by_the_line(line: Line) -> None:
    waiting = book(line.full, line.person(NAMES[0]))
    cancel(line.holder, CLASS - timedelta(minutes=60, seconds=1), actor=line.owner)
    assert status(waiting) == "confirmed"


def test_who_waits_may_take_the_free_place_after_the_cutoff(line: Line, clock: Clock) -> None:
    waiting = book(line.full, line.person(NAMES[0]))
    with pytest.raises(NotBookable) as error:
        transact_in_turn([line.full], waitlist.take_place, booking_id=waiting, now=NOW)
    assert error.value.code == "waitlist"
    clock.set(CLASS - timedelta(minutes=30))
    cancel(line.holder, clock.now(), actor=line.owner)
    for _ in range(2):
        transact_in_turn([line.full], waitlist.take_place, booking_id=waiting, now=clock.now())
    assert status(waiting) == "confirmed"
    assert cast.credits_left(line.plans[NAMES[0]]) == 4


def test_people_are_told_again_when_another_place_comes_free(line: Line, clock: Clock) -> None:
    book(line.full, line.person(NAMES[0]))
    clock.set(CLASS - timedelta(minutes=50))
    cancel(line.holder, clock.now(), actor=line.owner)
    passer_by = book(line.full, line.person(NAMES[1]), clock.now())
    clock.advance(minutes=5)
    cancel(passer_by, clock.now(), actor=line.owner)
    assert told("place_free") == ["ann@example.com"] * 2


def test_promoted_inside_the_window_there_are_thirty_minutes_to_cancel_without_loss(line: Line, clock: Clock) -> None:
    waiting = book(line.full, line.person(NAMES[0]))
    clock.set(CLASS - timedelta(hours=5))
    cancel(line.holder, clock.now(), actor=line.owner)
    with pytest.raises(NotCancellable):
        cancel(waiting, clock.now() + timedelta(minutes=30, seconds=1))
    cancel(waiting, clock.now() + timedelta(minutes=30))
    assert not cast.booking_row(waiting).cancelled_late
    assert cast.credits_left(line.plans[NAMES[0]]) == 5


def test_at_the_start_everybody_in_line_is_told_that_it_was_for_nothing(line: Line, clock: Clock) -> None:
    waiting = book(line.full, line.person(NAMES[0]))
    clock.set(CLASS)
    sweeps.advance_sessions()
    assert status(waiting) == "expired"
    assert told("waitlist_expired") == ["ann@example.com"]


# Offers: who must pay first


@pytest.fixture
def priced(line: Line) -> Line:
    """The class costs something for who has no plan."""
    transact(_set, line.full, {"plan_only": False, "price_minor": 1500})
    return line


def _set(session_id: uuid.UUID, values: dict[str, Any]) -> None:
    db.session.execute(
        update(session_changes.LiveSession).where(session_changes.LiveSession.id == session_id).values(**values)
    )


def test_who_must_pay_is_offered_the_place_for_two_hours(priced: Line, clock: Clock) -> None:
    offered, second = (book(priced.full, priced.person(name, credits=None)) for name in NAMES[:2])
    cancel(priced.holder)
    row = cast.booking_row(offered)
    assert (row.status, row.expires_at) == ("waitlisted", NOW + timedelta(hours=2))
    session = cast.session_row(priced.full)
    assert (session.participant_count, session.waiting_count) == (1, 1)
    assert told("place_offered") == ["ann@example.com"]
    for _ in range(2):
        transact_in_turn([priced.full], waitlist.take_place, booking_id=offered, now=NOW)
    row = cast.booking_row(offered)
    assert (row.status, row.paid_by, row.price_minor, row.expires_at) == ("confirmed", "at_desk", 1500, None)
    entries = select(AuditEntry.actor_id, AuditEntry.after).where(
        AuditEntry.object_id == offered, AuditEntry.action == "take"
    )
    assert tuple(cast.one(entries)) == (row.user_id, {"status": "confirmed", "paid_by": "at_desk"})
    assert status(second) == "waitlisted"


def test_the_price_of_the_day_of_joining_the_line_holds(priced: Line) -> None:
    offered = book(priced.full, priced.person(NAMES[0], credits=None))
    transact(_set, priced.full, {"price_minor": 9900})
    cancel(priced.holder)
    transact_in_turn([priced.full], waitlist.take_place, booking_id=offered, now=NOW)
    assert cast.booking_row(offered).price_minor == 1500


def test_an_offer_that_nobody_takes_goes_to_the_next_and_never_comes_back(priced: Line, clock: Clock) -> None:
    first, second = (book(priced.full, priced.person(name, credits=None)) for name in NAMES[:2])
    cancel(priced.holder)
    clock.advance(hours=2)
    with pytest.raises(NotBookable) as error:
        transact_in_turn([priced.full], waitlist.take_place, booking_id=first, now=clock.now())
    assert error.value.code == "closed"
    assert sweeps.promote_waiting() == 1
    assert (status(first), status(second)) == ("expired", "waitlisted")
    assert cast.booking_row(second).expires_at == clock.now() + timedelta(hours=2)
    assert told("offer_lapsed") == ["ann@example.com"]


def test_a_lapsed_offer_holds_nothing_even_before_the_sweep(priced: Line, clock: Clock) -> None:
    """The clock ends a hold, not a job's punctuality: somebody who books now has the place."""
    book(priced.full, priced.person(NAMES[0], credits=None))
    cancel(priced.holder)
    clock.advance(hours=2)
    assert status(book(priced.full, priced.person(NAMES[1]), clock.now())) == "confirmed"


def test_an_offer_ends_with_promotion(priced: Line, clock: Clock) -> None:
    offered = book(priced.full, priced.person(NAMES[0], credits=None))
    clock.set(CLASS - timedelta(minutes=90))
    cancel(priced.holder, clock.now(), actor=priced.owner)
    assert cast.booking_row(offered).expires_at == CLASS - timedelta(minutes=60)


def test_a_cancelled_offer_goes_to_the_next(priced: Line) -> None:
    first, second = (book(priced.full, priced.person(name, credits=None)) for name in NAMES[:2])
    cancel(priced.holder)
    cancel(first)
    assert status(first) == "cancelled"
    assert cast.booking_row(second).expires_at is not None
    assert cast.session_row(priced.full).participant_count == 1


def test_a_session_cancelled_with_an_offer_open_counts_right(priced: Line) -> None:
    book(priced.full, priced.person(NAMES[0], credits=None))
    book(priced.full, priced.person(NAMES[1], credits=None))
    cancel(priced.holder)
    transact_in_turn(
        [priced.full], session_changes.cancel_session, session_id=priced.full, actor=priced.owner, now=NOW, reason="Ill"
    )
    session = cast.session_row(priced.full)
    assert (session.participant_count, session.waiting_count) == (0, 0)
