"""The links that providers make for sessions: what is to be done about them, and what came of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, insert, or_, select, update

from liveapp.db import AnyRow, db
from liveapp.domain.live_sessions import links as changes
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.video.models import SessionLink
from liveapp.rules.video import CONNECTED, PUBLIC, SERIES_AHEAD, Deed, Link, Wanted, deeds, is_due, provider_of

LEASE = timedelta(minutes=2)
LIVE = ("wanted", "made")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do about one link."""

    link_id: uuid.UUID
    deed: Deed
    wanted: Wanted | None


def plan(*, session_id: uuid.UUID, now: datetime) -> list[Step]:
    """Writes down which link the session is to have, as it is now, and says what is to be done. Take its turn."""
    session = db.session.execute(
        select(*LiveSession.__table__.columns).where(LiveSession.id == session_id)
    ).one_or_none()
    if session is None:
        return []
    found = _links(session_id)
    wanted = _wanted(session, now)
    if wanted is None and (_is_over(session, now) or _is_only_far(session)):
        return [Step(_key(each), Deed.REMOVE, None) for each in found if each.state == "leaving"]
    return [_written(session, link, deed, wanted, now) for link, deed in deeds(wanted, found)]


def take_lease(*, link_id: uuid.UUID, holder: uuid.UUID, now: datetime) -> AnyRow | None:
    """Every column of the link, and its session's organization, for the one who sees to it now; None while somebody
    else does, or when nothing is left to do."""
    taken = db.session.execute(
        update(SessionLink)
        .where(
            SessionLink.id == link_id,
            SessionLink.state != "removed",
            or_(SessionLink.lease.is_(None), SessionLink.lease < now),
        )
        .values(lease=now + LEASE, lease_holder=holder, tried_at=now, attempts=SessionLink.attempts + 1)
        .returning(*SessionLink.__table__.columns)
    )
    return taken.one_or_none()


def note_asked(*, link_id: uuid.UUID, connection_id: uuid.UUID, now: datetime) -> None:
    """The provider is about to be asked for it: from now on it is looked up first."""
    db.session.execute(
        update(SessionLink)
        .where(SessionLink.id == link_id)
        .values(
            connection_id=connection_id,
            asked_at=case((SessionLink.asked_at.is_(None), now), else_=SessionLink.asked_at),
        )
    )


def record_made(*, link_id: uuid.UUID, holder: uuid.UUID, provider_id: str, join_url: str, wanted: Wanted) -> None:
    """It is there. One that nobody wants any more keeps leaving."""
    state = case((SessionLink.state == "wanted", "made"), else_=SessionLink.state)
    _let_go(link_id, holder, state=state, provider_id=provider_id, join_url=join_url, made_as=_said(wanted))


def record_changed(*, link_id: uuid.UUID, holder: uuid.UUID, wanted: Wanted) -> None:
    """The provider knows of the session as it is."""
    _let_go(link_id, holder, made_as=_said(wanted))


def record_removed(*, link_id: uuid.UUID, holder: uuid.UUID, now: datetime) -> None:
    """It is gone at the provider."""
    _let_go(link_id, holder, state="removed", removed_at=now)


def record_lost(*, link_id: uuid.UUID, holder: uuid.UUID, now: datetime) -> None:
    """The provider has it no more, though it should: another one takes its place. Take the session's turn."""
    _let_go(link_id, holder, state="removed", removed_at=now, last_error="It was removed at the provider.")


def record_failed(*, link_id: uuid.UUID, holder: uuid.UUID, words: str) -> None:
    """It isn't as it should be, and why."""
    _let_go(link_id, holder, last_error=words)


def abandon(*, connection_id: uuid.UUID, now: datetime) -> None:
    """Links that were made in an account that isn't connected any more are left there; nothing can remove them."""
    db.session.execute(
        update(SessionLink)
        .where(SessionLink.connection_id == connection_id, SessionLink.state != "removed")
        .values(state="removed", removed_at=now, last_error="It was made in another account, and is left there.")
    )


