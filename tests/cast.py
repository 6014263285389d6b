"""The cast and what they work with: Ada hosts, Ben is her client, Cy is in another organization and sees nothing."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Row, insert, select, update

from liveapp.db import Base, db
from liveapp.domain.accounts.models import Membership, Organization, SignIn, User
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.availability import claims
from liveapp.domain.availability.claims import Claim
from liveapp.domain.availability.models import AvailabilityRule, BookingRules
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.models import Notification
from liveapp.domain.outbox.models import OutboxMessage
from liveapp.domain.payments import book
from liveapp.domain.payments.models import Payment
from liveapp.domain.plans import credits, subscriptions
from liveapp.domain.plans.models import Plan
from liveapp.domain.plans.subscriptions import Gift
from liveapp.rules import ledger
from liveapp.rules.money import shares
from liveapp.rules.roles import Role
from liveapp.tasks.handlers import HANDLERS
from liveapp.unit_of_work import transact
from liveapp.web import clock

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
BEN = Person(email="ben@example.com", name="Ben Okafor", timezone="Europe/London")

TERMS = {
    "plan_only": False,
    "cancellation_window_hours": 24,
    "allow_late_cancellation": False,
    "promotion_grace_minutes": 30,
    "free_cancellation_hours": 24,
    "partial_refund_hours": 12,
    "partial_refund_percent": 50,
    "no_show_wait_percent": 33,
    "min_payable_percent": 66,
    "no_show_percent": 50,
    "no_show_refund_percent": 0,
    "late_cancel_fee_minor": 0,
    "late_cancel_fee_percent": 0,
    "no_show_fee_minor": 0,
    "no_show_fee_percent": 0,
    "count_late_cancellations": True,
    "count_no_shows": True,
    "credit_extension_days": 14,
}
"""What bookings are made under unless a business says otherwise."""


def write(table: type[Base], **values: Any) -> uuid.UUID:
    """Writes one row and returns its id."""
    made = {"id": uuid.uuid4()} | values
    transact(_insert, table, made)
    return made["id"]


def organization(slug: str = "studio", **values: Any) -> uuid.UUID:
    """An organization in Berlin."""
    defaults = {
        "slug": slug,
        "name": slug.capitalize(),
        "timezone": "Europe/Berlin",
        "currency": "EUR",
        "contact_email": f"hello@{slug}.example.com",
        "earns": "host",
        "created_at": NOW,
    }
    return write(Organization, **defaults | values)


def user(name: str = "Ada Lovelace", email: str | None = None, **values: Any) -> uuid.UUID:
    """A person with an account."""
    email = email or f"{name.split()[0].lower()}@example.com"
    defaults = {"email": email, "name": name, "password_hash": "x", "email_verified_at": NOW, "created_at": NOW}
    return write(User, **defaults | values)


def membership(organization_id: uuid.UUID, user_id: uuid.UUID, role: str = "owner", **values: Any) -> uuid.UUID:
    """A role in an organization."""
    defaults = {
        "organization_id": organization_id,
        "user_id": user_id,
        "role": role,
        "slug": f"person-{user_id.hex[:6]}",
        "created_at": NOW,
    }
    return write(Membership, **defaults | values)


def staff(organization_id: uuid.UUID, name: str = "Ada Lovelace", role: str = "owner", **values: Any) -> uuid.UUID:
    """A person who works for the organization; returns the user's id."""
    user_id = user(name, **values)
    membership(organization_id, user_id, role, slug=name.split()[0].lower())
    return user_id


def sign_in(client: FlaskClient, user_id: uuid.UUID, organization_id: uuid.UUID | None = None) -> None:
    """The browser is signed in as that person since just now, and its lists show that organization."""
    sign_in_id = write(
        SignIn,
        user_id=user_id,
        organization_id=organization_id,
        created_at=clock.now(),
        expires_at=NOW + timedelta(days=36500),
        used_at=NOW + timedelta(days=36500),
    )
    with client.session_transaction() as session:
        session["_user_id"] = sign_in_id.hex


