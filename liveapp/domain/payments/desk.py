"""Money that people pay at the desk: staff record that it was paid there, and what they handed back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.attendance.errors import NotCheckedIn
from liveapp.domain.attendance.service import Coming, check_in
from liveapp.domain.bookings import holds
from liveapp.domain.bookings.access import own
from liveapp.domain.bookings.models import Booking, is_given_back_whole
from liveapp.domain.bookings.tiers import TIERS
from liveapp.domain.outbox import service as outbox
from liveapp.domain.payments import book, delivery, refunding
from liveapp.domain.payments.errors import NotPayable, NotRefundable
from liveapp.domain.payments.models import Payment
from liveapp.domain.payments.records import change, left_of, payer_of, payment_by_id, payment_of, record
from liveapp.domain.plans import queries, subscriptions
from liveapp.domain.plans.errors import BadPlan
from liveapp.domain.plans.models import Subscription
from liveapp.domain.plans.subscriptions import Gift
from liveapp.rules import ledger
from liveapp.rules.checkin import Way
from liveapp.rules.money import shares

OWING = ("confirmed", "attended", "no_show")
"""The states of a booking in which its price is to be paid."""


@dataclass(frozen=True, slots=True)
class DeskMoney:
    """What was paid at the desk for a booking, and of it what was handed back and what is still to be (minor units)."""

    payment_id: uuid.UUID
    minor: int
    handed_back: int
    to_hand_back: int
    currency: str


def take(*, booking_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """The person paid the price of their booking at the desk; they get a receipt. Recorded once, however often asked.
    Where they had paid less, before they moved to a dearer place, that counts: its entry is taken back. A place that
    was held for a card becomes theirs, and they are let in where check-in is open.

    Raises NotFound, Forbidden, NotPayable. Take the session's turn.
    """
    booking = own(booking_id, actor)
    if booking.status == "held":
        booking = _confirmed(booking, actor, now)
        _let_in(booking_id, actor, now)
    if booking.paid_by != "at_desk" or booking.status not in OWING or not booking.price_minor:
        raise NotPayable("There is nothing to pay at the desk for this booking.")
    paid = paid_for(booking_id=booking_id)
    if paid is not None:
        if paid.minor - paid.handed_back >= booking.price_minor:
            return
        _take_back(paid, actor, now)
    payment = record_paid(
        actor,
        now,
        purpose="booking",
        user_id=booking.user_id,
        minor=booking.price_minor,
        currency=booking.currency,
        booking_id=booking_id,
    )
    changed(booking_id)
    delivery.receipt_for_place(payment, now)


def give_plan(
    *, actor: Actor, person: Person, gift: Gift, is_paid: bool, now: datetime, key: str | None = None
) -> uuid.UUID:
    """Staff give somebody a plan, which they paid at the desk at its price, if that is said: then they get a receipt.
    Returns the subscription's id; asked again with the same key, it is the same one, paid once.

    Raises what `subscriptions.give` does, and BadPlan for a plan without a price. Take the person's turn.
    """
    subscription_id = subscriptions.give(actor=actor, person=person, gift=gift, now=now, key=key)
    if not is_paid or _sold(subscription_id):
        return subscription_id
    plan = queries.plan(plan_id=gift.plan_id)
    if not plan.price_minor:
        raise BadPlan("This plan has no price, so nothing can be paid for it.", field="is_paid")
    query = select(Subscription.user_id).where(Subscription.id == subscription_id)
    payment = record_paid(
        actor,
        now,
        purpose="plan",
        user_id=db.session.execute(query).scalar_one(),
        minor=plan.price_minor,
        currency=plan.currency,
        plan_id=plan.id,
        subscription_id=subscription_id,
    )
    delivery.receipt_for_plan(payment, now)
    return subscription_id


def hand_back(*, booking_id: uuid.UUID, actor: Actor, reason: str, now: datetime) -> int:
    """What was paid at the desk was handed back: of a booking that stands all of it, as the entry was wrong; of a
    cancelled one what its terms bring back. Returns minor units; asked again, nothing more.

    Raises NotFound, Forbidden, NotRefundable. Take the session's turn.
    """
    booking = own(booking_id, actor)
    paid = paid_for(booking_id=booking_id)
    if paid is None or not paid.to_hand_back:
        return 0
    if booking.status != "cancelled" and not reason.strip():
        raise NotRefundable("Say why, so that others can follow it.", field="reason")
    refunding.give_back(
        payment_id=paid.payment_id,
        minor=paid.to_hand_back,
        kind=_kind(booking),
        reason=reason,
        actor=actor,
        now=now,
    )
    changed(booking_id)
    return paid.to_hand_back


def paid_for(*, booking_id: uuid.UUID) -> DeskMoney | None:
    """What was paid at the desk for one booking."""
    return paid_for_each(booking_ids=[booking_id]).get(booking_id)


def paid_for_each(*, booking_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, DeskMoney]:
    """What was paid at the desk for each of these bookings. An entry of a booking that stands which was taken back as a
    whole doesn't count: it is to be paid still. Of several the one counts that stands, else the latest."""
    query = (
        select(
            *Payment.__table__.columns,
            Booking.starts_at,
            Booking.paid_by,
            Booking.price_minor,
            Booking.kept_minor,
            *(getattr(Booking, name) for name in TIERS),
            Booking.status.label("booking_status"),
            Booking.cancelled_at,
            Booking.cancelled_by,
            Booking.undone_at,
        )
        .join(Booking, Booking.id == Payment.booking_id)
        .where(Payment.booking_id.in_(booking_ids), Payment.purpose == "booking", Payment.method == "desk")
        .order_by(Payment.claimed_minor < Payment.captured_minor, Payment.created_at, Payment.id)
    )
    rows = db.session.execute(query).all() if booking_ids else []
    return {
        row.booking_id: DeskMoney(row.id, row.captured_minor, row.claimed_minor, _to_hand_back(row), row.currency)
        for row in rows
        if row.booking_status == "cancelled" or row.claimed_minor < row.captured_minor
    }


