"""What staff are told before they act at a roster: what booking somebody in, or taking a place back, would do."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from liveapp.db import AnyRow
from liveapp.domain.bookings import places, waitlist
from liveapp.domain.bookings.paying import provider_of
from liveapp.domain.bookings.standing import Reader, held_plans, hindrances, standing
from liveapp.rules.eligibility import Answer
from liveapp.rules.plans import HeldPlan, has_credit
from liveapp.rules.waitlist import promotion_ends
from liveapp.rules.wording import counted

BOOKED_PAST = {
    "closed": "booking has closed",
    "not_open": "booking isn’t open yet",
    "not_visible": "the public doesn’t see this session",
    "no_plan": "no plan of theirs covers it",
    "no_credits": "no credit of theirs can be used on that date",
    "daily_quota": "the day’s bookings of their plan are used up",
    "weekly_quota": "the week’s bookings of their plan are used up",
    "overlap": "they are booked into something else at that time",
}
"""What staff book somebody past, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What booking a person would be now, done by staff.

    `answer`: eligible, waitlist, full or already_booked. `number` they would wait as. `past`: what keeps the person
    from it by themselves. `plans` that could pay, `spent` those that cover the session and can't; none where plans
    don't matter. `price_minor` is what the desk would take, None where it takes nothing.
    """

    answer: Answer
    number: int
    past: tuple[Answer, ...]
    plans: tuple[HeldPlan, ...]
    spent: tuple[HeldPlan, ...]
    price_minor: int | None


def forecast(*, session: AnyRow, user_id: uuid.UUID | None, now: datetime) -> Forecast:
    """`session` is a row of `places.bookable`; nobody: somebody new."""
    answer = standing(session, Reader(user_id=user_id, is_known=user_id is not None, is_staff=True), now).answer
    takes_money = provider_of(session) != "none" and bool(session.price_minor or session.plan_only)
    held = held_plans(session, user_id) if user_id and takes_money else ()
    able = tuple(filter(has_credit, held))
    return Forecast(
        answer=answer.answer,
        number=session.waiting_count + 1,
        past=hindrances(session, user_id, now),
        plans=able,
        spent=tuple(plan for plan in held if plan not in able),
        price_minor=session.price_minor or None if takes_money else None,
    )


def who_follows(*, booking: AnyRow, session: AnyRow, now: datetime) -> str:
    """What becomes of the place that a booking gives back, as a sentence. `session` is a row of `places.bookable`."""
    if not places.holds(booking):
        return "No place comes free: they only wait for one."
    if session.status != "scheduled" or now >= session.scheduled_at:
        return "Nobody is given the place: the session has begun or is over."
    if session.participant_count > session.max_participants:
        beyond = session.participant_count - session.max_participants
        return f"Nobody is given the place: {counted(beyond, 'person is', 'people are')} booked beyond the places."
    if not session.waiting_count:
        return "Nobody waits, so the place is free again."
    waiting = counted(session.waiting_count, "person waits", "people wait")
    if now >= promotion_ends(session.scheduled_at, session.promotion_cutoff_minutes):
        return f"{waiting}: they are told that a place is free, and anybody can take it."
    following = waitlist.next_in_line(session, now)
    if following is None:
        return f"{waiting}, but nobody of them can take it now, so the place is free."
    name, pays_first = following
    if pays_first:
        return f"{waiting}. {name} is next and is offered the place, as they must pay for it."
    return f"{waiting}. {name} is next and gets the place."
