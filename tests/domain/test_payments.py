"""Paying for a place by card, and getting money back, in whatever order the provider tells. On both databases."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from liveapp.db import AnyRow, db
from liveapp.domain import invariants
from liveapp.domain.accounts import providers
from liveapp.domain.accounts.models import Membership, Organization
from liveapp.domain.bookings import session_changes, waitlist
from liveapp.domain.bookings.errors import NotBookable
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.constraints import MoreThanPaid
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.models import Notification
from liveapp.domain.outbox.models import OutboxMessage
from liveapp.domain.payments import book as ledger_book
from liveapp.domain.payments import outcomes, paying, refunding
from liveapp.domain.payments.errors import NotPayable, NotRefundable
from liveapp.domain.payments.models import LedgerEntry, Payment, Refund
from liveapp.domain.payments.paying import Received
from liveapp.rules import ledger
from liveapp.rules.waitlist import HOLD
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW
from tests.domain.test_booking_desk import CLASS, Desk, _set, book, cancel, desk

__all__ = ["desk"]

LATER = NOW + timedelta(minutes=20)


@pytest.fixture
def shop(desk: Desk) -> Iterator[Desk]:
    """The studio takes cards, where there are keys for them."""
    desk.settings(payment_provider="stripe")
    providers.set_up(takes_cards=True)
    yield desk
    providers.set_up(takes_cards=False)
    assert not {name: found for name, found in invariants.violations(now=NOW).items() if found}


def priced(desk: Desk, price: int = 1500, **values: Any) -> uuid.UUID:
    return desk.session(CLASS, **{"plan_only": False, "price_minor": price, "currency": "EUR"} | values)


def opened(booking_id: uuid.UUID, now: datetime = NOW) -> uuid.UUID:
    return transact(paying.open_payment, booking_id=booking_id, home="/", fee_hundredths=1000, now=now)


def received(payment_id: uuid.UUID, minor: int = 1500, now: datetime = NOW) -> None:
    transact(paying.receive, payment_id=payment_id, received=Received(f"pi_{payment_id.hex}", minor, "EUR"), now=now)


def paid(desk: Desk, price: int = 1500) -> tuple[uuid.UUID, uuid.UUID]:
    """Ben's booking of a priced class, and what he paid for it."""
    booking_id = book(priced(desk, price), desk.ben)
    payment_id = opened(booking_id)
    received(payment_id, price)
    return booking_id, payment_id


def payment(payment_id: uuid.UUID) -> AnyRow:
    db.session.rollback()
    return db.session.execute(select(*Payment.__table__.columns).where(Payment.id == payment_id)).one()


def refunds() -> list[tuple[int, str, str]]:
    db.session.rollback()
    rows = db.session.execute(select(Refund).order_by(Refund.created_at, Refund.amount_minor)).scalars()
    return [(row.amount_minor, row.kind, row.status) for row in rows]


def owed(desk: Desk, account: ledger.Account) -> dict[str, int]:
    db.session.rollback()
    return ledger_book.owed(organization_id=desk.organization_id, account=account)


def mails(booking_id: uuid.UUID) -> list[str]:
    db.session.rollback()
    query = select(Notification.kind).where(Notification.booking_id == booking_id, Notification.user_id.is_(None))
    return sorted(db.session.execute(query).scalars())


def host_of(session_id: uuid.UUID) -> ledger.Account:
    return ledger.host(cast.session_row(session_id).host_id.hex)


def give_back(booking_id: uuid.UUID, now: datetime = NOW) -> int:
    return transact(refunding.give_back_for, booking_id=booking_id, now=now)


def test_a_priced_place_is_held_and_nobody_is_told_before_it_is_paid(shop: Desk) -> None:
    session_id = priced(shop, max_participants=1)
    booking_id = book(session_id, shop.ben)
    row = cast.booking_row(booking_id)
    assert (row.status, row.paid_by, row.price_minor, row.expires_at) == ("held", "at_booking", 1500, NOW + HOLD)
    assert mails(booking_id) == []
    assert cast.session_row(session_id).participant_count == 1
    assert cast.booking_row(book(session_id, cast.guest(1))).status == "waitlisted"


