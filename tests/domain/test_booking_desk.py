"""Plans, credits, quotas and overlap in the booking path: each rule of 2.4 and 2.5 on both databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts.models import Organization
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import moves, session_changes
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.errors import NotBookable, NotCancellable, NotMovable
from liveapp.domain.bookings.paying import Choice
from liveapp.domain.catalogue.models import Offering, Program
from liveapp.domain.constraints import NoCredits
from liveapp.domain.errors import Forbidden
from liveapp.domain.plans import credits
from liveapp.domain.plans.models import CreditEntry, CreditLot, PlanProgram
from liveapp.rules.periods import end_of
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from tests import cast
from tests.cast import NOW

CLASS = NOW + timedelta(days=3)


@dataclass
class Desk:
    """A studio that takes payment at the desk, with a class that only plans pay for, and Ben, a member."""

    organization_id: uuid.UUID
    ada: uuid.UUID
    offering_id: uuid.UUID
    owner: Actor
    ben: Person
    hours: int = 0

    def session(self, starts_at: datetime | None = None, **values: Any) -> uuid.UUID:
        """Another class, in an hour of its own unless said when, led by a host of its own."""
        self.hours += 1
        host = self.ada if starts_at is None else cast.staff(self.organization_id, f"Host{self.hours} Name", "coach")
        when = starts_at or CLASS + timedelta(hours=2 * self.hours)
        defaults = {"plan_only": True, "price_minor": None}
        return cast.session(self.organization_id, host, self.offering_id, when, **defaults | values)

    def plan(self, **values: Any) -> uuid.UUID:
        """Ben holds a plan like this. Returns the subscription's id."""
        days = {name: values.pop(name) for name in ("first_day", "last_day") if name in values}
        return cast.subscription(self.organization_id, self.ben, cast.plan(self.organization_id, **values), **days)

    def settings(self, **values: Any) -> None:
        transact(_set, Organization, self.organization_id, values)


def _set(table: Any, key: uuid.UUID, values: dict[str, Any]) -> None:
    db.session.execute(update(table).where(table.id == key).values(**values))


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    organization_id = cast.organization(payment_provider="desk")
    ada = cast.staff(organization_id)
    made = Desk(
        organization_id,
        ada,
        cast.offering(organization_id, plan_only=True),
        Actor(ada, Role.OWNER, organization_id),
        cast.member(organization_id),
    )
    yield made
    found = {name: sentences for name, sentences in invariants.violations(now=NOW).items() if sentences}
    assert not found


def book(session_id: uuid.UUID, person: Person, now: datetime = NOW, **more: Any) -> uuid.UUID:
    turn = [session_id, *([person.user_id] if person.user_id else [])]
    return transact_in_turn(turn, bookings.book_place, session_id=session_id, person=person, now=now, **more)


def cancel(booking_id: uuid.UUID, now: datetime = NOW, **more: Any) -> None:
    turn = [cast.booking_row(booking_id).session_id]
    transact_in_turn(turn, bookings.cancel, booking_id=booking_id, now=now, **more)


def refused(session_id: uuid.UUID, person: Person, **more: Any) -> str:
    """The code of the refusal."""
    with pytest.raises(NotBookable) as error:
        book(session_id, person, **more)
    return error.value.code


def movements(subscription_id: uuid.UUID) -> list[tuple[str, int]]:
    """A subscription's credits in and out, in order of time, then kind."""
    query = select(CreditEntry.kind, CreditEntry.delta).join(CreditLot, CreditLot.id == CreditEntry.lot_id)
    db.session.rollback()
    rows = db.session.execute(query.where(CreditLot.subscription_id == subscription_id))
    return sorted((row.kind, row.delta) for row in rows)


def test_a_member_books_with_a_credit_of_their_plan(desk: Desk) -> None:
    pack = desk.plan()
    booking = cast.booking_row(book(desk.session(), desk.ben))
    assert (booking.status, booking.paid_by, booking.subscription_id) == ("confirmed", "credit", pack)
    assert cast.credits_left(pack) == 9
    assert movements(pack) == [("consume", -1), ("grant", 10)]


def test_without_a_plan_there_is_the_price_and_without_a_price_no_way_in(desk: Desk) -> None:
    assert refused(desk.session(), desk.ben) == "no_plan"
    priced = cast.booking_row(book(desk.session(plan_only=False, price_minor=1500), desk.ben))
    assert (priced.paid_by, priced.price_minor, priced.subscription_id) == ("at_desk", 1500, None)
    free = cast.booking_row(book(desk.session(plan_only=False), desk.ben))
    assert free.paid_by == "free"


