"""Plans that are paid period by period: when a period is charged, what paying it does, and when one that isn't renewed
ends. A period's credits are given when it is paid, not before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from liveapp.rules.periods import period_start


@dataclass(frozen=True, slots=True)
class Counting:
    """From which day periods count, and how many of them are paid for; `is_anew`: it is another day than before."""

    anchor_day: date
    paid_periods: int
    is_anew: bool = False


def is_due(status: str, paid_until: datetime, ends_at: datetime | None, now: datetime) -> bool:
    """Whether the next period is to be charged: the one that is paid is over (exactly then too), the plan runs, and it
    goes on. A plan that rests is charged when it goes on."""
    return status == "active" and paid_until <= now and (ends_at is None or ends_at > paid_until)


def after_paying(counting: Counting, period: str, today: date) -> Counting:
    """How periods count once one more is paid. Paid on its first day or before, it is the next; paid later, it begins
    on the day it is paid, and the ones after it count from there: nobody pays for days without the plan."""
    begins = first_unpaid_day(counting, period)
    if today <= begins:
        return Counting(counting.anchor_day, counting.paid_periods + 1)
    return Counting(today, 1, is_anew=True)


def first_unpaid_day(counting: Counting, period: str) -> date:
    """The first day of the first period that isn't paid."""
    return period_start(counting.anchor_day, period, counting.paid_periods)


def end_when_stopped(paid_until: datetime, now: datetime) -> datetime:
    """When a plan ends whose renewal is ended now: with what is paid, at once where nothing is."""
    return max(paid_until, now)
