"""The waiting list: until when places are given out in order, how long an offer stands, and why somebody is passed
over."""

from datetime import datetime, timedelta

PASSED_OVER = {
    "no_plan": ("No plan covers it", "You have no plan that covers this session."),
    "no_credits": ("No credit left", "You had no credit left that could pay for it."),
    "daily_quota": ("Day's bookings used up", "Your plan's bookings for that day are used up."),
    "weekly_quota": ("Week's bookings used up", "Your plan's bookings for that week are used up."),
    "overlap": ("Booked elsewhere then", "You are booked into something else at that time."),
}
"""Why a waiting person was passed over: for staff, and for the person."""


HOLD = timedelta(minutes=15)


def hold_ends(now: datetime, offered_until: datetime | None = None) -> datetime:
    """Until when a place is held for somebody who is paying: a quarter of an hour, or as long as it was offered."""
    return max(now + HOLD, offered_until or now)


def promotion_ends(starts_at: datetime, cutoff_minutes: int) -> datetime:
    """From this moment nobody is promoted any more: a free place is anybody's."""
    return starts_at - timedelta(minutes=cutoff_minutes)


def offer_ends(now: datetime, *, starts_at: datetime, cutoff_minutes: int, offer_minutes: int) -> datetime:
    """Until when a place is held for somebody who must first pay: the offer's time, at most until promotion ends."""
    return min(now + timedelta(minutes=offer_minutes), promotion_ends(starts_at, cutoff_minutes))
