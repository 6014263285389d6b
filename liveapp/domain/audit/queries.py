"""Reading the audit log."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.audit.models import AuditEntry


def entries_about(*, organization_id: uuid.UUID, object_ids: Sequence[uuid.UUID], most: int = 50) -> Sequence[AnyRow]:
    """What happened to these things, the latest first: every column of audit_entries."""
    query = (
        select(*AuditEntry.__table__.columns)
        .where(AuditEntry.organization_id == organization_id, AuditEntry.object_id.in_(object_ids))
        .order_by(AuditEntry.number.desc())
        .limit(most)
    )
    return db.session.execute(query).all()
