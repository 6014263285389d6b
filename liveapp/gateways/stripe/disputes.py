"""Disputes: somebody asked their bank for the money back, and the bank decides (https://docs.stripe.com/disputes)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from liveapp.gateways.stripe.client import answers, from_stripe, made_between, sdk

STANDINGS = {"won": "won", "warning_closed": "won", "prevented": "won", "lost": "lost"}
"""What each status of Stripe's means here; every other one: not decided yet."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute as Stripe has it: open, won or lost; over how much, why, and until when it can be answered."""

    id: str
    standing: str
    intent_id: str
    minor: int
    reason: str
    due_by: datetime | None


def dispute(provider_id: str) -> Dispute:
    """The dispute as it is now. Raises StripeAway, StripeRefused."""
    with answers():
        return _dispute(sdk().v1.disputes.retrieve(provider_id))


def disputes_made(*, first: datetime, last: datetime) -> Iterator[Dispute]:
    """Every dispute opened from `first` on and before `last`, the latest first. Raises StripeAway, StripeRefused."""
    with answers():
        for found in sdk().v1.disputes.list(made_between(first, last)).auto_paging_iter():
            yield _dispute(found)


def _dispute(found: Any) -> Dispute:
    values = found.to_dict()
    due_by = (values.get("evidence_details") or {}).get("due_by")
    return Dispute(
        id=values["id"],
        standing=STANDINGS.get(values["status"], "open"),
        intent_id=str(values.get("payment_intent") or ""),
        minor=from_stripe(int(values["amount"]), str(values["currency"]).upper()),
        reason=str(values.get("reason") or ""),
        due_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
    )
