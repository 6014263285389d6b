"""Asking a video provider over HTTP, and what its answers mean. Nobody keeps the database waiting meanwhile."""

from __future__ import annotations

import time
from typing import Any

import requests

from liveapp.rules.json_text import parsed
from liveapp.rules.texts import cleaned
from liveapp.unit_of_work import end_reading

TIMEOUT_SECONDS = 10
LONGEST_SECONDS = 30
"""A whole answer takes no longer: one that comes in drops would hold a thread for hours."""
MOST_BYTES = 16 * 1024 * 1024
"""Google's longest list is a few megabytes."""
WAIT_CODES = {"rateLimitExceeded", "userRateLimitExceeded"}
"""Google says these with a 403 (https://developers.google.com/workspace/calendar/api/guides/errors)."""


class VideoAway(Exception):
    """The provider didn't answer, or broke, or wants us to wait: it may have done it or not. The message says which,
    for people."""


class VideoRefused(Exception):
    """The provider won't do this; the message says why, in its words."""


class SignInNeeded(VideoRefused):
    """The account's tokens are worth nothing any more: its owner has to sign in again."""


class Gone(VideoRefused):
    """The provider has no such thing (any more)."""


def ask(method: str, url: str, *, name: str, access: str = "", **given: Any) -> dict[str, Any]:
    """The answer of the provider called `name`. Raises VideoAway, SignInNeeded, Gone, VideoRefused."""
    end_reading()
    headers = {"Authorization": f"Bearer {access}"} if access else {}
    try:
        with requests.request(
            method, url, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True, **given
        ) as answer:
            status, said = answer.status_code, _read(answer, name)
    except requests.RequestException as error:
        raise VideoAway(f"{name} didn't answer.") from error
    try:
        found = parsed(said) if said else {}
    except ValueError as error:
        raise senseless(name) from error
    if 200 <= status < 300 and isinstance(found, dict):
        return found
    raise _refusal(name, status, found if isinstance(found, dict) else {})


def senseless(name: str) -> VideoAway:
    """For what isn't as the provider documents it: it may be right the next time."""
    return VideoAway(f"{name} gave an answer that makes no sense.")


def listed(found: dict[str, Any], key: str, name: str) -> list[dict[str, Any]]:
    """The objects that an answer lists; none where it has no such list. Raises VideoAway."""
    rows = found.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise senseless(name)
    return rows


def _read(answer: requests.Response, name: str) -> bytes:
    """The body, up to the most that makes sense."""
    began, said = time.monotonic(), bytearray()
    for part in answer.iter_content(64 * 1024):
        said += part
        if len(said) > MOST_BYTES or time.monotonic() - began > LONGEST_SECONDS:
            raise VideoAway(f"{name}'s answer has no end.")
    return bytes(said)


def _refusal(name: str, status: int, found: dict[str, Any]) -> Exception:
    """https://www.rfc-editor.org/rfc/rfc6749#section-5.2 for tokens; the providers' own shapes for the rest."""
    error = found.get("error")
    code, words = _said(error if isinstance(error, dict) else found)
    if error == "invalid_grant" or status == 401:
        return SignInNeeded(f"{name} wants its owner to sign in again.")
    if status == 429 or code in WAIT_CODES:
        return VideoAway(f"{name} asks us to wait.")
    if status >= 500 or not 400 <= status < 500:
        return VideoAway(f"{name} has a fault at the moment.")
    if status in (404, 410):
        return Gone(f"{name} has no such meeting.")
    return VideoRefused(f"{name} says no: {words or status}"[:300])


def _said(found: dict[str, Any]) -> tuple[str, str]:
    """A refusal's code and words: Google's `errors[].reason` and `message`, Zoom's `code` and `message`."""
    errors = found.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    reason = first.get("reason") if isinstance(first, dict) else None
    return str(reason or found.get("code") or ""), cleaned(str(found.get("message") or found.get("reason") or ""))
