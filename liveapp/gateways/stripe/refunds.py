"""Money back, as Stripe does it, and as it was done in its console."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liveapp.gateways.stripe.client import PAGE, answers, from_stripe, made_between, named, sdk, to_stripe


@dataclass(frozen=True, slots=True)
class MoneyBack:
    """A refund as Stripe has it: pending, requires_action, succeeded, failed or canceled; `refund_id` is what we called
    it when we asked for it, none for one that was made in Stripe's console."""

    id: str
    status: str
    failure: str
    intent_id: str
    refund_id: uuid.UUID | None
    minor: int
    currency: str


def give_back(*, refund_id: uuid.UUID, intent_id: str, minor: int, currency: str) -> MoneyBack:
    """Sends money back to what it was paid with, once for each refund of ours. Raises StripeAway, StripeRefused."""
    params = {
        "payment_intent": intent_id,
        "amount": to_stripe(minor, currency),
        "metadata": {"refund_id": refund_id.hex},
    }
    with answers():
        found = sdk().v1.refunds.create(params, {"idempotency_key": f"refund-{refund_id.hex}"})
    return _money_back(found)


def give_back_stray(*, intent_id: str) -> None:
    """Sends back all of a charge that shouldn't have been made, once. Raises StripeAway, StripeRefused."""
    with answers():
        sdk().v1.refunds.create({"payment_intent": intent_id}, {"idempotency_key": f"stray-{intent_id}"})


def refund(provider_id: str) -> MoneyBack:
    """The refund as it is now. Raises StripeAway, StripeRefused."""
    with answers():
        return _money_back(sdk().v1.refunds.retrieve(provider_id))


def refunds_of(*, intent_id: str = "", charge_id: str = "") -> list[MoneyBack]:
    """Every refund of a payment, by either of its names, the latest first. Raises StripeAway, StripeRefused."""
    params = {"payment_intent": intent_id} if intent_id else {"charge": charge_id}
    return list(_listed(params))


def refunds_made(*, first: datetime, last: datetime) -> Iterator[MoneyBack]:
    """Every refund made from `first` on and before `last`, the latest first. Raises StripeAway, StripeRefused."""
    return _listed(made_between(first, last))


def _listed(params: dict[str, Any]) -> Iterator[MoneyBack]:
    with answers():
        for found in sdk().v1.refunds.list(params | {"limit": PAGE}).auto_paging_iter():
            yield _money_back(found)


def _money_back(found: Any) -> MoneyBack:
    values = found.to_dict()
    currency = str(values["currency"]).upper()
    return MoneyBack(
        id=values["id"],
        status=values["status"],
        failure=str(values.get("failure_reason") or ""),
        intent_id=str(values.get("payment_intent") or ""),
        refund_id=named(values.get("metadata"), "refund_id"),
        minor=from_stripe(int(values["amount"]), currency),
        currency=currency,
    )
