"""Writing the audit log, in the transaction of the change itself."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from liveapp.db import inserting, write_last
from liveapp.domain.actor import Actor
from liveapp.domain.audit.models import AuditEntry


def record(
    *,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: uuid.UUID,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """One entry: who did what to what, from → to (only what changed), when and from where, in which bulk change."""
    entry = {
        "organization_id": actor.organization_id,
        "actor_id": actor.user_id,
        "actor_kind": actor.kind,
        "action": action,
        "object_type": object_type,
        "object_id": object_id,
        "before": plain(before or {}),
        "after": plain(after or {}),
        "batch_id": actor.batch_id,
        "at": now,
        "address": actor.address,
    }
    write_last(inserting(AuditEntry), entry)


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """The values as JSON can hold them."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    return value
