"""Charging a saved card while the person isn't there (https://docs.stripe.com/payments/save-and-reuse)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from liveapp.gateways.stripe.client import answers, from_stripe, named, sdk, to_stripe

NEWEST = 100
"""A customer's charges that are looked through for one whose answer was lost."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What is charged to which card, for which payment of ours, under which number of its key."""

    payment_id: uuid.UUID
    key_number: int
    customer_id: str
    provider_id: str
    minor: int
    currency: str
    title: str

    @property
    def key(self) -> str:
        """Repeating a call with the same key does nothing twice."""
        return f"charge-{self.payment_id.hex}-{self.key_number}"


@dataclass(frozen=True, slots=True)
class Charged:
    """A charge as Stripe has it: for which payment of ours, what was paid, or why it wasn't (empty: not known yet)."""

    intent_id: str
    payment_id: uuid.UUID | None
    paid_minor: int
    failure: str
    currency: str = ""


def charge(wanted: Charge) -> Charged:
    """Charges the card. Raises StripeAway when it isn't known what happened, StripeRefused for what Stripe won't do."""
    import stripe

    params = {
        "amount": to_stripe(wanted.minor, wanted.currency),
        "currency": wanted.currency.lower(),
        "customer": wanted.customer_id,
        "payment_method": wanted.provider_id,
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "off_session": True,
        "description": wanted.title,
        "metadata": {"payment_id": wanted.payment_id.hex, "key": wanted.key},
    }
    with answers():
        try:
            found = sdk().v1.payment_intents.create(params, {"idempotency_key": wanted.key})
        except stripe.CardError as declined:
            intent = getattr(declined.error, "payment_intent", None)
            if intent is None:
                raise
            return _charged(intent.to_dict(), declined.code or "card_declined")
    return _charged(found.to_dict())


def find(wanted: Charge) -> Charged | None:
    """What came of a charge whose answer was lost; None where Stripe has none. Raises StripeAway, StripeRefused."""
    with answers():
        newest = sdk().v1.payment_intents.list({"customer": wanted.customer_id, "limit": NEWEST})
        for each in newest.data:
            values = each.to_dict()
            if (values.get("metadata") or {}).get("key") == wanted.key:
                return _charged(values)
    return None


def read(intent_id: str) -> Charged:
    """A charge as it is now. Raises StripeAway, StripeRefused."""
    with answers():
        return _charged(sdk().v1.payment_intents.retrieve(intent_id).to_dict())


def _charged(values: dict[str, Any], failure: str = "") -> Charged:
    currency = str(values["currency"]).upper()
    is_paid = values["status"] == "succeeded"
    said = (values.get("last_payment_error") or {}).get("code") or ""
    if values["status"] == "requires_action":
        said = "authentication_required"
    return Charged(
        intent_id=values["id"],
        payment_id=named(values.get("metadata"), "payment_id"),
        paid_minor=from_stripe(int(values["amount_received"]), currency) if is_paid else 0,
        failure="" if is_paid else failure or said or ("canceled" if values["status"] == "canceled" else ""),
        currency=currency,
    )
