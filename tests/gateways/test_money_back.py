"""Money that goes back, as a pretend Stripe tells of it: its console, refunds that wait, and those that fail late."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain.outbox.models import OutboxMessage
from liveapp.domain.payments import lists, refunding
from liveapp.domain.payments.models import Payment, Refund
from liveapp.unit_of_work import transact
from liveapp.web import clock as app_clock
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.gateways.conftest import Till
from tests.gateways.test_payments import all_holds, begin, booked, payment, status

pytestmark = ON_ONE_DATABASE  # what is written is tried on both in tests/domain


def paid(till: Till, number: str = "4242424242424242") -> Any:
    """Somebody's paid booking: its payment."""
    booking_id = booked(till)
    begin(booking_id)
    till.pay(till.objects("checkout.session")[0]["id"], number)
    till.tell("checkout.session.completed")
    till.work()
    assert status(booking_id) == "confirmed"
    return payment()


def give_back(of: Any, minor: int) -> None:
    transact(refunding.give_back, payment_id=of.id, minor=minor, kind="staff", now=app_clock.now())


def refunds() -> list[tuple[int, str, str]]:
    db.session.rollback()
    rows = db.session.execute(select(Refund).order_by(Refund.amount_minor)).scalars()
    return [(row.amount_minor, row.kind, row.status) for row in rows]


def tell_all(till: Till) -> None:
    till.tell("refund.", times=2)
    till.tell("charge.refund", times=2)
    till.work()


def test_the_consoles_refund_is_recorded_once_and_cancels_nothing(till: Till) -> None:
    of = paid(till)
    till.simulator.control("refunds", payment_intent=of.intent_id, amount=400)
    tell_all(till)
    assert refunds() == [(400, "console", "done")]
    assert status(of.booking_id) == "confirmed"
    assert payment().claimed_minor == 400
    all_holds()


@pytest.mark.parametrize("is_told", [True, False])
def test_the_consoles_refund_races_one_of_ours(till: Till, clock: Clock, is_told: bool) -> None:
    """1000 are asked for here and not sent yet, when 1000 are given there: only those went."""
    of = paid(till)
    give_back(of, 1000)
    till.simulator.control("refunds", payment_intent=of.intent_id, amount=1000)
    if is_told:
        tell_all(till)
    till.work()
    assert sorted(refunds()) == [(1000, "console", "done"), (1000, "staff", "failed")]
    assert [each["amount"] for each in till.objects("refund")] == [1000]
    assert lists.needs(organization_id=till.organization_id) == {}
    jobs = select(OutboxMessage.error).where(OutboxMessage.name != "send_mail", OutboxMessage.error.is_not(None))
    assert db.session.execute(jobs).all() == []
    all_holds()


@pytest.mark.parametrize(("number", "before", "after"), [
    ("4000000000007726", "pending", "done"), ("4000000000005126", "done", "failed"),
])  # fmt: skip
def test_a_refund_goes_on_when_the_bank_says_so(till: Till, number: str, before: str, after: str) -> None:
    of = paid(till, number)
    give_back(of, 1500)
    till.work()
    assert refunds() == [(1500, "staff", before)]
    till.simulator.control("clock", advance=120)
    tell_all(till)
    assert refunds() == [(1500, "staff", after)]
    assert payment().claimed_minor == (1500 if after == "done" else 0)
    all_holds()


def test_a_refund_whose_key_is_forgotten_is_looked_for_before_it_is_made(till: Till, clock: Clock) -> None:
    of = paid(till)
    till.simulator.control("faults", rules=[{"match": "POST /v1/refunds", "fault": "drop_after", "times": 1}])
    give_back(of, 500)
    till.work()
    assert refunds() == [(500, "staff", "asked")]
    till.simulator.control("clock", advance=25 * 3600)
    clock.advance(hours=25)
    till.work()
    assert refunds() == [(500, "staff", "done")]
    assert len(till.objects("refund")) == 1


def test_money_of_others_on_the_same_account_is_left_alone(till: Till) -> None:
    theirs = paid(till).intent_id
    transact(lambda: db.session.execute(update(Payment).values(intent_id="pi_another")))
    till.simulator.control("refunds", payment_intent=theirs, amount=400)
    tell_all(till)
    assert refunds() == []


@pytest.mark.parametrize(("won", "found"), [(True, []), (False, [(1500, "dispute", "done")])])
def test_a_dispute_is_opened_and_decided(till: Till, won: bool, found: list[tuple[int, str, str]]) -> None:
    of = paid(till)
    till.simulator.control("disputes", payment_intent=of.intent_id, reason="fraudulent")
    till.tell("charge.dispute.", times=2)
    till.work()
    assert list(lists.needs(organization_id=till.organization_id)) == ["disputed"]
    till.simulator.control("disputes/close", dispute=till.objects("dispute")[0]["id"], won=won)
    till.tell("charge.dispute.closed", times=2)
    till.work()
    assert refunds() == found
    assert lists.needs(organization_id=till.organization_id) == {}
    assert status(payment().booking_id) == "confirmed"
    all_holds()


@pytest.mark.parametrize("what", ["refunds", "disputes"])
def test_what_is_told_before_the_money_brings_the_money_along(till: Till, what: str) -> None:
    booking_id = booked(till)
    begin(booking_id)
    till.pay(till.objects("checkout.session")[0]["id"])
    till.simulator.control(what, payment_intent=till.objects("payment_intent")[0]["id"], reason="fraudulent")
    till.tell("refund.created")
    till.tell("charge.dispute.created")
    till.work()
    assert status(booking_id) == "confirmed"
    assert refunds() == ([(1500, "console", "done")] if what == "refunds" else [])
    assert lists.needs(organization_id=till.organization_id) == ({"disputed": 1} if what == "disputes" else {})
    all_holds()
