"""What a person says about a session, its time aside, and whether it can be so."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import STAFF_ROLES, Membership, Organization
from liveapp.domain.actor import Actor
from liveapp.domain.catalogue.models import Location, Offering
from liveapp.domain.errors import Forbidden, Invalid
from liveapp.rules import capacity
from liveapp.rules.roles import Right, may

WORDS = {
    "title": "title",
    "host_id": "host",
    "scheduled_at": "time",
    "duration_minutes": "length",
    "format": "place",
    "location_id": "place",
    "meeting_url": "link",
    "meeting_provider": "link",
    "max_participants": "places",
    "price_minor": "price",
    "plan_only": "price",
    "description": "description",
    "focus_area": "what to prepare",
    "notes": "notes",
}
"""What the columns that a person can change are called."""
TOLD = (
    "title",
    "host_id",
    "scheduled_at",
    "duration_minutes",
    "format",
    "location_id",
    "meeting_url",
    "meeting_provider",
)
"""Changes that everybody who booked must learn of."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The shortest and the longest session of this deployment, in minutes; an organization may go down to 5."""

    shortest: int
    longest: int


@dataclass(frozen=True, slots=True)
class Details:
    """What a session says; `price_minor` in minor units of its currency. Its currency and type are its offering's."""

    offering_id: uuid.UUID
    host_id: uuid.UUID
    title: str
    format: str
    duration_minutes: int
    max_participants: int
    price_minor: int | None = None
    plan_only: bool = False
    location_id: uuid.UUID | None = None
    meeting_url: str | None = None
    meeting_provider: str | None = None
    description: str = ""
    focus_area: str = ""
    notes: str = ""

    def columns(self) -> dict[str, Any]:
        """The columns that a change by hand may write; a place is a room or a link, never both,
        and what only plans pay for has no price."""
        online = self.format == "online"
        return {
            "host_id": self.host_id,
            "title": self.title.strip(),
            "format": self.format,
            "duration_minutes": self.duration_minutes,
            "max_participants": self.max_participants,
            "price_minor": None if self.plan_only else self.price_minor,
            "plan_only": self.plan_only,
            "location_id": None if online else self.location_id,
            "meeting_url": (self.meeting_url or None) if online and self.meeting_provider in (None, "url") else None,
            "meeting_provider": self.meeting_provider if online else None,
            "description": self.description,
            "focus_area": self.focus_area,
            "notes": self.notes,
        }


def checked_offering(details: Details, *, organization: Organization, actor: Actor, limits: Limits) -> Offering:
    """The offering that the session is made from, when everything said goes together. Raises Invalid or Forbidden."""
    check_length(details.duration_minutes, organization, limits)
    try:
        capacity.check_max_participants(details.max_participants, taken=0)
    except capacity.TooFewPlaces as error:
        raise Invalid(str(error), field="max_participants") from error
    check_host(details.host_id, actor)
    exclusive_location(details, organization.id)
    return _offering(details.offering_id, organization.id)


def check_length(minutes: int, organization: Organization, limits: Limits) -> None:
    """Raises Invalid naming the limits."""
    shortest = min(limits.shortest, max(5, organization.min_session_duration or limits.shortest))
    try:
        capacity.check_duration(minutes, shortest=shortest, longest=limits.longest)
    except capacity.WrongDuration as error:
        raise Invalid(str(error), field="duration_minutes") from error


def check_host(host_id: uuid.UUID, actor: Actor) -> None:
    """The host works here; a coach makes sessions of their own only."""
    if host_id != actor.user_id and not may(actor.role, Right.EDIT_ANY_SESSION):
        raise Forbidden("You can make sessions that you host yourself. Ask an owner or admin for others.")
    query = select(Membership.id).where(
        Membership.organization_id == actor.organization_id,
        Membership.user_id == host_id,
        Membership.role.in_(STAFF_ROLES),
        Membership.ended_at.is_(None),
    )
    if db.session.execute(query).first() is None:
        raise Invalid("This person doesn't work here any more. Choose another host.", field="host_id")


def exclusive_location(details: Details, organization_id: uuid.UUID) -> uuid.UUID | None:
    """The location, if only one session at a time fits into it. Raises Invalid for one that isn't there."""
    return exclusive_room(None if details.format == "online" else details.location_id, organization_id)


def exclusive_room(location_id: uuid.UUID | None, organization_id: uuid.UUID) -> uuid.UUID | None:
    """As `exclusive_location`, of a location (None: none)."""
    if location_id is None:
        return None
    query = select(Location.is_exclusive).where(Location.id == location_id, Location.organization_id == organization_id)
    found = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise Invalid("This location isn't there any more. Choose another one.", field="location_id")
    return location_id if found else None


def changed_words(before: AnyRow, columns: dict[str, Any]) -> list[str]:
    """What changes that people who booked must learn of, in words, each once."""
    changed = [name for name in TOLD if name in columns and getattr(before, name) != columns[name]]
    return list(dict.fromkeys(WORDS[name] for name in changed))


def _offering(offering_id: uuid.UUID, organization_id: uuid.UUID) -> Offering:
    query = select(Offering).where(
        Offering.id == offering_id,
        Offering.organization_id == organization_id,
        Offering.archived_at.is_(None),
        Offering.kind != "meeting",
    )
    found = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise Invalid("This offering isn't there any more. Choose another one.", field="offering_id")
    return found
