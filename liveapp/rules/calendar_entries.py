"""What somebody's calendar must say of a session: shown exactly while it is certain, withdrawn where it was shown."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

CERTAIN = ("confirmed", "attended", "no_show")
"""Bookings whose time stands in the calendar of who holds them."""
TAKING_PLACE = ("scheduled", "live", "ended")
"""Sessions that stand in the calendar of their host, once somebody has had a place in them."""


class Entry(StrEnum):
    """What a calendar must be told of an entry."""

    SHOWN = "shown"
    WITHDRAWN = "withdrawn"
    NEVER = "never"


def of_guest(status: str, confirmed_at: datetime | None) -> Entry:
    """The entry of who holds a booking: theirs while it is confirmed. What was never confirmed was never sent."""
    if status in CERTAIN:
        return Entry.SHOWN
    return Entry.NEVER if confirmed_at is None else Entry.WITHDRAWN


def of_host(session_status: str, *, leads: bool, was_booked: bool) -> Entry:
    """The entry of somebody who leads the session, or led it before: theirs from the first confirmed booking on, until
    the session is cancelled, taken back or handed over."""
    if not was_booked:
        return Entry.NEVER
    return Entry.SHOWN if leads and session_status in TAKING_PLACE else Entry.WITHDRAWN
