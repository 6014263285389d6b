"""What staff do at a roster: add, overbook, move, forgive, note; and what they are told before. On both databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings import finding, forecasts, moves, notes, places, waiving
from liveapp.domain.bookings.errors import NotBookable, NotMovable, NotWaivable
from liveapp.domain.bookings.forecasts import Forecast
from liveapp.domain.bookings.history import record
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.paying import Choice
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.rules.eligibility import Answer
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from tests import cast
from tests.cast import NOW
from tests.domain.test_booking_desk import CLASS, Desk, book, cancel, desk, movements, refused

__all__ = ["desk"]

LATE = CLASS + timedelta(hours=1)


@pytest.fixture(autouse=True)
def all_holds(app: Flask) -> Iterator[None]:
    yield
    assert {name: found for name, found in invariants.violations(now=NOW).items() if found} == {}


def entries(booking_id: uuid.UUID) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """What the log says of a booking, in order: action, before, after."""
    db.session.rollback()
    query = select(AuditEntry.action, AuditEntry.before, AuditEntry.after).where(AuditEntry.object_id == booking_id)
    return [(row.action, row.before, row.after) for row in db.session.execute(query.order_by(AuditEntry.number))]


def would(session_id: uuid.UUID, person: Person | None, now: Any = NOW) -> Forecast:
    db.session.rollback()
    user_id = person.user_id if person else None
    return forecasts.forecast(session=places.bookable(session_id), user_id=user_id, now=now)


def follows(booking_id: uuid.UUID, now: Any = NOW) -> str:
    db.session.rollback()
    booking = places.held_by(booking_id)
    return forecasts.who_follows(booking=booking, session=places.bookable(booking.session_id), now=now)


def move(booking_id: uuid.UUID, session_id: uuid.UUID, actor: Actor, now: Any = NOW, **more: Any) -> None:
    turn = [cast.booking_row(booking_id).session_id, session_id]
    asked = {"booking_id": booking_id, "session_id": session_id, "actor": actor, "now": now}
    transact_in_turn(turn, moves.move_place, **asked, **more)


def waive(booking_id: uuid.UUID, actor: Actor, now: Any = LATE, reason: str = "Ill") -> None:
    transact(waiving.waive, booking_id=booking_id, actor=actor, now=now, reason=reason)


def cancelled_late(desk: Desk, **plan: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """Ben's booking with a credit, cancelled an hour before the class; and his subscription."""
    desk.settings(allow_late_cancellation=True)
    plan_id = desk.plan(**plan)
    booking_id = book(desk.session(CLASS), desk.ben)
    cancel(booking_id, now=CLASS - timedelta(hours=1))
    assert cast.booking_row(booking_id).cancelled_late
    return booking_id, plan_id


def test_who_is_added_past_a_quota_is_said_before_and_kept_after(desk: Desk) -> None:
    plan_id = desk.plan(max_bookings_per_week=1)
    book(desk.session(CLASS), desk.ben)
    session_id = desk.session(CLASS + timedelta(hours=3))
    before = would(session_id, desk.ben)
    assert (before.answer, before.past) == (Answer.ELIGIBLE, (Answer.WEEKLY_QUOTA,))
    assert [plan.key for plan in before.plans] == [plan_id]
    added = book(session_id, desk.ben, actor=desk.owner, choice=Choice(subscription_id=plan_id))
    assert cast.booking_row(added).paid_by == "credit"
    assert entries(added)[0][2]["past"] == ["weekly_quota"]


def test_staff_book_past_overlap_and_what_is_closed_or_not_open(desk: Desk) -> None:
    desk.plan(class_credits=None, kind="period", period="month")
    book(desk.session(CLASS), desk.ben)
    same_time = desk.session(CLASS)
    assert would(same_time, desk.ben).past == (Answer.OVERLAP,)
    assert would(same_time, None).past == (Answer.NO_PLAN,)
    desk.settings(booking_cutoff_minutes=600)
    late = CLASS - timedelta(minutes=5)
    assert would(same_time, desk.ben, late).past == (Answer.CLOSED, Answer.OVERLAP)
    added = book(same_time, desk.ben, now=late, actor=desk.owner)
    assert entries(added)[0][2]["past"] == ["closed", "overlap"]


