"""IANA time zones that people may choose."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def timezones() -> tuple[str, ...]:
    """Every zone with a region in its name, those that only count hours from UTC, and UTC, in alphabetical order."""
    regions = (
        "Arctic/",
        "Etc/",
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    return tuple(sorted(name for name in available_timezones() if name.startswith(regions) or name == "UTC"))


def is_timezone(name: str) -> bool:
    """Whether `name` is one of them."""
    return name in _known()


@cache
def _known() -> frozenset[str]:
    return frozenset(timezones())
