"""A person's own code: what staff scan to let them in. It ends with the link of their booking."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qs, urlsplit

from liveapp.db import AnyRow
from liveapp.domain.bookings.errors import LinkEnded
from liveapp.domain.errors import NotFound
from liveapp.web import booking_links
from liveapp.web.signing import Purpose, sign_booking
from liveapp.web.urls import absolute_url


def own_code_url(booking: AnyRow) -> str:
    """What the booking's QR code says: an address, so that any phone of the staff can read it. `booking`: id,
    link_nonce."""
    return absolute_url("sessions.own_code", c=sign_booking(booking.id, booking.link_nonce, Purpose.OWN_CODE))


def has_own_code(booking: AnyRow) -> bool:
    """Whether there is a door to show it at: a class that takes place somewhere, and a place in it. `booking`: status,
    format, type."""
    return bool(booking.status == "confirmed" and booking.format == "in_person" and booking.type != "meeting")


def booking_of(text: str) -> uuid.UUID | None:
    """The booking that a scanned code is of: the whole address, or its last part as some scanners type it. None for
    what is no code of ours, is too old, or was ended."""
    try:
        asked = parse_qs(urlsplit(text).query).get("c", [text]) if "?" in text else [text]
        return booking_links.opened_for(Purpose.OWN_CODE, asked[0])
    except (ValueError, NotFound, LinkEnded):
        return None
