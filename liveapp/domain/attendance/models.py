"""Who came: one record a booking; and what video providers and our own links told of a session."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, Identified, one_of, same_organization
from liveapp.rules.attendance import Status

EVENT_KINDS = ("host_joined", "participant_joined", "participant_left", "started", "ended")
SOURCES = ("join_link", "zoom", "google_meet", "jitsi")


class AttendanceRecord(Identified, Base):
    """What is known of one person's coming; none while nobody knows anything.

    `joined_at` is when they first came, `left_at` when they were gone, `duration_seconds` how long they were there in
    all. `recorded_by`: the staff member who wrote it, empty where the person, a provider or the clock did. `reason`:
    why staff passed over the check-in's hours, excused or corrected. `is_unverified`: a desk without network wrote it
    down at `device_at`, by its own clock, and sent it later. `changed_at`: live views ask for what changed since.
    """

    __tablename__ = "attendance_records"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    session_id: Mapped[uuid.UUID]
    booking_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    status: Mapped[str]
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    duration_seconds: Mapped[int] = mapped_column(default=0)
    recorded_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(default="")
    is_unverified: Mapped[bool] = mapped_column(default=False)
    device_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]

    __table_args__ = (
        one_of("status", Status),
        CheckConstraint("duration_seconds >= 0", name="duration_seconds"),
        CheckConstraint("left_at IS NULL OR (joined_at IS NOT NULL AND left_at >= joined_at)", name="left_at"),
        CheckConstraint("joined_at IS NULL OR status IN ('present', 'late')", name="joined_at"),
        CheckConstraint("NOT is_unverified OR device_at IS NOT NULL", name="is_unverified"),
        same_organization("session_id", "sessions"),
        same_organization("booking_id", "bookings"),
        Index("ix_attendance_records_session_id", "session_id", "changed_at"),
        Index("ix_attendance_records_changed_at", "changed_at"),
    )


class SessionEvent(Identified, Base):
    """Something that a video provider, or our own join link, told of a session; written once, never changed.

    `booking_id` and `user_id`: whom it is about, where that is known. `provider_event_id`: the provider's name for it,
    so that an event that is delivered twice is there once.
    """

    __tablename__ = "session_events"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    session_id: Mapped[uuid.UUID]
    booking_id: Mapped[uuid.UUID | None]
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    source: Mapped[str]
    at: Mapped[datetime]
    provider_event_id: Mapped[str | None]

    __table_args__ = (
        one_of("kind", EVENT_KINDS),
        one_of("source", SOURCES),
        UniqueConstraint("source", "provider_event_id"),
        same_organization("session_id", "sessions"),
        same_organization("booking_id", "bookings"),
        Index("ix_session_events_session_id", "session_id", "at"),
        Index("ix_session_events_booking_id", "booking_id", "at"),
    )
