"""The lives of payments and refunds as tables, and how a payment stands, in one word for people."""

from __future__ import annotations

from enum import StrEnum

from liveapp.rules.lifecycle import Asks, Edge, Machine
from liveapp.rules.roles import Right


class PaymentStatus(StrEnum):
    """The states of a payment."""

    OPEN = "open"
    SCHEDULED = "scheduled"
    CHARGING = "charging"
    REVIEW = "review"
    PAID = "paid"
    DECLINED = "declined"
    UNPAID = "unpaid"
    DROPPED = "dropped"


class RefundStatus(StrEnum):
    """The states of a refund."""

    ASKED = "asked"
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


PAYMENT = Machine(
    noun="payment",
    states=tuple(PaymentStatus),
    initial=("open", "scheduled", "paid"),
    edges=(
        Edge("save_card", ("open",), "scheduled", "scheduled", holder=True, clock=True),
        Edge("lease", ("scheduled", "declined"), "charging", "charged", clock=True),
        Edge("decline", ("open", "charging"), "declined", "declined", clock=True),
        Edge("give_up", ("open", "charging"), "unpaid", "given up", clock=True),
        Edge("open_page", ("declined", "unpaid"), "open", "paid by hand", holder=True),
        Edge(
            "doubt", ("open", "scheduled", "charging", "declined", "unpaid"), "review", "held",
            Right.GIVE_MONEY_BACK, host=True, holder=True, clock=True, asks=Asks.ALWAYS,
        ),
        Edge(
            "decide", ("review", "declined", "unpaid"), "scheduled", "decided", Right.GIVE_MONEY_BACK,
            clock=True, asks=Asks.ALWAYS,
        ),
        Edge(
            "drop", ("open", "scheduled", "charging", "review", "declined", "unpaid"), "dropped", "dropped",
            Right.GIVE_MONEY_BACK, host=True, holder=True, clock=True, asks=Asks.ALWAYS,
        ),
        Edge(
            "receive", ("open", "scheduled", "charging", "review", "declined", "unpaid", "dropped"), "paid", "paid",
            holder=True, clock=True,
        ),
    ),
)  # fmt: skip
"""Money that comes in is paid whatever was thought of it before: it is written down, then given back if need be."""

REFUND = Machine(
    noun="refund",
    states=tuple(RefundStatus),
    initial=("asked", "pending", "done"),
    edges=(
        Edge("send", ("asked",), "pending", "sent", clock=True),
        Edge("arrive", ("asked", "pending", "failed"), "done", "done", clock=True),
        Edge("fail", ("asked", "pending", "done"), "failed", "given up", clock=True),
    ),
)
"""What was given up on here may be done there all the same, and what was done may come back."""

WORDS = {
    "paid": "Paid",
    "part_refunded": "Partly refunded",
    "refunded": "Refunded",
    "disputed": "Disputed",
    "open": "Being paid",
    "due": "To be charged",
    "review": "On hold",
    "declined": "Declined",
    "unpaid": "Unpaid",
    "dropped": "Not paid",
}
"""Every standing, as it is said."""
SAID = {"scheduled": "due", "charging": "due"}
"""Statuses by another word for people: what isn't charged yet is one thing for them."""


def standing(status: str, captured_minor: int, claimed_minor: int, *, is_disputed: bool) -> str:
    """One of `WORDS`, for a payment of this status of which so much came in and goes or went back."""
    if is_disputed:
        return "disputed"
    if status == "paid" and claimed_minor:
        return "refunded" if claimed_minor == captured_minor else "part_refunded"
    return SAID.get(status, status)
