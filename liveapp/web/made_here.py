"""The bookings that a browser made: it is led to them without a sign-in, where a stranger isn't."""

from __future__ import annotations

import hashlib
import uuid

from flask import session

_MADE, _MOST = "made_here", 5


def remember(booking_id: uuid.UUID) -> None:
    """Notes that this browser made the booking; the last five are kept."""
    session[_MADE] = [*session.get(_MADE, []), booking_id.hex][-_MOST:]


def own_key(key: str) -> str:
    """The idempotency key of a form as this browser's own: another browser that sends the same one is answered as a
    stranger. A browser is told by the secret that its forms' tokens are made from, which it has since it saw the form.
    """
    secret = str(session.get("csrf_token", ""))
    return f"{key}:{hashlib.sha256(secret.encode()).hexdigest()[:32]}"


def was_made_here(booking_id: uuid.UUID) -> bool:
    """Whether this browser made the booking."""
    return booking_id.hex in session.get(_MADE, [])
