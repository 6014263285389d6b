"""Being told when a connected calendar changes: a channel at a time for each, which the provider ends by itself."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from liveapp.db import AnyRow, db
from liveapp.domain.live_sessions import links as changes
from liveapp.domain.outbox import service as outbox
from liveapp.domain.video.models import SessionLink, VideoConnection
from liveapp.sealed import Place, seal, unseal

AHEAD = timedelta(days=1)
"""A channel that ends sooner than this gets a successor."""
WATCHED = "google_meet"
SECRET = "video_connections.channel_secret"


def unwatched(*, now: datetime) -> Sequence[AnyRow]:
    """Connected accounts whose calendar tells nothing, or not for long: id."""
    query = select(VideoConnection.id).where(
        VideoConnection.provider == WATCHED,
        VideoConnection.status == "connected",
        or_(VideoConnection.watched_until.is_(None), VideoConnection.watched_until < now + AHEAD),
    )
    return db.session.execute(query).all()


def note_channel(*, connection_id: uuid.UUID, channel_id: uuid.UUID, secret: str, until: datetime) -> None:
    """What the calendar tells comes by this channel from now on, with this secret."""
    db.session.execute(
        update(VideoConnection)
        .where(VideoConnection.id == connection_id)
        .values(channel_id=channel_id, channel_secret=seal(secret, Place(SECRET, connection_id)), watched_until=until)
    )


def channel(*, channel_id: uuid.UUID) -> tuple[uuid.UUID, str] | None:
    """The connection whose channel it is, and the channel's secret. Raises Unreadable when its key is gone."""
    query = select(VideoConnection.id, VideoConnection.channel_secret).where(VideoConnection.channel_id == channel_id)
    row = db.session.execute(query).one_or_none()
    return (row.id, unseal(row.channel_secret, Place(SECRET, row.id))) if row else None


def hear(*, connection_id: uuid.UUID, now: datetime) -> None:
    """The calendar changed somehow: a job looks what became of our events, once for all that is told in a minute. Take
    the connection's turn."""
    minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    key = f"look_at_calendar:{connection_id.hex}:{minute:%Y%m%d%H%M}"
    if not outbox.is_promised(key):
        outbox.put("look_at_calendar", now=now, run_at=minute, dedupe_key=key, connection_id=str(connection_id))


def take_out(*, connection_id: uuid.UUID, gone: Collection[uuid.UUID], now: datetime) -> int:
    """Links that were removed there by hand are made anew. Returns how many."""
    found = db.session.execute(
        update(SessionLink)
        .where(SessionLink.connection_id == connection_id, SessionLink.id.in_(gone), SessionLink.state == "made")
        .values(state="removed", removed_at=now, last_error="It was removed at the provider.")
        .returning(SessionLink.session_id)
    ).all()
    changes.follow([row.session_id for row in found], now=now)
    return len(found)
