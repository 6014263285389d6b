"""Checking in: one answer with a reason, the same for the roster, the door's code, the own code, and a position."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from liveapp.rules.wording import Say


class Way(StrEnum):
    """How somebody came in."""

    MANUAL = "manual"
    WALK_IN = "walk_in"
    DOOR_CODE = "door_code"
    OWN_CODE = "own_code"
    GPS = "gps"
    JOIN = "join"


class Code(StrEnum):
    """What came of asking: `open` before and `checked_in` after it was done; all others are why it wasn't."""

    OPEN = "open"
    CHECKED_IN = "checked_in"
    ALREADY_IN = "already_in"
    TOO_EARLY = "too_early"
    CLOSED = "closed"
    NOT_BOOKED = "not_booked"
    WAITLISTED = "waitlisted"
    OTHER_SESSION = "other_session"
    CANCELLED = "cancelled"
    UNPAID = "unpaid"
    EXPIRED_CODE = "expired_code"
    TOO_FAR = "too_far"
    POSITION_VAGUE = "position_vague"
    NO_POSITION = "no_position"


WORDS = {
    Code.OPEN: "Open",
    Code.CHECKED_IN: "In",
    Code.ALREADY_IN: "Already",
    Code.TOO_EARLY: "Early",
    Code.CLOSED: "Closed",
    Code.NOT_BOOKED: "Unbooked",
    Code.WAITLISTED: "Waiting",
    Code.OTHER_SESSION: "Elsewhere",
    Code.CANCELLED: "Cancelled",
    Code.UNPAID: "Unpaid",
    Code.EXPIRED_CODE: "Expired",
    Code.TOO_FAR: "Far",
    Code.POSITION_VAGUE: "Vague",
    Code.NO_POSITION: "Nowhere",
}
COLOURS = {
    Code.OPEN: "pine",
    Code.CHECKED_IN: "pine",
    Code.ALREADY_IN: "sky",
    Code.TOO_EARLY: "amber",
    Code.CLOSED: "slate",
    Code.NOT_BOOKED: "rose",
    Code.WAITLISTED: "plum",
    Code.OTHER_SESSION: "iris",
    Code.CANCELLED: "rose",
    Code.UNPAID: "rose",
    Code.EXPIRED_CODE: "amber",
    Code.TOO_FAR: "amber",
    Code.POSITION_VAGUE: "amber",
    Code.NO_POSITION: "slate",
}
"""Green is in, blue was in before, amber can be mended on the spot, red, plum and grey can't."""
BY_WAY = {
    Way.MANUAL: "by the staff",
    Way.WALK_IN: "as a walk-in",
    Way.DOOR_CODE: "by the door code",
    Way.OWN_CODE: "by own code",
    Way.GPS: "by position",
    Way.JOIN: "by joining online",
}
OVERRIDABLE = frozenset({Code.TOO_EARLY, Code.CLOSED})
"""What staff may pass over with a reason. Nobody comes in without a place that is theirs."""
EARLIEST = timedelta(days=1)
"""However early staff let somebody in, it isn't earlier than this before the start."""

