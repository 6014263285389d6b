"""Money that is paid at the desk: recorded once, taken back, handed back by the terms. On both databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts import providers
from liveapp.domain.actor import Actor
from liveapp.domain.bookings.queries import roster_version
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.domain.outbox.models import OutboxMessage
from liveapp.domain.payments import desk as till
from liveapp.domain.payments import paying, refunding, settling, staff_refunds
from liveapp.domain.payments.errors import NotPayable, NotRefundable
from liveapp.domain.payments.models import Payment
from liveapp.domain.payments.paying import Received
from liveapp.domain.plans.errors import BadPlan
from liveapp.domain.plans.subscriptions import Gift
from liveapp.rules import ledger
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW
from tests.domain.test_booking_desk import CLASS, Desk, book, cancel, desk
from tests.domain.test_payments import mails, opened, owed, priced, refunds

__all__ = ["desk"]


def to_pay(desk: Desk) -> uuid.UUID:
    """Ben's booking of a class that costs 15.00 at the desk."""
    return book(priced(desk), desk.ben)


def take(booking_id: uuid.UUID, actor: Actor, now: datetime = NOW) -> None:
    transact(till.take, booking_id=booking_id, actor=actor, now=now)


def hand_back(booking_id: uuid.UUID, actor: Actor, reason: str = "", now: datetime = NOW) -> int:
    return transact(till.hand_back, booking_id=booking_id, actor=actor, reason=reason, now=now)


def money(booking_id: uuid.UUID) -> till.DeskMoney | None:
    db.session.rollback()
    return till.paid_for(booking_id=booking_id)


def test_paid_at_the_desk_is_recorded_once_at_the_price_booked_and_all_the_business_s(desk: Desk) -> None:
    booking_id = to_pay(desk)
    assert money(booking_id) is None
    take(booking_id, desk.owner)
    take(booking_id, desk.owner, NOW + timedelta(minutes=1))
    paid = money(booking_id)
    assert paid is not None
    assert (paid.minor, paid.handed_back, paid.to_hand_back) == (1500, 0, 1500)
    assert mails(booking_id) == ["booking_confirmed", "receipt"]
    assert (owed(desk, ledger.BUSINESS), owed(desk, ledger.DESK)) == ({"EUR": 1500}, {"EUR": -1500})
    assert (owed(desk, ledger.PLATFORM), owed(desk, ledger.CARD)) == ({}, {})


def test_a_wrong_entry_is_taken_back_with_a_reason_and_recorded_anew(desk: Desk) -> None:
    booking_id = to_pay(desk)
    take(booking_id, desk.owner)
    with pytest.raises(NotRefundable, match="Say why"):
        hand_back(booking_id, desk.owner)
    assert hand_back(booking_id, desk.owner, "The wrong person") == 1500
    assert hand_back(booking_id, desk.owner, "The wrong person") == 0
    assert (refunds(), money(booking_id)) == ([(1500, "staff", "done")], None)
    assert (owed(desk, ledger.BUSINESS), owed(desk, ledger.DESK)) == ({}, {})
    take(booking_id, desk.owner)
    assert owed(desk, ledger.BUSINESS) == {"EUR": 1500}
    cancel(booking_id)
    transact(settling.settle, booking_id=booking_id, fee_hundredths=1000, now=NOW)
    assert refunds() == [(1500, "staff", "done")]
    assert hand_back(booking_id, desk.owner) == 1500


@pytest.mark.parametrize(("hours", "due", "kind"), [(24, 1500, "policy"), (12, 750, "policy"), (25, 1500, "business")])
def test_of_a_cancelled_booking_what_the_terms_bring_back_is_handed_back(
    desk: Desk, hours: int, due: int, kind: str
) -> None:
    desk.settings(allow_late_cancellation=True)
    booking_id = to_pay(desk)
    take(booking_id, desk.owner)
    actor = {"actor": desk.owner} if kind == "business" else {}
    cancel(booking_id, cast.booking_row(booking_id).starts_at - timedelta(hours=hours), **actor)
    db.session.rollback()
    assert "give_back" not in db.session.execute(select(OutboxMessage.name)).scalars().all()
    assert transact(refunding.give_back_for, booking_id=booking_id, now=NOW) == 0
    found = money(booking_id)
    assert found is not None
    assert found.to_hand_back == due
    assert hand_back(booking_id, desk.owner, now=CLASS) == due
    assert (hand_back(booking_id, desk.owner, now=CLASS), refunds()) == (0, [(due, kind, "done")])


def test_who_runs_the_session_records_it_and_only_what_is_owed(desk: Desk) -> None:
    booking_id = to_pay(desk)
    coach = cast.actor(desk.organization_id, "Dora Coach", Role.COACH)
    with pytest.raises(Forbidden):
        take(booking_id, coach)
    cancel(booking_id)
    with pytest.raises(NotPayable):
        take(booking_id, desk.owner)
    desk.plan()
    with pytest.raises(NotPayable):
        take(book(desk.session(), desk.ben), desk.owner)


