"""Putting messages in the outbox, and taking them from it: leases by compare-and-set."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from liveapp.db import db, insert_once, inserting, write_last
from liveapp.domain.outbox import queries
from liveapp.domain.outbox.models import OutboxMessage, ScheduleTick

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 12


def put(
    name: str, *, now: datetime, run_at: datetime | None = None, dedupe_key: str | None = None, **payload: Any
) -> uuid.UUID:
    """Promises a job, in the transaction that causes it. Payload values are primitive. Returns the message's id."""
    message_id = uuid.uuid4()
    put_many(name, [(message_id, payload)], now=now, run_at=run_at, dedupe_key=dedupe_key)
    return message_id


def is_promised(dedupe_key: str) -> bool:
    """Whether a job with this key was promised already."""
    query = select(OutboxMessage.id).where(OutboxMessage.dedupe_key == dedupe_key)
    return db.session.execute(query).first() is not None


def put_many(
    name: str,
    messages: Sequence[tuple[uuid.UUID, dict[str, Any]]],
    *,
    now: datetime,
    run_at: datetime | None = None,
    dedupe_key: str | None = None,
) -> None:
    """Promises several jobs of one kind."""
    if not messages:
        return
    db.session.info["outbox_written"] = True
    write_last(
        inserting(OutboxMessage),
        *[
            {
                "id": message_id,
                "name": name,
                "payload": payload,
                "run_at": run_at or now,
                "created_at": now,
                "dedupe_key": dedupe_key,
                "attempts": 0,
            }
            for message_id, payload in messages
        ],
    )


def claim_due(*, now: datetime, most: int = 100) -> list[tuple[uuid.UUID, str, int]]:
    """Due messages that nobody is at, marked as handed to the queue: (id, name, attempts), oldest first."""
    query = (
        select(OutboxMessage.id, OutboxMessage.name, OutboxMessage.attempts)
        .where(*queries.due(now))
        .order_by(OutboxMessage.run_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    rows = [(row.id, row.name, row.attempts) for row in db.session.execute(query)]
    if rows:
        ids = [message_id for message_id, _, _ in rows]
        db.session.execute(update(OutboxMessage).where(OutboxMessage.id.in_(ids)).values(enqueued_at=now))
    return rows


def release(*, message_ids: Sequence[uuid.UUID]) -> None:
    """Gives back messages that couldn't be handed to the queue."""
    db.session.execute(update(OutboxMessage).where(OutboxMessage.id.in_(message_ids)).values(enqueued_at=None))


def take_lease(*, message_id: uuid.UUID, holder: uuid.UUID, now: datetime) -> tuple[str, dict[str, Any]] | None:
    """The message's name and payload for the one who gets the lease, None for everybody else."""
    taken = db.session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == message_id,
            OutboxMessage.done_at.is_(None),
            OutboxMessage.failed_at.is_(None),
            or_(OutboxMessage.lease.is_(None), OutboxMessage.lease < now),
        )
        .values(lease=now + LEASE, lease_holder=holder, attempts=OutboxMessage.attempts + 1)
        .returning(OutboxMessage.name, OutboxMessage.payload)
    ).one_or_none()
    return (taken.name, taken.payload) if taken else None


def finish(*, message_id: uuid.UUID, holder: uuid.UUID, now: datetime) -> None:
    """The job is done, if `holder` still has the lease."""
    db.session.execute(_held(message_id, holder).values(done_at=now, lease=None, error=None))


def put_off(*, message_id: uuid.UUID, holder: uuid.UUID, now: datetime, error: str) -> bool:
    """The job failed this time: later again, with growing waits; True when it failed for good (visible to staff)."""
    attempts = db.session.execute(select(OutboxMessage.attempts).where(OutboxMessage.id == message_id)).scalar_one()
    if attempts >= MOST_ATTEMPTS:
        db.session.execute(_held(message_id, holder).values(failed_at=now, lease=None, error=error[:500]))
        return True
    later = now + timedelta(seconds=min(5 * 2 ** (attempts - 1), 3600))
    db.session.execute(_held(message_id, holder).values(run_at=later, lease=None, enqueued_at=None, error=error[:500]))
    return False


def start_tick(*, name: str, tick: datetime) -> bool:
    """Whether this run of a recurring job is ours: the row (name, tick) can be written once."""
    return insert_once(ScheduleTick, "name", {"name": name, "tick": tick}) is not None


def _held(message_id: uuid.UUID, holder: uuid.UUID) -> Any:
    return update(OutboxMessage).where(OutboxMessage.id == message_id, OutboxMessage.lease_holder == holder)
