"""Whether a person may book a place in a session: one answer with its reason, for button, page and transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from liveapp.rules import plans, waitlist
from liveapp.rules.capacity import places_for_passers_by
from liveapp.rules.plans import HeldPlan, Obstacle
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


LIVE_BOOKINGS = frozenset({"requested", "held", "confirmed", "waitlisted", "attended", "no_show"})
"""The states of a booking that a person can have only one of in a session."""


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What the answer depends on.

    `taken` counts confirmed and held places, `waiting` the people in line. `cutoff_minutes` before the start booking
    closes; `opens_at` (None: at once) it opens. Once `promotion_cutoff_minutes` before the start is reached (None:
    never) nobody is promoted any more, and those waiting no longer count. `own_status` is the person's own booking of
    this session, `overlapping` the title of another confirmed one at that time. `timezone` is for the words only.

    `price_minor` is the drop-in price (None: none), `plan_only` says that only plans pay here; with neither, the
    session is free. `takes_payment`: the organization has a way to be paid; without one nobody needs a plan.
    `takes_cards`: that way is a card; where it `charges_after`, one saved now and charged when the session is over.
    `plans` are the person's subscriptions that cover the program; they count only for people who have shown who they
    are (`is_known`).
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
    price_minor: int | None = None
    plan_only: bool = False
    takes_payment: bool = False
    takes_cards: bool = False
    charges_after: bool = False
    plans: tuple[HeldPlan, ...] = ()
    is_known: bool = True
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The answer, its sentence for people, and how many places anyone may still book.

    `plans` can pay for the place, the one to use first; `drop_in_minor` is what it costs without one (None: nothing,
    or not to be had without), `by_card` whether that is paid by card, before the place is theirs, or with a card saved
    before and charged `after` the session. `remark` says why no
    plan pays although the person may book, or queue. `opens_at` is when booking opens, where that is the answer.
    """

    answer: Answer
    sentence: str
    places_left: int
    plans: tuple[HeldPlan, ...] = ()
    drop_in_minor: int | None = None
    by_card: bool = False
    after: bool = False
    remark: str = ""
    opens_at: datetime | None = None

    @property
    def needs_card(self) -> bool:
        """Whether there is no other way than to pay by card."""
        return self.by_card and not self.plans


Said = tuple[Answer, str]


@dataclass(frozen=True, slots=True)
class _Means:
    """How the person could pay: plans, a price, or what keeps them from both."""

    plans: tuple[HeldPlan, ...] = ()
    price: int | None = None
    refusal: Said | None = None
    remark: str = ""


def eligibility(facts: PlaceFacts, now: datetime) -> Eligibility:
    """The one answer. Staff are let past visibility, opening, cutoff, plans and overlap, never past capacity."""
    means = _means(facts)
    answer, sentence = (
        _own_booking(facts)
        or _status(facts)
        or _time(facts, now)
        or _without_plan(means)
        or _capacity(facts, now)
        or means.refusal
        or (Answer.ELIGIBLE, "You can book a place.")
    )
    waits_without = answer is Answer.WAITLIST and means.refusal
    return Eligibility(
        answer,
        sentence,
        _places_left(facts, now),
        plans=means.plans,
        drop_in_minor=means.price,
        by_card=means.price is not None and facts.takes_cards,
        after=means.price is not None and facts.takes_cards and facts.charges_after,
        remark=waits_without[1] if waits_without else means.remark,
        opens_at=facts.opens_at if answer is Answer.NOT_OPEN else None,
    )


def _means(facts: PlaceFacts) -> _Means:
    """Nothing to pay; else a plan that can pay; else the drop-in price; else why not."""
    if facts.is_staff:
        return _Means()
    overlaps = facts.overlapping is not None
    at_once: Said = (Answer.OVERLAP, f"You are booked into “{facts.overlapping}” at that time.")
    is_free = not facts.price_minor and not facts.plan_only
    if is_free or not facts.takes_payment:
        return _Means(refusal=at_once if overlaps else None)
    held = facts.plans if facts.is_known else ()
    able = plans.usable(held, overlaps=overlaps)
    if able:
        return _Means(plans=able, price=facts.price_minor)
    if overlaps:
        return _Means(refusal=at_once)
    nearest = _nearest_refusal(held)
    if facts.price_minor:
        return _Means(price=facts.price_minor, remark=nearest[1] if nearest else "")
    return _Means(refusal=nearest or (Answer.NO_PLAN, _needs_plan(facts)))


def _nearest_refusal(held: tuple[HeldPlan, ...]) -> Said | None:
    """Of the plans that can't pay, the one that came furthest, with what it failed at."""
    failed = [(list(Obstacle).index(why), plan, why) for plan in held if (why := plans.obstacle(plan, overlaps=False))]
    if not failed:
        return None
    _, plan, why = max(failed, key=lambda each: (each[0], each[1].name))
    return Answer(why.value), plans.refusal(plan, why)


def _needs_plan(facts: PlaceFacts) -> str:
    if facts.is_known:
        return "This session is for people with a plan that covers it, and you have none."
    return "This session is for people with a plan. Sign in to book with yours."


def _without_plan(means: _Means) -> Said | None:
    """Who could never pay can't queue either; who lacks a credit or has used up a quota can."""
    if means.refusal and means.refusal[0] is Answer.NO_PLAN:
        return means.refusal
    return None


def _own_booking(facts: PlaceFacts) -> Said | None:
    if facts.own_status not in LIVE_BOOKINGS:
        return None
    if facts.own_status == "waitlisted":
        return Answer.ALREADY_BOOKED, "You are on the waiting list of this session."
    if facts.own_status == "held":
        return Answer.ALREADY_BOOKED, "A place in this session is held for you while you pay for it."
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


def _capacity(facts: PlaceFacts, now: datetime) -> Said | None:
    return _queue(facts, now) if _places_left(facts, now) < 1 else None


def _queue(facts: PlaceFacts, now: datetime) -> Said:
    """Once it has begun (only staff book then) nobody can wait for it any more."""
    if not facts.has_waitlist or facts.status == "live" or now >= facts.starts_at:
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
    return now >= waitlist.promotion_ends(facts.starts_at, facts.promotion_cutoff_minutes)
