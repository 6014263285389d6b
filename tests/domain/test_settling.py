"""What a meeting costs in the end: missed, ended early, doubted by the guest, cancelled. On both databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.domain import invariants
from liveapp.domain.accounts import providers
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings import session_changes, waiving
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import Forbidden, Invalid
from liveapp.domain.live_sessions import service as live_sessions
from liveapp.domain.meetings import joining
from liveapp.domain.meetings import service as meetings
from liveapp.domain.notifications.models import Notification
from liveapp.domain.payments import book as ledger_book
from liveapp.domain.payments import cards, charging, fees, paying, reviewing, settling
from liveapp.domain.payments.cards import SavedCard
from liveapp.domain.payments.errors import NotDecidable
from liveapp.domain.payments.models import Payment, PaymentHold, Refund
from liveapp.domain.payments.paying import Received
from liveapp.domain.payments.reviewing import Decision
from liveapp.rules import ledger
from liveapp.rules.roles import Role
from liveapp.rules.settlement import State
from liveapp.unit_of_work import transact, transact_many
from tests import cast
from tests.cast import NOW
from tests.domain.test_meetings import World, book, world

__all__ = ["world"]

FEE = 1000
CARD = SavedCard("cus_1", "pm_1", "visa", "4242", 12, 2030)


def _takes_cards(**values: Any) -> None:
    db.session.execute(update(Organization).values(payment_provider="stripe", **values))
    db.session.execute(update(Offering).values(price_minor=10000, payment_timing="after_session"))


@pytest.fixture
def shop(world: World) -> Iterator[World]:
    """Ada's meetings last an hour and cost 100.00, charged when they are over."""
    providers.set_up(takes_cards=True)
    transact(_takes_cards)
    yield world
    providers.set_up(takes_cards=False)
    db.session.rollback()
    assert not {name: found for name, found in invariants.violations(now=NOW).items() if found}


def opened(booking_id: uuid.UUID) -> uuid.UUID:
    return transact(paying.open_payment, booking_id=booking_id, home="/", fee_hundredths=FEE, now=NOW)


def agreed(shop: World) -> uuid.UUID:
    """A meeting whose guest saved a card."""
    booking_id = book(shop)
    transact(charging.agree, payment_id=opened(booking_id), saved=CARD, now=NOW)
    return booking_id


def paid(shop: World) -> uuid.UUID:
    """A meeting that was paid when it was booked."""
    transact(lambda: db.session.execute(update(Offering).values(payment_timing="at_booking")))
    booking_id = book(shop)
    transact(paying.receive, payment_id=opened(booking_id), received=Received("pi_1", 10000, "EUR"), now=NOW)
    return booking_id


def start(booking_id: uuid.UUID) -> datetime:
    moment: datetime = cast.booking_row(booking_id).starts_at
    return moment


def joined(shop: World, booking_id: uuid.UUID) -> datetime:
    """The host came, and the meeting began."""
    begins = start(booking_id)
    transact(joining.join, booking_id=booking_id, actor=shop.actor, now=begins)
    session_id = cast.booking_row(booking_id).session_id
    transact(session_changes.start_session, session_id=session_id, actor=shop.actor, now=begins)
    return begins


def missed(shop: World, booking_id: uuid.UUID, now: datetime) -> None:
    transact(settling.mark_no_show, booking_id=booking_id, actor=shop.actor, fee_hundredths=FEE, now=now)


def ended(shop: World, booking_id: uuid.UUID, now: datetime) -> None:
    session_id = cast.booking_row(booking_id).session_id
    transact(live_sessions.end, session_id=session_id, actor=shop.actor, now=now)
    transact(settling.end_early, session_id=session_id, now=now)


def payment() -> AnyRow:
    db.session.rollback()
    return db.session.execute(select(*Payment.__table__.columns)).one()


