"""Our books against a pretend Stripe's: webhooks that got lost, what was done in its console, and what can't be."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from liveapp.db import db
from liveapp.domain.payments.models import Payment, Refund
from liveapp.gateways import reconciling
from liveapp.unit_of_work import transact
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.gateways.conftest import Till
from tests.gateways.test_money_back import give_back, refunds
from tests.gateways.test_payments import all_holds, begin, booked, payment, status

pytestmark = ON_ONE_DATABASE  # what is written is tried on both in tests/domain


@pytest.fixture
def books(till: Till, clock: Clock) -> Till:
    """The pretend Stripe's clock and the app's are one."""
    same_time(till, clock)
    return till


def same_time(till: Till, clock: Clock) -> None:
    till.simulator.control("clock", set=int(clock.now().timestamp()))


def words(now: datetime) -> tuple[list[str], list[str]]:
    """What was mended, and what is left."""
    db.session.rollback()
    outcome = reconciling.reconcile(now=now)
    return [each.words for each in outcome.mended], [each.words for each in outcome.left]


def paid_there(till: Till) -> uuid.UUID:
    booking_id = booked(till)
    begin(booking_id)
    till.pay(till.objects("checkout.session")[0]["id"])
    return booking_id


def test_what_was_lost_on_the_way_is_mended(app: Flask, books: Till, clock: Clock) -> None:
    booking_id = paid_there(books)
    intent_id = books.objects("payment_intent")[0]["id"]
    books.simulator.control("refunds", payment_intent=intent_id, amount=400)
    mended, left = words(clock.advance(minutes=6))
    assert left == []
    assert [each.split(" is")[1].split(" (")[0] for each in mended] == [" open here and paid there", "n't known here"]
    assert status(booking_id) == "confirmed"
    same_time(books, clock)
    books.simulator.control("faults", rules=[{"match": "POST /v1/refunds", "fault": "drop_after", "times": 1}])
    give_back(payment(), 300)
    books.work()
    assert refunds()[0] == (300, "staff", "asked")
    mended, left = words(clock.advance(minutes=6))
    assert (len(mended), left) == (1, [])
    assert refunds() == [(300, "staff", "done"), (400, "console", "done")]
    same_time(books, clock)
    books.simulator.control("disputes", payment_intent=intent_id, reason="fraudulent")
    mended, left = words(clock.advance(minutes=6))
    assert (len(mended), left) == (1, [])
    assert payment().claimed_minor == 700
    result = app.test_cli_runner().invoke(args=["reconcile"])
    assert (result.exit_code, result.output) == (0, "0 mended\n0 left for a person\n")
    all_holds()


def test_what_telling_once_more_does_not_mend_is_left(app: Flask, books: Till, clock: Clock) -> None:
    paid_there(books)
    books.tell("checkout.session.completed")
    books.work()
    clock.advance(minutes=6)
    transact(lambda: db.session.execute(update(Payment).values(captured_minor=1400)))
    result = app.test_cli_runner().invoke(args=["reconcile", "--days", "1"])
    assert result.exit_code == 1
    assert "1 left for a person" in result.output
    assert "is of 1400 here and of 1500 there" in result.output
    books.simulator.control("reset")
    assert [each.split(" is ")[-1] for each in words(clock.now())[1]] == [
        f"{payment().intent_id} here, which isn't there"
    ]


def test_refunds_that_wait_are_looked_at_however_old_they_are(books: Till, clock: Clock) -> None:
    paid_there(books)
    books.tell("checkout.session.completed")
    books.work()
    transact(lambda: db.session.execute(update(Payment).values(paid_at=clock.now() - timedelta(days=30))))
    books.simulator.control("faults", rules=[{"match": "POST /v1/refunds", "fault": "drop_before", "times": 1}])
    give_back(payment(), 300)
    books.work()
    transact(lambda: db.session.execute(update(Refund).values(created_at=clock.now() - timedelta(days=10))))
    mended, left = words(clock.now())
    assert ([each.split(" of ")[1] for each in mended], left) == (["300 never got there"], [])
    assert refunds() == [(300, "staff", "done")]