def test_an_organization_that_takes_no_payment_asks_for_no_plan(desk: Desk) -> None:
    desk.settings(payment_provider="none")
    pack = desk.plan()
    booking = cast.booking_row(book(desk.session(), desk.ben))
    assert (booking.paid_by, booking.subscription_id, cast.credits_left(pack)) == ("free", None, 10)


def test_a_guest_who_types_a_members_address_cannot_use_their_plan(desk: Desk) -> None:
    pack = desk.plan()
    stranger = Person(email=desk.ben.email, name="Mallory", timezone="UTC")
    assert refused(desk.session(), stranger) == "no_plan"
    assert cast.credits_left(pack) == 10


def test_a_plan_covers_its_programs_only(desk: Desk) -> None:
    yoga = cast.write(Program, organization_id=desk.organization_id, name="Yoga", created_at=NOW)
    plan_id = cast.plan(desk.organization_id)
    transact(
        lambda: db.session.add(PlanProgram(organization_id=desk.organization_id, plan_id=plan_id, program_id=yoga))
    )
    cast.subscription(desk.organization_id, desk.ben, plan_id)
    assert refused(desk.session(), desk.ben) == "no_plan"
    transact(_set, Offering, desk.offering_id, {"program_id": yoga})
    assert cast.booking_row(book(desk.session(), desk.ben)).paid_by == "credit"


def test_credits_that_lapse_first_go_first_and_unlimited_plans_before_them(desk: Desk) -> None:
    forever = desk.plan(class_credits=5)
    soon = desk.plan(class_credits=2, valid_days=30)
    book(desk.session(), desk.ben)
    assert (cast.credits_left(soon), cast.credits_left(forever)) == (1, 5)
    unlimited = desk.plan(class_credits=None, kind="period", period="month")
    assert cast.booking_row(book(desk.session(), desk.ben)).subscription_id == unlimited
    assert (cast.credits_left(soon), cast.credits_left(forever)) == (1, 5)
    chosen = book(desk.session(), desk.ben, choice=Choice(subscription_id=forever))
    assert cast.booking_row(chosen).subscription_id == forever
    assert cast.credits_left(forever) == 4


def test_a_credit_must_be_valid_on_the_sessions_date(desk: Desk) -> None:
    desk.plan(class_credits=5, valid_days=10)  # from Monday 2 March to the end of Wednesday 11 March, in Berlin
    last_minute = datetime(2026, 3, 11, 22, 59, tzinfo=UTC)
    assert refused(desk.session(last_minute + timedelta(minutes=1)), desk.ben) == "no_credits"
    assert book(desk.session(last_minute), desk.ben)


def test_a_period_gives_its_credits_and_the_next_ones_two_weeks_ahead(desk: Desk) -> None:
    weekly = desk.plan(class_credits=1, kind="period", period="week")
    assert cast.credits_left(weekly) == 3
    book(desk.session(NOW + timedelta(days=1)), desk.ben)
    assert refused(desk.session(NOW + timedelta(days=2)), desk.ben) == "no_credits"
    book(desk.session(NOW + timedelta(days=8)), desk.ben)
    assert cast.credits_left(weekly) == 1


def test_the_last_credit_is_the_last(desk: Desk) -> None:
    pack = desk.plan(class_credits=1)
    book(desk.session(), desk.ben)
    assert refused(desk.session(), desk.ben) == "no_credits"
    assert cast.credits_left(pack) == 0


def test_the_table_itself_refuses_a_credit_that_is_not_there(desk: Desk) -> None:
    pack = desk.plan(class_credits=1)
    session_id = desk.session()
    first = book(session_id, desk.ben)
    other = book(desk.session(plan_only=False), cast.guest(1))
    lot = cast.one(select(CreditLot.id).where(CreditLot.subscription_id == pack))[0]
    with pytest.raises(NoCredits):
        transact(credits.consume, lot_id=lot, organization_id=desk.organization_id, booking_id=other, now=NOW)
    assert cast.booking_row(first).status == "confirmed"
    assert cast.credits_left(pack) == 0


