"""Buying a plan through a pretend Stripe: the page, the money, and the plan that is theirs."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from liveapp.db import db
from liveapp.domain.payments import renewals
from liveapp.domain.payments.errors import BoughtAlready
from liveapp.domain.payments.models import Payment
from liveapp.domain.payments.purchases import PAGE_LASTS, Buyer
from liveapp.domain.plans.models import Subscription
from liveapp.gateways import payments
from liveapp.gateways.stripe.client import StripeAway
from liveapp.tasks import money
from liveapp.web import clock as app_clock
from tests import cast
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.gateways.conftest import Till

pytestmark = ON_ONE_DATABASE

ASKS_EACH_TIME = "4000002760003184"
"""A card whose bank wants its holder to confirm every payment."""
HOME = "https://live.example.com/book/studio/plans/1?back=%2Fbook%2Fstudio"


@pytest.fixture
def buyer(till: Till) -> Buyer:
    ben = cast.member(till.organization_id)
    assert ben.user_id
    plan_id = cast.plan(till.organization_id, price_minor=9000, is_sold_online=True)
    return Buyer(till.organization_id, plan_id, ben.user_id, ben.email, 0)


def begin(buyer: Buyer) -> str:
    db.session.rollback()
    return payments.begin_purchase(buyer, home=HOME, now=app_clock.now())


def held() -> int:
    db.session.rollback()
    return db.session.execute(select(func.count()).select_from(Subscription)).scalar_one()


def statuses() -> list[str]:
    db.session.rollback()
    return list(db.session.execute(select(Payment.status).order_by(Payment.created_at)).scalars())


def test_a_pack_is_bought_once_though_the_answer_was_lost_and_stripe_tells_twice(till: Till, buyer: Buyer) -> None:
    till.simulator.control("faults", rules=[{"match": "POST /v1/checkout/sessions", "fault": "drop_after", "times": 1}])
    with pytest.raises(StripeAway):
        begin(buyer)
    address = begin(buyer)
    (page,) = till.objects("checkout.session")
    assert (page["url"], page["amount_total"]) == (address, 9000)
    assert page["success_url"] == f"{HOME}&paid=1"
    till.pay(page["id"])
    assert set(till.tell(times=2)) == {200}
    till.work()
    assert (held(), statuses()) == (1, ["paid"])
    with pytest.raises(BoughtAlready):
        begin(buyer)


def test_who_comes_back_before_stripe_tells_finds_the_plan_theirs(till: Till, buyer: Buyer) -> None:
    begin(buyer)
    till.pay(till.objects("checkout.session")[0]["id"])
    assert begin(buyer) == f"{HOME}&paid=1"
    assert held() == 1


def test_an_old_page_is_closed_before_another_is_opened(till: Till, buyer: Buyer, clock: Clock) -> None:
    first = begin(buyer)
    clock.advance(minutes=PAGE_LASTS / timedelta(minutes=1))
    assert begin(buyer) != first
    assert sorted(page["status"] for page in till.objects("checkout.session")) == ["expired", "open"]
    assert statuses() == ["dropped", "open"]


def test_money_that_nobody_told_of_is_found_by_the_sweep(till: Till, buyer: Buyer, clock: Clock) -> None:
    begin(buyer)
    till.pay(till.objects("checkout.session")[0]["id"])
    clock.advance(minutes=PAGE_LASTS / timedelta(minutes=1))
    assert (money.close_payments(), held()) == (1, 1)


def member_of(till: Till, number: str) -> uuid.UUID:
    """Ben buys a membership for a month with a card of this number. Returns the subscription's id."""
    ben = cast.member(till.organization_id)
    assert ben.user_id
    values = {"kind": "period", "period": "month", "class_credits": 8, "price_minor": 6400, "is_sold_online": True}
    begin(Buyer(till.organization_id, cast.plan(till.organization_id, **values), ben.user_id, ben.email, 0))
    till.pay(till.objects("checkout.session")[0]["id"], number)
    for intent in till.objects("payment_intent"):
        if intent["status"] == "requires_action":
            till.simulator.control("authenticate", intent=intent["id"])
    till.tell()
    till.work()
    return uuid.UUID(str(cast.one(select(Subscription.id)).id))


def of_plan(subscription_id: uuid.UUID) -> Any:
    return cast.one(select(*Subscription.__table__.columns).where(Subscription.id == subscription_id))


def test_a_membership_is_charged_again_each_month_to_the_card_that_bought_it(till: Till, clock: Clock) -> None:
    subscription_id = member_of(till, "4242424242424242")
    for month in (2, 3):
        clock.set(of_plan(subscription_id).paid_until)
        till.work()
        assert (of_plan(subscription_id).paid_periods, len(till.objects("charge"))) == (month, month)
    till.tell(times=2)
    till.work()
    assert (statuses(), len(till.objects("customer"))) == (["paid"] * 3, 1)


def test_a_membership_whose_card_is_declined_rests_and_goes_on_when_it_is_paid(till: Till, clock: Clock) -> None:
    subscription_id = member_of(till, ASKS_EACH_TIME)
    clock.set(of_plan(subscription_id).paid_until)
    for days in (0, 1, 2, 2):
        clock.advance(days=days)
        till.work()
    held = of_plan(subscription_id)
    assert (held.status, held.lacks_payment, statuses()) == ("paused", True, ["paid", "unpaid"])
    owed = renewals.to_pay(subscription_id=subscription_id, user_id=held.user_id)
    db.session.rollback()
    payments.begin_again(owed, home=HOME, now=app_clock.now())
    page = next(each for each in till.objects("checkout.session") if each["status"] == "open")
    till.pay(page["id"])
    till.tell("checkout.session.completed")
    till.work()
    assert (of_plan(subscription_id).status, statuses()) == ("active", ["paid", "paid"])
    clock.set(of_plan(subscription_id).paid_until)
    till.work()
    assert statuses() == ["paid"] * 3
