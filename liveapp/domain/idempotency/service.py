"""Forms and calls that were already answered: asked again with the same key, they get the same answer."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select

from liveapp.db import db, insert_once
from liveapp.domain.idempotency.models import IdempotencyKey


def claim(key: str | None, result_id: uuid.UUID, *, now: datetime) -> uuid.UUID | None:
    """The first answer to this key, if there is one already; None when `result_id` is now going to be it.

    Claim before anything is looked at: what the first answer made would refuse the second. A refusal gives the key
    back with its transaction. The table's key decides between two that arrive at once.
    """
    if not key:
        return None
    if insert_once(IdempotencyKey, "key", {"key": key, "result_id": result_id, "created_at": now}):
        return None
    return first_answer(key)


def first_answer(key: str) -> uuid.UUID | None:
    """What this key was answered with, if it was."""
    query = select(IdempotencyKey.result_id).where(IdempotencyKey.key == key)
    return db.session.execute(query).scalar_one_or_none()