def record_paid(
    actor: Actor, now: datetime, *, purpose: str, user_id: uuid.UUID, minor: int, currency: str, **about: Any
) -> AnyRow:
    """Writes a payment that was made at the desk, and the book: all of it is the business's own. Returns its row."""
    written = Payment(
        id=uuid.uuid4(),
        organization_id=actor.organization_id,
        user_id=user_id,
        purpose=purpose,
        method="desk",
        status="paid",
        amount_minor=minor,
        captured_minor=minor,
        currency=currency,
        fee_hundredths=0,
        created_at=now,
        paid_at=now,
        **about,
    )
    db.session.add(written)
    db.session.flush()
    payment = payment_by_id(written.id)
    book.post(
        ledger.charged(payer_of(payment), ledger.BUSINESS, shares(minor, 0), ledger.DESK),
        organization_id=actor.organization_id,
        currency=currency,
        source_id=payment.id,
        now=now,
    )
    said = {"status": "paid", "captured_minor": minor, "currency": currency, "purpose": purpose}
    record(payment, "take", now, {}, said, actor)
    return payment


def changed(booking_id: uuid.UUID) -> None:
    """Rosters that are open somewhere look again."""
    db.session.execute(update(Booking).where(Booking.id == booking_id).values(revision=Booking.revision + 1))


def _confirmed(booking: AnyRow, actor: Actor, now: datetime) -> AnyRow:
    """The booking, which isn't held for a card any more: the provider's page that is open for it closes, and who paid
    there all the same gets it back. Raises NotPayable."""
    if not holds.confirm_at_desk(booking_id=booking.id, actor=actor, now=now):
        raise NotPayable("This session is over, so nobody can get a place in it any more.")
    payment = payment_of(booking.id)
    if payment is not None and payment.status == "open":
        change(payment, "drop", now, status="dropped")
        if payment.checkout_id:
            outbox.put("close_page", now=now, checkout_id=payment.checkout_id)
    return own(booking.id, actor)


def _let_in(booking_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """They stand at the desk; outside the check-in's hours only their place is recorded."""
    with suppress(NotCheckedIn):
        check_in(booking_id=booking_id, coming=Coming(Way.MANUAL, actor), now=now)


def _to_hand_back(row: AnyRow) -> int:
    """Of a booking that stands what is left, as it would be if the entry was wrong, or what it costs less since it was
    moved; of a cancelled one what is due."""
    if row.booking_status != "cancelled":
        return refunding.beyond_price(left_of(row), row) or left_of(row)
    return refunding.due(row, row.cancelled_at, by_business=is_given_back_whole(row))


def _take_back(paid: DeskMoney, actor: Actor, now: datetime) -> None:
    left = paid.minor - paid.handed_back
    refunding.give_back(
        payment_id=paid.payment_id, minor=left, kind="staff", reason="Paid anew, at the price of another place",
        actor=actor, now=now,
    )  # fmt: skip


def _sold(subscription_id: uuid.UUID) -> bool:
    query = select(Payment.id).where(Payment.subscription_id == subscription_id, Payment.purpose == "plan")
    return db.session.execute(query).scalar_one_or_none() is not None


def _kind(booking: AnyRow) -> str:
    if booking.status != "cancelled":
        return "staff"
    return "policy" if booking.cancelled_by == booking.user_id else "business"
