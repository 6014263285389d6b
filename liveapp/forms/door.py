"""What a check-in desk sends."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from werkzeug.datastructures import MultiDict

from liveapp.domain.errors import Invalid
from liveapp.rules.texts import cleaned

Deed = Literal["in", "out", "back", "undo"]
DEEDS: tuple[Deed, ...] = ("in", "out", "back", "undo")
LONGEST_CODE = 2000
_MILLISECONDS = re.compile(r"[0-9]{10,14}")


@dataclass(frozen=True, slots=True)
class Tap:
    """One tap at the desk: what to do with whom; or the code that somebody showed.

    `key` makes it count once however often it is sent. `device_at`: when it was tapped, where it waited for a network;
    `desk`: the sealed moment at which its desk was opened.
    """

    deed: Deed
    booking_id: uuid.UUID | None
    code: str
    reason: str
    key: str | None
    device_at: datetime | None
    desk: str


def tap(form: MultiDict[str, str]) -> Tap:
    """Reads a tap. Raises Invalid where it names nobody, or a time that is none."""
    deed = next((each for each in DEEDS if form.get(each)), None)
    code = form.get("code", "").strip()
    if deed is None and not code:
        raise Invalid("Choose somebody to check in, or scan their code.")
    if len(code) > LONGEST_CODE:
        raise Invalid("That is no code of ours. Scan the person's own code, or look for their name.")
    return Tap(
        deed=deed or "in",
        booking_id=_booking(form[deed]) if deed else None,
        code=code,
        reason=cleaned(form.get("reason", ""))[:500],
        key=_key(form.get("key", "")),
        device_at=_moment(form.get("device_at", "")),
        desk=form.get("desk", ""),
    )


def _booking(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Invalid("That booking doesn't exist. Reload the page.") from None


def _key(text: str) -> str | None:
    try:
        return str(uuid.UUID(text)) if text else None
    except ValueError:
        raise Invalid("Reload the page, and try again.") from None


def _moment(text: str) -> datetime | None:
    """Milliseconds since 1970, as a browser's clock says it."""
    if not text:
        return None
    if not _MILLISECONDS.fullmatch(text):
        raise Invalid("That moment can't be read. Reload the page, and try again.")
    return datetime.fromtimestamp(int(text) / 1000, UTC)
