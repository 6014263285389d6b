"""Moving a place to another session of the same offering."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import access, places, waitlist
from liveapp.domain.bookings.errors import NotBookable, NotMovable
from liveapp.domain.bookings.history import holder, record
from liveapp.domain.bookings.models import TERMS, Booking
from liveapp.domain.bookings.move_terms import MoveTerms, check_accepted, move_terms, reader_of
from liveapp.domain.bookings.paying import take_credit
from liveapp.domain.bookings.places import Wish, to_guest
from liveapp.domain.bookings.standing import could_take, standing
from liveapp.domain.errors import NotFound
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.live_sessions import calendars
from liveapp.domain.notifications.service import promise
from liveapp.domain.plans import credits
from liveapp.rules import cancellation
from liveapp.rules.calendar_entries import Entry
from liveapp.rules.eligibility import Answer, Eligibility
from liveapp.rules.moving import Paid
from liveapp.rules.waitlist import hold_ends
from liveapp.rules.wording import on_the_clock_of

MOVED = "Moved to another time"
WITHDRAWN = "No longer asked for"
ELSEWHERE = "This time doesn’t go together with another booking. Choose another one."


def move_place(
    *,
    booking_id: uuid.UUID,
    session_id: uuid.UUID,
    now: datetime,
    actor: Actor | None = None,
    key: str | None = None,
    accepts: Paid | None = None,
) -> uuid.UUID:
    """Moves a booking to another session of the same offering: the new place first, then the old one goes back.

    The new place is booked by its own rules, and what was paid or used counts (`rules.moving`); `accepts` is what the
    person was shown to pay there. Returns the id of the booking, which stays the same one, or of a new one that is held
    until it is paid for by card; the old one is given up then. Raises NotMovable, NotBookable, MoveCosts. Take both
    sessions' turns.
    """
    if idempotency.claim(key, booking_id, now=now):
        return replacement_of(booking_id) or booking_id
    booking = access.own(booking_id, actor)
    old = places.bookable(booking.session_id)
    new = places.bookable(session_id)
    check_movable(booking, old, actor, now)
    terms = terms_of_move(booking, old, new, actor, now)
    if new.participant_count >= new.max_participants:
        waitlist.let_lapsed_go(new.id, now)
    if actor is None:
        check_accepted(terms, accepts)
    if terms.move.pays_first:
        return hold_instead(booking, new, terms, now)
    if terms.move.credit == "stays":
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
            list_price_minor=new.price_minor,
            plan_only=new.plan_only,
            **terms.columns(),
        )
    )
    settle_move(booking, new, terms, now)
    record(
        actor or holder(new, booking.user_id), booking.id, "reschedule", now,
        before={"session_id": old.id, "scheduled_at": old.scheduled_at, "price_minor": booking.price_minor},
        after={"session_id": new.id, "scheduled_at": new.scheduled_at, "price_minor": terms.move.paid.price_minor},
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


def terms_of_move(booking: AnyRow, old: AnyRow, new: AnyRow, actor: Actor | None, now: datetime) -> MoveTerms:
    """What moving the booking from one session to another means. Raises NotFound, NotMovable, NotBookable."""
    if new.organization_id != old.organization_id or new.offering_id != old.offering_id or new.type == "meeting":
        raise NotFound()
    if new.id == old.id:
        raise NotMovable("That is the session you are already in. Choose another one.")
    reader = reader_of(booking)
    if actor is None:
        answer = standing(new, reader, now).answer
        check_eligible(answer, booking)
        return move_terms(booking, new, answer, now, by_staff=False)
    check_eligible(standing(new, replace(reader, is_staff=True), now).answer, booking)
    return move_terms(booking, new, could_take(new, reader, now), now, by_staff=True)


def settle_move(booking: AnyRow, new: AnyRow, terms: MoveTerms, now: datetime) -> None:
    """What follows for credits at once, and for money by the job that makes payments what their booking says."""
    if terms.move.credit == "back":
        credits.give_back({booking.id: booking.credit_extension_days}, now=now, by_business=False)
    if terms.move.credit == "taken" and terms.asks is not None:
        take_credit(new, booking.id, terms.asks, now)
    if booking.status == "confirmed" and (terms.move.back or terms.move.more):
        places.tell_of_money([booking], now)


def hold_instead(booking: AnyRow, new: AnyRow, terms: MoveTerms, now: datetime) -> uuid.UUID:
    """The new place is held for the person while they pay for it, and the old one stays theirs until they have. Returns
    the new booking's id."""
    more = {"created_at": booking.created_at}
    return beside(booking, new, terms, status="held", until=hold_ends(now), now=now, **more)


