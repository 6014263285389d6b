"""The clock closes sessions, and what was written down of a session that was cancelled is forgotten."""

from __future__ import annotations

import uuid
from functools import partial

from liveapp.domain.attendance import closing
from liveapp.tasks.sweeps import each
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock


def close_sessions() -> int:
    """Settles who came to sessions that are over. Returns how many bookings."""
    return each((row.id, partial(_close, row.id)) for row in closing.due(now=clock.now()))


def forget_attendance(session_id: str) -> None:
    """The session, or somebody's booking of it, was cancelled when people may have come already."""
    key = uuid.UUID(session_id)
    transact_in_turn([key], closing.forget_cancelled, session_id=key)


def _close(session_id: uuid.UUID) -> int:
    return transact_in_turn([session_id], closing.close, session_id=session_id, now=clock.now())
