"""Paying through a pretend Stripe with the real SDK: what comes in, what goes back, and what Stripe does wrong."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.bookings import queries as bookings
from liveapp.domain.bookings import service
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.payments.models import Payment, Refund
from liveapp.gateways import payments, reconciling
from liveapp.gateways.stripe.client import StripeAway
from liveapp.tasks import money
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import booking_money
from liveapp.web import clock as app_clock
from liveapp.web.booking_links import booking_url
from tests import cast
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.gateways.conftest import Till

pytestmark = ON_ONE_DATABASE  # what is written is tried on both in tests/domain

CREATE = "POST /v1/checkout/sessions"


def booked(till: Till, number: int = 1) -> uuid.UUID:
    person = cast.guest(number)
    return transact_in_turn(
        [till.session_id], service.book_place, session_id=till.session_id, person=person, now=app_clock.now()
    )


def begin(booking_id: uuid.UUID) -> str:
    """The address of Stripe's page."""
    db.session.rollback()
    booking = bookings.booking(booking_id=booking_id)
    note = booking_money.charged_later(booking)
    return payments.begin_payment(booking, home=booking_url(booking), note=note, now=app_clock.now())


def cancel(booking_id: uuid.UUID) -> None:
    transact_in_turn([till_of(booking_id)], service.cancel, booking_id=booking_id, now=app_clock.now())


def till_of(booking_id: uuid.UUID) -> uuid.UUID:
    return cast.booking_row(booking_id).session_id


def status(booking_id: uuid.UUID) -> str:
    return str(cast.booking_row(booking_id).status)


def payment() -> Any:
    db.session.rollback()
    return db.session.execute(select(Payment).order_by(Payment.created_at)).scalars().first()


def all_holds() -> None:
    db.session.rollback()
    assert {name: found for name, found in invariants.violations(now=app_clock.now()).items() if found} == {}


def fault(till: Till, match: str, kind: str, **more: Any) -> None:
    till.simulator.control("faults", rules=[{"match": match, "fault": kind, "times": 1} | more])


def landed(till: Till) -> int:
    return int(till.simulator.show("faults")["landed"])


def test_pay_then_cancel_and_get_it_back(till: Till, clock: Clock) -> None:
    booking_id = booked(till)
    address = begin(booking_id)
    (page,) = till.objects("checkout.session")
    assert (page["url"], page["amount_total"], page["currency"]) == (address, 1500, "eur")
    till.pay(page["id"])
    assert status(booking_id) == "held"
    assert set(till.tell(times=2)) == {200}
    till.work()
    assert status(booking_id) == "confirmed"
    cancel(booking_id)
    till.work()
    (refund,) = till.objects("refund")
    assert (refund["amount"], refund["payment_intent"], payment().claimed_minor) == (1500, payment().intent_id, 1500)
    assert db.session.execute(select(Refund.status)).scalars().all() == ["done"]
    all_holds()


def test_an_answer_that_was_lost_makes_no_second_page(till: Till) -> None:
    booking_id = booked(till)
    fault(till, CREATE, "drop_after")
    with pytest.raises(StripeAway):
        begin(booking_id)
    assert landed(till) == 1
    transact(lambda: db.session.execute(update(LiveSession).values(title="Another")))  # what is asked stays the same
    address = begin(booking_id)
    assert [page["url"] for page in till.objects("checkout.session")] == [address]


def test_an_error_before_the_work_is_tried_again(till: Till) -> None:
    booking_id = booked(till)
    fault(till, CREATE, "rate_limit")
    with pytest.raises(StripeAway):
        begin(booking_id)
    assert begin(booking_id).startswith(till.simulator.url)


def test_a_forged_or_old_event_is_refused(till: Till) -> None:
    booking_id = booked(till)
    begin(booking_id)
    till.pay(till.objects("checkout.session")[0]["id"])
    assert set(till.tell(signed_by="whsec_other")) == {400}
    assert till.client.post("/webhooks/stripe", data=b"{}").status_code == 400
    assert till.post(b'{"id":' + b"[" * 100_000) == 400
    till.work()
    assert status(booking_id) == "held"


