"""What of an account's balance is paid out, and on which days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum


class Schedule(StrEnum):
    """How often payouts are made by themselves."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    BY_HAND = "by_hand"


class Why(StrEnum):
    """Why nothing of a balance is payable now."""

    NOTHING = "nothing"
    OWES = "owes"
    MATURING = "maturing"
    BELOW_MINIMUM = "below_minimum"


def mature_until(now: datetime, holding_days: int) -> datetime:
    """What ended at this moment or before can be paid out: so many days ago by elapsed time, exactly then included."""
    return now - timedelta(days=holding_days)


def payable(owed_minor: int, maturing_minor: int, minimum_minor: int = 0) -> int:
    """What is payable now of what the account is owed: all but what still matures, if that reaches the minimum.

    Below nothing it pays nothing, and what is earned later makes up for it first.
    """
    free = _free(owed_minor, maturing_minor)
    return free if free >= max(1, minimum_minor) else 0


def why_nothing(owed_minor: int, maturing_minor: int, minimum_minor: int = 0) -> Why | None:
    """Why nothing is payable; None when something is."""
    if payable(owed_minor, maturing_minor, minimum_minor):
        return None
    if owed_minor < 0:
        return Why.OWES
    if owed_minor == 0:
        return Why.NOTHING
    return Why.BELOW_MINIMUM if _free(owed_minor, maturing_minor) > 0 else Why.MATURING


def latest_day(schedule: Schedule, weekday: int, today: date) -> date | None:
    """The last payout day up to today; None where payouts are made by hand. `weekday` 0 = Monday, for weekly ones."""
    if schedule is Schedule.WEEKLY:
        return today - timedelta(days=(today.weekday() - weekday) % 7)
    return today.replace(day=1) if schedule is Schedule.MONTHLY else None


def next_day(schedule: Schedule, weekday: int, today: date) -> date | None:
    """The first payout day after today; None where payouts are made by hand."""
    if schedule is Schedule.WEEKLY:
        return today + timedelta(days=7 - (today.weekday() - weekday) % 7)
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1) if schedule is Schedule.MONTHLY else None


def _free(owed_minor: int, maturing_minor: int) -> int:
    return owed_minor - max(0, maturing_minor)
