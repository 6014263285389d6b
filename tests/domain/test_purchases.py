"""Plans bought by card: once for each intent, at the price and the terms of the click. On both databases."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.errors import NotFound
from liveapp.domain.payments import paying, purchases
from liveapp.domain.payments.errors import BoughtAlready
from liveapp.domain.payments.models import Payment
from liveapp.domain.payments.purchases import Buyer, Opened
from liveapp.domain.plans.models import Plan, Subscription
from liveapp.rules import ledger
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW
from tests.domain.test_booking_desk import Desk, _set, book, desk, movements
from tests.domain.test_payments import owed, payment, received, refunds, shop

__all__ = ["desk", "shop"]

HOME = "https://live.example.com/book/studio/plans/1"


def on_sale(desk: Desk, **values: Any) -> uuid.UUID:
    """A pack of ten for 90.00, sold online, unless said otherwise."""
    return cast.plan(desk.organization_id, **{"price_minor": 9000, "is_sold_online": True} | values)


def buyer(desk: Desk, plan_id: uuid.UUID, seen: int = 0) -> Buyer:
    assert desk.ben.user_id
    return Buyer(desk.organization_id, plan_id, desk.ben.user_id, desk.ben.email, seen)


def opened(desk: Desk, plan_id: uuid.UUID, seen: int = 0, now: datetime = NOW) -> Opened:
    values = {"home": HOME, "fee_hundredths": 1000, "now": now}
    return transact(purchases.open_purchase, buyer=buyer(desk, plan_id, seen), **values)


def bought(desk: Desk, plan_id: uuid.UUID, seen: int = 0, now: datetime = NOW) -> AnyRow:
    """The subscription that Ben got for his money."""
    payment_id = opened(desk, plan_id, seen, now).payment_id
    received(payment_id, payment(payment_id).amount_minor, now)
    return subscription(payment(payment_id).subscription_id)


def subscription(subscription_id: uuid.UUID) -> AnyRow:
    row: AnyRow = cast.one(select(*Subscription.__table__.columns).where(Subscription.id == subscription_id))
    return row


def test_who_pays_holds_the_pack_at_once_and_books_with_it(shop: Desk) -> None:
    pack = bought(shop, on_sale(shop, valid_days=90))
    assert (pack.status, pack.first_day, pack.paid_periods) == ("active", NOW.date(), None)
    assert [kind for kind, address in cast.mails() if address == shop.ben.email] == ["plan_given", "plan_receipt"]
    assert (owed(shop, ledger.BUSINESS), owed(shop, ledger.PLATFORM)) == ({"EUR": 8100}, {"EUR": 900})
    assert cast.booking_row(book(shop.session(), shop.ben)).subscription_id == pack.id
    assert movements(pack.id) == [("consume", -1), ("grant", 10)]


def test_pressed_twice_and_told_twice_it_is_bought_once(shop: Desk) -> None:
    plan_id = on_sale(shop)
    first = opened(shop, plan_id)
    assert opened(shop, plan_id) == first
    received(first.payment_id, 9000)
    received(first.payment_id, 9000)
    with pytest.raises(BoughtAlready):
        opened(shop, plan_id)
    db.session.rollback()
    assert len(db.session.execute(select(Subscription.id)).all()) == 1
    assert bought(shop, plan_id, seen=1).plan_id == plan_id


def test_an_open_page_of_another_price_or_of_long_ago_isn_t_gone_on_with(shop: Desk) -> None:
    plan_id = on_sale(shop)
    first = opened(shop, plan_id)
    assert opened(shop, plan_id, now=NOW + purchases.PAGE_LASTS) == Opened(first.payment_id, is_current=False)
    transact(_set, Plan, plan_id, {"price_minor": 9500})
    assert not opened(shop, plan_id).is_current
    transact(paying.drop, payment_id=first.payment_id, now=NOW)
    assert payment(opened(shop, plan_id).payment_id).amount_minor == 9500


def test_what_was_archived_after_the_click_is_delivered_at_the_price_of_the_click(shop: Desk) -> None:
    plan_id = on_sale(shop)
    payment_id = opened(shop, plan_id).payment_id
    transact(_set, Plan, plan_id, {"archived_at": NOW, "price_minor": 100})
    received(payment_id, 9000)
    assert cast.credits_left(payment(payment_id).subscription_id) == 10
    with pytest.raises(NotFound, match="isn't on sale any more"):
        opened(shop, plan_id, seen=1)


def test_what_gives_something_else_by_now_isn_t_delivered_and_the_money_goes_back(shop: Desk) -> None:
    plan_id = on_sale(shop)
    payment_id = opened(shop, plan_id).payment_id
    transact(_set, Plan, plan_id, {"class_credits": 5})
    received(payment_id, 9000)
    assert (payment(payment_id).subscription_id, refunds()) == (None, [(9000, "late", "asked")])


def test_a_membership_is_paid_for_one_period_and_gives_only_that(shop: Desk) -> None:
    monthly = on_sale(shop, kind="period", period="month", class_credits=8)
    held = bought(shop, monthly)
    assert held.paid_until.astimezone(NOW.tzinfo) == datetime(2026, 4, 1, 22, tzinfo=NOW.tzinfo)
    assert (held.first_day, held.paid_periods, cast.credits_left(held.id)) == (date(2026, 3, 2), 1, 8)
    with pytest.raises(BoughtAlready, match="hold this plan"):
        opened(shop, monthly, seen=1)


def test_an_unlimited_membership_books_only_as_far_as_it_is_paid(shop: Desk) -> None:
    held = bought(shop, on_sale(shop, kind="period", period="month", class_credits=None))
    late = shop.session(starts_at=held.paid_until + timedelta(hours=1), price_minor=1500, plan_only=False)
    assert cast.booking_row(book(shop.session(), shop.ben)).subscription_id == held.id
    assert cast.booking_row(book(late, shop.ben)).paid_by == "at_booking"


def test_the_database_keeps_one_open_purchase(shop: Desk) -> None:
    plan_id = on_sale(shop)
    first = payment(opened(shop, plan_id).payment_id)
    again = {column: value for column, value in first._mapping.items() if column != "id"}
    with pytest.raises(Exception, match=r"(?i)unique"):
        cast.write(Payment, **again)
