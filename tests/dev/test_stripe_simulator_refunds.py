"""The pretend Stripe: captures, refunds, lists and expansion, as Stripe documents them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import stripe

from liveapp.dev.stripe_simulator import Simulator

Charge = Callable[..., stripe.PaymentIntent]


def test_manual_capture_takes_a_part_and_gives_back_the_rest(api: stripe.StripeClient, charge: Charge) -> None:
    held = charge(capture_method="manual")
    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 5000, 0)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.payment_intents.capture(held.id, {"amount_to_capture": 5001})
    assert refused.value.code == "amount_too_large"
    taken = api.v1.payment_intents.capture(held.id, {"amount_to_capture": 2000, "expand": ["latest_charge"]})
    assert (taken.status, taken.amount_received, taken.amount_capturable) == ("succeeded", 2000, 0)
    assert isinstance(taken.latest_charge, stripe.Charge)
    assert (taken.latest_charge.amount_captured, taken.latest_charge.amount_refunded) == (2000, 3000)
    with pytest.raises(stripe.InvalidRequestError, match="could not be captured"):
        api.v1.payment_intents.capture(held.id)


def test_cancelling_gives_back_what_was_held_and_not_what_was_paid(api: stripe.StripeClient, charge: Charge) -> None:
    held = charge(capture_method="manual")
    assert api.v1.payment_intents.cancel(held.id).status == "canceled"
    assert api.v1.charges.retrieve(str(held.latest_charge)).refunded is True
    with pytest.raises(stripe.InvalidRequestError, match="You cannot cancel") as refused:
        api.v1.payment_intents.cancel(charge().id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_what_is_held_lapses_after_seven_days(simulator: Simulator, api: stripe.StripeClient, charge: Charge) -> None:
    held = charge(capture_method="manual")
    simulator.control("clock", advance=7 * 86400)
    lapsed = api.v1.payment_intents.retrieve(held.id)
    assert (lapsed.status, lapsed.cancellation_reason) == ("canceled", "automatic")


def test_refunds_in_parts_and_never_too_much(api: stripe.StripeClient, charge: Charge) -> None:
    paid = charge()
    first = api.v1.refunds.create({"payment_intent": paid.id, "amount": 2000, "metadata": {"why": "half"}})
    assert (first.status, first.amount, first.charge) == ("succeeded", 2000, paid.latest_charge)
    with pytest.raises(stripe.InvalidRequestError, match=r"greater than unrefunded amount .* \(\$30.00\)") as over:
        api.v1.refunds.create({"payment_intent": paid.id, "amount": 3001})
    assert over.value.param == "amount"
    assert api.v1.refunds.create({"charge": str(paid.latest_charge)}).amount == 3000
    with pytest.raises(stripe.InvalidRequestError) as none_left:
        api.v1.refunds.create({"payment_intent": paid.id, "amount": 1})
    assert none_left.value.code == "charge_already_refunded"
    made = api.v1.charges.retrieve(str(paid.latest_charge), {"expand": ["refunds"]})
    assert (made.amount_refunded, made.refunded) == (5000, True)
    assert made.refunds is not None
    assert [it.amount for it in made.refunds.data] == [3000, 2000]


def test_refunds_that_wait_and_refunds_that_fail(
    simulator: Simulator, api: stripe.StripeClient, charge: Charge
) -> None:
    waiting = api.v1.refunds.create({"payment_intent": charge("pm_card_pendingRefund").id})
    paid = charge("pm_card_refundFail")
    failing = api.v1.refunds.create({"payment_intent": paid.id, "amount": 1500})
    assert (waiting.status, failing.status) == ("pending", "succeeded")
    simulator.control("clock", advance=3600)
    assert api.v1.refunds.retrieve(waiting.id).status == "succeeded"
    failed = api.v1.refunds.retrieve(failing.id)
    assert (failed.status, failed.failure_reason) == ("failed", "unknown")
    assert failed.failure_balance_transaction is not None
    assert api.v1.charges.retrieve(str(paid.latest_charge)).amount_refunded == 0


def test_a_refund_in_the_console_is_seen_by_the_api(
    simulator: Simulator, api: stripe.StripeClient, charge: Charge
) -> None:
    paid = charge()
    made = simulator.control("refunds", payment_intent=paid.id, amount=700)
    listed = api.v1.refunds.list({"payment_intent": paid.id}).data
    assert [(it.id, it.amount) for it in listed] == [(made["id"], 700)]


def test_lists_come_newest_first_in_pages(api: stripe.StripeClient) -> None:
    customer = api.v1.customers.create().id
    made = [
        api.v1.payment_intents.create({"amount": 100 + n, "currency": "usd", "customer": customer}).id for n in range(5)
    ]
    page = api.v1.payment_intents.list({"customer": customer, "limit": 2})
    assert ([it.id for it in page.data], page.has_more) == ([made[4], made[3]], True)
    assert [it.id for it in page.auto_paging_iter()] == made[::-1]
    back = api.v1.payment_intents.list({"customer": customer, "ending_before": made[2], "limit": 1})
    assert ([it.id for it in back.data], back.has_more) == ([made[3]], True)
    created = api.v1.payment_intents.retrieve(made[0]).created
    later = {"customer": customer, "created": {"gte": created, "lt": created + 100}}
    assert len(api.v1.payment_intents.list(later | {"limit": 100}).data) == 5
    assert api.v1.payment_intents.list({"customer": customer, "created": {"lt": created}}).data == []


def test_only_what_can_be_expanded_is(api: stripe.StripeClient, charge: Charge) -> None:
    paid = charge(expand=["payment_method", "latest_charge"])
    assert isinstance(paid.payment_method, stripe.PaymentMethod)
    page = api.v1.payment_intents.list({"limit": 1, "expand": ["data.latest_charge"]})
    assert isinstance(page.data[0].latest_charge, stripe.Charge)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        api.v1.payment_intents.retrieve(paid.id, {"expand": ["amount"]})