def charged(booking_id: uuid.UUID) -> list[str]:
    """The scheduled end has come: what is leased to be charged."""
    transact_many([], charging.lease, now=cast.booking_row(booking_id).ends_at)
    db.session.rollback()
    return list(db.session.execute(select(Payment.status)).scalars())


def take(minor: int) -> None:
    """The card was charged."""
    transact(paying.receive, payment_id=payment().id, received=Received("pi_2", minor, "EUR"), now=NOW)


def decide(shop: World, outcome: str, minor: int = 0, now: datetime = NOW, reason: str = "Seen") -> None:
    decision = Decision(outcome, reason, minor)
    transact(reviewing.decide, payment_id=payment().id, decision=decision, actor=shop.actor, now=now)


def owed(shop: World, account: ledger.Account) -> int:
    db.session.rollback()
    return ledger_book.owed(organization_id=shop.organization_id, account=account).get("EUR", 0)


def kinds() -> set[str]:
    db.session.rollback()
    return set(db.session.execute(select(Notification.kind)).scalars())


def state(booking_id: uuid.UUID, now: datetime) -> State:
    db.session.rollback()
    return settling.settlement_of(booking_id=booking_id).state(now)


def test_a_meeting_that_took_place_is_charged_in_full_at_its_end(shop: World) -> None:
    booking_id = agreed(shop)
    begins = joined(shop, booking_id)
    assert [state(booking_id, begins + timedelta(minutes=each)) for each in (-6, -5, 59, 60)] == [
        State.SCHEDULED, State.JOIN_OPEN, State.JOIN_OPEN, State.COMPLETED_ASSUMED,
    ]  # fmt: skip
    assert charged(booking_id) == ["charging"]
    take(10000)
    host = ledger.host(cast.session_row(cast.booking_row(booking_id).session_id).host_id.hex)
    assert (owed(shop, host), owed(shop, ledger.PLATFORM)) == (9000, 1000)


def test_a_no_show_pays_half_and_host_and_platform_get_their_parts_of_it(shop: World) -> None:
    booking_id = agreed(shop)
    begins = joined(shop, booking_id)
    with pytest.raises(NotDecidable, match="Please wait for the guest until"):
        missed(shop, booking_id, begins + timedelta(minutes=18, seconds=59))
    costs = settling.no_show_costs(booking_id=booking_id)
    assert costs is not None
    assert (costs.charge, costs.host, costs.platform) == (5000, 4500, 500)
    for _ in range(2):
        missed(shop, booking_id, begins + timedelta(minutes=19))
    assert (cast.booking_row(booking_id).status, payment().amount_minor) == ("no_show", 5000)
    assert charged(booking_id) == ["charging"]
    take(5000)
    host = ledger.host(cast.session_row(cast.booking_row(booking_id).session_id).host_id.hex)
    assert (owed(shop, host), owed(shop, ledger.PLATFORM)) == (4500, 500)
    assert "missed" in kinds()


def test_nobody_is_marked_by_a_host_who_wasnt_there_or_when_it_is_charged(shop: World) -> None:
    booking_id = agreed(shop)
    begins = start(booking_id)
    with pytest.raises(NotDecidable, match="Join the meeting first"):
        missed(shop, booking_id, begins + timedelta(minutes=30))
    joined(shop, booking_id)
    with pytest.raises(NotDecidable, match="time is over"):
        missed(shop, booking_id, begins + timedelta(minutes=60))


def test_whoever_came_to_a_meeting_that_was_moved_has_to_come_again(shop: World) -> None:
    booking_id = agreed(shop)
    begins = start(booking_id)
    transact(joining.join, booking_id=booking_id, actor=shop.actor, now=begins - timedelta(minutes=5))
    anew = begins + timedelta(hours=1)
    transact(meetings.reschedule, booking_id=booking_id, start=anew, now=begins, actor=shop.actor)
    with pytest.raises(NotDecidable, match="Join the meeting first"):
        missed(shop, booking_id, anew + timedelta(minutes=30))