def test_the_database_refuses_a_second_entry(desk: Desk) -> None:
    booking_id = to_pay(desk)
    take(booking_id, desk.owner)
    again = {"user_id": desk.ben.user_id, "minor": 1500, "currency": "EUR", "booking_id": booking_id}
    with pytest.raises(IntegrityError):
        transact(till.record_paid, desk.owner, NOW, purpose="booking", **again)
    db.session.rollback()
    assert len(db.session.execute(select(Payment.id)).all()) == 1


def test_a_plan_that_is_given_and_paid_at_the_desk_is_paid_once_at_its_price(desk: Desk) -> None:
    plan_id = cast.plan(desk.organization_id, price_minor=9000)
    values = {"actor": desk.owner, "person": desk.ben, "gift": Gift(plan_id, NOW.date()), "is_paid": True, "now": NOW}
    held = transact(till.give_plan, key="one", **values)
    assert transact(till.give_plan, key="one", **values) == held
    assert (owed(desk, ledger.BUSINESS), owed(desk, ledger.DESK)) == ({"EUR": 9000}, {"EUR": -9000})
    assert [kind for kind, _ in cast.mails()] == ["plan_given", "plan_receipt"]
    unpriced = values | {"gift": Gift(cast.plan(desk.organization_id), NOW.date())}
    with pytest.raises(BadPlan, match="no price"):
        transact(till.give_plan, **unpriced)


def test_a_part_that_staff_give_back_at_the_desk_is_handed_over_at_once_and_seen_at_the_roster(desk: Desk) -> None:
    booking_id = to_pay(desk)
    take(booking_id, desk.owner)
    session_id = cast.booking_row(booking_id).session_id
    before, paid = roster_version(session_id=session_id), money(booking_id)
    assert paid is not None
    given = {"payment_id": paid.payment_id, "minor": 500, "left_seen": 1500, "reason": "Came late", "key": "a"}
    transact(staff_refunds.refund, actor=desk.owner, now=NOW, **given)
    left = money(booking_id)
    assert left is not None
    assert (refunds(), left.handed_back, left.to_hand_back) == ([(500, "staff", "done")], 500, 1000)
    assert owed(desk, ledger.DESK) == {"EUR": -1000}
    assert roster_version(session_id=session_id) != before


@pytest.fixture
def shop(desk: Desk) -> Iterator[Desk]:
    """The studio takes cards."""
    desk.settings(payment_provider="stripe")
    providers.set_up(takes_cards=True)
    yield desk
    providers.set_up(takes_cards=False)


@pytest.mark.parametrize("timing", ["at_booking", "after_session"])
@pytest.mark.parametrize(("before", "comes_in"), [(timedelta(minutes=5), True), (timedelta(days=1), False)])
@pytest.mark.parametrize("on_page", ["nowhere", "there", "paid"])
def test_who_holds_a_place_pays_at_the_desk_instead_and_is_let_in(
    shop: Desk, timing: str, before: timedelta, comes_in: bool, on_page: str
) -> None:
    transact(lambda: db.session.execute(update(Offering).values(payment_timing=timing)))
    session_id, now = priced(shop), CLASS - before
    booking_id = book(session_id, shop.ben, now=now)
    assert cast.booking_row(booking_id).status == "held"
    page_id = None if on_page == "nowhere" else opened(booking_id, now)
    if page_id:
        transact(paying.note_checkout, payment_id=page_id, checkout_id="cs_1")
    for _ in range(2):
        take(booking_id, shop.owner, now)
    row = cast.booking_row(booking_id)
    assert (row.status, row.paid_by, row.price_minor) == ("confirmed", "at_desk", 1500)
    assert (row.checked_in_at is not None) is comes_in
    assert mails(booking_id) == ["booking_confirmed", "receipt"]
    assert owed(shop, ledger.BUSINESS) == {"EUR": 1500}
    jobs = db.session.execute(select(OutboxMessage.payload).where(OutboxMessage.name == "close_page")).scalars().all()
    assert jobs == ([{"checkout_id": "cs_1"}] if page_id else [])
    if page_id and on_page == "paid" and timing == "at_booking":
        came = Received("pi_both", 1500, "EUR")
        transact(paying.receive, payment_id=page_id, received=came, now=now)
        assert refunds() == [(1500, "mismatch", "asked")]
    found = {name: said for name, said in invariants.violations(now=now).items() if said}
    assert not found


def test_only_who_runs_the_roster_takes_money_for_a_held_place(shop: Desk) -> None:
    booking_id = book(priced(shop), shop.ben)
    coach = Actor(cast.staff(shop.organization_id, "Dora Post", "coach"), Role.COACH, shop.organization_id)
    with pytest.raises(Forbidden):
        take(booking_id, coach)
    with pytest.raises(NotFound):
        take(booking_id, Actor(shop.ada, Role.OWNER, uuid.uuid4()))
    assert cast.booking_row(booking_id).status == "held"
