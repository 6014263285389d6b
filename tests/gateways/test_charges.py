"""Cards that are saved at booking and charged after the session, through a pretend Stripe with the real SDK."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import service, session_changes
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.models import Notification
from liveapp.domain.payments import cards
from liveapp.domain.payments.errors import CardNeeded, NotPayable
from liveapp.domain.payments.models import Card, Payment, WebhookEvent
from liveapp.gateways import payments
from liveapp.gateways.stripe import checkout
from liveapp.gateways.stripe.client import StripeRefused, sdk
from liveapp.rules.charges import why_declined
from liveapp.rules.roles import Role
from liveapp.tasks import money
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import clock as app_clock
from liveapp.web.filters import fmt_moment
from liveapp.web.signing import sign_booking
from tests import cast
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.gateways.conftest import Till
from tests.gateways.test_payments import all_holds, begin, booked, cancel, fault, landed, payment, status

pytestmark = ON_ONE_DATABASE  # what is written is tried on both in tests/domain

DECLINES = "4000000000000341"
"""Can be saved, and is declined when it is charged (https://docs.stripe.com/testing#declined-payments)."""
CHARGE = "POST /v1/payment_intents"


@pytest.fixture
def later(till: Till) -> Till:
    """The class is charged when it is over."""
    transact(lambda: db.session.execute(update(Offering).values(payment_timing="after_session")))
    return till


def agreed(till: Till, number: int = 1, card: str = "4242424242424242") -> uuid.UUID:
    """Somebody books, and saves a card on Stripe's page."""
    booking_id = booked(till, number)
    begin(booking_id)
    till.pay(page_of(till)["id"], card)
    till.tell("checkout.session.completed")
    till.work()
    assert status(booking_id) == "confirmed"
    return booking_id


def page_of(till: Till) -> dict[str, Any]:
    """The page that is open."""
    return next(page for page in till.objects("checkout.session") if page["status"] == "open")


def over(till: Till, clock: Clock, minutes: int = 0) -> None:
    """The session's time is over."""
    ends_at = cast.session_row(till.session_id).ends_at
    clock.advance(seconds=int((ends_at - clock.now()).total_seconds()) + minutes * 60)
    till.work()


def intents(till: Till) -> list[tuple[int, str]]:
    return [(each["amount"], each["status"]) for each in till.objects("payment_intent")]


def mails() -> list[str]:
    db.session.rollback()
    kinds = ("receipt", "card_failed")
    return sorted(db.session.execute(select(Notification.kind).where(Notification.kind.in_(kinds))).scalars())


def change(**values: Any) -> None:
    transact(lambda: db.session.execute(update(Payment).values(**values)))


def test_a_card_is_saved_and_charged_when_the_session_is_over(later: Till, clock: Clock) -> None:
    booking_id = agreed(later)
    row = cast.booking_row(booking_id)
    assert (row.paid_by, payment().status, payment().due_at) == ("after_session", "scheduled", row.ends_at)
    assert (intents(later), mails()) == ([], [])
    clock.advance(days=2)
    later.work()
    assert intents(later) == []
    over(later, clock)
    assert (payment().status, intents(later), mails()) == ("paid", [(1500, "succeeded")], ["receipt"])
    later.tell(times=2)
    later.work()
    assert money.process_charges() == 0
    assert intents(later) == [(1500, "succeeded")]
    all_holds()


def test_the_page_for_the_card_names_what_is_charged_and_when(later: Till) -> None:
    booking_id = booked(later)
    begin(booking_id)
    said = "€15.00 is charged to this card when “Yoga” is over, on"
    message = page_of(later)["custom_text"]["submit"]["message"]
    ends_at = cast.session_row(later.session_id).ends_at
    assert message == f"{said} {fmt_moment(ends_at, cast.booking_row(booking_id).timezone)}."
    shown = later.client.page(f"/bookings/{sign_booking(booking_id)}").get_text(" ")
    assert " ".join(message.split()) in " ".join(shown.split())


def test_who_only_typed_an_address_saves_a_card_for_that_booking_alone(later: Till) -> None:
    agreed(later)
    db.session.rollback()
    card = db.session.execute(select(Card)).scalar_one()
    assert (card.is_kept, card.brand, card.last4) == (False, "visa", "4242")


def test_moving_the_session_moves_the_charge(later: Till, clock: Clock) -> None:
    agreed(later)
    session = cast.session_row(later.session_id)
    moved = session.ends_at + timedelta(days=1)
    values = {"scheduled_at": session.scheduled_at + timedelta(days=1), "ends_at": moved}
    transact(lambda: db.session.execute(update(LiveSession).where(LiveSession.id == session.id).values(**values)))
    assert payment().due_at == moved


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("drop_after", {}),
        ("error_after", {"saved": "answer"}),
        ("error_after", {"saved": "error"}),
        ("error_before", {"saved": "error"}),
        ("rate_limit", {}),
        ("drop_before", {}),
    ],
)
def test_whatever_becomes_of_the_answer_it_is_charged_once(
    later: Till, clock: Clock, kind: str, more: dict[str, Any]
) -> None:
    agreed(later)
    fault(later, CHARGE, kind, **more)
    over(later, clock)
    assert landed(later) == 1
    for _ in range(3):
        clock.advance(minutes=6)
        later.work()
    assert (payment().status, intents(later)) == ("paid", [(1500, "succeeded")])
    all_holds()


