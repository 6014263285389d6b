"""Reading links: what fails, what is neglected, and the account that one is made in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Exists, and_, exists, func, or_, select, union

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import User
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.video.links import LIVE, to_come
from liveapp.domain.video.models import SessionLink, VideoConnection
from liveapp.rules.video import CONNECTED, PUBLIC

AGAIN_AFTER = timedelta(hours=1)
"""A link that isn't as it should be is tried again so often, whatever became of its job."""
FIRST_AFTER = timedelta(minutes=10)
"""Until then its own job sees to a session that was just published."""
GIVEN_UP_AFTER = timedelta(days=60)


def neglected(*, now: datetime) -> Sequence[AnyRow]:
    """Sessions whose link isn't as it should be and wasn't tried for an hour: id. In case a job was given up, and for
    dates of series that come near."""
    live = and_(SessionLink.session_id == LiveSession.id, SessionLink.state.in_(LIVE))
    served = exists().where(
        live,
        or_(
            SessionLink.state == "made", func.coalesce(SessionLink.tried_at, SessionLink.created_at) > now - AGAIN_AFTER
        ),
    )
    unserved = select(LiveSession.id).where(
        LiveSession.meeting_provider.in_(CONNECTED),
        LiveSession.format == "online",
        *to_come(now),
        ~served,
        or_(LiveSession.published_at.is_(None), LiveSession.published_at < now - FIRST_AFTER),
    )
    leaving = select(SessionLink.session_id.label("id")).where(
        SessionLink.state == "leaving",
        or_(SessionLink.tried_at.is_(None), SessionLink.tried_at < now - AGAIN_AFTER),
        SessionLink.created_at > now - GIVEN_UP_AFTER,
    )
    return db.session.execute(unserved.union(leaving)).all()


def needing_sign_in(*, organization_id: uuid.UUID, user_id: uuid.UUID | None) -> list[str]:
    """The providers at which this host has to sign in again."""
    query = select(VideoConnection.provider).where(
        VideoConnection.organization_id == organization_id,
        VideoConnection.user_id == user_id,
        VideoConnection.status == "needs_reauth",
    )
    return list(db.session.execute(query.order_by(VideoConnection.provider)).scalars())


def unconnected(*, organization_id: uuid.UUID, now: datetime, host_id: uuid.UUID | None = None) -> Sequence[AnyRow]:
    """Hosts (or the one) whose sessions to come, or whose meetings, are by a provider where they have no account
    connected: host_id, host_name, provider; by name."""
    planned = select(LiveSession.host_id, LiveSession.meeting_provider.label("provider")).where(
        LiveSession.organization_id == organization_id, LiveSession.format == "online", LiveSession.ends_at > now,
        LiveSession.status.in_(("draft", *PUBLIC)), LiveSession.deleted_at.is_(None),
    )  # fmt: skip
    offered = select(Offering.host_id, Offering.meeting_provider).where(
        Offering.organization_id == organization_id, Offering.format == "online", Offering.archived_at.is_(None)
    )
    chosen = union(planned, offered).subquery()
    query = (
        select(chosen.c.host_id, User.name.label("host_name"), chosen.c.provider)
        .join(User, User.id == chosen.c.host_id)
        .where(chosen.c.provider.in_(CONNECTED), ~_connected(organization_id, chosen.c.host_id, chosen.c.provider))
    )
    if host_id:
        query = query.where(chosen.c.host_id == host_id)
    return db.session.execute(query.order_by(User.name, chosen.c.provider)).all()


def has_account(*, organization_id: uuid.UUID, host_id: uuid.UUID | None, provider: str | None) -> bool:
    """Whether links of the provider can be made for the host (None: for any host), or it needs no account."""
    if provider not in CONNECTED:
        return True
    connected = _connected(organization_id, host_id, provider)
    return bool(db.session.execute(select(connected)).scalar_one())


def _connected(organization_id: uuid.UUID, host_id: Any, provider: Any) -> Exists:
    whose = [] if host_id is None else [VideoConnection.user_id == host_id]
    return exists().where(
        VideoConnection.organization_id == organization_id,
        VideoConnection.provider == provider,
        VideoConnection.status == "connected",
        *whose,
    )


def failing(*, organization_id: uuid.UUID, now: datetime) -> Sequence[AnyRow]:
    """What is to come without its link: session_id, title, scheduled_at, host_id, provider, last_error."""
    query = (
        select(
            SessionLink.session_id, LiveSession.title, LiveSession.scheduled_at, LiveSession.host_id,
            SessionLink.provider, SessionLink.last_error,
        )
        .join(LiveSession, LiveSession.id == SessionLink.session_id)
        .where(SessionLink.organization_id == organization_id, SessionLink.state == "wanted",
               SessionLink.last_error != "", LiveSession.ends_at > now)
        .order_by(LiveSession.scheduled_at)
        .limit(20)
    )  # fmt: skip
    return db.session.execute(query).all()


def connection_for(*, link: AnyRow) -> AnyRow | None:
    """The account that the link is made in: the one it was asked for in, else its host's: id, status."""
    query = select(VideoConnection.id, VideoConnection.status)
    if link.connection_id is not None:
        return db.session.execute(query.where(VideoConnection.id == link.connection_id)).one_or_none()
    return db.session.execute(
        query.where(
            VideoConnection.organization_id == link.organization_id,
            VideoConnection.user_id == link.host_id,
            VideoConnection.provider == link.provider,
        )
    ).one_or_none()
