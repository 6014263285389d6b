"""Checkout: what sessions take, and their page as somebody without scripts uses it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
import stripe
from bs4 import BeautifulSoup

from liveapp.dev.stripe_simulator import Simulator

NewSession = Callable[..., stripe.checkout.Session]
SUCCESS = "https://app.example.com/paid?session={CHECKOUT_SESSION_ID}"
PRICE = {"currency": "usd", "unit_amount": 2500, "product_data": {"name": "Morning flow"}}
GOOD = {"email": "ben@example.com", "number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123", "name": "Ben Bow"}
ASKS = "4000002500003155"


@pytest.fixture
def new_session(api: stripe.StripeClient) -> NewSession:
    """A session for 25.00 USD."""

    def make(**more: Any) -> stripe.checkout.Session:
        items = [{"price_data": PRICE, "quantity": 1}]
        given = {"mode": "payment", "success_url": SUCCESS, "cancel_url": "https://app.example.com/back"}
        return api.v1.checkout.sessions.create({**given, "line_items": items, **more})

    return make


def send(url: str | None, **typed: str) -> requests.Response:
    """Send the card form, or the bank's, without following on."""
    assert url is not None
    return requests.post(url, data=typed, allow_redirects=False, timeout=5)


def page(url: str | None) -> BeautifulSoup:
    """A page as a browser gets it."""
    assert url is not None
    return BeautifulSoup(requests.get(url, timeout=5).text, "html.parser")


def test_a_session_is_paid_on_its_page(api: stripe.StripeClient, new_session: NewSession) -> None:
    session = new_session(client_reference_id="booking-7", metadata={"booking": "7"})
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 2500)
    assert session.payment_intent is None
    shown = page(session.url)
    assert "$25.00" in shown.text
    assert "Morning flow" in shown.text
    assert "pretend" in shown.text
    assert shown.select_one('a[href="https://app.example.com/back"]') is not None
    answer = send(session.url, **GOOD)
    assert answer.headers["Location"] == SUCCESS.replace("{CHECKOUT_SESSION_ID}", session.id)
    paid = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge", "line_items"]})
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (paid.client_reference_id, paid.customer) == ("booking-7", None)
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert (paid.payment_intent.status, paid.payment_intent.amount_received) == ("succeeded", 2500)
    assert paid.customer_details is not None
    assert (paid.customer_details.email, paid.customer_details.name) == ("ben@example.com", "Ben Bow")
    assert paid.line_items is not None
    assert paid.line_items.data[0].description == "Morning flow"
    kinds = [it.type for it in api.v1.events.list({"limit": 4}).data]
    assert kinds[0] == "checkout.session.completed"
    assert {"payment_intent.succeeded", "charge.succeeded", "payment_intent.created"} <= set(kinds)


def test_paying_twice_takes_the_money_once(api: stripe.StripeClient, new_session: NewSession) -> None:
    session = new_session()
    first, second = send(session.url, **GOOD), send(session.url, **GOOD)
    assert first.headers["Location"] == second.headers["Location"]
    intent = api.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert len(api.v1.charges.list({"payment_intent": str(intent)}).data) == 1


def test_a_decline_is_shown_and_another_card_pays(api: stripe.StripeClient, new_session: NewSession) -> None:
    session = new_session(metadata={"booking": "8"})
    declined = send(session.url, **{**GOOD, "number": "4000000000009995"})
    assert (declined.status_code, "Location" in declined.headers) == (200, False)
    assert "Your card has insufficient funds." in declined.text
    assert BeautifulSoup(declined.text, "html.parser").select_one("#name")["value"] == "Ben Bow"
    tried = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert isinstance(tried.payment_intent, stripe.PaymentIntent)
    assert (tried.status, tried.payment_intent.status) == ("open", "requires_payment_method")
    assert "Location" in send(session.url, **GOOD).headers
    paid = api.v1.checkout.sessions.retrieve(session.id)
    assert (paid.payment_status, paid.payment_intent) == ("paid", tried.payment_intent.id)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("number", "4242424242424241", "card number is invalid"),
        ("number", "4111111111111111", "no test card"),
        ("expiry", "01/20", "in the past"),
        ("expiry", "soon", "incomplete"),
        ("cvc", "1", "incomplete"),
        ("name", "", "missing"),
        ("email", "ben", "incomplete"),
    ],
)
def test_faults_stand_at_their_field(new_session: NewSession, field: str, value: str, words: str) -> None:
    answer = send(new_session().url, **{**GOOD, field: value})
    assert answer.status_code == 422
    fault = BeautifulSoup(answer.text, "html.parser").select_one(f"#{field}-fault")
    assert fault is not None
    assert words in fault.text


def test_three_d_secure_completed(api: stripe.StripeClient, new_session: NewSession, simulator: Simulator) -> None:
    session = new_session(payment_intent_data={"setup_future_usage": "off_session", "metadata": {"booking": "9"}})
    assert send(session.url, **{**GOOD, "number": ASKS}).headers["Location"] == f"/c/pay/{session.id}"
    asked = requests.get(str(session.url), timeout=5)
    assert "Your bank asks" in asked.text
    done = send(asked.url, answer="complete")
    assert done.headers["Location"].endswith(session.id)
    paid = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.metadata.to_dict()) == ("succeeded", {"booking": "9"})
    assert isinstance(paid.customer, str)
    held = api.v1.customers.payment_methods.list(paid.customer).data
    assert [it.id for it in held] == [intent.payment_method]
    again: Any = {"amount": 900, "currency": "usd", "customer": paid.customer, "payment_method": held[0].id}
    again |= {"off_session": True, "confirm": True, "return_url": "https://app.example.com"}
    assert api.v1.payment_intents.create(again).status == "succeeded"


