"""Forms and calls that were already answered: asked again with the same key, they get the same answer."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import insert, select

from liveapp.db import db
from liveapp.domain.idempotency.models import IdempotencyKey


def answered(key: str | None) -> uuid.UUID | None:
    """The result that this key was answered with."""
    if not key:
        return None
    query = select(IdempotencyKey.result_id).where(IdempotencyKey.key == key)
    return db.session.execute(query).scalar_one_or_none()


def remember(key: str | None, result_id: uuid.UUID, *, now: datetime) -> None:
    """Keeps the answer, in the transaction that made it."""
    if key:
        db.session.execute(insert(IdempotencyKey).values(key=key, result_id=result_id, created_at=now))
