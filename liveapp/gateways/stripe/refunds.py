"""Money back, as Stripe does it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from liveapp.gateways.stripe.client import answers, sdk, to_stripe


@dataclass(frozen=True, slots=True)
class MoneyBack:
    """A refund as Stripe has it: pending, requires_action, succeeded, failed or canceled."""

    id: str
    status: str
    failure: str


def give_back(*, refund_id: uuid.UUID, intent_id: str, minor: int, currency: str) -> MoneyBack:
    """Sends money back to what it was paid with, once for each refund of ours. Raises StripeAway, StripeRefused."""
    params = {
        "payment_intent": intent_id,
        "amount": to_stripe(minor, currency),
        "metadata": {"refund_id": refund_id.hex},
    }
    with answers():
        found = sdk().v1.refunds.create(params, {"idempotency_key": f"refund-{refund_id.hex}"})
    values = found.to_dict()
    return MoneyBack(values["id"], values["status"], str(values.get("failure_reason") or ""))
