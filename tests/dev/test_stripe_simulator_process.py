"""The simulator as a process of its own, and what it keeps between starts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import stripe

from liveapp.dev.processes import loopback_socket
from liveapp.dev.stripe_simulator import Simulator


def client(url: str) -> stripe.StripeClient:
    """The SDK for an address."""
    return stripe.StripeClient("sk_test_123", base_addresses={"api": url}, max_network_retries=0)


@contextmanager
def process(folder: Path) -> Iterator[stripe.StripeClient]:
    """``python -m liveapp.dev.stripe_simulator``, ended as the supervisor ends it."""
    listener = loopback_socket()
    listener.listen()
    words = ["-m", "liveapp.dev.stripe_simulator", "--fd", str(listener.fileno()), "--folder", str(folder)]
    running = subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.PIPE, text=True, pass_fds=(listener.fileno(),)
    )
    try:
        assert running.stdout is not None
        yield client(running.stdout.readline().split()[-1])
    finally:
        running.terminate()
        assert running.wait(10) == 0
        listener.close()
        if running.stdout:
            running.stdout.close()


def test_a_process_keeps_its_state_over_a_restart(tmp_path: Path) -> None:
    with process(tmp_path) as api:
        customer = api.v1.customers.create({"email": "ben@example.com"}, {"idempotency_key": "kept"}).id
    with process(tmp_path) as api:
        again = api.v1.customers.create({"email": "ben@example.com"}, {"idempotency_key": "kept"})
        assert again.id == customer
        assert api.v1.events.list().data[0].data.object["id"] == customer


def test_what_was_to_happen_later_happens_after_a_restart(tmp_path: Path) -> None:
    with Simulator(folder=tmp_path) as first:
        api = client(first.url)
        method = "pm_card_pendingRefund"
        given = {
            "amount": 500,
            "currency": "usd",
            "payment_method": method,
            "confirm": True,
            "return_url": "https://a.b",
        }
        refund = api.v1.refunds.create({"payment_intent": api.v1.payment_intents.create(given).id})
        first.control("clock", advance=30)
    with Simulator(folder=tmp_path) as second:
        assert second.show("clock")["offset"] == 30
        second.control("clock", advance=30)
        assert client(second.url).v1.refunds.retrieve(refund.id).status == "succeeded"


def test_its_clock_can_be_held_in_hand() -> None:
    with Simulator(clock=lambda: 1_800_000_000.0) as simulator:
        api = client(simulator.url)
        assert api.v1.customers.create().created == 1_800_000_000
        simulator.control("clock", set=1_900_000_000)
        assert api.v1.customers.create().created == 1_900_000_000


def test_a_reset_forgets_everything(tmp_path: Path) -> None:
    with Simulator(folder=tmp_path) as simulator:
        client(simulator.url).v1.customers.create()
        simulator.control("clock", advance=100)
        simulator.control("reset")
        assert simulator.show("objects") == {"event": []}
        assert simulator.show("clock")["offset"] == 0
