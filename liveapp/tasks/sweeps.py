"""The recurring work: each function finds what is due and handles every item in a transaction of its own."""

from __future__ import annotations


def advance_sessions() -> int:
    """Starts sessions whose time has come and ends those whose time is over. Returns how many changed."""
    return 0


def expire_requests() -> int:
    return 0


def extend_series() -> int:
    return 0
