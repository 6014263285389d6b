"""The address of a booking's own page, as it stands in mails and as the card provider is given it."""

from __future__ import annotations

from liveapp.db import AnyRow
from liveapp.web.signing import sign_booking
from liveapp.web.urls import absolute_url


def booking_url(booking: AnyRow) -> str:
    """The page that the booking's link opens. `booking`: id, link_nonce."""
    return absolute_url("booking.show", token=sign_booking(booking.id, booking.link_nonce))
