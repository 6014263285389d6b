"""For ten minutes after booking its holder can take any booking back, whole, whatever the window and the tiers say:
credit, fee, money and place are as if it had never been. Never past the start. On both databases."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest

from liveapp.db import db
from liveapp.domain.attendance import service as attendance
from liveapp.domain.attendance.service import Coming
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.errors import NotCancellable
from liveapp.domain.payments import charging, desk, paying, settling
from liveapp.domain.payments.paying import Received
from liveapp.rules.cancellation import UNDO
from liveapp.rules.checkin import Way
from liveapp.unit_of_work import transact, transact_in_turn
from tests import cast
from tests.domain.test_grace import lost
from tests.domain.test_terms import CARD, FEE, START, Shop, _settings, book, shop

__all__ = ["shop"]

BEFORE_START = {
    "long before": timedelta(hours=60),
    "inside the window": timedelta(hours=20),
    "inside the last tier": timedelta(hours=5),
    "just before the start": timedelta(minutes=8),
}
HOW = ("free", "credit", "at_booking", "after_session", "at_desk")
AFTER = {"at once": timedelta(0), "at ten minutes": UNDO, "later": UNDO + timedelta(seconds=1)}


def booked(shop: Shop, how: str, now: datetime) -> uuid.UUID:
    """Ben's place in a class, paid as `how` says."""
    if how == "at_desk":
        transact(_settings, {"payment_provider": "desk"})
    timing = how if how == "after_session" else "at_booking"
    price = {"price_minor": None} if how == "free" else {}
    session_id = shop.session(payment_timing=timing, **price)
    booking_id = book(shop, session_id, by_plan=how == "credit", now=now)
    if how == "at_desk":
        transact(desk.take, booking_id=booking_id, actor=shop.owner, now=now)
    elif how in ("at_booking", "after_session"):
        payment_id = transact(paying.open_payment, booking_id=booking_id, home="/", fee_hundredths=FEE, now=now)
        if how == "after_session":
            transact(charging.agree, payment_id=payment_id, saved=CARD, now=now)
        else:
            transact(paying.receive, payment_id=payment_id, received=Received("pi_1", 2000, "EUR"), now=now)
    return booking_id


def cancel(booking_id: uuid.UUID, now: datetime) -> None:
    transact_in_turn([cast.booking_row(booking_id).session_id], bookings.cancel, booking_id=booking_id, now=now)
    transact(settling.settle, booking_id=booking_id, fee_hundredths=FEE, now=now)


@pytest.mark.either_database
@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("before", BEFORE_START)
@pytest.mark.parametrize("how", HOW)
def test_within_ten_minutes_nothing_is_lost(shop: Shop, how: str, before: str, after: str) -> None:
    now = START - BEFORE_START[before]
    booking_id = booked(shop, how, now)
    session = cast.session_row(cast.booking_row(booking_id).session_id)
    then = now + AFTER[after]
    if then >= START:
        with pytest.raises(NotCancellable):
            cancel(booking_id, then)
        return
    cancel(booking_id, then)
    row = cast.booking_row(booking_id)
    assert row.status == "cancelled"
    assert cast.session_row(session.id).participant_count == session.participant_count - 1
    in_time = after != "later" or before == "long before"
    assert (row.undone_at is not None) == (after != "later")
    if in_time:
        assert row.cancelled_late is False
        if how != "free":
            assert lost(booking_id, how) == (([False] if how == "credit" else 0), False)
        return
    assert row.cancelled_late is True
    if how != "free":
        assert lost(booking_id, how)[0] not in ([False], 0)


def test_what_is_taken_back_can_be_booked_again_with_the_same_credit(shop: Shop) -> None:
    now = START - BEFORE_START["inside the window"]
    booking_id = booked(shop, "credit", now)
    left = cast.credits_left(cast.booking_row(booking_id).subscription_id)
    cancel(booking_id, now + UNDO)
    again = book(shop, cast.booking_row(booking_id).session_id, by_plan=True, now=now + UNDO)
    assert cast.credits_left(cast.booking_row(again).subscription_id) == left


def test_who_waits_gets_the_place_that_was_taken_back(shop: Shop) -> None:
    now = START - BEFORE_START["inside the window"]
    session_id = shop.session(max_participants=1)
    first = book(shop, session_id, by_plan=True, now=now)
    cy = cast.member(shop.organization_id, "Cy Twombly")
    cast.subscription(shop.organization_id, cy, cast.plan(shop.organization_id))
    waiting = book(shop, session_id, by_plan=True, person=cy, now=now)
    assert cast.booking_row(waiting).status == "waitlisted"
    cancel(first, now + UNDO)
    assert cast.booking_row(waiting).status == "confirmed"


def test_who_is_checked_in_has_nothing_to_take_back(shop: Shop) -> None:
    now = START - BEFORE_START["just before the start"]
    booking_id = booked(shop, "at_booking", now)
    transact(attendance.check_in, booking_id=booking_id, coming=Coming(Way.MANUAL, actor=shop.owner), now=now)
    with pytest.raises(NotCancellable):
        cancel(booking_id, now)
    db.session.rollback()
    assert cast.booking_row(booking_id).status == "confirmed"


def test_where_late_cancelling_is_not_allowed_it_can_be_taken_back_all_the_same(shop: Shop) -> None:
    transact(_settings, {"allow_late_cancellation": False})
    now = START - BEFORE_START["inside the window"]
    booking_id = booked(shop, "credit", now)
    with pytest.raises(NotCancellable) as refused:
        cancel(booking_id, now + AFTER["later"])
    assert refused.value.sentence == (
        "This was booked too late to be cancelled free of charge. So it can't be cancelled any more."
    )
    cancel(booking_id, now + UNDO)
    assert lost(booking_id, "credit") == ([False], False)


def test_the_ten_minutes_begin_when_it_is_paid(shop: Shop) -> None:
    now = START - BEFORE_START["inside the last tier"]
    session_id = shop.session()
    booking_id = book(shop, session_id, now=now)
    payment_id = transact(paying.open_payment, booking_id=booking_id, home="/", fee_hundredths=FEE, now=now)
    paid_at = now + timedelta(minutes=14)
    transact(paying.receive, payment_id=payment_id, received=Received("pi_1", 2000, "EUR"), now=paid_at)
    cancel(booking_id, paid_at + UNDO)
    assert lost(booking_id, "at_booking") == (0, False)
