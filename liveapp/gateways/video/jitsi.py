"""Jitsi: rooms that are there as soon as somebody enters them. The address of one, with a signed token where the server
wants one (https://github.com/jitsi/lib-jitsi-meet/blob/master/doc/tokens.md)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app

from liveapp.config import Settings

LATE = timedelta(hours=2)
"""A token lets in until so long after the session's end: they run late."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who enters: by which name, and whether they lead."""

    id: uuid.UUID
    name: str
    email: str = ""
    leads: bool = False


def room_address(room: uuid.UUID, *, visitor: Visitor, ends_at: datetime, now: datetime) -> str:
    """Where the visitor enters the room of this secret. Nobody guesses it: it is 122 random bits."""
    settings: Settings = current_app.extensions["settings"]
    address = f"https://{settings.jitsi_domain}/{room.hex}"
    return f"{address}?jwt={_token(settings, room, visitor, ends_at, now)}" if settings.jitsi_app_id else address


def _token(settings: Settings, room: uuid.UUID, visitor: Visitor, ends_at: datetime, now: datetime) -> str:
    from joserfc import jwt  # few servers want tokens, and it takes its time to load
    from joserfc.jwk import OctKey

    user = {"id": visitor.id.hex, "name": visitor.name, "email": visitor.email, "moderator": visitor.leads}
    said = {
        "aud": "jitsi",
        "iss": settings.jitsi_app_id,
        "sub": settings.jitsi_domain,
        "room": room.hex,
        "nbf": int((now - timedelta(minutes=1)).timestamp()),
        "exp": int((max(ends_at, now) + LATE).timestamp()),
        "context": {"user": user},
    }
    return jwt.encode({"alg": "HS256", "typ": "JWT"}, said, OctKey.import_key(settings.jitsi_app_secret))
