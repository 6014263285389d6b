"""Sessions: a time with a host and places; and the series that some of them come from."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, Identified, ZoneName, one_of, only_where, same_organization
from liveapp.domain.catalogue.models import FORMATS, KINDS
from liveapp.rules.video import PROVIDERS

STATUSES = ("draft", "scheduled", "live", "ended", "cancelled")
FREQUENCIES = ("daily", "weekly", "biweekly", "monthly_by_day", "monthly_by_weekday")


class SessionDetails:
    """What a session says, and what a series says of the sessions it makes. Durations in minutes, money in minor
    units (empty price = free, unless only plans pay), `timezone` is the IANA zone that the time was meant in. Which
    provider an online one is by, and what an empty `meeting_provider` means, says `rules.video.provider_of`."""

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    offering_id: Mapped[uuid.UUID]
    host_id: Mapped[uuid.UUID]
    location_id: Mapped[uuid.UUID | None]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    type: Mapped[str] = mapped_column(default="live_class")
    format: Mapped[str] = mapped_column(default="in_person")
    meeting_url: Mapped[str | None]
    meeting_provider: Mapped[str | None]
    duration_minutes: Mapped[int]
    timezone: Mapped[str] = mapped_column(ZoneName)
    max_participants: Mapped[int]
    focus_area: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    plan_only: Mapped[bool] = mapped_column(default=False)
    currency: Mapped[str]


class Series(SessionDetails, Identified, Base):
    """A recurrence rule and what its sessions have in common. `made_through`: the last local date made so far.
    `week_start`: the weekday (0 = Monday) that its weeks begin on, as the organization's did when it was made."""

    __tablename__ = "series"

    frequency: Mapped[str]
    weekdays: Mapped[list[Any]] = mapped_column(default=list)
    day_of_month: Mapped[int | None] = mapped_column(SmallInteger)
    nth: Mapped[int | None] = mapped_column(SmallInteger)
    week_start: Mapped[int] = mapped_column(SmallInteger, default=0)
    first_day: Mapped[date] = mapped_column(Date)
    local_start: Mapped[int] = mapped_column(SmallInteger)
    until: Mapped[date | None] = mapped_column(Date)
    count: Mapped[int | None]
    made_through: Mapped[date] = mapped_column(Date)
    publishes: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        one_of("frequency", FREQUENCIES),
        one_of("type", KINDS),
        one_of("format", FORMATS),
        one_of("meeting_provider", PROVIDERS),
        CheckConstraint("local_start BETWEEN 0 AND 1439", name="local_start"),
        CheckConstraint("week_start BETWEEN 0 AND 6", name="week_start"),
        same_organization("offering_id", "offerings"),
        same_organization("location_id", "locations"),
        same_organization("host_id", "memberships", "user_id"),
    )


class LiveSession(SessionDetails, Identified, Base):
    """A concrete time with a host and a number of places.

    `ends_at` = `scheduled_at` + `duration_minutes`. `participant_count` is always the number of places held,
    `waiting_count` the number of people waiting, `overbooked` how many places an owner or admin gave beyond
    `max_participants`. `series_day` is the local date the series meant, which stays when the session is moved;
    `is_detached` says it was changed by hand. `was_booked`: somebody had a confirmed place in it once, so that it came
    into its host's calendar. `revision` rises with every change that people's calendars must learn of.
    `topic_final_at`: when the topic was settled from what people suggested. A pending request's meeting is a draft
    until the host accepts. `join_opened_at`: staff let people into its online room before the window.
    `host_joined_at`: the host came; `ended_at`: it ended, by hand before `ends_at` or by the clock; `closed_at`: of
    everybody booked it was written down whether they came. `room` is its own secret, which the name of its online
    room is made of.
    """

    __tablename__ = "sessions"

    series_id: Mapped[uuid.UUID | None]
    series_day: Mapped[date | None] = mapped_column(Date)
    is_detached: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default="draft")
    scheduled_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    participant_count: Mapped[int] = mapped_column(default=0)
    waiting_count: Mapped[int] = mapped_column(default=0)
    was_booked: Mapped[bool] = mapped_column(default=False)
    overbooked: Mapped[int] = mapped_column(default=0)
    room: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4)
    availability_rule_id: Mapped[uuid.UUID | None]
    buffer_before: Mapped[int] = mapped_column(default=0)
    buffer_after: Mapped[int] = mapped_column(default=0)
    topic: Mapped[str] = mapped_column(default="")
    topic_final_at: Mapped[datetime | None]
    recording_url: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    join_opened_at: Mapped[datetime | None]
    host_joined_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    cancel_reason: Mapped[str] = mapped_column(default="")
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        one_of("status", STATUSES),
        one_of("type", KINDS),
        one_of("format", FORMATS),
        one_of("meeting_provider", PROVIDERS),
        UniqueConstraint("organization_id", "id", "scheduled_at", "ends_at"),
        CheckConstraint("participant_count BETWEEN 0 AND max_participants + overbooked", name="capacity"),
        CheckConstraint("overbooked >= 0", name="overbooked"),
        CheckConstraint("waiting_count >= 0", name="waiting_count"),
        CheckConstraint("duration_minutes BETWEEN 1 AND 1440", name="duration_minutes"),
        CheckConstraint("scheduled_at < ends_at", name="extent"),
        CheckConstraint("scheduled_at >= '2000-01-01' AND ends_at < '2101-01-01'", name="years"),
        CheckConstraint("price_minor >= 0", name="price_minor"),
        CheckConstraint("NOT plan_only OR price_minor IS NULL", name="plan_only"),
        CheckConstraint("deleted_at IS NULL OR status IN ('draft', 'cancelled')", name="deleted"),
        CheckConstraint("closed_at IS NULL OR status = 'ended'", name="closed_at"),
        same_organization("offering_id", "offerings"),
        same_organization("location_id", "locations"),
        same_organization("series_id", "series"),
        same_organization("host_id", "memberships", "user_id"),
        Index("uq_sessions_series_day", "series_id", "series_day", unique=True),
        Index("ix_sessions_calendar", "organization_id", "scheduled_at", "id"),
        Index("ix_sessions_host", "host_id", "scheduled_at"),
        Index("ix_sessions_offering_id", "offering_id", "scheduled_at"),
        Index("ix_sessions_totals", "organization_id", "type", "status", **only_where("deleted_at IS NULL")),
        Index("ix_sessions_meeting_times", "organization_id", "scheduled_at", "id", **only_where("type = 'meeting'")),
        Index("ix_sessions_meetings", "organization_id", "created_at", **only_where("type = 'meeting'")),
        Index("ix_sessions_running", "ends_at", **only_where("status IN ('scheduled', 'live')")),
        Index("ix_sessions_to_close", "ends_at", **only_where("status = 'ended' AND closed_at IS NULL")),
        Index("ix_sessions_waiting", "scheduled_at", **only_where("status = 'scheduled' AND waiting_count > 0")),
    )
