"""Buying a plan through a pretend Stripe: the page, the money, and the plan that is theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from liveapp.db import db
from liveapp.domain.payments.errors import BoughtAlready
from liveapp.domain.payments.models import Payment
from liveapp.domain.payments.purchases import PAGE_LASTS, Buyer
from liveapp.domain.plans.models import Subscription
from liveapp.gateways import payments
from liveapp.gateways.stripe.client import StripeAway
from liveapp.tasks import money
from liveapp.web import clock as app_clock
from tests import cast
from tests.conftest import Clock
from tests.gateways.conftest import Till

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
