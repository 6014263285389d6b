"""What money buys, by the purpose of its payment: handed over in the transaction that records the money, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from liveapp.db import AnyRow
from liveapp.domain.bookings import holds, places
from liveapp.domain.notifications.service import promise


def deliver(payment: AnyRow, now: datetime) -> bool:
    """Hands over what was paid for, and promises the receipt. False: it is gone, so that the money has to go back."""
    return DELIVERIES[payment.purpose](payment, now)


def receipt_for_place(payment: AnyRow, now: datetime) -> None:
    """The receipt of money that was paid for a booking."""
    booking = places.held_by(payment.booking_id)
    session = places.bookable(booking.session_id)
    told = {"payment_id": str(payment.id), "minor": payment.amount_minor}
    promise([places.to_guest("receipt", booking.id, session, booking.email, **told)], now=now)


def _place(payment: AnyRow, now: datetime) -> bool:
    """The place is theirs now; where a saved card was charged for it, it was before."""
    if payment.card_id is None and not holds.confirm_paid(booking_id=payment.booking_id, now=now):
        return False
    receipt_for_place(payment, now)
    return True


def _fee(payment: AnyRow, now: datetime) -> bool:
    """A fee is owed for what happened already."""
    receipt_for_place(payment, now)
    return True


DELIVERIES: dict[str, Callable[[AnyRow, datetime], bool]] = {"booking": _place, "late_cancel": _fee, "no_show": _fee}
"""How each purpose is delivered."""
