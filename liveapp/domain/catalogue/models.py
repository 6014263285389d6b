"""What can be booked and where: programs, locations, offerings."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, Identified, one_of, same_organization
from liveapp.rules.video import PROVIDERS

DELIVERY_MODES = ("schedule", "feed", "coaching", "course")
FORMATS = ("online", "in_person")
SESSION_TYPES = ("individual", "group")
TOPIC_TYPES = ("fixed", "flexible")
BOOKING_MODES = ("instant", "request")
PAYMENT_TIMINGS = ("at_booking", "after_session", "none")
KINDS = ("live_class", "webinar", "workshop", "office_hours", "meeting")
COLOURS = ("pine", "sky", "iris", "plum", "rose", "amber", "moss", "slate")


class Program(Identified, Base):
    """Groups offerings; `delivery_mode` decides what members without a booking see."""

    __tablename__ = "programs"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    delivery_mode: Mapped[str] = mapped_column(default="schedule")
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("delivery_mode", DELIVERY_MODES),
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "name"),
    )


class Location(Identified, Base):
    """A place. `is_exclusive`: two in-person sessions there can't overlap. Radius in metres, coordinates in degrees."""

    __tablename__ = "locations"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    check_in_radius: Mapped[int | None]
    is_exclusive: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "name"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="coordinates"),
        CheckConstraint("check_in_radius > 0", name="check_in_radius"),
    )


class Offering(Identified, Base):
    """The template that sessions are made from: a studio's class type and an instructor's teaching offering in one.

    `kind` is the type its sessions get; kind `meeting` is booked from availability. `durations` are the minutes to
    choose from (first = `duration_minutes`). `price_minor` is the drop-in price in minor units of `currency`; empty =
    free, unless `plan_only`: then only plans pay.
    `slug` is its public name in addresses. Windows in minutes; `booking_opens_days` before start, empty = at once.
    """

    __tablename__ = "offerings"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    program_id: Mapped[uuid.UUID | None]
    host_id: Mapped[uuid.UUID | None]
    location_id: Mapped[uuid.UUID | None]
    slug: Mapped[str]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="live_class")
    session_type: Mapped[str] = mapped_column(default="group")
    topic_type: Mapped[str] = mapped_column(default="fixed")
    topic: Mapped[str] = mapped_column(default="")
    topic_deadline_hours: Mapped[int] = mapped_column(default=24)
    duration_minutes: Mapped[int]
    durations: Mapped[list[Any]] = mapped_column(default=list)
    capacity: Mapped[int]
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str]
    materials: Mapped[str] = mapped_column(default="")
    requirements: Mapped[str] = mapped_column(default="")
    format: Mapped[str] = mapped_column(default="in_person")
    meeting_url: Mapped[str | None]
    meeting_provider: Mapped[str | None]
    booking_mode: Mapped[str] = mapped_column(default="instant")
    guests_may_move: Mapped[bool] = mapped_column(default=False)
    payment_timing: Mapped[str] = mapped_column(default="at_booking")
    plan_only: Mapped[bool] = mapped_column(default=False)
    share_percent: Mapped[int | None]
    has_waitlist: Mapped[bool] = mapped_column(default=True)
    waitlist_size: Mapped[int | None]
    booking_opens_days: Mapped[int | None]
    colour: Mapped[str] = mapped_column(default="pine")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("kind", KINDS),
        one_of("session_type", SESSION_TYPES),
        one_of("topic_type", TOPIC_TYPES),
        one_of("format", FORMATS),
        one_of("meeting_provider", PROVIDERS),
        one_of("booking_mode", BOOKING_MODES),
        one_of("payment_timing", PAYMENT_TIMINGS),
        one_of("colour", COLOURS),
        CheckConstraint("duration_minutes BETWEEN 1 AND 1440", name="duration_minutes"),
        CheckConstraint("capacity BETWEEN 1 AND 100000", name="capacity"),
        CheckConstraint("price_minor >= 0", name="price_minor"),
        CheckConstraint("share_percent BETWEEN 0 AND 100", name="share_percent"),
        CheckConstraint("NOT plan_only OR price_minor IS NULL", name="plan_only"),
        CheckConstraint("waitlist_size >= 0", name="waitlist_size"),
        CheckConstraint("topic_deadline_hours BETWEEN 0 AND 8760", name="topic_deadline_hours"),
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "slug"),
        same_organization("program_id", "programs"),
        same_organization("location_id", "locations"),
        same_organization("host_id", "memberships", "user_id"),
        Index("ix_offerings_organization_id", "organization_id"),
    )
