"""Who may change the catalogue, and what an offering may say."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from liveapp.db import db
from liveapp.domain.accounts.models import STAFF_ROLES, Membership, Organization
from liveapp.domain.actor import Actor
from liveapp.domain.catalogue.details import Lengths, OfferingDetails
from liveapp.domain.catalogue.errors import BadChoice, NotYourOffering
from liveapp.domain.catalogue.models import Location, Program
from liveapp.domain.errors import Forbidden, Invalid
from liveapp.rules.roles import Right, may


def check_right(actor: Actor) -> None:
    """Raises Forbidden for who doesn't manage the catalogue."""
    if not may(actor.role, Right.MANAGE_CATALOGUE):
        raise Forbidden()


def check_host(actor: Actor, host_id: uuid.UUID | None) -> None:
    """Who manages the catalogue runs every offering, a coach those that they host."""
    if may(actor.role, Right.MANAGE_CATALOGUE):
        return
    if not may(actor.role, Right.MANAGE_OWN_OFFERINGS):
        raise Forbidden()
    if host_id != actor.user_id:
        raise NotYourOffering()


def check_offering(
    actor: Actor,
    details: OfferingDetails,
    organization: Organization,
    lengths: Lengths,
    present: Any = None,
) -> None:
    """Lengths within the limits; host, program and location of this organization, in use or chosen already."""
    check_host(actor, details.host_id)
    _check_lengths(details, organization, lengths)
    _check_staff(actor.organization_id, details.host_id)
    _check_choice(Program, actor.organization_id, details.program_id, present and present.program_id, "program_id")
    _check_choice(Location, actor.organization_id, details.location_id, present and present.location_id, "location_id")


def _check_lengths(details: OfferingDetails, organization: Organization, lengths: Lengths) -> None:
    shortest = organization.min_session_duration or lengths.shortest
    wanted = [("duration_minutes", details.duration_minutes), *(("durations", each) for each in details.durations)]
    for field, minutes in wanted:
        if not shortest <= minutes <= lengths.longest:
            raise Invalid(f"Choose a length from {shortest} to {lengths.longest} minutes.", field=field)


def _check_staff(organization_id: uuid.UUID, host_id: uuid.UUID | None) -> None:
    if host_id is None:
        return
    query = select(Membership.id).where(
        Membership.organization_id == organization_id,
        Membership.user_id == host_id,
        Membership.role.in_(STAFF_ROLES),
        Membership.ended_at.is_(None),
    )
    if db.session.execute(query).first() is None:
        raise BadChoice("This person doesn't work here any more. Choose another host.", field="host_id")


def _check_choice(
    table: type[Program] | type[Location],
    organization_id: uuid.UUID,
    chosen: uuid.UUID | None,
    present: uuid.UUID | None,
    field: str,
) -> None:
    if chosen is None or chosen == present:
        return
    query = select(table.id).where(
        table.id == chosen, table.organization_id == organization_id, table.archived_at.is_(None)
    )
    if db.session.execute(query).first() is None:
        raise BadChoice("This was archived meanwhile. Choose another one.", field=field)
