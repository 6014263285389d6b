"""What comes back of a booking's money, by what it was made under."""

from __future__ import annotations

from dataclasses import replace

from liveapp.db import AnyRow
from liveapp.domain.accounts.models import Organization
from liveapp.rules.money import HUNDREDTHS
from liveapp.rules.refunds import Tiers

TIERS = (
    "free_cancellation_hours",
    "partial_refund_hours",
    "partial_refund_percent",
    "promoted_at",
    "promotion_grace_minutes",
    "counts_from",
)
"""Columns of a booking that say what comes back of its money."""


def tiers_of(booking: AnyRow) -> Tiers:
    """What comes back when this booking is cancelled: the terms it was made under, and how it came to its place."""
    return replace(
        tiers_now(booking),
        promoted_at=booking.promoted_at,
        grace_minutes=booking.promotion_grace_minutes,
        counts_from=booking.counts_from,
    )


def tiers_now(terms: AnyRow | Organization) -> Tiers:
    """What comes back of what is booked now, as the organization says."""
    return Tiers(terms.free_cancellation_hours, terms.partial_refund_hours, terms.partial_refund_percent * HUNDREDTHS)
