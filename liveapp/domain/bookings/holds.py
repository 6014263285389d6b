"""A place that is held while somebody pays for it by card, and what becomes of it when the money is there."""

from __future__ import annotations

import uuid
from datetime import datetime

from liveapp.db import AnyRow
from liveapp.domain.actor import Actor
from liveapp.domain.availability import claims
from liveapp.domain.bookings import moves, places, waitlist
from liveapp.domain.bookings.paying import Payment
from liveapp.domain.bookings.standing import overlaps_another
from liveapp.rules.capacity import places_for_passers_by
from liveapp.rules.waitlist import promotion_ends

ENDED = ("ended", "cancelled")


def confirm_paid(*, booking_id: uuid.UUID, now: datetime) -> bool:
    """The money for a place is there: the place is theirs, if it is held for them still, or free once more, and they
    took nothing else at that time meanwhile.

    False: it is gone, and the money has to go back. Told twice, it is one answer. Take the turns of the session and of
    the person.
    """
    booking = places.held_by(booking_id)
    if booking.status in ("confirmed", "attended", "no_show"):
        return True
    session = _session_of(booking, now)
    if overlaps_another(session, booking, now):
        return False
    return _confirm(session, booking, Payment(booking.paid_by, booking.price_minor), now)


def confirm_at_desk(*, booking_id: uuid.UUID, actor: Actor, now: datetime) -> bool:
    """As `confirm_paid`, for a place whose price is paid at the desk instead. Staff see whether the person is there, so
    nothing else is asked."""
    booking = places.held_by(booking_id)
    session = _session_of(booking, now)
    return _confirm(session, booking, Payment("at_desk", booking.price_minor), now, actor)


def _session_of(booking: AnyRow, now: datetime) -> AnyRow:
    """The session; for a booking that lost its place, after those places are free that others lost meanwhile."""
    if booking.status == "expired":
        waitlist.let_lapsed_go(booking.session_id, now)
    return places.bookable(booking.session_id)


def _confirm(session: AnyRow, booking: AnyRow, paid: Payment, now: datetime, actor: Actor | None = None) -> bool:
    if session.type == "meeting" and not claims.has(session.id):
        return False
    if session.status in ENDED or booking.status not in ("held", "expired"):
        return False
    if booking.status == "expired":
        if not _is_free_again(session, booking, now):
            return False
        places.count(session.id, places=1)
    if session.type == "meeting":
        places.begin_meeting(session, now=now, by=None)
    waitlist.confirm(session, booking, paid, "pay_at_desk" if actor else "pay", now, actor)
    if booking.replaces_id is not None:
        moves.give_up_replaced(booking, now)
    return True


def _is_free_again(session: AnyRow, booking: AnyRow, now: datetime) -> bool:
    """Whether a passer-by could have the place now, and the person has none there already."""
    if session.status != "scheduled" or now >= session.scheduled_at:
        return False
    if places.live_booking(session.id, booking.user_id) is not None:
        return False
    is_open = now < promotion_ends(session.scheduled_at, session.promotion_cutoff_minutes)
    waiting = session.waiting_count if is_open else 0
    free = places_for_passers_by(capacity=session.max_participants, taken=session.participant_count, waiting=waiting)
    return free > 0
