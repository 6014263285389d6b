"""Whether a person may book a place in a session: one answer with its reason, for button, page and transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from liveapp.rules.capacity import places_for_passers_by
from liveapp.rules.wording import in_words, moment_in_words


class Answer(StrEnum):
    """The answer; only the first two let a person book or queue."""

    ELIGIBLE = "eligible"
    WAITLIST = "waitlist"
    ALREADY_BOOKED = "already_booked"
    NO_PLAN = "no_plan"
    NO_CREDITS = "no_credits"
    DAILY_QUOTA = "daily_quota"
    WEEKLY_QUOTA = "weekly_quota"
    OVERLAP = "overlap"
    NOT_OPEN = "not_open"
    CLOSED = "closed"
    FULL = "full"
    NOT_VISIBLE = "not_visible"


LIVE_BOOKINGS = frozenset({"requested", "confirmed", "waitlisted", "attended", "no_show"})
"""The states of a booking that a person can have only one of in a session."""


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What the answer depends on.

    `taken` counts confirmed and held places, `waiting` the people in line. `cutoff_minutes` before the start booking
    closes; `opens_at` (None: at once) it opens. Once `promotion_cutoff_minutes` before the start is reached (None:
    never) nobody is promoted any more, and those waiting no longer count. `own_status` is the person's own booking of
    this session, `overlapping` the title of another confirmed one at that time. `timezone` is for the words only.
    """

    status: str
    starts_at: datetime
    capacity: int
    taken: int
    waiting: int = 0
    cutoff_minutes: int = 0
    opens_at: datetime | None = None
    has_waitlist: bool = True
    waitlist_size: int | None = None
    promotion_cutoff_minutes: int | None = None
    own_status: str | None = None
    overlapping: str | None = None
    is_staff: bool = False
    visible: bool = True
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The answer, its sentence for people, and how many places anyone may still book."""

    answer: Answer
    sentence: str
    places_left: int


def eligibility(facts: PlaceFacts, now: datetime) -> Eligibility:
    """The one answer. Staff are let past visibility, opening, cutoff and overlap, never past capacity."""
    answer, sentence = _own_booking(facts) or _status(facts) or _time(facts, now) or _capacity(facts, now)
    return Eligibility(answer, sentence, _places_left(facts, now))


Said = tuple[Answer, str]


def _own_booking(facts: PlaceFacts) -> Said | None:
    if facts.own_status not in LIVE_BOOKINGS:
        return None
    if facts.own_status == "waitlisted":
        return Answer.ALREADY_BOOKED, "You are on the waiting list of this session."
    if facts.own_status == "requested":
        return Answer.ALREADY_BOOKED, "You have asked for this session; the host has yet to answer."
    return Answer.ALREADY_BOOKED, "You are booked into this session."


def _status(facts: PlaceFacts) -> Said | None:
    if facts.status == "draft" or not (facts.visible or facts.is_staff):
        return Answer.NOT_VISIBLE, "This session can't be booked here."
    if facts.status == "cancelled":
        return Answer.CLOSED, "This session was cancelled."
    if facts.status == "ended":
        return Answer.CLOSED, "This session is over."
    return None


def _time(facts: PlaceFacts, now: datetime) -> Said | None:
    if facts.is_staff:
        return None
    if facts.status == "live" or now >= facts.starts_at:
        return Answer.CLOSED, "This session has started."
    if now >= facts.starts_at - timedelta(minutes=facts.cutoff_minutes):
        return Answer.CLOSED, f"Booking closed {in_words(facts.cutoff_minutes)} before the start."
    if facts.opens_at is not None and now < facts.opens_at:
        return Answer.NOT_OPEN, f"Booking opens on {moment_in_words(facts.opens_at, facts.timezone)}."
    return None


def _capacity(facts: PlaceFacts, now: datetime) -> Said:
    if _places_left(facts, now) < 1:
        return _queue(facts)
    if facts.overlapping is not None and not facts.is_staff:
        return Answer.OVERLAP, f"You are booked into “{facts.overlapping}” at that time."
    return Answer.ELIGIBLE, "You can book a place."


def _queue(facts: PlaceFacts) -> Said:
    if not facts.has_waitlist:
        return Answer.FULL, "This session is full."
    if facts.waitlist_size is not None and facts.waiting >= facts.waitlist_size:
        return Answer.FULL, "This session and its waiting list are full."
    return Answer.WAITLIST, "This session is full. You can join the waiting list."


def _places_left(facts: PlaceFacts, now: datetime) -> int:
    """Free places less the people waiting for them; staff may take any free one."""
    waiting = 0 if facts.is_staff or _promotion_is_over(facts, now) else facts.waiting
    return places_for_passers_by(capacity=facts.capacity, taken=facts.taken, waiting=waiting)


def _promotion_is_over(facts: PlaceFacts, now: datetime) -> bool:
    if facts.promotion_cutoff_minutes is None:
        return False
    return now >= facts.starts_at - timedelta(minutes=facts.promotion_cutoff_minutes)
