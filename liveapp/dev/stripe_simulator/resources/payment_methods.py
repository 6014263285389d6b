"""Payment methods: test cards only, made from Stripe's test names, never from a number sent over the API."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.cards import CARDS, MESSAGES, Card, token_number
from liveapp.dev.stripe_simulator.refusals import BadParameter, Body, CardError, Impossible, Missing
from liveapp.dev.stripe_simulator.rendering import CURSOR, listing
from liveapp.dev.stripe_simulator.resources.customers import living
from liveapp.dev.stripe_simulator.routing import Call, route
from liveapp.dev.stripe_simulator.world import World

BILLING: p.Spec = {"address": p.ADDRESS, "email": p.clearable, "name": p.clearable, "phone": p.clearable}
CARD: p.Spec = {"token": p.text, "number": p.text, "exp_month": p.whole, "exp_year": p.whole, "cvc": p.text}
DATA: p.Spec = {
    "type!": p.one_of("card"),
    "card": CARD,
    "billing_details": BILLING,
    "metadata": p.metadata,
    "allow_redisplay": p.one_of("always", "limited", "unspecified"),
}
UNEXPECTED = "payment_method_unexpected_state"


def card_of(method: Body) -> Card:
    """The test card behind a payment method."""
    return CARDS[method["_number"]]


def made(world: World, account: str, number: str, **fields: object) -> Body:
    """A payment method for a test card."""
    card = CARDS[number]
    year = datetime.fromtimestamp(world.now(), UTC).year + 5
    details: Body = {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "unchecked"},
        "country": "US",
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": year,
        "fingerprint": hashlib.sha256(number.encode()).hexdigest()[:16],
        "funding": card.funding,
        "generated_from": None,
        "last4": number[-4:],
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    blank: Body = {"allow_redisplay": "unspecified", "customer": None, "metadata": {}, "type": "card"}
    blank["billing_details"] = dict.fromkeys(("email", "name", "phone", "tax_id")) | {
        "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    }
    method = world.add("payment_method", "pm", account, **blank, card=details, _number=number)
    given = dict(fields)
    billing = given.pop("billing_details", None)
    if isinstance(billing, dict):
        method["billing_details"] |= billing
    method |= given
    return method


def from_data(world: World, account: str, data: Body) -> Body:
    """A payment method from ``card[token]``. Raises BadParameter for a card number: Stripe takes none from a server."""
    given = dict(data)
    card = given.pop("card", {})
    if "number" in card:
        raise BadParameter(
            "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test "
            "tokens that map to the test card you are using, see https://docs.stripe.com/testing.",
            param="card[number]",
        )
    number = token_number(card.get("token", ""))
    if number is None:
        raise Missing("token", card.get("token", ""), param="card[token]")
    given.pop("type", None)
    return made(world, account, number, **given)


def named(world: World, account: str, method_id: str, *, param: str = "payment_method") -> Body:
    """The payment method of that id; a test name such as ``pm_card_visa`` makes a new one. Raises Missing."""
    number = token_number(method_id)
    return made(world, account, number) if number else world.find("payment_method", method_id, account, param=param)


def attach_to(world: World, method: Body, customer_id: str) -> None:
    """Save the payment method for the customer, unless it is so already. Raises CardError, Impossible."""
    if method["customer"] == customer_id:
        return
    if method["customer"] is not None:
        raise Impossible("The payment method you provided has already been attached to a customer.", code=UNEXPECTED)
    if method.get("_spent"):
        raise Impossible(
            "This PaymentMethod was previously used without being attached to a Customer or was detached from a "
            "Customer, and may not be used again."
        )
    card = card_of(method)
    if card.declines and not card.attaches:
        code, message = MESSAGES[card.declines]
        raise CardError(message, code=code, decline_code=card.declines)
    method["customer"] = customer_id
    world.emit("payment_method.attached", method)


@route("POST", "/payment_methods", DATA)
def create(call: Call) -> Body:
    return from_data(call.world, call.account, call.params)


@route("GET", "/payment_methods/{id}")
def retrieve(call: Call) -> Body:
    return named(call.world, call.account, call.id, param="id")


@route("GET", "/customers/{customer}/payment_methods/{id}")
def retrieve_of_customer(call: Call) -> Body:
    method = call.world.find("payment_method", call.id, call.account)
    if method["customer"] != call.ids["customer"]:
        raise Missing("payment_method", call.id)
    return method


@route(
    "POST",
    "/payment_methods/{id}",
    {
        "billing_details": BILLING,
        "metadata": p.metadata,
        "card": {"exp_month": p.whole, "exp_year": p.whole},
        "allow_redisplay": p.one_of("always", "limited", "unspecified"),
    },
)
def update(call: Call) -> Body:
    method = call.world.find("payment_method", call.id, call.account)
    if method["customer"] is None:
        message = "You must save this PaymentMethod to a customer before you can update it."
        raise Impossible(message, code=UNEXPECTED)
    method["metadata"] = p.merged(method["metadata"], call.params.get("metadata"))
    method["billing_details"] |= call.params.get("billing_details", {})
    method["card"] |= call.params.get("card", {})
    method["allow_redisplay"] = call.params.get("allow_redisplay", method["allow_redisplay"])
    call.world.emit("payment_method.updated", method)
    return method


@route("POST", "/payment_methods/{id}/attach", {"customer!": p.text})
def attach(call: Call) -> Body:
    customer = living(call.world, call.params["customer"], call.account)
    method = named(call.world, call.account, call.id, param="id")
    if method["customer"] == customer["id"]:
        return method
    attach_to(call.world, method, customer["id"])
    return method


@route("POST", "/payment_methods/{id}/detach")
def detach(call: Call) -> Body:
    method = call.world.find("payment_method", call.id, call.account)
    if method["customer"] is None:
        message = "The payment method you provided is not attached to a customer so detachment is impossible."
        raise Impossible(message, code=UNEXPECTED)
    previous = {"customer": method["customer"]}
    method |= {"customer": None, "_spent": True}
    call.world.emit("payment_method.detached", method, previous)
    return method


@route("GET", "/payment_methods", {**CURSOR, "customer": p.text, "type": p.text})
def index(call: Call) -> Body:
    customer, kind = call.params.get("customer"), call.params.get("type")
    return listing(
        call,
        "payment_method",
        lambda it: it["customer"] is not None and customer in (None, it["customer"]) and kind in (None, it["type"]),
    )


@route("GET", "/customers/{id}/payment_methods", {**CURSOR, "type": p.text})
def index_of_customer(call: Call) -> Body:
    customer = living(call.world, call.id, call.account, param="id")
    return listing(call, "payment_method", lambda it: bool(it["customer"] == customer["id"]))
