"""Plans that renew themselves: the next period is charged once, given when it is paid, and missed when it isn't."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from liveapp.db import AnyRow, db
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.errors import NotFound
from liveapp.domain.payments import cards, charging, paying, renewals
from liveapp.domain.payments.cards import SavedCard
from liveapp.domain.payments.errors import CardNeeded, NotPayable
from liveapp.domain.payments.models import Card, Payment
from liveapp.domain.payments.paying import Received
from liveapp.domain.plans import renewing, subscriptions
from liveapp.domain.plans.errors import BadPlan
from liveapp.domain.plans.models import Subscription
from liveapp.unit_of_work import transact, transact_many
from tests import cast
from tests.cast import NOW
from tests.domain.test_booking_desk import Desk, _set, book, desk
from tests.domain.test_payments import payment, refunds, shop
from tests.domain.test_purchases import HOME, on_sale, opened, subscription

__all__ = ["desk", "shop"]

UNTIL = datetime(2026, 4, 1, 22, tzinfo=UTC)
"""Midnight in Berlin, a month after the day of NOW."""
CARD = SavedCard("cus_1", "pm_1", "visa", "4242", 12, 2034)


@pytest.fixture
def membership(shop: Desk) -> uuid.UUID:
    """Ben's, of 8 credits a month for 64.00, paid for the first month with a card that was saved."""
    plan_id = on_sale(shop, kind="period", period="month", class_credits=8, price_minor=6400)
    payment_id = opened(shop, plan_id).payment_id
    came = Received("pi_first", 6400, "EUR", CARD)
    transact(paying.receive, payment_id=payment_id, received=came, now=NOW)
    return uuid.UUID(str(payment(payment_id).subscription_id))


def ask(subscription_id: uuid.UUID, now: datetime = UNTIL) -> bool:
    values = {"home": HOME, "fee_hundredths": 1000, "now": now}
    return transact(renewals.ask, subscription_id=subscription_id, **values)


def renewal(subscription_id: uuid.UUID) -> AnyRow:
    """The latest payment for a further period."""
    db.session.rollback()
    query = select(*Payment.__table__.columns).where(
        Payment.subscription_id == subscription_id, Payment.purpose == "renewal"
    )
    return db.session.execute(query.order_by(Payment.created_at.desc()).limit(1)).one()


def charge(subscription_id: uuid.UUID, now: datetime = UNTIL, failure: str = "") -> None:
    """What is due is leased, and the card pays, or is declined."""
    transact_many([], charging.lease, now=now)
    due = renewal(subscription_id)
    assert due.status == "charging"
    if failure:
        values = {"key_number": due.key_number, "failure": failure}
        transact(charging.decline, payment_id=due.id, now=now, **values)
    else:
        transact(paying.receive, payment_id=due.id, received=Received(f"pi_{due.id}", 6400, "EUR"), now=now)


def give_up(subscription_id: uuid.UUID) -> datetime:
    """Declined at the start, and after 1, 3 and 5 days. Returns when the last was."""
    ask(subscription_id)
    for days in (0, 1, 3, 5):
        charge(subscription_id, UNTIL + timedelta(days=days), "card_declined")
    return UNTIL + timedelta(days=5)


def mails(desk: Desk) -> list[str]:
    return [kind for kind, address in cast.mails() if address == desk.ben.email]


def test_the_next_period_is_asked_for_once_when_the_paid_one_is_over(membership: uuid.UUID) -> None:
    assert [row.id for row in renewing.to_renew(now=UNTIL)] == [membership]
    assert renewing.to_renew(now=UNTIL - timedelta(seconds=1)) == []
    assert not ask(membership, UNTIL - timedelta(seconds=1))
    assert (ask(membership), ask(membership)) == (True, False)
    due = renewal(membership)
    card_id = cast.one(select(Card.id)).id
    assert (due.status, due.due_at, due.amount_minor, due.card_id) == ("scheduled", UNTIL, 6400, card_id)
    with pytest.raises(CardNeeded, match="This card still pays for"):
        transact(cards.remove, card_id=card_id, user_id=due.user_id, now=UNTIL)


def test_a_paid_period_follows_the_one_before_and_an_unpaid_one_gives_nothing(membership: uuid.UUID) -> None:
    transact(subscriptions.grant_due, subscription_id=membership, now=UNTIL)
    assert cast.credits_left(membership) == 8
    ask(membership)
    charge(membership)
    held = subscription(membership)
    assert (held.anchor_day, held.paid_periods, held.paid_until) == (
        date(2026, 3, 2),
        2,
        datetime(2026, 5, 1, 22, tzinfo=UTC),
    )
    assert cast.credits_left(membership) == 16
    assert not ask(membership)


def test_a_raised_price_doesn_t_reach_who_holds_it(shop: Desk, membership: uuid.UUID) -> None:
    transact(_set, cast.Plan, subscription(membership).plan_id, {"price_minor": 9900, "archived_at": NOW})
    ask(membership)
    assert renewal(membership).amount_minor == 6400


def test_declined_the_person_is_told_and_the_period_begins_when_it_is_paid(shop: Desk, membership: uuid.UUID) -> None:
    ask(membership)
    charge(membership, failure="insufficient_funds")
    assert (renewal(membership).status, subscription(membership).status) == ("declined", "active")
    assert mails(shop)[-1] == "renewal_failed"
    charge(membership, UNTIL + timedelta(days=1))
    held = subscription(membership)
    assert (held.anchor_day, held.paid_periods, cast.credits_left(membership)) == (date(2026, 4, 3), 1, 16)


