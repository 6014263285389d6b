"""The code that a screen at the door shows: it changes every 30 seconds and lets in those who stand before it.

A step's code is valid from the step's beginning for exactly 60 seconds of the server's clock, for one session alone.
There is no margin: of each session two codes are valid at any moment, the one shown now and the one before it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime

STEP_SECONDS = 30
STEPS_VALID = 2
_ID_BYTES = 16
_MAC_BYTES = 16
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def key_from(secret: str) -> bytes:
    """The key of door codes alone, made of the deployment's secret: what is signed with it opens nothing else."""
    return hmac.digest(secret.encode(), b"liveapp.door-code", hashlib.sha256)


def code(session: bytes, now: datetime, key: bytes) -> str:
    """The code to show at that moment for the session (the 16 bytes of its id): 43 letters, digits, - and _."""
    return _at_step(session, _step(now), key)


def changes_at(now: datetime) -> datetime:
    """When the next code is to be shown."""
    return datetime.fromtimestamp((_step(now) + 1) * STEP_SECONDS, UTC)


def session_of(text: str, now: datetime, key: bytes) -> bytes | None:
    """The session that the code is valid for at that moment; None for an expired, future, incomplete or forged one."""
    if not _SHAPE.fullmatch(text):
        return None
    session = base64.urlsafe_b64decode(text + "=")[:_ID_BYTES]
    steps = (_step(now) - back for back in range(STEPS_VALID))
    return session if any(hmac.compare_digest(_at_step(session, step, key), text) for step in steps) else None


def _step(now: datetime) -> int:
    return int(now.timestamp() // STEP_SECONDS)


def _at_step(session: bytes, step: int, key: bytes) -> str:
    if len(session) != _ID_BYTES:
        raise ValueError("A session's id has 16 bytes.")
    mac = hmac.digest(key, session + step.to_bytes(8, "big", signed=True), hashlib.sha256)[:_MAC_BYTES]
    return base64.urlsafe_b64encode(session + mac).decode().rstrip("=")
