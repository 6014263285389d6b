"""What Stripe has of some days, for comparing it with what is written here."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liveapp.gateways.stripe.client import answers, from_stripe, made_between, named, sdk


@dataclass(frozen=True, slots=True)
class Received:
    """Money that came in for a payment of ours: Stripe's name for it, and how much (minor units)."""

    key: str
    payment_id: uuid.UUID
    minor: int


@dataclass(frozen=True, slots=True)
class Sent:
    """Money sent for a payout of ours: Stripe's name for it, and how much of it stayed there (minor units)."""

    key: str
    payout_id: uuid.UUID
    minor: int


def received(*, first: datetime, last: datetime) -> Iterator[Received]:
    """What came in for us from `first` on and before `last`. Raises StripeAway, StripeRefused."""
    with answers():
        for found in sdk().v1.payment_intents.list(made_between(first, last)).auto_paging_iter():
            if (money := _received(found)) is not None:
                yield money


def received_as(key: str) -> Received | None:
    """What came in by this name, if it did. Raises StripeAway, StripeRefused."""
    with answers():
        return _received(sdk().v1.payment_intents.retrieve(key))


def sent(*, first: datetime, last: datetime) -> Iterator[Sent]:
    """What was sent for payouts from `first` on and before `last`. Raises StripeAway, StripeRefused."""
    with answers():
        for found in sdk().v1.transfers.list(made_between(first, last)).auto_paging_iter():
            if (money := _sent(found)) is not None:
                yield money


def sent_as(key: str) -> Sent | None:
    """What was sent by this name, if it was. Raises StripeAway, StripeRefused."""
    with answers():
        return _sent(sdk().v1.transfers.retrieve(key))


def _received(found: Any) -> Received | None:
    values = found.to_dict()
    ours = named(values.get("metadata"), "payment_id")
    if ours is None or values["status"] != "succeeded":
        return None
    return Received(values["id"], ours, from_stripe(int(values["amount_received"]), str(values["currency"]).upper()))


def _sent(found: Any) -> Sent | None:
    values = found.to_dict()
    ours = named(values.get("metadata"), "payout_id")
    if ours is None:
        return None
    stayed = int(values["amount"]) - int(values.get("amount_reversed") or 0)
    return Sent(values["id"], ours, from_stripe(stayed, str(values["currency"]).upper()))