def test_money_that_nobody_told_of_is_found_by_the_sweep(till: Till, clock: Clock) -> None:
    booking_id = booked(till)
    begin(booking_id)
    till.pay(till.objects("checkout.session")[0]["id"])
    clock.advance(minutes=16)
    assert money.close_payments() == 1
    assert status(booking_id) == "confirmed"
    assert money.close_payments() == 0
    all_holds()


def test_what_nobody_paid_can_be_paid_no_more_after_the_hold(till: Till, clock: Clock) -> None:
    booking_id = booked(till)
    begin(booking_id)
    clock.advance(minutes=16)
    assert money.close_payments() == 1
    assert [page["status"] for page in till.objects("checkout.session")] == ["expired"]
    assert payment().status == "dropped"
    till.work()
    assert status(booking_id) == "expired"
    all_holds()


def test_a_page_whose_name_was_never_written_down_is_closed_all_the_same(till: Till, clock: Clock) -> None:
    booking_id = booked(till)
    fault(till, CREATE, "drop_after")
    with pytest.raises(StripeAway):
        begin(booking_id)
    clock.advance(minutes=16)
    assert money.close_payments() == 1
    assert [page["status"] for page in till.objects("checkout.session")] == ["expired"]


def test_money_for_a_place_that_somebody_else_has_by_now_goes_back(till: Till, clock: Clock) -> None:
    first = booked(till)
    begin(first)
    late = till.objects("checkout.session")[0]["id"]
    clock.advance(minutes=16)
    second = booked(till, 2)
    begin(second)
    mine = next(page["id"] for page in till.objects("checkout.session") if page["id"] != late)
    till.pay(late)
    till.pay(mine)
    till.tell("checkout.session.completed")
    till.work()
    assert (status(first), status(second)) == ("expired", "confirmed")
    assert [(each["amount"], each["status"]) for each in till.objects("refund")] == [(1500, "succeeded")]
    all_holds()


def test_a_refund_whose_answer_was_lost_is_made_once(till: Till, clock: Clock) -> None:
    booking_id = booked(till)
    begin(booking_id)
    till.pay(till.objects("checkout.session")[0]["id"])
    till.tell()
    till.work()
    cancel(booking_id)
    fault(till, "POST /v1/refunds", "drop_after")
    till.work()
    assert landed(till) == 1
    assert len(till.objects("refund")) == 1
    clock.advance(minutes=1)
    till.work()
    assert len(till.objects("refund")) == 1
    assert db.session.execute(select(Refund.status)).scalars().all() == ["done"]
    all_holds()


def test_stripe_away_keeps_nobody_from_booking(till: Till) -> None:
    till.simulator.control("faults", rules=[{"match": "*", "fault": "drop_before"}])
    page = till.client.get(f"/book/studio/sessions/{till.session_id}")
    assert "by card on the next page" in page.text
    booking_id = booked(till)
    with pytest.raises(StripeAway):
        begin(booking_id)
    till.simulator.control("faults", rules=[])
    assert begin(booking_id)


def test_after_sixteen_minutes_nothing_is_held_for_who_never_came(till: Till, clock: Clock) -> None:
    booking_id = booked(till)
    clock.advance(minutes=16)
    till.work()
    assert (status(booking_id), till.objects("checkout.session")) == ("expired", [])
    assert clock.now() - cast.booking_row(booking_id).created_at > timedelta(minutes=15)


def test_money_that_isnt_what_was_asked_for_goes_back_once_and_the_books_agree(till: Till, clock: Clock) -> None:
    booking_id = booked(till)
    begin(booking_id)
    transact(lambda: db.session.execute(update(Payment).values(amount_minor=1400)))
    (page,) = till.objects("checkout.session")
    till.pay(page["id"])
    for _ in range(2):
        till.tell(times=2)
        till.work()
    assert status(booking_id) == "held"
    assert [(each["amount"], each["status"]) for each in till.objects("refund")] == [(1500, "succeeded")]
    db.session.rollback()
    found = db.session.execute(select(Payment.purpose, Payment.status, Payment.claimed_minor)).all()
    assert sorted(tuple(row) for row in found) == [("booking", "dropped", 0), ("mismatch", "paid", 1500)]
    clock.advance(hours=2)
    till.work()
    outcome = reconciling.reconcile(now=app_clock.now())
    assert [*outcome.mended, *outcome.left] == []
    transact(lambda: db.session.execute(update(Payment).values(amount_minor=1500)))
    all_holds()