def test_the_host_can_join_from_5_minutes_before_and_nobody_for_them(shop: World) -> None:
    booking_id = agreed(shop)
    begins = start(booking_id)
    with pytest.raises(Invalid, match="You can join from"):
        transact(joining.join, booking_id=booking_id, actor=shop.actor, now=begins - timedelta(minutes=5, seconds=1))
    somebody = cast.staff(shop.organization_id, "Emil Post", "admin")
    admin = Actor(user_id=somebody, role=Role.ADMIN, organization_id=shop.organization_id)
    with pytest.raises(Forbidden):
        transact(joining.join, booking_id=booking_id, actor=admin, now=begins)
    transact(joining.join, booking_id=booking_id, actor=shop.actor, now=begins - timedelta(minutes=5))
    transact(joining.join, booking_id=booking_id, actor=shop.actor, now=begins)
    session = cast.session_row(cast.booking_row(booking_id).session_id)
    assert session.host_joined_at == begins - timedelta(minutes=5)


def test_a_guest_who_paid_before_gets_back_what_the_policy_says(shop: World) -> None:
    transact(_takes_cards, no_show_refund_percent=25)
    booking_id = paid(shop)
    missed(shop, booking_id, joined(shop, booking_id) + timedelta(minutes=30))
    db.session.rollback()
    assert db.session.execute(select(Refund.amount_minor, Refund.kind)).all() == [(2500, "policy")]


@pytest.mark.parametrize(("minutes", "found"), [(38.99, "review"), (39, "scheduled")])
def test_ending_before_the_minutes_that_are_paid_waits_for_a_person(shop: World, minutes: float, found: str) -> None:
    booking_id = agreed(shop)
    begins = joined(shop, booking_id)
    ended(shop, booking_id, begins + timedelta(minutes=minutes))
    assert payment().status == found
    assert charged(booking_id) == ["review" if found == "review" else "charging"]
    assert ("host_to_review" in kinds()) is (found == "review")


def test_an_early_end_that_nobody_looked_at_in_time_isnt_charged(shop: World) -> None:
    booking_id = agreed(shop)
    session_id = cast.booking_row(booking_id).session_id
    moment = joined(shop, booking_id) + timedelta(minutes=10)
    transact(live_sessions.end, session_id=session_id, actor=shop.actor, now=moment)
    assert payment().status == "scheduled"
    assert charged(booking_id) == ["review"]


@pytest.mark.parametrize(
    ("outcome", "minor", "status", "amount"),
    [("full", 0, "scheduled", 10000), ("part", 3000, "scheduled", 3000), ("waived", 0, "dropped", 10000)],
)
def test_a_person_decides_what_isnt_charged_yet(
    shop: World, outcome: str, minor: int, status: str, amount: int
) -> None:
    booking_id = agreed(shop)
    ended(shop, booking_id, joined(shop, booking_id) + timedelta(minutes=10))
    with pytest.raises(Invalid, match="Say why"):
        decide(shop, outcome, minor, reason=" ")
    decide(shop, outcome, minor)
    assert (payment().status, payment().amount_minor) == (status, amount)
    transact(settling.end_early, session_id=cast.booking_row(booking_id).session_id, now=NOW)
    assert charged(booking_id) == ["charging" if status == "scheduled" else status]
    with pytest.raises(NotDecidable, match="decided already"):
        decide(shop, "full")
    assert "decided" in kinds()


@pytest.mark.parametrize("minor", [0, 10000, 10001])
def test_a_part_is_less_than_all_of_it_and_more_than_nothing(shop: World, minor: int) -> None:
    booking_id = agreed(shop)
    ended(shop, booking_id, joined(shop, booking_id) + timedelta(minutes=10))
    with pytest.raises(Invalid, match="Enter a part"):
        decide(shop, "part", minor)


