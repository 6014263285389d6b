"""Charging while Stripe fails in every way it can: each is charged once, nobody twice, and nothing is forgotten.

Small here; `make faults` runs each of them at the size that the product is meant for.
"""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.outbox.models import OutboxMessage
from liveapp.domain.payments.models import LedgerEntry, Payment, WebhookEvent
from liveapp.gateways import charges
from liveapp.gateways.stripe.client import StripeAway
from tests import cast
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.faults.owing import PRICE, owing
from tests.gateways.conftest import Till, simulator, till

pytestmark = ON_ONE_DATABASE  # under `make faults` on both

__all__ = ["simulator", "till"]

CHARGE = "POST /v1/payment_intents"


def sizes(small: int, large: int) -> Any:
    """The size of a run, and that under `make faults`."""
    return pytest.mark.parametrize("number", [small, pytest.param(large, marks=pytest.mark.faults)])


def statuses() -> Counter[str]:
    db.session.rollback()
    return Counter(db.session.execute(select(Payment.status)).scalars())


def charged(till: Till) -> Counter[str]:
    """How often each payment was charged at Stripe."""
    found = [each for each in till.objects("payment_intent") if each["status"] == "succeeded"]
    assert {each["amount"] for each in found} <= {PRICE}
    return Counter(each["metadata"]["payment_id"] for each in found)


def assert_each_once(till: Till, number: int) -> None:
    """Each was charged once, here and there, and the books agree."""
    assert statuses() == {"paid": number}
    counts = charged(till)
    assert (len(counts), set(counts.values())) == (number, {1})
    entries = Counter(db.session.execute(select(LedgerEntry.kind)).scalars())
    assert entries == {"share": number, "fee": number, "payment": number}
    assert [*invariants.one_charge(cast.NOW), *invariants.books(cast.NOW)] == []


def rules(*kinds: tuple[str, dict[str, Any]], probability: float) -> list[dict[str, Any]]:
    same = {"match": CHARGE, "probability": probability}
    return [same | {"fault": kind, "seed": seed} | more for seed, (kind, more) in enumerate(kinds)]


UNKNOWN = (
    ("drop_after", {}), ("drop_before", {}), ("error_after", {"saved": "error"}), ("error_after", {"saved": "answer"}),
    ("error_before", {"saved": "error"}), ("error_before", {"saved": "nothing"}), ("rate_limit", {}),
)  # fmt: skip


@sizes(8, 500)
def test_answers_that_say_nothing(till: Till, clock: Clock, number: int) -> None:
    owing(till, number, clock.now())
    till.simulator.control("faults", rules=rules(*UNKNOWN, probability=0.12))
    for _ in range(200):
        till.work()
        clock.advance(minutes=6)
        if statuses()["paid"] == number:
            break
    landed = till.simulator.show("faults")["landed"]
    assert landed >= number // 4
    assert_each_once(till, number)


@sizes(8, 2000)
def test_an_outage_of_half_an_hour(till: Till, clock: Clock, number: int) -> None:
    owing(till, number, clock.now())
    till.simulator.control("faults", rules=[{"match": "*", "fault": "drop_before"}])
    for _ in range(5):
        till.work()
        assert statuses()["paid"] == 0
        clock.advance(minutes=6)
    landed = till.simulator.show("faults")["landed"]
    assert landed >= 5
    till.simulator.control("faults", rules=[])
    for _ in range(2):
        till.work()
        clock.advance(minutes=6)
    assert_each_once(till, number)


@sizes(8, 3000)
def test_events_shuffled_and_doubled(till: Till, clock: Clock, number: int) -> None:
    """Everything that Stripe told of these charges comes again in any order, three of ten twice: at `make faults` more
    than ten thousand in all."""
    owing(till, number, clock.now())
    till.work()
    events = till.objects("event")
    assert Counter(event["type"] for event in events)["payment_intent.succeeded"] == number
    dice = random.Random(7)
    told = events + dice.sample(events, len(events) * 3 // 10)
    dice.shuffle(told)
    assert len(told) > 3.4 * number
    assert {till.post(event) for event in told} == {200}
    db.session.rollback()
    assert db.session.execute(select(func.count()).select_from(WebhookEvent)).scalar_one() == len(events)
    clock.advance(minutes=1)
    till.work()
    unhandled = select(func.count()).select_from(WebhookEvent).where(WebhookEvent.handled_at.is_(None))
    assert db.session.execute(unhandled).scalar_one() == 0
    assert_each_once(till, number)


@sizes(3, 1000)
def test_two_workers_on_one_charge(app: Flask, till: Till, clock: Clock, number: int) -> None:
    ids = owing(till, number, clock.now())
    charges.promise_due(now=clock.now())

    def work(payment_id: Any) -> str:
        with app.app_context():
            try:
                charges.charge(payment_id, again=False, now=clock.now())
            except StripeAway as away:
                return str(away)
            return "done"

    said: Counter[str] = Counter()
    with ThreadPoolExecutor(2) as pool:
        for payment_id in ids:
            said.update(pool.map(work, [payment_id, payment_id]))
    assert said["done"] >= number
    for _ in range(2):
        clock.advance(minutes=6)
        till.work()
    assert_each_once(till, number)


@sizes(12, 2000)
def test_two_schedulers_promise_each_charge_once(app: Flask, till: Till, clock: Clock, number: int) -> None:
    owing(till, number, clock.now())

    def promise(_: int) -> int:
        with app.app_context():
            return charges.promise_due(now=clock.now())

    with ThreadPoolExecutor(2) as pool:
        looked = list(pool.map(promise, range(4)))
    assert sum(looked) == number
    db.session.rollback()
    jobs = db.session.execute(select(OutboxMessage.payload).where(OutboxMessage.name == "charge")).scalars()
    promised = Counter(payment_id for payload in jobs for payment_id in payload["payment_ids"])
    assert (len(promised), set(promised.values())) == (number, {1})
    till.work()
    assert_each_once(till, number)
