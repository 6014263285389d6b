"""What was sent to whom, once."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, Identified, ZoneName, one_of

STATUSES = ("queued", "sent", "failed", "dropped")


class Notification(Identified, Base):
    """One message to one person. Its id is its Message-ID, so that a repeated mail is recognized as the same.

    `kind` names the template, `payload` holds ids and the values that may have changed by the time it leaves.
    `locale` and `timezone` are its reader's, as they were when it was promised (a locale's region says how the reader
    reads a clock); empty where nothing was known of them.
    """

    __tablename__ = "notifications"

    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    email: Mapped[str]
    kind: Mapped[str]
    channel: Mapped[str] = mapped_column(default="mail")
    booking_id: Mapped[uuid.UUID | None]
    session_id: Mapped[uuid.UUID | None]
    payload: Mapped[dict[str, Any]]
    locale: Mapped[str | None]
    timezone: Mapped[str | None] = mapped_column(ZoneName)
    status: Mapped[str] = mapped_column(default="queued")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]

    __table_args__ = (
        one_of("status", STATUSES),
        Index("ix_notifications_booking", "booking_id"),
        Index("ix_notifications_user", "user_id", "created_at"),
    )
