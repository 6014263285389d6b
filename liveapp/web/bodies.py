"""What programs send as JSON: an object with fields of the kinds that are expected, or a sentence about the fault."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from flask import request

from liveapp.domain.errors import Invalid
from liveapp.rules.json_text import parsed
from liveapp.rules.texts import cleaned

LONGEST_KEY = 200


def body() -> dict[str, Any]:
    """The object that was sent. Raises Invalid for anything else."""
    try:
        said = parsed(request.get_data()) if request.is_json else None
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise Invalid("Send a JSON object.")
    return said


def text_in(said: dict[str, Any], name: str, longest: int) -> str:
    """A text, without what nobody sees; empty where there is none. Raises Invalid."""
    value = said.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid(f"“{name}” must be text.", field=name)
    if len(value) > longest:
        raise Invalid(f"“{name}” is longer than {longest} characters. Shorten it.", field=name)
    return cleaned(value)


def id_in(said: dict[str, Any], name: str) -> uuid.UUID | None:
    """An id, where one is given. Raises Invalid."""
    value = text_in(said, name, 100)
    if not value:
        return None
    try:
        return uuid.UUID(value)
    except ValueError as error:
        raise Invalid(f"“{name}” isn't an id.", field=name) from error


def moment_in(said: dict[str, Any], name: str) -> datetime | None:
    """A moment with its zone, like 2026-03-03T17:58:00Z, where one is given. Raises Invalid."""
    value = text_in(said, name, 100)
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None and 2000 <= moment.year <= 2100:
            return moment.astimezone(UTC)
    except ValueError:
        pass
    raise Invalid(f"“{name}” must be a moment with its zone, like 2026-03-03T17:58:00Z.", field=name)


def idempotency_key(scope: str) -> str | None:
    """The caller's own key for this request, kept apart from everybody else's by `scope`. Raises Invalid."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Invalid(f"“Idempotency-Key” must be at most {LONGEST_KEY} characters that can be printed.")
    return f"{scope}:{key}" if key else None