def test_without_keys_nobody_is_asked_to_pay(shop: Desk) -> None:
    providers.set_up(takes_cards=False)
    row = cast.booking_row(book(priced(shop), shop.ben))
    assert (row.status, row.paid_by, row.price_minor) == ("confirmed", "free", 1500)


def test_what_is_paid_is_shared_told_and_the_place_is_theirs(shop: Desk) -> None:
    booking_id, payment_id = paid(shop, 10000)
    assert cast.booking_row(booking_id).status == "confirmed"
    assert mails(booking_id) == ["booking_confirmed", "receipt"]
    host = host_of(cast.booking_row(booking_id).session_id)
    assert (owed(shop, host), owed(shop, ledger.PLATFORM)) == ({"EUR": 9000}, {"EUR": 1000})
    assert (owed(shop, ledger.CARD), owed(shop, ledger.person(shop.ben.user_id.hex))) == ({"EUR": -10000}, {})  # type: ignore[union-attr]
    assert payment(payment_id).status == "paid"


def test_told_twice_it_is_one_payment(shop: Desk) -> None:
    booking_id, payment_id = paid(shop)
    received(payment_id, now=LATER)
    assert mails(booking_id) == ["booking_confirmed", "receipt"]
    assert sorted(db.session.execute(select(LedgerEntry.kind)).scalars()) == ["fee", "payment", "share"]
    transact(paying.drop, payment_id=payment_id, now=LATER)
    assert payment(payment_id).status == "paid"


def test_asked_for_twice_it_is_one_payment_of_the_price_it_was_booked_at(shop: Desk) -> None:
    session_id = priced(shop)
    booking_id = book(session_id, shop.ben)
    first = opened(booking_id)
    assert opened(booking_id) == first
    assert payment(first).amount_minor == 1500


def test_after_the_hold_nothing_can_be_opened(shop: Desk) -> None:
    booking_id = book(priced(shop), shop.ben)
    with pytest.raises(NotPayable, match="time to pay is over"):
        opened(booking_id, NOW + HOLD)
    received(opened(booking_id))
    with pytest.raises(NotPayable, match="is paid for"):
        opened(booking_id)


def test_a_hold_lapses_by_the_clock_for_whoever_books_next(shop: Desk) -> None:
    session_id = priced(shop, max_participants=1)
    first = book(session_id, shop.ben)
    second = book(session_id, cast.guest(1), NOW + HOLD)
    assert (cast.booking_row(first).status, cast.booking_row(second).status) == ("expired", "held")
    assert mails(first) == ["hold_lapsed"]


def test_the_sweep_finds_a_lapsed_hold_also_after_the_start(shop: Desk) -> None:
    session_id = priced(shop)
    start = CLASS - timedelta(minutes=5)
    booking_id = book(session_id, shop.ben, start)
    transact(session_changes.advance, session_id=session_id, organization_id=shop.organization_id, now=CLASS)
    db.session.rollback()
    assert [row.id for row in waitlist.due(now=start + HOLD)] == [session_id]
    transact(waitlist.promote, session_id=session_id, now=start + HOLD)
    assert cast.booking_row(booking_id).status == "expired"


def test_money_that_comes_late_takes_the_place_while_it_is_free(shop: Desk) -> None:
    session_id = priced(shop, max_participants=1)
    booking_id = book(session_id, shop.ben)
    payment_id = opened(booking_id)
    transact(waitlist.promote, session_id=session_id, now=LATER)
    assert cast.booking_row(booking_id).status == "expired"
    received(payment_id, now=LATER)
    assert cast.booking_row(booking_id).status == "confirmed"
    assert cast.session_row(session_id).participant_count == 1
    assert refunds() == []


def test_who_leaves_before_paying_is_mailed_nothing_and_the_place_is_free(shop: Desk) -> None:
    session_id = priced(shop, max_participants=1)
    booking_id = book(session_id, shop.ben)
    cancel(booking_id)
    assert (cast.booking_row(booking_id).status, mails(booking_id)) == ("cancelled", [])
    assert cast.session_row(session_id).participant_count == 0


