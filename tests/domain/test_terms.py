"""What a booking was made under stays with it: whatever the business changes afterwards, its figures don't move.

Each story is one way in which a booking costs its holder something; it is told with every setting made worse in
between, with every one made better, and with other prices. On both databases.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts import providers
from liveapp.domain.accounts.models import Organization
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.attendance import closing
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings import session_changes, waitlist
from liveapp.domain.bookings.errors import NotBookable
from liveapp.domain.bookings.models import TERMS
from liveapp.domain.bookings.paying import Choice
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.live_sessions import service as live_sessions
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.meetings import joining
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.service import Time
from liveapp.domain.payments import charging, desk, paying, settling
from liveapp.domain.payments.cards import SavedCard
from liveapp.domain.payments.models import Payment, Refund
from liveapp.domain.payments.paying import Received
from liveapp.domain.plans.models import CreditEntry, CreditLot
from liveapp.rules.periods import end_of
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn, transact_many
from tests import cast
from tests.cast import NOW

FEE = 1000
CARD = SavedCard("cus_1", "pm_1", "visa", "4242", 12, 2030)
START = NOW + timedelta(days=3)
"""Thursday at 10 in Berlin."""
AGREED: dict[str, Any] = {
    "payment_provider": "stripe",
    "allow_late_cancellation": True,
    "late_cancel_fee_percent": 50,
    "no_show_fee_percent": 50,
    "no_show_refund_percent": 25,
}
"""The settings of the day of booking; the others are the defaults."""
WORSE: dict[str, Any] = {
    "cancellation_window_hours": 60,
    "allow_late_cancellation": False,
    "promotion_grace_minutes": 0,
    "free_cancellation_hours": 60,
    "partial_refund_hours": 60,
    "partial_refund_percent": 0,
    "no_show_wait_percent": 0,
    "min_payable_percent": 0,
    "no_show_percent": 100,
    "no_show_refund_percent": 0,
    "late_cancel_fee_minor": 9900,
    "late_cancel_fee_percent": 0,
    "no_show_fee_minor": 9900,
    "no_show_fee_percent": 0,
    "count_late_cancellations": True,
    "count_no_shows": True,
    "credit_extension_days": 0,
}
BETTER: dict[str, Any] = {
    "cancellation_window_hours": 0,
    "allow_late_cancellation": True,
    "promotion_grace_minutes": 600,
    "free_cancellation_hours": 0,
    "partial_refund_hours": 0,
    "partial_refund_percent": 100,
    "no_show_wait_percent": 100,
    "min_payable_percent": 100,
    "no_show_percent": 0,
    "no_show_refund_percent": 100,
    "late_cancel_fee_minor": 0,
    "late_cancel_fee_percent": 0,
    "no_show_fee_minor": 0,
    "no_show_fee_percent": 0,
    "count_late_cancellations": False,
    "count_no_shows": False,
    "credit_extension_days": 90,
}
SETTINGS = {"nothing": {}, "worse": WORSE, "better": BETTER}
COST_NOTHING = {
    "id", "slug", "name", "description", "timezone", "currency", "locale", "contact_email", "colour", "logo_url",
    "latitude", "longitude", "week_start", "created_at", "coaches_read_rosters",  # what the business is
    "booking_cutoff_minutes", "promotion_cutoff_minutes", "offer_minutes", "request_expiry_hours",
    "min_session_duration",  # what can be booked
    "payout_schedule", "payout_weekday", "payout_holding_days", "payout_minimum_minor", "earns",
    "host_share_percent",  # between host and business
    "join_window_minutes", "check_in_opens_minutes", "late_after_minutes", "no_show_after_minutes",  # doors
    "payment_provider",  # it decides how a booking is paid, and that stands on it (`paid_by`, and its fees)
}  # fmt: skip


@dataclass
class Shop:
    """A studio that takes cards, with a class for 20.00 and meetings for 100.00, and Ben, a member with a plan."""

    organization_id: uuid.UUID
    owner: Actor
    host: uuid.UUID
    ben: Person
    pack: uuid.UUID
    change: Callable[[], None] = lambda: None

    def offering(self, **values: Any) -> uuid.UUID:
        return cast.offering(self.organization_id, price_minor=2000, **values)

    def session(self, *, hours: int = 0, **values: Any) -> uuid.UUID:
        """A class; how it is paid when nobody has a plan is said by `payment_timing`."""
        timing = values.pop("payment_timing", "at_booking")
        offering_id = self.offering(payment_timing=timing)
        values = {"price_minor": 2000} | values
        return cast.session(
            self.organization_id, self.host, offering_id, START + timedelta(hours=hours), **values
        )  # fmt: skip

    def meeting(self, timing: str, **values: Any) -> uuid.UUID:
        """Ben's meeting, agreed or paid as `timing` says."""
        offering_id = cast.meeting_offering(
            self.organization_id, price_minor=10000, payment_timing=timing, **values
        )  # fmt: skip
        booking_id = transact_in_turn(
            [self.host, self.ben.user_id], meetings.book_slot, organization_id=self.organization_id,
            offering_id=offering_id, host_id=self.host, time=Time(START), person=self.ben, now=NOW,
            choice=Choice(without_plan=True),
        )  # fmt: skip
        if not values:
            pay(booking_id)
        return booking_id


