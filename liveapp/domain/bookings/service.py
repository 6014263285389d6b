"""Booking a place in a session and giving it back. Each verb is one transaction's work."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from liveapp.db import AnyRow, db, table
from liveapp.domain.accounts import people
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.bookings import places
from liveapp.domain.bookings.errors import NotBookable, NotCancellable
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.places import Wish, to_guest, to_host
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.notifications.service import promise
from liveapp.rules import cancellation
from liveapp.rules.eligibility import Answer, Eligibility, PlaceFacts, eligibility


def book_place(
    *,
    session_id: uuid.UUID,
    person: Person,
    now: datetime,
    wish: Wish | None = None,
    key: str | None = None,
    actor: Actor | None = None,
    organization_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """One person's place in a calendar session: confirmed, or waitlisted when it is full. Returns the booking's id.

    Asked again with the same `key`, it gives the first answer. Raises NotBookable with the reason, NotFound for a
    session that isn't there, or isn't of the `organization_id` on whose page it is booked. Take the session's turn.
    """
    booking_id = uuid.uuid4()
    before = idempotency.claim(key, booking_id, now=now)
    if before:
        return before
    session = places.bookable(session_id)
    if session.type == "meeting" or organization_id not in (None, session.organization_id):
        raise NotFound()
    who = people.find_or_add(person, now=now)
    own = None if who.is_new else places.live_booking(session_id, who.user_id)
    answer = eligible(
        session,
        own_status=own.status if own else None,
        is_staff=_is_staff(session, actor),
        now=now,
        timezone=person.timezone,
    )
    if answer.answer not in (Answer.ELIGIBLE, Answer.WAITLIST):
        raise NotBookable(answer.answer.value, answer.sentence)
    _enter(session, booking_id, person, who.user_id, answer, wish, now)
    status = "confirmed" if answer.answer is Answer.ELIGIBLE else "waitlisted"
    record(actor or holder(session, who.user_id), booking_id, "book", now, after={"status": status})
    return booking_id


def eligible(session: AnyRow, *, own_status: str | None, is_staff: bool, now: datetime, timezone: str) -> Eligibility:
    """The one answer for the button, the page and the transaction. `session` is a row of `places.bookable`."""
    return eligibility(
        PlaceFacts(
            status=session.status,
            starts_at=session.scheduled_at,
            cutoff_minutes=session.booking_cutoff_minutes,
            opens_at=_opens_at(session),
            capacity=session.max_participants,
            taken=session.participant_count,
            waiting=session.waiting_count,
            has_waitlist=session.has_waitlist,
            waitlist_size=session.waitlist_size,
            promotion_cutoff_minutes=session.promotion_cutoff_minutes,
            own_status=own_status,
            is_staff=is_staff,
            visible=session.delivery_mode in (None, "schedule"),
            timezone=timezone,
        ),
        now,
    )


def cancel(*, booking_id: uuid.UUID, now: datetime, actor: Actor | None = None, reason: str = "") -> None:
    """Gives one place back: by its holder (`actor` empty) within the policy, or by staff at any time before it is over.

    A booking that is cancelled already stays as it is: pressing twice is one cancellation. Raises NotCancellable.
    """
    booking = places.held_by(booking_id)
    if booking.status == "cancelled":
        return
    session = places.bookable(booking.session_id)
    late = _check_cancellable(booking, session, actor, now)
    places.close(
        booking,
        status="cancelled",
        cancelled_at=now,
        cancelled_by=actor.user_id if actor else booking.user_id,
        cancel_reason=reason,
        cancelled_late=late,
    )
    if session.type == "meeting":
        places.end_meeting(session, now=now, by=actor.user_id if actor else booking.user_id, reason=reason)
    record(
        actor or holder(session, booking.user_id),
        booking.id,
        "cancel",
        now,
        before={"status": booking.status},
        after={"status": "cancelled", "reason": reason, "late": late},
    )
    by_staff = actor is not None
    kind = "booking_cancelled_by_host" if by_staff else "booking_cancelled"
    mails = [to_guest(kind, booking.id, session, booking.email, reason=reason)]
    if not by_staff:
        mails.append(to_host("host_booking_cancelled", booking.id, session, reason=reason))
    promise(mails, now=now)


def own(booking_id: uuid.UUID, actor: Actor) -> AnyRow:
    """The booking, for staff of its organization: the session's host, or who runs the schedule. Raises NotFound."""
    booking = places.held_by(booking_id)
    if booking.organization_id != actor.organization_id:
        raise NotFound()
    return booking


def _enter(
    session: AnyRow,
    booking_id: uuid.UUID,
    person: Person,
    user_id: uuid.UUID,
    answer: Eligibility,
    wish: Wish | None,
    now: datetime,
) -> None:
    """Writes the confirmed or waiting booking, and promises the mails."""
    shared: dict[str, Any] = {"booking_id": booking_id, "person": person, "user_id": user_id, "now": now, "wish": wish}
    if answer.answer is Answer.WAITLIST:
        places.add(session, status="waitlisted", waitlist_position=_next_position(session.id), **shared)
        promise([to_guest("waitlisted", booking_id, session, person.email)], now=now)
        return
    places.add(session, status="confirmed", **shared)
    promise(
        [to_guest("booking_confirmed", booking_id, session, person.email), to_host("host_booked", booking_id, session)],
        now=now,
    )


def _next_position(session_id: uuid.UUID) -> int:
    return int(db.session.execute(_last_position(), {"session_id": session_id}).scalar_one()) + 1


@cache
def _last_position() -> Select[int]:
    bookings = table(Booking)
    last = func.coalesce(func.max(bookings.c.waitlist_position), 0)
    return select(last).where(bookings.c.session_id == bindparam("session_id"))


def _check_cancellable(booking: AnyRow, session: AnyRow, actor: Actor | None, now: datetime) -> bool:
    """Whether it is late; raises NotCancellable when it can't be cancelled at all."""
    answer = cancellation.cancel(
        status=booking.status,
        starts_at=session.scheduled_at,
        now=now,
        window_hours=booking.cancellation_window_hours,
        allow_late=booking.allow_late_cancellation,
        is_staff=actor is not None,
        checked_in=booking.checked_in_at is not None,
        timezone=booking.timezone,
    )
    if not answer.allowed:
        raise NotCancellable(answer.sentence)
    return answer.late


def _opens_at(session: AnyRow) -> datetime | None:
    if session.booking_opens_days is None:
        return None
    opens: datetime = session.scheduled_at - timedelta(days=session.booking_opens_days)
    return opens


def _is_staff(session: AnyRow, actor: Actor | None) -> bool:
    if actor is not None and actor.organization_id != session.organization_id:
        raise Forbidden()
    return actor is not None and actor.is_staff


def holder(session: AnyRow, user_id: uuid.UUID) -> Actor:
    """Who holds a booking of the session, as the one who does something with it."""
    return Actor(user_id=user_id, role=None, organization_id=session.organization_id)


def record(actor: Actor, booking_id: uuid.UUID, action: str, now: datetime, **changes: Any) -> None:
    """Keeps what was done to a booking: by staff, by its holder, or by the clock."""
    audit.record(actor=actor, action=action, object_type="booking", object_id=booking_id, now=now, **changes)
