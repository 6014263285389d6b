"""What fields hold, as a browser sends it, and whether two of them hold the same."""

from __future__ import annotations

from typing import Any


def as_sent(field: Any) -> str:
    """The text that a browser would send of the field as it is shown."""
    if hasattr(field, "_value"):
        return str(field._value())
    return "" if field.data is None else str(field.data)


def is_same(field: Any, other: Any) -> bool:
    """Whether both hold the same. Browsers send lines with other ends than they were given; an empty text is none."""
    return bool(_plain(field.data) == _plain(other.data))


def _plain(value: Any) -> Any:
    return value.replace("\r\n", "\n") or None if isinstance(value, str) else value
