"""Saved cards at Stripe: its page for saving one, whose they are, and letting one go."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from liveapp.domain.payments.cards import SavedCard
from liveapp.gateways.stripe.checkout import Checkout, checkout_of
from liveapp.gateways.stripe.client import answers, sdk


@dataclass(frozen=True, slots=True)
class Saving:
    """A card that is to be saved on Stripe's page: under which key of ours, for which customer, and where the person
    goes on. `payment_id`: of the payment that it is saved for, if any; `note` stands by the button."""

    key: str
    customer_id: str
    back_url: str
    saved_url: str
    payment_id: uuid.UUID | None = None
    note: str = ""


def customer(*, key: str, name: str, email: str) -> str:
    """A customer for the key; asked for again, it is the same one. Returns its id. Raises StripeAway, StripeRefused."""
    with answers():
        found = sdk().v1.customers.create({"name": name, "email": email}, {"idempotency_key": f"customer-{key}"})
    return str(found.id)


def open_saving(saving: Saving) -> Checkout:
    """Stripe's page for saving a card, to be charged when the person isn't there. Raises StripeAway, StripeRefused."""
    params: dict[str, Any] = {
        "mode": "setup",
        "allowed_payment_method_types": ["card"],
        "customer": saving.customer_id,
        "success_url": saving.saved_url,
        "cancel_url": saving.back_url,
    }
    if saving.payment_id:
        params["client_reference_id"] = saving.payment_id.hex
    if saving.note:
        params["custom_text"] = {"submit": {"message": saving.note}}
    with answers():
        found = sdk().v1.checkout.sessions.create(params, {"idempotency_key": f"checkout-{saving.key}"})
    return checkout_of(found)


def saved_on(checkout_id: str) -> SavedCard | None:
    """The card that was saved on the page; None while none was. Raises StripeAway, StripeRefused."""
    with answers():
        page = sdk().v1.checkout.sessions.retrieve(checkout_id, {"expand": ["setup_intent.payment_method"]}).to_dict()
    setup = page.get("setup_intent") or {}
    if page["status"] != "complete" or setup.get("status") != "succeeded":
        return None
    return _saved(page["customer"], setup["payment_method"])


def used_for(intent_id: str) -> SavedCard | None:
    """The card that a payment was made with, which it saved; None where it saved none. Raises StripeAway,
    StripeRefused."""
    with answers():
        intent = sdk().v1.payment_intents.retrieve(intent_id, {"expand": ["payment_method"]}).to_dict()
    method = intent.get("payment_method")
    if not intent.get("customer") or not intent.get("setup_future_usage") or not method:
        return None
    return _saved(intent["customer"], method)


def let_go(provider_id: str) -> None:
    """Nothing can be charged to the card any more. Raises StripeAway, StripeRefused where it is gone already."""
    with answers():
        sdk().v1.payment_methods.detach(provider_id)


def _saved(customer_id: str, method: dict[str, Any]) -> SavedCard:
    card = method["card"]
    return SavedCard(
        customer_id=customer_id,
        provider_id=method["id"],
        brand=card["brand"],
        last4=card["last4"],
        exp_month=card["exp_month"],
        exp_year=card["exp_year"],
    )
