"""Processes killed with -9 while money moves: at every named point of paying and of giving back, nobody pays twice,
nothing is lost, and what is here is what the provider has."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from liveapp import create_app
from liveapp.config import Settings
from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.bookings import queries as bookings
from liveapp.domain.bookings import service
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.payments.models import LedgerEntry, Payment, Refund
from liveapp.gateways import charges, money_back, payments
from liveapp.gateways.stripe import checkout
from liveapp.tasks import money
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import clock as app_clock
from liveapp.web.booking_links import booking_url
from tests import cast
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.faults.children import is_killed
from tests.gateways.conftest import Till, simulator, till

pytestmark = ON_ONE_DATABASE  # under `make faults` on both

__all__ = ["simulator", "till"]

OPENING = (
    "open_payment.before_commit", "open_payment.after_commit", "payment.opened", "checkout.opened",
    "note_checkout.before_commit", "note_checkout.after_commit",
)  # fmt: skip
RECEIVING = ("payment.received", "receive.before_commit", "receive.after_commit")
GIVING_BACK = (
    "settle.before_commit", "settle.after_commit", "refund.asked", "refund.sent",
    "record_done.before_commit", "record_done.after_commit",
)  # fmt: skip
SAVING = ("card.saved", "agree.before_commit", "agree.after_commit")
CHARGING = (
    "lease.before_commit", "lease.after_commit", "charge.leased", "charge.made", "payment.received",
    "receive.before_commit", "receive.after_commit",
)  # fmt: skip
RUNS = [1, pytest.param(20, marks=pytest.mark.faults)]


def book(till: Till, number: int) -> uuid.UUID:
    """A place of a class of its own, held."""
    session = cast.session_row(till.session_id)
    start = session.scheduled_at + timedelta(hours=2 * (number + 1))
    session_id = cast.session(till.organization_id, session.host_id, session.offering_id, start, price_minor=1500)
    now = app_clock.now()
    return transact_in_turn([session_id], service.book_place, session_id=session_id, person=cast.guest(number), now=now)


def _begin(settings: Settings, booking_id: uuid.UUID) -> None:
    with create_app(settings).app_context():
        begin(booking_id)


def begin(booking_id: uuid.UUID) -> None:
    db.session.rollback()
    booking = bookings.booking(booking_id=booking_id)
    payments.begin_payment(booking, home=booking_url(booking), now=booking.created_at)


def _hear(settings: Settings, checkout_id: str, now: Any) -> None:
    with create_app(settings).app_context():
        payments.settle_checkout(checkout.checkout(checkout_id), now=now)


def _return_money(settings: Settings, booking_id: uuid.UUID, now: Any) -> None:
    with create_app(settings).app_context():
        return_money(booking_id, now)


def return_money(booking_id: uuid.UUID, now: Any) -> None:
    """What the jobs do when a paid booking was cancelled."""
    money.settle_booking(str(booking_id))
    db.session.rollback()
    for refund_id in db.session.execute(select(Refund.id).where(Refund.status == "asked")).scalars().all():
        money_back.send_refund(refund_id, now=now)


def pay(till: Till, number: int) -> tuple[uuid.UUID, str]:
    """A booking that was paid, or whose card was saved, on the provider's page, which nobody told us yet: its id, and
    the page's."""
    booking_id = book(till, number)
    begin(booking_id)
    checkout_id = page_of(till, booking_id)["id"]
    till.pay(checkout_id)
    return booking_id, checkout_id


def page_of(till: Till, booking_id: uuid.UUID) -> dict[str, Any]:
    """The provider's one page for the booking."""
    db.session.rollback()
    payment_id = db.session.execute(select(Payment.id).where(Payment.booking_id == booking_id)).scalar_one()
    (page,) = [each for each in till.objects("checkout.session") if each["client_reference_id"] == payment_id.hex]
    return page


def assert_books_agree(till: Till) -> None:
    """What came in and went back here is what the provider has, once each."""
    db.session.rollback()
    assert {name: found for name, found in invariants.violations(now=app_clock.now()).items() if found} == {}
    paid = db.session.execute(select(Payment.captured_minor).where(Payment.status == "paid")).scalars().all()
    back = db.session.execute(select(Refund.amount_minor).where(Refund.status == "done")).scalars().all()
    there = [each["amount_total"] for each in till.objects("checkout.session") if each["payment_status"] == "paid"]
    assert sorted(paid) == sorted(there)
    assert sorted(back) == sorted(each["amount"] for each in till.objects("refund"))


