"""Customers: whom cards are saved for."""

from __future__ import annotations

from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.refusals import Body
from liveapp.dev.stripe_simulator.rendering import PAGING, listing
from liveapp.dev.stripe_simulator.routing import Call, route
from liveapp.dev.stripe_simulator.world import World

FIELDS: p.Spec = {
    "email": p.clearable,
    "name": p.clearable,
    "phone": p.clearable,
    "description": p.clearable,
    "address": p.ADDRESS,
    "preferred_locales": [p.text],
    "metadata": p.metadata,
    "invoice_settings": {"default_payment_method": p.clearable},
}


def made(world: World, account: str, **fields: object) -> Body:
    """A new customer; says so by an event."""
    blank: Body = dict.fromkeys(("address", "currency", "description", "email", "name", "phone", "shipping"))
    blank |= {"balance": 0, "default_source": None, "delinquent": False, "discount": None, "metadata": {}}
    blank |= {"invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None}}
    blank |= {"preferred_locales": [], "tax_exempt": "none", "test_clock": None, "invoice_prefix": None}
    customer = world.add("customer", "cus", account, **(blank | fields))
    world.emit("customer.created", customer)
    return customer


@route("POST", "/customers", FIELDS)
def create(call: Call) -> Body:
    given = call.params | {"metadata": p.merged({}, call.params.get("metadata"))}
    default = given.pop("invoice_settings", {}).get("default_payment_method")
    customer = made(call.world, call.account, **given)
    customer["invoice_settings"]["default_payment_method"] = default
    return customer


@route("GET", "/customers/{id}")
def retrieve(call: Call) -> Body:
    customer = call.world.find("customer", call.id, call.account)
    if customer.get("_deleted"):
        return {"id": customer["id"], "object": "customer", "deleted": True}
    return customer


@route("POST", "/customers/{id}", FIELDS)
def update(call: Call) -> Body:
    customer = living(call.world, call.id, call.account, param="id")
    given = dict(call.params)
    settings = given.pop("invoice_settings", {})
    metadata = p.merged(customer["metadata"], given.pop("metadata", None))
    previous = {name: customer[name] for name in given}
    customer |= given | {"metadata": metadata}
    customer["invoice_settings"] |= settings
    call.world.emit("customer.updated", customer, previous)
    return customer


@route("DELETE", "/customers/{id}")
def delete(call: Call) -> Body:
    customer = living(call.world, call.id, call.account, param="id")
    customer["_deleted"] = True
    for method in call.world.newest("payment_method", call.account):
        if method["customer"] == customer["id"]:
            method |= {"customer": None, "_spent": True}
    call.world.emit("customer.deleted", customer)
    return {"id": customer["id"], "object": "customer", "deleted": True}


@route("GET", "/customers", {**PAGING, "email": p.text})
def index(call: Call) -> Body:
    email = call.params.get("email")
    return listing(call, "customer", lambda it: not it.get("_deleted") and email in (None, it["email"]))


def living(world: World, customer_id: str, account: str, *, param: str = "customer") -> Body:
    """A customer that wasn't deleted. Raises Missing."""
    customer = world.find("customer", customer_id, account, param=param)
    if customer.get("_deleted"):
        return world.find("customer", f"{customer_id} (deleted)", account, param=param)
    return customer
