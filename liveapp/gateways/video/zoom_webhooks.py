"""What Zoom tells of, signed: https://developers.zoom.us/docs/api/webhooks/"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

from flask import current_app

from liveapp.domain.joining.hearing import Told
from liveapp.rules.json_text import parsed

TOLERANCE_SECONDS = 300
CHALLENGE = "endpoint.url_validation"
KINDS = {
    "meeting.started": "started",
    "meeting.ended": "ended",
    "meeting.participant_joined": "participant_joined",
    "meeting.participant_left": "participant_left",
}
MOMENTS = {"participant_joined": "join_time", "participant_left": "leave_time", "ended": "end_time"}


class Unsigned(Exception):
    """Zoom didn't send this, or sent it long ago."""


def is_on() -> bool:
    """Whether there is a secret to verify events by."""
    return bool(_secret())


def opened(payload: bytes, *, stamp: str, signature: str, now: datetime) -> dict[str, Any]:
    """The event that Zoom sent. Raises Unsigned."""
    said = "v0=" + _hmac(b"v0:" + stamp.encode() + b":" + payload)
    if not hmac.compare_digest(said.encode(), signature.encode()) or not _is_fresh(stamp, now):
        raise Unsigned
    try:
        found = parsed(payload)
    except ValueError as error:
        raise Unsigned from error
    return found if isinstance(found, dict) else {}


def challenge_answer(event: dict[str, Any]) -> dict[str, str] | None:
    """What Zoom wants to hear before it sends anything to a new address; None for every other event."""
    if event.get("event") != CHALLENGE:
        return None
    token = str(_part(event, "payload").get("plainToken", ""))
    return {"plainToken": token, "encryptedToken": _hmac(token.encode())}


def told(event: dict[str, Any]) -> Told | None:
    """The event as we keep it; None for kinds that say nothing of a session. Zoom gives events no ids: one is made of
    what it is about and when it happened, which is the same when it is sent again."""
    kind = KINDS.get(str(event.get("event")))
    meeting = _part(_part(event, "payload"), "object")
    person = _part(meeting, "participant")
    at = _moment(event, person if kind in ("participant_joined", "participant_left") else meeting, kind)
    if kind is None or at is None or not meeting.get("id"):
        return None
    who = str(person.get("participant_uuid") or person.get("user_id") or "")
    parts = (
        kind,
        str(meeting.get("uuid", "")),
        str(meeting["id"]),
        who,
        str(event.get("event_ts", "")),
        at.isoformat(),
    )
    return Told(
        id=hashlib.sha256("\0".join(parts).encode()).hexdigest(),
        provider="zoom",
        kind=kind,
        meeting_id=str(meeting["id"]),
        account_id=str(meeting.get("host_id", "")),
        at=at,
        person_id=str(person.get("id") or ""),
        person_email=str(person.get("email") or ""),
        person_name=str(person.get("user_name") or ""),
    )


def _moment(event: dict[str, Any], said: dict[str, Any], kind: str | None) -> datetime | None:
    """When it happened: by the time that the event is about, else by when Zoom noticed (`event_ts`, milliseconds)."""
    try:
        named = said.get(MOMENTS.get(kind or "", ""))
        if named:
            return datetime.fromisoformat(str(named)).astimezone(UTC)
        return datetime.fromtimestamp(int(event["event_ts"]) / 1000, UTC)
    except (KeyError, ValueError, TypeError, OverflowError, OSError):
        return None


def _part(found: dict[str, Any], name: str) -> dict[str, Any]:
    part = found.get(name)
    return part if isinstance(part, dict) else {}


def _is_fresh(stamp: str, now: datetime) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        return False
    return abs(now.timestamp() - int(stamp)) <= TOLERANCE_SECONDS


def _hmac(said: bytes) -> str:
    return hmac.new(_secret().encode(), said, hashlib.sha256).hexdigest()


def _secret() -> str:
    secret: str = current_app.extensions["settings"].zoom_webhook_secret
    return secret