@pytest.mark.parametrize("point", OPENING)
@pytest.mark.parametrize("runs", RUNS)
def test_killed_while_a_payment_is_opened(app: Flask, till: Till, clock: Clock, point: str, runs: int) -> None:
    settings = app.extensions["settings"]
    landed = 0
    for number in range(runs):
        booking_id = book(till, number)
        landed += is_killed(_begin, replace(settings, kill_at=point), booking_id)
        begin(booking_id)
        till.pay(page_of(till, booking_id)["id"])
    assert landed == runs
    assert till.tell("checkout.session.completed", times=2)
    till.work()
    assert_books_agree(till)
    assert len(till.objects("checkout.session")) == runs


@pytest.mark.parametrize("point", RECEIVING)
@pytest.mark.parametrize("runs", RUNS)
def test_killed_while_money_is_received(app: Flask, till: Till, clock: Clock, point: str, runs: int) -> None:
    settings = app.extensions["settings"]
    landed = 0
    for number in range(runs):
        booking_id, checkout_id = pay(till, number)
        landed += is_killed(_hear, replace(settings, kill_at=point), checkout_id, clock.now())
        payments.settle_checkout(checkout.checkout(checkout_id), now=clock.now())
        assert cast.booking_row(booking_id).status == "confirmed"
    assert landed == runs
    assert_books_agree(till)
    entries = db.session.execute(select(LedgerEntry.kind)).scalars().all()
    assert sorted(entries) == sorted(["share", "fee", "payment"] * runs)


@pytest.mark.parametrize("point", GIVING_BACK)
@pytest.mark.parametrize("runs", RUNS)
def test_killed_while_money_goes_back(app: Flask, till: Till, clock: Clock, point: str, runs: int) -> None:
    settings = app.extensions["settings"]
    landed = 0
    for number in range(runs):
        booking_id, checkout_id = pay(till, number)
        payments.settle_checkout(checkout.checkout(checkout_id), now=clock.now())
        session_id = cast.booking_row(booking_id).session_id
        transact_in_turn([session_id], service.cancel, booking_id=booking_id, now=clock.now())
        landed += is_killed(_return_money, replace(settings, kill_at=point), booking_id, clock.now())
        for _ in range(2):
            return_money(booking_id, clock.now())
    assert landed == runs
    till.work()
    assert_books_agree(till)
    assert len(till.objects("refund")) == runs


def _charge(settings: Settings, now: Any) -> None:
    with create_app(settings).app_context():
        charge(now)


def charge(now: Any) -> None:
    """What the minute and its jobs do about what is due, one after the other."""
    charges.promise_due(now=now)
    db.session.rollback()
    again = db.session.execute(select(Payment.id).where(Payment.status == "charging")).scalars().all()
    for payment_id in again:
        charges.charge(payment_id, again=False, now=now)


@pytest.fixture
def later(till: Till) -> Till:
    """The classes are charged when they are over."""
    transact(lambda: db.session.execute(update(Offering).values(payment_timing="after_session")))
    return till


@pytest.mark.parametrize("point", SAVING)
@pytest.mark.parametrize("runs", RUNS)
def test_killed_while_a_card_is_saved(app: Flask, later: Till, clock: Clock, point: str, runs: int) -> None:
    settings, landed = app.extensions["settings"], 0
    for number in range(runs):
        booking_id, checkout_id = pay(later, number)
        landed += is_killed(_hear, replace(settings, kill_at=point), checkout_id, clock.now())
        payments.settle_checkout(checkout.checkout(checkout_id), now=clock.now())
        assert cast.booking_row(booking_id).status == "confirmed"
    assert landed == runs
    db.session.rollback()
    assert db.session.execute(select(Payment.status)).scalars().all() == ["scheduled"] * runs


@pytest.mark.parametrize("point", CHARGING)
@pytest.mark.parametrize("runs", RUNS)
def test_killed_while_a_card_is_charged(app: Flask, later: Till, clock: Clock, point: str, runs: int) -> None:
    settings, landed = app.extensions["settings"], 0
    for number in range(runs):
        booking_id, checkout_id = pay(later, number)
        payments.settle_checkout(checkout.checkout(checkout_id), now=clock.now())
        clock.set(cast.booking_row(booking_id).ends_at)
        landed += is_killed(_charge, replace(settings, kill_at=point), clock.now())
        clock.advance(minutes=6)
        charge(clock.now())
        clock.advance(minutes=6)
        later.work()
    assert landed == runs
    there = [each["amount"] for each in later.objects("payment_intent") if each["status"] == "succeeded"]
    assert there == [1500] * runs
    assert sorted(db.session.execute(select(Payment.status)).scalars()) == ["paid"] * runs
    assert {name: found for name, found in invariants.violations(now=app_clock.now()).items() if found} == {}
