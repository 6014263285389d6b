"""People's plans: given, renewed, paused, ended, corrected, lapsed; days are the organization's own."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from liveapp.domain.accounts.models import Membership
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import held
from liveapp.domain.bookings import service as bookings
from liveapp.domain.catalogue.models import Program
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.domain.plans import credits, queries, service, subscriptions
from liveapp.domain.plans.errors import BadPlan
from liveapp.domain.plans.models import CreditEntry, CreditLot, Plan, PlanProgram, Subscription
from liveapp.domain.plans.service import PlanDetails
from liveapp.domain.plans.subscriptions import Gift
from liveapp.rules.lifecycle import ForbiddenTransition
from liveapp.rules.roles import Role
from liveapp.tasks import sweeps
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW, Person
from tests.conftest import Clock

DAY = timedelta(days=1)
TODAY = NOW.date()


def midnight(year: int, month: int, day: int, *, hours: int = 1) -> datetime:
    """The beginning of the day in Berlin, so many hours before it is one in UTC."""
    return datetime(year, month, day, tzinfo=UTC) - timedelta(hours=hours)


@dataclass
class Studio:
    id: uuid.UUID
    owner: Actor
    ben: Person

    def give(self, *, first_day: date = TODAY, last_day: date | None = None, **plan: Any) -> uuid.UUID:
        """Ben gets a plan today; returns the subscription."""
        gift = Gift(cast.plan(self.id, **plan), first_day, last_day)
        return transact(subscriptions.give, actor=self.owner, person=self.ben, gift=gift, now=NOW)

    def book(self, starts_at: datetime, now: datetime = NOW) -> uuid.UUID:
        """Ben books a class that only plans pay for."""
        offering_id = cast.offering(self.id, plan_only=True)
        session_id = cast.session(self.id, self.owner.user_id or uuid.uuid4(), offering_id, starts_at, plan_only=True)
        return transact(bookings.book_place, session_id=session_id, person=self.ben, now=now)


@pytest.fixture
def studio(app: Flask, clock: Clock) -> Studio:
    """A studio in Berlin on Monday 2 March 2026, 9:00 UTC; clocks go forward on 29 March."""
    clock.set(NOW)
    organization_id = cast.organization(payment_provider="desk")
    return Studio(
        organization_id, cast.actor(organization_id, "Ada Lovelace", Role.OWNER), cast.member(organization_id)
    )


def lots() -> list[tuple[int, datetime, datetime | None]]:
    """Balance and extent of every lot, in order of time."""
    cast.one(select(1))
    query = select(CreditLot.balance, CreditLot.valid_from, CreditLot.expires_at).order_by(CreditLot.valid_from)
    return [tuple(row) for row in cast.db.session.execute(query)]


def entries() -> list[tuple[str, int]]:
    cast.one(select(1))
    query = select(CreditEntry.kind, CreditEntry.delta).order_by(CreditEntry.at, CreditEntry.delta.desc())
    return [tuple(row) for row in cast.db.session.execute(query)]


def subscription() -> Any:
    return cast.one(select(*Subscription.__table__.columns))


class TestGiving:
    def test_a_pack_lapses_at_midnight_of_the_studio_also_over_the_change_of_clocks(self, studio: Studio) -> None:
        studio.give(class_credits=10, valid_days=30)
        assert lots() == [(10, midnight(2026, 3, 2), midnight(2026, 4, 1, hours=2))]
        assert cast.mails() == [("plan_given", "ben@example.com")]

    @pytest.mark.parametrize("gives", [{"class_credits": 10}, {"class_credits": None}])
    @pytest.mark.parametrize("days", [1, 2, 28, 29])
    def test_n_days_are_n_dates_named_by_their_last(self, studio: Studio, gives: dict[str, Any], days: int) -> None:
        studio.give(**gives, valid_days=days)
        ends = lots()[0][2] if gives["class_credits"] else subscription().ends_at
        first, last = date(2026, 3, 2), (ends - timedelta(seconds=1)).astimezone(ZoneInfo("Europe/Berlin")).date()
        assert len([first + timedelta(days=n) for n in range((last - first).days + 1)]) == days

    def test_a_pack_without_days_never_lapses(self, studio: Studio) -> None:
        studio.give(class_credits=10)
        assert lots() == [(10, midnight(2026, 3, 2), None)]

    def test_the_last_day_ends_everything(self, studio: Studio) -> None:
        studio.give(class_credits=10, valid_days=90, last_day=date(2026, 3, 8))
        assert lots() == [(10, midnight(2026, 3, 2), midnight(2026, 3, 9))]
        assert subscription().ends_at == midnight(2026, 3, 9)

    def test_an_unlimited_pack_ends_when_its_days_are_over(self, studio: Studio) -> None:
        studio.give(class_credits=None, valid_days=6)
        assert subscription().ends_at == midnight(2026, 3, 8)
        assert lots() == []

    def test_or_on_the_last_day_if_that_is_sooner(self, studio: Studio) -> None:
        studio.give(class_credits=None, valid_days=60, last_day=date(2026, 3, 3))
        assert subscription().ends_at == midnight(2026, 3, 4)

    def test_periods_are_given_two_weeks_ahead_and_follow_one_another(self, studio: Studio) -> None:
        studio.give(kind="period", period="week", class_credits=2)
        assert lots() == [
            (2, midnight(2026, 3, 2), midnight(2026, 3, 9)),
            (2, midnight(2026, 3, 9), midnight(2026, 3, 16)),
            (2, midnight(2026, 3, 16), midnight(2026, 3, 23)),
        ]

    def test_months_begin_on_the_last_day_where_they_are_too_short(self, studio: Studio, clock: Clock) -> None:
        studio.give(kind="period", period="month", class_credits=8, first_day=date(2026, 1, 31))
        assert [lot[1:] for lot in lots()] == [(midnight(2026, 2, 28), midnight(2026, 3, 31, hours=2))]
        clock.set(datetime(2026, 3, 17, tzinfo=UTC))
        assert sweeps.grant_credits() == 1
        assert lots()[-1] == (8, midnight(2026, 3, 31, hours=2), midnight(2026, 4, 30, hours=2))
        assert sweeps.grant_credits() == 0

    def test_periods_that_were_missed_are_not_given_afterwards(self, studio: Studio, clock: Clock) -> None:
        studio.give(kind="period", period="week", class_credits=2)
        clock.set(NOW + 70 * DAY)
        sweeps.grant_credits()
        assert [balance for balance, _, until in lots() if until and until > clock.now()] == [2, 2, 2]
        assert subscription().periods_granted == 13

    def test_somebody_who_had_left_belongs_again(self, studio: Studio) -> None:
        cast.write(
            Membership, organization_id=studio.id, user_id=cast.user("Zoe Novak"), role="coach", slug="zoe",
            created_at=NOW, ended_at=NOW,
        )  # fmt: skip
        zoe = Person(email="zoe@example.com", name="Zoe", timezone="UTC")
        cast.subscription(studio.id, zoe, cast.plan(studio.id))
        assert cast.one(select(Membership.role, Membership.ended_at).where(Membership.slug == "zoe")) == (
            "member",
            None,
        )

    def test_who_may_not(self, studio: Studio) -> None:
        plan_id = cast.plan(studio.id)
        coach = cast.actor(studio.id, "Dora Maar", Role.COACH)
        cy = cast.actor(cast.organization("school"), "Cy Other", Role.OWNER)
        for actor, refusal in ((coach, Forbidden), (cy, NotFound)):
            with pytest.raises(refusal):
                transact(subscriptions.give, actor=actor, person=studio.ben, gift=Gift(plan_id, TODAY), now=NOW)
        subscription_id = studio.give()
        for actor, refusal in ((coach, Forbidden), (cy, NotFound)):
            with pytest.raises(refusal):
                transact(subscriptions.end, actor=actor, subscription_id=subscription_id, reason="", now=NOW)
        with pytest.raises(BadPlan):
            transact(credits.adjust, lot_id=one_lot(), delta=1, reason="Mine", actor=cy, now=NOW)


def one_lot() -> uuid.UUID:
    return cast.one(select(CreditLot.id))[0]


class TestPausing:
    def test_what_is_left_lasts_as_many_days_longer(self, studio: Studio, clock: Clock) -> None:
        subscription_id = studio.give(class_credits=10, valid_days=31)
        transact(subscriptions.pause, actor=studio.owner, subscription_id=subscription_id, resumes_on=None, now=NOW)
        later = NOW + 35 * DAY  # beyond the day that it would have lapsed on
        clock.set(later)
        assert sweeps.turn_plans() == 0
        transact(subscriptions.resume, actor=studio.owner, subscription_id=subscription_id, now=later)
        assert lots() == [(10, midnight(2026, 3, 2), midnight(2026, 5, 7, hours=2))]

    def test_it_goes_on_by_itself_on_the_studios_day(self, studio: Studio, clock: Clock) -> None:
        subscription_id = studio.give(class_credits=10, valid_days=31)
        until = date(2026, 3, 12)
        transact(subscriptions.pause, actor=studio.owner, subscription_id=subscription_id, resumes_on=until, now=NOW)
        clock.set(midnight(2026, 3, 12) - timedelta(minutes=1))
        assert sweeps.turn_plans() == 0
        clock.advance(minutes=1)
        assert sweeps.turn_plans() == 1
        assert subscription().status == "active"
        assert lots()[0][2] == midnight(2026, 4, 12, hours=2)

    def test_periods_move_on_by_the_days_of_the_pause(self, studio: Studio, clock: Clock) -> None:
        subscription_id = studio.give(kind="period", period="week", class_credits=2)
        transact(subscriptions.pause, actor=studio.owner, subscription_id=subscription_id, resumes_on=None, now=NOW)
        clock.set(NOW + 3 * DAY)
        transact(subscriptions.resume, actor=studio.owner, subscription_id=subscription_id, now=clock.now())
        assert [(start, until) for _, start, until in lots()] == [
            (midnight(2026, 3, 2), midnight(2026, 3, 12)),
            (midnight(2026, 3, 12), midnight(2026, 3, 19)),
            (midnight(2026, 3, 19), midnight(2026, 3, 26)),
        ]

    def test_a_paused_plan_does_not_end_by_the_clock(self, studio: Studio, clock: Clock) -> None:
        subscription_id = studio.give(class_credits=None, valid_days=11)
        transact(subscriptions.pause, actor=studio.owner, subscription_id=subscription_id, resumes_on=None, now=NOW)
        clock.set(NOW + 20 * DAY)
        assert sweeps.turn_plans() == 0
        assert transact(subscriptions.end_by_clock, subscription_id=subscription_id, now=clock.now()) is False
        transact(subscriptions.resume, actor=studio.owner, subscription_id=subscription_id, now=clock.now())
        assert subscription().ends_at == midnight(2026, 4, 2, hours=2)
        clock.set(subscription().ends_at)
        assert sweeps.turn_plans() == 1
        assert subscription().status == "ended"

    def test_what_had_lapsed_before_stays_lapsed(self, studio: Studio, clock: Clock) -> None:
        subscription_id = studio.give(class_credits=10, valid_days=4)
        clock.set(NOW + 5 * DAY)
        assert sweeps.turn_plans() == 1
        for verb, more in ((subscriptions.pause, {"resumes_on": None}), (subscriptions.resume, {})):
            transact(verb, actor=studio.owner, subscription_id=subscription_id, now=clock.now(), **more)
        assert lots() == [(0, midnight(2026, 3, 2), midnight(2026, 3, 6))]
        assert entries() == [("grant", 10), ("lapse", -10)]

    def test_what_cannot_be_paused_or_resumed(self, studio: Studio) -> None:
        subscription_id = studio.give()
        values = {"actor": studio.owner, "subscription_id": subscription_id, "now": NOW}
        with pytest.raises(ForbiddenTransition):
            transact(subscriptions.resume, **values)
        for day in (TODAY, TODAY + 367 * DAY):
            with pytest.raises(BadPlan):
                transact(subscriptions.pause, resumes_on=day, **values)
        transact(subscriptions.end, reason="", **values)
        with pytest.raises(ForbiddenTransition):
            transact(subscriptions.pause, resumes_on=None, **values)


class TestEnding:
    def test_what_is_left_goes_and_bookings_stay(self, studio: Studio) -> None:
        subscription_id = studio.give(class_credits=10)
        booking_id = studio.book(NOW + 3 * DAY)
        ben = studio.ben.user_id
        assert ben is not None
        assert held.bookings_to_come(user_id=ben, subscription_id=subscription_id, now=NOW) == 1
        gone = transact(
            subscriptions.end, actor=studio.owner, subscription_id=subscription_id, reason=" Moved ", now=NOW
        )
        assert gone == 9
        assert cast.booking_row(booking_id).status == "confirmed"
        assert entries() == [("grant", 10), ("consume", -1), ("revoke", -9)]
        assert (subscription().status, subscription().ends_at, subscription().end_reason) == ("ended", NOW, "Moved")
        assert ("plan_ended", "ben@example.com") in cast.mails()

    def test_the_clock_ends_it_after_its_last_day(self, studio: Studio, clock: Clock) -> None:
        studio.give(class_credits=10, last_day=date(2026, 3, 8))
        clock.set(midnight(2026, 3, 9) - timedelta(seconds=1))
        assert sweeps.turn_plans() == 0
        clock.advance(seconds=1)
        assert sweeps.turn_plans() == 2  # the plan, and what was left of it
        assert (subscription().status, lots()[0][0]) == ("ended", 0)


class TestCorrecting:
    def test_with_a_reason_within_bounds(self, studio: Studio) -> None:
        studio.give(class_credits=10)
        values = {"lot_id": one_lot(), "actor": studio.owner, "now": NOW}
        transact(credits.adjust, delta=-10, reason="Wrong person", **values)
        transact(credits.adjust, delta=3, reason="Gift", **values)
        for delta, reason in ((-4, "More"), (0, "None"), (10_001, "Many"), (-10_001, "Many"), (1, " ")):
            with pytest.raises(BadPlan):
                transact(credits.adjust, delta=delta, reason=reason, **values)
        assert entries() == [("grant", 10), ("adjust", 3), ("adjust", -10)]

    def test_asked_again_it_counts_once(self, studio: Studio) -> None:
        studio.give(class_credits=10)
        for _ in range(2):
            transact(
                credits.adjust, lot_id=one_lot(), delta=3, reason="Gift", actor=studio.owner, now=NOW, key="the form"
            )
        assert lots()[0][0] == 13

    def test_not_what_has_lapsed_or_ended(self, studio: Studio) -> None:
        subscription_id = studio.give(class_credits=10, valid_days=4)
        values = {"lot_id": one_lot(), "delta": 1, "reason": "Gift", "actor": studio.owner}
        with pytest.raises(BadPlan, match="have lapsed"):
            transact(credits.adjust, now=NOW + 5 * DAY, **values)
        transact(subscriptions.end, actor=studio.owner, subscription_id=subscription_id, reason="", now=NOW)
        with pytest.raises(BadPlan, match="has ended"):
            transact(credits.adjust, now=NOW, **values)


class TestLapsing:
    def test_the_business_extends_what_lapsed_meanwhile(self, studio: Studio) -> None:
        studio.give(class_credits=1, valid_days=4)
        booking_id = studio.book(NOW + 3 * DAY)
        later = NOW + 10 * DAY
        back = transact(credits.give_back, {booking_id: 14}, now=later, by_business=True)
        assert back == {booking_id: True}
        assert lots() == [(1, midnight(2026, 3, 2), midnight(2026, 3, 27))]

    def test_the_holder_sees_it_come_back_and_lapse(self, studio: Studio) -> None:
        studio.give(class_credits=1, valid_days=4)
        booking_id = studio.book(NOW + 3 * DAY)
        later = NOW + 10 * DAY
        for _ in range(2):
            transact(credits.give_back, {booking_id: 14}, now=later, by_business=False)
        assert entries() == [("grant", 1), ("consume", -1), ("return", 1), ("lapse", -1)]

    def test_people_are_warned_a_week_and_a_day_before_once_each(self, studio: Studio, clock: Clock) -> None:
        studio.give(class_credits=10, valid_days=31)
        told = []
        for days in (20, 24, 25, 28, 30, 30.5):
            clock.set(NOW + days * DAY)
            told.append((sweeps.warn_of_lapse(), sweeps.warn_of_lapse()))
        assert told == [(0, 0), (1, 0), (0, 0), (0, 0), (1, 0), (0, 0)]
        assert cast.mails().count(("credits_lapse", "ben@example.com")) == 2

    def test_nobody_is_warned_of_nothing_or_while_it_rests(self, studio: Studio, clock: Clock) -> None:
        subscription_id = studio.give(class_credits=10, valid_days=31)
        transact(
            subscriptions.pause,
            actor=studio.owner,
            subscription_id=subscription_id,
            resumes_on=None,
            now=NOW + 20 * DAY,
        )
        clock.set(NOW + 26 * DAY)
        assert sweeps.warn_of_lapse() == 0
        assert list(queries.to_warn(now=clock.now())) == []


class TestPlans:
    def test_what_makes_no_sense_is_refused(self, studio: Studio) -> None:
        theirs = cast.write(Program, organization_id=cast.organization("school"), name="Theirs", created_at=NOW)
        for details in (
            PlanDetails(" ", "pack", class_credits=1),
            PlanDetails("Nothing", "pack"),
            PlanDetails("No period", "period"),
            PlanDetails("Too many", "pack", class_credits=10_001),
            PlanDetails("Negative", "pack", class_credits=-1),
            PlanDetails("Too long", "pack", class_credits=1, valid_days=3661),
            PlanDetails("Never", "pack", class_credits=1, max_bookings_per_day=0),
            PlanDetails("Theirs", "pack", class_credits=1, program_ids=frozenset({theirs})),
        ):
            with pytest.raises(BadPlan):
                transact(service.add_plan, actor=studio.owner, details=details, now=NOW)
        assert list(queries.plans(organization_id=studio.id)) == []

    def test_coverage_is_written_when_it_changes(self, studio: Studio) -> None:
        one, two = (
            cast.write(Program, organization_id=studio.id, name=name, created_at=NOW) for name in ("One", "Two")
        )
        details = PlanDetails("Pack", "pack", class_credits=1, program_ids=frozenset({one}))
        plan_id = transact(service.add_plan, actor=studio.owner, details=details, now=NOW)
        for wanted in (frozenset({one, two}), frozenset[uuid.UUID]()):
            changed = PlanDetails("Pack", "pack", class_credits=1, program_ids=wanted)
            transact(service.change_plan, actor=studio.owner, plan_id=plan_id, details=changed, now=NOW)
            cast.one(select(1))
            assert set(cast.db.session.execute(select(PlanProgram.program_id)).scalars()) == wanted

    def test_who_holds_it_keeps_what_it_is_until_nobody_does(self, studio: Studio) -> None:
        subscription_id = studio.give(class_credits=10, name="Pack")
        plan_id = subscription().plan_id
        others = (
            PlanDetails("Pack", "period", class_credits=10, period="week"),
            PlanDetails("Pack", "pack", valid_days=10),
        )
        for details in others:
            with pytest.raises(BadPlan, match="People hold this plan"):
                transact(service.change_plan, actor=studio.owner, plan_id=plan_id, details=details, now=NOW)
        transact(subscriptions.end, actor=studio.owner, subscription_id=subscription_id, reason="", now=NOW)
        for details in others:
            transact(service.change_plan, actor=studio.owner, plan_id=plan_id, details=details, now=NOW)
        assert cast.one(select(Plan.kind, Plan.class_credits, Plan.valid_days)) == ("pack", None, 10)