_EXPIRED = "This code isn't valid any more. Scan the one that the screen shows now."
_ENDED = "This code was replaced by a newer one, or isn't complete. Find them by name, or open their newest mail."
_OVER = "This session is over, so check-in is closed. The staff can still note who was there."
_NO_BOOKING = "There is no booking for this session. Book a place, or ask at the desk."
_BY_STATUS = {
    "waitlisted": (Code.WAITLISTED, "This place is still on the waiting list. Ask at the desk whether one is free."),
    "held": (Code.UNPAID, "This place isn't paid for yet. Finish paying, or pay at the desk."),
    "requested": (Code.NOT_BOOKED, "The host hasn't answered this request yet, so there is no place to check in to."),
    "cancelled": (Code.CANCELLED, "This booking was cancelled. Book a place again, or ask at the desk."),
    "declined": (Code.NOT_BOOKED, "The host declined this request, so there is no place to check in to."),
    "expired": (Code.NOT_BOOKED, "This booking lapsed before it was confirmed. Book a place again."),
    "no_show": (Code.CLOSED, "The session was closed, and this place counted as missed. Ask the staff to correct it."),
    "attended": (Code.CLOSED, "The session is over. It counts as attended."),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of somebody who wants in: times are aware, `opens_minutes` before the start it opens.

    `session_status` and `booking_status` are those of the lifecycles; no `booking_status` is nobody's booking.
    `came_at` and `came_how`: they are in already.
    """

    starts_at: datetime
    ends_at: datetime
    opens_minutes: int
    session_status: str
    booking_status: str | None
    came_at: datetime | None = None
    came_how: str | None = None

    @property
    def opens_at(self) -> datetime:
        """From then on people can check in."""
        return self.starts_at - timedelta(minutes=self.opens_minutes)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it, as a code for programs and a sentence for people."""

    code: Code
    sentence: str

    @property
    def word(self) -> str:
        """In one word."""
        return WORDS[self.code]

    @property
    def colour(self) -> str:
        """The tone that it is shown in, beside the word."""
        return COLOURS[self.code]

    @property
    def is_in(self) -> bool:
        """Whether the person is in, now or since before."""
        return self.code in (Code.CHECKED_IN, Code.ALREADY_IN)


def tapped_at(entry: Entry, device_at: datetime | None, desk_opened_at: datetime | None, now: datetime) -> datetime:
    """The moment that a tap counts from: what the device says, where it can be true, else the moment it arrives.

    It can be true inside the check-in's hours and not before the desk was opened (None: nobody knows when it was).
    """
    if device_at is None or desk_opened_at is None:
        return now
    earliest, latest = max(entry.opens_at, desk_opened_at), min(entry.ends_at, now)
    return device_at if earliest <= device_at <= latest else now


def while_it_went_on(entry: Entry) -> Entry:
    """How it stood while the session went on, of one that is over: for what a desk without network sends late."""
    return replace(entry, session_status="live") if entry.session_status == "ended" else entry


def answer(entry: Entry, now: datetime, *, say: Say, say_time: Say) -> Answer:
    """Whether somebody can come in now, and if not why. `say` says a moment with its day, `say_time` on the clock.

    What the booking is goes before what the clock says, so that nobody is sent away to wait for nothing.
    """
    if entry.session_status == "cancelled":
        return Answer(Code.CANCELLED, "This session was cancelled.")
    if entry.booking_status is None:
        return not_booked()
    if entry.came_at is not None and entry.booking_status in ("confirmed", "attended"):
        return already_in(entry.came_at, entry.came_how, say_time)
    if entry.booking_status in _BY_STATUS:
        return Answer(*_BY_STATUS[entry.booking_status])
    return window(entry, now, say=say)


def is_open(entry: Entry, now: datetime) -> bool:
    """Whether they can come in now, and aren't in yet."""
    return answer(entry, now, say=str, say_time=str).code is Code.OPEN


def window(entry: Entry, now: datetime, *, say: Say) -> Answer:
    """Whether check-in is open: from `opens_minutes` before the start until the end, or until it was ended."""
    if now >= entry.ends_at or entry.session_status == "ended":
        return Answer(Code.CLOSED, _OVER)
    if entry.session_status == "draft":
        return Answer(Code.CLOSED, "This session isn't published, so nobody can check in.")
    if now < entry.opens_at:
        return Answer(Code.TOO_EARLY, f"Check-in opens {say(entry.opens_at)}.")
    return Answer(Code.OPEN, "Check-in is open.")


def may_override(entry: Entry, found: Answer, now: datetime) -> bool:
    """Whether staff who say why may let them in all the same."""
    return found.code in OVERRIDABLE and entry.booking_status == "confirmed" and now >= entry.starts_at - EARLIEST


def checked_in(at: datetime, how: str, say_time: Say) -> Answer:
    """They are in, this moment."""
    return Answer(Code.CHECKED_IN, f"Checked in at {say_time(at)}, {BY_WAY[Way(how)]}.")


def already_in(at: datetime, how: str | None, say_time: Say) -> Answer:
    """They came before: a friendly answer, and nothing is written."""
    way = f", {BY_WAY[Way(how)]}" if how else ""
    return Answer(Code.ALREADY_IN, f"Already in since {say_time(at)}{way}.")


def not_booked() -> Answer:
    """Whoever it is has no booking of this session."""
    return Answer(Code.NOT_BOOKED, _NO_BOOKING)


def other_session(title: str, when: str) -> Answer:
    """The code, or the booking, is for another session; `title` is empty where it isn't for the asker to know."""
    return Answer(Code.OTHER_SESSION, f"This is for “{title}”, {when}." if title else "This is for another session.")


def ended_code() -> Answer:
    """A person's own code that a newer one took the place of, or that is none."""
    return Answer(Code.EXPIRED_CODE, _ENDED)


def expired_code() -> Answer:
    """The door's code was shown too long ago, or never."""
    return Answer(Code.EXPIRED_CODE, _EXPIRED)