@pytest.mark.parametrize(
    ("quota", "first", "code", "days_until_free"),
    [("max_bookings_per_day", 3, "daily_quota", 1), ("max_bookings_per_week", 3, "weekly_quota", 5)],
)
def test_a_quota_counts_the_organizations_day_and_week(
    desk: Desk, quota: str, first: int, code: str, days_until_free: int
) -> None:
    desk.plan(**{quota: 1})
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    book(desk.session(noon + timedelta(days=first - 1)), desk.ben)
    assert refused(desk.session(noon + timedelta(days=first - 1, hours=5)), desk.ben) == code
    assert book(desk.session(noon + timedelta(days=first - 1 + days_until_free)), desk.ben)


def test_a_day_ends_at_midnight_where_the_organization_is(desk: Desk) -> None:
    desk.plan(max_bookings_per_day=1)
    book(desk.session(datetime(2026, 3, 4, 12, tzinfo=UTC)), desk.ben)
    before_midnight_in_berlin = datetime(2026, 3, 4, 22, 30, tzinfo=UTC)
    assert refused(desk.session(before_midnight_in_berlin), desk.ben) == "daily_quota"
    assert book(desk.session(before_midnight_in_berlin + timedelta(hours=1)), desk.ben)


def test_a_week_begins_on_the_organizations_first_day(desk: Desk) -> None:
    desk.settings(week_start=6)
    desk.plan(max_bookings_per_week=1)
    saturday = datetime(2026, 3, 7, 12, tzinfo=UTC)
    book(desk.session(saturday), desk.ben)
    assert refused(desk.session(saturday - timedelta(days=3)), desk.ben) == "weekly_quota"
    assert book(desk.session(saturday + timedelta(days=1)), desk.ben)


def test_waits_do_not_count_for_a_quota(desk: Desk) -> None:
    desk.plan(max_bookings_per_day=1)
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
    full = desk.session(noon, max_participants=1)
    cast.subscription(desk.organization_id, cy := cast.member(desk.organization_id, "Cy Twombly"),
                      cast.plan(desk.organization_id))  # fmt: skip
    book(full, cy)
    assert cast.booking_row(book(full, desk.ben)).status == "waitlisted"
    assert cast.booking_row(book(desk.session(noon + timedelta(hours=3)), desk.ben)).status == "confirmed"


@pytest.mark.parametrize("counts", [True, False])
def test_a_late_cancel_counts_for_the_quota_if_the_business_says_so(desk: Desk, counts: bool) -> None:
    desk.settings(allow_late_cancellation=True, count_late_cancellations=counts)
    pack = desk.plan(max_bookings_per_day=1)
    tomorrow = NOW + timedelta(hours=20)
    late = book(desk.session(tomorrow), desk.ben)
    cancel(late, NOW + timedelta(minutes=11))
    assert cast.booking_row(late).cancelled_late
    assert cast.credits_left(pack) == 9
    if counts:
        assert refused(desk.session(tomorrow + timedelta(hours=1)), desk.ben) == "daily_quota"
    else:
        assert book(desk.session(tomorrow + timedelta(hours=1)), desk.ben)


def test_nobody_is_in_two_places_not_even_in_two_organizations(desk: Desk) -> None:
    elsewhere = cast.organization("elsewhere")
    host = cast.staff(elsewhere, "Cy Host")
    theirs = cast.session(elsewhere, host, cast.offering(elsewhere), CLASS, title="Pottery")
    book(theirs, desk.ben)
    desk.plan()
    with pytest.raises(NotBookable, match="Pottery") as error:
        book(desk.session(CLASS + timedelta(minutes=59)), desk.ben)
    assert error.value.code == "overlap"
    assert book(desk.session(CLASS + timedelta(minutes=60)), desk.ben)
    assert book(desk.session(CLASS - timedelta(minutes=60)), desk.ben)


def test_a_plan_may_allow_two_things_at_once(desk: Desk) -> None:
    first = desk.session(CLASS)
    desk.plan(allow_overlapping_bookings=True)
    book(first, desk.ben)
    assert book(desk.session(CLASS + timedelta(minutes=30)), desk.ben)


def test_overlapping_waits_are_fine(desk: Desk) -> None:
    desk.plan()
    full = desk.session(CLASS, max_participants=1)
    cast.subscription(desk.organization_id, cy := cast.member(desk.organization_id, "Cy Twombly"),
                      cast.plan(desk.organization_id))  # fmt: skip
    book(full, cy)
    assert cast.booking_row(book(full, desk.ben)).status == "waitlisted"
    assert cast.booking_row(book(desk.session(CLASS + timedelta(minutes=30)), desk.ben)).status == "confirmed"