def pay(booking_id: uuid.UUID) -> None:
    """The person does on the provider's page what it asks."""
    payment_id = transact(paying.open_payment, booking_id=booking_id, home="/", fee_hundredths=FEE, now=NOW)
    booking = cast.booking_row(booking_id)
    if booking.paid_by == "after_session":
        transact(charging.agree, payment_id=payment_id, saved=CARD, now=NOW)
    else:
        received = Received(f"pi_{booking_id.hex}", booking.price_minor, "EUR")
        transact(paying.receive, payment_id=payment_id, received=received, now=NOW)


def book(shop: Shop, session_id: uuid.UUID, *, by_plan: bool = False, **more: Any) -> uuid.UUID:
    person = more.pop("person", shop.ben)
    values = {"person": person, "now": NOW, "choice": Choice(without_plan=not by_plan)} | more
    turn = [session_id, *([person.user_id] if person.user_id else [])]
    return transact_in_turn(turn, bookings.book_place, session_id=session_id, **values)


def cancel(booking_id: uuid.UUID, *, before: float, actor: Actor | None = None) -> None:
    """So many hours before the start."""
    moment = cast.booking_row(booking_id).starts_at - timedelta(hours=before)
    transact(bookings.cancel, booking_id=booking_id, now=moment, actor=actor)
    transact(settling.settle, booking_id=booking_id, fee_hundredths=FEE, now=moment)


def close(shop: Shop, session_id: uuid.UUID) -> None:
    """The session is over, and nobody came."""
    row = cast.session_row(session_id)
    transact(
        session_changes.advance, session_id=session_id, organization_id=shop.organization_id, now=row.ends_at
    )  # fmt: skip
    transact(closing.close, session_id=session_id, now=row.ends_at + timedelta(days=1))


def join(shop: Shop, booking_id: uuid.UUID) -> None:
    booking = cast.booking_row(booking_id)
    transact(joining.join, booking_id=booking_id, actor=shop.owner, now=booking.starts_at)
    transact(session_changes.start_session, session_id=booking.session_id, actor=shop.owner, now=booking.starts_at)


def money() -> list[tuple[Any, ...]]:
    """Every payment with what goes back of it, and every credit that came back."""
    db.session.rollback()
    payments = db.session.execute(
        select(Payment.purpose, Payment.status, Payment.amount_minor, Payment.claimed_minor).order_by(Payment.purpose)
    )
    refunds = db.session.execute(select(Refund.kind, Refund.amount_minor).order_by(Refund.created_at))
    credits = db.session.execute(select(CreditEntry.kind).where(CreditEntry.kind.in_(("return", "lapse"))))
    return [tuple(row) for rows in (payments, refunds, credits) for row in rows]


def cancelled_with_a_plan_late(shop: Shop) -> Any:
    booking_id = book(shop, shop.session(), by_plan=True)
    shop.change()
    cancel(booking_id, before=23)
    return money()


def cancelled_with_a_plan_early(shop: Shop) -> Any:
    booking_id = book(shop, shop.session(), by_plan=True)
    shop.change()
    cancel(booking_id, before=25)
    return money()


def missed_a_class(shop: Shop) -> Any:
    session_id = shop.session()
    booking_id = book(shop, session_id, by_plan=True)
    shop.change()
    close(shop, session_id)
    transact(settling.settle, booking_id=booking_id, fee_hundredths=FEE, now=START + timedelta(days=1))
    return money()


def cancelled_and_paid_before(shop: Shop) -> Any:
    pay(booking_id := book(shop, shop.session()))
    shop.change()
    cancel(booking_id, before=13)
    return money()


def cancelled_before_anything_was_paid(shop: Shop) -> Any:
    """The price is 20.00 and the page isn't opened before the settings change."""
    booking_id = book(shop, shop.session())
    shop.change()
    pay(booking_id)
    cancel(booking_id, before=13)
    return money()


def cancelled_and_charged_after(shop: Shop) -> Any:
    booking_id = shop.meeting("after_session")
    shop.change()
    cancel(booking_id, before=13)
    return money()


