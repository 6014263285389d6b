"""The API's calls for payment intents; what they do is in ``payment_intents``."""

from __future__ import annotations

from liveapp.dev.stripe_simulator import money
from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.refusals import BadParameter, Body, Impossible
from liveapp.dev.stripe_simulator.rendering import PAGING, listing
from liveapp.dev.stripe_simulator.resources import charges, connect_splits, intents, payment_methods
from liveapp.dev.stripe_simulator.resources.customers import living
from liveapp.dev.stripe_simulator.resources.payment_intents import UNEXPECTED, canceled, confirmed, made
from liveapp.dev.stripe_simulator.routing import Call, route
from liveapp.dev.stripe_simulator.world import public

OPTIONS: p.Spec = {"card": {"request_three_d_secure": p.one_of("any", "automatic", "challenge")}}
METHOD: p.Spec = {
    "payment_method": p.text,
    "payment_method_data": payment_methods.DATA,
    "payment_method_options": OPTIONS,
}
CONFIRM: p.Spec = {
    **METHOD,
    "error_on_requires_action": p.truth,
    "off_session": p.truth,
    "receipt_email": p.clearable,
    "return_url": p.text,
    "setup_future_usage": p.one_of("off_session", "on_session"),
}
CHANGE: p.Spec = {
    **METHOD,
    "application_fee_amount": p.whole,
    "customer": p.text,
    "description": p.clearable,
    "metadata": p.metadata,
    "receipt_email": p.clearable,
    "setup_future_usage": p.one_of("off_session", "on_session"),
    "statement_descriptor": p.text,
    "statement_descriptor_suffix": p.text,
    "transfer_data": {"destination": p.text, "amount": p.whole},
    "transfer_group": p.text,
}
CREATE: p.Spec = {
    **CHANGE,
    **CONFIRM,
    "allowed_payment_method_types": [p.text],
    "amount!": p.amount,
    "currency!": p.text,
    "automatic_payment_methods": intents.AUTOMATIC,
    "capture_method": p.one_of("automatic", "automatic_async", "manual"),
    "confirm": p.truth,
    "on_behalf_of": p.text,
}


@route("POST", "/payment_intents", CREATE)
def create(call: Call) -> Body:
    if not call.params.get("confirm"):
        for name in ("off_session", "return_url", "error_on_requires_action"):
            if name in call.params:
                raise BadParameter(f"`{name}` can only be set when `confirm` is true.", param=name)
        return made(call.world, call.account, call.params)
    intents.check_return_url("PaymentIntent", intents.automatic_methods(call.params), call.params)
    intent = made(call.world, call.account, call.params)
    given = {
        name: call.params[name] for name in CONFIRM if name in call.params and not name.startswith("payment_method")
    }
    return confirmed(call.world, intent, given)


@route("GET", "/payment_intents/{id}", {"client_secret": p.text})
def retrieve(call: Call) -> Body:
    return call.world.find("payment_intent", call.id, call.account)


@route("POST", "/payment_intents/{id}", {**CHANGE, "amount": p.amount, "currency": p.text})
def update(call: Call) -> Body:
    intent = call.world.find("payment_intent", call.id, call.account)
    given = dict(call.params)
    metadata = p.merged(intent["metadata"], given.pop("metadata", None))
    final = intent["status"] in ("succeeded", "canceled", "requires_capture", "processing")
    if final and set(given) - {"description", "receipt_email", "transfer_group"}:
        message = f"This PaymentIntent could not be updated because it has a status of {intent['status']}."
        raise Impossible(message, code=UNEXPECTED, payment_intent=public(intent))
    currency = money.known_currency(str(given.get("currency", intent["currency"])))
    money.check_charge(given.get("amount") or intent["amount"], currency)
    if "customer" in given:
        living(call.world, given["customer"], call.account)
    method = {name: given.pop(name) for name in tuple(METHOD) if name in given and name != "payment_method_options"}
    connect_splits.check(call.world, given, given.get("amount") or intent["amount"])
    with_customer = intent | {"customer": given.get("customer") or intent["customer"]}
    intents.take_method(call.world, with_customer, method)
    intent |= given | {name: with_customer[name] for name in ("customer", "payment_method", "status")}
    intent |= {"currency": currency, "metadata": metadata}
    return intent


@route("POST", "/payment_intents/{id}/confirm", CONFIRM)
def confirm(call: Call) -> Body:
    return confirmed(call.world, call.world.find("payment_intent", call.id, call.account), call.params)


@route("POST", "/payment_intents/{id}/capture", {"amount_to_capture": p.amount, "metadata": p.metadata})
def capture(call: Call) -> Body:
    world, intent = call.world, call.world.find("payment_intent", call.id, call.account)
    if intent["status"] != "requires_capture":
        raise Impossible(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be captured: requires_capture.",
            code=UNEXPECTED,
            payment_intent=public(intent),
        )
    amount = call.params.get("amount_to_capture") or intent["amount_capturable"]
    if amount > intent["amount_capturable"]:
        message = "The requested capture amount is greater than the amount you can capture for this charge."
        raise Impossible(message, code="amount_too_large", param="amount_to_capture")
    intent["metadata"] = p.merged(intent["metadata"], call.params.get("metadata"))
    charge, method = world.get("charge", intent["latest_charge"]), world.get("payment_method", intent["payment_method"])
    charges.take(world, charge, amount, at_once=True)
    intent |= {"status": "succeeded", "amount_capturable": 0, "amount_received": amount}
    world.emit("charge.captured", charge)
    world.emit("payment_intent.succeeded", intent)
    charges.dispute_if_the_card_does(world, charge, method)
    return intent


REASONS = p.one_of("duplicate", "fraudulent", "requested_by_customer", "abandoned")


@route("POST", "/payment_intents/{id}/cancel", {"cancellation_reason": REASONS})
def cancel(call: Call) -> Body:
    intent = call.world.find("payment_intent", call.id, call.account)
    if intent.get("_checkout"):
        message = "You cannot cancel this PaymentIntent because it was created by Checkout: expire the Session instead."
        raise Impossible(message, code=UNEXPECTED, payment_intent=public(intent))
    return canceled(call.world, intent, call.params.get("cancellation_reason"))


@route("GET", "/payment_intents", {**PAGING, "customer": p.text})
def index(call: Call) -> Body:
    customer = call.params.get("customer")
    return listing(call, "payment_intent", lambda it: customer in (None, it["customer"]))
