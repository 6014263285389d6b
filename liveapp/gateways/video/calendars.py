"""Hearing of changes in hosts' Google calendars: https://developers.google.com/workspace/calendar/api/guides/push"""

from __future__ import annotations

import hmac
import secrets
import uuid
from datetime import datetime

from liveapp.domain.video import watching
from liveapp.gateways.video import provider, tokens
from liveapp.gateways.video.asking import SignInNeeded
from liveapp.gateways.video.google import Google
from liveapp.sealed import Unreadable
from liveapp.unit_of_work import transact


def watch(connection_id: uuid.UUID, *, address: str, now: datetime) -> None:
    """Opens a channel; the one before ends by itself, within a day. Raises VideoAway, VideoRefused."""
    channel_id, secret = uuid.uuid4(), secrets.token_urlsafe(32)
    access = tokens.access(connection_id, now=now)
    until = _google().watch(access, channel_id, secret, address)
    transact(watching.note_channel, connection_id=connection_id, channel_id=channel_id, secret=secret, until=until)


def teller(channel_id: str, secret: str) -> uuid.UUID | None:
    """The connection whose calendar tells something, if Google does: only it knows the channel's secret."""
    try:
        found = watching.channel(channel_id=uuid.UUID(channel_id))
    except (ValueError, Unreadable):
        return None
    if found is None or not hmac.compare_digest(found[1].encode(), secret.encode()):
        return None
    return found[0]


def look(connection_id: uuid.UUID, *, now: datetime) -> int:
    """Makes anew what was removed in the calendar by hand. Returns how many. Raises VideoAway."""
    try:
        gone = _google().removed_lately(tokens.access(connection_id, now=now), now=now)
    except SignInNeeded:
        return 0
    return transact(watching.take_out, connection_id=connection_id, gone=gone, now=now) if gone else 0


def _google() -> Google:
    found = provider.provider(watching.WATCHED)
    assert isinstance(found, Google)
    return found
