"""Video: the accounts that hosts connected, the sign-ins there that are under way, and the links made in them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, Identified, one_of, only_where, same_organization
from liveapp.rules.video import CONNECTED

CONNECTION_STATUSES = ("connected", "needs_reauth", "disconnected")
LINK_STATES = ("wanted", "made", "leaving", "removed")
LIVE_LINK = "state IN ('wanted', 'made')"


class VideoConnection(Identified, Base):
    """A host's account with a provider, in one organization; one row for each, also after it was disconnected.

    `account_id` is the provider's own name of the account, `account_email` and `account_name` what people know it by.
    The tokens and the channel's secret are sealed (`liveapp.sealed`), each for its column of its row. `version` rises
    with every pair that is written, so that whoever was overtaken overwrites nothing. `lease` and `lease_holder`:
    somebody is asking for new ones. By the channel, until `watched_until`, the provider tells that the account's
    calendar changed.
    """

    __tablename__ = "video_connections"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[uuid.UUID]
    provider: Mapped[str]
    status: Mapped[str]
    account_id: Mapped[str]
    account_email: Mapped[str] = mapped_column(default="")
    account_name: Mapped[str] = mapped_column(default="")
    access_token: Mapped[str | None]
    refresh_token: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)
    lease: Mapped[datetime | None]
    lease_holder: Mapped[uuid.UUID | None]
    channel_id: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    channel_secret: Mapped[str | None]
    watched_until: Mapped[datetime | None]
    connected_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    __table_args__ = (
        one_of("provider", CONNECTED),
        one_of("status", CONNECTION_STATUSES),
        CheckConstraint("status <> 'connected' OR refresh_token IS NOT NULL", name="tokens"),
        CheckConstraint("status <> 'disconnected' OR access_token IS NULL", name="forgotten"),
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "user_id", "provider"),
        same_organization("user_id", "memberships", "user_id"),
        Index("ix_video_connections_account", "provider", "account_id"),
    )


class VideoConsent(Identified, Base):
    """Somebody went to a provider to connect their account: good once, for whoever went, from the same browser.

    `state_hash`: what the provider carries back, hashed; `verifier`: what proves that we asked (PKCE), sealed.
    """

    __tablename__ = "video_consents"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[uuid.UUID]
    sign_in_id: Mapped[uuid.UUID]
    provider: Mapped[str]
    state_hash: Mapped[str] = mapped_column(unique=True)
    verifier: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("provider", CONNECTED),
        UniqueConstraint("organization_id", "id"),
        same_organization("user_id", "memberships", "user_id"),
    )


class SessionLink(Identified, Base):
    """The meeting that a provider has for a session, in its host's account. `id` is what we call it there.

    `wanted`: not made yet. `made`: people join by `join_url`; `made_as` is what the provider was told of the session
    last. `leaving`: to be removed. `removed`. At `asked_at` the provider was asked for it first: from then on it is
    looked up before it is asked for again. `last_error` says in plain words why it isn't as it should be.
    """

    __tablename__ = "session_links"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    session_id: Mapped[uuid.UUID]
    host_id: Mapped[uuid.UUID]
    provider: Mapped[str]
    connection_id: Mapped[uuid.UUID | None]
    state: Mapped[str]
    provider_id: Mapped[str | None]
    join_url: Mapped[str | None]
    made_as: Mapped[dict[str, Any] | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    lease: Mapped[datetime | None]
    lease_holder: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("provider", CONNECTED),
        one_of("state", LINK_STATES),
        CheckConstraint(
            "state <> 'made' OR (provider_id IS NOT NULL AND join_url IS NOT NULL AND connection_id IS NOT NULL)",
            name="made",
        ),
        CheckConstraint("(state = 'removed') = (removed_at IS NOT NULL)", name="removed_at"),
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("provider", "provider_id"),
        same_organization("session_id", "sessions"),
        same_organization("host_id", "memberships", "user_id"),
        same_organization("connection_id", "video_connections"),
        Index("uq_session_links_live", "session_id", unique=True, **only_where(LIVE_LINK)),
        Index("ix_session_links_session_id", "session_id"),
        Index("ix_session_links_connection_id", "connection_id"),
        Index("ix_session_links_leaving", "tried_at", **only_where("state = 'leaving'")),
    )
