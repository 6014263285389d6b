"""Where a session is on the map, and whether a phone is there."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.catalogue.models import Location, Offering, Program
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules import geofence
from liveapp.rules.checkin import Answer
from liveapp.rules.geofence import Fence, Point, Position


def answer(session: AnyRow, position: Position | None, reach: int) -> Answer:
    """Whether the phone is where the session is; without a position, whether that can be asked at all. `session`:
    session_id, format. `reach`: the radius where the location has none of its own, in metres."""
    found = _place(session)
    useless = geofence.nothing_to_measure(is_online=session.format == "online", is_feed=found.delivery_mode == "feed")
    if useless:
        return useless
    fence = _fence(found, reach)
    if fence is None:
        return geofence.no_coordinates()
    return geofence.answer(position or Position(fence.centre, 0), fence)


def _fence(found: AnyRow, reach: int) -> Fence | None:
    """The location's coordinates, else the business's."""
    for latitude, longitude in (
        (found.latitude, found.longitude),
        (found.organization_latitude, found.organization_longitude),
    ):
        if latitude is not None and longitude is not None:
            return Fence(Point(latitude, longitude), found.check_in_radius or reach)
    return None


def _place(session: AnyRow) -> AnyRow:
    return db.session.execute(_places(), {"session_id": session.session_id}).one()


@cache
def _places() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Program.delivery_mode,
            Location.latitude,
            Location.longitude,
            Location.check_in_radius,
            Organization.latitude.label("organization_latitude"),
            Organization.longitude.label("organization_longitude"),
        )
        .select_from(LiveSession)
        .join(Organization, Organization.id == LiveSession.organization_id)
        .join(Offering, Offering.id == LiveSession.offering_id)
        .outerjoin(Program, Program.id == Offering.program_id)
        .outerjoin(Location, Location.id == LiveSession.location_id)
        .where(LiveSession.id == bindparam("session_id"))
    )
