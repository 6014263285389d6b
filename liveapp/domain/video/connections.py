"""The accounts that hosts connected: connecting, keeping their tokens, losing them, disconnecting."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import User
from liveapp.domain.actor import Actor, system
from liveapp.domain.audit import service as audit
from liveapp.domain.errors import NotFound
from liveapp.domain.notifications.service import Message, promise
from liveapp.domain.video import links
from liveapp.domain.video.models import VideoConnection
from liveapp.rules.video import NAMES
from liveapp.sealed import Place, seal, unseal

LEASE = timedelta(seconds=60)
FRESH = timedelta(minutes=2)
"""A token that is good for less than this is asked for anew before it is used."""
NOTHING_UNDER_WAY: dict[str, Any] = dict.fromkeys(
    ("lease", "lease_holder", "channel_id", "channel_secret", "watched_until")
)
"""Of an account that was just connected, or isn't any more: nobody asks for tokens, and it tells nothing."""
TOKENS = ("access_token", "refresh_token")
SHOWN = (
    "id", "organization_id", "user_id", "provider", "status", "account_id", "account_email", "account_name",
    "connected_at", "changed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account it is with the provider: its own name for it, and what people know it by."""

    id: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """What opens an account: for now, for asking for more, and until when (aware UTC)."""

    access: str
    refresh: str
    expires_at: datetime


def connect(*, actor: Actor, provider: str, account: Account, tokens: Tokens, now: datetime) -> None:
    """The account is connected from now on. Links that were made in another one are made anew in this one."""
    before = of_host(organization_id=actor.organization_id, user_id=actor.user_id, provider=provider)
    values: dict[str, Any] = {
        "status": "connected", "account_id": account.id, "account_email": account.email, "account_name": account.name,
        "expires_at": tokens.expires_at, "connected_at": now, "changed_at": now, **NOTHING_UNDER_WAY,
    }  # fmt: skip
    key = before.id if before else uuid.uuid4()
    values |= _sealed(key, tokens)
    if before is None:
        mine = {"organization_id": actor.organization_id, "user_id": actor.user_id, "provider": provider}
        db.session.execute(insert(VideoConnection).values(id=key, version=1, **mine, **values))
    else:
        version = VideoConnection.version + 1
        db.session.execute(update(VideoConnection).where(VideoConnection.id == key).values(version=version, **values))
        if before.account_id != account.id:
            links.abandon(connection_id=key, now=now)
    links.follow_host(organization_id=actor.organization_id, user_id=actor.user_id, provider=provider, now=now)
    was, called = before.status if before else None, account.email or account.name
    _record(actor, key, "connect", now, was, "connected", account=called)


def disconnect(*, actor: Actor, provider: str, now: datetime, user_id: uuid.UUID | None = None) -> None:
    """The account is ours no more: the actor's own, or that of somebody whose role they end. Links that are made stay
    good; none is made or changed. Raises NotFound."""
    before = of_host(organization_id=actor.organization_id, user_id=user_id or actor.user_id, provider=provider)
    if before is None or before.status == "disconnected":
        raise NotFound()
    _close(before.id, "disconnected", now)
    _record(actor, before.id, "disconnect", now, before.status, "disconnected")


def lose(*, connection_id: uuid.UUID, version: int, now: datetime) -> bool:
    """The provider wants its owner to sign in again; they are told, once. False when there are newer tokens."""
    taken = db.session.execute(
        update(VideoConnection)
        .where(
            VideoConnection.id == connection_id,
            VideoConnection.version == version,
            VideoConnection.status == "connected",
        )
        .values(status="needs_reauth", changed_at=now, lease=None, lease_holder=None)
        .returning(VideoConnection.organization_id, VideoConnection.user_id, VideoConnection.provider)
    ).one_or_none()
    if taken is None:
        return False
    email = db.session.execute(select(User.email).where(User.id == taken.user_id)).scalar_one()
    _record(system(taken.organization_id), connection_id, "lose", now, "connected", "needs_reauth")
    promise(
        [
            Message(
                kind="video_needs_sign_in",
                email=email,
                organization_id=taken.organization_id,
                user_id=taken.user_id,
                payload={"provider": taken.provider, "provider_name": NAMES[taken.provider]},
            )
        ],
        now=now,
    )
    return True


@dataclass(frozen=True, slots=True)
class OpenedConnection:
    """A connection with its tokens as the provider gave them; they are empty once it is disconnected."""

    id: uuid.UUID
    provider: str
    status: str
    access_token: str
    refresh_token: str
    expires_at: datetime | None
    version: int


def tokens_of(*, connection_id: uuid.UUID) -> OpenedConnection:
    """The connection and its tokens. Raises Unreadable when their key is gone, or they were another row's."""
    columns = ("id", "provider", "status", "access_token", "refresh_token", "expires_at", "version")
    query = select(*(getattr(VideoConnection, name) for name in columns)).where(VideoConnection.id == connection_id)
    row = db.session.execute(query).one()
    opened = {name: unseal(getattr(row, name), _place(name, row.id)) if getattr(row, name) else "" for name in TOKENS}
    return OpenedConnection(**(row._asdict() | opened))


def _sealed(connection_id: uuid.UUID, tokens: Tokens) -> dict[str, str]:
    """The columns that hold the tokens."""
    texts = zip(TOKENS, (tokens.access, tokens.refresh), strict=True)
    return {name: seal(text, _place(name, connection_id)) for name, text in texts}


def _place(name: str, connection_id: uuid.UUID) -> Place:
    return Place(f"video_connections.{name}", connection_id)


def doubt(*, connection_id: uuid.UUID, access: str, now: datetime) -> None:
    """The provider didn't take this token though it should be good: the next who needs one asks for another."""
    found = tokens_of(connection_id=connection_id)
    if found.access_token == access:
        db.session.execute(
            update(VideoConnection)
            .where(VideoConnection.id == connection_id, VideoConnection.version == found.version)
            .values(expires_at=now)
        )


def version_of(*, connection_id: uuid.UUID) -> int:
    """How often tokens were written."""
    query = select(VideoConnection.version).where(VideoConnection.id == connection_id)
    return db.session.execute(query).scalar_one()


def take_lease(*, connection_id: uuid.UUID, version: int, holder: uuid.UUID, now: datetime) -> bool:
    """Whether the holder is the one who asks for new tokens in place of this version's."""
    taken = db.session.execute(
        update(VideoConnection)
        .where(
            VideoConnection.id == connection_id,
            VideoConnection.version == version,
            VideoConnection.status == "connected",
            or_(VideoConnection.lease.is_(None), VideoConnection.lease < now),
        )
        .values(lease=now + LEASE, lease_holder=holder)
        .returning(VideoConnection.id)
    )
    return taken.one_or_none() is not None


def keep_tokens(*, connection_id: uuid.UUID, version: int, tokens: Tokens, now: datetime) -> None:
    """Writes the new pair down, unless there is a newer one."""
    db.session.execute(
        update(VideoConnection)
        .where(VideoConnection.id == connection_id, VideoConnection.version == version)
        .values(
            **_sealed(connection_id, tokens),
            expires_at=tokens.expires_at,
            version=version + 1,
            changed_at=now,
            lease=None,
            lease_holder=None,
        )
    )


def give_lease_back(*, connection_id: uuid.UUID, holder: uuid.UUID) -> None:
    """The provider didn't answer: whoever comes next may ask."""
    db.session.execute(
        update(VideoConnection)
        .where(VideoConnection.id == connection_id, VideoConnection.lease_holder == holder)
        .values(lease=None, lease_holder=None)
    )


def of_host(*, organization_id: uuid.UUID, user_id: uuid.UUID | None, provider: str) -> AnyRow | None:
    """The host's connection with the provider, whatever its status; columns as `SHOWN`."""
    query = _shown().where(
        VideoConnection.organization_id == organization_id,
        VideoConnection.user_id == user_id,
        VideoConnection.provider == provider,
    )
    return db.session.execute(query).one_or_none()


def of_organization(*, organization_id: uuid.UUID) -> Sequence[AnyRow]:
    """Everybody's connections: columns as `SHOWN`, and host_name; by name."""
    query = (
        _shown()
        .add_columns(User.name.label("host_name"))
        .join(User, User.id == VideoConnection.user_id)
        .where(VideoConnection.organization_id == organization_id)
        .order_by(User.name, VideoConnection.provider)
    )
    return db.session.execute(query).all()


def _shown() -> Any:
    return select(*(getattr(VideoConnection, name) for name in SHOWN))


def _close(key: uuid.UUID, status: str, now: datetime) -> None:
    db.session.execute(
        update(VideoConnection)
        .where(VideoConnection.id == key)
        .values(
            status=status, access_token=None, refresh_token=None, expires_at=None, changed_at=now,
            version=VideoConnection.version + 1, **NOTHING_UNDER_WAY,
        )
    )  # fmt: skip


def _record(
    actor: Actor, key: uuid.UUID, action: str, now: datetime, before: str | None, after: str, **more: str
) -> None:
    audit.record(
        actor=actor, action=action, object_type="video_connection", object_id=key, now=now,
        before={"status": before} if before and before != after else {}, after={"status": after, **more},
    )  # fmt: skip
