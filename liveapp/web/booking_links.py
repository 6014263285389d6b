"""The address of a booking's own page, as it stands in mails and as the card provider is given it; what it opens."""

from __future__ import annotations

import uuid

from liveapp.db import AnyRow
from liveapp.domain.bookings import queries
from liveapp.domain.bookings.errors import LinkEnded
from liveapp.domain.errors import NotFound
from liveapp.web import clock
from liveapp.web.signing import BadToken, Purpose, sign_booking, unsign
from liveapp.web.urls import absolute_url

OLD_LINK = "This link isn't complete, or it is too old. Open the newest mail about your booking and try its link."


def booking_url(booking: AnyRow) -> str:
    """The page that the booking's link opens. `booking`: id, link_nonce."""
    return absolute_url("booking.show", token=sign_booking(booking.id, booking.link_nonce))


def may_join(booking: AnyRow) -> bool:
    """Whether there is a way to its session to show: to an online one that isn't over, for who holds a place. `booking`
    : status, format, session_status, ends_at."""
    return bool(
        booking.format == "online"
        and booking.status == "confirmed"
        and booking.session_status in ("scheduled", "live")
        and booking.ends_at > clock.now()
    )


def join_url(booking: AnyRow) -> str:
    """The page that leads through to the booking's online session, when it is time. `booking`: id, link_nonce."""
    return absolute_url("join.show", token=sign_booking(booking.id, booking.link_nonce, Purpose.JOIN))


def opened(token: str) -> AnyRow:
    """The booking that the link opens. Raises NotFound, LinkEnded when a newer link took its place."""
    booking_id, nonce = _said(Purpose.BOOKING, token)
    booking = queries.booking(booking_id=booking_id)
    _check(booking, nonce)
    return booking


def opened_for(purpose: Purpose, token: str) -> uuid.UUID:
    """The booking that a token for something else is of: the way to its session, its person's own code. Raises as
    `opened`."""
    booking_id, nonce = _said(purpose, token)
    _check(queries.link_of(booking_id=booking_id), nonce)
    return booking_id


def _said(purpose: Purpose, token: str) -> tuple[uuid.UUID, list[uuid.UUID]]:
    try:
        booking_id, *nonce = unsign(purpose, token)
    except (BadToken, ValueError) as error:
        raise NotFound(OLD_LINK) from error
    return booking_id, nonce


def _check(booking: AnyRow, nonce: list[uuid.UUID]) -> None:
    if nonce != ([booking.link_nonce] if booking.link_nonce else []):
        raise LinkEnded()
