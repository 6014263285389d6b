"""Moving a place to another session of the same offering."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import update

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import access, places, waitlist
from liveapp.domain.bookings.errors import NotBookable, NotMovable
from liveapp.domain.bookings.history import holder, record
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.places import to_guest
from liveapp.domain.bookings.standing import Reader, standing
from liveapp.domain.errors import NotFound
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.live_sessions import calendars
from liveapp.domain.notifications.service import promise
from liveapp.domain.plans import credits
from liveapp.rules import cancellation
from liveapp.rules.eligibility import Answer, Eligibility
from liveapp.rules.wording import on_the_clock_of

ELSEWHERE = "This time doesn’t go together with another booking. Choose another one."


def move_place(
    *,
    booking_id: uuid.UUID,
    session_id: uuid.UUID,
    now: datetime,
    actor: Actor | None = None,
    key: str | None = None,
) -> uuid.UUID:
    """Moves a booking to another session of the same offering: the new place first, then the old one goes back.

    Returns the booking's id (the booking stays the same one). Raises NotMovable or NotBookable. Take both sessions'
    turns.
    """
    if idempotency.claim(key, booking_id, now=now):
        return booking_id
    booking = access.own(booking_id, actor)
    old = places.bookable(booking.session_id)
    new = places.bookable(session_id)
    check_movable(booking, old, actor, now)
    _check_target(booking, old, new, actor, now)
    check_credit(booking.id, new)
    places.count(new.id, places=1, booked=booking.status == "confirmed")
    places.count(old.id, places=-1)
    db.session.execute(
        update(Booking)
        .where(Booking.id == booking.id)
        .values(
            session_id=new.id,
            starts_at=new.scheduled_at,
            ends_at=new.ends_at,
            reschedules=Booking.reschedules + (0 if actor else 1),
            revision=Booking.revision + old.revision + 1,
        )
    )
    record(
        actor or holder(new, booking.user_id), booking.id, "reschedule", now,
        before={"session_id": old.id, "scheduled_at": old.scheduled_at},
        after={"session_id": new.id, "scheduled_at": new.scheduled_at},
    )  # fmt: skip
    was = {"was": old.scheduled_at.isoformat()}
    mails = [to_guest("booking_moved", booking.id, new, booking.email, **was)]
    is_first = booking.status == "confirmed" and not new.was_booked
    by_staff = actor is not None
    mails += calendars.tell_host(
        "host_booking_moved", booking, new, actor, changes_calendar=is_first, by_staff=by_staff, **was
    )
    promise(mails, now=now)
    places.tell_of_coming([old], now)
    waitlist.promote(session_id=old.id, now=now)
    return booking_id


def check_movable(booking: AnyRow, session: AnyRow, actor: Actor | None, now: datetime) -> None:
    """Raises NotMovable when the holder (or staff) can't move this booking now."""
    answer = cancellation.reschedule(
        status=booking.status,
        starts_at=session.scheduled_at,
        now=now,
        window_hours=booking.cancellation_window_hours,
        moves=booking.reschedules,
        is_staff=actor is not None,
        is_guest=booking.is_guest,
        checked_in=booking.checked_in_at is not None,
        booked=cancellation.booked_at(booking.created_at, booking.confirmed_at),
        say=on_the_clock_of(booking.timezone),
    )
    if not answer.allowed:
        raise NotMovable(answer.sentence)


def _check_target(booking: AnyRow, old: AnyRow, new: AnyRow, actor: Actor | None, now: datetime) -> None:
    if new.organization_id != old.organization_id or new.offering_id != old.offering_id or new.type == "meeting":
        raise NotFound()
    if new.id == old.id:
        raise NotMovable("That is the session you are already in. Choose another one.")
    reader = Reader(
        user_id=booking.user_id,
        is_known=True,
        is_staff=actor is not None,
        besides=booking.id,
        has_paid=True,
        pays_with=booking.subscription_id,
        timezone=booking.timezone,
    )
    check_eligible(standing(new, reader, now).answer, booking)


def check_eligible(answer: Eligibility, booking: AnyRow) -> None:
    """Raises NotBookable unless the person could be there. Where somebody only typed their address it isn't said where
    else its owner is booked."""
    if answer.answer is Answer.ELIGIBLE:
        return
    is_told = booking.is_known or answer.answer is not Answer.OVERLAP
    raise NotBookable(answer.answer.value, answer.sentence if is_told else ELSEWHERE)


def check_credit(booking_id: uuid.UUID, new: AnyRow) -> None:
    """The credit moves along, so it must be usable on the new date. Raises NotMovable."""
    lot = credits.lot_of(booking_id)
    if lot is None:
        return
    if lot.valid_from > new.scheduled_at or (lot.expires_at is not None and lot.expires_at <= new.scheduled_at):
        raise NotMovable(
            "The credit of this booking can't be used on that date. Choose another date, or cancel and book anew."
        )