def test_a_declined_card_is_asked_again_after_1_3_and_5_days_and_then_staff_see_it(later: Till, clock: Clock) -> None:
    agreed(later, card=DECLINES)
    over(later, clock)
    first = clock.now()
    tried = [first]
    for day in range(1, 8):
        clock.advance(seconds=int((first + timedelta(days=day) - clock.now()).total_seconds()))
        before = len(later.objects("payment_intent"))
        later.work()
        if len(later.objects("payment_intent")) > before:
            tried.append(clock.now())
    assert [(each - first).days for each in tried] == [0, 1, 3, 5]
    assert (payment().status, payment().declines, mails()) == ("unpaid", 4, ["card_failed"] * 4)
    all_holds()


def test_a_declined_charge_is_paid_on_the_page(later: Till, clock: Clock) -> None:
    agreed(later, card=DECLINES)
    over(later, clock)
    payments.begin_again(payment().id, home="http://localhost/home", now=app_clock.now())
    assert payment().status == "open"
    clock.advance(days=2)
    page = page_of(later)
    assert (page["mode"], page["amount_total"]) == ("payment", 1500)
    later.pay(page["id"])
    later.tell("checkout.session.completed")
    later.work()
    assert (payment().status, mails()) == ("paid", ["card_failed", "receipt"])
    all_holds()


def test_a_page_that_nobody_paid_on_is_closed_before_the_card_is_asked_again(later: Till, clock: Clock) -> None:
    agreed(later, card=DECLINES)
    over(later, clock)
    payments.begin_again(payment().id, home="http://localhost/home", now=app_clock.now())
    clock.advance(days=2)
    later.work()
    assert [page["status"] for page in later.objects("checkout.session")] == ["complete", "expired"]
    assert (payment().status, payment().declines) == ("declined", 2)


@pytest.mark.parametrize(("hours", "kept"), [(24, None), (23, 750), (11, 1500)])
def test_cancelling_charges_what_the_tier_keeps(later: Till, clock: Clock, hours: int, kept: int | None) -> None:
    booking_id = agreed(later)
    starts_at = cast.session_row(later.session_id).scheduled_at
    clock.advance(seconds=int((starts_at - timedelta(hours=hours) - clock.now()).total_seconds()))
    cancel(booking_id)
    later.work()
    clock.advance(minutes=1)
    later.work()
    assert intents(later) == ([(kept, "succeeded")] if kept else [])
    assert payment().status == ("paid" if kept else "dropped")
    over(later, clock)
    money.settle_booking(str(booking_id))
    assert (len(intents(later)), payment().claimed_minor) == (bool(kept), 0)
    all_holds()


def test_nothing_is_charged_when_the_business_cancels(later: Till, clock: Clock) -> None:
    agreed(later)
    session = cast.session_row(later.session_id)
    clock.advance(seconds=int((session.scheduled_at - clock.now()).total_seconds()) - 60)
    actor = Actor(user_id=session.host_id, role=Role.OWNER, organization_id=session.organization_id)
    transact_in_turn(
        [session.id], session_changes.cancel_session,
        session_id=session.id, actor=actor, now=app_clock.now(), reason="Ill",
    )  # fmt: skip
    over(later, clock, 60)
    assert (payment().status, intents(later)) == ("dropped", [])