def actor(organization_id: uuid.UUID, name: str, role: Role) -> Actor:
    """Somebody with a role in the organization, as services want them."""
    return Actor(user_id=staff(organization_id, name, role.value), role=role, organization_id=organization_id)


def offering(organization_id: uuid.UUID, **values: Any) -> uuid.UUID:
    """A class of an hour with 20 places."""
    title = values.get("title", "Yoga")
    defaults = {
        "organization_id": organization_id,
        "slug": f"{title.lower().replace(' ', '-')}-{uuid.uuid4().hex[:4]}",
        "title": title,
        "duration_minutes": 60,
        "capacity": 20,
        "currency": "EUR",
        "created_at": NOW,
    }
    return write(Offering, **defaults | values)


def meeting_offering(organization_id: uuid.UUID, **values: Any) -> uuid.UUID:
    """An hour with a host, booked from availability."""
    defaults = {"title": "Consultation", "kind": "meeting", "session_type": "individual", "capacity": 1}
    return offering(organization_id, **defaults | {"format": "online"} | values)


def session(
    organization_id: uuid.UUID,
    host_id: uuid.UUID,
    offering_id: uuid.UUID,
    starts_at: datetime = NOW + timedelta(days=3),
    **values: Any,
) -> uuid.UUID:
    """A scheduled session of an hour with 20 places, with its claim on the host's time."""
    minutes = values.get("duration_minutes", 60)
    defaults = {
        "id": uuid.uuid4(),
        "organization_id": organization_id,
        "offering_id": offering_id,
        "host_id": host_id,
        "title": "Yoga",
        "duration_minutes": minutes,
        "timezone": "Europe/Berlin",
        "max_participants": 20,
        "currency": "EUR",
        "status": "scheduled",
        "scheduled_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=minutes),
        "created_at": NOW,
    }
    made = defaults | values
    transact(_insert_session, made)
    return made["id"]


def booking_values(session_id: uuid.UUID, user_id: uuid.UUID, **values: Any) -> dict[str, Any]:
    """The columns of somebody's booking: confirmed, and cancellable until a day before."""
    session = session_row(session_id)
    defaults = {
        "organization_id": session.organization_id,
        "session_id": session_id,
        "starts_at": session.scheduled_at,
        "ends_at": session.ends_at,
        "user_id": user_id,
        "name": "Ben",
        "status": "confirmed",
        "currency": "EUR",
        "timezone": "UTC",
        **TERMS,
        "list_price_minor": values.get("price_minor"),
        "confirmed_at": NOW if values.get("status", "confirmed") in ("confirmed", "attended", "no_show") else None,
        "created_at": NOW,
    }
    return defaults | values


def booking(session_id: uuid.UUID, user_id: uuid.UUID, **values: Any) -> uuid.UUID:
    """Somebody's booking as a bare row: no place is counted, nothing else written."""
    return write(Booking, **booking_values(session_id, user_id, **values))


def member(organization_id: uuid.UUID, name: str = "Ben Okafor") -> Person:
    """A signed-in client of the organization, as they book."""
    user_id = user(name)
    membership(organization_id, user_id, "member")
    email = f"{name.split()[0].lower()}@example.com"
    return Person(email=email, name=name, timezone="Europe/London", user_id=user_id)


def plan(organization_id: uuid.UUID, **values: Any) -> uuid.UUID:
    """A pack of ten credits that never lapse."""
    defaults = {
        "organization_id": organization_id,
        "name": f"Plan {uuid.uuid4().hex[:6]}",
        "kind": "pack",
        "class_credits": 10,
        "currency": "EUR",
        "created_at": NOW,
    }
    return write(Plan, **defaults | values)


def subscription(organization_id: uuid.UUID, person: Person, plan_id: uuid.UUID, **days: Any) -> uuid.UUID:
    """The person holds the plan, from the day of NOW unless said otherwise (`first_day`, `last_day`)."""
    owner = Actor(user_id=None, role=Role.OWNER, organization_id=organization_id)
    gift = Gift(plan_id, days.pop("first_day", NOW.date()), **days)
    return transact(subscriptions.give, actor=owner, person=person, gift=gift, now=NOW)


