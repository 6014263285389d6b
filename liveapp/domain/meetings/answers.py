"""Answering a request: yes, no, another time, or nothing until it expires."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import update

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor, system
from liveapp.domain.availability import claims
from liveapp.domain.bookings import places
from liveapp.domain.bookings.access import own
from liveapp.domain.bookings.errors import NotBookable
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.paying import Choice, Payment, payment, take_credit
from liveapp.domain.bookings.places import to_guest, to_host
from liveapp.domain.bookings.standing import Reader, could_take
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.live_sessions import calendars
from liveapp.domain.meetings import asked_moves, queries, rescheduling
from liveapp.domain.meetings.moves import check_free, claim_of, move, record
from liveapp.domain.notifications.service import promise
from liveapp.rules import requests
from liveapp.rules.eligibility import Answer
from liveapp.rules.waitlist import PASSED_OVER, hold_ends

TO_PAY = timedelta(days=1)


def accept(*, booking_id: uuid.UUID, now: datetime, actor: Actor | None = None) -> None:
    """The host says yes to a request, or (`actor` empty) the guest to the time that the host proposed.

    Everything is checked again. What is paid by card is held until it is. Accepting twice is accepting once.
    """
    booking = own(booking_id, actor)
    if booking.status in ("confirmed", "held") or asked_moves.is_done(booking):
        return
    session = _requested(booking)
    if actor is None and booking.proposed_at is None:
        raise NotFound()
    _check_open(booking, now)
    check_free(claim_of(session, session.scheduled_at, "meeting"), now)
    if booking.replaces_id is not None:
        _accept_move(session, booking, actor, now)
        return
    paid = _paid(session, booking, actor, now)
    if paid.comes_first:
        _ask_for_money(session, booking, paid, actor, now)
        return
    places.begin_meeting(session, now=now, by=actor.user_id if actor else None)
    _answered(
        booking, now, "accept", actor, status="confirmed", confirmed_at=now, expires_at=None, paid_by=paid.paid_by
    )
    take_credit(session, booking.id, paid, now)
    mails = [to_guest("booking_confirmed", booking.id, session, booking.email)]
    kind = "host_booked" if actor else "host_proposal_accepted"
    mails += calendars.tell_host(kind, booking, session, actor, changes_calendar=True)
    promise(mails, now=now)


def _accept_move(session: AnyRow, booking: AnyRow, actor: Actor | None, now: datetime) -> None:
    """The meeting that the request would move is moved, or its new time held until the difference is paid."""
    terms = rescheduling.accept(booking, session, now, actor)
    if terms.move.pays_first:
        _ask_for_money(session, booking, Payment(booking.paid_by, booking.price_minor), actor, now)
        return
    record(booking, "accept", actor, now, before={"status": booking.status}, after={"status": "cancelled"})


def _ask_for_money(session: AnyRow, booking: AnyRow, paid: Payment, actor: Actor | None, now: datetime) -> None:
    """The time is held for the guest until they pay for it, or save a card, for a day at most."""
    until = hold_ends(now, min(now + TO_PAY, session.scheduled_at))
    _answered(booking, now, "hold", actor, status="held", expires_at=until, paid_by=paid.paid_by)
    promise([to_guest("request_accepted", booking.id, session, booking.email, until=until)], now=now)


def decline(*, booking_id: uuid.UUID, now: datetime, actor: Actor, words: str = "") -> None:
    """The host says no, with words for the guest. The time is free again."""
    booking = own(booking_id, actor)
    if booking.status == "declined":
        return
    session = _requested(booking)
    places.close(booking, status="declined", answer=words)
    places.end_meeting(session, now=now, by=actor.user_id, reason=words)
    record(
        booking, "decline", actor, now,
        before={"status": booking.status}, after={"status": "declined", "answer": words},
    )  # fmt: skip
    promise([to_guest("request_declined", booking.id, session, booking.email, words=words)], now=now)


def propose(*, booking_id: uuid.UUID, start: datetime, now: datetime, actor: Actor, words: str = "") -> None:
    """The host proposes another time; it is claimed in place of the first until the guest answers or it expires."""
    booking = own(booking_id, actor)
    session = _requested(booking)
    _check_open(booking, now)
    move(booking, session, start, now, actor)
    expires_at = requests.expires_at(
        created_at=now, starts_at=start, lead_minutes=0, expiry_hours=queries.expiry_hours(session.organization_id)
    )
    _answered(booking, now, "propose", actor, proposed_at=now, expires_at=expires_at, answer=words)
    moved = places.bookable(session.id)
    promise([to_guest("other_time_proposed", booking.id, moved, booking.email, words=words)], now=now)


def expire(*, booking_id: uuid.UUID, now: datetime) -> bool:
    """Ends a request that nobody answered in time. False when it was answered meanwhile or isn't due."""
    booking = places.held_by(booking_id)
    if booking.status != "requested" or booking.expires_at is None or booking.expires_at > now:
        return False
    session = places.bookable(booking.session_id)
    places.close(booking, status="expired")
    places.end_meeting(session, now=now, by=None, reason="")
    record(
        booking, "expire", system(booking.organization_id), now,
        before={"status": booking.status}, after={"status": "expired"},
    )  # fmt: skip
    promise(
        [
            to_guest("request_expired", booking.id, session, booking.email),
            to_host("host_request_expired", booking.id, session),
        ],
        now=now,
    )
    return True


def _requested(booking: AnyRow) -> AnyRow:
    """The request's session. Raises Invalid when the request was answered, withdrawn or has expired."""
    if booking.status != "requested":
        raise Invalid(f"This request is {booking.status} already; there is nothing to answer.")
    return places.bookable(booking.session_id)


def _check_open(booking: AnyRow, now: datetime) -> None:
    """Raises Invalid once the time to answer is over: the meeting's time may be somebody else's by now."""
    if booking.expires_at is not None and booking.expires_at <= now:
        raise Invalid("This request is expired already; there is nothing to answer.")


def _paid(session: AnyRow, booking: AnyRow, actor: Actor | None, now: datetime) -> Payment:
    """How the guest pays, as they chose when they asked. Raises NotBookable when they can't any more."""
    reader = Reader(
        user_id=booking.user_id,
        is_known=booking.subscription_id is not None,
        besides=booking.id,
        timezone=booking.timezone,
    )
    answer = could_take(session, reader, now, booked=booking)
    if answer.answer is not Answer.ELIGIBLE:
        words = PASSED_OVER.get(answer.answer.value, (answer.sentence, ""))[0]
        raise NotBookable(answer.answer.value, f"{booking.name}: {words}." if actor else answer.sentence)
    return payment(booking.list_price_minor, answer, Choice(booking.subscription_id))


def _answered(booking: AnyRow, now: datetime, action: str, actor: Actor | None, **values: object) -> None:
    db.session.execute(update(Booking).where(Booking.id == booking.id).values(**values, revision=Booking.revision + 1))
    if isinstance(until := values.get("expires_at"), datetime):
        claims.keep_until(booking.session_id, until)
    after = {"status": values["status"]} if "status" in values else {"answer": values.get("answer", "")}
    record(booking, action, actor, now, before={"status": booking.status}, after=after)
