"""Payouts: what matures, what is paid out once, what comes back, and statements that add up. On both databases."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from liveapp.db import AnyRow, db
from liveapp.domain import invariants
from liveapp.domain.constraints import PayoutUnderWay
from liveapp.domain.payments.models import PaymentHold
from liveapp.domain.payouts import balances, checks, making, queries, sending, statements
from liveapp.domain.payouts.errors import NothingPayable, NotSetUp, NotWaiting
from liveapp.domain.payouts.models import Payout
from liveapp.rules import ledger
from liveapp.rules.money import shares
from liveapp.rules.payouts import Why
from liveapp.tasks import payouts as jobs
from liveapp.unit_of_work import transact, transact_in_turn
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock
from tests.domain.earnings import Studio

DAY = timedelta(days=1)


@pytest.fixture
def studio(app: Flask) -> Studio:
    return Studio.open()


def row(payout_id: uuid.UUID) -> AnyRow:
    db.session.rollback()
    return queries.payout(payout_id=payout_id)


def sent(payout_id: uuid.UUID, now: datetime) -> None:
    """The provider was asked, and sent it."""
    transact(sending.begin, payout_id=payout_id, now=now)
    transact(sending.record_paid, payout_id=payout_id, provider_id=f"tr_{payout_id.hex}", now=now)


def test_what_a_session_brought_matures_three_days_after_its_end_to_the_second(studio: Studio) -> None:
    studio.earn(10000, NOW - 3 * DAY)
    studio.earn(5000, NOW - 3 * DAY + timedelta(seconds=1), at=NOW - 10 * DAY)
    found = studio.balance(studio.ada)
    assert (found.owed, found.maturing, found.payable) == (13500, 4500, 9000)
    assert studio.balance(studio.ada, NOW + timedelta(seconds=1)).payable == 13500


def test_a_plan_matures_from_when_it_was_paid_and_belongs_to_the_business(studio: Studio) -> None:
    studio.sell_plan(10000)
    assert studio.balance(studio.business, NOW + 3 * DAY - timedelta(seconds=1)).why_nothing is Why.MATURING
    assert studio.balance(studio.business, NOW + 3 * DAY).payable == 9000
    assert studio.balances(studio.ada) == []


def test_what_the_business_took_at_the_desk_it_has_already(studio: Studio) -> None:
    studio.post(ledger.charged(studio.payer, ledger.BUSINESS, shares(2000, 0), ledger.DESK), uuid.uuid4())
    assert studio.balances(studio.business) == []
    found = statements.statement(earner=studio.business, currency="EUR", begins_at=NOW, ends_at=NOW + DAY)
    assert [(each.what.kind, each.net) for each in found.lines] == [("share", 2000), ("payment", -2000)]


def test_what_is_on_hold_is_not_owed_and_does_not_mature_twice(studio: Studio) -> None:
    payment_id = studio.earn(10000, NOW)
    hold_id = cast.write(
        PaymentHold, organization_id=studio.organization_id, payment_id=payment_id, kind="host_absent", held_minor=9000,
        opened_at=NOW,
    )  # fmt: skip
    studio.post(ledger.put_on_hold(studio.ada.account, 9000), hold_id)
    studio.earn(2000, NOW - 9 * DAY)
    found = studio.balance(studio.ada)
    assert (found.owed, found.held, found.maturing, found.payable) == (1800, 9000, 0, 1800)
    assert [each.held for each in balances.of_everybody(organization_id=studio.organization_id, now=NOW)] == [9000]


def test_a_payout_is_in_the_book_at_once_and_made_only_once(studio: Studio) -> None:
    studio.earn(10000, NOW - 4 * DAY)
    with pytest.raises(NotSetUp):
        studio.pay(studio.ada, NOW)
    studio.set_up(studio.ada)
    payout_id = studio.pay(studio.ada, NOW)
    assert (row(payout_id).status, row(payout_id).amount_minor, studio.owed(studio.ada)) == ("pending", 9000, 0)
    studio.earn(1000, NOW - 5 * DAY)
    with pytest.raises(PayoutUnderWay):
        studio.pay(studio.ada, NOW)
    sent(payout_id, NOW)
    assert row(studio.pay(studio.ada, NOW)).amount_minor == 900
    assert [kind for kind, _ in cast.mails()] == ["payout_sent"]


def test_the_database_keeps_a_second_payout_of_a_balance_from_being_under_way(studio: Studio) -> None:
    """Also where the look for one is left out."""
    studio.earn(10000, NOW - 4 * DAY)
    studio.set_up(studio.ada)
    made = row(studio.pay(studio.ada, NOW))
    values = {column.key: getattr(made, column.key) for column in Payout.__table__.columns if column.key != "id"}
    with pytest.raises(PayoutUnderWay):
        cast.write(Payout, **values)
    with pytest.raises(IntegrityError):
        cast.write(Payout, **values | {"currency": "USD", "reversed_minor": 9001})


def test_a_payout_that_fails_is_owed_again_and_the_owner_learns_of_it(studio: Studio) -> None:
    studio.earn(10000, NOW - 4 * DAY)
    studio.set_up(studio.ada)
    payout_id = studio.pay(studio.ada, NOW)
    transact(sending.begin, payout_id=payout_id, now=NOW)
    for _ in range(2):
        transact(sending.record_failed, payout_id=payout_id, failure="account_closed", now=NOW)
    assert (row(payout_id).status, studio.owed(studio.ada)) == ("failed", 9000)
    assert cast.mails() == [("payout_failed", "ada@example.com"), ("payout_failed", "olga@example.com")]
    sent(studio.pay(studio.ada, NOW), NOW)
    assert studio.owed(studio.ada) == 0


def test_parts_that_come_back_are_owed_again_once_each(studio: Studio) -> None:
    studio.earn(10000, NOW - 4 * DAY)
    studio.set_up(studio.ada)
    payout_id = studio.pay(studio.ada, NOW)
    sent(payout_id, NOW)
    for parts in ([("trr_1", 3000)], [("trr_1", 3000), ("trr_2", 6000)], [("trr_2", 6000)]):
        transact(sending.record_reversals, payout_id=payout_id, reversals=parts, now=NOW)
    assert (row(payout_id).status, row(payout_id).reversed_minor, studio.owed(studio.ada)) == ("failed", 9000, 9000)


def test_what_waits_can_be_taken_back_and_what_was_asked_for_cannot(studio: Studio) -> None:
    studio.earn(10000, NOW - 4 * DAY)
    studio.set_up(studio.ada)
    same = {"earner": studio.ada, "currency": "EUR", "actor": studio.owner, "now": NOW}
    payout_id = studio.pay(studio.ada, NOW)
    transact_in_turn(studio.ada.turn, sending.withdraw, **same)
    assert (row(payout_id).status, studio.owed(studio.ada)) == ("failed", 9000)
    assert transact(sending.begin, payout_id=payout_id, now=NOW).status == "failed"
    transact(sending.begin, payout_id=studio.pay(studio.ada, NOW), now=NOW)
    with pytest.raises(NotWaiting):
        transact_in_turn(studio.ada.turn, sending.withdraw, **same)
    assert cast.mails() == []
    assert list(checks.payouts(NOW)) == []


def test_without_funds_a_payout_waits_and_is_asked_for_again_under_another_key(studio: Studio) -> None:
    studio.earn(10000, NOW - 4 * DAY)
    studio.set_up(studio.ada)
    payout_id = studio.pay(studio.ada, NOW)
    first = transact(sending.begin, payout_id=payout_id, now=NOW)
    assert transact(sending.begin, payout_id=payout_id, now=NOW).attempts == first.attempts
    for attempts, failure in ((9, "another asking"), (first.attempts, "balance_insufficient")):
        transact(sending.record_waiting, payout_id=payout_id, attempts=attempts, failure=failure, now=NOW)
    assert (row(payout_id).status, row(payout_id).failure) == ("pending", "balance_insufficient")
    assert sending.waiting(now=NOW + timedelta(hours=2)) == []
    assert sending.waiting(now=NOW + timedelta(hours=3)) == [payout_id]
    again = transact(sending.begin, payout_id=payout_id, now=NOW + DAY)
    assert again.attempts == first.attempts + 1
    for _ in range(2):
        transact(sending.record_broken, payout_id=payout_id, attempts=again.attempts)
    assert transact(sending.begin, payout_id=payout_id, now=NOW + DAY).attempts == again.attempts + 1


def test_a_refund_after_the_payout_is_taken_up_by_what_is_earned_later(studio: Studio) -> None:
    studio.earn(10000, NOW - 4 * DAY)
    studio.set_up(studio.ada)
    sent(studio.pay(studio.ada, NOW), NOW)
    studio.give_back(10000)
    with pytest.raises(NothingPayable):
        studio.pay(studio.ada, NOW)
    assert studio.balance(studio.ada).why_nothing is Why.OWES
    studio.earn(15000, NOW - 4 * DAY + timedelta(hours=2))
    assert row(studio.pay(studio.ada, NOW)).amount_minor == 4500


def test_by_hand_as_much_as_was_seen_and_never_more_than_is_payable(studio: Studio) -> None:
    studio.earn(10000, NOW - 4 * DAY)
    for minor in (9001, 0, -1):
        with pytest.raises(NothingPayable):
            studio.pay_by_hand(minor)
    found = row(studio.pay_by_hand(9000))
    assert (found.status, found.how, found.note) == ("paid", "hand", "Bank transfer 12")
    assert found.actor_id == studio.owner.user_id
    assert studio.owed(studio.ada) == 0


def test_a_balance_below_the_minimum_waits_but_in_another_currency(studio: Studio) -> None:
    studio.settings(payout_minimum_minor=9001)
    studio.earn(10000, NOW - 4 * DAY)
    assert studio.balance(studio.ada).why_nothing is Why.BELOW_MINIMUM
    studio.earn(100, NOW - 4 * DAY, "JPY")
    assert [(each.currency, each.payable) for each in studio.balances(studio.ada)] == [("EUR", 0), ("JPY", 90)]
    studio.settings(payout_minimum_minor=9000)
    assert [each.payable for each in studio.balances(studio.ada)] == [9000, 90]


def test_on_its_day_each_balance_that_can_be_paid_is_and_the_day_is_over(studio: Studio, clock: Clock) -> None:
    studio.earn(10000, NOW - 4 * DAY)
    studio.sell_plan(5000, at=NOW - 4 * DAY)
    studio.set_up(studio.ada)
    clock.set(NOW)  # a Monday, the day that payouts are made on
    assert (jobs.make_payouts(), jobs.make_payouts()) == (1, 0)
    transact(making.change_schedule, actor=studio.owner, settings={"payout_weekday": 2}, now=NOW)
    studio.set_up(studio.business)
    clock.set(NOW + DAY)
    assert jobs.make_payouts() == 0
    clock.set(NOW + 2 * DAY)
    assert jobs.make_payouts() == 1
    assert making.due_days(now=NOW + 8 * DAY) == []
    assert making.due_days(now=NOW + 10 * DAY) == [(studio.organization_id, date(2026, 3, 11))]
    transact(making.change_schedule, actor=studio.owner, settings={"payout_schedule": "by_hand"}, now=NOW + 10 * DAY)
    assert making.due_days(now=NOW + 60 * DAY) == []
    transact(making.change_schedule, actor=studio.owner, settings={"payout_schedule": "weekly"}, now=NOW + 60 * DAY)
    assert making.due_days(now=NOW + 60 * DAY) == []  # a Friday; Wednesday is over


@pytest.mark.parametrize(("currency", "minor", "host", "fee"), [
    ("JPY", 1005, 904, 101), ("KWD", 12345, 11110, 1235), ("TTD", 9999, 8999, 1000), ("USD", 1, 1, 0),
])  # fmt: skip
def test_a_statement_adds_up_in_every_currency(studio: Studio, currency: str, minor: int, host: int, fee: int) -> None:
    studio.earn(minor, NOW - 4 * DAY, currency, at=NOW - DAY)
    studio.earn(minor, NOW - 9 * DAY, currency)
    studio.set_up(studio.ada)
    payout_id = studio.pay(studio.ada, NOW + timedelta(hours=1), currency)
    studio.earn(minor, NOW - 9 * DAY, currency, at=NOW + DAY)
    found = statements.statement(earner=studio.ada, currency=currency, begins_at=NOW, ends_at=NOW + DAY)
    assert found.opening == host
    assert [(each.what.kind, each.gross, each.fee, each.net, each.balance) for each in found.lines] == [
        ("share", minor, fee, host, 2 * host),
        ("payout", 0, 0, -2 * host, 0),
    ]
    assert (found.closing, row(payout_id).amount_minor) == (0, 2 * host)
    assert found.lines[0].what.title == "Morning flow"
    assert statements.currencies(earner=studio.ada) == [currency]


def test_whatever_happens_statements_follow_each_other_and_end_with_what_is_owed(studio: Studio) -> None:
    """Sixty random deeds over sixty days: every week begins as the one before ended, and no payout was of more than
    was payable then."""
    chance = random.Random(11)
    studio.set_up(studio.ada)
    deeds: list[Callable[[datetime], None]] = [
        lambda now: _ignore(studio.earn(chance.randint(1, 20000), now - timedelta(days=chance.randint(0, 5)), at=now)),
        lambda now: studio.give_back(chance.randint(1, 5000), at=now),
        lambda now: _pay_some(studio, now, fails=chance.random() < 0.4),
    ]
    for number in range(60):
        chance.choice(deeds)(NOW + timedelta(days=number, minutes=number))
    opening = 0
    for week in range(9):
        begins = NOW + timedelta(weeks=week)
        found = statements.statement(
            earner=studio.ada, currency="EUR", begins_at=begins, ends_at=begins + timedelta(weeks=1)
        )
        assert found.opening == opening
        assert found.opening + found.net == found.closing
        assert all(each.gross - each.fee == each.net for each in found.lines if each.is_sale)
        opening = found.closing
    assert opening == studio.owed(studio.ada)
    assert list(invariants.allowed_edges(NOW)) == []
    assert list(checks.payouts(NOW)) == []


def _ignore(_value: object) -> None:
    """A deed gives nothing."""


def _pay_some(studio: Studio, now: datetime, *, fails: bool) -> None:
    """A payout, if something is payable: never of more, and it arrives or fails."""
    before = next(iter(studio.balances(studio.ada, now)), None)
    if before is None or not before.payable:
        with pytest.raises(NothingPayable):
            studio.pay(studio.ada, now)
        return
    payout_id = studio.pay(studio.ada, now)
    assert row(payout_id).amount_minor == before.payable <= before.owed - before.maturing
    if fails:
        transact(sending.record_failed, payout_id=payout_id, failure="account_closed", now=now)
    else:
        sent(payout_id, now)
