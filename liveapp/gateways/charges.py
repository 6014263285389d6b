"""Charging saved cards, step by step, exactly once.

A call whose answer was lost is first looked for among the customer's charges, then repeated under the same key. A new
key is taken only when the provider answered the last with an error, so that nothing is under way, and has no charge of
it. Money that comes by another charge all the same goes straight back.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from liveapp.db import AnyRow
from liveapp.domain.payments import charging, records
from liveapp.domain.payments.paying import Received
from liveapp.gateways.payments import receive, turn_of
from liveapp.gateways.stripe import charges, client, refunds
from liveapp.gateways.stripe.charges import Charge, Charged
from liveapp.gateways.stripe.client import StripeAway, StripeRefused
from liveapp.kill_points import reach
from liveapp.rules.charges import not_taken
from liveapp.unit_of_work import transact, transact_in_turn, transact_many

NO_CARD = "no_card"
GONE = "resource_missing"
"""Stripe's code where the card, or its person, isn't there any more."""


def charge(payment_id: uuid.UUID, *, again: bool, now: datetime) -> None:
    """Charges what is leased to be charged. `again`: it was tried before, and nobody knows what came of it.

    Raises StripeAway when that isn't known now either: then the lease runs out, and it is tried again.
    """
    payment = charging.to_charge(payment_id=payment_id)
    if payment is None:
        return
    reach("charge.leased")
    if payment.card_id is None:
        _decline(payment, NO_CARD, now)
        return
    found = _found(payment, again)
    reach("charge.made")
    if found.paid_minor:
        receive(payment, Received(found.intent_id, found.paid_minor, found.currency), now)
    elif found.failure:
        _decline(payment, found.failure, now)


def promise_due(*, now: datetime) -> int:
    """Takes everything that is due, and promises to charge it. Returns how many payments were looked at."""
    if not client.is_on():
        return 0
    looked = 0
    while found := transact_many([], charging.lease, now=now):
        looked += found
    return looked


def settle_charge(intent_id: str, *, now: datetime) -> None:
    """The provider told of a charge: what came in is recorded, whoever asked for it."""
    _settle(charges.read(intent_id), now)


def payment_behind(intent_id: str, *, now: datetime) -> uuid.UUID | None:
    """The payment of ours that the money is for; where nobody told us yet that it came in, that is recorded first.
    None for money that isn't ours, or is beside what we have."""
    known = records.of_intent(intent_id)
    if known is not None or not intent_id:
        return known
    found = charges.read(intent_id)
    if found.payment_id is None or not found.paid_minor or not records.is_unpaid(found.payment_id):
        return None
    _settle(found, now)
    return records.of_intent(intent_id)


def _settle(found: Charged, now: datetime) -> None:
    if found.payment_id is None or not found.paid_minor:
        return
    payment = records.payment_by_id(found.payment_id)
    if payment.status != "paid":
        receive(payment, Received(found.intent_id, found.paid_minor, found.currency), now)
    elif records.of_intent(found.intent_id) is None:
        refunds.give_back_stray(intent_id=found.intent_id)


def _found(payment: AnyRow, again: bool) -> Charged:
    """What came of the charge. Raises StripeAway."""
    wanted = _wanted(payment)
    found = charges.find(wanted) if again else None
    if found is not None:
        return found
    try:
        return charges.charge(wanted)
    except StripeRefused as refusal:
        return Charged("", payment.id, 0, NO_CARD if refusal.code == GONE else not_taken(refusal.code))
    except StripeAway as away:
        if not away.has_ended:
            raise
        found = charges.find(wanted)
        if found is None:
            transact(charging.change_key, payment_id=payment.id, key_number=payment.key_number)
            raise
        return found


def _wanted(payment: AnyRow) -> Charge:
    return Charge(
        payment_id=payment.id,
        key_number=payment.key_number,
        customer_id=payment.customer_id,
        provider_id=payment.provider_id,
        minor=payment.amount_minor,
        currency=payment.currency,
        title=payment.sale.get("title", ""),
    )


def _decline(payment: AnyRow, failure: str, now: datetime) -> None:
    transact_in_turn(
        turn_of(payment), charging.decline,
        payment_id=payment.id, key_number=payment.key_number, failure=failure, now=now,
    )  # fmt: skip
