"""The business cancels after somebody cancelled late: what that cost comes back as well, however it was paid."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from liveapp.db import db
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings import session_changes
from liveapp.domain.payments import charging, paying, settling
from liveapp.domain.payments.models import Payment, Refund
from liveapp.domain.payments.paying import Received
from liveapp.domain.payments.records import payment_of
from liveapp.unit_of_work import transact, transact_in_turn, transact_many
from tests import cast
from tests.domain.test_grace import lost
from tests.domain.test_terms import FEE, START, Shop, shop
from tests.domain.test_undo import booked

__all__ = ["shop"]

BOOKED = START - timedelta(hours=60)
LATE = START - timedelta(hours=20)
HOW = ("credit", "at_booking", "after_session", "at_desk")


def settle(booking_id: uuid.UUID) -> None:
    transact(settling.settle, booking_id=booking_id, fee_hundredths=FEE, now=LATE)


def cancel_session(shop: Shop, booking_id: uuid.UUID) -> int:
    session_id = cast.booking_row(booking_id).session_id
    told: int = transact_in_turn(
        [session_id], session_changes.cancel_session, session_id=session_id, actor=shop.owner, reason="Ill",
        now=LATE + timedelta(hours=1),
    )  # fmt: skip
    settle(booking_id)
    return told


def cancel_late(booking_id: uuid.UUID) -> None:
    transact_in_turn([cast.booking_row(booking_id).session_id], bookings.cancel, booking_id=booking_id, now=LATE)
    settle(booking_id)


@pytest.mark.parametrize("how", HOW)
def test_what_a_late_cancellation_cost_comes_back(shop: Shop, how: str) -> None:
    booking_id = booked(shop, how, BOOKED)
    cancel_late(booking_id)
    assert lost(booking_id, how)[0] not in ([False], 0)
    assert cancel_session(shop, booking_id) == 0
    row = cast.booking_row(booking_id)
    assert (row.status, row.cancelled_by, row.cancelled_late) == ("cancelled", shop.ben.user_id, True)
    assert row.waived_at == row.undone_at == LATE + timedelta(hours=1)
    if how == "credit":
        assert lost(booking_id, how)[0][0] is False
        assert payment_of(booking_id, "late_cancel") is None, "the fee is dropped"
    else:
        assert lost(booking_id, how)[0] == 0
    assert ("booking_waived", "ben@example.com") in cast.mails()


def test_a_fee_that_was_charged_already_goes_back(shop: Shop) -> None:
    booking_id = booked(shop, "credit", BOOKED)
    cancel_late(booking_id)
    fee = payment_of(booking_id, "late_cancel")
    assert fee is not None
    transact(paying.receive, payment_id=fee.id, received=Received("pi_fee", fee.amount_minor, "EUR"), now=LATE)
    cancel_session(shop, booking_id)
    settle(booking_id)
    db.session.rollback()
    went = db.session.execute(select(Refund.kind, Refund.amount_minor).where(Refund.payment_id == fee.id)).all()
    assert [tuple(row) for row in went] == [("business", fee.amount_minor)]


def test_a_fee_that_comes_in_after_that_goes_back_by_itself(shop: Shop) -> None:
    booking_id = booked(shop, "credit", BOOKED)
    cancel_late(booking_id)
    fee = payment_of(booking_id, "late_cancel")
    assert fee is not None
    transact_many([], charging.lease, now=LATE + timedelta(hours=13))
    cancel_session(shop, booking_id)
    transact(paying.receive, payment_id=fee.id, received=Received("pi_fee", fee.amount_minor, "EUR"), now=LATE)
    found = cast.one(select(Payment.captured_minor, Payment.claimed_minor).where(Payment.id == fee.id))
    assert found.captured_minor == found.claimed_minor == fee.amount_minor


def test_who_cancelled_early_or_was_forgiven_hears_nothing_more(shop: Shop) -> None:
    booking_id = booked(shop, "credit", BOOKED)
    transact(bookings.cancel, booking_id=booking_id, now=BOOKED + timedelta(hours=1))
    cancel_session(shop, booking_id)
    assert cast.booking_row(booking_id).waived_at is None
    assert "booking_waived" not in [kind for kind, _ in cast.mails()]
