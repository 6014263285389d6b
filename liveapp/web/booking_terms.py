"""The terms that a booking was made under, as its holder reads them now: on its page, before they act, in mails."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from liveapp.db import AnyRow
from liveapp.domain.bookings.models import BY_CARD
from liveapp.domain.bookings.tiers import tiers_of
from liveapp.rules import cancellation, refunds
from liveapp.rules.cancellation import Cancellation, Reschedule
from liveapp.web import booking_money, filters


def cancelling(booking: AnyRow, timezone: str, now: datetime) -> Cancellation:
    """Whether its holder can cancel it, and what that means; of one that was paid, what comes back."""
    answer = by_policy(booking, timezone, now)
    if not answer.allowed or (answer.undoes and now > answer.deadline):
        return answer
    if answer.undoes and _keeps(booking, now):
        return replace(answer, sentence=_undo_words(booking, timezone))
    words = booking_money.cancelling(booking, now)
    if answer.late and not words:
        words = answer.sentence + booking_money.late_fee_words(booking)
    return replace(answer, sentence=words) if words else answer


def by_policy(booking: AnyRow, timezone: str, now: datetime) -> Cancellation:
    """As `cancelling`, without what money says of it."""
    return cancellation.cancel(
        status=booking.status,
        starts_at=booking.scheduled_at,
        now=now,
        window_hours=booking.cancellation_window_hours,
        allow_late=booking.allow_late_cancellation,
        checked_in=booking.checked_in_at is not None,
        promoted_at=booking.promoted_at,
        grace_minutes=booking.promotion_grace_minutes,
        plan=booking.plan_name or "",
        uses_credit=booking.uses_credit,
        is_paid=booking.paid_by in BY_CARD,
        booked=cancellation.booked_at(booking.created_at, booking.confirmed_at),
        counts_from=booking.counts_from,
        say=filters.said_in(timezone),
    )


def moving(booking: AnyRow, timezone: str, now: datetime) -> Reschedule:
    """Whether its holder can move it to another time."""
    return cancellation.reschedule(
        status=booking.status,
        starts_at=booking.scheduled_at,
        now=now,
        window_hours=booking.cancellation_window_hours,
        moves=booking.reschedules,
        is_guest=booking.is_guest,
        checked_in=booking.checked_in_at is not None,
        booked=cancellation.booked_at(booking.created_at, booking.confirmed_at),
        promoted_at=booking.promoted_at,
        grace_minutes=booking.promotion_grace_minutes,
        counts_from=booking.counts_from,
        say=filters.said_in(timezone),
    )


def terms(booking: AnyRow, timezone: str, now: datetime) -> str:
    """What giving the booking back means from now on: of what is paid by card its tiers, of all else the policy."""
    answer = by_policy(booking, timezone, now)
    if not answer.allowed or booking.paid_by not in BY_CARD:
        return answer.sentence
    later = booking.paid_by == "after_session"
    words = refunds.terms(booking.scheduled_at, now, tiers_of(booking), say=filters.said_in(timezone), later=later)
    return f"{_undo_words(booking, timezone)} {words}" if answer.undoes and _keeps(booking, now) else words


def _keeps(booking: AnyRow, now: datetime) -> bool:
    """Whether the terms of what was paid for it would keep something by now."""
    is_paid = booking.paid_by in (*BY_CARD, "at_desk")
    return is_paid and refunds.kept_hundredths(booking.scheduled_at, now, tiers_of(booking)) > 0


def _undo_words(booking: AnyRow, timezone: str) -> str:
    booked = cancellation.booked_at(booking.created_at, booking.confirmed_at)
    until = cancellation.undo_until(booked, booking.scheduled_at)
    return cancellation.undo_sentence(until, filters.said_in(timezone), is_paid=True)
