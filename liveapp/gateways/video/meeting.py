"""What providers answer, as we keep it: a meeting, tokens, whose account it is. Whatever isn't that is no answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from liveapp.domain.video.connections import Account, Tokens
from liveapp.gateways.video.asking import senseless
from liveapp.rules.texts import cleaned, is_web_address

LONGEST_ID = 255
LONGEST_URL = 2000
LONGEST_WORDS = 200
TOKEN = re.compile(r"[\x20-\x7e]+")
"""RFC 6749, appendix A.12: what else would be sent isn't taken by a header either."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """The provider's id of it, and where people join."""

    id: str
    join_url: str


def meeting_in(own_id: object, join_url: object, *, name: str) -> Meeting:
    """The meeting of an answer. People are led to its address: one that leads nowhere is none. Raises VideoAway."""
    if not isinstance(join_url, str) or len(join_url) > LONGEST_URL or not is_web_address(join_url):
        raise senseless(name)
    return Meeting(_id(own_id, name), join_url)


def account_in(own_id: object, email: object, called: object, *, name: str) -> Account:
    """Whose account it is, by an answer. Raises VideoAway."""
    return Account(_id(own_id, name), _words(email), _words(called))


def tokens_in(found: dict[str, Any], *, name: str, now: datetime, refresh: str = "") -> Tokens:
    """The tokens of an answer (RFC 6749, 5.1); `refresh` stays where the answer has no other. Raises VideoAway for an
    answer without them."""
    access, following = found.get("access_token"), found.get("refresh_token") or refresh
    try:
        lasts = timedelta(seconds=max(0, min(int(found.get("expires_in", 3600)), 86400)))
    except (ValueError, TypeError, OverflowError) as error:
        raise senseless(name) from error
    if not _is_token(access) or (following and not _is_token(following)):
        raise senseless(name)
    return Tokens(str(access), str(following), now + lasts)


def _is_token(said: object) -> bool:
    return isinstance(said, str) and TOKEN.fullmatch(said) is not None


def _id(said: object, name: str) -> str:
    """A text or a number, as Zoom's are."""
    text = str(said) if isinstance(said, str | int) and not isinstance(said, bool) else ""
    if not text or len(text) > LONGEST_ID or not text.isprintable():
        raise senseless(name)
    return text


def _words(said: object) -> str:
    return cleaned(said)[:LONGEST_WORDS] if isinstance(said, str) else ""