def test_a_plan_that_is_spent_is_named_and_cannot_be_chosen(desk: Desk) -> None:
    plan_id = desk.plan(class_credits=1)
    book(desk.session(CLASS), desk.ben)
    session_id = desk.session(CLASS + timedelta(days=1), price_minor=1500, plan_only=False)
    before = would(session_id, desk.ben)
    assert ([plan.key for plan in before.spent], before.plans, before.price_minor) == ([plan_id], (), 1500)
    assert refused(session_id, desk.ben, actor=desk.owner, choice=Choice(subscription_id=plan_id)) == "no_credits"


def test_where_nothing_is_paid_no_plan_is_offered(desk: Desk) -> None:
    desk.plan()
    free = desk.session(CLASS, plan_only=False)
    assert (would(free, desk.ben).plans, would(free, desk.ben).price_minor) == ((), None)
    desk.settings(payment_provider="none")
    priced = desk.session(CLASS + timedelta(days=1), price_minor=1500, plan_only=False)
    assert (would(priced, desk.ben).plans, would(priced, desk.ben).price_minor) == ((), None)


def test_a_full_session_is_waited_for_or_overbooked_by_those_who_may(desk: Desk) -> None:
    session_id = desk.session(CLASS, max_participants=1)
    coach = Actor(cast.session_row(session_id).host_id, Role.COACH, desk.organization_id)
    book(session_id, cast.guest(1), actor=desk.owner)
    assert (would(session_id, desk.ben).answer, would(session_id, desk.ben).number) == (Answer.WAITLIST, 1)
    admin = cast.actor(desk.organization_id, "Adam Admin", Role.ADMIN)
    with pytest.raises(Forbidden):
        book(session_id, desk.ben, actor=coach, overbook=True)
    waits = book(session_id, cast.guest(2), actor=coach)
    assert cast.booking_row(waits).status == "waitlisted"
    beyond = book(session_id, desk.ben, actor=admin, overbook=True)
    assert [action for action, _, _ in entries(beyond)] == ["overbook"]
    row = cast.session_row(session_id)
    assert (row.participant_count, row.max_participants, row.overbooked, row.waiting_count) == (2, 1, 1, 1)


def test_to_overbook_changes_nothing_while_a_place_is_free(desk: Desk) -> None:
    added = book(desk.session(CLASS), desk.ben, actor=desk.owner, overbook=True)
    assert [action for action, _, _ in entries(added)] == ["book"]


def test_staff_of_elsewhere_add_nobody(desk: Desk) -> None:
    cy = cast.actor(cast.organization("elsewhere"), "Cy Young", Role.OWNER)
    session_id = desk.session(CLASS)
    with pytest.raises(NotFound):
        book(session_id, cast.guest(1), actor=cy)
    assert cast.session_row(session_id).participant_count == 0


def test_nobody_is_put_in_line_once_it_has_begun(desk: Desk) -> None:
    session_id = desk.session(CLASS, max_participants=1)
    book(session_id, cast.guest(1), actor=desk.owner)
    assert refused(session_id, desk.ben, now=CLASS, actor=desk.owner) == "full"
    beyond = book(session_id, desk.ben, now=CLASS, actor=desk.owner, overbook=True)
    assert cast.booking_row(beyond).status == "confirmed"


def test_a_guest_is_found_by_the_name_they_gave_here_and_not_by_the_one_elsewhere(desk: Desk) -> None:
    here, there = desk.session(CLASS), cast.organization("elsewhere")
    teacher = cast.staff(there, "Tea Cher", "coach")
    book(cast.session(there, teacher, cast.offering(there), CLASS), replace(cast.guest(7), name="Samantha There"))
    book(here, replace(cast.guest(7), name="Sam Here"), actor=desk.owner)
    db.session.rollback()

    def found(words: str) -> list[str]:
        rows = finding.people(organization_id=desk.organization_id, session_id=here, words=words)
        return [row.name for row in rows]

    assert found("sam") == ["Sam Here"]
    assert found("samantha") == []


