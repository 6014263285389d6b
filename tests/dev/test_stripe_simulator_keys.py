"""Idempotency keys and faults, as Stripe documents the keys: what is saved, what isn't, what a key refuses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from liveapp.dev.stripe_simulator import Simulator
from tests.dev.conftest import CARD

Charge = Callable[..., stripe.PaymentIntent]
CREATE = "POST /v1/payment_intents"
PAY: Any = {"amount": 5000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True, **CARD}


@pytest.fixture(autouse=True)
def _no_faults_left(simulator: Simulator) -> Iterator[None]:
    yield
    simulator.control("faults", rules=[])


@pytest.fixture
def pay(api: stripe.StripeClient) -> Charge:
    """A payment under a key."""

    def make(key: str, **more: object) -> stripe.PaymentIntent:
        return api.v1.payment_intents.create({**PAY, **more}, {"idempotency_key": key})

    return make


@pytest.fixture
def impatient(simulator: Simulator) -> stripe.StripeClient:
    """A client that waits half a second."""
    return stripe.StripeClient(
        "sk_test_123",
        base_addresses={"api": simulator.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=0.5),
    )


def payments(api: stripe.StripeClient, key: str) -> int:
    """How many payments that key's metadata is on."""
    found = api.v1.payment_intents.list({"limit": 100})
    return sum(it.metadata.to_dict().get("key") == key for it in found.auto_paging_iter())


def test_the_same_key_gets_the_same_answer_and_says_so(pay: Charge, api: stripe.StripeClient) -> None:
    first, second = (pay("same", metadata={"key": "same"}) for _ in range(2))
    assert second.id == first.id
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert second.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert payments(api, "same") == 1


def test_a_key_is_for_one_request_only(pay: Charge, api: stripe.StripeClient) -> None:
    pay("once")
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refused:
        pay("once", amount=5001)
    assert refused.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        api.v1.customers.create({}, {"idempotency_key": "once"})


def test_a_decline_is_saved_and_a_bad_parameter_is_not(pay: Charge, simulator: Simulator) -> None:
    for replayed in (None, "true"):
        with pytest.raises(stripe.CardError) as refused:
            pay("declined", payment_method="pm_card_chargeDeclined")
        assert (refused.value.headers or {}).get("Idempotent-Replayed") == replayed
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter"):
        pay("mended", colour="red")
    assert pay("mended").status == "succeeded"


def test_keys_are_forgotten_after_24_hours(pay: Charge, simulator: Simulator) -> None:
    first = pay("old")
    simulator.control("clock", advance=24 * 3600)
    assert pay("old", amount=700).id != first.id


def test_keys_of_get_are_ignored(api: stripe.StripeClient) -> None:
    for _ in range(2):
        assert api.v1.customers.list({}, {"idempotency_key": "reading"}).object == "list"
    assert api.v1.customers.create({}, {"idempotency_key": "reading"}).object == "customer"


def test_a_key_under_way_is_409(simulator: Simulator, pay: Charge) -> None:
    simulator.control("faults", rules=[{"match": CREATE, "fault": "slow", "ms": 10_000, "times": 1}])
    slow = threading.Thread(target=pay, args=("busy",))
    slow.start()
    while not simulator.show("faults")["landed"]:
        pass
    with pytest.raises(stripe.APIError) as refused:
        pay("busy")
    assert (refused.value.http_status, refused.value.code) == (409, None)
    assert refused.value.error is not None
    assert refused.value.error.code == "idempotency_key_in_use"
    simulator.control("faults", rules=[])
    slow.join()
    assert pay("busy").last_response.headers["Idempotent-Replayed"] == "true"