def test_a_guest_says_that_the_host_didnt_come_and_what_was_earned_is_kept(shop: World) -> None:
    booking_id = agreed(shop)
    begins = start(booking_id)
    assert charged(booking_id) == ["charging"]
    take(10000)
    host = ledger.host(cast.session_row(cast.booking_row(booking_id).session_id).host_id.hex)
    for _ in range(2):
        moment = begins + timedelta(hours=24)
        transact(reviewing.report_absent, booking_id=booking_id, words="Nobody there", now=moment)
    assert (owed(shop, host), owed(shop, ledger.held(host))) == (0, 9000)
    assert len(reviewing.to_review(organization_id=shop.organization_id)) == 1
    decide(shop, "waived")
    assert (owed(shop, host), owed(shop, ledger.held(host))) == (9000, 0)
    db.session.rollback()
    assert db.session.execute(select(Refund.amount_minor, Refund.kind)).all() == [(10000, "staff")]


def test_a_report_before_the_charge_stops_it_and_one_during_it_keeps_what_comes(shop: World) -> None:
    booking_id = agreed(shop)
    begins = start(booking_id)
    with pytest.raises(NotDecidable, match="from the start on"):
        transact(reviewing.report_absent, booking_id=booking_id, words="", now=begins - timedelta(seconds=1))
    moment = begins + timedelta(hours=24, seconds=1)
    with pytest.raises(NotDecidable, match="24 hours"):
        transact(reviewing.report_absent, booking_id=booking_id, words="", now=moment)
    assert charged(booking_id) == ["charging"]
    transact(reviewing.report_absent, booking_id=booking_id, words="", now=begins + timedelta(hours=1))
    take(10000)
    host = ledger.host(cast.session_row(cast.booking_row(booking_id).session_id).host_id.hex)
    assert (owed(shop, host), owed(shop, ledger.held(host))) == (0, 9000)


def test_only_owners_and_admins_of_that_business_decide(shop: World) -> None:
    booking_id = agreed(shop)
    ended(shop, booking_id, joined(shop, booking_id) + timedelta(minutes=10))
    coach = Actor(user_id=shop.actor.user_id, role=Role.COACH, organization_id=shop.organization_id)
    with pytest.raises(Forbidden):
        transact(reviewing.decide, payment_id=payment().id, decision=Decision("full", "x"), actor=coach, now=NOW)


def late_cancelled(shop: World) -> uuid.UUID:
    """A free meeting given back an hour before, where that is allowed and costs 5.00."""
    transact(_takes_cards, late_cancel_fee_minor=500, allow_late_cancellation=True)
    transact(lambda: db.session.execute(update(Offering).values(price_minor=None)))
    booking_id = book(shop)
    cancelled_at = start(booking_id) - timedelta(hours=1)
    transact(bookings.cancel, booking_id=booking_id, now=cancelled_at)
    for _ in range(2):
        transact(settling.settle, booking_id=booking_id, fee_hundredths=FEE, now=cancelled_at)
    return booking_id


def test_a_place_by_card_costs_no_fee_for_cancelling_late(shop: World) -> None:
    transact(_takes_cards, late_cancel_fee_minor=500)
    assert fees.late_fee(settling.settlement_of(booking_id=agreed(shop)).row) == 0


def test_a_fee_is_decided_once_and_charged_12_hours_later(shop: World) -> None:
    booking_id = late_cancelled(shop)
    due_at = start(booking_id) + timedelta(hours=11)
    assert fees.late_fee(settling.settlement_of(booking_id=booking_id).row) == 500
    assert fees.due(booking_id=booking_id) == payment()
    assert (payment().purpose, payment().amount_minor, payment().due_at) == ("late_cancel", 500, due_at)
    transact_many([], charging.lease, now=due_at - timedelta(seconds=1))
    assert payment().status == "scheduled"
    transact_many([], charging.lease, now=due_at)
    assert payment().status == "charging"


