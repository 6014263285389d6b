"""What happens on Checkout's page: a card is tried, the bank may ask, the session completes or runs out of time."""

from __future__ import annotations

from liveapp.dev.stripe_simulator.refusals import Body, CardError
from liveapp.dev.stripe_simulator.resources import (
    authentication,
    customers,
    payment_intents,
    payment_methods,
    setup_intents,
)
from liveapp.dev.stripe_simulator.world import World

FINISHED_INTENT = ("succeeded", "requires_capture")


def pay(world: World, session: Body, number: str, *, name: str, email: str) -> str | None:
    """Try a card on an open session; returns the refusal to show, or None when paid or when the bank asks."""
    session["customer_details"] = _details(name, email)
    if session["mode"] == "payment" and session["amount_total"] == 0:
        _complete(world, session)
        return None
    method = payment_methods.made(
        world, session["_account"], number, billing_details={"name": name or None, "email": email or None}
    )
    method["allow_redisplay"] = "limited"
    intent = _intent(world, session)
    try:
        confirm = payment_intents.confirmed if session["mode"] == "payment" else setup_intents.confirmed
        confirm(world, intent, {"payment_method": method["id"], "return_url": session["url"]})
    except CardError as refused:
        return str(refused)
    complete_if_done(world, session)
    return None


def authenticate(world: World, session: Body, *, passed: bool) -> str | None:
    """The bank's step was completed or failed; returns the refusal to show."""
    intent = intent_of(world, session)
    if intent is None or intent["status"] != "requires_action":
        return None
    refused = authentication.answered(world, intent, passed=passed)
    complete_if_done(world, session)
    return str(refused) if refused else None


def intent_of(world: World, session: Body) -> Body | None:
    """The session's intent; a payment has one only after the first try."""
    found = session["payment_intent"] or session["setup_intent"]
    return world.any_of(found) if found else None


def complete_if_done(world: World, session: Body) -> None:
    """Complete an open session whose intent got through."""
    intent = intent_of(world, session)
    if session["status"] == "open" and intent is not None and intent["status"] in FINISHED_INTENT:
        if intent["status"] == "succeeded" and session["mode"] == "payment":
            session["payment_status"] = "paid"
        _complete(world, session)


def expire(world: World, session: Body) -> None:
    """Close an open session unpaid, its intent with it."""
    session |= {"status": "expired", "url": None}
    intent = intent_of(world, session)
    if intent is not None and intent["status"] in setup_intents.CANCELABLE:
        cancel = payment_intents.canceled if session["mode"] == "payment" else setup_intents.canceled
        cancel(world, intent, "abandoned" if session["mode"] == "setup" else "automatic")
    world.emit("checkout.session.expired", session)


def runs_out(world: World, session_id: str) -> None:
    """The session's time is over."""
    session = world.get("checkout.session", session_id)
    if session["status"] == "open":
        expire(world, session)


def _complete(world: World, session: Body) -> None:
    session |= {"status": "complete", "url": None}
    world.emit("checkout.session.completed", session)


def _details(name: str, email: str) -> Body:
    blank: Body = dict.fromkeys(("address", "business_name", "individual_name", "phone"))
    return blank | {"email": email or None, "name": name or None, "tax_exempt": "none", "tax_ids": []}


def _intent(world: World, session: Body) -> Body:
    """The intent to confirm: the setup's own, the one of an earlier try, or a new one with a customer if one is due."""
    found = intent_of(world, session)
    if found is not None:
        return found
    wanted = session["_intent"]
    saves = bool(wanted.get("setup_future_usage"))
    if session["customer"] is None and (saves or session["customer_creation"] == "always"):
        details = session["customer_details"]
        customer = customers.made(world, session["_account"], name=details["name"], email=details["email"])
        session["customer"] = customer["id"]
    params: Body = {"amount": session["amount_total"], "currency": session["currency"], **wanted}
    params["allowed_payment_method_types"] = ["card"]
    if session["customer"]:
        params["customer"] = session["customer"]
    intent = payment_intents.made(world, session["_account"], params)
    intent["_checkout"] = session["id"]
    session["payment_intent"] = intent["id"]
    return intent
