"""Opening a connected account: a token that is good, refreshed under a lease, so that of many who need one, one
asks."""

from __future__ import annotations

import uuid
from datetime import datetime

from liveapp.domain.video import connections
from liveapp.domain.video.connections import FRESH, OpenedConnection, Tokens
from liveapp.gateways.video.asking import SignInNeeded, VideoAway
from liveapp.gateways.video.provider import provider
from liveapp.kill_points import reach
from liveapp.sealed import Unreadable
from liveapp.unit_of_work import transact


def access(connection_id: uuid.UUID, *, now: datetime) -> str:
    """A token that opens the account. Raises SignInNeeded, VideoAway while somebody else is asking for one."""
    found = _tokens(connection_id, now)
    if found.expires_at is not None and found.expires_at > now + FRESH:
        token: str = found.access_token
        return token
    return _refreshed(found, now)


def give_up(connection_id: uuid.UUID, version: int, *, now: datetime) -> None:
    """The provider takes these tokens no more: their owner is told, once."""
    transact(connections.lose, connection_id=connection_id, version=version, now=now)


def _tokens(connection_id: uuid.UUID, now: datetime) -> OpenedConnection:
    try:
        found = connections.tokens_of(connection_id=connection_id)
    except Unreadable as error:
        give_up(connection_id, connections.version_of(connection_id=connection_id), now=now)
        raise SignInNeeded("The key that this connection was kept under is gone.") from error
    if found.status != "connected":
        raise SignInNeeded("The account isn't connected.")
    return found


def _refreshed(found: OpenedConnection, now: datetime) -> str:
    """One asks, and writes the new pair down before anybody uses it: Zoom takes the old one no more."""
    asked, holder = provider(found.provider), uuid.uuid4()
    if not transact(connections.take_lease, connection_id=found.id, version=found.version, holder=holder, now=now):
        raise VideoAway(f"Somebody else is asking {asked.name} for a new token.")
    try:
        tokens: Tokens = asked.refresh(found.refresh_token, now=now)
    except SignInNeeded:
        give_up(found.id, found.version, now=now)
        raise
    except VideoAway:
        transact(connections.give_lease_back, connection_id=found.id, holder=holder)
        raise
    reach("video_tokens.refreshed")
    transact(connections.keep_tokens, connection_id=found.id, version=found.version, tokens=tokens, now=now)
    return tokens.access
