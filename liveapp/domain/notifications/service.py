"""Promising mails, in the transaction that causes them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import FromClause, Function, Insert, ScalarSelect, Uuid, bindparam, func, select, update

from liveapp.db import Base, db, inserting, write_last
from liveapp.domain.audit.service import plain
from liveapp.domain.notifications.models import Notification
from liveapp.domain.outbox import service as outbox


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one person: its kind (which is its template), to whom, about what, and values as they are now. None
    is sent to somebody of whom only the name is known (`email` empty)."""

    kind: str
    email: str | None
    organization_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    booking_id: uuid.UUID | None = None
    session_id: uuid.UUID | None = None
    payload: dict[str, Any] = field(default_factory=dict)

    @property
    def is_to_guest(self) -> bool:
        """Whether it goes to who holds the booking."""
        return self.booking_id is not None and self.user_id is None and not self.kind.startswith("host_")


def promise(messages: Sequence[Message], *, now: datetime) -> None:
    """Writes the messages and the jobs that send them, at the end of the transaction. Each gets its reader's locale and
    zone: those of a guest's booking, else those of the person's account, else their organization's."""
    messages = [message for message in messages if message.email]
    if not messages:
        return
    ids = [uuid.uuid4() for _ in messages]
    write_last(
        _writing(),
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
                "guests_booking": message.booking_id if message.is_to_guest else None,
                "person": message.user_id,
                "business": message.organization_id,
            }
            for message_id, message in zip(ids, messages, strict=True)
        ],
    )
    outbox.put_many("send_mail", [(uuid.uuid4(), {"notification_id": str(each)}) for each in ids], now=now)


def was_told(kind: str, *, user_id: uuid.UUID, since: datetime) -> bool:
    """Whether this person was promised a mail of the kind since then."""
    query = select(Notification.id).where(
        Notification.user_id == user_id, Notification.created_at > since, Notification.kind == kind
    )
    return db.session.execute(query.limit(1)).first() is not None


@cache
def _writing() -> Insert:
    """Writes a notification, and looks its reader up in the same statement. People, businesses and bookings are known
    above this feature, so their tables are named here."""
    return inserting(Notification).values(locale=_of_reader("locale"), timezone=_of_reader("timezone"))


def _of_reader(column: str) -> Function[str]:
    sources = (("bookings", "guests_booking"), ("users", "person"), ("organizations", "business"))
    return func.coalesce(*(_named(Base.metadata.tables[name], column, key) for name, key in sources))


def _named(source: FromClause, column: str, key: str) -> ScalarSelect[str]:
    return select(source.c[column]).where(source.c.id == bindparam(key, type_=Uuid())).scalar_subquery()


def mark_sent(*, notification_id: uuid.UUID, now: datetime) -> None:
    """The mail server took it."""
    _mark(notification_id, status="sent", sent_at=now, error=None)


def mark_failed(*, notification_id: uuid.UUID, error: str) -> None:
    """It will never be delivered; staff can see it."""
    _mark(notification_id, status="failed", error=error)


def _mark(notification_id: uuid.UUID, **values: Any) -> None:
    db.session.execute(update(Notification).where(Notification.id == notification_id).values(**values))
