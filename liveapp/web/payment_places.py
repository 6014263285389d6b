"""Places in a list of payments, as addresses name them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import url_for

from liveapp.domain.payments.lists import Cursor


def place_in(address: Mapping[str, str]) -> Cursor | None:
    """The place that the address names; one that can't be read is the list's beginning."""
    try:
        moment = datetime.fromisoformat(address["at"])
        return Cursor(moment.astimezone(UTC), uuid.UUID(address["id"]), newer="newer" in address)
    except (KeyError, ValueError, OverflowError):
        return None


def address_of(endpoint: str, cursor: Cursor | None, kept: Mapping[str, Any] | None = None) -> str:
    """The page of the list that begins there, with what else the address says; empty for none."""
    if cursor is None:
        return ""
    place: dict[str, Any] = {"at": cursor.created_at.isoformat(), "id": cursor.payment_id.hex}
    if cursor.newer:
        place["newer"] = 1
    return url_for(endpoint, **(dict(kept or {}) | place))
