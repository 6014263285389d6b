"""Charges: what an attempt to take money came to. Made by payment intents, never by themselves."""

from __future__ import annotations

from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.cards import MESSAGES
from liveapp.dev.stripe_simulator.refusals import Body
from liveapp.dev.stripe_simulator.rendering import PAGING, listing
from liveapp.dev.stripe_simulator.resources import balances, connect_splits, disputes
from liveapp.dev.stripe_simulator.resources.payment_methods import card_of
from liveapp.dev.stripe_simulator.routing import Call, route
from liveapp.dev.stripe_simulator.world import World

CARD_FIELDS = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
SETTLES_AFTER = 2
"""Seconds, by the simulator's clock, that an asynchronous capture takes."""
HOLD_SECONDS = 7 * 86400
"""How long money stays reserved for a manual capture."""


def attempt(world: World, intent: Body, method: Body, *, declined: str | None, authenticated: bool) -> Body:
    """A charge for the intent: failed with a decline code, or paid (reserved only, when capture is manual)."""
    manual = intent["capture_method"] == "manual"
    card = method["card"]
    charge = world.add(
        "charge",
        "ch",
        intent["_account"],
        **dict.fromkeys(("application", "application_fee", "failure_balance_transaction", "review", "shipping")),
        **dict.fromkeys(("source", "source_transfer", "statement_descriptor_suffix", "receipt_number", "transfer")),
        **{name: intent[name] for name in ("amount", "currency", "customer", "description", "receipt_email")},
        **{name: intent[name] for name in ("application_fee_amount", "on_behalf_of", "statement_descriptor")},
        **{name: intent[name] for name in ("transfer_data", "transfer_group")},
        amount_captured=0,
        amount_refunded=0,
        balance_transaction=None,
        billing_details=dict(method["billing_details"]),
        calculated_statement_descriptor="LIVE SESSIONS",
        captured=False,
        disputed=False,
        failure_code=MESSAGES[declined][0] if declined else None,
        failure_message=MESSAGES[declined][1] if declined else None,
        fraud_details={},
        metadata=dict(intent["metadata"]),
        outcome=_outcome(declined),
        paid=declined is None,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={
            "card": {name: card[name] for name in CARD_FIELDS}
            | {"amount_authorized": intent["amount"], "mandate": None, "installments": None, "network": card["brand"]}
            | {"capture_before": world.now() + HOLD_SECONDS if manual and not declined else None}
            | {"three_d_secure": {"result": "authenticated", "version": "2.2.0"} if authenticated else None},
            "type": "card",
        },
        radar_options={},
        receipt_url=None,
        refunded=False,
        status="failed" if declined else "succeeded",
    )
    intent["latest_charge"] = charge["id"]
    if declined:
        world.emit("charge.failed", charge)
        return charge
    charge["receipt_url"] = f"{world.base_url}/receipts/{charge['id']}"
    if not manual:
        take(world, charge, charge["amount"], at_once=intent["capture_method"] == "automatic")
    world.emit("charge.succeeded", charge)
    if not manual:
        dispute_if_the_card_does(world, charge, method)
    return charge


def take(world: World, charge: Body, amount: int, *, at_once: bool) -> None:
    """Take the money: all of it or, from a reservation, a part. The rest of a reservation is given back.

    With asynchronous capture, the default, the charge has no balance transaction and no transfer at first.
    """
    charge |= {"captured": True, "amount_captured": amount}
    if amount < charge["amount"]:
        charge["amount_refunded"] = charge["amount"] - amount
    if at_once:
        _book(world, charge)
    else:
        world.plan(SETTLES_AFTER, "charge_settles", charge["id"])


def settles(world: World, charge_id: str) -> None:
    """The asynchronous capture is through."""
    charge = world.get("charge", charge_id)
    _book(world, charge)
    world.emit("charge.updated", charge, {"balance_transaction": None})


def _book(world: World, charge: Body) -> None:
    card = card_of(world.get("payment_method", charge["payment_method"]))
    charge["balance_transaction"] = balances.book_charge(world, charge, at_once=card.funds_at_once)["id"]
    connect_splits.carry_out(world, charge)


def dispute_if_the_card_does(world: World, charge: Body, method: Body) -> None:
    """Test cards that stand for a cardholder who complains."""
    if reason := card_of(method).dispute:
        disputes.open_for(world, charge, reason)


def _outcome(declined: str | None) -> Body:
    if declined is None:
        return {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    blocked = declined == "fraudulent"
    return {
        "advice_code": "try_again_later" if declined == "insufficient_funds" else "do_not_try_again",
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "not_sent_to_network" if blocked else "declined_by_network",
        "reason": "highest_risk_level" if blocked else declined,
        "risk_level": "highest" if blocked else "normal",
        "seller_message": "The bank did not approve this payment.",
        "type": "blocked" if blocked else "issuer_declined",
    }


@route("GET", "/charges/{id}")
def retrieve(call: Call) -> Body:
    return call.world.find("charge", call.id, call.account)


@route("POST", "/charges/{id}", {"metadata": p.metadata, "description": p.clearable, "receipt_email": p.clearable})
def update(call: Call) -> Body:
    charge = call.world.find("charge", call.id, call.account)
    given = dict(call.params)
    charge["metadata"] = p.merged(charge["metadata"], given.pop("metadata", None))
    charge |= given
    call.world.emit("charge.updated", charge)
    return charge


@route("GET", "/charges", {**PAGING, "customer": p.text, "payment_intent": p.text, "transfer_group": p.text})
def index(call: Call) -> Body:
    wanted = {
        name: call.params[name] for name in ("customer", "payment_intent", "transfer_group") if name in call.params
    }
    return listing(call, "charge", lambda it: all(it[name] == value for name, value in wanted.items()))
