"""Screens of people who don't work here any more: switched off with their role, or taken over by who ends it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts import members
from liveapp.domain.actor import Actor
from liveapp.domain.displays import service
from liveapp.domain.displays.models import Display
from liveapp.domain.video import leaving


def end_membership(*, actor: Actor, membership_id: uuid.UUID, takes_screens: bool, now: datetime) -> None:
    """Ends the role, what was connected in it, and the screens that they opened, unless the actor takes them over.
    Raises as `video.leaving.end_membership`. Take the organization's turn."""
    user_id = members.own_membership(actor, membership_id).user_id
    screens = live_screens(organization_id=actor.organization_id, user_id=user_id, now=now)
    leaving.end_membership(actor=actor, membership_id=membership_id, now=now)
    for screen in screens:
        if takes_screens and user_id != actor.user_id:
            service.take_over(actor=actor, display_id=screen.id, now=now)
        else:
            service.switch_off(actor=actor, display_id=screen.id, now=now)


def live_screens(*, organization_id: uuid.UUID, user_id: uuid.UUID, now: datetime) -> Sequence[AnyRow]:
    """What somebody opened and still shows something: id, name; the newest first."""
    query = select(Display.id, Display.name).where(
        Display.organization_id == organization_id,
        Display.created_by == user_id,
        Display.revoked_at.is_(None),
        Display.expires_at > now,
    )
    return db.session.execute(query.order_by(Display.created_at.desc(), Display.id)).all()