def test_people_are_found_by_name_or_address_in_their_own_organization(desk: Desk) -> None:
    session_id = desk.session(CLASS)
    book(session_id, cast.guest(7), actor=desk.owner)
    elsewhere = cast.organization("elsewhere")
    cast.member(elsewhere, "Zed Away")

    def found(words: str) -> list[tuple[str, bool, str | None]]:
        db.session.rollback()
        rows = finding.people(organization_id=desk.organization_id, session_id=session_id, words=words)
        return [(row.name, row.is_guest, row.status) for row in rows]

    assert found("okafor BEN") == [("Ben Okafor", False, None)]
    assert found("guest7@") == [("Guest 7", True, "confirmed")]
    assert found("zed") == []
    assert found("%") == []
    assert finding.known_address(organization_id=elsewhere, email="ben@example.com") is None
    with pytest.raises(NotFound):
        finding.person(organization_id=elsewhere, user_id=desk.ben.user_id or uuid.uuid4())


def test_staff_move_somebody_late_and_past_their_quota(desk: Desk) -> None:
    plan_id = desk.plan(max_bookings_per_day=1)
    moved = book(desk.session(CLASS), desk.ben)
    book(desk.session(CLASS + timedelta(days=1)), desk.ben)
    target = desk.session(CLASS + timedelta(days=1, hours=3))
    move(moved, target, desk.owner, now=CLASS + timedelta(minutes=5))
    row = cast.booking_row(moved)
    assert (row.session_id, row.reschedules, row.subscription_id) == (target, 0, plan_id)
    assert movements(plan_id) == [("consume", -1), ("consume", -1), ("grant", 10)]
    assert entries(moved)[-1][0] == "reschedule"


def test_a_move_needs_a_place_of_the_same_offering_here(desk: Desk) -> None:
    moved = book(desk.session(CLASS), cast.guest(1), actor=desk.owner)
    full = desk.session(CLASS + timedelta(days=1), max_participants=1)
    book(full, cast.guest(2), actor=desk.owner)
    with pytest.raises(NotBookable):
        move(moved, full, desk.owner)
    dance = cast.offering(desk.organization_id, title="Dance")
    other = cast.session(desk.organization_id, desk.ada, dance, CLASS + timedelta(days=2))
    elsewhere = cast.organization("elsewhere")
    away = cast.session(elsewhere, cast.staff(elsewhere, "Cy Young"), cast.offering(elsewhere))
    over = desk.session(CLASS + timedelta(days=3), status="ended")
    for target, refusal in ((other, NotFound), (away, NotFound), (over, NotBookable)):
        with pytest.raises(refusal):
            move(moved, target, desk.owner)
    assert cast.booking_row(moved).starts_at == CLASS


def test_who_waits_has_no_place_to_move(desk: Desk) -> None:
    full = desk.session(CLASS, max_participants=1)
    book(full, cast.guest(1), actor=desk.owner)
    waits = book(full, cast.guest(2), actor=desk.owner)
    with pytest.raises(NotMovable):
        move(waits, desk.session(CLASS + timedelta(days=1)), desk.owner)


def test_a_forgiven_late_cancel_gives_its_credit_back_once(desk: Desk) -> None:
    booking_id, plan_id = cancelled_late(desk)
    assert cast.credits_left(plan_id) == 9
    waive(booking_id, desk.owner)
    waive(booking_id, desk.owner, now=LATE + timedelta(hours=1))
    row = cast.booking_row(booking_id)
    assert (row.status, row.cancelled_late, row.waived_at) == ("cancelled", True, LATE)
    assert cast.credits_left(plan_id) == 10
    assert [each for each in entries(booking_id) if each[0] == "waive"] == [
        ("waive", {"waived_at": None}, {"waived_at": LATE.isoformat(), "reason": "Ill"})
    ]
    assert cast.mails().count(("booking_waived", "ben@example.com")) == 1


