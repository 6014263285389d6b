"""Events and their webhooks: signed as the SDK checks it, repeated until taken, doubled, shuffled and withheld."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
import stripe

from liveapp.dev.stripe_simulator import Simulator

SECRET = "whsec_for_this_test"


class Receiver:
    """A web server that takes webhooks, or refuses the first few."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.refuse = 0
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with receiver.lock:
                    refused = receiver.refuse > 0
                    receiver.refuse -= refused
                    if not refused:
                        receiver.taken.append((body, self.headers["Stripe-Signature"]))
                self.send_response(500 if refused else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing on the terminal."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks/stripe"

    def types(self) -> list[str]:
        """What came, in order."""
        return [json.loads(body)["type"] for body, _ in self.taken]


@pytest.fixture
def receiver(simulator: Simulator) -> Iterator[Receiver]:
    """Takes the simulator's webhooks for one test."""
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    simulator.control("webhooks", url=made.url, secret=SECRET)
    yield made
    simulator.control("webhooks", url=None)
    made.server.shutdown()
    made.server.server_close()


def test_the_sdk_accepts_the_signature_and_no_other(
    simulator: Simulator, api: stripe.StripeClient, receiver: Receiver
) -> None:
    customer = api.v1.customers.create({"email": "ben@example.com"}, {"idempotency_key": "made-once"})
    assert simulator.webhooks_are_out()
    body, signature = receiver.taken[0]
    event = stripe.Webhook.construct_event(body, signature, SECRET)
    assert (event.type, event.data.object["id"]) == ("customer.created", customer.id)
    assert event.request is not None
    assert event.request.idempotency_key == "made-once"
    assert event.request.id == customer.last_response.headers["Request-Id"]
    for content, secret in ((body.replace("ben@", "cy@"), SECRET), (body, "whsec_other")):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(content, signature, secret)


def test_events_can_be_asked_for(api: stripe.StripeClient, simulator: Simulator) -> None:
    customer = api.v1.customers.create()
    event = api.v1.events.list({"type": "customer.*", "limit": 1}).data[0]
    assert event.data.object["id"] == customer.id
    assert api.v1.events.retrieve(event.id).type == "customer.created"
    assert api.v1.events.list({"types": ["charge.failed"]}).data == []
    simulator.control("clock", advance=31 * 86400)
    with pytest.raises(stripe.InvalidRequestError, match="No such event"):
        api.v1.events.retrieve(event.id)


def test_what_is_refused_comes_again(simulator: Simulator, api: stripe.StripeClient, receiver: Receiver) -> None:
    receiver.refuse = 2
    api.v1.customers.create()
    assert simulator.webhooks_are_out()
    assert receiver.types() == ["customer.created"]
    assert simulator.show("webhooks")["counts"]["failed"] == 2
    assert api.v1.events.list({"limit": 1}).data[0].pending_webhooks == 0


def test_withheld_ones_come_when_released_doubled_and_shuffled(
    simulator: Simulator, api: stripe.StripeClient, receiver: Receiver
) -> None:
    simulator.control("webhooks", withhold=True, double=1.0)
    made = [api.v1.customers.create().id for _ in range(20)]
    assert receiver.taken == []
    assert api.v1.events.list({"limit": 1, "delivery_success": False}).data[0].data.object["id"] == made[-1]
    simulator.control("webhooks", shuffle=True, seed=3)
    assert simulator.webhooks_are_out()
    came = [json.loads(body)["data"]["object"]["id"] for body, _ in receiver.taken]
    assert sorted(came) == sorted(made * 2)
    assert came != [customer for customer in made for _ in range(2)]


def test_lost_ones_never_come_but_can_be_asked_for(
    simulator: Simulator, api: stripe.StripeClient, receiver: Receiver
) -> None:
    simulator.control("webhooks", lose=1.0)
    customer = api.v1.customers.create().id
    simulator.control("webhooks")
    api.v1.customers.delete(customer)
    assert simulator.webhooks_are_out()
    assert receiver.types() == ["customer.deleted"]
    missed = api.v1.events.list({"delivery_success": False, "type": "customer.created", "limit": 1}).data[0]
    assert missed.data.object["id"] == customer


def test_an_event_can_be_sent_again(simulator: Simulator, api: stripe.StripeClient, receiver: Receiver) -> None:
    api.v1.customers.create()
    event = api.v1.events.list({"limit": 1}).data[0].id
    simulator.control("webhooks/send", events=[event])
    assert simulator.webhooks_are_out()
    assert receiver.types() == ["customer.created", "customer.created"]


def test_the_control_api_answers_no_foreign_page(simulator: Simulator) -> None:
    foreign = requests.post(f"{simulator.url}/_control/reset", headers={"Host": "evil.example.com"}, json={}, timeout=5)
    simple = requests.post(f"{simulator.url}/_control/reset", data="{}", timeout=5)
    assert (foreign.status_code, simple.status_code) == (403, 400)