@pytest.mark.parametrize("why", ["taken", "cancelled", "started", "again"])
def test_money_for_a_place_that_is_gone_goes_back_by_itself(shop: Desk, why: str) -> None:
    session_id = priced(shop, max_participants=1)
    booking_id = book(session_id, shop.ben)
    payment_id = opened(booking_id)
    now = LATER
    if why == "cancelled":
        cancel(booking_id)
    else:
        transact(waitlist.promote, session_id=session_id, now=LATER)
    if why == "taken":
        received(opened(book(session_id, cast.guest(1), LATER), LATER), now=LATER)
    if why == "again":
        book(session_id, shop.ben, LATER)
    if why == "started":
        now = CLASS
    received(payment_id, now=now)
    assert cast.booking_row(booking_id).status in ("expired", "cancelled")
    assert refunds() == [(1500, "late", "asked")]
    assert payment(payment_id).claimed_minor == 1500


@pytest.mark.parametrize(("hours", "back"), [(24, 10000), (23.999, 5000), (12, 5000), (11.999, 0), (0.001, 0)])
def test_cancelling_brings_back_what_the_tier_says(shop: Desk, hours: float, back: int) -> None:
    booking_id, _ = paid(shop, 10000)
    moment = CLASS - timedelta(hours=hours)
    db.session.rollback()
    before = refunding.paid_for(booking_id=booking_id)
    assert before is not None
    assert refunding.due(before, moment, by_business=False) == back
    cancel(booking_id, now=moment)
    assert refunding.going_back(booking_id=booking_id) == back, "said at once, before the job"
    assert give_back(booking_id, moment + timedelta(hours=1)) == back
    assert give_back(booking_id, moment + timedelta(hours=2)) == 0
    assert refunding.going_back(booking_id=booking_id) == back
    assert refunds() == ([(back, "policy", "asked")] if back else [])


def test_the_business_gives_everything_back(shop: Desk) -> None:
    booking_id, _ = paid(shop)
    session_id = cast.booking_row(booking_id).session_id
    moment = CLASS - timedelta(minutes=1)
    transact(session_changes.cancel_session, session_id=session_id, actor=shop.owner, now=moment, reason="Ill")
    db.session.rollback()
    names = db.session.execute(select(OutboxMessage.name).where(OutboxMessage.name == "settle_booking")).scalars().all()
    assert names == ["settle_booking"]
    assert refunding.going_back(booking_id=booking_id) == 1500
    assert give_back(booking_id, moment) == 1500
    assert refunds() == [(1500, "business", "asked")]


def test_later_terms_do_not_reach_back(shop: Desk) -> None:
    booking_id, _ = paid(shop, 10000)
    transact(_set, Organization, shop.organization_id, {"free_cancellation_hours": 200, "partial_refund_percent": 0})
    cancel(booking_id, now=CLASS - timedelta(hours=30))
    assert give_back(booking_id) == 10000


def test_refunds_in_pieces_make_the_whole_and_never_more(shop: Desk) -> None:
    booking_id, payment_id = paid(shop, 1005)
    host = host_of(cast.booking_row(booking_id).session_id)
    for minor in (333, 333, 339):
        refund_id = transact(refunding.give_back, payment_id=payment_id, minor=minor, kind="staff", now=NOW)
        transact(outcomes.record_done, refund_id=refund_id, provider_id=f"re_{refund_id.hex}", now=NOW)
        transact(outcomes.record_done, refund_id=refund_id, provider_id=f"re_{refund_id.hex}", now=NOW)
    with pytest.raises(NotRefundable):
        transact(refunding.give_back, payment_id=payment_id, minor=1, kind="staff", now=NOW)
    assert (owed(shop, host), owed(shop, ledger.PLATFORM), owed(shop, ledger.CARD)) == ({}, {}, {})


