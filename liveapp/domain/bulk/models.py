"""Bulk changes: one row a batch, and one for each session it is about."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, Identified, one_of, same_organization
from liveapp.rules.bulk import Verb

STATUSES = ("queued", "done", "failed")


class Batch(Identified, Base):
    """Many sessions changed at once, all or none of them.

    `payload`: what was asked for (how the sessions were chosen, and the verb's values), as the person gave it.
    `number`: how many sessions it changes; `told`: how many bookings' people were told. A failed one changed nothing:
    `refusal` says why, and `refused_session_id` which session it was.
    """

    __tablename__ = "batches"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    verb: Mapped[str]
    payload: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(default="queued")
    number: Mapped[int]
    told: Mapped[int] = mapped_column(default=0)
    refusal: Mapped[str] = mapped_column(default="")
    refused_session_id: Mapped[uuid.UUID | None]
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    address: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        one_of("verb", Verb),
        one_of("status", STATUSES),
        CheckConstraint("(status = 'queued') = (finished_at IS NULL)", name="finished_at"),
        CheckConstraint("number > 0", name="number"),
        same_organization("refused_session_id", "sessions"),
        Index("ix_batches_organization", "organization_id", "created_at", "id"),
    )


class BatchSession(Base):
    """What a batch does to one session: from → to (only what changed), and how many bookings' people were told.

    `position` is its place in the order of time. `left_out` says why it isn't changed, if it isn't.
    """

    __tablename__ = "batch_sessions"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    batch_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    session_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    position: Mapped[int]
    left_out: Mapped[str] = mapped_column(default="")
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    told: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        same_organization("batch_id", "batches"),
        same_organization("session_id", "sessions"),
        Index("uq_batch_sessions_position", "batch_id", "position", unique=True),
    )
