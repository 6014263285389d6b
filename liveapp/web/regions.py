"""What a business that signs up is proposed: the zone and the currency of the region that its browser is in."""

from __future__ import annotations

from babel.core import get_global
from babel.numbers import get_territory_currencies

from liveapp.rules.currencies import COMMON, TAKEN
from liveapp.rules.zones import zone_named
from liveapp.web import auth, clock, locales


def timezone() -> str:
    """The browser's own zone, else that of its region if all of it has the same time, else UTC."""
    zones = get_global("territory_zones").get(locales.region(), [])
    offsets = {clock.now().astimezone(zone_named(name)).utcoffset() for name in zones}
    return auth.visitor_timezone(zones[0] if len(offsets) == 1 else "UTC")


def currency() -> str:
    """What people pay with in the region of the browser's zone, else of its language; the first common one where that
    can't be charged."""
    region = get_global("zone_territories").get(auth.visitor_timezone(""), "") or locales.region()
    tender = get_territory_currencies(region) if region in locales.REGIONS else []
    return next((code for code in tender if code in TAKEN), COMMON[0])
