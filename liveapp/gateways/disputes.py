"""What becomes of disputes, as the provider tells it."""

from __future__ import annotations

from datetime import datetime

from liveapp.domain.payments import disputes, records
from liveapp.gateways.charges import payment_behind
from liveapp.gateways.payments import turn_of
from liveapp.gateways.stripe.disputes import Dispute
from liveapp.unit_of_work import transact_in_turn


def settle(found: Dispute, *, now: datetime) -> bool:
    """Records how a dispute stands. False for one of no payment of ours."""
    payment_id = payment_behind(found.intent_id, now=now)
    if payment_id is None:
        return False
    transact_in_turn(
        turn_of(records.payment_by_id(payment_id)),
        disputes.settle,
        payment_id=payment_id,
        case=disputes.Case(found.id, found.standing, found.minor, found.reason, found.due_by),
        now=now,
    )
    return True