def cancelled_and_paid_at_the_desk(shop: Shop) -> Any:
    transact(_settings, {"payment_provider": "desk"})
    booking_id = book(shop, shop.session())
    transact(desk.take, booking_id=booking_id, actor=shop.owner, now=NOW)
    shop.change()
    cancel(booking_id, before=13)
    db.session.rollback()
    paid = desk.paid_for(booking_id=booking_id)
    assert paid is not None
    return paid.to_hand_back, money()


def missed_a_meeting_charged_after(shop: Shop) -> Any:
    booking_id = shop.meeting("after_session")
    shop.change()
    return _missed_meeting(shop, booking_id)


def missed_a_meeting_paid_before(shop: Shop) -> Any:
    booking_id = shop.meeting("at_booking")
    shop.change()
    return _missed_meeting(shop, booking_id)


def _missed_meeting(shop: Shop, booking_id: uuid.UUID) -> Any:
    """19 of 60 minutes are waited."""
    join(shop, booking_id)
    waits = [settling.settlement_of(booking_id=booking_id).no_show_refusal(START + timedelta(minutes=at))[:11]
             for at in (18, 19)]  # fmt: skip
    moment = START + timedelta(minutes=59)
    transact(settling.mark_no_show, booking_id=booking_id, actor=shop.owner, fee_hundredths=FEE, now=moment)
    return waits, money()


def ended_early(shop: Shop, minutes: int) -> Any:
    booking_id = shop.meeting("after_session")
    shop.change()
    join(shop, booking_id)
    booking = cast.booking_row(booking_id)
    moment = START + timedelta(minutes=minutes)
    transact(live_sessions.end, session_id=booking.session_id, actor=shop.owner, now=moment)
    transact(settling.end_early, session_id=booking.session_id, now=moment)
    transact_many([], charging.lease, now=booking.ends_at)
    return money()


def counted_for_a_quota(shop: Shop, counts: bool) -> Any:
    """A place given back late counts for the day, as it did when it was booked."""
    transact(_settings, {"count_late_cancellations": counts})
    booking_id = book(shop, shop.session(), by_plan=True)
    shop.change()
    cancel(booking_id, before=5)
    try:
        return cast.booking_row(
            book(shop, shop.session(hours=2, plan_only=True, price_minor=None), by_plan=True)
        ).status
    except NotBookable as refusal:
        return refusal.code


def cancelled_by_the_business_after_the_credit_lapsed(shop: Shop, with_session: bool) -> Any:
    session_id = shop.session()
    booking_id = book(shop, session_id, by_plan=True)
    transact(lambda: db.session.execute(update(CreditLot).values(expires_at=START - timedelta(hours=1))))
    shop.change()
    moment = START - timedelta(minutes=30)
    if with_session:
        transact(
            session_changes.cancel_session, session_id=session_id, actor=shop.owner, now=moment, reason="Ill"
        )  # fmt: skip
    else:
        transact(bookings.cancel, booking_id=booking_id, now=moment, actor=shop.owner)
    db.session.rollback()
    return db.session.execute(select(CreditLot.expires_at)).scalar_one(), money()


def promoted_within_the_window(shop: Shop) -> Any:
    """Half an hour to give the place back with nothing lost, from the promotion on."""
    session_id = shop.session(max_participants=1)
    first = book(shop, session_id, by_plan=True)
    cy = cast.member(shop.organization_id, "Cy Twombly")
    cast.subscription(shop.organization_id, cy, cast.plan(shop.organization_id))
    waiting = book(shop, session_id, by_plan=True, person=cy)
    shop.change()
    cancel(first, before=10)
    cancel(waiting, before=9.5)
    return cast.booking_row(waiting).cancelled_late, money()


def waited_for_what_was_free(shop: Shop) -> Any:
    """Whoever stood in line for a free class gets it free."""
    session_id = shop.session(max_participants=1, price_minor=None)
    first = book(shop, session_id)
    waiting = book(shop, session_id, person=cast.guest(1))
    shop.change()
    cancel(first, before=48)
    booking = cast.booking_row(waiting)
    return booking.status, booking.paid_by, booking.price_minor


def waited_for_what_cost_less(shop: Shop) -> Any:
    session_id = shop.session(max_participants=1)
    pay(first := book(shop, session_id))
    waiting = book(shop, session_id, person=cast.guest(1))
    shop.change()
    cancel(first, before=48)
    transact(waitlist.take_place, booking_id=waiting, now=START - timedelta(hours=47))
    booking = cast.booking_row(waiting)
    return booking.status, booking.paid_by, booking.price_minor


