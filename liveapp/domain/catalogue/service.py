"""Making, changing and archiving offerings, programs and locations.

What is made from an offering keeps what it was made with: a change shows in new sessions only. Coaches run the
offerings that they host. A location's exclusiveness reaches into sessions: it is changed in `live_sessions.rooms`.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select

from liveapp.db import db
from liveapp.domain.accounts import organizations
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.catalogue import rows
from liveapp.domain.catalogue.checks import check_host, check_offering, check_right
from liveapp.domain.catalogue.details import Lengths, LocationDetails, OfferingDetails, ProgramDetails
from liveapp.domain.catalogue.models import Location, Offering, Program
from liveapp.domain.errors import Forbidden
from liveapp.domain.idempotency import service as idempotency
from liveapp.rules.roles import Right, may
from liveapp.rules.slugs import free_slug, slug_of


def add_offering(
    *,
    actor: Actor,
    details: OfferingDetails,
    lengths: Lengths,
    now: datetime,
    key: str | None = None,
    payment_provider: str | None = None,
) -> uuid.UUID:
    """A new offering, with a public name that stays; with it, how people pay from now on, where that is said. Returns
    its id."""
    offering_id = uuid.uuid4()
    before = idempotency.claim(key, offering_id, now=now)
    if before:
        return before
    organization = _organization(actor)
    check_offering(actor, details, organization, lengths)
    slug = _free_slug(actor.organization_id, details.title)
    values = {"currency": organization.currency} | details.columns() | {"slug": slug}
    _pay_by(actor, payment_provider, now)
    rows.insert_row(Offering, "offering", offering_id, actor, values, now)
    return offering_id


def change_offering(
    *,
    actor: Actor,
    offering_id: uuid.UUID,
    details: OfferingDetails,
    lengths: Lengths,
    now: datetime,
    payment_provider: str | None = None,
) -> None:
    """Writes what changed, and how people pay from now on, where that is said. The public name and the sessions made so
    far stay as they are: call `bookings.prices.change_offering`, which minds what those cost."""
    present = rows.own_row(Offering, actor, offering_id)
    check_host(actor, present.host_id)
    check_offering(actor, details, _organization(actor), lengths, present)
    rows.update_row(Offering, "offering", actor, present, details.columns(), now)
    _pay_by(actor, payment_provider, now)


def add_program(*, actor: Actor, details: ProgramDetails, now: datetime, key: str | None = None) -> uuid.UUID:
    """A new program. Returns its id. Raises NameTaken."""
    program_id = uuid.uuid4()
    before = idempotency.claim(key, program_id, now=now)
    if before:
        return before
    check_right(actor)
    rows.insert_row(Program, "program", program_id, actor, asdict(details), now)
    return program_id


def change_program(*, actor: Actor, program_id: uuid.UUID, details: ProgramDetails, now: datetime) -> None:
    """Writes what changed. Raises NameTaken."""
    check_right(actor)
    rows.update_row(Program, "program", actor, rows.own_row(Program, actor, program_id), asdict(details), now)


def add_location(
    *, actor: Actor, details: LocationDetails, is_exclusive: bool, now: datetime, key: str | None = None
) -> uuid.UUID:
    """A new location. Returns its id. Raises NameTaken."""
    location_id = uuid.uuid4()
    before = idempotency.claim(key, location_id, now=now)
    if before:
        return before
    check_right(actor)
    values = asdict(details) | {"is_exclusive": is_exclusive}
    rows.insert_row(Location, "location", location_id, actor, values, now)
    return location_id


def change_location(
    *, actor: Actor, location_id: uuid.UUID, details: LocationDetails, is_exclusive: bool, now: datetime
) -> None:
    """Writes what changed. Raises NameTaken. Call `live_sessions.rooms.change_location`, which minds the sessions."""
    check_right(actor)
    values = asdict(details) | {"is_exclusive": is_exclusive}
    rows.update_row(Location, "location", actor, rows.own_row(Location, actor, location_id), values, now)


def archive_offering(*, actor: Actor, offering_id: uuid.UUID, now: datetime) -> None:
    """Out of the lists and not bookable; its sessions stay."""
    _set_archived(Offering, "offering", actor, offering_id, now)


def restore_offering(*, actor: Actor, offering_id: uuid.UUID, now: datetime) -> None:
    """Back in the lists."""
    _set_archived(Offering, "offering", actor, offering_id, now, archived=False)


def archive_program(*, actor: Actor, program_id: uuid.UUID, now: datetime) -> None:
    """Not to be chosen any more; its offerings stay in it."""
    _set_archived(Program, "program", actor, program_id, now)


def restore_program(*, actor: Actor, program_id: uuid.UUID, now: datetime) -> None:
    """To be chosen again."""
    _set_archived(Program, "program", actor, program_id, now, archived=False)


def archive_location(*, actor: Actor, location_id: uuid.UUID, now: datetime) -> None:
    """Not to be chosen any more; sessions there stay there."""
    _set_archived(Location, "location", actor, location_id, now)


def restore_location(*, actor: Actor, location_id: uuid.UUID, now: datetime) -> None:
    """To be chosen again."""
    _set_archived(Location, "location", actor, location_id, now, archived=False)


def _set_archived(
    table: Any, object_type: str, actor: Actor, key: uuid.UUID, now: datetime, archived: bool = True
) -> None:
    present = rows.own_row(table, actor, key)
    if table is Offering:
        check_host(actor, present.host_id)
    else:
        check_right(actor)
    rows.set_archived(table, object_type, actor, present, now, archived=archived)


def _pay_by(actor: Actor, payment_provider: str | None, now: datetime) -> None:
    """How people pay this organization, said with its first price. Raises Forbidden for who can't change settings."""
    if payment_provider is None:
        return
    if not may(actor.role, Right.MANAGE_SETTINGS):
        raise Forbidden()
    organizations.change_settings(actor=actor, settings={"payment_provider": payment_provider}, now=now)


def _organization(actor: Actor) -> Organization:
    return db.session.execute(select(Organization).where(Organization.id == actor.organization_id)).scalar_one()


def _free_slug(organization_id: uuid.UUID, title: str) -> str:
    wanted = slug_of(title, "offering")
    query = select(Offering.slug).where(
        Offering.organization_id == organization_id, Offering.slug.startswith(wanted, autoescape=True)
    )
    return free_slug(title, "offering", set(db.session.execute(query).scalars()))
