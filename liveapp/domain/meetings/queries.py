"""Reading meetings, and what can be booked with a host."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from liveapp.db import db
from liveapp.domain.accounts.models import STAFF_ROLES, Membership, Organization
from liveapp.domain.catalogue.models import Location, Offering
from liveapp.domain.errors import NotFound


def meeting_offering(
    *, organization_id: uuid.UUID, offering_id: uuid.UUID, host_id: uuid.UUID
) -> tuple[Organization, Offering]:
    """An active offering that can be booked with this host, and its organization. Raises NotFound."""
    query = (
        select(Organization, Offering)
        .join(Offering, Offering.organization_id == Organization.id)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(
            Organization.id == organization_id,
            Offering.id == offering_id,
            Offering.kind == "meeting",
            Offering.is_active,
            Offering.archived_at.is_(None),
            (Offering.host_id.is_(None)) | (Offering.host_id == host_id),
            Membership.user_id == host_id,
            Membership.role.in_(STAFF_ROLES),
            Membership.ended_at.is_(None),
        )
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound("This can't be booked any more. Have a look at what else there is.")
    return found[0], found[1]


def expiry_hours(organization_id: uuid.UUID) -> int:
    """How long a request waits for an answer in this organization."""
    query = select(Organization.request_expiry_hours).where(Organization.id == organization_id)
    return int(db.session.execute(query).scalar_one())


def exclusive_location(location_id: uuid.UUID | None) -> uuid.UUID | None:
    """The location, if only one session at a time fits into it."""
    if location_id is None:
        return None
    query = select(Location.id).where(Location.id == location_id, Location.is_exclusive)
    return db.session.execute(query).scalar_one_or_none()
