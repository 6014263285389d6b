"""How a payment stands, in one word for people: what its row says, and what went back of it."""

from __future__ import annotations

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
