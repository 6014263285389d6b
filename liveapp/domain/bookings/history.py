"""What was done to a booking, in the audit log."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from liveapp.db import AnyRow
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit


def holder(session: AnyRow, user_id: uuid.UUID) -> Actor:
    """Who holds a booking of the session, as the one who does something with it."""
    return Actor(user_id=user_id, role=None, organization_id=session.organization_id)


def record(actor: Actor, booking_id: uuid.UUID, action: str, now: datetime, **changes: Any) -> None:
    """Keeps what was done to a booking: by staff, by its holder, or by the clock."""
    audit.record(actor=actor, action=action, object_type="booking", object_id=booking_id, now=now, **changes)
