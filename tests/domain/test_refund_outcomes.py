"""What came of refunds: done and failed after all, made in the provider's console, beyond what is left."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest

from liveapp.domain.payments import outcomes, refunding
from liveapp.domain.payments.errors import NotRefundable
from liveapp.rules import ledger
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW
from tests.domain.test_booking_desk import Desk, desk
from tests.domain.test_payments import host_of, owed, paid, payment, refunds, shop

__all__ = ["desk", "shop"]


def asked(payment_id: uuid.UUID, minor: int, now: datetime = NOW) -> uuid.UUID:
    return transact(refunding.give_back, payment_id=payment_id, minor=minor, kind="staff", now=now)


def done(refund_id: uuid.UUID) -> None:
    transact(outcomes.record_done, refund_id=refund_id, provider_id=f"re_{refund_id.hex}", now=NOW)


def failed(refund_id: uuid.UUID) -> None:
    transact(outcomes.record_failed, refund_id=refund_id, failure="lost_or_stolen_card", now=NOW)


def console(payment_id: uuid.UUID, minor: int, name: str = "re_console") -> uuid.UUID:
    values = {"provider_id": name, "minor": minor, "kind": "console", "now": NOW}
    return transact(outcomes.adopt, payment_id=payment_id, **values)


def test_what_failed_after_it_was_done_is_the_hosts_and_the_platforms_again(shop: Desk) -> None:
    booking_id, payment_id = paid(shop, 1005)
    first, second = asked(payment_id, 333), asked(payment_id, 333)
    done(first)
    done(second)
    failed(first)
    done(first)  # told late: it stays failed
    failed(first)
    assert payment(payment_id).claimed_minor == 333
    host = host_of(cast.booking_row(booking_id).session_id)
    assert owed(shop, ledger.CARD) == {"EUR": -(1005 - 333)}
    assert owed(shop, ledger.PLATFORM) == {"EUR": 101 - 33}
    done(asked(payment_id, 672))
    assert (owed(shop, host), owed(shop, ledger.PLATFORM), owed(shop, ledger.CARD)) == ({}, {}, {})


def test_a_refund_of_the_console_is_kept_once_and_leaves_the_booking(shop: Desk) -> None:
    booking_id, payment_id = paid(shop)
    assert console(payment_id, 500) == console(payment_id, 500)
    done(console(payment_id, 500))
    assert refunds() == [(500, "console", "done")]
    assert cast.booking_row(booking_id).status == "confirmed"
    assert owed(shop, ledger.CARD) == {"EUR": -1000}


def test_what_the_console_gave_can_not_go_a_second_time(shop: Desk) -> None:
    """1500 are paid, 500 and 1000 are asked for and not sent yet, when the console gives 700 and then 800."""
    _, payment_id = paid(shop)
    first = asked(payment_id, 500)
    asked(payment_id, 1000, NOW + timedelta(seconds=1))
    done(console(payment_id, 700, "re_1"))
    assert sorted(refunds()) == [(500, "staff", "asked"), (700, "console", "done"), (1000, "staff", "failed")]
    done(console(payment_id, 800, "re_2"))
    assert sorted(refunds())[0] == (500, "staff", "failed")
    with pytest.raises(NotRefundable):  # it can't be: more is gone than came in
        done(first)
    assert owed(shop, ledger.CARD) == {}


def test_one_that_was_given_up_on_and_went_all_the_same_is_done(shop: Desk) -> None:
    _, payment_id = paid(shop)
    refund_id = asked(payment_id, 600)
    failed(refund_id)
    done(refund_id)
    assert refunds() == [(600, "staff", "done")]
    assert payment(payment_id).claimed_minor == 600
