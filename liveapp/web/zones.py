"""The zones that a page offers to choose from without script; script adds all the others."""

from __future__ import annotations

COMMON = (
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Africa/Johannesburg",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "UTC",
)


def zone_choices(*first: str) -> list[str]:
    """The given zones, then one of each part of the world."""
    return list(dict.fromkeys((*first, *COMMON)))
