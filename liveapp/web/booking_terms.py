"""The terms that a booking was made under, as its holder reads them now."""

from __future__ import annotations

from liveapp.db import AnyRow
from liveapp.domain.bookings.models import BY_CARD
from liveapp.domain.payments.records import tiers_of
from liveapp.rules import refunds
from liveapp.rules.cancellation import Cancellation, cancel
from liveapp.web import clock, filters


def by_policy(booking: AnyRow, timezone: str) -> Cancellation:
    """Whether its holder can give it back now, and what that means beside money. `booking` is a row of
    `bookings.queries.booking`."""
    return cancel(
        status=booking.status,
        starts_at=booking.scheduled_at,
        now=clock.now(),
        window_hours=booking.cancellation_window_hours,
        allow_late=booking.allow_late_cancellation,
        checked_in=booking.checked_in_at is not None,
        promoted_at=booking.promoted_at,
        grace_minutes=booking.promotion_grace_minutes,
        plan=booking.plan_name or "",
        uses_credit=booking.uses_credit,
        is_paid=booking.paid_by in BY_CARD,
        say=filters.said_in(timezone),
    )


def terms(booking: AnyRow, timezone: str) -> str:
    """What giving the booking back means from now on, in a sentence; empty where nobody can give it back any more."""
    if booking.paid_by in BY_CARD:
        later = booking.paid_by == "after_session"
        say = filters.said_in(timezone)
        return refunds.terms(booking.scheduled_at, clock.now(), tiers_of(booking), say=say, later=later)
    return by_policy(booking, timezone).sentence
