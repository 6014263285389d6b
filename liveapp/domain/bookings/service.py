"""Booking a place in a session and giving it back. Each verb is one transaction's work."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from liveapp.db import AnyRow, db, table
from liveapp.domain.accounts import people
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import access, moves, places, waitlist
from liveapp.domain.bookings.errors import AddressNeeded, NotBookable, NotCancellable
from liveapp.domain.bookings.history import holder, record
from liveapp.domain.bookings.models import BY_CARD, Booking
from liveapp.domain.bookings.paying import Choice, payment, payment_by_staff, take_credit
from liveapp.domain.bookings.places import Wish, to_guest, to_host
from liveapp.domain.bookings.shown import Shown, terms_of
from liveapp.domain.bookings.shown import check as check_shown
from liveapp.domain.bookings.standing import Reader, hindrances, standing
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.live_sessions import calendars
from liveapp.domain.notifications.service import Message, promise
from liveapp.domain.plans import credits
from liveapp.rules import cancellation
from liveapp.rules.calendar_entries import Entry
from liveapp.rules.cancellation import Cancellation
from liveapp.rules.eligibility import Answer, Eligibility
from liveapp.rules.roles import Right, may
from liveapp.rules.waitlist import hold_ends
from liveapp.rules.wording import on_the_clock_of


@dataclass(frozen=True, slots=True)
class Entrant:
    """Who comes in: their new booking's id, who they are and what they add, how they want to pay, and who does it for
    them (nobody: they themselves)."""

    booking_id: uuid.UUID
    person: Person
    user_id: uuid.UUID
    wish: Wish
    choice: Choice
    actor: Actor | None


def book_place(
    *,
    session_id: uuid.UUID,
    person: Person,
    now: datetime,
    wish: Wish | None = None,
    key: str | None = None,
    actor: Actor | None = None,
    organization_id: uuid.UUID | None = None,
    choice: Choice | None = None,
    overbook: bool = False,
    shown: Shown | None = None,
) -> uuid.UUID:
    """One person's place in a calendar session: confirmed, or waitlisted when it is full. Returns the booking's id.

    `choice` says how they pay, `overbook` that an owner or admin gives a place beyond what there are, `shown` what the
    page showed of price and terms. Asked again with the same `key`, it gives the first answer. Raises NotBookable with
    the reason, TermsChanged where they are dearer or harder by now, NotFound for a session that isn't there, or isn't
    of the `organization_id` on whose page it is booked. Take the turns of the session, and of
    the person where they are known.
    """
    booking_id = uuid.uuid4()
    before = idempotency.claim(key, booking_id, now=now)
    if before:
        return before
    session = places.bookable(session_id)
    if session.type == "meeting" or organization_id not in (None, session.organization_id):
        raise NotFound()
    who = people.find_or_add(person, now=now)
    reader = Reader(
        user_id=None if who.is_new else who.user_id,
        is_known=person.user_id is not None,
        is_staff=_is_staff(session, actor),
        timezone=person.timezone,
    )
    session, answer = _answered(session, reader, now)
    if answer.answer in (Answer.ELIGIBLE, Answer.WAITLIST):
        check_shown(shown, terms_of(session, session), answer, choice or Choice())
    entrant = Entrant(booking_id, person, who.user_id, wish or Wish(), choice or Choice(), actor)
    if answer.answer is Answer.ELIGIBLE:
        _confirm(session, entrant, reader, answer, now)
    elif overbook and answer.answer in (Answer.WAITLIST, Answer.FULL):
        _check_overbooking(actor)
        _confirm(session, entrant, reader, answer, now, beyond=1)
    elif answer.answer is Answer.WAITLIST:
        _queue(session, entrant, now)
    else:
        raise NotBookable(answer.answer.value, answer.sentence)
    return booking_id


def cancel(*, booking_id: uuid.UUID, now: datetime, actor: Actor | None = None, reason: str = "") -> None:
    """Gives one place back: by its holder (`actor` empty) within the policy, or by staff at any time before it is over.

    A booking that is cancelled already stays as it is: pressing twice is one cancellation. Raises NotCancellable.
    """
    booking = access.own(booking_id, actor)
    if booking.status == "cancelled":
        return
    session = places.bookable(booking.session_id)
    answer = check_cancellable(booking, session, actor, now)
    places.close(
        booking,
        status="cancelled",
        cancelled_at=now,
        cancelled_by=actor.user_id if actor else booking.user_id,
        cancel_reason=reason,
        cancelled_late=answer.late,
        undone_at=now if answer.undoes else None,
    )
    if session.type == "meeting":
        places.end_meeting(session, now=now, by=actor.user_id if actor else booking.user_id, reason=reason)
        moves.withdraw(booking.id, now)
    by_staff = actor is not None
    if not answer.late:
        credits.give_back({booking.id: booking.credit_extension_days}, now=now, by_business=by_staff)
    places.tell_of_money([booking], now, has_fee=answer.late)
    places.tell_of_coming([session], now)
    record(
        actor or holder(session, booking.user_id),
        booking.id,
        "cancel",
        now,
        before={"status": booking.status},
        after={"status": "cancelled", "reason": reason, "late": answer.late}
        | ({"undone_at": now} if answer.undoes else {}),
    )
    promise(_cancel_mails(booking, session, reason, actor), now=now)
    waitlist.promote(session_id=session.id, now=now)


def _cancel_mails(booking: AnyRow, session: AnyRow, reason: str, actor: Actor | None) -> list[Message]:
    """Who is told that a booking ended; of a place that was only held while it was being paid for, nobody was told."""
    if booking.status == "held":
        return []
    was_shown = session.type == "meeting" and calendars.guests_entry(booking) is Entry.SHOWN
    kind = "booking_cancelled_by_host" if actor else "booking_cancelled"
    return [
        to_guest(kind, booking.id, session, booking.email, reason=reason),
        *calendars.tell_host(
            "host_booking_cancelled",
            booking,
            session,
            actor,
            changes_calendar=was_shown,
            by_staff=actor is not None,
            reason=reason,
        ),
    ]


def _answered(session: AnyRow, reader: Reader, now: datetime) -> tuple[AnyRow, Eligibility]:
    """The answer; a full session first lets offers go whose time is over, and those in line have them before."""
    found = standing(session, reader, now)
    is_full = session.participant_count >= session.max_participants
    if found.has_lapsed or (is_full and places.lapsed_count(session.id, now)):
        waitlist.promote(session_id=session.id, now=now)
        session = places.bookable(session.id)
        found = standing(session, reader, now)
    return session, found.answer


def _confirm(
    session: AnyRow, entrant: Entrant, reader: Reader, answer: Eligibility, now: datetime, *, beyond: int = 0
) -> None:
    """The place is theirs, or held for them while they pay for it by card. Staff who book past what would keep the
    person from it leave that on record."""
    if reader.is_staff:
        paid = payment_by_staff(session, entrant.user_id, entrant.choice)
        past = {"past": [why.value for why in hindrances(session, reader.user_id, now)]}
    else:
        paid, past = payment(session.price_minor, answer, entrant.choice), {}
    if paid.paid_by != "free":
        _check_address(entrant)
    if paid.comes_first:
        until = hold_ends(now)
        _write(session, entrant, now, status="held", expires_at=until, **paid.columns())
        _record(session, entrant, "book", now, status="held", paid_by=paid.paid_by, expires_at=until)
        return
    _write(session, entrant, now, status="confirmed", beyond=beyond, **paid.columns())
    take_credit(session, entrant.booking_id, paid, now, last=True)
    if session.participant_count + 1 >= session.max_participants:
        waitlist.forget_told(session, now)
    _record(session, entrant, "overbook" if beyond else "book", now, status="confirmed", paid_by=paid.paid_by, **past)
    mails = [to_guest("booking_confirmed", entrant.booking_id, session, entrant.person.email)]
    promise([*mails, to_host("host_booked", entrant.booking_id, session)], now=now)


def _queue(session: AnyRow, entrant: Entrant, now: datetime) -> None:
    """They stand at the end of the line."""
    _check_address(entrant)
    is_known = entrant.person.user_id is not None or entrant.actor is not None
    position = _next_position(session.id)
    _write(session, entrant, now, status="waitlisted", waitlist_position=position, is_known=is_known)
    _record(session, entrant, "book", now, status="waitlisted")
    promise([to_guest("waitlisted", entrant.booking_id, session, entrant.person.email)], now=now)


def _check_address(entrant: Entrant) -> None:
    if not entrant.person.email:
        raise AddressNeeded()


def _write(session: AnyRow, entrant: Entrant, now: datetime, **values: Any) -> None:
    places.add(
        session, booking_id=entrant.booking_id, person=entrant.person, user_id=entrant.user_id, wish=entrant.wish,
        now=now, **values,
    )  # fmt: skip


def _record(session: AnyRow, entrant: Entrant, action: str, now: datetime, **said: Any) -> None:
    """What was done, without what is empty."""
    who = entrant.actor or holder(session, entrant.user_id)
    record(who, entrant.booking_id, action, now, after={name: value for name, value in said.items() if value})


def _check_overbooking(actor: Actor | None) -> None:
    if actor is None or not may(actor.role, Right.OVERBOOK):
        raise Forbidden("Only an owner or admin can book more people than there are places. Ask one of them.")


def _next_position(session_id: uuid.UUID) -> int:
    return int(db.session.execute(_last_position(), {"session_id": session_id}).scalar_one()) + 1


@cache
def _last_position() -> Select[int]:
    bookings = table(Booking)
    last = func.coalesce(func.max(bookings.c.waitlist_position), 0)
    return select(last).where(bookings.c.session_id == bindparam("session_id"))


def check_cancellable(booking: AnyRow, session: AnyRow, actor: Actor | None, now: datetime) -> Cancellation:
    """What cancelling means; raises NotCancellable when it can't be cancelled at all."""
    answer = cancellation.cancel(
        status=booking.status,
        starts_at=session.scheduled_at,
        now=now,
        window_hours=booking.cancellation_window_hours,
        allow_late=booking.allow_late_cancellation,
        is_staff=actor is not None,
        checked_in=booking.checked_in_at is not None,
        promoted_at=booking.promoted_at,
        grace_minutes=booking.promotion_grace_minutes,
        is_paid=booking.paid_by in BY_CARD,
        booked=cancellation.booked_at(booking.created_at, booking.confirmed_at),
        counts_from=booking.counts_from,
        say=on_the_clock_of(booking.timezone),
    )
    if not answer.allowed:
        raise NotCancellable(answer.sentence)
    return answer


def _is_staff(session: AnyRow, actor: Actor | None) -> bool:
    """Whether staff book somebody in. Raises NotFound, Forbidden for those who may not."""
    if actor is None:
        return False
    access.check_runs_roster(session, actor)
    return True