def test_staff_book_without_plan_or_quota_and_never_past_capacity(desk: Desk) -> None:
    leo = cast.user("Leo Coach")
    cast.membership(desk.organization_id, leo, "coach")
    session_id = desk.session(max_participants=1)
    person = Person("leo@example.com", "Leo Coach", "UTC", user_id=leo)
    assert cast.booking_row(book(session_id, person)).paid_by == "free"
    assert cast.booking_row(book(session_id, desk.ben, actor=desk.owner)).status == "waitlisted"


def test_an_owner_may_book_one_more_than_there_are_places_and_the_public_sees_none(desk: Desk) -> None:
    session_id = desk.session(max_participants=1)
    first = book(session_id, desk.ben, actor=desk.owner)
    coach = Actor(cast.staff(desk.organization_id, "Leo Coach", "coach"), Role.COACH, desk.organization_id)
    with pytest.raises(Forbidden):
        book(session_id, cast.guest(1), actor=coach, overbook=True)
    assert cast.booking_row(book(session_id, cast.guest(1), actor=desk.owner, overbook=True)).status == "confirmed"
    row = cast.session_row(session_id)
    assert (row.participant_count, row.max_participants, row.overbooked) == (2, 1, 1)
    assert refused(session_id, cast.guest(2)) == "no_plan"
    waiting = book(session_id, cast.guest(2), actor=desk.owner)
    cancel(first, actor=desk.owner)
    assert cast.booking_row(waiting).status == "waitlisted"
    row = cast.session_row(session_id)
    assert (row.participant_count, row.overbooked) == (1, 0)


def test_staff_add_somebody_with_their_plan_or_without(desk: Desk) -> None:
    pack = desk.plan(class_credits=1, max_bookings_per_day=1)
    book(desk.session(), desk.ben)
    one_more = desk.session()
    with pytest.raises(NotBookable) as error:
        book(one_more, desk.ben, actor=desk.owner, choice=Choice(subscription_id=pack))
    assert error.value.code == "no_credits"
    assert cast.booking_row(book(one_more, desk.ben, actor=desk.owner)).paid_by == "free"
    priced = desk.session(plan_only=False, price_minor=900)
    at_desk = book(priced, desk.ben, actor=desk.owner, choice=Choice(without_plan=True))
    assert (cast.booking_row(at_desk).paid_by, cast.booking_row(at_desk).price_minor) == ("at_desk", 900)


# Cancelling, and what comes back


def test_an_early_cancel_gives_the_credit_back_once(desk: Desk) -> None:
    pack = desk.plan()
    booking_id = book(desk.session(), desk.ben)
    cancel(booking_id)
    cancel(booking_id)
    assert cast.credits_left(pack) == 10
    assert movements(pack) == [("consume", -1), ("grant", 10), ("return", 1)]


def test_a_late_cancel_is_refused_unless_allowed_and_then_nothing_comes_back(desk: Desk) -> None:
    pack = desk.plan()
    strict = book(desk.session(CLASS), desk.ben)
    with pytest.raises(NotCancellable):
        cancel(strict, CLASS - timedelta(hours=24) + timedelta(seconds=1))
    cancel(strict, CLASS - timedelta(hours=24))
    desk.settings(allow_late_cancellation=True)
    lax = book(desk.session(CLASS), desk.ben)
    cancel(lax, CLASS - timedelta(hours=1))
    assert cast.credits_left(pack) == 9


def test_the_policy_of_the_day_of_booking_holds(desk: Desk) -> None:
    desk.plan()
    booking_id = book(desk.session(CLASS), desk.ben)
    desk.settings(allow_late_cancellation=True, cancellation_window_hours=1)
    with pytest.raises(NotCancellable):
        cancel(booking_id, CLASS - timedelta(hours=2))


def test_cancelled_by_staff_or_with_the_session_the_credit_always_comes_back(desk: Desk) -> None:
    pack = desk.plan()
    session_id = desk.session(CLASS)
    booking_id = book(session_id, desk.ben)
    cancel(booking_id, CLASS - timedelta(minutes=5), actor=desk.owner)
    other = desk.session(CLASS)
    book(other, desk.ben)
    transact_in_turn(
        [other], session_changes.cancel_session, session_id=other, actor=desk.owner, now=NOW, reason="Storm"
    )
    assert cast.credits_left(pack) == 10


