"""Telling the jobs that keep links: a session whose link a provider makes has changed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from liveapp.db import AnyRow
from liveapp.domain.outbox import service as outbox
from liveapp.rules.video import CONNECTED

SAID_THERE = {
    "host_id", "scheduled_at", "duration_minutes", "title", "format", "meeting_provider", "cancelled_at",
    "published_at", "deleted_at",
}  # fmt: skip
"""The columns that a link depends on."""


def follow(session_ids: Sequence[uuid.UUID], *, now: datetime) -> None:
    """Promises the job that makes, changes or removes each session's link, as the session is by then."""
    outbox.put_many("follow_link", [(uuid.uuid4(), {"session_id": str(each)}) for each in session_ids], now=now)


def follow_one(session: AnyRow, *, now: datetime) -> None:
    """As `follow`, where its link is a provider's. `session`: id, meeting_provider."""
    if session.meeting_provider in CONNECTED:
        follow([session.id], now=now)


def follow_changes(changes: Iterable[tuple[AnyRow, dict[str, Any]]], *, now: datetime) -> None:
    """As `follow`, for those whose change their link depends on."""
    follow([session.id for session, changed in changes if _matters(session, changed)], now=now)


def _matters(session: AnyRow, changed: dict[str, Any]) -> bool:
    providers = {session.meeting_provider, changed.get("meeting_provider")}
    return not providers.isdisjoint(CONNECTED) and not SAID_THERE.isdisjoint(changed)
