"""The pretend Stripe against Stripe's documentation, through the real SDK: cards, customers, payments, refunds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import stripe

from liveapp.dev.stripe_simulator import Simulator
from tests.dev.conftest import CARD

Charge = Callable[..., stripe.PaymentIntent]
NewCustomer = Callable[..., tuple[str, str]]


def test_a_key_is_wanted_and_a_live_one_is_refused(simulator: Simulator) -> None:
    for key in ("sk_live_0123456789abcdef", "nonsense"):
        stranger = stripe.StripeClient(key, base_addresses={"api": simulator.url}, max_network_retries=0)
        with pytest.raises(stripe.AuthenticationError) as refused:
            stranger.v1.customers.list()
        assert refused.value.http_status == 401


def test_customers_keep_merge_and_clear_metadata(api: stripe.StripeClient) -> None:
    customer = api.v1.customers.create({"email": "ben@example.com", "metadata": {"member": "1", "house": "2"}})
    api.v1.customers.update(customer.id, {"metadata": {"member": "", "new": "3"}, "name": "Ben"})
    again = api.v1.customers.retrieve(customer.id)
    assert again.metadata is not None
    assert again.metadata.to_dict() == {"house": "2", "new": "3"}
    assert again.name == "Ben"
    assert api.v1.customers.delete(customer.id).deleted is True
    assert api.v1.customers.retrieve(customer.id).deleted is True


def test_what_is_not_there_is_404_and_in_a_parameter_400(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_none'") as missing:
        api.v1.customers.retrieve("cus_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as named:
        api.v1.payment_intents.create({"amount": 100, "currency": "usd", "customer": "cus_none"})
    assert (named.value.http_status, named.value.param) == (400, "customer")


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({"amount": 100, "currency": "usd", "colour": "red"}, "parameter_unknown", "colour"),
        (
            {"amount": 100, "currency": "usd", "payment_method_types": ["card"]},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
        ({"currency": "usd"}, "parameter_missing", "amount"),
        ({"amount": "1.5", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": 49, "currency": "usd"}, "amount_too_small", "amount"),
        ({"amount": 49, "currency": "jpy"}, "amount_too_small", "amount"),
        ({"amount": 100_000_000, "currency": "usd"}, "amount_too_large", "amount"),
        ({"amount": 10_001, "currency": "kwd"}, "invalid_charge_amount", "amount"),
        ({"amount": 100, "currency": "xxx"}, "currency_not_supported", "currency"),
        ({"amount": 100, "currency": ""}, "parameter_invalid_empty", "currency"),
    ],
)
def test_bad_parameters_are_named(api: stripe.StripeClient, given: object, code: str, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.payment_intents.create(given)
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (400, code, param)


def test_zero_and_three_decimal_currencies_are_minor_units(charge: Charge) -> None:
    assert charge(amount=50, currency="jpy").amount_received == 50
    assert charge(amount=10_010, currency="kwd").amount_received == 10_010
    assert charge(amount=3_000, currency="ttd").status == "succeeded"


def test_a_card_number_is_not_taken_from_a_server(api: stripe.StripeClient) -> None:
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    with pytest.raises(stripe.InvalidRequestError, match="generally unsafe"):
        api.v1.payment_methods.create({"type": "card", "card": card})
    made = api.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    assert made.card is not None
    assert (made.card.brand, made.card.last4) == ("visa", "4242")


def test_payment_methods_are_attached_listed_and_detached(api: stripe.StripeClient, new_customer: NewCustomer) -> None:
    customer, method = new_customer("pm_card_mastercard")
    held = api.v1.customers.payment_methods.list(customer).data
    assert [(it.id, it.card.brand, it.card.last4) for it in held if it.card] == [(method, "mastercard", "4444")]
    assert [it.id for it in api.v1.payment_methods.list({"customer": customer, "type": "card"}).data] == [method]
    assert api.v1.payment_methods.detach(method).customer is None
    assert api.v1.customers.payment_methods.list(customer).data == []
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        api.v1.payment_methods.attach(method, {"customer": customer})


def test_a_declined_card_cannot_be_attached_but_the_one_that_fails_later_can(
    api: stripe.StripeClient, new_customer: NewCustomer, charge: Charge
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        new_customer("pm_card_chargeDeclined")
    assert refused.value.code == "card_declined"
    customer, method = new_customer("pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError) as later:
        charge(method, customer=customer, off_session=True)
    assert later.value.code == "card_declined"


def test_a_payment_now(charge: Charge, api: stripe.StripeClient) -> None:
    paid = charge(
        metadata={"booking": "7"},
        description="Yoga",
        expand=["latest_charge.balance_transaction"],
    )
    assert (paid.status, paid.amount_received, paid.next_action) == ("succeeded", 5000, None)
    made = paid.latest_charge
    assert isinstance(made, stripe.Charge)
    assert (made.paid, made.captured, made.amount_captured, made.metadata["booking"]) == (True, True, 5000, "7")
    booked = made.balance_transaction
    assert isinstance(booked, stripe.BalanceTransaction)
    assert (booked.amount, booked.fee, booked.net, booked.status) == (5000, 175, 4825, "pending")
    assert [it.id for it in api.v1.charges.list({"payment_intent": paid.id}).data] == [made.id]


def test_asynchronous_capture_is_the_default_and_has_its_fee_later(
    simulator: Simulator, charge: Charge, api: stripe.StripeClient
) -> None:
    paid = charge(capture_method="automatic_async", expand=["latest_charge"])
    assert (paid.capture_method, paid.status) == ("automatic_async", "succeeded")
    made = paid.latest_charge
    assert isinstance(made, stripe.Charge)
    assert (made.captured, made.balance_transaction) == (True, None)
    simulator.control("clock", advance=5)
    settled = api.v1.charges.retrieve(made.id, {"expand": ["balance_transaction"]}).balance_transaction
    assert isinstance(settled, stripe.BalanceTransaction)
    assert settled.fee == 175
    assert api.v1.events.list({"type": "charge.updated"}).data[0].data.object["id"] == made.id


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
    ],
)
def test_declines(charge: Charge, api: stripe.StripeClient, card: str, code: str, decline_code: str) -> None:
    with pytest.raises(stripe.CardError) as refused:
        charge(card)
    error = refused.value.error
    assert error is not None
    assert (refused.value.http_status, refused.value.code, error.decline_code) == (402, code, decline_code)
    intent = api.v1.payment_intents.retrieve(error.payment_intent.id, {"expand": ["latest_charge"]})
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.decline_code == decline_code
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert (intent.latest_charge.status, intent.latest_charge.paid) == ("failed", False)


def test_a_declined_intent_can_be_paid_with_another_card(charge: Charge, api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refused:
        charge("pm_card_chargeDeclined")
    assert refused.value.error is not None
    intent = api.v1.payment_intents.confirm(refused.value.error.payment_intent.id, {"payment_method": "pm_card_visa"})
    assert (intent.status, intent.last_payment_error) == ("succeeded", None)
    with pytest.raises(stripe.InvalidRequestError, match="already succeeded") as again:
        api.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert again.value.code == "payment_intent_unexpected_state"


def test_off_session_a_card_that_always_asks_is_declined_with_the_intent(
    charge: Charge, new_customer: NewCustomer
) -> None:
    customer, method = new_customer("pm_card_authenticationRequired")
    with pytest.raises(stripe.CardError) as refused:
        charge(method, customer=customer, off_session=True)
    error = refused.value.error
    assert error is not None
    assert (refused.value.code, error.decline_code) == ("authentication_required", "authentication_required")
    assert error.payment_intent.status == "requires_payment_method"
    assert error.payment_method.id == method


def test_a_card_authenticated_when_saved_pays_off_session(
    simulator: Simulator, api: stripe.StripeClient, charge: Charge, new_customer: NewCustomer
) -> None:
    customer, method = new_customer("pm_card_authenticationRequiredOnSetup")
    with pytest.raises(stripe.CardError, match="requires authentication"):
        charge(method, customer=customer, off_session=True)
    saved = api.v1.setup_intents.create(
        {"customer": customer, "payment_method": method, "confirm": True, "return_url": "https://example.com/back"}
    )
    assert saved.status == "requires_action"
    assert saved.next_action is not None
    assert saved.next_action.redirect_to_url is not None
    simulator.control("authenticate", intent=saved.id)
    assert api.v1.setup_intents.retrieve(saved.id).status == "succeeded"
    assert charge(method, customer=customer, off_session=True).status == "succeeded"
    on_session = charge(method, customer=customer, return_url="https://example.com/back")
    assert on_session.status == "requires_action"


def test_three_d_secure_can_be_asked_for(charge: Charge) -> None:
    assert charge("pm_card_threeDSecureOptional").status == "succeeded"
    options = {"card": {"request_three_d_secure": "any"}}
    asked = charge("pm_card_threeDSecureOptional", payment_method_options=options, return_url="https://example.com")
    assert asked.status == "requires_action"


def test_failing_the_banks_step_wants_another_card(simulator: Simulator, api: stripe.StripeClient) -> None:
    setup = api.v1.setup_intents.create(
        {"payment_method": "pm_card_authenticationRequired", "confirm": True, "return_url": "https://example.com"}
    )
    assert (
        "authenticate your payment method"
        in simulator.control("authenticate", intent=setup.id, passed=False)["refused"]
    )
    failed = api.v1.setup_intents.retrieve(setup.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_setup_error is not None
    assert failed.last_setup_error.code == "setup_intent_authentication_failure"


def test_a_setup_intent_saves_the_card_for_the_customer(api: stripe.StripeClient) -> None:
    customer = api.v1.customers.create()
    setup = api.v1.setup_intents.create({"customer": customer.id, **CARD})
    assert (setup.status, setup.usage) == ("requires_payment_method", "off_session")
    done = api.v1.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    assert done.status == "succeeded"
    assert [it.id for it in api.v1.customers.payment_methods.list(customer.id).data] == [done.payment_method]
    with pytest.raises(stripe.CardError) as refused:
        api.v1.setup_intents.create({"payment_method": "pm_card_chargeDeclined", "confirm": True, **CARD})
    assert refused.value.error is not None
    assert refused.value.error.setup_intent.status == "requires_payment_method"
    assert api.v1.setup_intents.cancel(setup_to_cancel(api)).status == "canceled"


def setup_to_cancel(api: stripe.StripeClient) -> str:
    """The id of a setup intent that waits for a card."""
    return api.v1.setup_intents.create(CARD).id


def test_automatic_payment_methods_want_a_return_url(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="must provide a `return_url`"):
        api.v1.payment_intents.create(
            {"amount": 500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        )
    automatic = {"enabled": True, "allow_redirects": "never"}
    intent = api.v1.payment_intents.create(
        {"amount": 500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        | {"automatic_payment_methods": automatic}
    )
    assert intent.status == "succeeded"


def test_a_card_of_one_customer_pays_for_no_other(
    api: stripe.StripeClient, charge: Charge, new_customer: NewCustomer
) -> None:
    _, method = new_customer()
    other, _ = new_customer()
    for customer in ({}, {"customer": other}):
        with pytest.raises(stripe.InvalidRequestError, match="belongs to a Customer"):
            charge(method, **customer)
    spent = charge().payment_method
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        charge(spent)


def test_saving_the_card_while_paying(api: stripe.StripeClient, charge: Charge) -> None:
    customer = api.v1.customers.create()
    paid = charge(customer=customer.id, setup_future_usage="off_session")
    assert [it.id for it in api.v1.customers.payment_methods.list(customer.id).data] == [paid.payment_method]


def test_a_waiting_intent_can_be_changed_and_a_finished_one_only_described(
    api: stripe.StripeClient, charge: Charge
) -> None:
    waiting = api.v1.payment_intents.create({"amount": 500, "currency": "usd", "metadata": {"a": "1"}})
    customer = api.v1.customers.create().id
    changed = api.v1.payment_intents.update(
        waiting.id, {"amount": 700, "customer": customer, "payment_method": "pm_card_visa", "metadata": {"b": "2"}}
    )
    assert (changed.amount, changed.customer, changed.status) == (700, customer, "requires_confirmation")
    assert changed.metadata.to_dict() == {"a": "1", "b": "2"}
    paid = charge().id
    with pytest.raises(stripe.InvalidRequestError, match="could not be updated"):
        api.v1.payment_intents.update(paid, {"amount": 700, "metadata": {"b": "2"}})
    assert api.v1.payment_intents.retrieve(paid).metadata.to_dict() == {}
    assert api.v1.payment_intents.update(paid, {"description": "Yoga"}).description == "Yoga"
