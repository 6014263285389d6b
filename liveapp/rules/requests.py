"""Requests for a meeting: how long the host has to answer, and which times are too near to ask for."""

from datetime import datetime, timedelta

DEFAULT_EXPIRY_HOURS = 48
LEAST_MINUTES_TO_ANSWER = 60


def expires_at(
    *, created_at: datetime, starts_at: datetime, lead_minutes: int, expiry_hours: int = DEFAULT_EXPIRY_HOURS
) -> datetime:
    """When an unanswered request ends: after the hours given, or the minimum lead time before the start if sooner."""
    return min(created_at + timedelta(hours=expiry_hours), starts_at - timedelta(minutes=lead_minutes))


def notice_minutes(lead_minutes: int) -> int:
    """The notice that a time needs to be asked for: one right at the lead time would expire as it is sent.

    Before the lead time begins the host has at least an hour to answer.
    """
    return lead_minutes + LEAST_MINUTES_TO_ANSWER
