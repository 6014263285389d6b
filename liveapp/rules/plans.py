"""Which of a person's plans pay for a place: coverage, credits, quotas and overlap, each with its refusal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from liveapp.rules.wording import counted

WARNING_DAYS = (7, 1)
"""So many days before credits lapse people are warned."""


class Obstacle(StrEnum):
    """What keeps a plan from paying for a place; the words are those of eligibility."""

    NO_PLAN = "no_plan"
    NO_CREDITS = "no_credits"
    DAILY_QUOTA = "daily_quota"
    WEEKLY_QUOTA = "weekly_quota"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """A person's subscription that covers a session's program, as it stands for that session.

    `credits` are those that can be used on the session's date (None: unlimited); `until` is when the first of them
    lapses. `used_that_day` and `used_that_week` count the bookings of the session's day and week, in the
    organization's zone and week, that the quotas count. `runs` is false when the plan is paused, or doesn't run at the
    session's time; `key` is the subscription's, `lot` the lot's that a credit is taken from.
    """

    key: object
    name: str
    credits: int | None = None
    until: datetime | None = None
    lot: object = None
    max_per_day: int | None = None
    max_per_week: int | None = None
    used_that_day: int = 0
    used_that_week: int = 0
    allows_overlapping: bool = False
    runs: bool = True


def obstacle(plan: HeldPlan, *, overlaps: bool) -> Obstacle | None:
    """What keeps the plan from paying for the place; None: it can. `overlaps`: the person is booked at that time."""
    if not plan.runs:
        return Obstacle.NO_PLAN
    if plan.credits is not None and plan.credits < 1:
        return Obstacle.NO_CREDITS
    if plan.max_per_day is not None and plan.used_that_day >= plan.max_per_day:
        return Obstacle.DAILY_QUOTA
    if plan.max_per_week is not None and plan.used_that_week >= plan.max_per_week:
        return Obstacle.WEEKLY_QUOTA
    if overlaps and not plan.allows_overlapping:
        return Obstacle.OVERLAP
    return None


def usable(plans: Sequence[HeldPlan], *, overlaps: bool) -> tuple[HeldPlan, ...]:
    """The plans that can pay, in the order to use them: unlimited ones, then the credits that lapse first."""
    able = [plan for plan in plans if obstacle(plan, overlaps=overlaps) is None]
    return tuple(sorted(able, key=_order))


def has_credit(plan: HeldPlan) -> bool:
    """Whether staff could book with the plan: it runs and has a credit for the date, quotas or not."""
    return plan.runs and plan.credits != 0


def refusal(plan: HeldPlan, why: Obstacle) -> str:
    """Why this plan can't pay, as a sentence."""
    match why:
        case Obstacle.NO_PLAN:
            return f"Your plan “{plan.name}” is paused, or doesn't run at that time."
        case Obstacle.NO_CREDITS:
            return f"You have no credit of “{plan.name}” left that can be used on that date."
        case Obstacle.DAILY_QUOTA:
            return f"“{plan.name}” allows {counted(plan.max_per_day or 0, 'booking')} a day, and you have that many."
        case Obstacle.WEEKLY_QUOTA:
            return f"“{plan.name}” allows {counted(plan.max_per_week or 0, 'booking')} a week, and you have that many."
        case Obstacle.OVERLAP:
            return "You are booked into something else at that time."


def counts_for_quota(status: str, *, late: bool, waived: bool, late_counts: bool, no_show_counts: bool) -> bool:
    """Whether a booking uses up a quota: places held do, waits don't, late cancels and no-shows by policy.

    `waived`: staff forgave it, so it doesn't.
    """
    if status in ("requested", "held", "confirmed", "attended"):
        return True
    if waived:
        return False
    if status == "no_show":
        return no_show_counts
    return status == "cancelled" and late and late_counts


def warning_due(*, days_left: float, span_days: float, warned: int | None) -> int | None:
    """Which warning a person is owed about credits that lapse in `days_left` days: 7, 1, or None.

    `warned`: the last one they got. Credits that live a week or less are only warned of a day before, those of a day
    or less not at all; who missed the first warning gets the second only.
    """
    due = [days for days in WARNING_DAYS if days_left <= days < span_days and (warned is None or days < warned)]
    return min(due) if due and days_left > 0 else None


def _order(plan: HeldPlan) -> tuple[bool, bool, datetime | None, str]:
    """Unlimited first; then by lapse, credits that never lapse last. The key at the end makes the order total."""
    return plan.credits is not None, plan.until is None, plan.until, str(plan.key)
