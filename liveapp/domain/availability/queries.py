"""Reading what a host has said about their time."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import STAFF_ROLES, Membership, User
from liveapp.domain.availability.models import AvailabilityOverride, AvailabilityRule, Closure, Travel
from liveapp.domain.errors import NotFound


def host(*, organization_id: uuid.UUID, name: str) -> AnyRow:
    """A staff member by slug or user id: user_id, name, slug, role. Raises NotFound."""
    query = (
        select(User.id.label("user_id"), User.name, Membership.slug, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organization_id == organization_id,
            Membership.role.in_(STAFF_ROLES),
            Membership.ended_at.is_(None),
            Membership.user_id == key if (key := _id(name)) else Membership.slug == name,
        )
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound("There is no such host here. Choose one from the list.")
    return found


def weekly_rules(*, organization_id: uuid.UUID, host_id: uuid.UUID) -> Sequence[AvailabilityRule]:
    """Every weekly window, those that are turned off too, by day and start."""
    query = (
        select(AvailabilityRule)
        .where(AvailabilityRule.organization_id == organization_id, AvailabilityRule.host_id == host_id)
        .order_by(AvailabilityRule.day_of_week, AvailabilityRule.start_time, AvailabilityRule.id)
    )
    return db.session.execute(query).scalars().all()


def overrides(*, organization_id: uuid.UUID, host_id: uuid.UUID, since: datetime) -> Sequence[AvailabilityOverride]:
    """Other hours, days off and time off that aren't over at that moment, in order of time."""
    query = select(AvailabilityOverride).where(
        AvailabilityOverride.organization_id == organization_id,
        AvailabilityOverride.host_id == host_id,
        or_(AvailabilityOverride.last_day >= since.date(), AvailabilityOverride.ends_at > since),
    )
    found = db.session.execute(query).scalars().all()
    return sorted(found, key=lambda row: (row.first_day or (row.starts_at or since).date(), row.kind, row.id))


def travels(*, organization_id: uuid.UUID, host_id: uuid.UUID, since: date) -> Sequence[Travel]:
    """Journeys that aren't over on that day, in order of time."""
    query = (
        select(Travel)
        .where(
            Travel.organization_id == organization_id,
            Travel.host_id == host_id,
            or_(Travel.last_day.is_(None), Travel.last_day >= since),
        )
        .order_by(Travel.first_day, Travel.id)
    )
    return db.session.execute(query).scalars().all()


def closures(*, organization_id: uuid.UUID, first_day: date, last_day: date) -> Sequence[Closure]:
    """When the whole organization is closed, as far as it touches these days."""
    query = (
        select(Closure)
        .where(
            Closure.organization_id == organization_id,
            Closure.location_id.is_(None),
            Closure.first_day <= last_day,
            Closure.last_day >= first_day,
        )
        .order_by(Closure.first_day, Closure.id)
    )
    return db.session.execute(query).scalars().all()


def override(*, override_id: uuid.UUID) -> AvailabilityOverride:
    """Raises NotFound."""
    found = db.session.get(AvailabilityOverride, override_id)
    if found is None:
        raise NotFound()
    return found


def travel(*, travel_id: uuid.UUID) -> Travel:
    """Raises NotFound."""
    found = db.session.get(Travel, travel_id)
    if found is None:
        raise NotFound()
    return found


def _id(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name)
    except ValueError:
        return None
