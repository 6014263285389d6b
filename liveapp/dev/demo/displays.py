"""The studio's screens: one in each room, and one that was switched off."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from liveapp.db import db
from liveapp.dev.demo.businesses import Business
from liveapp.domain.catalogue.models import Location
from liveapp.domain.displays import service
from liveapp.domain.displays.service import Wish


def hang_up(studio: Business, now: datetime) -> None:
    """A tablet at each room's door for a year; the Loft's first one was switched off."""
    made = now - timedelta(days=9)
    rooms = select(Location.id, Location.name).where(Location.organization_id == studio.id).order_by(Location.name)
    for room in db.session.execute(rooms).all():
        wish = Wish(f"Tablet, {room.name}", 366, location_id=room.id)
        old = service.add(actor=studio.owner, wish=wish, now=made)
        if room.name == "The Loft":
            service.rotate(actor=studio.owner, display_id=old, now=made + timedelta(days=2))
