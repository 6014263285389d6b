"""Jobs about money: what the provider told, what goes back, and payments that nobody finished."""

from __future__ import annotations

import uuid

from liveapp.domain.bookings import places
from liveapp.domain.payments import events, paying, refunding
from liveapp.gateways import money_back, payments
from liveapp.gateways.stripe import checkout, client, refunds
from liveapp.gateways.stripe.client import StripeAway, StripeRefused
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import clock
from liveapp.web.logs import log


def handle_event(event_id: str, kind: str, object_id: str) -> None:
    """One event of the provider: whatever it said, the object is read as it is now."""
    now = clock.now()
    if kind.startswith("checkout.session."):
        payments.settle_checkout(checkout.checkout(object_id), now=now)
    elif kind.startswith("refund.") or kind == "charge.refund.updated":
        money_back.settle(refunds.refund(object_id), now=now)
    elif kind == "charge.refunded":
        money_back.settle_all(charge_id=object_id, now=now)
    transact(events.mark_handled, event_id=event_id, now=clock.now())


def give_back(booking_id: str) -> None:
    """A booking that was paid by card has ended: what is due goes back."""
    booking = places.held_by(uuid.UUID(booking_id))
    transact_in_turn([booking.session_id], refunding.give_back_for, booking_id=booking.id, now=clock.now())


def send_refund(refund_id: str) -> None:
    """Sends a refund to the provider."""
    money_back.send_refund(uuid.UUID(refund_id), now=clock.now())


def close_payments() -> int:
    """Ends payments whose hold is over, or finds that they were paid. Returns how many were looked at."""
    if not client.is_on():
        return 0
    looked = 0
    for payment_id in paying.overdue(now=clock.now()):
        try:
            payments.look_after(payment_id, now=clock.now())
        except (StripeAway, StripeRefused) as error:
            log.warning("payment left for the next run", item=str(payment_id), error=str(error))
            continue
        looked += 1
    return looked
