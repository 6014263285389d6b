"""Refunds: whole, in parts, by the API or by hand in the console; some cards' refunds wait or fail."""

from __future__ import annotations

from liveapp.dev.stripe_simulator import money
from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.refusals import BadParameter, Body, Impossible
from liveapp.dev.stripe_simulator.rendering import PAGING, listing
from liveapp.dev.stripe_simulator.resources import balances, payment_methods, transfers
from liveapp.dev.stripe_simulator.routing import Call, route
from liveapp.dev.stripe_simulator.world import World

SETTLES_AFTER = 60
"""Seconds, by the simulator's clock, until a waiting refund succeeds or a failing one fails."""
REASONS = p.one_of("duplicate", "fraudulent", "requested_by_customer")
CREATE: p.Spec = {
    "amount": p.amount,
    "charge": p.text,
    "metadata": p.metadata,
    "payment_intent": p.text,
    "reason": REASONS,
    "reverse_transfer": p.truth,
}


def made(world: World, charge: Body, params: Body) -> Body:
    """Give money of a charge back. Raises Impossible for more than is left, BadParameter for options that don't fit."""
    amount = _amount(charge, params)
    if params.get("reverse_transfer") and not charge["transfer"]:
        raise BadParameter("This charge has no transfer to reverse.", param="reverse_transfer")
    card = payment_methods.card_of(world.get("payment_method", charge["payment_method"]))
    refund = world.add(
        "refund",
        "re",
        charge["_account"],
        amount=amount,
        balance_transaction=None,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details={
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        metadata=p.merged({}, params.get("metadata")),
        payment_intent=charge["payment_intent"],
        reason=params.get("reason"),
        receipt_number=None,
        source_transfer_reversal=None,
        status="pending" if card.refund == "pending" else "succeeded",
        transfer_reversal=None,
    )
    booked = balances.book(world, charge["_account"], "refund", -amount, charge["currency"], refund["id"])
    refund["balance_transaction"] = booked["id"]
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    if params.get("reverse_transfer"):
        refund["transfer_reversal"] = _reversed(world, charge, amount)
    if card.refund != "at_once":
        world.plan(SETTLES_AFTER, "refund_settles", refund["id"])
    world.emit("refund.created", refund)
    world.emit("charge.refunded", charge)
    return refund


def settles(world: World, refund_id: str) -> None:
    """Some time later: a waiting refund succeeds, one of a failing card fails."""
    refund = world.get("refund", refund_id)
    if refund["status"] == "pending":
        refund["status"] = "succeeded"
        _tell(world, refund, {"status": "pending"})
    elif refund["status"] == "succeeded":
        fail(world, refund)


def fail(world: World, refund: Body) -> None:
    """The bank sends the refund back: the money is on the balance again, and the person doesn't have it."""
    charge = world.get("charge", refund["charge"])
    booked = balances.book(
        world, refund["_account"], "refund_failure", refund["amount"], refund["currency"], refund["id"]
    )
    refund |= {"status": "failed", "failure_reason": "unknown", "failure_balance_transaction": booked["id"]}
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    _tell(world, refund, {"status": "succeeded"})
    world.emit("refund.failed", refund)


def _tell(world: World, refund: Body, previous: Body) -> None:
    world.emit("refund.updated", refund, previous)
    world.emit("charge.refund.updated", refund, previous)


def _amount(charge: Body, params: Body) -> int:
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise Impossible(
            f"Charge {charge['id']} was not captured, so it can't be refunded.", code="charge_not_refundable"
        )
    if charge["disputed"]:
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise Impossible(message, code="charge_disputed")
    left = int(charge["amount"] - charge["amount_refunded"])
    if left == 0:
        raise Impossible(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = int(params.get("amount", left))
    if amount > left:
        shown = money.in_words(amount, charge["currency"]), money.in_words(left, charge["currency"])
        message = f"Refund amount ({shown[0]}) is greater than unrefunded amount on charge ({shown[1]})"
        raise Impossible(message, param="amount")
    return amount


def _reversed(world: World, charge: Body, amount: int) -> str:
    transfer = world.get("transfer", charge["transfer"])
    share = min(transfer["amount"] * amount // charge["amount"], transfer["amount"] - transfer["amount_reversed"])
    return str(transfers.reversed_by(world, transfer, share, {})["id"]) if share else ""


@route("POST", "/refunds", CREATE)
def create(call: Call) -> Body:
    if ("charge" in call.params) == ("payment_intent" in call.params):
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise BadParameter(message)
    if "charge" in call.params:
        charge = call.world.find("charge", call.params["charge"], call.account, param="charge")
    else:
        charge = _charge_of(call)
    return made(call.world, charge, call.params)


def _charge_of(call: Call) -> Body:
    intent = call.world.find("payment_intent", call.params["payment_intent"], call.account, param="payment_intent")
    if intent["status"] != "succeeded":
        raise Impossible(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    return call.world.get("charge", intent["latest_charge"])


@route("GET", "/refunds/{id}")
def retrieve(call: Call) -> Body:
    return call.world.find("refund", call.id, call.account)


@route("POST", "/refunds/{id}", {"metadata": p.metadata})
def update(call: Call) -> Body:
    refund = call.world.find("refund", call.id, call.account)
    refund["metadata"] = p.merged(refund["metadata"], call.params.get("metadata"))
    _tell(call.world, refund, {})
    return refund


@route("POST", "/refunds/{id}/cancel")
def cancel(call: Call) -> Body:
    refund = call.world.find("refund", call.id, call.account)
    raise Impossible(f"You cannot cancel this refund because it has a status of {refund['status']}.")


@route("GET", "/refunds", {**PAGING, "charge": p.text, "payment_intent": p.text})
def index(call: Call) -> Body:
    wanted = p.picked(call.params, "charge", "payment_intent")
    return listing(call, "refund", lambda it: all(it[name] == value for name, value in wanted.items()))
