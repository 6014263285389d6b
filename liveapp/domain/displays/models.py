"""Screens that staff open on a wall."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, Identified, only_where, same_organization


class Display(Identified, Base):
    """A link that opens a screen, of one session or of whatever goes on in a location.

    The link is the row's id, signed. It opens nothing after `expires_at` or `revoked_at`. `last_seen_at`: when a screen
    last asked, to some minutes.
    """

    __tablename__ = "displays"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str]
    session_id: Mapped[uuid.UUID | None]
    location_id: Mapped[uuid.UUID | None]
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        CheckConstraint("(session_id IS NULL) <> (location_id IS NULL)", name="scope"),
        CheckConstraint("expires_at > created_at", name="expires_at"),
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="name"),
        same_organization("session_id", "sessions"),
        same_organization("location_id", "locations"),
        Index("ix_displays_list", "organization_id", "created_at"),
        Index("ix_displays_revoked_at", "revoked_at", **only_where("revoked_at IS NOT NULL")),
    )