def asked_for(shop: Shop) -> Any:
    booking_id = shop.meeting("after_session", booking_mode="request")
    shop.change()
    transact(meetings.accept, booking_id=booking_id, now=NOW, actor=shop.owner)
    pay(booking_id)
    cancel(booking_id, before=13)
    return money()


STORIES: dict[str, tuple[Callable[[Shop], Any], Any]] = {
    "with a plan, cancelled late": (cancelled_with_a_plan_late, [("late_cancel", "scheduled", 1000, 0)]),
    "with a plan, cancelled early": (cancelled_with_a_plan_early, [("return",)]),
    "a class missed": (missed_a_class, [("no_show", "scheduled", 1000, 0)]),
    "paid, cancelled": (cancelled_and_paid_before, [("booking", "paid", 2000, 1000), ("policy", 1000)]),
    "to be paid, cancelled": (cancelled_before_anything_was_paid, [("booking", "paid", 2000, 1000), ("policy", 1000)]),
    "charged after, cancelled": (cancelled_and_charged_after, [("booking", "scheduled", 5000, 0)]),
    "at the desk, cancelled": (cancelled_and_paid_at_the_desk, (1000, [("booking", "paid", 2000, 0)])),
    "charged after, missed": (
        missed_a_meeting_charged_after, (["Please wait", ""], [("booking", "scheduled", 5000, 0)])),
    "paid, missed": (
        missed_a_meeting_paid_before, (["Please wait", ""], [("booking", "paid", 10000, 2500), ("policy", 2500)])),
    "ended a minute too early": (lambda shop: ended_early(shop, 38), [("booking", "review", 10000, 0)]),
    "ended when it is paid": (lambda shop: ended_early(shop, 39), [("booking", "charging", 10000, 0)]),
    "late counts": (lambda shop: counted_for_a_quota(shop, True), "daily_quota"),
    "late doesn't count": (lambda shop: counted_for_a_quota(shop, False), "confirmed"),
    "lapsed, place cancelled": (
        lambda shop: cancelled_by_the_business_after_the_credit_lapsed(shop, False),
        (end_of((START + timedelta(days=14)).date(), "Europe/Berlin"), [("return",)])),
    "lapsed, session cancelled": (
        lambda shop: cancelled_by_the_business_after_the_credit_lapsed(shop, True),
        (end_of((START + timedelta(days=14)).date(), "Europe/Berlin"), [("return",)])),
    "promoted": (promoted_within_the_window, (False, [("late_cancel", "scheduled", 1000, 0), ("return",)])),
    "waited, free": (waited_for_what_was_free, ("confirmed", "free", None)),
    "waited, priced": (waited_for_what_cost_less, ("held", "at_booking", 2000)),
    "asked for": (asked_for, [("booking", "scheduled", 5000, 0)]),
}  # fmt: skip


def _settings(values: dict[str, Any]) -> None:
    db.session.execute(update(Organization).values(**values))


def _prices(minor: int) -> None:
    db.session.execute(update(LiveSession).values(price_minor=minor))
    db.session.execute(update(Offering).values(price_minor=minor))


@pytest.fixture
def shop(app: Flask) -> Iterator[Shop]:
    providers.set_up(takes_cards=True)
    organization_id = cast.organization(**AGREED)
    host = cast.staff(organization_id)
    cast.weekly_hours(organization_id, host)
    ben = cast.member(organization_id)
    pack = cast.subscription(organization_id, ben, cast.plan(organization_id, max_bookings_per_day=1))
    yield Shop(organization_id, Actor(host, Role.OWNER, organization_id), host, ben, pack)
    providers.set_up(takes_cards=False)
    db.session.rollback()
    assert not {name: found for name, found in invariants.violations(now=NOW).items() if found}


@pytest.mark.either_database
@pytest.mark.parametrize("minor", [0, 9900], ids=["same price", "other price"])
@pytest.mark.parametrize("change", SETTINGS)
@pytest.mark.parametrize("story", STORIES)
def test_nothing_that_is_changed_afterwards_reaches_back(shop: Shop, story: str, change: str, minor: int) -> None:
    def changed() -> None:
        if SETTINGS[change]:
            transact(_settings, SETTINGS[change])
        if minor:
            transact(_prices, minor)

    shop.change = changed
    tell, expected = STORIES[story]
    assert tell(shop) == expected


def test_every_setting_of_a_business_is_a_term_of_bookings_or_costs_nobody_anything() -> None:
    settings = set(Organization.__table__.columns.keys())
    assert set(TERMS) == settings - COST_NOTHING
    assert set(WORSE) == set(BETTER) == set(TERMS)
