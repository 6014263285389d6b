"""Payment intents: take an amount from a card, now or by a later capture, with 3-D Secure where the card wants it."""

from __future__ import annotations

from liveapp.dev.stripe_simulator import money
from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.cards import needs_authentication
from liveapp.dev.stripe_simulator.refusals import Body, Impossible
from liveapp.dev.stripe_simulator.resources import charges, connect_splits, intents, payment_methods
from liveapp.dev.stripe_simulator.resources.customers import living
from liveapp.dev.stripe_simulator.world import World, public

PASSED_ON = (
    "application_fee_amount", "description", "on_behalf_of", "payment_method_options", "receipt_email",
    "setup_future_usage", "statement_descriptor", "statement_descriptor_suffix", "transfer_data", "transfer_group",
)  # fmt: skip
CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing")
UNEXPECTED = "payment_intent_unexpected_state"


def made(world: World, account: str, params: Body) -> Body:
    """A new intent. Raises Refusal for bad amounts, currencies, customers and destinations."""
    currency = money.known_currency(params["currency"])
    money.check_charge(params["amount"], currency)
    if "customer" in params:
        living(world, params["customer"], account)
    connect_splits.check(world, params, params["amount"])
    automatic = intents.automatic_methods(params)
    blank: Body = dict.fromkeys(
        ("application", "canceled_at", "cancellation_reason", "last_payment_error", "processing")
    )
    blank |= dict.fromkeys(
        ("latest_charge", "next_action", "payment_method", "review", "shipping", "source", *PASSED_ON)
    )
    blank |= p.picked(params, *PASSED_ON)
    intent = world.add(
        "payment_intent",
        "pi",
        account,
        **blank,
        amount=params["amount"],
        amount_capturable=0,
        amount_details={"tip": {}},
        amount_received=0,
        allowed_payment_method_types=params.get("allowed_payment_method_types"),
        automatic_payment_methods=automatic,
        capture_method=params.get("capture_method", "automatic_async"),
        confirmation_method="automatic",
        currency=currency,
        customer=params.get("customer"),
        metadata=p.merged({}, params.get("metadata")),
        payment_method_types=["card"],
        status="requires_payment_method",
    )
    intent["client_secret"] = intents.client_secret(intent["id"])
    intents.take_first_method(world, intent, params)
    world.emit("payment_intent.created", intent)
    return intent


def confirmed(world: World, intent: Body, params: Body) -> Body:
    """Try to take the money. Raises CardError when the card is refused, Impossible in a wrong state."""
    intents.take_method(world, intent, params)
    intents.confirmable(intent)
    intents.check_return_url("PaymentIntent", intent["automatic_payment_methods"], params)
    for name in ("receipt_email", "setup_future_usage"):
        intent[name] = params.get(name, intent[name])
    method = world.get("payment_method", intent["payment_method"])
    card = payment_methods.card_of(method)
    off_session = params.get("off_session", False)
    asked = intents.three_d_secure_asked(intent, params)
    if needs_authentication(card, off_session=off_session, set_up=method.get("_set_up", False), asked=asked):
        if off_session or params.get("error_on_requires_action"):
            charge = charges.attempt(world, intent, method, declined="authentication_required", authenticated=False)
            raise intents.failed(world, intent, method, "authentication_required", charge=charge)
        intents.ask_for_authentication(world, intent, params.get("return_url"))
        return intent
    return take_money(world, intent, method, authenticated=False)


def take_money(world: World, intent: Body, method: Body, *, authenticated: bool) -> Body:
    """The bank's answer. Raises CardError when it says no."""
    declined = payment_methods.card_of(method).declines
    charge = charges.attempt(world, intent, method, declined=declined, authenticated=authenticated)
    if declined:
        raise intents.failed(world, intent, method, declined, charge=charge)
    intent |= {"last_payment_error": None, "next_action": None}
    _save_method(world, intent, method)
    if intent["capture_method"] == "manual":
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        world.plan(charges.HOLD_SECONDS, "capture_expires", intent["id"])
        world.emit("payment_intent.amount_capturable_updated", intent)
        return intent
    intent |= {"status": "succeeded", "amount_received": intent["amount"]}
    world.emit("payment_intent.succeeded", intent)
    return intent


def _save_method(world: World, intent: Body, method: Body) -> None:
    """Keep the card for the customer when the intent says so; one without a customer is spent."""
    if intent["setup_future_usage"] and intent["customer"]:
        payment_methods.attach_to(world, method, intent["customer"])
        method["_set_up"] = method.get("_set_up") or intent["setup_future_usage"] == "off_session"
    elif method["customer"] is None:
        method["_spent"] = True


def canceled(world: World, intent: Body, reason: str | None) -> Body:
    """End the intent; reserved money is given back. Raises Impossible when it is over already."""
    if intent["status"] not in CANCELABLE:
        raise Impossible(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent "
            f"with one of the following statuses may be canceled: {', '.join(CANCELABLE)}.",
            code=UNEXPECTED,
            payment_intent=public(intent),
        )
    if intent["status"] == "requires_capture":
        charge = world.get("charge", intent["latest_charge"])
        charge |= {"amount_refunded": charge["amount"], "refunded": True}
        world.emit("charge.refunded" if reason != "automatic" else "charge.expired", charge)
    intent |= {"status": "canceled", "canceled_at": world.now(), "cancellation_reason": reason}
    intent |= {"amount_capturable": 0, "next_action": None}
    world.emit("payment_intent.canceled", intent)
    return intent


def capture_expires(world: World, intent_id: str) -> None:
    """Seven days are over: what is still reserved goes back."""
    intent = world.get("payment_intent", intent_id)
    if intent["status"] == "requires_capture":
        canceled(world, intent, "automatic")