def test_a_forgiven_fee_is_never_charged(shop: World) -> None:
    booking_id = late_cancelled(shop)
    transact(waiving.waive, booking_id=booking_id, actor=shop.actor, now=start(booking_id), reason="Ill")
    transact_many([], charging.lease, now=start(booking_id) + timedelta(days=1))
    assert payment().status == "dropped"


@pytest.mark.parametrize("is_told", [True, False], ids=["settled at once", "found when it is charged"])
def test_a_forgiven_no_show_pays_nothing_of_the_price(shop: World, is_told: bool) -> None:
    booking_id = agreed(shop)
    at = joined(shop, booking_id) + timedelta(minutes=20)
    missed(shop, booking_id, at)
    transact(waiving.waive, booking_id=booking_id, actor=shop.actor, now=at, reason="Ill")
    if is_told:
        transact(settling.settle, booking_id=booking_id, fee_hundredths=FEE, now=at)
    assert charged(booking_id) == ["dropped"]


def test_only_one_hold_of_a_kind_is_open(shop: World) -> None:
    booking_id = agreed(shop)
    ended(shop, booking_id, joined(shop, booking_id) + timedelta(minutes=10))
    assert reviewing.open_hold(payment(), "early_end", now=NOW) is None
    assert len(db.session.execute(select(PaymentHold.id)).all()) == 1


@pytest.mark.parametrize("outcome", ["full", "part", "waived"])
def test_nobody_decides_while_it_is_being_paid(shop: World, outcome: str) -> None:
    booking_id = agreed(shop)
    assert charged(booking_id) == ["charging"]
    transact(reviewing.report_absent, booking_id=booking_id, words="", now=start(booking_id))
    with pytest.raises(NotDecidable, match="being paid just now"):
        decide(shop, outcome, 3000)
    take(10000)
    decide(shop, outcome, 3000)
    assert payment().captured_minor - payment().claimed_minor == {"full": 10000, "part": 3000, "waived": 0}[outcome]


def declined(key_number: int = 0) -> None:
    transact(charging.decline, payment_id=payment().id, key_number=key_number, failure="card_declined", now=NOW)


def test_a_declined_card_isnt_asked_again_for_what_a_person_has_to_decide(shop: World) -> None:
    booking_id = agreed(shop)
    assert charged(booking_id) == ["charging"]
    transact(reviewing.report_absent, booking_id=booking_id, words="", now=start(booking_id))
    declined()
    assert (payment().status, payment().declines) == ("review", 1)
    assert "card_failed" not in kinds()


def test_a_page_that_nobody_paid_on_leaves_what_a_person_has_to_decide(shop: World) -> None:
    booking_id = agreed(shop)
    assert charged(booking_id) == ["charging"]
    declined()
    transact(paying.open_again, payment_id=payment().id, home="/", now=NOW)
    transact(reviewing.report_absent, booking_id=booking_id, words="", now=start(booking_id))
    with pytest.raises(NotDecidable, match="being paid just now"):
        decide(shop, "waived")
    transact(paying.drop, payment_id=payment().id, now=NOW)
    assert payment().status == "review"
    decide(shop, "waived")
    assert payment().status == "dropped"


def test_a_fee_that_was_forgiven_while_it_was_charged_isnt_asked_for_again(shop: World) -> None:
    booking_id = late_cancelled(shop)
    transact_many([], charging.lease, now=start(booking_id) + timedelta(hours=11))
    transact(waiving.waive, booking_id=booking_id, actor=shop.actor, now=start(booking_id), reason="Ill")
    transact(settling.settle, booking_id=booking_id, fee_hundredths=FEE, now=NOW)
    declined()
    transact_many([], charging.lease, now=start(booking_id) + timedelta(days=30))
    assert payment().status == "dropped"