def follow_host(*, organization_id: uuid.UUID, user_id: uuid.UUID | None, provider: str, now: datetime) -> None:
    """The links of everything to come that this host has by this provider are looked after."""
    query = select(LiveSession.id).where(
        LiveSession.organization_id == organization_id,
        LiveSession.host_id == user_id,
        LiveSession.meeting_provider == provider,
        *to_come(now),
    )
    changes.follow([row.id for row in db.session.execute(query)], now=now)


def _wanted(session: AnyRow, now: datetime) -> Wanted | None:
    provider = provider_of(session.format, session.meeting_provider, session.meeting_url)
    due = session.deleted_at is None and is_due(
        status=session.status, starts_at=session.scheduled_at, ends_at=session.ends_at,
        is_of_series=session.series_id is not None, now=now,
    )  # fmt: skip
    if provider not in CONNECTED or not due:
        return None
    return Wanted(provider, session.host_id, session.scheduled_at, session.duration_minutes, session.title)


def _is_over(session: AnyRow, now: datetime) -> bool:
    """Whether it took place: what was made for it stays."""
    return session.status not in ("draft", "cancelled") and session.ends_at <= now


def _key(link: Link) -> uuid.UUID:
    assert isinstance(link.key, uuid.UUID)
    return link.key


def _is_only_far(session: AnyRow) -> bool:
    """Whether the session takes place by its provider, only later than links of a series are made."""
    provider = provider_of(session.format, session.meeting_provider, session.meeting_url)
    return session.status in PUBLIC and provider in CONNECTED and session.series_id is not None


def _links(session_id: uuid.UUID) -> list[Link]:
    query = select(SessionLink).where(SessionLink.session_id == session_id, SessionLink.state != "removed")
    return [
        Link(each.id, each.state, each.provider, each.host_id, _heard(each.made_as))
        for each in db.session.execute(query.order_by(SessionLink.created_at)).scalars()
    ]


def _written(session: AnyRow, link: Link | None, deed: Deed, wanted: Wanted | None, now: datetime) -> Step:
    """The step, with what it changes of the rows: what goes is leaving before something takes its place."""
    if link is not None:
        key = _key(link)
        if deed is Deed.REMOVE:
            db.session.execute(update(SessionLink).where(SessionLink.id == key).values(state="leaving"))
        return Step(key, deed, wanted)
    assert wanted is not None
    new_id = uuid.uuid4()
    db.session.execute(
        update(SessionLink)
        .where(SessionLink.session_id == session.id, SessionLink.state.in_(LIVE))
        .values(state="leaving")
    )
    db.session.execute(
        insert(SessionLink).values(
            id=new_id, organization_id=session.organization_id, session_id=session.id, host_id=session.host_id,
            provider=wanted.provider, state="wanted", created_at=now,
        )
    )  # fmt: skip
    return Step(new_id, deed, wanted)


def _let_go(link_id: uuid.UUID, holder: uuid.UUID, **values: Any) -> None:
    """Records what came of it, if the holder still has the lease."""
    db.session.execute(
        update(SessionLink)
        .where(SessionLink.id == link_id, SessionLink.lease_holder == holder)
        .values(**({"last_error": "", "lease": None, "lease_holder": None} | values))
    )


def to_come(now: datetime) -> tuple[Any, ...]:
    """What makes a session one whose link is due, as `rules.video.is_due`."""
    near = or_(LiveSession.series_id.is_(None), LiveSession.scheduled_at <= now + SERIES_AHEAD)
    return (
        LiveSession.status.in_(PUBLIC),
        LiveSession.ends_at > now,
        LiveSession.deleted_at.is_(None),
        near,
    )


def _said(wanted: Wanted) -> dict[str, Any]:
    """What a provider was told, as it is kept."""
    return {
        "provider": wanted.provider, "host_id": str(wanted.host_id), "starts_at": wanted.starts_at.isoformat(),
        "minutes": wanted.minutes, "title": wanted.title,
    }  # fmt: skip


def _heard(said: dict[str, Any] | None) -> Wanted | None:
    if said is None:
        return None
    starts_at = datetime.fromisoformat(said["starts_at"])
    return Wanted(said["provider"], uuid.UUID(said["host_id"]), starts_at, said["minutes"], said["title"])