def test_a_forgiven_no_show_gives_its_credit_back_and_frees_the_quota(desk: Desk) -> None:
    plan_id = desk.plan(max_bookings_per_day=1)
    missed = book(desk.session(CLASS), desk.ben)
    later = desk.session(CLASS + timedelta(hours=4))
    transact(_missed, missed, desk.owner)
    assert refused(later, desk.ben) == "daily_quota"
    waive(missed, desk.owner)
    assert cast.booking_row(missed).status == "no_show"
    assert cast.credits_left(plan_id) == 10
    book(later, desk.ben)


def test_a_lapsed_credit_that_is_forgiven_lives_on(desk: Desk) -> None:
    booking_id, plan_id = cancelled_late(desk, valid_days=5)
    much_later = NOW + timedelta(days=40)
    waive(booking_id, desk.owner, now=much_later)
    assert ("return", 1) in movements(plan_id)
    assert ("lapse", -1) not in movements(plan_id)


def test_only_a_loss_is_forgiven_and_only_by_its_own_organization(desk: Desk) -> None:
    desk.plan()
    held = book(desk.session(CLASS), desk.ben)
    with pytest.raises(NotWaivable):
        waive(held, desk.owner)
    cancel(held)
    with pytest.raises(NotWaivable):
        waive(held, desk.owner)
    cy = cast.actor(cast.organization("elsewhere"), "Cy Young", Role.OWNER)
    with pytest.raises(NotFound):
        waive(held, cy)


def test_a_note_is_kept_once_and_said_in_the_log(desk: Desk) -> None:
    held = book(desk.session(CLASS), cast.guest(1), actor=desk.owner)

    def write(text: str, actor: Actor = desk.owner) -> None:
        transact(notes.write_note, booking_id=held, actor=actor, now=NOW, text=text)

    for text in ("Bad knee", "Bad knee", ""):
        write(text)
    told = [(before, after) for action, before, after in entries(held) if action == "note"]
    assert told == [
        ({"staff_note": ""}, {"staff_note": "Bad knee"}),
        ({"staff_note": "Bad knee"}, {"staff_note": ""}),
    ]
    cy = cast.actor(cast.organization("elsewhere"), "Cy Young", Role.OWNER)
    with pytest.raises(NotFound):
        write("Mine", cy)


def test_who_gets_the_place_is_said_before_it_goes(desk: Desk) -> None:
    full = desk.session(CLASS, max_participants=1)
    held = book(full, cast.guest(1), actor=desk.owner)
    assert follows(held) == "Nobody waits, so the place is free again."
    first = book(full, cast.guest(2), actor=desk.owner)
    assert follows(first) == "No place comes free: they only wait for one."
    assert follows(held) == "1 person waits, but nobody of them can take it now, so the place is free."
    desk.plan()
    book(full, desk.ben)
    assert follows(held) == "2 people wait. Ben Okafor is next and gets the place."
    assert "anybody can take it" in follows(held, now=CLASS - timedelta(minutes=30))
    assert "has begun" in follows(held, now=CLASS)
    beyond = book(full, cast.guest(3), actor=desk.owner, overbook=True)
    assert follows(beyond) == "Nobody is given the place: 1 person is booked beyond the places."
    cancel(beyond, actor=desk.owner, reason="x")
    cancel(held, actor=desk.owner, reason="x")
    assert cast.booking_row(first).status == "waitlisted"


def test_who_must_pay_first_is_offered_the_place(desk: Desk) -> None:
    full = desk.session(CLASS, max_participants=1, plan_only=False, price_minor=1500)
    held = book(full, cast.guest(1), actor=desk.owner)
    book(full, desk.ben)
    assert follows(held) == "1 person waits. Ben Okafor is next and is offered the place, as they must pay for it."


def _missed(booking_id: uuid.UUID, actor: Actor) -> None:
    db.session.execute(update(Booking).where(Booking.id == booking_id).values(status="no_show"))
    record(actor, booking_id, "mark_no_show", NOW, before={"status": "confirmed"}, after={"status": "no_show"})