def test_two_schedulers_and_a_doubled_job_charge_once(later: Till, clock: Clock) -> None:
    agreed(later)
    ends_at = cast.session_row(later.session_id).ends_at
    clock.advance(seconds=int((ends_at - clock.now()).total_seconds()))
    assert (money.process_charges(), money.process_charges()) == (1, 0)
    key = [str(payment().id)]
    for _ in range(2):
        money.charge(key, again=False)
    later.work()
    assert intents(later) == [(1500, "succeeded")]


def test_who_led_the_class_in_the_end_earns_it(later: Till, clock: Clock) -> None:
    agreed(later)
    substitute = cast.staff(later.organization_id, "Dora Post", "coach")
    transact(lambda: db.session.execute(update(LiveSession).values(host_id=substitute)))
    over(later, clock)
    assert (payment().status, payment().earner_id) == ("paid", substitute)


def test_a_fee_without_a_card_is_asked_for_by_mail(till: Till, clock: Clock) -> None:
    fees = {"late_cancel_fee_percent": 50, "allow_late_cancellation": True}
    transact(lambda: db.session.execute(update(Organization).values(**fees)))
    transact(lambda: db.session.execute(update(Offering).values(payment_timing="none")))
    booking_id = booked(till)
    clock.advance(days=2, hours=12)
    cancel(booking_id)
    till.work()
    assert (payment().purpose, payment().amount_minor, payment().status) == ("late_cancel", 750, "scheduled")
    clock.advance(hours=12)
    till.work()
    assert (payment().status, payment().failure, mails()) == ("declined", "no_card", ["card_failed"])
    payments.begin_again(payment().id, home="http://localhost/home", now=app_clock.now())
    till.pay(page_of(till)["id"])
    till.tell("checkout.session.completed")
    till.work()
    assert (payment().status, payment().captured_minor) == ("paid", 750)
    all_holds()


def test_a_second_charge_that_shouldnt_be_goes_straight_back(later: Till, clock: Clock) -> None:
    agreed(later)
    over(later, clock)
    change(intent_id="pi_another")
    later.tell("payment_intent.succeeded")
    later.work()
    assert [each["amount"] for each in later.objects("refund")] == [1500]


CRON = "/api/cron/process-charges"


def test_a_timer_with_the_secret_sees_to_what_is_due(later: Till, clock: Clock) -> None:
    agreed(later)
    app = later.client.application
    settings = app.extensions["settings"]
    assert later.client.post(CRON).status_code == 404
    app.extensions["settings"] = replace(settings, cron_secret="a-secret-of-the-timer")
    right = {"Authorization": "Bearer a-secret-of-the-timer"}
    for wrong in ({}, {"Authorization": "Bearer other"}, {"Authorization": "a-secret-of-the-timer"}):
        assert later.client.get(CRON, headers=wrong).status_code == 401
    clock.advance(seconds=int((cast.session_row(later.session_id).ends_at - clock.now()).total_seconds()))
    assert [later.client.get(CRON, headers=right).json, later.client.post(CRON, headers=right).json] == [
        {"due": 1}, {"due": 0},
    ]  # fmt: skip
    assert payment().status == "charging"


def test_a_person_saves_a_card_and_pays_with_it_later(later: Till, clock: Clock) -> None:
    ben = cast.user("Ben Member")
    home = "http://localhost/my/payments"
    for _ in range(2):
        payments.add_card(ben, key="card-1", home=home, saved=home, now=clock.now())
    (page,) = later.objects("checkout.session")
    later.pay(page["id"])
    later.tell("checkout.session.completed", times=2)
    later.work()
    db.session.rollback()
    (card,) = cards.cards_of(user_id=ben)
    assert not payments.keep_card(page["id"], user_id=uuid.uuid4(), now=clock.now())
    person = Person(email="ben@example.com", name="Ben Member", timezone="Europe/Berlin", user_id=ben)
    now = app_clock.now()
    booking_id = transact_in_turn(
        [later.session_id], service.book_place, session_id=later.session_id, person=person, now=now
    )
    row = cast.booking_row(booking_id)
    payments.agree_with(row, card.id, home=home, now=now)
    assert (status(booking_id), payment().card_id) == ("confirmed", card.id)
    with pytest.raises(CardNeeded):
        transact(cards.remove, card_id=card.id, user_id=ben, now=now)
    over(later, clock)
    assert payment().status == "paid"
    transact(cards.remove, card_id=card.id, user_id=ben, now=now)
    later.work()
    assert later.objects("payment_method")[0]["customer"] is None


