"""Moving a meeting to another of its host's times: booked by the rules and at the price of that time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.availability import claims
from liveapp.domain.availability.calendar import HostCalendar, booking_rules
from liveapp.domain.bookings import places
from liveapp.domain.bookings.access import own
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.move_terms import MoveTerms, check_accepted, move_terms, reader_of, staying_terms
from liveapp.domain.bookings.moves import (
    check_credit,
    check_eligible,
    check_movable,
    hold_instead,
    replacement_of,
    settle_move,
)
from liveapp.domain.bookings.places import to_guest
from liveapp.domain.bookings.standing import could_take
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.live_sessions import calendars
from liveapp.domain.meetings import asked_moves, offers, queries
from liveapp.domain.meetings.births import born
from liveapp.domain.meetings.moves import move
from liveapp.domain.meetings.offers import Offer
from liveapp.domain.notifications.service import promise
from liveapp.rules import requests
from liveapp.rules.calendar_entries import Entry
from liveapp.rules.moving import Paid, asks_again


@dataclass(frozen=True, slots=True)
class Choice:
    """A time that the host offers, where it comes from, and what moving there means."""

    offering: Offering
    calendar: HostCalendar
    offer: Offer
    terms: MoveTerms
    asks_host: bool
    """The host is asked first; the meeting stays where it is until they accept."""


def reschedule(
    *,
    booking_id: uuid.UUID,
    start: datetime,
    now: datetime,
    actor: Actor | None = None,
    key: str | None = None,
    accepts: Paid | None = None,
) -> uuid.UUID:
    """Moves a meeting to another of the host's times.

    The holder takes an offered time, at its price, of which what they paid counts (`rules.moving`), or asks the host
    for it where the host answers each time; `accepts` is what they were shown to pay there. Staff take any time at
    which the host is free, and the price stays. Returns the id of the booking, which stays the same one, or of a new
    one that is held until it is paid for by card, or asked for. Raises NotMovable, NotBookable, MoveCosts or SlotGone.
    Take the host's turn.
    """
    if idempotency.claim(key, booking_id, now=now):
        return replacement_of(booking_id) or booking_id
    booking = own(booking_id, actor)
    session = places.bookable(booking.session_id)
    check_movable(booking, session, actor, now)
    if start == session.scheduled_at:
        raise Invalid("That is the time it has now. Choose another one.")
    if actor is not None:
        terms = staying_terms(booking, now)
        move(booking, session, start, now, actor)
    else:
        chosen = choice(booking, session, start, now)
        terms = chosen.terms
        check_accepted(terms, accepts)
        if chosen.asks_host:
            made = born(chosen.offering, session.host_id, chosen.offer, chosen.calendar, "requested", now)
            lead = chosen.calendar.event.min_notice
            return asked_moves.ask(booking, places.bookable(made), terms, lead_minutes=lead, now=now)
        if terms.move.pays_first and booking.status == "confirmed":
            made = born(chosen.offering, session.host_id, chosen.offer, chosen.calendar, "held", now)
            return hold_instead(booking, places.bookable(made), terms, now)
        priced = {"price_minor": chosen.offer.price_minor, "availability_rule_id": chosen.offer.rule_id}
        move(booking, session, start, now, actor, **priced, plan_only=chosen.offering.plan_only)
    _rewrite(booking, session, terms, actor, now)
    return booking_id


def choice(booking: AnyRow, session: AnyRow, start: datetime, now: datetime) -> Choice:
    """What moving the meeting to an offered time means for its holder. Raises SlotGone, NotBookable, NotFound."""
    if session.type != "meeting":
        raise NotFound()
    organization, offering = queries.meeting_offering(
        organization_id=session.organization_id, offering_id=session.offering_id, host_id=session.host_id
    )
    calendar = offers.calendar_for(
        organization=organization,
        host_id=session.host_id,
        offering=offering,
        duration=session.duration_minutes,
        first=start,
        last=start,
        now=now,
        besides=session.id,
    )
    offer = offers.offered_slot(calendar, offering, start, now)
    place = offers.prospect(organization, offering, offer)
    answer = could_take(place, reader_of(booking), now)
    check_eligible(answer, booking)
    terms = move_terms(booking, place, answer, now, by_staff=False)
    return Choice(offering, calendar, offer, terms, asks_host=booking.status == "confirmed" and asks_again(offering))


def accept(request: AnyRow, session: AnyRow, now: datetime, actor: Actor | None) -> MoveTerms:
    """The host says yes to moving a meeting: it is at the new time, unless that must be paid for first (the caller then
    asks for the money, and the meeting moves when it is there). Raises NotMovable, NotBookable."""
    booking, terms = asked_moves.terms_of(request, session, now)
    if terms.move.pays_first:
        return terms
    asked_moves.close(request, session, actor, now)
    before = places.bookable(booking.session_id)
    columns = {name: getattr(session, name) for name in ("price_minor", "availability_rule_id", "plan_only")}
    move(booking, before, session.scheduled_at, now, None, **columns)
    _rewrite(booking, before, terms, None, now)
    return terms


def _rewrite(booking: AnyRow, session: AnyRow, terms: MoveTerms, actor: Actor | None, now: datetime) -> None:
    """What the booking says after the move, what follows for money and credits, and who is told."""
    moved = places.bookable(session.id)
    if terms.move.credit == "stays":
        check_credit(booking.id, moved)
    db.session.execute(
        update(Booking)
        .where(Booking.id == booking.id)
        .values(
            reschedules=Booking.reschedules + (0 if actor else 1),
            list_price_minor=moved.price_minor,
            plan_only=moved.plan_only,
            **terms.columns(),
        )
    )
    if booking.status == "confirmed":
        settle_move(booking, moved, terms, now)
    elif booking.status == "requested" and actor is None:
        _ask_again(booking, moved, now)
    was = {"was": session.scheduled_at.isoformat()}
    mails = [to_guest("booking_moved", booking.id, moved, booking.email, **was)]
    is_shown, by_staff = calendars.guests_entry(booking) is Entry.SHOWN, actor is not None
    mails += calendars.tell_host(
        "host_booking_moved", booking, moved, actor, changes_calendar=is_shown, by_staff=by_staff, **was
    )
    promise(mails, now=now)


def _ask_again(booking: AnyRow, session: AnyRow, now: datetime) -> None:
    """A request that its guest moves waits for the host again, who may have proposed a time before."""
    organization = db.session.get_one(Organization, session.organization_id)
    expires_at = requests.expires_at(
        created_at=now,
        starts_at=session.scheduled_at,
        lead_minutes=booking_rules(organization=organization, host_id=session.host_id).min_lead_minutes,
        expiry_hours=organization.request_expiry_hours,
    )
    db.session.execute(
        update(Booking)
        .where(Booking.id == booking.id)
        .values(requested_start=session.scheduled_at, proposed_at=None, answer="", expires_at=expires_at)
    )
    claims.keep_until(session.id, expires_at)
