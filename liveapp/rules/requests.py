"""Requests for a meeting: how long the host has to answer."""

from datetime import datetime, timedelta

DEFAULT_EXPIRY_HOURS = 48
LEAST_MINUTES_TO_ANSWER = 60
"""A time is offered to be asked for so long before the lead time begins; nearer ones would expire unseen."""


def expires_at(
    *, created_at: datetime, starts_at: datetime, lead_minutes: int, expiry_hours: int = DEFAULT_EXPIRY_HOURS
) -> datetime:
    """When an unanswered request ends: after the hours given, or the minimum lead time before the start if sooner."""
    return min(created_at + timedelta(hours=expiry_hours), starts_at - timedelta(minutes=lead_minutes))
