"""Stripe: its pages for paying, money back, and its signed events. Card data never comes here.

Every call that does something carries a key made from our own row, so that repeating it does nothing twice
(https://docs.stripe.com/api/idempotent_requests). Amounts are in the currency's own minor units here, and in Stripe's
there. The SDK is loaded when it is first needed: it takes a quarter of a second and 25 MB.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app

from liveapp.config import Settings
from liveapp.rules.money import exponent

TIMEOUT_SECONDS = 15
TWO_DIGITS = ("ISK", "UGX")
"""Stripe counts these in hundredths, though they have none (https://docs.stripe.com/currencies#special-cases)."""


class StripeAway(Exception):
    """Stripe didn't answer, or broke: it may have done it or not. Asking again with the same key is safe."""


class StripeRefused(Exception):
    """Stripe won't do this; `code` is its reason."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Sale:
    """What is paid for on Stripe's page: for which payment of ours, what it is called, and where the person goes on."""

    payment_id: uuid.UUID
    minor: int
    currency: str
    title: str
    email: str
    back_url: str
    paid_url: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """Stripe's page: its address while it is open, what became of it (open, complete, expired), and what was paid."""

    id: str
    url: str
    status: str
    payment_id: uuid.UUID | None
    intent_id: str
    paid_minor: int


@dataclass(frozen=True, slots=True)
class MoneyBack:
    """A refund as Stripe has it: pending, requires_action, succeeded, failed or canceled."""

    id: str
    status: str
    failure: str


@dataclass(frozen=True, slots=True)
class Told:
    """An event: its id and type, and the object that it is about."""

    id: str
    type: str
    object_id: str


def set_up(app: Flask, settings: Settings) -> None:
    """Nothing is loaded or asked yet."""
    app.extensions["stripe"] = None if not settings.stripe_secret_key else _Lazy(settings)


def is_on() -> bool:
    """Whether this deployment takes cards."""
    return current_app.extensions["stripe"] is not None


def open_checkout(sale: Sale) -> Checkout:
    """Stripe's page for the sale; asked for again, it is the same page. Raises StripeAway, StripeRefused.

    It lives for a day by itself (half an hour is the least that Stripe takes); `close_checkout` ends it with the hold.
    """
    params = {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "client_reference_id": sale.payment_id.hex,
        "customer_email": sale.email,
        "success_url": sale.paid_url,
        "cancel_url": sale.back_url,
        "payment_intent_data": {"metadata": {"payment_id": sale.payment_id.hex}, "description": sale.title},
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
    with _answers():
        found = _client().v1.checkout.sessions.create(params, {"idempotency_key": f"checkout-{sale.payment_id.hex}"})
    return _checkout(found)


def checkout(checkout_id: str) -> Checkout:
    """The page as it is now. Raises StripeAway, StripeRefused."""
    with _answers():
        return _checkout(_client().v1.checkout.sessions.retrieve(checkout_id))


def close_checkout(checkout_id: str) -> Checkout:
    """Nobody can pay on it any more; one that was paid stays paid. Raises StripeAway, StripeRefused."""
    try:
        with _answers():
            return _checkout(_client().v1.checkout.sessions.expire(checkout_id))
    except StripeRefused:
        return checkout(checkout_id)  # it isn't open: paid, or closed before


def give_back(*, refund_id: uuid.UUID, intent_id: str, minor: int, currency: str) -> MoneyBack:
    """Sends money back to what it was paid with, once for each refund of ours. Raises StripeAway, StripeRefused."""
    params = {
        "payment_intent": intent_id,
        "amount": to_stripe(minor, currency),
        "metadata": {"refund_id": refund_id.hex},
    }
    with _answers():
        found = _client().v1.refunds.create(params, {"idempotency_key": f"refund-{refund_id.hex}"})
    values = found.to_dict()
    return MoneyBack(values["id"], values["status"], str(values.get("failure_reason") or ""))


def told(payload: bytes, signature: str) -> Told:
    """The event that Stripe sent, if it did. Raises StripeRefused for one that isn't signed by it, or is too old
    (https://docs.stripe.com/webhooks/signature)."""
    import stripe

    secret = current_app.extensions["settings"].stripe_webhook_secret
    try:
        stripe.WebhookSignature.verify_header(payload.decode("utf-8"), signature, secret, 300)
        event = json.loads(payload)
        return Told(str(event["id"]), str(event["type"]), str(event["data"]["object"]["id"]))
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as error:
        raise StripeRefused("signature", "This isn't signed by Stripe.") from error


def to_stripe(minor: int, currency: str) -> int:
    """Our minor units in Stripe's."""
    return minor * 100 if currency in TWO_DIGITS and exponent(currency) == 0 else minor


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's minor units in ours."""
    return amount // 100 if currency in TWO_DIGITS and exponent(currency) == 0 else amount


class _Lazy:
    """The SDK's client, made when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Any = None

    def client(self) -> Any:
        if self._client is None:
            import stripe

            base = self._settings.stripe_api_base
            self._client = stripe.StripeClient(
                self._settings.stripe_secret_key,
                base_addresses={"api": base} if base else {},
                max_network_retries=0,
                http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
            )
        return self._client


def _client() -> Any:
    lazy: _Lazy | None = current_app.extensions["stripe"]
    if lazy is None:
        raise StripeRefused("off", "Payments by card are off here.")
    return lazy.client()


@contextmanager
def _answers() -> Iterator[None]:
    """Stripe's errors as ours: what may have happened, and what didn't."""
    import stripe

    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise StripeAway(type(error).__name__) from error
    except stripe.StripeError as error:
        status = error.http_status or 500
        if status >= 500 or status == 409:
            raise StripeAway(f"{type(error).__name__} {status}") from error
        raise StripeRefused(error.code or type(error).__name__, error.user_message or str(error)) from error


def _checkout(found: Any) -> Checkout:
    values = found.to_dict()
    ours = values.get("client_reference_id")
    currency = str(values.get("currency") or "").upper()
    is_paid = values.get("payment_status") == "paid"
    return Checkout(
        id=values["id"],
        url=values.get("url") or "",
        status=values["status"],
        payment_id=uuid.UUID(hex=ours) if ours else None,
        intent_id=str(values.get("payment_intent") or ""),
        paid_minor=from_stripe(int(values.get("amount_total") or 0), currency) if is_paid else 0,
    )
