"""Reading what was sent to whom."""

from __future__ import annotations

import uuid

from liveapp.db import db
from liveapp.domain.errors import NotFound
from liveapp.domain.notifications.models import Notification


def notification(*, notification_id: uuid.UUID) -> Notification:
    """The message. Raises NotFound."""
    found = db.session.get(Notification, notification_id)
    if found is None:
        raise NotFound()
    return found
