"""A pretend Stripe for a module's tests, and the real SDK to talk to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import stripe

from liveapp.dev.stripe_simulator import Simulator

CARD = {"allowed_payment_method_types": ["card"]}
AT_ONCE = {**CARD, "capture_method": "automatic"}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """One server a module."""
    with Simulator() as running:
        yield running


@pytest.fixture(scope="module")
def api(simulator: Simulator) -> stripe.StripeClient:
    """The real SDK, sent to the simulator, trying nothing twice."""
    return stripe.StripeClient("sk_test_123", base_addresses={"api": simulator.url}, max_network_retries=0)


@pytest.fixture
def new_customer(api: stripe.StripeClient) -> Callable[..., tuple[str, str]]:
    """A customer with a saved card: their ids."""

    def make(card: str = "pm_card_visa") -> tuple[str, str]:
        customer = api.v1.customers.create({"email": "ben@example.com", "name": "Ben"})
        return customer.id, api.v1.payment_methods.attach(card, {"customer": customer.id}).id

    return make


@pytest.fixture
def charge(api: stripe.StripeClient) -> Callable[..., stripe.PaymentIntent]:
    """Pays 50.00 USD with a test card, now."""

    def pay(card: str = "pm_card_visa", amount: int = 5000, **more: object) -> stripe.PaymentIntent:
        params = {"amount": amount, "currency": "usd", "payment_method": card, "confirm": True, **AT_ONCE, **more}
        return api.v1.payment_intents.create(params)

    return pay