def test_a_credit_that_lapsed_meanwhile_lives_on_when_the_business_caused_it(desk: Desk) -> None:
    pack = desk.plan(class_credits=2, valid_days=4)
    session_id = desk.session(CLASS)
    book(session_id, desk.ben)
    later = NOW + timedelta(days=10)
    lot = cast.one(select(CreditLot.id).where(CreditLot.subscription_id == pack))[0]
    assert transact(credits.lapse, lot_id=lot, now=later) == 1
    transact(_set, session_changes.LiveSession, session_id, {
        "scheduled_at": later + timedelta(days=1), "ends_at": later + timedelta(days=1, hours=1)})  # fmt: skip
    transact_in_turn(
        [session_id], session_changes.cancel_session, session_id=session_id, actor=desk.owner, now=later, reason="Ill"
    )
    row = cast.one(select(CreditLot.balance, CreditLot.expires_at).where(CreditLot.id == lot))
    assert row.balance == 1
    assert row.expires_at == end_of((later + timedelta(days=14)).date(), "Europe/Berlin")
    assert row.expires_at >= later + timedelta(days=14)
    in_time = desk.session(later + timedelta(days=13), plan_only=True)
    assert cast.booking_row(book(in_time, desk.ben, now=later)).paid_by == "credit"


def test_a_credit_that_lapsed_meanwhile_is_shown_as_lapsed_when_the_person_cancels(desk: Desk) -> None:
    pack = desk.plan(class_credits=1, valid_days=4)
    session_id = desk.session(CLASS)
    booking_id = book(session_id, desk.ben)
    later = NOW + timedelta(days=10)
    transact(_set, session_changes.LiveSession, session_id, {
        "scheduled_at": later + timedelta(days=3), "ends_at": later + timedelta(days=3, hours=1)})  # fmt: skip
    cancel(booking_id, later)
    assert movements(pack) == [("consume", -1), ("grant", 1), ("lapse", -1), ("return", 1)]
    assert cast.credits_left(pack) == 0


# Moving


def test_the_credit_moves_along(desk: Desk) -> None:
    pack = desk.plan(class_credits=1, valid_days=10)
    first, second = desk.session(), desk.session()
    booking_id = book(first, desk.ben)
    move(booking_id, first, second)
    assert cast.booking_row(booking_id).session_id == second
    assert cast.booking_row(booking_id).starts_at == cast.session_row(second).scheduled_at
    assert movements(pack) == [("consume", -1), ("grant", 1)]
    too_late = desk.session(NOW + timedelta(days=30))
    with pytest.raises(NotMovable, match="can't be used on that date"):
        move(booking_id, second, too_late)


def test_a_move_counts_for_the_quota_of_its_new_week_without_itself(desk: Desk) -> None:
    desk.plan(max_bookings_per_week=1)
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
    first, next_day, next_week = (desk.session(noon + timedelta(days=days)) for days in (0, 1, 7))
    booking_id = book(first, desk.ben)
    move(booking_id, first, next_day)
    other = book(next_week, desk.ben)
    with pytest.raises(NotBookable) as error:
        move(booking_id, next_day, desk.session(noon + timedelta(days=8)))
    assert error.value.code == "weekly_quota"
    cancel(other)


def test_a_moved_place_goes_to_who_waits_for_it(desk: Desk) -> None:
    desk.plan()
    full, other = desk.session(max_participants=1), desk.session()
    booking_id = book(full, desk.ben)
    waiting = book(full, cast.guest(1), actor=desk.owner)
    move(booking_id, full, other)
    assert cast.booking_row(waiting).passed_over == "no_plan"
    assert cast.session_row(full).participant_count == 0


def move(booking_id: uuid.UUID, old: uuid.UUID, new: uuid.UUID, **more: Any) -> None:
    transact_in_turn([old, new], moves.move_place, booking_id=booking_id, session_id=new, now=NOW, **more)


def test_a_lots_entries_are_never_changed(desk: Desk) -> None:
    desk.plan()
    for statement in ("UPDATE credit_entries SET delta = 99", "DELETE FROM credit_entries"):
        with pytest.raises(Exception, match="append-only"):
            transact(lambda text=statement: db.session.connection().exec_driver_sql(text))


def test_a_plan_that_starts_later_does_not_pay_before(desk: Desk) -> None:
    desk.plan(class_credits=None, kind="period", period="month", first_day=date(2026, 3, 20))
    assert refused(desk.session(CLASS), desk.ben) == "no_plan"
    assert book(desk.session(datetime(2026, 3, 20, 9, tzinfo=UTC)), desk.ben)
