"""Stripe's own page for paying."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from liveapp.gateways.stripe.client import StripeRefused, answers, from_stripe, named, sdk, to_stripe


@dataclass(frozen=True, slots=True)
class Sale:
    """What is paid for on Stripe's page: for which payment of ours, what it is called, and where the person goes on."""

    payment_id: uuid.UUID
    key_number: int
    minor: int
    currency: str
    title: str
    email: str
    back_url: str
    paid_url: str

    @property
    def key(self) -> str:
        """Asked for again with the same key, it is the same page."""
        return f"checkout-{self.payment_id.hex}-{self.key_number}"


@dataclass(frozen=True, slots=True)
class Checkout:
    """Stripe's page: what for (payment or setup: a card is saved), its address while it is open, what became of it
    (open, complete, expired), and what was paid (minor units of the currency; empty where a card is saved)."""

    id: str
    mode: str
    url: str
    status: str
    payment_id: uuid.UUID | None
    intent_id: str
    paid_minor: int
    currency: str


def open_checkout(sale: Sale, *, saves_for: str = "") -> Checkout:
    """Stripe's page for the sale; asked for again, it is the same page. `saves_for`: the customer whose card it also
    saves, to be charged again when they aren't there. Raises StripeAway, StripeRefused.

    It lives for a day by itself (half an hour is the least that Stripe takes); `close_checkout` ends it with the hold.
    """
    about = {"metadata": {"payment_id": sale.payment_id.hex}, "description": sale.title}
    params: dict[str, Any] = {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "client_reference_id": sale.payment_id.hex,
        "success_url": sale.paid_url,
        "cancel_url": sale.back_url,
        "payment_intent_data": about | ({"setup_future_usage": "off_session"} if saves_for else {}),
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": sale.currency.lower(),
                    "unit_amount": to_stripe(sale.minor, sale.currency),
                    "product_data": {"name": sale.title},
                },
            }
        ],
    }
    params |= {"customer": saves_for} if saves_for else {"customer_email": sale.email}
    with answers():
        found = sdk().v1.checkout.sessions.create(params, {"idempotency_key": sale.key})
    return checkout_of(found)


def checkout(checkout_id: str) -> Checkout:
    """The page as it is now. Raises StripeAway, StripeRefused."""
    with answers():
        return checkout_of(sdk().v1.checkout.sessions.retrieve(checkout_id))


def close_checkout(checkout_id: str) -> Checkout:
    """Nobody can pay on it any more; one that was paid stays paid. Raises StripeAway, StripeRefused."""
    try:
        with answers():
            return checkout_of(sdk().v1.checkout.sessions.expire(checkout_id))
    except StripeRefused:
        return checkout(checkout_id)  # it isn't open: paid, or closed before


def checkout_of(found: Any) -> Checkout:
    """The page, from what Stripe says of it."""
    values = found.to_dict()
    currency = str(values.get("currency") or "").upper()
    is_paid = values.get("payment_status") == "paid"
    return Checkout(
        id=values["id"],
        mode=values["mode"],
        url=values.get("url") or "",
        status=values["status"],
        payment_id=named(values, "client_reference_id"),
        intent_id=str(values.get("payment_intent") or ""),
        paid_minor=from_stripe(int(values.get("amount_total") or 0), currency) if is_paid else 0,
        currency=currency,
    )
