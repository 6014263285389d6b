"""Charging saved cards: agreed on at booking, due when the session ends, charged exactly once, and asked for again.

Who charges takes a lease first: the payment is `charging`, and looked after again when the lease is over. The calls
are made between transactions; `paying.receive` and `decline` record what came of them, however often they are told.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update

from liveapp.db import AnyRow, db
from liveapp.domain.bookings import holds, places
from liveapp.domain.notifications.service import promise
from liveapp.domain.outbox import service as outbox
from liveapp.domain.payments import cards, earning, renewals, reviewing, settling
from liveapp.domain.payments.cards import SavedCard
from liveapp.domain.payments.errors import NotPayable
from liveapp.domain.payments.models import DUE, REFUSED, Card, Payment
from liveapp.domain.payments.records import change, payment_by_id
from liveapp.rules.charges import UNCHARGEABLE, is_not_taken, next_try

LEASE = timedelta(minutes=5)
TOGETHER = 10
"""So many cards are charged by one job, one after the other."""


def agree(*, payment_id: uuid.UUID, saved: SavedCard, now: datetime) -> None:
    """The card is saved: the place is theirs, and is charged when the session ends. Where the place is gone nothing is.

    Told again, it changes nothing. Take the turns of the session and of the person.
    """
    payment = payment_by_id(payment_id)
    if payment.status != "open":
        return
    booking = places.held_by(payment.booking_id)
    if not holds.confirm_paid(booking_id=booking.id, now=now):
        change(payment, "drop", now, status="dropped")
        return
    card_id = cards.keep(user_id=payment.user_id, saved=saved, is_kept=booking.is_known, now=now)
    _schedule(payment, card_id, booking.ends_at, now)


def agree_with(*, payment_id: uuid.UUID, card_id: uuid.UUID, user_id: uuid.UUID, now: datetime) -> None:
    """As `agree`, with a card that the person saved before. Raises NotFound for one that isn't theirs, NotPayable when
    the place is gone, or has to be paid before it is theirs."""
    payment = payment_by_id(payment_id)
    if payment.status != "open":
        return
    card = cards.card_of(card_id=card_id, user_id=user_id)
    if payment.user_id != user_id or not payment.sale["saves"]:
        raise NotPayable()
    if not holds.confirm_paid(booking_id=payment.booking_id, now=now):
        raise NotPayable("This place can’t be yours any more: it is gone, or you have another booking at that time.")
    _schedule(payment, card.id, places.held_by(payment.booking_id).ends_at, now)


def lease(*, now: datetime, most: int = 500) -> int:
    """Takes what is due, and promises to charge it. Returns how many were looked at; fewer than `most`: that was all.

    Before that everything is settled as it is now, for the host whom the session has by then: forgiven fees and
    meetings that a person has to decide about aren't charged. Two at once share the work: each row is one's. Run it
    with `transact_many`.
    """
    query = (
        select(*Payment.__table__.columns)
        .where(Payment.status.in_(DUE), Payment.due_at <= now)
        .order_by(Payment.due_at, Payment.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    due = db.session.execute(query).all()
    charged = settling.chargeable(due, now)
    if charged:
        leased = update(Payment).where(Payment.id.in_([payment.id for payment in charged]))
        db.session.execute(leased.values(status="charging", due_at=now + LEASE))
        earning.assign([payment.id for payment in charged])
    for again in (False, True):
        _promise_charges([each.id for each in charged if (each.status == "charging") is again], again, now)
    return len(due)


def to_charge(*, payment_id: uuid.UUID) -> AnyRow | None:
    """The payment with its card's customer_id and provider_id, if it is to be charged now."""
    query = (
        select(*Payment.__table__.columns, Card.customer_id, Card.provider_id)
        .outerjoin(Card, Card.id == Payment.card_id)
        .where(Payment.id == payment_id, Payment.status == "charging")
    )
    return db.session.execute(query).one_or_none()


def change_key(*, payment_id: uuid.UUID, key_number: int) -> None:
    """Nothing was charged under this key, and nothing ever will be: the next call has a new one."""
    db.session.execute(
        update(Payment)
        .where(Payment.id == payment_id, Payment.key_number == key_number)
        .values(key_number=Payment.key_number + 1)
    )


def decline(*, payment_id: uuid.UUID, key_number: int, failure: str, now: datetime) -> None:
    """The card was declined: the person is told how to pay, and it is asked again, or given up on for staff to see.
    Where something about it was doubted meanwhile, a person decides first. What the provider refused for a reason that
    isn't the card's is given up on at once; an amount that nobody can pay by card isn't asked for any more.

    Told again, it changes nothing: every answer counts once for its key. Take the turns of the session, if there is
    one, and of the person, whose plan may rest for it.
    """
    payment = payment_by_id(payment_id)
    if payment.status != "charging" or payment.key_number != key_number:
        return
    again = None if is_not_taken(failure) else next_try(payment.declines + 1, now)
    is_dropped = failure in UNCHARGEABLE and payment.purpose != "renewal"
    is_held = bool(reviewing.open_holds(payment_id=payment_id))
    values = {
        "declines": payment.declines + 1,
        "key_number": key_number + 1,
        "due_at": again,
        "failure": failure,
        "intent_id": None,
    }
    status = "review" if is_held else "dropped" if is_dropped else "declined" if again else "unpaid"
    change(payment, "decline", now, status=status, **values)
    if is_held or is_dropped:
        return
    if payment.purpose == "renewal":
        renewals.declined(payment, failure, again, now)
    else:
        _tell(payment, failure, again, now)


def owed_by(*, booking_id: uuid.UUID) -> AnyRow | None:
    """What the booking's person still has to pay after their card was declined, also while a page to pay it on is open:
    every column of payments."""
    query = select(*Payment.__table__.columns).where(
        Payment.booking_id == booking_id,
        or_(Payment.status.in_(REFUSED), and_(Payment.status == "open", Payment.declines > 0)),
    )
    return db.session.execute(query.order_by(Payment.created_at, Payment.id).limit(1)).one_or_none()


def agreed_for(*, booking_id: uuid.UUID) -> AnyRow | None:
    """What is charged for the booking's place later: every column of payments; brand and last4 of the card."""
    query = (
        select(*Payment.__table__.columns, Card.brand, Card.last4)
        .join(Card, Card.id == Payment.card_id)
        .where(Payment.booking_id == booking_id, Payment.status.in_(("scheduled", "charging", "review")))
    )
    return db.session.execute(query.where(Payment.purpose == "booking")).one_or_none()


def _schedule(payment: AnyRow, card_id: uuid.UUID, due_at: datetime, now: datetime) -> None:
    change(payment, "save_card", now, status="scheduled", card_id=card_id, due_at=due_at)


def _promise_charges(payment_ids: Sequence[uuid.UUID], again: bool, now: datetime) -> None:
    jobs = [
        (uuid.uuid4(), {"payment_ids": [str(each) for each in some], "again": again})
        for start in range(0, len(payment_ids), TOGETHER)
        for some in [payment_ids[start : start + TOGETHER]]
    ]
    outbox.put_many("charge", jobs, now=now)


def _tell(payment: AnyRow, failure: str, again: datetime | None, now: datetime) -> None:
    booking = places.held_by(payment.booking_id)
    session = places.bookable(booking.session_id)
    told = {"minor": payment.amount_minor, "purpose": payment.purpose, "failure": failure, "again": again}
    promise([places.to_guest("card_failed", booking.id, session, booking.email, **told)], now=now)
