"""Giving a meeting another time, and what its time claims."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.availability import claims
from liveapp.domain.availability.calendar import booking_rules
from liveapp.domain.availability.claims import Claim
from liveapp.domain.bookings import places
from liveapp.domain.bookings.access import own
from liveapp.domain.bookings.errors import SlotGone
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.moves import check_credit, check_eligible, check_movable
from liveapp.domain.bookings.places import to_guest
from liveapp.domain.bookings.standing import Reader, could_take
from liveapp.domain.constraints import HostBusy
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.live_sessions import calendars, links
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.meetings import offers, queries
from liveapp.domain.notifications.service import promise
from liveapp.rules import requests
from liveapp.rules.calendar_entries import Entry


def reschedule(
    *, booking_id: uuid.UUID, start: datetime, now: datetime, actor: Actor | None = None, key: str | None = None
) -> uuid.UUID:
    """Moves a meeting to another of the host's times, in one step; payment and place move along.

    The holder takes an offered time; staff take any time at which the host is free. Raises NotMovable or SlotGone.
    Take the host's turn.
    """
    if idempotency.claim(key, booking_id, now=now):
        return booking_id
    booking = own(booking_id, actor)
    session = places.bookable(booking.session_id)
    check_movable(booking, session, actor, now)
    move(booking, session, start, now, actor)
    moved = places.bookable(session.id)
    if actor is None:
        _check_holder(booking, moved, now)
    was = {"was": session.scheduled_at.isoformat()}
    db.session.execute(
        update(Booking).where(Booking.id == booking.id).values(reschedules=Booking.reschedules + (0 if actor else 1))
    )
    if actor is None and booking.status == "requested":
        _ask_again(booking, moved, now)
    mails = [to_guest("booking_moved", booking.id, moved, booking.email, **was)]
    is_shown, by_staff = calendars.guests_entry(booking) is Entry.SHOWN, actor is not None
    mails += calendars.tell_host(
        "host_booking_moved", booking, moved, actor, changes_calendar=is_shown, by_staff=by_staff, **was
    )
    promise(mails, now=now)
    return booking_id


def _check_holder(booking: AnyRow, moved: AnyRow, now: datetime) -> None:
    """The person is free at the new time, and what pays for the meeting can be used then. Raises NotBookable,
    NotMovable."""
    reader = Reader(
        user_id=booking.user_id,
        is_known=True,
        besides=booking.id,
        has_paid=True,
        pays_with=booking.subscription_id,
        timezone=booking.timezone,
    )
    check_eligible(could_take(moved, reader, now), booking)
    check_credit(booking.id, moved)


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


def move(booking: AnyRow, session: AnyRow, start: datetime, now: datetime, actor: Actor | None) -> None:
    """Gives the meeting another time: an offered one for its holder, any free one for staff. Whoever came already has
    to come again."""
    if session.type != "meeting":
        raise NotFound()
    if start == session.scheduled_at:
        raise Invalid("That is the time it has now. Choose another one.")
    claim = claim_of(session, start, "request" if booking.status == "requested" else "meeting")
    if actor is None:
        _check_offered(session, start, now)
    check_free(claim, now)
    db.session.execute(
        update(LiveSession)
        .where(LiveSession.id == session.id)
        .values(
            scheduled_at=start,
            ends_at=claim.ends_at,
            host_joined_at=None,
            join_opened_at=None,
            revision=LiveSession.revision + 1,
        )
    )
    claims.move([claim])
    links.follow_one(session, now=now)
    before, after = {"scheduled_at": session.scheduled_at}, {"scheduled_at": start}
    record(booking, "reschedule", actor, now, before=before, after=after)


def _check_offered(session: AnyRow, start: datetime, now: datetime) -> None:
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
    offers.offered_slot(calendar, offering, start, now)


def check_free(claim: Claim, now: datetime) -> None:
    if claim.starts_at <= now:
        raise SlotGone("This time has passed. Choose a later one.", "past")
    if claims.conflicts([claim]):
        raise HostBusy()


def claim_of(session: AnyRow, start: datetime, kind: str) -> Claim:
    return Claim(
        organization_id=session.organization_id,
        session_id=session.id,
        host_id=session.host_id,
        kind=kind,
        starts_at=start,
        ends_at=start + timedelta(minutes=session.duration_minutes),
        buffer_before=session.buffer_before,
        buffer_after=session.buffer_after,
        exclusive_location_id=queries.exclusive_location(session.location_id),
    )


def record(booking: AnyRow, action: str, actor: Actor | None, now: datetime, **changes: Any) -> None:
    """Keeps what was done to a meeting's booking, by staff, by the clock, or (`actor` empty) by who holds it."""
    someone = actor or Actor(user_id=booking.user_id, role=None, organization_id=booking.organization_id)
    audit.record(actor=someone, action=action, object_type="booking", object_id=booking.id, now=now, **changes)
