"""Saved cards: whose they are, and which of them a person can still pay with."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from liveapp.db import AnyRow, db, insert_once
from liveapp.domain.accounts.models import User
from liveapp.domain.bookings.models import Booking
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.outbox import service as outbox
from liveapp.domain.payments.errors import CardNeeded
from liveapp.domain.payments.models import Card, Payer, Payment
from liveapp.domain.plans.models import Plan

WAITING = ("open", "scheduled", "charging", "review", "declined")
"""Payments that may still be charged."""


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A card as the provider has it: whose customer's, its name there, and what is shown of it."""

    customer_id: str
    provider_id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


def keep(*, user_id: uuid.UUID, saved: SavedCard, is_kept: bool, now: datetime) -> uuid.UUID:
    """Writes the card down, once. Returns its id."""
    card_id = uuid.uuid4()
    values = {"id": card_id, "user_id": user_id, "is_kept": is_kept, "created_at": now, "removed_at": None}
    if insert_once(Card, "provider_id", asdict(saved) | values) is not None:
        return card_id
    known = select(Card.id).where(Card.provider_id == saved.provider_id)
    return db.session.execute(known).scalar_one()


def cards_of(*, user_id: uuid.UUID) -> Sequence[AnyRow]:
    """The person's cards to pay with, the newest first: every column of cards."""
    query = select(*Card.__table__.columns).where(
        Card.user_id == user_id, Card.is_kept.is_(True), Card.removed_at.is_(None)
    )
    return db.session.execute(query.order_by(Card.created_at.desc(), Card.id)).all()


def last_used(*, user_id: uuid.UUID, organization_id: uuid.UUID) -> uuid.UUID | None:
    """The card of theirs that the person gave this business last to be charged; none where they gave it none."""
    query = (
        select(Card.id)
        .join(Payment, Payment.card_id == Card.id)
        .where(Card.user_id == user_id, Card.is_kept.is_(True), Card.removed_at.is_(None))
        .where(Payment.user_id == user_id, Payment.organization_id == organization_id)
    )
    return db.session.execute(query.order_by(Payment.created_at.desc(), Payment.id).limit(1)).scalar_one_or_none()


def card_of(*, card_id: uuid.UUID, user_id: uuid.UUID) -> AnyRow:
    """One of the person's cards to pay with. Raises NotFound."""
    found = next((card for card in cards_of(user_id=user_id) if card.id == card_id), None)
    if found is None:
        raise NotFound("This card isn't saved here any more.")
    return found


def remove(*, card_id: uuid.UUID, user_id: uuid.UUID, now: datetime) -> None:
    """The person pays with this card no more. Raises NotFound, CardNeeded while something is to be charged to it."""
    card = card_of(card_id=card_id, user_id=user_id)
    query = (
        select(func.coalesce(LiveSession.title, Plan.name))
        .select_from(Payment)
        .outerjoin(Booking, Booking.id == Payment.booking_id)
        .outerjoin(LiveSession, LiveSession.id == Booking.session_id)
        .outerjoin(Plan, Plan.id == Payment.plan_id)
        .where(Payment.user_id == user_id, Payment.card_id == card_id, Payment.status.in_(WAITING))
        .order_by(Payment.due_at, Payment.id)
    )
    needed = db.session.execute(query.limit(1)).scalar_one_or_none()
    if needed is not None:
        raise CardNeeded(f"This card still pays for “{needed}”. Remove it when that is charged or cancelled.")
    db.session.execute(update(Card).where(Card.id == card_id).values(removed_at=now))
    outbox.put("let_card_go", now=now, provider_id=card.provider_id)


def customer_of(*, user_id: uuid.UUID) -> str | None:
    """The person's name with the provider, if they have one."""
    return db.session.execute(select(Payer.customer_id).where(Payer.user_id == user_id)).scalar_one_or_none()


def person_of(*, customer_id: str) -> uuid.UUID | None:
    """Whose name that is with the provider."""
    return db.session.execute(select(Payer.user_id).where(Payer.customer_id == customer_id)).scalar_one_or_none()


def note_customer(*, user_id: uuid.UUID, customer_id: str, now: datetime) -> None:
    """The person's name with the provider; the first one stays."""
    insert_once(Payer, "user_id", {"user_id": user_id, "customer_id": customer_id, "created_at": now})


def address_of(*, user_id: uuid.UUID) -> AnyRow:
    """The person's name and email."""
    return db.session.execute(select(User.name, User.email).where(User.id == user_id)).one()
