"""Moving a booking: the new place costs what it costs, what was paid counts, and nobody is better off than by staying.

Walked: how the old place is paid, what the new one asks, early or late, by a guest, a member or staff. The window is
shorter than the refund tiers, so that there is a time when moving is allowed and cancelling costs half. On both
databases.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts import providers
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import moves, places, waitlist
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.errors import MoveCosts, NotBookable, NotMovable
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.paying import Choice
from liveapp.domain.payments import charging, desk, paying, refunding, settling
from liveapp.domain.payments.models import Payment
from liveapp.domain.payments.paying import Received
from liveapp.domain.plans.models import CreditEntry
from liveapp.rules.moving import Paid
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from tests import cast
from tests.cast import NOW
from tests.domain.test_terms import CARD, FEE, START

PRICE = 2000
MOMENTS = {"early": 60, "half": 30, "late": 5}
"""Hours before the start: all comes back, half of it does, and neither moving nor cancelling with a plan."""
OLD = ("free", "credit", "at_booking", "after_session", "at_desk")
NEW: dict[str, dict[str, Any]] = {
    "free": {"price_minor": None},
    "plan": {"price_minor": None, "plan_only": True},
    "same": {"price_minor": PRICE},
    "cheaper": {"price_minor": 1743},
    "dearer": {"price_minor": 2317},
}
WHO = ("guest", "member", "staff")


class Walk:
    """One booking of a class, and another class of the same offering to move it to."""

    def __init__(self, old: str, new: str, who: str) -> None:
        self.old, self.new, self.who = old, new, who
        provider = "desk" if old == "at_desk" else "stripe"
        self.organization_id = cast.organization(
            payment_provider=provider, cancellation_window_hours=12, allow_late_cancellation=True,
            free_cancellation_hours=48, partial_refund_hours=24,
        )  # fmt: skip
        self.host = cast.staff(self.organization_id)
        self.owner = Actor(self.host, Role.OWNER, self.organization_id)
        timing = "after_session" if old == "after_session" else "at_booking"
        self.offering_id = cast.offering(self.organization_id, payment_timing=timing)
        price = None if old == "free" else PRICE
        self.first = cast.session(self.organization_id, self.host, self.offering_id, START, price_minor=price)
        self.other = cast.session(
            self.organization_id, self.host, self.offering_id, START + timedelta(days=7), **NEW[new]
        )  # fmt: skip
        self.person = self._person()
        choice = Choice(without_plan=old != "credit")
        turn = [self.first, *([self.person.user_id] if self.person.user_id else [])]
        self.booking_id: uuid.UUID = transact_in_turn(
            turn, bookings.book_place, session_id=self.first, person=self.person, choice=choice, now=NOW
        )
        self.pay(self.booking_id, NOW)

    def _person(self) -> Person:
        """Somebody with a plan, where a credit pays, or could; a guest never has one."""
        if self.who == "guest" and self.old != "credit":
            return cast.guest(1)
        ben = cast.member(self.organization_id)
        if self.old == "credit" or self.new == "plan":
            cast.subscription(self.organization_id, ben, cast.plan(self.organization_id))
        return ben

    def pay(self, booking_id: uuid.UUID, now: datetime) -> None:
        """What a booking asks for is paid at once."""
        booking = cast.booking_row(booking_id)
        if booking.paid_by == "at_desk":
            transact(desk.take, booking_id=booking_id, actor=self.owner, now=now)
        if booking.status != "held":
            return
        payment_id = transact(paying.open_payment, booking_id=booking_id, home="/", fee_hundredths=FEE, now=now)
        if booking.paid_by == "after_session":
            transact(charging.agree, payment_id=payment_id, saved=CARD, now=now)
        else:
            received = Received(f"pi_{booking_id.hex}", booking.price_minor, "EUR")
            transact(paying.receive, payment_id=payment_id, received=received, now=now)

    @property
    def actor(self) -> Actor | None:
        return self.owner if self.who == "staff" else None

    def shown(self, now: datetime) -> Paid:
        """What the page says that the new place is paid with."""
        db.session.rollback()
        held = places.held_by(self.booking_id)
        first, other = places.bookable(self.first), places.bookable(self.other)
        return moves.terms_of_move(held, first, other, self.actor, now).move.paid

    def move(self, now: datetime, accepts: Paid | None) -> None:
        """Moves, and pays what that asks for."""
        moved_id = transact_in_turn(
            [self.first, self.other], moves.move_place, booking_id=self.booking_id, session_id=self.other,
            actor=self.actor, accepts=accepts, now=now,
        )  # fmt: skip
        self.pay(moved_id, now)
        self.settle(now)
        self.booking_id = moved_id
        self.pay(moved_id, now)

    def settle(self, now: datetime) -> None:
        """The jobs that make payments what their bookings say."""
        db.session.rollback()
        for booking_id in db.session.execute(select(Booking.id)).scalars().all():
            transact(settling.settle, booking_id=booking_id, fee_hundredths=FEE, now=now)
            paid = desk.paid_for(booking_id=booking_id)
            booking = cast.booking_row(booking_id)
            over = paid is not None and paid.minor - paid.handed_back > refunding.costs(booking)
            if paid and paid.to_hand_back and (over or booking.status == "cancelled"):
                transact(desk.hand_back, booking_id=booking_id, actor=self.owner, reason="Moved", now=now)

    def cancel(self, now: datetime) -> None:
        transact(bookings.cancel, booking_id=self.booking_id, now=now)
        self.settle(now)

    def costs(self) -> tuple[int, int]:
        """The money that the person is out of, or will be charged, and the credits that are used."""
        db.session.rollback()
        scheduled = func.coalesce(func.sum(Payment.amount_minor).filter(Payment.status == "scheduled"), 0)
        kept = func.coalesce(func.sum(Payment.captured_minor - Payment.claimed_minor), 0)
        money = db.session.execute(select(scheduled + kept)).scalar_one()
        used = select(func.coalesce(func.sum(CreditEntry.delta), 0)).where(CreditEntry.booking_id.is_not(None))
        return int(money), -int(db.session.execute(used).scalar_one())


def worth(old: str) -> tuple[int, int]:
    """What the old place costs, in money and credits."""
    return {"free": (0, 0), "credit": (0, 1)}.get(old, (PRICE, 0))


def own_rules(old: str, new: str) -> tuple[int, int]:
    """What the new place costs somebody who pays as they did."""
    if new == "free":
        return 0, 0
    if new == "plan" or old == "credit":
        return 0, 1
    return NEW[new]["price_minor"], 0


@pytest.fixture(autouse=True)
def _cards(app: Flask) -> Iterator[None]:
    providers.set_up(takes_cards=True)
    yield
    providers.set_up(takes_cards=False)
    db.session.rollback()
    assert not {name: found for name, found in invariants.violations(now=NOW).items() if found}


@pytest.mark.either_database
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("new", NEW)
@pytest.mark.parametrize("old", OLD)
def test_a_move_costs_what_the_new_place_costs_and_is_no_way_to_cancel_for_less(
    old: str, new: str, who: str, moment: str
) -> None:
    now = START - timedelta(hours=MOMENTS[moment])
    walk = Walk(old, new, who)
    assert walk.costs() == worth(old)
    if who == "guest" and new == "plan" and old != "credit":
        with pytest.raises(NotMovable if moment == "late" else NotBookable):
            walk.move(now, None)
        assert walk.costs() == worth(old)
        return
    if who != "staff" and moment == "late":
        with pytest.raises(NotMovable, match="could be moved until"):
            walk.move(now, None)
        assert walk.costs() == worth(old)
        return
    asks = own_rules(old, new)
    dearer = asks[0] > worth(old)[0] or asks[1] > worth(old)[1]
    if who == "staff" and dearer:
        asks = worth(old)
    elif dearer:
        with pytest.raises(MoveCosts):
            walk.move(now, None)
        assert walk.costs() == worth(old)
    walk.move(now, walk.shown(now) if dearer else None)
    least = _stayed(old, now)
    assert walk.costs() == (max(asks[0], least[0]), max(asks[1], least[1]))
    booking = cast.booking_row(walk.booking_id)
    assert (booking.status, booking.session_id) == ("confirmed", walk.other)
    walk.cancel(now)
    money, credits = walk.costs()
    assert money >= least[0]
    assert credits >= least[1]


def _stayed(old: str, now: datetime) -> tuple[int, int]:
    """What cancelling the old place then would have kept: money, and credits."""
    hours = (START - now) / timedelta(hours=1)
    if old == "credit":
        return 0, int(hours < 12)
    return (0 if old == "free" or hours >= 48 else PRICE // 2 if hours >= 24 else PRICE), 0


@pytest.mark.parametrize(("hours", "kept"), [(0, PRICE // 2), (7, PRICE)])
@pytest.mark.parametrize("old", ["at_booking", "after_session"])
def test_moving_within_the_tiers_isnt_a_way_to_cancel_free(old: str, hours: int, kept: int) -> None:
    """30 hours before, half comes back. Moved to next week and cancelled at once, it is half; later, it is nothing."""
    walk = Walk(old, "same", "guest")
    now = START - timedelta(hours=30)
    walk.move(now, None)
    walk.cancel(now + timedelta(hours=hours))
    assert walk.costs() == (kept, 0)


def test_who_doesnt_pay_for_the_dearer_place_keeps_the_old_one() -> None:
    walk = Walk("at_booking", "dearer", "guest")
    now = START - timedelta(hours=60)
    accepts = walk.shown(now)
    held_id = transact_in_turn(
        [walk.first, walk.other], moves.move_place, booking_id=walk.booking_id, session_id=walk.other,
        accepts=accepts, now=now, key="a form",
    )  # fmt: skip
    again = transact_in_turn(
        [walk.first, walk.other], moves.move_place, booking_id=walk.booking_id, session_id=walk.other,
        accepts=accepts, now=now, key="a form",
    )  # fmt: skip
    assert held_id == again != walk.booking_id
    assert [cast.booking_row(key).status for key in (walk.booking_id, held_id)] == ["confirmed", "held"]
    late = now + timedelta(minutes=16)
    transact(waitlist.promote, session_id=walk.other, now=late)
    assert [cast.booking_row(key).status for key in (walk.booking_id, held_id)] == ["confirmed", "expired"]
    assert walk.costs() == (PRICE, 0)


def test_a_move_that_costs_more_counts_as_one_too() -> None:
    walk = Walk("at_booking", "dearer", "guest")
    now = START - timedelta(hours=60)
    walk.move(now, walk.shown(now))
    assert cast.booking_row(walk.booking_id).reschedules == 1