def test_nobody_pays_with_anothers_card(later: Till, clock: Clock) -> None:
    ben = cast.user("Ben Member")
    payments.add_card(ben, key="card-1", home="http://localhost/", saved="http://localhost/", now=clock.now())
    later.pay(page_of(later)["id"])
    later.tell("checkout.session.completed")
    later.work()
    db.session.rollback()
    (card,) = cards.cards_of(user_id=ben)
    row = cast.booking_row(booked(later))
    with pytest.raises(NotFound):
        payments.agree_with(row, card.id, home="http://localhost/", now=clock.now())


def test_a_saved_card_isnt_a_way_around_paying_first(till: Till, clock: Clock) -> None:
    ben = cast.user("Ben Member")
    payments.add_card(ben, key="card-1", home="http://localhost/", saved="http://localhost/", now=clock.now())
    till.pay(page_of(till)["id"])
    till.tell("checkout.session.completed")
    till.work()
    db.session.rollback()
    (card,) = cards.cards_of(user_id=ben)
    person = Person(email="ben@example.com", name="Ben Member", timezone="Europe/Berlin", user_id=ben)
    booking_id = transact(service.book_place, session_id=till.session_id, person=person, now=clock.now())
    with pytest.raises(NotPayable):
        payments.agree_with(cast.booking_row(booking_id), card.id, home="http://localhost/", now=clock.now())
    assert (status(booking_id), payment().status) == ("held", "open")


def test_a_page_that_is_told_of_late_doesnt_charge_the_card_beside_the_page_that_is_open(
    later: Till, clock: Clock
) -> None:
    agreed(later, card=DECLINES)
    saving = payment().checkout_id
    over(later, clock)
    payments.begin_again(payment().id, home="http://localhost/home", now=app_clock.now())
    money.handle_event("evt_late", "checkout.session.completed", saving)
    assert payment().status == "open"


@pytest.mark.parametrize("is_uuid", [True, False])
def test_another_page_that_names_the_payment_pays_nothing_of_it(till: Till, is_uuid: bool) -> None:
    """Whoever pays on a payment link of the same Stripe account may set its reference in the link's address."""
    begin(booked(till))
    item = {"price_data": {"currency": "eur", "unit_amount": 100, "product_data": {"name": "Coffee"}}, "quantity": 1}
    params = {
        "mode": "payment",
        "line_items": [item],
        "client_reference_id": payment().id.hex if is_uuid else "coffee",
        "success_url": "http://localhost/",
    }
    link = sdk().v1.checkout.sessions.create(params)
    till.pay(link.id)
    till.tell("checkout.session.completed")
    till.work()
    assert (payment().status, payment().captured_minor) == ("open", 0)
    db.session.rollback()
    assert db.session.execute(select(WebhookEvent.id).where(WebhookEvent.handled_at.is_(None))).all() == []


def test_stripes_page_doesnt_know_whose_address_somebody_typed(later: Till) -> None:
    cast.user("Grace Secret", email=cast.guest(1).email)
    agreed(later)
    assert [each["name"] for each in later.objects("customer")] == [cast.guest(1).name]


def owes_a_price(till: Till, clock: Clock) -> uuid.UUID:
    booking_id = agreed(till, card=DECLINES)
    over(till, clock)
    return booking_id


def owes_a_late_fee(till: Till, clock: Clock) -> uuid.UUID:
    return _owes_a_fee(till, clock, late_cancel_fee_minor=500)


def owes_for_not_coming(till: Till, clock: Clock) -> uuid.UUID:
    return _owes_a_fee(till, clock, no_show_fee_minor=500)