def test_a_refund_that_failed_can_be_made_anew(shop: Desk) -> None:
    _, payment_id = paid(shop)
    refund_id = transact(refunding.give_back, payment_id=payment_id, minor=1500, kind="staff", now=NOW)
    transact(outcomes.record_failed, refund_id=refund_id, failure="expired_or_canceled_card", now=NOW)
    assert payment(payment_id).claimed_minor == 0
    again = transact(refunding.give_back, payment_id=payment_id, minor=1500, kind="staff", now=NOW)
    transact(outcomes.record_done, refund_id=again, provider_id="re_2", now=NOW)
    assert sorted(status for _, _, status in refunds()) == ["done", "failed"]


def test_the_database_keeps_the_book(app: Flask, shop: Desk) -> None:
    _, payment_id = paid(shop)
    for statement in ("UPDATE ledger_entries SET amount_minor = 1", "DELETE FROM ledger_entries"):
        with pytest.raises(DatabaseError, match="append-only"):
            transact(lambda words=statement: db.session.execute(text(words)))
    for values in ({"captured_minor": 1501}, {"claimed_minor": 1501}, {"captured_minor": 0}):
        with pytest.raises((DatabaseError, MoreThanPaid)):
            transact(_set, Payment, payment_id, values)


def test_an_offered_place_is_held_as_long_as_it_was_offered(shop: Desk) -> None:
    session_id = priced(shop, max_participants=1)
    first = book(session_id, cast.guest(1))
    received(opened(first))
    waits = book(session_id, shop.ben)
    cancel(first)
    offered = cast.booking_row(waits)
    assert (offered.status, offered.expires_at) == ("waitlisted", NOW + timedelta(minutes=120))
    transact(waitlist.take_place, booking_id=waits, now=NOW)
    held = cast.booking_row(waits)
    assert (held.status, held.expires_at) == ("held", NOW + timedelta(minutes=120))
    received(opened(waits), now=NOW + timedelta(minutes=60))
    assert cast.booking_row(waits).status == "confirmed"
    assert cast.session_row(session_id).participant_count == 1


@pytest.mark.parametrize(("minor", "currency"), [(1, "EUR"), (1499, "EUR"), (1501, "EUR"), (1500, "USD"), (30, "JPY")])
def test_money_that_isnt_what_was_asked_for_confirms_nothing_and_goes_back(
    shop: Desk, minor: int, currency: str
) -> None:
    booking_id = book(priced(shop), shop.ben)
    payment_id = opened(booking_id)
    came = Received("pi_other", minor, currency)
    for _ in range(2):
        transact(paying.receive, payment_id=payment_id, received=came, now=NOW)
    assert (cast.booking_row(booking_id).status, payment(payment_id).status) == ("held", "dropped")
    kept = db.session.execute(select(Payment).where(Payment.intent_id == "pi_other")).scalar_one()
    assert (kept.purpose, kept.captured_minor, kept.currency, kept.claimed_minor) == (
        "mismatch", minor, currency, minor,
    )  # fmt: skip
    refund = db.session.execute(select(Refund).where(Refund.payment_id == kept.id)).scalar_one()
    assert (refund.kind, refund.status, refund.amount_minor) == ("mismatch", "asked", minor)
    received(opened(booking_id))
    assert cast.booking_row(booking_id).status == "confirmed"


def same_time(desk: Desk, session_id: uuid.UUID, **values: Any) -> uuid.UUID:
    """Another class at the same time, led by another host."""
    starts_at = cast.session_row(session_id).scheduled_at
    return desk.session(starts_at + timedelta(minutes=30), **{"plan_only": False} | values)


def test_a_hold_keeps_its_person_from_booking_something_else_at_that_time(shop: Desk) -> None:
    first = priced(shop)
    other, free = same_time(shop, first, price_minor=900), same_time(shop, first)
    held = book(first, shop.ben)
    for session_id in (other, free):
        with pytest.raises(NotBookable) as refusal:
            book(session_id, shop.ben)
        assert refusal.value.code == "overlap"
    received(opened(held))
    assert cast.booking_row(held).status == "confirmed"


