"""Objects and parameters against the installed SDK's own types, which are made from Stripe's specification."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import pytest
import stripe

from liveapp.dev.stripe_simulator import Simulator
from liveapp.dev.stripe_simulator.routing import ROUTES
from liveapp.dev.stripe_simulator.world import API_VERSION
from tests.dev.conftest import CARD

CLASSES: dict[str, type] = {
    "account": stripe.Account,
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "payout": stripe.Payout,
    "refund": stripe.Refund,
    "setup_intent": stripe.SetupIntent,
    "transfer": stripe.Transfer,
    "transfer_reversal": stripe.TransferReversal,
}
CHECKED_ONLY = {"Mapping": Mapping, "StripeContext": object, "UntypedStripeObject": dict}
"""Names that the SDK's modules import for type checkers only."""
PARAMETERS = {
    ("POST", "/account_links"): "_account_link_create_params.AccountLinkCreateParams",
    ("POST", "/accounts"): "_account_create_params.AccountCreateParams",
    ("POST", "/accounts/{id}"): "_account_update_params.AccountUpdateParams",
    ("GET", "/balance_transactions"): "_balance_transaction_list_params.BalanceTransactionListParams",
    ("GET", "/charges"): "_charge_list_params.ChargeListParams",
    ("POST", "/charges/{id}"): "_charge_update_params.ChargeUpdateParams",
    ("GET", "/checkout/sessions"): "checkout._session_list_params.SessionListParams",
    ("POST", "/checkout/sessions"): "checkout._session_create_params.SessionCreateParams",
    ("GET", "/customers"): "_customer_list_params.CustomerListParams",
    ("POST", "/customers"): "_customer_create_params.CustomerCreateParams",
    ("POST", "/customers/{id}"): "_customer_update_params.CustomerUpdateParams",
    ("GET", "/disputes"): "_dispute_list_params.DisputeListParams",
    ("POST", "/disputes/{id}"): "_dispute_update_params.DisputeUpdateParams",
    ("GET", "/events"): "_event_list_params.EventListParams",
    ("GET", "/payment_intents"): "_payment_intent_list_params.PaymentIntentListParams",
    ("POST", "/payment_intents"): "_payment_intent_create_params.PaymentIntentCreateParams",
    ("POST", "/payment_intents/{id}"): "_payment_intent_update_params.PaymentIntentUpdateParams",
    ("POST", "/payment_intents/{id}/cancel"): "_payment_intent_cancel_params.PaymentIntentCancelParams",
    ("POST", "/payment_intents/{id}/capture"): "_payment_intent_capture_params.PaymentIntentCaptureParams",
    ("POST", "/payment_intents/{id}/confirm"): "_payment_intent_confirm_params.PaymentIntentConfirmParams",
    ("GET", "/payment_methods"): "_payment_method_list_params.PaymentMethodListParams",
    ("POST", "/payment_methods"): "_payment_method_create_params.PaymentMethodCreateParams",
    ("POST", "/payment_methods/{id}"): "_payment_method_update_params.PaymentMethodUpdateParams",
    ("POST", "/payment_methods/{id}/attach"): "_payment_method_attach_params.PaymentMethodAttachParams",
    ("GET", "/payouts"): "_payout_list_params.PayoutListParams",
    ("POST", "/payouts"): "_payout_create_params.PayoutCreateParams",
    ("GET", "/refunds"): "_refund_list_params.RefundListParams",
    ("POST", "/refunds"): "_refund_create_params.RefundCreateParams",
    ("GET", "/setup_intents"): "_setup_intent_list_params.SetupIntentListParams",
    ("POST", "/setup_intents"): "_setup_intent_create_params.SetupIntentCreateParams",
    ("POST", "/setup_intents/{id}"): "_setup_intent_update_params.SetupIntentUpdateParams",
    ("POST", "/setup_intents/{id}/cancel"): "_setup_intent_cancel_params.SetupIntentCancelParams",
    ("POST", "/setup_intents/{id}/confirm"): "_setup_intent_confirm_params.SetupIntentConfirmParams",
    ("GET", "/transfers"): "_transfer_list_params.TransferListParams",
    ("POST", "/transfers"): "_transfer_create_params.TransferCreateParams",
    ("POST", "/transfers/{id}"): "_transfer_update_params.TransferUpdateParams",
    ("POST", "/transfers/{id}/reversals"): "_transfer_create_reversal_params.TransferCreateReversalParams",
}


