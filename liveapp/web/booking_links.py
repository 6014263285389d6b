"""The address of a booking's own page, as it stands in mails and as the card provider is given it; what it opens."""

from __future__ import annotations

from liveapp.db import AnyRow
from liveapp.domain.bookings import queries
from liveapp.domain.bookings.errors import LinkEnded
from liveapp.domain.errors import NotFound
from liveapp.web.signing import BadToken, Purpose, sign_booking, unsign
from liveapp.web.urls import absolute_url

OLD_LINK = "This link isn't complete, or it is too old. Open the newest mail about your booking and try its link."


def booking_url(booking: AnyRow) -> str:
    """The page that the booking's link opens. `booking`: id, link_nonce."""
    return absolute_url("booking.show", token=sign_booking(booking.id, booking.link_nonce))


def opened(token: str) -> AnyRow:
    """The booking that the link opens. Raises NotFound, LinkEnded when a newer link took its place."""
    try:
        booking_id, *nonce = unsign(Purpose.BOOKING, token)
    except (BadToken, ValueError) as error:
        raise NotFound(OLD_LINK) from error
    booking = queries.booking(booking_id=booking_id)
    if nonce != ([booking.link_nonce] if booking.link_nonce else []):
        raise LinkEnded()
    return booking
