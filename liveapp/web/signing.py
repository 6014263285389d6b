"""Signed tokens: one salt per purpose, so that a token for one thing opens nothing else, and always an expiry."""

from __future__ import annotations

import re
import uuid
from enum import StrEnum
from typing import Any

from flask import current_app, g
from itsdangerous import BadSignature, URLSafeTimedSerializer

DAY = 24 * 60 * 60
SHAPE = re.compile(r"[A-Za-z0-9_.-]{1,2000}", re.ASCII)
"""What tokens are written with; the longest remembers a dozen bookings."""


class Purpose(StrEnum):
    """What a token opens. The value is the salt."""

    BOOKING = "booking"
    OWN_CODE = "own-code"
    JOIN = "join"
    SIGN_IN = "sign-in"
    RESET = "reset-password"
    VERIFY = "verify-email"
    INVITATION = "invitation"
    REMEMBERED = "remembered-bookings"
    DISPLAY = "display"
    SHOWN = "shown-terms"
    DESK = "desk-opened"
    KNOWN = "known-browser"


MAX_AGE = {
    Purpose.BOOKING: 400 * DAY,
    Purpose.OWN_CODE: 400 * DAY,
    Purpose.JOIN: 400 * DAY,
    Purpose.SIGN_IN: 30 * 60,
    Purpose.RESET: 30 * 60,
    Purpose.VERIFY: 7 * DAY,
    Purpose.INVITATION: 14 * DAY,
    Purpose.REMEMBERED: 400 * DAY,
    Purpose.DISPLAY: 400 * DAY,
    Purpose.SHOWN: DAY,
    Purpose.DESK: 7 * DAY,
    Purpose.KNOWN: 400 * DAY,
}


class BadToken(Exception):
    """The token is incomplete, forged, for something else, or too old."""


def sign(purpose: Purpose, *ids: uuid.UUID) -> str:
    """A token that carries the ids, good for the purpose's MAX_AGE (seconds)."""
    return _serializer(purpose).dumps([one.hex for one in ids])


def sign_booking(booking_id: uuid.UUID, nonce: uuid.UUID | None = None, purpose: Purpose = Purpose.BOOKING) -> str:
    """The token of a booking's link; `nonce` is the booking's `link_nonce`, which a new booking has none of."""
    return sign(purpose, booking_id, *([nonce] if nonce else []))


def unsign(purpose: Purpose, token: str) -> list[uuid.UUID]:
    """The ids that `sign` put in. Raises BadToken, also for what a kind reader would pass over, like signs that base64
    doesn't have: else one link could be written in any number of ways."""
    if not SHAPE.fullmatch(token):
        raise BadToken
    try:
        ids = _serializer(purpose).loads(token, max_age=MAX_AGE[purpose])
        found = [uuid.UUID(hex=one) for one in ids]
    except (BadSignature, ValueError, TypeError, AttributeError) as error:
        raise BadToken from error
    if purpose is not Purpose.DISPLAY:  # a screen shows nothing personal, and asks again and again
        g.is_for_one_person = True
    return found


def sign_values(purpose: Purpose, values: list[Any]) -> str:
    """A token that carries plain values, good for the purpose's MAX_AGE."""
    return str(_serializer(purpose).dumps(values))


def unsign_values(purpose: Purpose, token: str) -> list[Any]:
    """The values that `sign_values` put in. Raises BadToken."""
    try:
        return list(_serializer(purpose).loads(token, max_age=MAX_AGE[purpose]))
    except (BadSignature, ValueError, TypeError) as error:
        raise BadToken from error


def _serializer(purpose: Purpose) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=f"liveapp.{purpose.value}")
