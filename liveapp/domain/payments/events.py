"""What the provider tells of: every event is kept once, and handled by a job that reads the object as it is then."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from liveapp.db import db, insert_once
from liveapp.domain.outbox import service as outbox
from liveapp.domain.payments.models import WebhookEvent


def keep(*, event_id: str, kind: str, object_id: str, now: datetime, account_id: str = "") -> bool:
    """Keeps the event and promises to handle it. False when it was told before. `account_id`: the connected account
    that it is of, if it isn't of ours."""
    event = {"id": event_id, "type": kind, "object_id": object_id, "received_at": now}
    if insert_once(WebhookEvent, "id", event) is None:
        return False
    outbox.put("handle_event", now=now, event_id=event_id, kind=kind, object_id=object_id, account_id=account_id)
    return True


def mark_handled(*, event_id: str, now: datetime) -> None:
    """The event was handled."""
    db.session.execute(update(WebhookEvent).where(WebhookEvent.id == event_id).values(handled_at=now))
