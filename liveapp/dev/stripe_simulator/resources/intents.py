"""What payment intents and setup intents have in common: their payment method, 3-D Secure, the errors they carry."""

from __future__ import annotations

from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.cards import MESSAGES
from liveapp.dev.stripe_simulator.refusals import BadParameter, Body, CardError, Impossible, Refusal
from liveapp.dev.stripe_simulator.resources import payment_methods
from liveapp.dev.stripe_simulator.world import World, new_id, public

AUTOMATIC: p.Spec = {"enabled!": p.truth, "allow_redirects": p.one_of("always", "never")}
AUTHENTICATION_FAILED = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)
NOUNS = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}


def automatic_methods(params: Body) -> Body | None:
    """``automatic_payment_methods`` of a new intent: on, unless allowed types are given. Raises BadParameter."""
    allowed, automatic = params.get("allowed_payment_method_types"), params.get("automatic_payment_methods")
    if allowed is None:
        return {"enabled": True, "allow_redirects": "always"} | (automatic or {})
    if automatic:
        raise BadParameter(
            "You may only specify one of these parameters: allowed_payment_method_types, automatic_payment_methods."
        )
    if "card" not in allowed:
        message = "None of the allowed payment method types can be used; the simulator only has cards."
        raise BadParameter(message, param="allowed_payment_method_types")
    return None


def take_method(world: World, intent: Body, params: Body) -> None:
    """Put the given payment method on the intent. Raises Refusal for one that it may not use."""
    if "payment_method_data" in params:
        method = payment_methods.from_data(world, intent["_account"], params["payment_method_data"])
    elif "payment_method" in params:
        method = payment_methods.named(world, intent["_account"], params["payment_method"])
    else:
        return
    if method["customer"] is not None and method["customer"] != intent["customer"]:
        message = "The PaymentMethod belongs to a Customer. Please include the Customer in the `customer` parameter."
        raise BadParameter(message, param="payment_method")
    if method.get("_spent"):
        raise BadParameter(
            "The provided PaymentMethod was previously used without Customer attachment, or was detached from a "
            "Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a "
            "Customer first.",
            param="payment_method",
        )
    intent["payment_method"] = method["id"]
    if intent["status"] == "requires_payment_method":
        intent["status"] = "requires_confirmation"


def take_first_method(world: World, intent: Body, params: Body) -> None:
    """Put the given payment method on an intent just made, which is taken back when that is refused."""
    try:
        take_method(world, intent, params)
    except Refusal:
        world.remove(intent)
        raise


def check_return_url(noun: str, automatic: Body | None, params: Body) -> None:
    """Automatic payment methods may send people elsewhere, so confirming them needs a ``return_url``."""
    if automatic and automatic.get("allow_redirects") != "never" and "return_url" not in params:
        raise BadParameter(
            f"This {noun} is configured to accept payment methods enabled in your Dashboard. Because some of these "
            f"payment methods might redirect your customer off of your page, you must provide a `return_url`. If you "
            f"don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` "
            f"and `automatic_payment_methods[allow_redirects]` to `never` when creating it.",
            param="return_url",
        )


def three_d_secure_asked(intent: Body, params: Body) -> bool:
    """Whether the caller wants 3-D Secure wherever the card has it."""
    options = params.get("payment_method_options") or intent["payment_method_options"] or {}
    return options.get("card", {}).get("request_three_d_secure") in ("any", "challenge")


def confirmable(intent: Body) -> None:
    """Refuses intents that are over, under way or without a payment method."""
    noun, status = NOUNS[intent["object"]], intent["status"]
    unexpected = f"{intent['object']}_unexpected_state"
    if status in ("succeeded", "canceled", "requires_capture", "processing"):
        reason = (
            "it has already succeeded after being previously confirmed"
            if status == "succeeded"
            else (f"it has a status of {status}")
        )
        raise Impossible(
            f"You cannot confirm this {noun} because {reason}.",
            code=unexpected,
            **{intent["object"]: public(intent)},
        )
    if intent["payment_method"] is None:
        message = (
            f"You cannot confirm this {noun} because it's missing a payment method. You can either update the {noun} "
            "with a payment method and then confirm it again, or confirm it again directly with a payment method."
        )
        raise Impossible(message, code=unexpected, **{intent["object"]: public(intent)})


def ask_for_authentication(world: World, intent: Body, return_url: str | None) -> None:
    """Have the bank ask: status ``requires_action``, with where to send the person."""
    intent["status"] = "requires_action"
    if return_url is None:
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    else:
        page = f"{world.base_url}/3ds/{intent['id']}"
        redirect = {"return_url": return_url, "url": page}
        intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": redirect}
    world.emit(f"{intent['object']}.requires_action", intent)


def failed(world: World, intent: Body, method: Body, code: str, *, charge: Body | None = None) -> CardError:
    """Note the failure on the intent, which then wants another payment method; returns the error to raise."""
    error_code, message = MESSAGES.get(code, (code, AUTHENTICATION_FAILED))
    details: Body = {"code": error_code, "message": message, "payment_method": public(method)}
    if code in MESSAGES:
        details["decline_code"] = code
    if charge:
        details["charge"] = charge["id"]
    intent |= {"status": "requires_payment_method", "payment_method": None, "next_action": None}
    details["type"] = "card_error" if code in MESSAGES else "invalid_request_error"
    intent["last_payment_error" if charge_wanted(intent) else "last_setup_error"] = details
    world.emit("payment_intent.payment_failed" if charge_wanted(intent) else "setup_intent.setup_failed", intent)
    fields = {name: value for name, value in details.items() if name not in ("type", "message", "code")}
    return CardError(message, code=error_code, **fields, **{intent["object"]: public(intent)})


def charge_wanted(intent: Body) -> bool:
    """Whether the intent takes money."""
    return bool(intent["object"] == "payment_intent")


def client_secret(intent_id: str) -> str:
    """What a browser would use to act on the intent."""
    return f"{intent_id}_secret_{new_id('')[1:]}"
