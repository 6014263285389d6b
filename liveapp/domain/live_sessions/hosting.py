"""People who lead sessions: their role can't end before somebody else leads what is to come."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import func, select

from liveapp.db import db
from liveapp.domain.accounts import members
from liveapp.domain.actor import Actor
from liveapp.domain.live_sessions.errors import StillHosting
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.wording import counted


def end_membership(*, actor: Actor, membership_id: uuid.UUID, now: datetime) -> None:
    """Ends the role. Raises StillHosting, saying how many, while the person leads sessions or meetings to come.
    Take the organization's turn."""
    present = members.own_membership(actor, membership_id)
    leads = upcoming(organization_id=actor.organization_id, host_id=present.user_id, now=now)
    if leads:
        number = counted(leads, "session")
        raise StillHosting(f"{present.name} leads {number} to come. Give them to another host, or cancel them, first.")
    members.end_membership(actor=actor, membership_id=membership_id, now=now)


def upcoming(*, organization_id: uuid.UUID, host_id: uuid.UUID, now: datetime) -> int:
    """How many sessions and meetings of this host aren't over yet, drafts and requests included."""
    query = (
        select(func.count())
        .select_from(LiveSession)
        .where(
            LiveSession.organization_id == organization_id,
            LiveSession.host_id == host_id,
            LiveSession.ends_at > now,
            LiveSession.status.in_(("draft", "scheduled", "live")),
            LiveSession.deleted_at.is_(None),
        )
    )
    return db.session.execute(query).scalar_one()
