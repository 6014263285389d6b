"""The bookings that a browser made: it is led to them without a sign-in, where a stranger's isn't."""

from __future__ import annotations

import uuid

from flask import session

_MADE, _MOST = "made_here", 5


def remember(booking_id: uuid.UUID) -> None:
    """Notes that this browser made the booking; the last five are kept."""
    session[_MADE] = [*session.get(_MADE, []), booking_id.hex][-_MOST:]


def was_made_here(booking_id: uuid.UUID) -> bool:
    """Whether this browser made the booking."""
    return booking_id.hex in session.get(_MADE, [])