def saved_elsewhere(user_id: uuid.UUID, organization_id: uuid.UUID) -> uuid.UUID:
    """A card that the person saved, and paid that business with."""
    card_id = transact(cards.keep, user_id=user_id, saved=CARD, is_kept=True, now=NOW)
    cast.payment(organization_id, user_id, None, card_id=card_id, purpose="plan")
    return card_id


@pytest.mark.parametrize("is_here", [False, True])
def test_a_fee_is_charged_to_a_card_that_was_given_to_this_business_only(shop: World, is_here: bool) -> None:
    elsewhere = cast.organization("other")
    transact(lambda: db.session.execute(update(Offering).values(price_minor=None)))
    transact(lambda: db.session.execute(update(Organization).values(no_show_fee_minor=50000)))
    booking_id = book(shop, person=cast.member(shop.organization_id, "Nia Obi"))
    card_id = saved_elsewhere(cast.booking_row(booking_id).user_id, shop.organization_id if is_here else elsewhere)
    missed(shop, booking_id, joined(shop, booking_id) + timedelta(minutes=30))
    fee = cast.one(select(Payment.card_id).where(Payment.purpose == "no_show"))
    assert fee.card_id == (card_id if is_here else None)


def test_a_place_whose_card_isnt_charged_costs_no_fee_either(shop: World) -> None:
    """Cancelled late by the plan's window, early by the terms of the money; the job that settles it may run twice."""
    transact(_takes_cards, late_cancel_fee_minor=500, cancellation_window_hours=40)
    booking_id = agreed(shop)
    moment = start(booking_id) - timedelta(hours=30)
    transact(bookings.cancel, booking_id=booking_id, now=moment)
    for _ in range(2):
        transact(settling.settle, booking_id=booking_id, fee_hundredths=FEE, now=moment)
    assert (payment().purpose, payment().status) == ("booking", "dropped")


def test_only_of_meetings_it_is_said_that_the_host_didnt_come(shop: World) -> None:
    """Nobody could decide about a class: what it costs would never be charged."""
    cast.member(shop.organization_id, "Nia Obi")
    session_id = cast.session(
        shop.organization_id, shop.ada, shop.offering_id, NOW + timedelta(days=9), price_minor=900
    )
    booking_id = transact(bookings.book_place, session_id=session_id, person=cast.guest(1), now=NOW)
    transact(charging.agree, payment_id=opened(booking_id), saved=CARD, now=NOW)
    with pytest.raises(NotDecidable, match="meetings only"):
        transact(reviewing.report_absent, booking_id=booking_id, words="", now=start(booking_id))
    assert payment().status == "scheduled"


@pytest.mark.parametrize("is_charged", [False, True])
def test_what_was_charged_for_a_meeting_that_the_business_cancelled_goes_back(shop: World, is_charged: bool) -> None:
    booking_id = agreed(shop)
    assert charged(booking_id) == ["charging"]
    if is_charged:
        take(10000)
    moment = cast.booking_row(booking_id).ends_at
    transact(bookings.cancel, booking_id=booking_id, actor=shop.actor, now=moment, reason="I was ill")
    if not is_charged:
        take(10000)
    for _ in range(2):
        transact(settling.settle, booking_id=booking_id, fee_hundredths=FEE, now=moment)
    assert (payment().captured_minor, payment().claimed_minor) == (10000, 10000)


def test_nothing_is_left_to_decide_about_a_meeting_that_the_business_cancelled(shop: World) -> None:
    booking_id = agreed(shop)
    moment = start(booking_id) + timedelta(minutes=5)
    transact(reviewing.report_absent, booking_id=booking_id, words="", now=moment)
    transact(bookings.cancel, booking_id=booking_id, actor=shop.actor, now=moment, reason="I was ill")
    transact(settling.settle, booking_id=booking_id, fee_hundredths=FEE, now=moment)
    assert payment().status == "dropped"
    assert reviewing.to_review(organization_id=shop.organization_id) == []
