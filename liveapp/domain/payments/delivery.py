"""What money buys, by the purpose of its payment: handed over in the transaction that records the money, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import User
from liveapp.domain.bookings import holds, places
from liveapp.domain.bookings.models import is_given_back_whole
from liveapp.domain.notifications.service import Message, promise
from liveapp.domain.payments.models import Payment
from liveapp.domain.plans import renewing, sales
from liveapp.domain.plans.models import Plan


def deliver(payment: AnyRow, now: datetime) -> bool:
    """Hands over what was paid for, and promises the receipt. False: it is gone, so that the money has to go back."""
    return DELIVERIES[payment.purpose](payment, now)


def receipt_for_place(payment: AnyRow, now: datetime) -> None:
    """The receipt of money that was paid for a booking."""
    booking = places.held_by(payment.booking_id)
    session = places.bookable(booking.session_id)
    told = {"payment_id": str(payment.id), "minor": payment.amount_minor, "purpose": payment.purpose}
    promise([places.to_guest("receipt", booking.id, session, booking.email, **told)], now=now)


def receipt_for_plan(payment: AnyRow, now: datetime) -> None:
    """The receipt of money that was paid for a plan."""
    promise([_about_plan("plan_receipt", payment, payment.amount_minor)], now=now)


def receipt_for_refund(payment: AnyRow, minor: int, now: datetime) -> None:
    """Who paid is told what went back."""
    if payment.booking_id is None:
        promise([_about_plan("plan_refund", payment, minor)], now=now)
        return
    booking = places.held_by(payment.booking_id)
    session = places.bookable(booking.session_id)
    told = {"payment_id": str(payment.id), "minor": minor}
    promise([places.to_guest("refund", booking.id, session, booking.email, **told)], now=now)


def _about_plan(kind: str, payment: AnyRow, minor: int) -> Message:
    query = (
        select(User.name, User.email, Plan.name.label("plan_name"))
        .join_from(User, Plan, Plan.id == payment.plan_id)
        .where(User.id == payment.user_id)
    )
    row = db.session.execute(query).one()
    said = {
        "plan_name": row.plan_name,
        "person_name": row.name,
        "amount_minor": minor,
        "currency": payment.currency,
        "payment_id": str(payment.id),
    }
    return Message(
        kind=kind, email=row.email, organization_id=payment.organization_id, user_id=payment.user_id, payload=said
    )


def _place(payment: AnyRow, now: datetime) -> bool:
    """The place is theirs now; where a saved card was charged for it, it was before, unless it was cancelled at no cost
    while that was done."""
    if payment.card_id is None:
        if not holds.confirm_paid(booking_id=payment.booking_id, now=now):
            return False
    elif _is_given_back_whole(payment):
        return False
    receipt_for_place(payment, now)
    return True


def _is_given_back_whole(payment: AnyRow) -> bool:
    booking = places.held_by(payment.booking_id)
    return booking.status == "cancelled" and is_given_back_whole(booking)


def _fee(payment: AnyRow, now: datetime) -> bool:
    """A fee is owed for what happened already, unless the booking costs nothing after all."""
    if places.held_by(payment.booking_id).undone_at is not None:
        return False
    receipt_for_place(payment, now)
    return True


def _plan(payment: AnyRow, now: datetime) -> bool:
    subscription_id = sales.begin_bought(
        plan_id=payment.plan_id, user_id=payment.user_id, terms=payment.sale["terms"], now=now
    )
    if subscription_id is None:
        return False
    db.session.execute(update(Payment).where(Payment.id == payment.id).values(subscription_id=subscription_id))
    receipt_for_plan(payment, now)
    return True


def _renewal(payment: AnyRow, now: datetime) -> bool:
    if not renewing.renew(subscription_id=payment.subscription_id, now=now):
        return False
    receipt_for_plan(payment, now)
    return True


DELIVERIES: dict[str, Callable[[AnyRow, datetime], bool]] = {
    "booking": _place,
    "late_cancel": _fee,
    "no_show": _fee,
    "plan": _plan,
    "renewal": _renewal,
}
"""How each purpose is delivered."""
