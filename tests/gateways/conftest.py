"""The app with a pretend Stripe to talk to, and a class that is paid by card."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from liveapp.config import Settings
from liveapp.dev.stripe_simulator import Simulator
from liveapp.domain.accounts import providers
from liveapp.gateways.stripe import client
from liveapp.tasks import schedule
from tests import cast
from tests.conftest import Clock

SECRET = "whsec_for_these_tests"


@dataclass(frozen=True)
class Till:
    """A studio whose class costs 15.00, and the Stripe that its money goes through."""

    organization_id: uuid.UUID
    session_id: uuid.UUID
    simulator: Simulator
    client: FlaskClient

    def objects(self, kind: str) -> list[dict[str, Any]]:
        """Everything of a kind that Stripe has."""
        found: list[dict[str, Any]] = self.simulator.show(f"objects?kind={kind}").get(kind, [])
        return found

    def pay(self, checkout_id: str, number: str = "4242424242424242") -> None:
        """Somebody pays on Stripe's page."""
        self.simulator.control("pay", session=checkout_id, number=number)

    def tell(self, kind: str = "", times: int = 1, signed_by: str = SECRET) -> list[int]:
        """Stripe tells of its events, newest first: the answers' statuses."""
        events = [each for each in self.objects("event") if each["type"].startswith(kind)]
        return [self.post(event, signed_by) for event in reversed(events) for _ in range(times)]

    def post(self, event: dict[str, Any] | bytes, signed_by: str = SECRET) -> int:
        payload, now = event if isinstance(event, bytes) else json.dumps(event).encode(), int(time.time())
        signature = hmac.new(signed_by.encode(), f"{now}.".encode() + payload, hashlib.sha256).hexdigest()
        headers = {"Stripe-Signature": f"t={now},v1={signature}", "Content-Type": "application/json; charset=utf-8"}
        return self.client.post("/webhooks/stripe", data=payload, headers=headers).status_code

    def work(self) -> None:
        """What is due is done, as by worker and schedule."""
        schedule.run_due()


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def till(app: Flask, settings: Settings, simulator: Simulator, clock: Clock) -> Iterator[Till]:
    simulator.control("reset")
    keys = {"stripe_secret_key": "sk_test_1", "stripe_webhook_secret": SECRET, "stripe_api_base": simulator.url}
    paying = replace(settings, **keys)  # type: ignore[arg-type]
    app.extensions["settings"] = paying
    client.set_up(app, paying)
    providers.set_up(takes_cards=True)
    organization_id = cast.organization(payment_provider="stripe")
    offering_id = cast.offering(organization_id, price_minor=1500)
    host_id = cast.staff(organization_id)
    session_id = cast.session(
        organization_id, host_id, offering_id, clock.now() + timedelta(days=3), price_minor=1500, max_participants=1
    )
    yield Till(organization_id, session_id, simulator, app.test_client())
    app.extensions["settings"] = settings
    client.set_up(app, settings)
    providers.set_up(takes_cards=False)
