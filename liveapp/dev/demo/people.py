"""Rows that the demo begins with: organizations, people, places and offerings."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import insert

from liveapp.db import Base, db
from liveapp.domain.accounts.models import Membership, Organization, User
from liveapp.domain.availability.models import AvailabilityRule, BookingRules
from liveapp.domain.catalogue.models import Location, Offering, Program

PASSWORD = "demo-demo-demo"


def row(table: type[Base], **values: Any) -> uuid.UUID:
    """One row; returns its id."""
    made = {"id": uuid.uuid4()} | values
    db.session.execute(insert(table).values(**made))
    found: uuid.UUID = made["id"]
    return found


def organization(slug: str, name: str, timezone: str, currency: str, now: datetime, **more: Any) -> uuid.UUID:
    """A business with the default policies."""
    return row(
        Organization,
        slug=slug,
        name=name,
        timezone=timezone,
        currency=currency,
        contact_email=f"hello@{slug}.example.com",
        created_at=now,
        **more,
    )


def person(name: str, now: datetime, *, email: str = "", timezone: str | None = None) -> uuid.UUID:
    """Somebody with an account and the demo's password."""
    return row(
        User,
        email=email or f"{name.split()[0].lower()}@example.com",
        name=name,
        password_hash=PasswordHasher().hash(PASSWORD),
        email_verified_at=now,
        timezone=timezone,
        created_at=now,
    )


def works(organization_id: uuid.UUID, user_id: uuid.UUID, role: str, slug: str, now: datetime, **more: Any) -> None:
    """A role in an organization; `slug` is the name in public addresses."""
    row(
        Membership,
        organization_id=organization_id,
        user_id=user_id,
        role=role,
        slug=slug,
        created_at=now,
        **more,
    )


def program(organization_id: uuid.UUID, name: str, now: datetime, **more: Any) -> uuid.UUID:
    """A program."""
    return row(Program, organization_id=organization_id, name=name, created_at=now, **more)


def location(organization_id: uuid.UUID, name: str, address: str, now: datetime, **more: Any) -> uuid.UUID:
    """A room that holds one session at a time."""
    return row(
        Location,
        organization_id=organization_id,
        name=name,
        address=address,
        is_exclusive=True,
        created_at=now,
        **more,
    )


def offering(organization_id: uuid.UUID, slug: str, title: str, currency: str, now: datetime, **more: Any) -> uuid.UUID:
    """Something that can be booked: a class of an hour with 12 places, unless said otherwise."""
    defaults = {"duration_minutes": 60, "durations": [], "capacity": 12}
    return row(
        Offering,
        organization_id=organization_id,
        slug=slug,
        title=title,
        currency=currency,
        created_at=now,
        **defaults | more,
    )


def hours(
    organization_id: uuid.UUID, host_id: uuid.UUID, timezone: str, days: dict[int, list[tuple[int, int]]], **rules: Any
) -> None:
    """A host's weekly hours, as (from, to) in hours of the day."""
    for day, windows in days.items():
        for start, end in windows:
            row(
                AvailabilityRule,
                organization_id=organization_id,
                host_id=host_id,
                day_of_week=day,
                start_time=start * 60,
                end_time=end * 60,
                is_active=True,
            )
    row(BookingRules, organization_id=organization_id, host_id=host_id, timezone=timezone, **rules)
