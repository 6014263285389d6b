"""People who don't work here any more: what they connected isn't ours to open either."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import datetime

from sqlalchemy import select

from liveapp.db import db
from liveapp.domain.accounts import members
from liveapp.domain.actor import Actor
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions import hosting
from liveapp.domain.video import connections
from liveapp.domain.video.models import VideoConnection
from liveapp.rules.video import CONNECTED


def end_membership(*, actor: Actor, membership_id: uuid.UUID, now: datetime) -> None:
    """Ends the role, and disconnects what was connected in it. Raises as `hosting.end_membership`. Take the
    organization's turn."""
    user_id = members.own_membership(actor, membership_id).user_id
    hosting.end_membership(actor=actor, membership_id=membership_id, now=now)
    for provider in CONNECTED:
        with suppress(NotFound):
            connections.disconnect(actor=actor, provider=provider, now=now, user_id=user_id)


def is_shared(*, connection_id: uuid.UUID) -> bool:
    """Whether the same account is connected in another business too: giving it back would end it there."""
    own = select(VideoConnection.provider, VideoConnection.account_id).where(VideoConnection.id == connection_id)
    provider, account_id = db.session.execute(own).one()
    others = select(VideoConnection.id).where(
        VideoConnection.provider == provider,
        VideoConnection.account_id == account_id,
        VideoConnection.id != connection_id,
        VideoConnection.status == "connected",
    )
    return db.session.execute(others.limit(1)).first() is not None
