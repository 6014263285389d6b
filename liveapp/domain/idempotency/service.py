"""Forms and calls that were already answered: asked again with the same key, they get the same answer."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from liveapp.db import db, table
from liveapp.domain.idempotency.models import IdempotencyKey


def claim(key: str | None, result_id: uuid.UUID, *, now: datetime) -> uuid.UUID | None:
    """The first answer to this key, if there is one already; None when `result_id` is now going to be it.

    Claim before anything is looked at: what the first answer made would refuse the second. A refusal gives the key
    back with its transaction. The table's key decides between two that arrive at once. One statement, and no look for
    a row that isn't there (which under SERIALIZABLE collides with its neighbours).
    """
    if not key:
        return None
    kind: Any = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    statement = kind.insert(table(IdempotencyKey)).on_conflict_do_nothing().returning(IdempotencyKey.result_id)
    values = {"key": key, "result_id": result_id, "created_at": now}
    if db.session.execute(statement, values).scalar_one_or_none():
        return None
    query = select(IdempotencyKey.result_id).where(IdempotencyKey.key == key)
    return db.session.execute(query).scalar_one()
