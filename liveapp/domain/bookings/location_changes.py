"""A location that gets another name or address: everybody who is to come there is told, and their calendars follow."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import places, session_changes
from liveapp.domain.catalogue.details import LocationDetails
from liveapp.domain.catalogue.models import Location
from liveapp.domain.live_sessions import calendars, rooms, service
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.service import promise
from liveapp.rules.calendar_entries import CERTAIN

PLACE = ["place"]


def change_location(
    *, actor: Actor, location_id: uuid.UUID, details: LocationDetails, is_exclusive: bool, now: datetime
) -> None:
    """As `rooms.change_location`, which raises Clash, NameTaken and NotFound. Take the organization's turn."""
    was = _where(location_id)
    rooms.change_location(actor=actor, location_id=location_id, details=details, is_exclusive=is_exclusive, now=now)
    if _where(location_id) == was:
        return
    found = _to_come(location_id, now)
    service.change_each([(each, {"revision": each.revision + 1}) for each in found], "edit", actor, now)
    classes = [each for each in found if each.type != "meeting"]
    session_changes.tell_of_changes([(each, dict(each._mapping), PLACE) for each in classes], actor, now)
    _tell_of_meetings([each for each in found if each.type == "meeting"], now)


def _where(location_id: uuid.UUID) -> AnyRow | None:
    return db.session.execute(select(Location.name, Location.address).where(Location.id == location_id)).one_or_none()


def _to_come(location_id: uuid.UUID, now: datetime) -> Sequence[AnyRow]:
    """Published sessions there that aren't over, all columns."""
    query = select(*LiveSession.__table__.columns).where(
        LiveSession.location_id == location_id,
        LiveSession.format == "in_person",
        LiveSession.status.in_(("scheduled", "live")),
        LiveSession.deleted_at.is_(None),
        LiveSession.ends_at > now,
    )
    return db.session.execute(query.order_by(LiveSession.scheduled_at, LiveSession.id)).all()


def _tell_of_meetings(meetings: Sequence[AnyRow], now: datetime) -> None:
    """The mails to both sides of each meeting."""
    if not meetings:
        return
    by_id = {each.id: each for each in meetings}
    hosts, mails = calendars.hosts_of(meetings[0].organization_id), []
    for guest in places.holders_of(list(by_id)):
        meeting = by_id[guest.session_id]
        if guest.status in CERTAIN:
            mails.append(places.to_guest("session_changed", guest.id, meeting, guest.email, changes=PLACE))
            mails += calendars.follow_place(meeting, guest, hosts)
    promise(mails, now=now)
