"""What the public can choose from: an organization's offerings and its hosts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select

from liveapp.db import AnyRow, db, read
from liveapp.domain.accounts.models import STAFF_ROLES, Membership, User
from liveapp.domain.catalogue.models import Offering, Program
from liveapp.domain.errors import NotFound


def offerings(*, organization_id: uuid.UUID) -> Sequence[AnyRow]:
    """What can be booked, by title: id, slug, title, description, kind, duration_minutes, durations, price_minor,
    plan_only, currency, format, host_id, booking_mode, colour, topic."""
    return read(_offered(), organization_id=organization_id)


@cache
def _offered() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Offering.id,
            Offering.slug,
            Offering.title,
            Offering.description,
            Offering.kind,
            Offering.duration_minutes,
            Offering.durations,
            Offering.price_minor,
            Offering.plan_only,
            Offering.currency,
            Offering.format,
            Offering.host_id,
            Offering.booking_mode,
            Offering.colour,
            Offering.topic,
        )
        .outerjoin(Program, Program.id == Offering.program_id)
        .where(
            Offering.organization_id == bindparam("organization_id"),
            Offering.is_active,
            Offering.archived_at.is_(None),
            public_program(),
        )
        .order_by(func.lower(Offering.title), Offering.id)
    )


def host(*, organization_id: uuid.UUID, host_slug: str) -> AnyRow:
    """A host by the name in their address: user_id, name, slug, title, bio. Raises NotFound."""
    query = (
        select(User.id.label("user_id"), User.name, Membership.slug, Membership.title, Membership.bio)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organization_id == organization_id,
            Membership.slug == host_slug,
            Membership.role.in_(STAFF_ROLES),
            Membership.ended_at.is_(None),
        )
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("This host isn't here any more. Have a look at who else there is.")
    return row


def meeting_offering_id(*, organization_id: uuid.UUID, host_id: uuid.UUID, offering_slug: str) -> uuid.UUID:
    """The id of a meeting offering that can be booked with this host. Raises NotFound."""
    query = select(Offering.id).where(
        Offering.organization_id == organization_id,
        Offering.slug == offering_slug,
        Offering.kind == "meeting",
        Offering.is_active,
        Offering.archived_at.is_(None),
        or_(Offering.host_id.is_(None), Offering.host_id == host_id),
    )
    found = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("This can't be booked any more. Have a look at what else there is.")
    return found


def public_program() -> Any:
    """The condition on programs: whose sessions and offerings everybody sees."""
    return or_(Program.id.is_(None), Program.delivery_mode == "schedule")