def beside(
    booking: AnyRow, new: AnyRow, terms: MoveTerms, *, status: str, until: datetime, now: datetime, **more: Any
) -> uuid.UUID:
    """A booking of the new place beside the old one, which it replaces when it is paid for, or accepted. Returns its
    id."""
    new_id = uuid.uuid4()
    agreed = {name: getattr(booking, name) for name in TERMS} | terms.columns()
    places.add(
        new,
        booking_id=new_id,
        person=_person(booking),
        user_id=booking.user_id,
        status=status,
        now=now,
        wish=Wish(booking.suggested_topic, booking.message),
        expires_at=until,
        replaces_id=booking.id,
        reschedules=booking.reschedules + 1,
        is_known=booking.is_known,
        **(agreed | more),
    )
    after = {"status": status, "paid_by": terms.move.paid.paid_by, "expires_at": until, "replaces": booking.id}
    record(holder(new, booking.user_id), new_id, "book", now, after=after)
    return new_id


def withdraw(booking_id: uuid.UUID, now: datetime) -> None:
    """Requests to move this booking end with it, or with the next one; the times that they kept are free."""
    query = select(Booking.id).where(Booking.replaces_id == booking_id, Booking.status == "requested")
    for request_id in db.session.execute(query.order_by(Booking.id)).scalars().all():
        request = places.held_by(request_id)
        session = places.bookable(request.session_id)
        places.close(request, status="cancelled", cancelled_at=now, cancelled_by=None, cancel_reason=WITHDRAWN)
        places.end_meeting(session, now=now, by=None, reason=WITHDRAWN)
        record(
            holder(session, request.user_id), request.id, "cancel", now,
            before={"status": request.status}, after={"status": "cancelled", "reason": WITHDRAWN},
        )  # fmt: skip


def replacement_of(booking_id: uuid.UUID) -> uuid.UUID | None:
    """The booking that takes this one's place when it is paid for, or accepted."""
    live = Booking.status.in_(("requested", "held", "confirmed"))
    query = select(Booking.id).where(Booking.replaces_id == booking_id, live)
    return db.session.execute(query.order_by(Booking.created_at.desc(), Booking.id).limit(1)).scalar_one_or_none()


def give_up_replaced(booking: AnyRow, now: datetime) -> None:
    """The place that somebody moved away from goes back whole, when the new one is theirs; one that has begun stays."""
    old = places.held_by(booking.replaces_id)
    session = places.bookable(old.session_id)
    if old.status != "confirmed" or now >= session.scheduled_at:
        return
    places.close(
        old, status="cancelled", cancelled_at=now, cancelled_by=None, cancel_reason=MOVED, cancelled_late=False
    )  # fmt: skip
    if session.type == "meeting":
        places.end_meeting(session, now=now, by=None, reason=MOVED)
    credits.give_back({old.id: old.credit_extension_days}, now=now, by_business=False)
    places.tell_of_money([old], now)
    places.tell_of_coming([session], now)
    record(
        holder(session, old.user_id), old.id, "cancel", now,
        before={"status": old.status}, after={"status": "cancelled", "reason": MOVED},
    )  # fmt: skip
    was_shown = session.type == "meeting" and calendars.guests_entry(old) is Entry.SHOWN
    mails = [to_guest("booking_cancelled", old.id, session, old.email, reason=MOVED)]
    mails += calendars.tell_host(
        "host_booking_cancelled", old, session, None, changes_calendar=was_shown, by_staff=False, reason=MOVED
    )
    promise(mails, now=now)
    waitlist.promote(session_id=session.id, now=now)


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
        promoted_at=booking.promoted_at,
        grace_minutes=booking.promotion_grace_minutes,
        counts_from=booking.counts_from,
        say=on_the_clock_of(booking.timezone),
    )
    if not answer.allowed:
        raise NotMovable(answer.sentence)


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


def _person(booking: AnyRow) -> Person:
    return Person(
        email=booking.email, name=booking.name, timezone=booking.timezone, locale=booking.locale,
        user_id=booking.user_id if booking.is_known else None,
    )  # fmt: skip
