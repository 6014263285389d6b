"""Fees of late cancellations and no-shows that nothing else is charged for: decided once, charged 12 hours later,
forgiven until then."""

from __future__ import annotations

import uuid
from datetime import datetime

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.providers import in_force
from liveapp.domain.bookings.models import BY_CARD
from liveapp.domain.payments import cards, earning, refunding
from liveapp.domain.payments.models import UNCHARGED, Payment
from liveapp.domain.payments.records import change, left_of, payment_by_id, payment_of, record
from liveapp.rules.charges import FEE_WAITS, fee

FEES = ("late_cancel", "no_show")


def settle(booking: AnyRow, fee_hundredths: int, now: datetime) -> None:
    """Makes a booking's fee what it should be: there after a late cancellation or a no-show, gone once it is forgiven,
    or taken back; one that was charged goes back where the booking costs nothing after all. `booking` is a row of
    settling."""
    purpose = None if booking.waived_at is not None else _purpose(booking)
    for each in FEES:
        payment = payment_of(booking.id, each)
        if payment is not None and each != purpose and payment.status in UNCHARGED:
            change(payment, "forgive", now, status="dropped")
        if payment is not None and payment.status == "paid" and booking.undone_at is not None and left_of(payment):
            refunding.give_back(payment_id=payment.id, minor=left_of(payment), kind="business", now=now)
        if payment is None and each == purpose:
            _add(booking, each, fee_hundredths, now)


def late_fee(booking: AnyRow) -> int:
    """What cancelling late costs where nothing else is charged for it (minor units). `booking`: a row of settling."""
    return 0 if booking.paid_by in BY_CARD else _costs(booking, "late_cancel")


def due(*, booking_id: uuid.UUID) -> AnyRow | None:
    """The fee of a booking that isn't charged yet: every column of payments."""
    found = (payment_of(booking_id, each) for each in FEES)
    return next((each for each in found if each is not None and each.status in ("scheduled", "charging")), None)


def _costs(booking: AnyRow, purpose: str) -> int:
    if in_force("stripe") != "stripe":
        return 0
    return fee(
        booking.list_price_minor,
        fixed_minor=getattr(booking, f"{purpose}_fee_minor"),
        percent=getattr(booking, f"{purpose}_fee_percent"),
        currency=booking.currency,
    )


def _purpose(booking: AnyRow) -> str | None:
    """What a fee would be for: nothing where the place itself is paid by card, as its own terms say what that costs."""
    if booking.paid_by in BY_CARD:
        return None
    if booking.status == "cancelled" and booking.cancelled_late:
        return "late_cancel"
    return "no_show" if booking.status == "no_show" else None


def _add(booking: AnyRow, purpose: str, fee_hundredths: int, now: datetime) -> None:
    """The card that the person paid this business with last pays the fee, and where there is none they are asked to:
    nobody is charged to a card that they saved for somebody else."""
    costs = _costs(booking, purpose)
    if not costs:
        return
    card_id = cards.last_used(user_id=booking.user_id, organization_id=booking.organization_id)
    payment = Payment(
        id=uuid.uuid4(),
        organization_id=booking.organization_id,
        booking_id=booking.id,
        user_id=booking.user_id,
        **earning.of_session(booking.session_id).columns(),
        card_id=card_id if booking.is_known else None,
        purpose=purpose,
        method="card",
        status="scheduled",
        amount_minor=costs,
        currency=booking.currency,
        fee_hundredths=fee_hundredths,
        due_at=now + FEE_WAITS,
        created_at=now,
    )
    db.session.add(payment)
    db.session.flush()
    said = {"status": "scheduled", "amount_minor": costs, "currency": booking.currency, "due_at": payment.due_at}
    record(payment_by_id(payment.id), purpose, now, {}, said)
