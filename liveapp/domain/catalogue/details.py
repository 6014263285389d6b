"""What people say about offerings, programs and locations."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from typing import Any

from liveapp.rules.topics import DEFAULT_DEADLINE_HOURS


@dataclass(frozen=True, slots=True)
class OfferingDetails:
    """What a person says about an offering. Minutes, days and minor units; empty `booking_opens_days` = at once, empty
    `currency` = the one that it has, a new one its organization's."""

    title: str
    kind: str
    format: str
    duration_minutes: int
    capacity: int
    description: str = ""
    program_id: uuid.UUID | None = None
    host_id: uuid.UUID | None = None
    location_id: uuid.UUID | None = None
    meeting_url: str | None = None
    meeting_provider: str | None = None
    session_type: str = "group"
    topic_type: str = "fixed"
    topic: str = ""
    topic_deadline_hours: int = DEFAULT_DEADLINE_HOURS
    durations: tuple[int, ...] = ()
    price_minor: int | None = None
    currency: str | None = None
    plan_only: bool = False
    payment_timing: str = "at_booking"
    materials: str = ""
    requirements: str = ""
    booking_mode: str = "instant"
    guests_may_move: bool = False
    has_waitlist: bool = True
    waitlist_size: int | None = None
    booking_opens_days: int | None = None
    colour: str = "pine"
    is_active: bool = True

    def columns(self) -> dict[str, Any]:
        """The columns: a meeting is with one person, only meetings have several lengths and requests, a place is a
        room or a link, and what only plans pay for has no price."""
        values = asdict(self)
        online, meeting = self.format == "online", self.kind == "meeting"
        others = [each for each in sorted(set(self.durations)) if each != self.duration_minutes]
        if self.currency is None:
            del values["currency"]
        return values | {
            "price_minor": None if self.plan_only else self.price_minor,
            "location_id": None if online else self.location_id,
            "meeting_url": (self.meeting_url or None) if online and self.meeting_provider in (None, "url") else None,
            "meeting_provider": self.meeting_provider if online else None,
            "capacity": 1 if meeting else self.capacity,
            "session_type": "individual" if meeting else self.session_type,
            "durations": [self.duration_minutes, *others] if meeting and others else [],
            "booking_mode": self.booking_mode if meeting else "instant",
            "guests_may_move": self.guests_may_move and meeting and self.booking_mode == "request",
            "has_waitlist": self.has_waitlist and not meeting,
            "waitlist_size": self.waitlist_size if self.has_waitlist and not meeting else None,
            "booking_opens_days": None if meeting else self.booking_opens_days,
        }


@dataclass(frozen=True, slots=True)
class Lengths:
    """The shortest and the longest session of the deployment, in minutes; an organization may go down to 5."""

    shortest: int
    longest: int


@dataclass(frozen=True, slots=True)
class ProgramDetails:
    """What a person says about a program."""

    name: str
    description: str = ""
    delivery_mode: str = "schedule"


@dataclass(frozen=True, slots=True)
class LocationDetails:
    """What a person says about a location. Degrees and metres."""

    name: str
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    check_in_radius: int | None = None
