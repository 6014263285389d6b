"""Setup intents: save a card for later, with 3-D Secure where the card wants it."""

from __future__ import annotations

from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.cards import setup_needs_authentication
from liveapp.dev.stripe_simulator.refusals import BadParameter, Body, Impossible
from liveapp.dev.stripe_simulator.rendering import PAGING, listing
from liveapp.dev.stripe_simulator.resources import intents, payment_methods
from liveapp.dev.stripe_simulator.resources.customers import living
from liveapp.dev.stripe_simulator.routing import Call, route
from liveapp.dev.stripe_simulator.world import World, public

OPTIONS: p.Spec = {"card": {"request_three_d_secure": p.one_of("any", "automatic", "challenge")}}
METHOD: p.Spec = {
    "payment_method": p.text,
    "payment_method_data": payment_methods.DATA,
    "payment_method_options": OPTIONS,
}
CONFIRM: p.Spec = {**METHOD, "return_url": p.text}
CHANGE: p.Spec = {
    **METHOD,
    "customer": p.text,
    "description": p.clearable,
    "metadata": p.metadata,
}
CREATE: p.Spec = {
    **CHANGE,
    **CONFIRM,
    "allowed_payment_method_types": [p.text],
    "automatic_payment_methods": intents.AUTOMATIC,
    "confirm": p.truth,
    "on_behalf_of": p.text,
    "usage": p.one_of("off_session", "on_session"),
}
CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
UNEXPECTED = "setup_intent_unexpected_state"


def made(world: World, account: str, params: Body) -> Body:
    """A new intent. Raises Refusal for a customer or payment method that may not be used."""
    if "customer" in params:
        living(world, params["customer"], account)
    automatic = intents.automatic_methods(params)
    blank: Body = dict.fromkeys(("application", "cancellation_reason", "description", "last_setup_error"))
    blank |= dict.fromkeys(("latest_attempt", "mandate", "next_action", "on_behalf_of", "payment_method"))
    blank |= {name: params[name] for name in ("description", "on_behalf_of") if name in params}
    intent = world.add(
        "setup_intent",
        "seti",
        account,
        **blank,
        allowed_payment_method_types=params.get("allowed_payment_method_types"),
        automatic_payment_methods=automatic,
        customer=params.get("customer"),
        flow_directions=None,
        metadata=p.merged({}, params.get("metadata")),
        payment_method_options=params.get("payment_method_options"),
        payment_method_types=["card"],
        single_use_mandate=None,
        status="requires_payment_method",
        usage=params.get("usage", "off_session"),
    )
    intent["client_secret"] = intents.client_secret(intent["id"])
    intents.take_first_method(world, intent, params)
    world.emit("setup_intent.created", intent)
    return intent


def confirmed(world: World, intent: Body, params: Body) -> Body:
    """Try to save the card. Raises CardError when it is refused, Impossible in a wrong state."""
    intents.take_method(world, intent, params)
    intents.confirmable(intent)
    intents.check_return_url("SetupIntent", intent["automatic_payment_methods"], params)
    method = world.get("payment_method", intent["payment_method"])
    asked = intents.three_d_secure_asked(intent, params)
    if setup_needs_authentication(payment_methods.card_of(method), asked=asked):
        intents.ask_for_authentication(world, intent, params.get("return_url"))
        return intent
    return save(world, intent, method)


def save(world: World, intent: Body, method: Body) -> Body:
    """The bank's answer. Raises CardError when it says no."""
    card = payment_methods.card_of(method)
    if card.declines and not card.attaches:
        raise intents.failed(world, intent, method, card.declines)
    if intent["customer"]:
        payment_methods.attach_to(world, method, intent["customer"])
    method["_set_up"] = method.get("_set_up") or intent["usage"] == "off_session"
    intent |= {"status": "succeeded", "next_action": None, "last_setup_error": None}
    world.emit("setup_intent.succeeded", intent)
    return intent


def canceled(world: World, intent: Body, reason: str | None) -> Body:
    """End the intent. Raises Impossible when it is over already."""
    if intent["status"] not in CANCELABLE:
        message = f"You cannot cancel this SetupIntent because it has a status of {intent['status']}."
        raise Impossible(message, code=UNEXPECTED, setup_intent=public(intent))
    intent |= {"status": "canceled", "cancellation_reason": reason, "next_action": None}
    world.emit("setup_intent.canceled", intent)
    return intent


@route("POST", "/setup_intents", CREATE)
def create(call: Call) -> Body:
    if not call.params.get("confirm"):
        if "return_url" in call.params:
            raise BadParameter("`return_url` can only be set when `confirm` is true.", param="return_url")
        return made(call.world, call.account, call.params)
    intents.check_return_url("SetupIntent", intents.automatic_methods(call.params), call.params)
    intent = made(call.world, call.account, call.params)
    given = p.picked(call.params, "return_url")
    return confirmed(call.world, intent, given)


@route("GET", "/setup_intents/{id}", {"client_secret": p.text})
def retrieve(call: Call) -> Body:
    return call.world.find("setup_intent", call.id, call.account)


@route("POST", "/setup_intents/{id}", CHANGE)
def update(call: Call) -> Body:
    intent = call.world.find("setup_intent", call.id, call.account)
    given = dict(call.params)
    metadata = p.merged(intent["metadata"], given.pop("metadata", None))
    if intent["status"] not in CANCELABLE and given.keys() - {"description"}:
        message = f"You cannot update this SetupIntent because it has a status of {intent['status']}."
        raise Impossible(message, code=UNEXPECTED, setup_intent=public(intent))
    if "customer" in given:
        living(call.world, given["customer"], call.account)
    method = {name: given.pop(name) for name in tuple(METHOD) if name in given and name != "payment_method_options"}
    with_customer = intent | {"customer": given.get("customer") or intent["customer"]}
    intents.take_method(call.world, with_customer, method)
    intent |= given | {name: with_customer[name] for name in ("customer", "payment_method", "status")}
    intent["metadata"] = metadata
    return intent


@route("POST", "/setup_intents/{id}/confirm", CONFIRM)
def confirm(call: Call) -> Body:
    return confirmed(call.world, call.world.find("setup_intent", call.id, call.account), call.params)


REASONS = p.one_of("abandoned", "requested_by_customer", "duplicate")


@route("POST", "/setup_intents/{id}/cancel", {"cancellation_reason": REASONS})
def cancel(call: Call) -> Body:
    intent = call.world.find("setup_intent", call.id, call.account)
    if intent.get("_checkout"):
        message = "You cannot cancel this SetupIntent because it was created by Checkout: expire the Session instead."
        raise Impossible(message, code=UNEXPECTED, setup_intent=public(intent))
    return canceled(call.world, intent, call.params.get("cancellation_reason"))


@route("GET", "/setup_intents", {**PAGING, "customer": p.text, "payment_method": p.text})
def index(call: Call) -> Body:
    wanted = p.picked(call.params, "customer", "payment_method")
    return listing(call, "setup_intent", lambda it: all(it[name] == value for name, value in wanted.items()))
