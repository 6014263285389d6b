"""Whether somebody can go through to an online session now, and what to say while they can't."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

EARLIEST = timedelta(days=1)
"""Nobody opens a session earlier than this before its start; what was opened for another time isn't open for this."""
STALE = timedelta(minutes=1)
"""A page that waits asks again so often: staff may open early."""


class Door(StrEnum):
    """How the way to a session stands for one person."""

    WAIT = "wait"
    OPEN = "open"
    ON_ITS_WAY = "on_its_way"
    NOT_SET_UP = "not_set_up"
    OVER = "over"
    CANCELLED = "cancelled"
    WAITLISTED = "waitlisted"
    UNPAID = "unpaid"
    REQUESTED = "requested"
    NOT_BOOKED = "not_booked"
    IN_PERSON = "in_person"


BY_BOOKING = {
    "waitlisted": Door.WAITLISTED,
    "held": Door.UNPAID,
    "requested": Door.REQUESTED,
    "cancelled": Door.CANCELLED,
    "declined": Door.NOT_BOOKED,
    "expired": Door.NOT_BOOKED,
    "attended": Door.OVER,
    "no_show": Door.OVER,
}
"""What keeps a booking from its session, by its status; a confirmed one is kept by nothing."""


@dataclass(frozen=True, slots=True)
class Session:
    """What is known of the session: aware times; `opened_at` is when its staff opened it early, `ended_at` when it was
    ended by hand. `has_address`: there is somewhere to go; `has_account`: where its provider makes the link, the host
    is connected there, so that one can be made."""

    status: str
    format: str
    starts_at: datetime
    ends_at: datetime
    window_minutes: int
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    has_address: bool = True
    has_account: bool = True

    @property
    def opens_at(self) -> datetime:
        """From then on people can join; to the second the window before the start, or when staff opened it."""
        window = self.starts_at - timedelta(minutes=self.window_minutes)
        if self.opened_at is None or self.opened_at < self.starts_at - EARLIEST:
            return window
        return min(window, self.opened_at)

    @property
    def is_over(self) -> bool:
        """Whether it ended by hand or by the clock, as it is written down."""
        return self.status == "ended" or self.ended_at is not None


def door_of_session(session: Session, now: datetime) -> Door:
    """How the way stands for whoever is let in: OPEN from the window on until the end, which is over."""
    if session.status == "cancelled":
        return Door.CANCELLED
    if session.format != "online":
        return Door.IN_PERSON
    if session.is_over or now >= session.ends_at:
        return Door.OVER
    if now < session.opens_at:
        return Door.WAIT
    if session.has_address:
        return Door.OPEN
    return Door.ON_ITS_WAY if session.has_account else Door.NOT_SET_UP


def door(booking_status: str, session: Session, now: datetime) -> Door:
    """How the way stands for who holds a booking: nobody but a confirmed one gets through, and then at its time."""
    if session.status == "cancelled":
        return Door.CANCELLED
    if booking_status in BY_BOOKING:
        return BY_BOOKING[booking_status]
    return door_of_session(session, now)


def refresh_after(state: Door, session: Session, now: datetime) -> int | None:
    """After how many seconds the page asks again by itself: at the opening, and while a link is on its way."""
    if state is Door.ON_ITS_WAY:
        return 10
    if state is Door.NOT_SET_UP:
        return int(STALE.total_seconds())
    if state is not Door.WAIT:
        return None
    left = int((session.opens_at - now).total_seconds()) + 1
    return max(1, min(left, int(STALE.total_seconds())))