def _late(shop: Desk, first: uuid.UUID) -> datetime:
    """The hold is over, and something else is booked before the money comes."""
    later = NOW + timedelta(hours=1)
    book(same_time(shop, first), shop.ben, now=later)
    return later


def _moved(shop: Desk, first: uuid.UUID) -> datetime:
    """A booking at another time, whose class is moved to this one while the money is under way."""
    other = shop.session(plan_only=False)
    book(other, shop.ben)
    starts_at = cast.session_row(first).scheduled_at
    values = {"scheduled_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
    transact(_set, LiveSession, other, values)
    return NOW


@pytest.mark.parametrize("meanwhile", [_late, _moved])
@pytest.mark.parametrize("allows_two", [False, True])
def test_paying_asks_again_whether_the_person_can_be_there(
    shop: Desk, meanwhile: Callable[[Desk, uuid.UUID], datetime], allows_two: bool
) -> None:
    first = priced(shop)
    held = book(first, shop.ben)
    payment_id = opened(held)
    if allows_two:
        shop.plan(allow_overlapping_bookings=True)
    now = meanwhile(shop, first)
    for _ in range(2):
        received(payment_id, now=now)
    assert (cast.booking_row(held).status == "confirmed") is allows_two
    assert payment(payment_id).claimed_minor == (0 if allows_two else 1500)
    standing = db.session.execute(select(Booking.status)).scalars().all()
    assert standing.count("confirmed") == 1 + allows_two


def test_the_invariant_finds_two_at_one_time_through_a_hold(shop: Desk) -> None:
    first = priced(shop)
    booking_id = book(first, shop.ben)
    received(opened(booking_id))
    assert not list(invariants.CHECKS["I2 one at a time"](NOW))
    other = shop.session(plan_only=False)
    book(other, shop.ben)
    before = cast.session_row(other)
    starts_at = cast.session_row(first).scheduled_at
    transact(_set, LiveSession, other, {"scheduled_at": starts_at, "ends_at": starts_at + timedelta(hours=1)})
    (found,) = invariants.CHECKS["I2 one at a time"](NOW)
    assert str(booking_id) in found
    transact(_set, LiveSession, other, {"scheduled_at": before.scheduled_at, "ends_at": before.ends_at})


EARNING: dict[str, tuple[dict[str, Any], list[int]]] = {
    "business": ({"earns": "business"}, [0, 1350, 150]),
    "host": ({"earns": "host"}, [1350, 0, 150]),
    "automatic": ({"earns": "automatic"}, [0, 1350, 150]),
    "shares": ({"earns": "shares", "host_share_percent": 60}, [810, 540, 150]),
    "shares of the host": ({"earns": "shares", "host_share_percent": 60, "of_host": 33}, [446, 904, 150]),
    "shares of the offering": ({"earns": "shares", "of_host": 33, "of_offering": 100}, [1350, 0, 150]),
}


@pytest.mark.parametrize("name", EARNING)
def test_who_earns_is_what_the_business_says_and_refunds_give_back_the_same(shop: Desk, name: str) -> None:
    settings, parts = EARNING[name][0].copy(), EARNING[name][1]
    session_id = priced(shop)
    transact(_set_all, Membership, {"share_percent": settings.pop("of_host", None)})
    transact(_set_all, Offering, {"share_percent": settings.pop("of_offering", None)})
    shop.settings(**settings)
    payment_id = opened(book(session_id, shop.ben))
    received(payment_id)
    host = host_of(session_id)

    def standing() -> list[int]:
        accounts = (host, ledger.BUSINESS, ledger.PLATFORM)
        return [owed(shop, each).get("EUR", 0) for each in accounts]

    assert standing() == parts
    for minor in (500, 1000):
        refund_id = transact(refunding.give_back, payment_id=payment_id, minor=minor, kind="staff", now=NOW)
        transact(outcomes.record_done, refund_id=refund_id, provider_id=f"re_{minor}", now=NOW)
    assert standing() == [0, 0, 0]


def _set_all(table: Any, values: dict[str, Any]) -> None:
    db.session.execute(update(table).values(**values))
