"""Rows that people make, change and archive: each change with its audit entry, each found in its own organization."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from liveapp.db import db
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.errors import NotFound


def insert_row(
    table: Any,
    object_type: str,
    key: uuid.UUID,
    actor: Actor,
    values: dict[str, Any],
    now: datetime,
    *,
    action: str = "add",
) -> None:
    """A new row of the actor's organization, with what was said of it in the audit log."""
    db.session.execute(insert(table).values(id=key, organization_id=actor.organization_id, created_at=now, **values))
    said = {name: value for name, value in values.items() if value not in (None, "", [], ())}
    record(actor, f"{object_type}.{action}", object_type, key, now, after=said)


def update_row(table: Any, object_type: str, actor: Actor, present: Any, values: dict[str, Any], now: datetime) -> None:
    """Writes what changed, and an entry of it."""
    before = {name: getattr(present, name) for name, value in values.items() if getattr(present, name) != value}
    if not before:
        return
    after = {name: values[name] for name in before}
    write_row(table, present.id, after)
    record(actor, f"{object_type}.change", object_type, present.id, now, before=before, after=after)


def set_archived(table: Any, object_type: str, actor: Actor, present: Any, now: datetime, *, archived: bool) -> None:
    """Out of the lists, or back in them; once is enough."""
    if (present.archived_at is not None) == archived:
        return
    write_row(table, present.id, {"archived_at": now if archived else None})
    action = f"{object_type}.{'archive' if archived else 'restore'}"
    record(
        actor, action, object_type, present.id, now,
        before={"archived_at": present.archived_at}, after={"archived_at": now if archived else None},
    )  # fmt: skip


def write_row(table: Any, key: uuid.UUID, values: dict[str, Any]) -> None:
    """Changes the row, and nothing else."""
    db.session.execute(update(table).where(table.id == key).values(**values))


def own_row(table: Any, actor: Actor, key: uuid.UUID) -> Any:
    """The row in the actor's organization. Raises NotFound."""
    query = select(*table.__table__.columns).where(table.id == key, table.organization_id == actor.organization_id)
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound()
    return found


def record(
    actor: Actor, action: str, object_type: str, object_id: uuid.UUID, now: datetime, **changes: dict[str, Any]
) -> None:
    """One audit entry."""
    audit.record(actor=actor, action=action, object_type=object_type, object_id=object_id, now=now, **changes)