def test_given_up_on_it_rests_until_it_is_paid_and_goes_on_that_day(shop: Desk, membership: uuid.UUID) -> None:
    last = give_up(membership)
    held = subscription(membership)
    assert (held.status, held.lacks_payment, renewal(membership).status) == ("paused", True, "unpaid")
    assert "plan_rests" in mails(shop)
    with pytest.raises(BadPlan, match="isn't paid"):
        transact(subscriptions.resume, actor=shop.owner, subscription_id=membership, now=last)
    assert not ask(membership, last)
    owed = transact(renewals.to_pay, subscription_id=membership, user_id=shop.ben.user_id)
    transact(paying.open_again, payment_id=owed, home=HOME, now=last)
    came = Received("pi_late", 6400, "EUR", SavedCard("cus_1", "pm_2", "visa", "1111", 1, 2035))
    transact(paying.receive, payment_id=owed, received=came, now=last)
    held = subscription(membership)
    assert (held.status, held.lacks_payment, held.anchor_day) == ("active", False, date(2026, 4, 7))
    ask(membership, held.paid_until)
    newest = cast.one(select(Card.id).where(Card.provider_id == "pm_2")).id
    assert renewal(membership).card_id == newest


def test_who_ends_the_renewal_keeps_what_is_paid_and_pays_no_more(shop: Desk, membership: uuid.UUID) -> None:
    mine = {"subscription_id": membership, "user_id": shop.ben.user_id, "now": NOW}
    with pytest.raises(NotFound):
        transact(renewals.stop, **mine | {"user_id": shop.ada})
    assert transact(renewals.stop, **mine) is False
    assert subscription(membership).ends_at == UNTIL
    assert (renewing.to_renew(now=UNTIL), ask(membership)) == ([], False)
    transact(renewing.go_on, **mine)
    assert subscription(membership).ends_at is None
    transact(renewals.stop, **mine)
    assert transact(subscriptions.end_by_clock, subscription_id=membership, now=UNTIL)
    query = select(AuditEntry.action).where(AuditEntry.object_id == membership).order_by(AuditEntry.number)
    db.session.rollback()
    assert list(db.session.execute(query).scalars()) == [
        "subscription.buy",
        "stop_renewing",
        "renew_again",
        "stop_renewing",
        "end",
    ]


def test_who_ends_it_while_the_renewal_is_owed_owes_nothing_more(shop: Desk, membership: uuid.UUID) -> None:
    ask(membership)
    charge(membership, failure="card_declined")
    mine = {"subscription_id": membership, "user_id": shop.ben.user_id, "now": UNTIL}
    assert transact(renewals.stop, **mine) is True
    assert (subscription(membership).status, renewal(membership).status) == ("ended", "dropped")


def test_nothing_is_ended_while_it_is_being_charged(shop: Desk, membership: uuid.UUID) -> None:
    ask(membership)
    transact_many([], charging.lease, now=UNTIL)
    with pytest.raises(NotPayable, match="being paid just now"):
        transact(renewals.stop, subscription_id=membership, user_id=shop.ben.user_id, now=UNTIL)


def test_money_for_a_plan_that_was_ended_meanwhile_goes_back(shop: Desk, membership: uuid.UUID) -> None:
    ask(membership)
    transact_many([], charging.lease, now=UNTIL)
    due = renewal(membership)
    transact(subscriptions.end, actor=shop.owner, subscription_id=membership, reason="", now=UNTIL)
    transact(paying.receive, payment_id=due.id, received=Received("pi_late", 6400, "EUR"), now=UNTIL)
    assert refunds() == [(6400, "late", "asked")]


def test_while_staff_let_it_rest_nothing_is_charged(shop: Desk, membership: uuid.UUID) -> None:
    values = {"actor": shop.owner, "subscription_id": membership}
    transact(renewals.pause, resumes_on=None, now=UNTIL - timedelta(days=10), **values)
    assert not ask(membership)
    transact(subscriptions.resume, now=UNTIL, **values)
    assert subscription(membership).paid_until == datetime(2026, 4, 12, 22, tzinfo=UTC)  # 11 days, by the calendar


def test_an_unlimited_membership_pays_for_nothing_while_it_is_owed(shop: Desk) -> None:
    plan_id = on_sale(shop, kind="period", period="week", class_credits=None)
    payment_id = opened(shop, plan_id).payment_id
    transact(paying.receive, payment_id=payment_id, received=Received("pi_1", 9000, "EUR", CARD), now=NOW)
    held = subscription(payment(payment_id).subscription_id)
    session_id = shop.session(starts_at=held.paid_until + timedelta(days=1), price_minor=1500, plan_only=False)
    assert cast.booking_row(book(session_id, shop.ben, held.paid_until)).paid_by == "at_booking"


def test_the_database_keeps_one_outstanding_renewal(membership: uuid.UUID) -> None:
    ask(membership)
    again = {column: value for column, value in renewal(membership)._mapping.items() if column != "id"}
    with pytest.raises(IntegrityError):
        cast.write(Payment, **again)
    with pytest.raises(IntegrityError):
        transact(_set, Subscription, membership, {"lacks_payment": True})
