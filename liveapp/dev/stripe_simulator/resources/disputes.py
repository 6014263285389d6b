"""Disputes: a cardholder complains, the money is withdrawn, evidence wins or loses it."""

from __future__ import annotations

from liveapp.dev.stripe_simulator import money
from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.refusals import Body, Impossible
from liveapp.dev.stripe_simulator.rendering import PAGING, listing
from liveapp.dev.stripe_simulator.resources import balances
from liveapp.dev.stripe_simulator.routing import Call, route
from liveapp.dev.stripe_simulator.world import World, public

DECIDED_AFTER = 60
"""Seconds, by the simulator's clock, until submitted evidence is decided on."""
DUE_DAYS = 9
EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description", "receipt", "refund_policy", "refund_policy_disclosure", "refund_refusal_explanation",
    "service_date", "service_documentation", "shipping_address", "shipping_carrier", "shipping_date",
    "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip
OPEN = ("needs_response", "under_review")


def open_for(world: World, charge: Body, reason: str) -> Body:
    """A dispute over all of a charge: its amount and a fee leave the balance. Raises Impossible for a second one."""
    if charge["disputed"] or not charge["captured"]:
        raise Impossible(f"Charge {charge['id']} can't be disputed.")
    dispute = world.add(
        "dispute",
        "du",
        charge["_account"],
        amount=charge["amount_captured"],
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence=dict.fromkeys(EVIDENCE) | {"enhanced_evidence": {}},
        evidence_details={
            "due_by": world.now() + DUE_DAYS * 86400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": None,
        },
        is_charge_refundable=False,
        metadata={},
        payment_intent=charge["payment_intent"],
        payment_method_details={
            "card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": "10.4"},
            "type": "card",
        },
        reason=reason,
        status="needs_response",
    )
    charge["disputed"] = True
    fee = money.dispute_fee(charge["currency"])
    _book(world, dispute, -dispute["amount"], fee, f"Chargeback withdrawal for {charge['id']}")
    world.plan(DUE_DAYS * 86400, "dispute_is_due", dispute["id"])
    world.emit("charge.dispute.created", dispute)
    world.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close(world: World, dispute: Body, *, won: bool) -> None:
    """The bank's decision; a dispute that is won brings amount and fee back. Raises Impossible when it is over."""
    if dispute["status"] not in OPEN:
        raise Impossible("This dispute is already closed")
    dispute["status"] = "won" if won else "lost"
    if won:
        fee = money.dispute_fee(dispute["currency"])
        _book(world, dispute, dispute["amount"], -fee, f"Chargeback reversal for {dispute['charge']}")
        world.emit("charge.dispute.funds_reinstated", dispute)
    world.emit("charge.dispute.closed", dispute)


def decided(world: World, dispute_id: str) -> None:
    """The decision on submitted evidence: ``winning_evidence`` wins, all else loses, as in Stripe's tests."""
    dispute = world.get("dispute", dispute_id)
    if dispute["status"] == "under_review":
        close(world, dispute, won=dispute["evidence"]["uncategorized_text"] == "winning_evidence")


def due(world: World, dispute_id: str) -> None:
    """No evidence came in time: lost."""
    dispute = world.get("dispute", dispute_id)
    if dispute["status"] == "needs_response":
        dispute["evidence_details"]["past_due"] = True
        close(world, dispute, won=False)


def _book(world: World, dispute: Body, amount: int, fee: int, words: str) -> None:
    account, currency = dispute["_account"], dispute["currency"]
    made = balances.book(world, account, "adjustment", amount, currency, dispute["id"], fee=fee, description=words)
    dispute["balance_transactions"].append(public(made))


@route("GET", "/disputes/{id}")
def retrieve(call: Call) -> Body:
    return call.world.find("dispute", call.id, call.account)


@route(
    "POST",
    "/disputes/{id}",
    {"evidence": dict.fromkeys(EVIDENCE, p.clearable), "metadata": p.metadata, "submit": p.truth},
)
def update(call: Call) -> Body:
    world, dispute = call.world, call.world.find("dispute", call.id, call.account)
    dispute["metadata"] = p.merged(dispute["metadata"], call.params.get("metadata"))
    if evidence := call.params.get("evidence"):
        if dispute["status"] != "needs_response":
            raise Impossible("This dispute no longer takes evidence.")
        dispute["evidence"] |= evidence
        dispute["evidence_details"]["has_evidence"] = True
        if call.params.get("submit", True):
            dispute["status"] = "under_review"
            dispute["evidence_details"]["submission_count"] += 1
            world.plan(DECIDED_AFTER, "dispute_decided", dispute["id"])
    world.emit("charge.dispute.updated", dispute)
    return dispute


@route("POST", "/disputes/{id}/close")
def give_in(call: Call) -> Body:
    dispute = call.world.find("dispute", call.id, call.account)
    close(call.world, dispute, won=False)
    return dispute


@route("GET", "/disputes", {**PAGING, "charge": p.text, "payment_intent": p.text})
def index(call: Call) -> Body:
    wanted = p.picked(call.params, "charge", "payment_intent")
    return listing(call, "dispute", lambda it: all(it[name] == value for name, value in wanted.items()))
