"""Reading the outbox: whether jobs and mail are stalled."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from liveapp.db import db
from liveapp.domain.outbox.models import OutboxMessage, ScheduleTick

STALLED_AFTER = timedelta(minutes=5)
ENQUEUED_AGAIN_AFTER = timedelta(minutes=2)


def due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What makes a message due: its time has come, nobody is at it, and it isn't on its way to somebody."""
    return (
        OutboxMessage.done_at.is_(None),
        OutboxMessage.failed_at.is_(None),
        OutboxMessage.run_at <= now,
        or_(OutboxMessage.lease.is_(None), OutboxMessage.lease < now),
        or_(OutboxMessage.enqueued_at.is_(None), OutboxMessage.enqueued_at < now - ENQUEUED_AGAIN_AFTER),
    )


def any_due(*, now: datetime) -> bool:
    """Whether a sweep would find something; a read, so that sweeping each second costs nobody the write lock."""
    found = db.session.execute(select(OutboxMessage.id).where(*due(now)).limit(1)).first() is not None
    db.session.rollback()
    return found


def has_run(*, name: str, tick: datetime) -> bool:
    """Whether a recurring job has run for this tick."""
    query = select(ScheduleTick.name).where(ScheduleTick.name == name, ScheduleTick.tick == tick)
    found = db.session.execute(query).first() is not None
    db.session.rollback()
    return found


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
