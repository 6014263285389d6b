"""Reading the outbox: whether jobs and mail are stalled."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from liveapp.db import db
from liveapp.domain.outbox.models import OutboxMessage

STALLED_AFTER = timedelta(minutes=5)


def stalled(*, now: datetime) -> dict[str, int]:
    """How many jobs are overdue by more than five minutes, and how many failed for good in the last day."""
    overdue = select(func.count()).where(
        OutboxMessage.done_at.is_(None),
        OutboxMessage.failed_at.is_(None),
        OutboxMessage.run_at < now - STALLED_AFTER,
    )
    failed = select(func.count()).where(OutboxMessage.failed_at > now - timedelta(days=1))
    return {
        "overdue_jobs": db.session.execute(overdue).scalar_one(),
        "failed_jobs": db.session.execute(failed).scalar_one(),
    }
