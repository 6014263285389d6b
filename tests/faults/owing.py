"""Many people whose saved cards are due to be charged, written at once instead of booked one by one."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from liveapp.db import db
from liveapp.domain.accounts.models import User
from liveapp.domain.bookings.models import Booking
from liveapp.domain.payments.models import Card, Payment
from liveapp.gateways.stripe.client import sdk
from liveapp.unit_of_work import transact
from tests import cast

PRICE = 1500
FOR_ONE_CARD = 20
"""So many of them share a card, as making one takes three calls."""


def owing(till: Any, number: int, due_at: datetime) -> list[uuid.UUID]:
    """So many people of one class that ends then owe 15.00 each. Returns their payments' ids."""
    session = cast.session_row(till.session_id)
    values = {"participant_count": number, "max_participants": number, "price_minor": PRICE}
    starts_at = due_at - timedelta(hours=1)
    session_id = cast.session(till.organization_id, session.host_id, session.offering_id, starts_at, **values)
    cards = [_card() for _ in range(-(-number // FOR_ONE_CARD))]
    names = [uuid.uuid4().hex for _ in range(number)]
    transact(_write, session_id, cards, names)
    rows = db.session.execute(db.select(Payment.id).order_by(Payment.id)).scalars().all()
    db.session.rollback()
    return list(rows)


def _card() -> dict[str, Any]:
    """A card that Stripe has saved for a customer of its own."""
    customer = sdk().v1.customers.create({"name": "Somebody"})
    method = sdk().v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    return {"customer_id": customer.id, "provider_id": method.id}


def _write(session_id: uuid.UUID, cards: list[dict[str, Any]], names: list[str]) -> None:
    session = cast.session_row(session_id)
    people = [
        {
            "id": uuid.uuid4(),
            "email": f"{name}@example.com",
            "name": name,
            "sign_in_nonce": uuid.uuid4(),
            "created_at": cast.NOW,
        }
        for name in names
    ]
    saved = {"is_kept": False, "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2040}
    made = [
        each | saved | {"id": uuid.uuid4(), "user_id": people[number * FOR_ONE_CARD]["id"], "created_at": cast.NOW}
        for number, each in enumerate(cards)
    ]
    booked = cast.booking_values(session_id, people[0]["id"], price_minor=PRICE, paid_by="after_session")
    bookings = [booked | {"id": uuid.uuid4(), "user_id": person["id"]} for person in people]
    owed = {
        "organization_id": session.organization_id, "earner_id": session.host_id, "purpose": "booking",
        "method": "card", "status": "scheduled", "amount_minor": PRICE, "currency": "EUR", "fee_hundredths": 1000,
        "due_at": session.ends_at, "created_at": cast.NOW, "sale": {"title": "Class"},
    }  # fmt: skip
    payments = [
        owed | {
            "id": uuid.uuid4(), "booking_id": booking["id"], "user_id": booking["user_id"],
            "card_id": made[number // FOR_ONE_CARD]["id"],
        }
        for number, booking in enumerate(bookings)
    ]  # fmt: skip
    for model, rows in ((User, people), (Card, made), (Booking, bookings), (Payment, payments)):
        db.session.execute(insert(model), rows)