def test_three_d_secure_failed_can_be_tried_again(api: stripe.StripeClient, new_session: NewSession) -> None:
    session = new_session()
    send(session.url, **{**GOOD, "number": ASKS})
    failed = send(requests.get(str(session.url), timeout=5).url, answer="fail")
    assert failed.headers["Location"] == f"/c/pay/{session.id}"
    alert = page(session.url).select_one("[role=alert]")
    assert alert is not None
    assert "unable to authenticate" in alert.text
    assert api.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_saving_a_card_takes_nothing(api: stripe.StripeClient, new_session: NewSession) -> None:
    customer = api.v1.customers.create({"email": "mira@example.com"}).id
    session = api.v1.checkout.sessions.create(
        {"mode": "setup", "currency": "usd", "success_url": SUCCESS, "customer": customer}
    )
    shown = page(session.url)
    assert "Nothing is taken now" in shown.text
    assert shown.select_one("#email")["value"] == "mira@example.com"
    send(session.url, **GOOD)
    saved = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    assert (saved.status, saved.payment_status) == ("complete", "no_payment_required")
    assert isinstance(saved.setup_intent, stripe.SetupIntent)
    assert (saved.setup_intent.status, saved.setup_intent.usage) == ("succeeded", "off_session")
    assert [it.id for it in api.v1.customers.payment_methods.list(customer).data] == [saved.setup_intent.payment_method]


def test_manual_capture_completes_unpaid(api: stripe.StripeClient, new_session: NewSession) -> None:
    session = new_session(payment_intent_data={"capture_method": "manual"})
    send(session.url, **GOOD)
    held = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert isinstance(held.payment_intent, stripe.PaymentIntent)
    assert (held.status, held.payment_status) == ("complete", "unpaid")
    assert held.payment_intent.status == "requires_capture"


def test_a_session_expires_by_itself_and_takes_nothing(
    simulator: Simulator, api: stripe.StripeClient, new_session: NewSession
) -> None:
    session = new_session(expires_at=simulator.show("clock")["now"] + 1800)
    send(session.url, **{**GOOD, "number": ASKS})
    simulator.control("clock", advance=1801)
    expired = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (expired.status, expired.payment_status, expired.url) == ("expired", "unpaid", None)
    assert isinstance(expired.payment_intent, stripe.PaymentIntent)
    assert expired.payment_intent.status == "canceled"
    late = send(session.url, **GOOD)
    assert late.status_code == 404
    assert "expired" in late.text
    assert api.v1.events.list({"type": "checkout.session.expired"}).data[0].data.object["id"] == session.id


def test_expiring_by_call_only_while_open(api: stripe.StripeClient, new_session: NewSession) -> None:
    session = new_session()
    assert api.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`"):
        api.v1.checkout.sessions.expire(session.id)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"line_items": []}, "line_items"),
        ({"success_url": "/paid"}, "Not a valid URL"),
        ({"customer_email": "a@example.com", "customer": "cus_x"}, "only specify one"),
        ({"mode": "setup"}, "can not pass `line_items`"),
        ({"payment_method_types": ["card"]}, "unknown parameter"),
        ({"line_items": [{"price_data": PRICE}]}, "Quantity is required"),
        ({"line_items": [{"price_data": {**PRICE, "unit_amount": 10}, "quantity": 1}]}, "at least"),
    ],
)
def test_what_sessions_do_not_take(new_session: NewSession, given: Any, words: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=re.escape(words)):
        new_session(**given)


def test_expiry_is_between_30_minutes_and_24_hours(simulator: Simulator, new_session: NewSession) -> None:
    now = simulator.show("clock")["now"]
    for seconds in (900, 25 * 3600):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            new_session(expires_at=now + seconds)
        assert refused.value.param == "expires_at"
    assert new_session().expires_at == pytest.approx(now + 24 * 3600, abs=5)


def test_the_bank_sends_back_to_the_return_url(api: stripe.StripeClient) -> None:
    given: Any = {"amount": 900, "currency": "usd", "payment_method": "pm_card_authenticationRequired"}
    given |= {"confirm": True, "return_url": "https://app.example.com/back?x=1"}
    intent = api.v1.payment_intents.create(given)
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    back = send(intent.next_action.redirect_to_url.url, answer="complete").headers["Location"]
    assert back.startswith(f"https://app.example.com/back?x=1&payment_intent={intent.id}&")
    assert back.endswith("redirect_status=succeeded")


def test_receipts_and_what_it_holds_can_be_looked_at(
    simulator: Simulator, api: stripe.StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    send(session.url, **GOOD)
    paid = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert isinstance(paid.payment_intent.latest_charge, stripe.Charge)
    assert "$25.00" in page(paid.payment_intent.latest_charge.receipt_url).text
    shown = page(simulator.url)
    assert paid.payment_intent.id in shown.text
    assert "checkout.session.completed" in shown.text
    assert requests.get(f"{simulator.url}/nothing", timeout=5).status_code == 404