def payment(organization_id: uuid.UUID, user_id: uuid.UUID, plan_id: uuid.UUID | None, **values: Any) -> uuid.UUID:
    """What somebody paid by card for a plan, 15.00; what came in is the business's in the book."""
    defaults = {
        "organization_id": organization_id,
        "user_id": user_id,
        "plan_id": plan_id,
        "purpose": "plan",
        "method": "card",
        "status": "paid",
        "amount_minor": 1500,
        "captured_minor": 1500,
        "currency": "EUR",
        "fee_hundredths": 1000,
        "created_at": NOW,
        "paid_at": NOW,
    }
    made = defaults | values
    payment_id = write(Payment, **made)
    parts = shares(made["captured_minor"], made["fee_hundredths"])
    transact(
        book.post,
        ledger.charged(ledger.person(user_id.hex), ledger.BUSINESS, parts, ledger.CARD),
        organization_id=organization_id,
        currency=made["currency"],
        source_id=payment_id,
        now=NOW,
    )
    return payment_id


def credits_left(subscription_id: uuid.UUID) -> int:
    """The credits that the subscription has, whenever they can be used."""
    db.session.rollback()
    return credits.balance_of(subscription_id)


def weekly_hours(
    organization_id: uuid.UUID, host_id: uuid.UUID, *, start: int = 9 * 60, end: int = 17 * 60, **rules: Any
) -> None:
    """The host works from 9 to 17 on every day, with two hours' notice and no buffers unless said otherwise."""
    for day in range(7):
        write(
            AvailabilityRule,
            organization_id=organization_id,
            host_id=host_id,
            day_of_week=day,
            start_time=start,
            end_time=end,
            is_active=True,
        )
    defaults = {"organization_id": organization_id, "host_id": host_id, "timezone": "Europe/Berlin"}
    write(BookingRules, **defaults | rules)


def guest(number: int) -> Person:
    """One of many guests."""
    return Person(email=f"guest{number}@example.com", name=f"Guest {number}", timezone="Europe/Berlin")


def booking_row(booking_id: uuid.UUID) -> Row[Any]:
    """The booking as it is in the database now."""
    return one(select(*Booking.__table__.columns).where(Booking.id == booking_id))


def session_row(session_id: uuid.UUID) -> Row[Any]:
    """The session as it is in the database now."""
    return one(select(*LiveSession.__table__.columns).where(LiveSession.id == session_id))


def mails() -> list[tuple[str, str]]:
    """Every mail promised so far: (kind, address), in order of kind."""
    db.session.rollback()
    return sorted((row.kind, row.email) for row in db.session.execute(select(Notification.kind, Notification.email)))


def run_jobs(name: str) -> None:
    """Does what was promised under this name and isn't done, as the worker would."""
    db.session.rollback()
    waiting = select(OutboxMessage.id, OutboxMessage.payload).where(
        OutboxMessage.name == name, OutboxMessage.done_at.is_(None)
    )
    for message_id, payload in db.session.execute(waiting).all():
        HANDLERS[name](**payload)
        transact(_mark_done, message_id)


def one(query: Any) -> Any:
    """The query's only row, read afresh."""
    db.session.rollback()
    return db.session.execute(query).one()


def _mark_done(message_id: uuid.UUID) -> None:
    db.session.execute(update(OutboxMessage).where(OutboxMessage.id == message_id).values(done_at=NOW))


def _insert(table: type[Base], values: dict[str, Any]) -> None:
    db.session.execute(insert(table).values(**values))


def _insert_session(values: dict[str, Any]) -> None:
    _insert(LiveSession, values)
    claims.take(
        [
            Claim(
                organization_id=values["organization_id"],
                session_id=values["id"],
                host_id=values["host_id"],
                kind="session",
                starts_at=values["scheduled_at"],
                ends_at=values["ends_at"],
            )
        ],
        now=NOW,
    )
