"""The real address of an online session, for one person who is let in now."""

from __future__ import annotations

from datetime import datetime

from liveapp.db import AnyRow
from liveapp.domain.joining.queries import provider_in
from liveapp.gateways.video import jitsi
from liveapp.gateways.video.jitsi import Visitor


def address(row: AnyRow, *, visitor: Visitor, now: datetime) -> str | None:
    """Where the visitor goes; None while the provider hasn't made it. `row`: of `joining.queries`."""
    provider = provider_in(row)
    if provider == "jitsi":
        return jitsi.room_address(row.room, visitor=visitor, ends_at=row.ends_at, now=now)
    if provider == "url":
        url: str = row.meeting_url
        return url
    made = row.link_state == "made" and row.link_provider == provider
    return row.link_url if made else None
