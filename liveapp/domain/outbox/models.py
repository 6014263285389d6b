"""What must happen later, written in the transaction that promises it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, Identified, only_where


class OutboxMessage(Identified, Base):
    """A job to be done once. The database is the truth; Redis only wakes the workers.

    `run_at`: not before. `lease`: until when somebody is at it. Ends with `done_at`, or with `failed_at` and `error`.
    """

    __tablename__ = "outbox"

    name: Mapped[str]
    payload: Mapped[dict[str, Any]]
    run_at: Mapped[datetime]
    created_at: Mapped[datetime]
    dedupe_key: Mapped[str | None] = mapped_column(unique=True)
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[datetime | None]
    lease_holder: Mapped[uuid.UUID | None]
    enqueued_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("done_at IS NULL OR failed_at IS NULL", name="one_end"),
        Index("ix_outbox_due", "run_at", **only_where("done_at IS NULL AND failed_at IS NULL")),
    )


class ScheduleTick(Base):
    """A recurring job's run, keyed by name and tick, so that two schedulers do no harm."""

    __tablename__ = "schedule_ticks"

    name: Mapped[str] = mapped_column(primary_key=True)
    tick: Mapped[datetime] = mapped_column(primary_key=True)