def _owes_a_fee(till: Till, clock: Clock, **fee: int) -> uuid.UUID:
    """Nobody has a card of theirs, so that they are asked to pay it."""
    transact(lambda: db.session.execute(update(Organization).values(allow_late_cancellation=True, **fee)))
    transact(lambda: db.session.execute(update(Offering).values(payment_timing="none")))
    booking_id = booked(till)
    if "late_cancel_fee_minor" in fee:
        clock.advance(days=2, hours=12)
        cancel(booking_id)
    else:
        over(till, clock, minutes=60)
    till.work()
    clock.advance(hours=12)
    till.work()
    return booking_id


LEFT: dict[str, Callable[[Till, Clock], object]] = {
    "by its back link": lambda till, clock: None,
    "until Stripe closed it": lambda till, clock: checkout.close_checkout(page_of(till)["id"]),
    "for an hour": lambda till, clock: (clock.advance(hours=1), till.work()),
}
OWING = (owes_a_price, owes_a_late_fee, owes_for_not_coming)


@pytest.mark.parametrize("left", [(), *((one,) for one in LEFT), *itertools.permutations(LEFT, 2)], ids=" then ".join)
@pytest.mark.parametrize("owes", OWING)
def test_what_is_owed_can_be_paid_however_often_the_page_was_left(
    later: Till, clock: Clock, owes: Callable[[Till, Clock], uuid.UUID], left: tuple[str, ...]
) -> None:
    booking_id = owes(later, clock)
    shown = f"/bookings/{sign_booking(booking_id)}"
    for way in left:
        to = pressed(later, shown)
        assert to == page_of(later)["url"]
        LEFT[way](later, clock)
        assert b"is still to be paid" in later.client.get(shown).data
    to = pressed(later, shown)
    assert to == page_of(later)["url"]
    later.pay(page_of(later)["id"])
    later.tell("checkout.session.completed")
    later.work()
    assert payment().status == "paid"
    assert b"is still to be paid" not in later.client.get(shown).data
    assert [each for each in later.objects("checkout.session") if each["status"] == "open"] == []
    all_holds()


def pressed(till: Till, shown: str) -> str:
    """Where *Pay* on the booking's page leads."""
    answer = till.client.post(f"{shown}/pay", data={"key": "1"})
    return str(answer.location)


def test_half_of_a_small_price_is_dropped_and_nobody_hears_of_a_bank(later: Till, clock: Clock) -> None:
    transact(lambda: db.session.execute(update(LiveSession).values(price_minor=90)))
    booking_id = agreed(later)
    starts_at = cast.session_row(later.session_id).scheduled_at
    clock.advance(seconds=int((starts_at - timedelta(hours=23) - clock.now()).total_seconds()))
    cancel(booking_id)
    for _ in range(12):
        later.work()
        clock.advance(days=1)
    assert (payment().status, intents(later), mails()) == ("dropped", [], [])


@pytest.mark.parametrize(
    ("values", "ends", "told"),
    [
        ({"amount_minor": 30}, "dropped", []),
        ({"currency": "BGN"}, "unpaid", ["card_failed"]),
    ],
)
def test_what_the_provider_refuses_is_asked_for_once_and_isnt_told_as_the_banks(
    later: Till, clock: Clock, values: dict[str, Any], ends: str, told: list[str]
) -> None:
    agreed(later)
    change(**values)
    over(later, clock)
    number = payment().key_number
    for _ in range(12):
        clock.advance(days=1)
        later.work()
    assert (payment().status, payment().key_number, mails()) == (ends, number, told)
    assert payment().failure.startswith("not_taken:")
    assert "bank had no part" in why_declined(payment().failure)


def test_a_page_that_the_provider_never_opens_is_given_up_with_the_hold(till: Till, clock: Clock) -> None:
    booking_id = booked(till)
    transact(lambda: db.session.execute(update(Booking).where(Booking.id == booking_id).values(price_minor=30)))
    with pytest.raises(StripeRefused):
        begin(booking_id)
    clock.advance(days=1)
    assert money.close_payments() == 1
    assert payment().status == "dropped"
    assert money.close_payments() == 0
