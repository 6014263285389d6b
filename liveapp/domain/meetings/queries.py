"""What can be booked with a host, and where."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import STAFF_ROLES, Membership, Organization
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Location, Offering
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.models import LiveSession


def meeting_offering(
    *, organization_id: uuid.UUID, offering_id: uuid.UUID, host_id: uuid.UUID
) -> tuple[Organization, Offering]:
    """An active offering that can be booked with this host, and its organization. Raises NotFound."""
    query = _bookable().where(
        Organization.id == organization_id, Offering.id == offering_id, Membership.user_id == host_id
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound("This can't be booked any more. Have a look at what else there is.")
    return found[0], found[1]


def meeting_offering_named(*, organization: str, host: str, offering: str) -> tuple[Organization, Offering, uuid.UUID]:
    """The same by what stands in addresses: the organization's slug, and slug or id of host and offering.

    The third is the host's id. Raises NotFound with a sentence for each that isn't there.
    """
    query = (
        _bookable()
        .add_columns(Membership.user_id)
        .where(
            Organization.slug == organization,
            _named(Membership.slug, Membership.user_id, host),
            _named(Offering.slug, Offering.id, offering),
        )
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound("Nothing can be booked here: check the organization, the host and the offering.")
    return found[0], found[1], found[2]


def meeting_offerings(*, organization_id: uuid.UUID, host_id: uuid.UUID) -> list[Offering]:
    """What can be booked with the host now, by title."""
    query = (
        _bookable()
        .where(Organization.id == organization_id, Membership.user_id == host_id)
        .order_by(Offering.title, Offering.id)
    )
    return [row[1] for row in db.session.execute(query)]


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


def _bookable() -> Select[Organization, Offering]:
    """(organization, offering) for every staff member with whom the offering can be booked."""
    return (
        select(Organization, Offering)
        .join(Offering, Offering.organization_id == Organization.id)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(
            Offering.kind == "meeting",
            Offering.is_active,
            Offering.archived_at.is_(None),
            (Offering.host_id.is_(None)) | (Offering.host_id == Membership.user_id),
            Membership.role.in_(STAFF_ROLES),
            Membership.ended_at.is_(None),
        )
    )


def _named(slug: Any, key: Any, name: str) -> Any:
    """The condition that a thing has this slug or, where the name is an id, this id."""
    try:
        return key == uuid.UUID(name)
    except ValueError:
        return slug == name


def due_requests(*, now: datetime) -> Sequence[AnyRow]:
    """Requests that nobody answered in time: id, host_id; the longest overdue first."""
    query = (
        select(Booking.id, LiveSession.host_id)
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(Booking.status == "requested", Booking.expires_at <= now)
        .order_by(Booking.expires_at, Booking.id)
    )
    return db.session.execute(query).all()