@pytest.fixture(scope="module")
def held(simulator: Simulator, api: stripe.StripeClient) -> dict[str, list[dict[str, Any]]]:
    """At least one object of every kind, some failed, as the control API shows them."""
    host = api.v1.accounts.create({"type": "express", "capabilities": {"transfers": {"requested": True}}}).id
    simulator.control("onboard", account=host, bank_account="000111111116")
    simulator.control("funds", amount=20_000, currency="usd")
    customer = api.v1.customers.create({"email": "ben@example.com"}).id
    pay: Any = {"amount": 5000, "currency": "usd", "confirm": True, "customer": customer, **CARD}
    for card in ("pm_card_bypassPending", "pm_card_createDispute", "pm_card_refundFail"):
        paid = api.v1.payment_intents.create({**pay, "payment_method": card})
    api.v1.refunds.create({"payment_intent": paid.id})
    with pytest.raises(stripe.CardError):
        api.v1.payment_intents.create({**pay, "payment_method": "pm_card_chargeDeclined"})
    transfer = api.v1.transfers.create({"amount": 2000, "currency": "usd", "destination": host})
    api.v1.transfers.reversals.create(transfer.id, {"amount": 500})
    api.v1.payouts.create({"amount": 1000, "currency": "usd"}, {"stripe_account": host})
    price = {"currency": "usd", "unit_amount": 2500, "product_data": {"name": "Yoga"}}
    session = api.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "https://example.com",
            "line_items": [{"price_data": price, "quantity": 1}],
        }
    )
    simulator.control("pay", session=session.id)
    setup: Any = {"mode": "setup", "success_url": "https://example.com", "currency": "usd", "customer": customer}
    api.v1.checkout.sessions.create(setup)
    simulator.control("clock", advance=3 * 86400)
    return simulator.show("objects")


def fields(kind: type) -> dict[str, bool]:
    """A class's fields, and whether an object must have them."""
    noted = {name: str(note) for name, note in kind.__annotations__.items() if name != "OBJECT_NAME"}
    return {name: not re.search("NoneType|Optional", note) for name, note in noted.items()}


@pytest.mark.parametrize("kind", CLASSES)
def test_objects_have_the_documented_fields(held: dict[str, list[dict[str, Any]]], kind: str) -> None:
    known = fields(CLASSES[kind])
    must = {name for name, needed in known.items() if needed}
    assert held[kind]
    for found in held[kind]:
        assert found.keys() - known.keys() == set()
        assert must - found.keys() == set()


def test_the_version_is_the_sdks() -> None:
    assert stripe.api_version == API_VERSION


@pytest.mark.parametrize("call", PARAMETERS, ids=" ".join)
def test_every_parameter_it_takes_is_one_of_stripes(call: tuple[str, str]) -> None:
    module, _, name = PARAMETERS[call].rpartition(".")
    documented = getattr(import_module(f"stripe.params.{module}"), name)
    route = next(it for it in ROUTES if (it.method, it.path) == call)
    assert foreign(route.spec, documented) == []


def test_every_call_with_parameters_is_compared() -> None:
    bare = {"created", "ending_before", "expand", "limit", "metadata", "starting_after"}
    told = {(it.method, it.path) for it in ROUTES if {name.rstrip("!") for name in it.spec} - bare}
    elsewhere = {
        ("GET", "/customers/{id}/payment_methods"),
        ("GET", "/accounts/{id}/external_accounts"),
        ("GET", "/payment_intents/{id}"),
        ("GET", "/setup_intents/{id}"),
    }
    assert told - PARAMETERS.keys() == elsewhere


def foreign(spec: Mapping[str, Any], documented: Any, within: str = "") -> list[str]:
    """The names in a spec that the SDK's TypedDict doesn't have, hashes and lists included."""
    names = vars(import_module(documented.__module__)) | CHECKED_ONLY
    hints = typing.get_type_hints(documented, names)
    found: list[str] = []
    for name, kind in spec.items():
        bare = name.rstrip("!")
        if bare not in hints:
            found.append(f"{within}{bare}")
            continue
        inner = kind[0] if isinstance(kind, list) else kind
        if isinstance(inner, Mapping) and (deeper := typed_dict_in(hints[bare])):
            found += foreign(inner, deeper, f"{within}{bare}.")
    return found


def typed_dict_in(hint: Any) -> Any:
    """The TypedDict somewhere in a type."""
    if typing.is_typeddict(hint):
        return hint
    return next((found for part in typing.get_args(hint) if (found := typed_dict_in(part))), None)


def test_a_foreign_parameter_would_be_found() -> None:
    documented = import_module("stripe.params._refund_create_params").RefundCreateParams
    whole: Callable[..., int] = int
    assert foreign({"amount": whole, "colour!": whole}, documented) == ["colour"]
