"""When a host can be booked, and the claims that are already on their time."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, Identified, ZoneName, one_of, same_organization

HORIZONS = ("days", "business_days", "available_days", "range")
OVERRIDE_KINDS = ("hours", "closed", "time_off")
CLAIM_KINDS = ("session", "meeting", "request", "hold")


class BookingRules(Identified, Base):
    """A host's rules in one organization, with the defaults of 2.3. Minutes, unless named otherwise."""

    __tablename__ = "booking_rules"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    host_id: Mapped[uuid.UUID]
    timezone: Mapped[str] = mapped_column(ZoneName)
    min_lead_minutes: Mapped[int] = mapped_column(default=120)
    buffer_before: Mapped[int] = mapped_column(default=0)
    buffer_after: Mapped[int] = mapped_column(default=0)
    max_per_day: Mapped[int | None]
    max_per_week: Mapped[int | None]
    slot_interval: Mapped[int | None]
    horizon_kind: Mapped[str] = mapped_column(default="days")
    horizon_days: Mapped[int] = mapped_column(default=60)
    horizon_first: Mapped[date | None] = mapped_column(Date)
    horizon_last: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("organization_id", "host_id"),
        same_organization("host_id", "memberships", "user_id"),
        one_of("horizon_kind", HORIZONS),
        CheckConstraint("min_lead_minutes BETWEEN 0 AND 525600", name="min_lead_minutes"),
        CheckConstraint("buffer_before BETWEEN 0 AND 1440", name="buffer_before"),
        CheckConstraint("buffer_after BETWEEN 0 AND 1440", name="buffer_after"),
        CheckConstraint("slot_interval BETWEEN 1 AND 1440", name="slot_interval"),
        CheckConstraint("max_per_day > 0", name="max_per_day"),
        CheckConstraint("max_per_week > 0", name="max_per_week"),
        CheckConstraint("horizon_days BETWEEN 1 AND 730", name="horizon_days"),
    )


class AvailabilityRule(Identified, Base):
    """A weekly window. `day_of_week` 0 = Monday … 6 = Sunday; times are wall-clock minutes after midnight.

    `end_time` 1440 is the day's end (24:00); an end at or before the start runs past midnight.
    """

    __tablename__ = "availability_rules"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    host_id: Mapped[uuid.UUID]
    day_of_week: Mapped[int] = mapped_column(SmallInteger)
    start_time: Mapped[int] = mapped_column(SmallInteger)
    end_time: Mapped[int] = mapped_column(SmallInteger)
    duration_minutes: Mapped[int | None]
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    is_active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        same_organization("host_id", "memberships", "user_id"),
        CheckConstraint("day_of_week BETWEEN 0 AND 6", name="day_of_week"),
        CheckConstraint("start_time BETWEEN 0 AND 1439", name="start_time"),
        CheckConstraint("end_time BETWEEN 0 AND 1440", name="end_time"),
        CheckConstraint("price_minor >= 0", name="price_minor"),
        CheckConstraint("duration_minutes BETWEEN 1 AND 1440", name="duration_minutes"),
        Index("ix_availability_rules_host", "organization_id", "host_id"),
    )


class AvailabilityOverride(Identified, Base):
    """Other hours on some dates (`hours`), none at all (`closed`: whole host-local days), or exact time off.

    `windows` is a list of [start, end] in wall-clock minutes. `first_day`/`last_day` for hours and closed,
    `starts_at`/`ends_at` for time_off.
    """

    __tablename__ = "availability_overrides"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    host_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    first_day: Mapped[date | None] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)
    windows: Mapped[list[Any]] = mapped_column(default=list)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        same_organization("host_id", "memberships", "user_id"),
        one_of("kind", OVERRIDE_KINDS),
        CheckConstraint(
            "(kind = 'time_off' AND starts_at < ends_at AND first_day IS NULL AND last_day IS NULL)"
            " OR (kind <> 'time_off' AND first_day <= last_day AND starts_at IS NULL AND ends_at IS NULL)",
            name="extent",
        ),
        Index("ix_availability_overrides_host", "organization_id", "host_id"),
    )


class Travel(Identified, Base):
    """From `first_day` to `last_day` (empty = until further notice) the host's windows are read in `timezone`."""

    __tablename__ = "travels"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    host_id: Mapped[uuid.UUID]
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)
    timezone: Mapped[str] = mapped_column(ZoneName)

    __table_args__ = (
        same_organization("host_id", "memberships", "user_id"),
        CheckConstraint("last_day IS NULL OR first_day <= last_day", name="extent"),
        Index("ix_travels_host", "organization_id", "host_id"),
    )


class Closure(Identified, Base):
    """Days on which nothing is offered: the whole organization, or one location."""

    __tablename__ = "closures"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    location_id: Mapped[uuid.UUID | None]
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(default="")
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]

    __table_args__ = (
        same_organization("location_id", "locations"),
        CheckConstraint("first_day <= last_day", name="extent"),
        Index("ix_closures_organization_id", "organization_id", "last_day"),
    )


class TimeClaim(Identified, Base):
    """Somebody's or some room's time is taken: a session, meeting, pending request or held slot.

    `starts_at`/`ends_at` include the buffers, so that two claims that touch leave exactly both buffers between them.
    `host_id` claims a host across organizations, `location_id` an exclusive location. On PostgreSQL exclusion
    constraints are the last word; on SQLite the immediate transaction checks and inserts. From `kept_until` on (of
    a request that nobody answered, of a hold that nobody paid) the claim keeps nobody from the time, swept or not.
    """

    __tablename__ = "time_claims"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    host_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    location_id: Mapped[uuid.UUID | None]
    session_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    buffer_before: Mapped[int] = mapped_column(default=0)
    buffer_after: Mapped[int] = mapped_column(default=0)
    kept_until: Mapped[datetime | None]

    __table_args__ = (
        same_organization("session_id", "sessions"),
        same_organization("location_id", "locations"),
        one_of("kind", CLAIM_KINDS),
        CheckConstraint("(host_id IS NULL) <> (location_id IS NULL)", name="one_claimed"),
        CheckConstraint("starts_at < ends_at", name="extent"),
        Index("ix_time_claims_host", "host_id", "ends_at"),
        Index("ix_time_claims_location", "location_id", "ends_at"),
        Index("ix_time_claims_session_id", "session_id"),
    )
