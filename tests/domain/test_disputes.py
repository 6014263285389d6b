"""Disputes: what the host earned is kept until the bank decided; a lost one is money that went back."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from liveapp.db import db
from liveapp.domain.bookings.errors import NotBookable
from liveapp.domain.payments import disputes, outcomes
from liveapp.domain.payments.disputes import Case
from liveapp.domain.payments.errors import NotRefundable
from liveapp.domain.payments.models import Payment
from liveapp.domain.payments.staff_refunds import refund
from liveapp.domain.plans import renewing
from liveapp.domain.plans.models import Subscription
from liveapp.rules import ledger
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW
from tests.domain.test_booking_desk import Desk, book, desk
from tests.domain.test_payments import host_of, owed, paid, payment, refunds, shop
from tests.domain.test_purchases import bought, on_sale
from tests.domain.test_refund_outcomes import asked, done

__all__ = ["desk", "shop"]


def told(payment_id: uuid.UUID, *standings: str, minor: int = 1500) -> None:
    for standing in standings:
        case = Case("du_1", standing, minor, "product_not_received")
        transact(disputes.settle, payment_id=payment_id, case=case, now=NOW)


def accounts(shop: Desk, booking_id: uuid.UUID) -> list[int]:
    """What host, hold and platform are owed, and what the provider owes."""
    host = host_of(cast.booking_row(booking_id).session_id)
    return [owed(shop, each).get("EUR", 0) for each in (host, ledger.held(host), ledger.PLATFORM, ledger.CARD)]


def test_what_was_earned_is_kept_until_the_bank_decided(shop: Desk) -> None:
    booking_id, payment_id = paid(shop)
    told(payment_id, "open", "open")
    assert accounts(shop, booking_id) == [0, 1350, 150, -1500]
    assert [kind for kind, _ in cast.mails()].count("dispute") == 1
    owner = cast.actor(shop.organization_id, "Olga Owner", Role.OWNER)
    with pytest.raises(NotRefundable, match="bank is looking"):
        transact(refund, payment_id=payment_id, minor=1, left_seen=1500, reason="x", actor=owner, key="a", now=NOW)
    told(payment_id, "won", "won", "open")
    assert accounts(shop, booking_id) == [1350, 0, 150, -1500]
    assert cast.booking_row(booking_id).status == "confirmed"


@pytest.mark.parametrize("order", sorted(set(itertools.permutations(["open", "lost", "lost"]))))
def test_a_lost_one_is_money_that_went_back_in_whatever_order_it_is_told(shop: Desk, order: tuple[str, ...]) -> None:
    booking_id, payment_id = paid(shop)
    told(payment_id, *order)
    assert refunds() == [(1500, "dispute", "done")]
    assert accounts(shop, booking_id) == [0, 0, 0, 0]
    assert cast.booking_row(booking_id).status == "confirmed"
    assert "refund" not in {kind for kind, _ in cast.mails()}


def test_a_bank_takes_no_more_than_is_left(shop: Desk) -> None:
    """400 went back, and 300 are asked for and not sent yet, when the whole is disputed and lost."""
    booking_id, payment_id = paid(shop)
    done(asked(payment_id, 400))
    asked(payment_id, 300)
    told(payment_id, "open", "lost")
    assert sorted(refunds()) == [(300, "staff", "failed"), (400, "staff", "done"), (1100, "dispute", "done")]
    assert accounts(shop, booking_id) == [0, 0, 0, 0]
    assert payment(payment_id).claimed_minor == 1500
    assert outcomes.by_provider("du_1") is not None


PLANS: dict[str, dict[str, Any]] = {
    "pack": {"kind": "pack", "class_credits": 10, "valid_days": 90},
    "membership": {"kind": "period", "class_credits": None, "period": "month"},
}


@pytest.mark.parametrize("kind", PLANS)
@pytest.mark.parametrize("outcome", ["open", "won", "lost"])
def test_a_plan_whose_payment_is_disputed_rests_until_the_bank_decides(shop: Desk, kind: str, outcome: str) -> None:
    plan = bought(shop, on_sale(shop, **PLANS[kind]))
    payment = cast.one(select(Payment.id, Payment.amount_minor).where(Payment.subscription_id == plan.id))
    session_id = shop.session()
    earlier = book(shop.session(), shop.ben)
    told(payment.id, "open", "open", minor=payment.amount_minor)
    with pytest.raises(NotBookable):
        book(session_id, shop.ben)
    if outcome == "won":
        told(payment.id, "won", "open", minor=payment.amount_minor)
        book(session_id, shop.ben)
    elif outcome == "lost":
        told(payment.id, "lost", "lost", minor=payment.amount_minor)
        with pytest.raises(NotBookable):
            book(session_id, shop.ben)
    held = db.session.get_one(Subscription, plan.id)
    assert (held.status, held.is_disputed) == ("ended" if outcome == "lost" else "active", outcome == "open")
    assert [name for name, _ in cast.mails()].count("plan_ended") == (outcome == "lost")
    assert cast.booking_row(earlier).status == "confirmed"
    later = NOW + timedelta(days=100)
    assert not [row for row in renewing.to_renew(now=later) if outcome != "won"]
