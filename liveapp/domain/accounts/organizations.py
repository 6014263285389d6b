"""Founding an organization, and changing its settings."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from liveapp.db import db
from liveapp.domain.accounts.models import Membership, Organization, SignIn
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.errors import NotFound
from liveapp.rules.refunds import DEFAULTS, Tiers
from liveapp.rules.roles import Role
from liveapp.rules.slugs import free_slug, slug_of


@dataclass(frozen=True, slots=True)
class Foundation:
    """What an organization begins with; `tiers` is what comes back of money when somebody cancels, as the deployment
    has it."""

    name: str
    timezone: str
    currency: str
    locale: str = "en"
    tiers: Tiers = DEFAULTS


def found(*, foundation: Foundation, user_id: uuid.UUID, user_name: str, email: str, now: datetime) -> uuid.UUID:
    """A new organization with this person as its owner. Returns its id."""
    organization_id = uuid.uuid4()
    db.session.execute(
        insert(Organization).values(
            id=organization_id,
            slug=_free_slug(foundation.name),
            name=foundation.name,
            timezone=foundation.timezone,
            currency=foundation.currency,
            locale=foundation.locale,
            contact_email=email,
            free_cancellation_hours=foundation.tiers.free_hours,
            partial_refund_hours=foundation.tiers.partial_hours,
            created_at=now,
        )
    )
    membership_id = add_membership(
        organization_id=organization_id, user_id=user_id, user_name=user_name, role=Role.OWNER.value, now=now
    )
    founder = Actor(user_id=user_id, role=Role.OWNER, organization_id=organization_id)
    audit.record(
        actor=founder,
        action="organization.found",
        object_type="organization",
        object_id=organization_id,
        now=now,
        after={"name": foundation.name, "timezone": foundation.timezone, "currency": foundation.currency},
    )
    audit.record(
        actor=founder, action="membership.begin", object_type="membership", object_id=membership_id, now=now,
        after={"role": Role.OWNER.value},
    )  # fmt: skip
    return organization_id


def found_another(
    *, foundation: Foundation, user_id: uuid.UUID, user_name: str, email: str, sign_in_id: uuid.UUID, now: datetime
) -> uuid.UUID:
    """As `found`, for somebody who is signed in: their lists show the new one at once."""
    organization_id = found(foundation=foundation, user_id=user_id, user_name=user_name, email=email, now=now)
    _row(SignIn, sign_in_id).organization_id = organization_id
    return organization_id


def add_membership(
    *, organization_id: uuid.UUID, user_id: uuid.UUID, user_name: str, role: str, now: datetime
) -> uuid.UUID:
    """A role for a person who had none there yet, with a free public name. Returns the membership's id."""
    taken = set(
        db.session.execute(select(Membership.slug).where(Membership.organization_id == organization_id)).scalars()
    )
    membership_id = uuid.uuid4()
    db.session.execute(
        insert(Membership).values(
            id=membership_id,
            organization_id=organization_id,
            user_id=user_id,
            role=role,
            slug=free_slug(user_name, "host", taken),
            created_at=now,
        )
    )
    return membership_id


def change_settings(*, actor: Actor, settings: dict[str, Any], now: datetime) -> None:
    """Writes what changed. Bookings keep the policies they were made under: these are copied into each."""
    organization = _row(Organization, actor.organization_id)
    present = {name: getattr(organization, name) for name in settings}
    before = {name: value for name, value in present.items() if value != settings[name]}
    if not before:
        return
    for name in before:
        setattr(organization, name, settings[name])
    audit.record(
        actor=actor,
        action="organization.change",
        object_type="organization",
        object_id=organization.id,
        now=now,
        before=before,
        after={name: settings[name] for name in before},
    )


def _free_slug(name: str) -> str:
    wanted = slug_of(name, "organization")
    like = select(Organization.slug).where(Organization.slug.startswith(wanted, autoescape=True))
    return free_slug(name, "organization", set(db.session.execute(like).scalars()))


def _row(table: Any, key: uuid.UUID) -> Any:
    """The row, read afresh. Raises NotFound."""
    found_row = db.session.get(table, key, populate_existing=True)
    if found_row is None:
        raise NotFound()
    return found_row
