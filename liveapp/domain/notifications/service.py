"""Promising mails, in the transaction that causes them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import update

from liveapp.db import db, inserting, write_last
from liveapp.domain.audit.service import plain
from liveapp.domain.notifications.models import Notification
from liveapp.domain.outbox import service as outbox


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one person: its kind (which is its template), to whom, about what, and values as they are now."""

    kind: str
    email: str
    organization_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    booking_id: uuid.UUID | None = None
    session_id: uuid.UUID | None = None
    payload: dict[str, Any] = field(default_factory=dict)


def promise(messages: Sequence[Message], *, now: datetime) -> None:
    """Writes the messages and the jobs that send them, at the end of the transaction."""
    if not messages:
        return
    ids = [uuid.uuid4() for _ in messages]
    write_last(
        inserting(Notification),
        *[
            {
                "id": message_id,
                "organization_id": message.organization_id,
                "user_id": message.user_id,
                "email": message.email,
                "kind": message.kind,
                "channel": "mail",
                "booking_id": message.booking_id,
                "session_id": message.session_id,
                "payload": plain(message.payload),
                "status": "queued",
                "created_at": now,
            }
            for message_id, message in zip(ids, messages, strict=True)
        ],
    )
    outbox.put_many("send_mail", [(uuid.uuid4(), {"notification_id": str(each)}) for each in ids], now=now)


def mark_sent(*, notification_id: uuid.UUID, now: datetime) -> None:
    """The mail server took it."""
    _mark(notification_id, status="sent", sent_at=now, error=None)


def mark_failed(*, notification_id: uuid.UUID, error: str) -> None:
    """It will never be delivered; staff can see it."""
    _mark(notification_id, status="failed", error=error)


def _mark(notification_id: uuid.UUID, **values: Any) -> None:
    db.session.execute(update(Notification).where(Notification.id == notification_id).values(**values))
