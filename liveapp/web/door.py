"""At the door: the code that a screen shows, since when a desk is open, and whose bookings this browser opened."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from flask import Response, current_app, request

from liveapp.db import AnyRow
from liveapp.domain.attendance.errors import NotCheckedIn
from liveapp.rules import checkin, door_code
from liveapp.web.signing import MAX_AGE, BadToken, Purpose, sign, sign_values, unsign, unsign_values

COOKIE = "bookings"
MOST_REMEMBERED = 12
NO_NONCE = uuid.UUID(int=0)


def code_now(session_id: uuid.UUID, now: datetime) -> str:
    """The code that a screen shows for the session at that moment; `door_code.changes_at` says until when."""
    return door_code.code(session_id.bytes, now, _key())


def session_of(text: str, now: datetime) -> uuid.UUID:
    """The session that a scanned code (or its whole address) lets into at that moment. Raises NotCheckedIn."""
    found = door_code.session_of(text.rpartition("t=")[2], now, _key())
    if found is None:
        raise NotCheckedIn(checkin.expired_code())
    return uuid.UUID(bytes=found)


def open_desk(session_id: uuid.UUID, now: datetime) -> str:
    """What the session's desk sends with each tap: that it was opened now."""
    return sign_values(Purpose.DESK, [session_id.hex, now.timestamp()])


def desk_opened_at(session_id: uuid.UUID, token: str) -> datetime | None:
    """When this desk of the session was opened; None where the token is another session's, too old, or made up."""
    try:
        session_hex, opened_at = unsign_values(Purpose.DESK, token)
    except (BadToken, ValueError):
        return None
    return datetime.fromtimestamp(opened_at, UTC) if session_hex == session_id.hex else None


def remember(response: Response, booking: AnyRow) -> Response:
    """This browser opened the booking's link: a code that it scans later is scanned for that booking."""
    own, known = _ids(booking), _remembered()
    if known[:1] != [own]:
        kept = [own, *(each for each in known if each[0] != booking.id)][:MOST_REMEMBERED]
        response.set_cookie(
            _cookie(),
            sign(Purpose.REMEMBERED, *(one for each in kept for one in each)),
            max_age=MAX_AGE[Purpose.REMEMBERED],
            secure=current_app.config["IS_PRODUCTION"],
            httponly=True,
            samesite="Lax",
        )
    return response


def remembered() -> dict[uuid.UUID, uuid.UUID | None]:
    """The bookings whose links this browser opened, each with the nonce that its link had."""
    return {booking_id: None if nonce == NO_NONCE else nonce for booking_id, nonce in _remembered()}


def _remembered() -> list[tuple[uuid.UUID, uuid.UUID]]:
    try:
        ids = unsign(Purpose.REMEMBERED, request.cookies.get(_cookie(), ""))
    except BadToken:
        return []
    return list(zip(ids[::2], ids[1::2], strict=True))


def _cookie() -> str:
    """Over https only for this host and all of it, as browsers promise for names that begin so."""
    return f"__Host-{COOKIE}" if current_app.config["IS_PRODUCTION"] else COOKIE


def _ids(booking: AnyRow) -> tuple[uuid.UUID, uuid.UUID]:
    return booking.id, booking.link_nonce or NO_NONCE


def _key() -> bytes:
    return door_code.key_from(current_app.config["SECRET_KEY"])
