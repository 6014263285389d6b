"""3-D Secure: what happens when the person completes the bank's step, or fails it."""

from __future__ import annotations

from liveapp.dev.stripe_simulator.refusals import Body, CardError
from liveapp.dev.stripe_simulator.resources import intents, payment_intents, setup_intents
from liveapp.dev.stripe_simulator.world import World

FAILED = {
    "payment_intent": "payment_intent_authentication_failure",
    "setup_intent": "setup_intent_authentication_failure",
}


def waiting(world: World, intent_id: str) -> Body | None:
    """The intent of that id, if a bank's step is due on it."""
    intent = world.any_of(intent_id)
    if intent is None or intent["object"] not in FAILED or intent["status"] != "requires_action":
        return None
    return intent


def answered(world: World, intent: Body, *, passed: bool) -> CardError | None:
    """Carry on after the step; returns the refusal, if there was one."""
    method = world.get("payment_method", intent["payment_method"])
    if not passed:
        return intents.failed(world, intent, method, FAILED[intent["object"]])
    try:
        if intent["object"] == "payment_intent":
            payment_intents.take_money(world, intent, method, authenticated=True)
        else:
            setup_intents.save(world, intent, method)
    except CardError as refused:
        return refused
    return None
