"""A meeting at a provider, and tokens as providers hand them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from liveapp.domain.video.connections import Tokens
from liveapp.gateways.video.asking import VideoAway


@dataclass(frozen=True, slots=True)
class Meeting:
    """The provider's id of it, and where people join."""

    id: str
    join_url: str


def tokens_in(found: dict[str, Any], *, name: str, now: datetime, refresh: str = "") -> Tokens:
    """The tokens of an answer (RFC 6749, 5.1); `refresh` stays where the answer has no other. Raises VideoAway for an
    answer without them."""
    try:
        lasts = timedelta(seconds=min(int(found.get("expires_in", 3600)), 86400))
        return Tokens(str(found["access_token"]), str(found.get("refresh_token") or refresh), now + lasts)
    except (KeyError, ValueError, TypeError) as error:
        raise VideoAway(f"{name} gave an answer that makes no sense.") from error
