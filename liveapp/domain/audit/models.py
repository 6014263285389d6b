"""Who did what to what, from → to. Append-only: triggers refuse changes and deletions on both databases."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, only_where


class AuditEntry(Base):
    """One change. `actor_id` is empty for the system; `before` and `after` hold only what changed.

    `number` rises in the order of writing, also within a transaction, where every entry has the same `at`. Nothing
    refers to an entry, so ascending keys collide with nobody here.
    """

    __tablename__ = "audit_entries"

    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organizations.id"))
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    actor_kind: Mapped[str]
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[uuid.UUID]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    batch_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime]
    address: Mapped[str | None]

    __table_args__ = (
        Index("ix_audit_entries_object", "object_id", "number"),
        Index("ix_audit_entries_organization", "organization_id", "number"),
        Index("ix_audit_entries_actor", "organization_id", "actor_id", "number"),
        Index("ix_audit_entries_type", "organization_id", "object_type", "number"),
        Index("ix_audit_entries_at", "organization_id", "at"),
        Index("ix_audit_entries_batch", "batch_id", "number", **only_where("batch_id IS NOT NULL")),
    )