def test_many_at_once_under_one_key_pay_once(api: stripe.StripeClient, pay: Charge) -> None:
    seen: list[str | None] = []

    def attempt() -> None:
        try:
            seen.append(pay("crowd", metadata={"key": "crowd"}).id)
        except stripe.APIError as refused:
            seen.append(refused.error.code if refused.error else None)

    crowd = [threading.Thread(target=attempt) for _ in range(12)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert len(seen) == 12
    assert len(set(seen) - {"idempotency_key_in_use"}) == 1
    assert payments(api, "crowd") == 1


def test_429_is_not_saved(simulator: Simulator, pay: Charge) -> None:
    simulator.control("faults", rules=[{"match": CREATE, "fault": "rate_limit", "times": 1}])
    with pytest.raises(stripe.RateLimitError):
        pay("limited")
    assert pay("limited").status == "succeeded"


@pytest.mark.parametrize(("fault", "done"), [("error_before", 0), ("error_after", 1)])
def test_a_500_is_saved_whether_it_was_done_or_not(
    simulator: Simulator, api: stripe.StripeClient, pay: Charge, fault: str, done: int
) -> None:
    simulator.control("faults", rules=[{"match": CREATE, "fault": fault, "times": 1}])
    for replayed in (None, "true"):
        with pytest.raises(stripe.APIError) as refused:
            pay(fault, metadata={"key": fault})
        assert refused.value.http_status == 500
        assert (refused.value.headers or {}).get("Idempotent-Replayed") == replayed
    assert payments(api, fault) == done
    assert simulator.show("faults")["landed"] == 1


def test_a_500_from_in_between_leaves_the_key_good(simulator: Simulator, api: stripe.StripeClient, pay: Charge) -> None:
    rules = [
        {"match": CREATE, "fault": "error_before", "saved": "nothing", "times": 1},
        {"match": CREATE, "fault": "error_after", "saved": "answer", "times": 1},
    ]
    simulator.control("faults", rules=rules)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            pay("between", metadata={"key": "between"})
    assert pay("between", metadata={"key": "between"}).last_response.headers["Idempotent-Replayed"] == "true"
    assert payments(api, "between") == 1


@pytest.mark.parametrize(("fault", "replayed"), [("drop_before", None), ("drop_after", "true")])
def test_a_dropped_connection_can_be_tried_again(
    simulator: Simulator, api: stripe.StripeClient, pay: Charge, fault: str, replayed: str | None
) -> None:
    simulator.control("faults", rules=[{"match": CREATE, "fault": fault, "times": 1}])
    with pytest.raises(stripe.APIConnectionError):
        pay(fault, metadata={"key": fault})
    again = pay(fault, metadata={"key": fault})
    assert again.last_response.headers.get("Idempotent-Replayed") == replayed
    assert payments(api, fault) == 1


def test_a_hang_ends_in_the_clients_timeout_with_the_work_done(
    simulator: Simulator, api: stripe.StripeClient, impatient: stripe.StripeClient
) -> None:
    simulator.control("faults", rules=[{"match": CREATE, "fault": "hang_after", "times": 1}])
    given = {**PAY, "metadata": {"key": "hang"}}
    with pytest.raises(stripe.APIConnectionError, match="timed out"):
        impatient.v1.payment_intents.create(given, {"idempotency_key": "hang"})
    assert payments(api, "hang") == 1


def test_faults_are_drawn_from_a_seed_and_counted(simulator: Simulator, api: stripe.StripeClient) -> None:
    rule = {"match": "GET /v1/customers*", "fault": "error_before", "probability": 0.3, "seed": 7}

    def drawn() -> list[bool]:
        simulator.control("faults", rules=[rule])
        return [failed(api) for _ in range(30)]

    first, second = drawn(), drawn()
    assert first == second
    assert simulator.show("faults")["landed"] == sum(second)
    assert 0 < sum(second) < 30


def failed(api: stripe.StripeClient) -> bool:
    """Whether a listing met a 500."""
    try:
        api.v1.customers.list()
    except stripe.APIError:
        return True
    return False


def test_a_rule_that_makes_no_sense_is_refused(simulator: Simulator) -> None:
    for rule in ({"match": "*"}, {"match": "*", "fault": "fire"}, {"match": "*", "fault": "slow", "color": 1}):
        with pytest.raises(RuntimeError):
            simulator.control("faults", rules=[rule])
