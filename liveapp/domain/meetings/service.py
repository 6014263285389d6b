"""Meetings: sessions with one place, born when somebody books a time of a host's availability."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts import people
from liveapp.domain.accounts.models import Organization
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.availability import claims
from liveapp.domain.availability.calendar import HostCalendar, host_calendar
from liveapp.domain.availability.claims import Claim
from liveapp.domain.bookings import places
from liveapp.domain.bookings.errors import SlotGone
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.places import Wish, to_guest, to_host
from liveapp.domain.bookings.service import check_movable
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.constraints import HostBusy
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.meetings import queries
from liveapp.domain.notifications.service import promise
from liveapp.rules import requests, slots
from liveapp.rules.absences import guest_sentence


@dataclass(frozen=True, slots=True)
class Time:
    """A start (aware UTC) and the minutes chosen among the offering's durations (empty: its default)."""

    start: datetime
    duration: int | None = None


def book_slot(
    *,
    organization_id: uuid.UUID,
    offering_id: uuid.UUID,
    host_id: uuid.UUID,
    time: Time,
    person: Person,
    now: datetime,
    wish: Wish | None = None,
    key: str | None = None,
) -> uuid.UUID:
    """A meeting at one of the host's offered times: confirmed, or requested where the offering asks first.

    Asked again with the same `key`, it gives the first answer. Raises SlotGone with the rule that refuses the time,
    NotFound for what can't be booked here. Take the host's turn. Returns the booking's id.
    """
    before = idempotency.answered(key)
    if before:
        return before
    organization, offering = queries.meeting_offering(
        organization_id=organization_id, offering_id=offering_id, host_id=host_id
    )
    duration = chosen_duration(offering, time.duration)
    calendar = _calendar(organization, host_id, offering, duration, time.start)
    slot_ref = _offered(calendar, time.start, now)
    user_id = people.find_or_add(person, now=now)
    asks_first = offering.booking_mode == "request"
    session_id = _born(organization, offering, host_id, Time(time.start, duration), calendar, slot_ref, asks_first, now)
    booking_id = _booked(session_id, person, user_id, wish, asks_first, organization, calendar, now)
    idempotency.remember(key, booking_id, now=now)
    return booking_id


def reschedule(
    *, booking_id: uuid.UUID, start: datetime, now: datetime, actor: Actor | None = None, key: str | None = None
) -> uuid.UUID:
    """Moves a meeting to another of the host's times, in one step; payment and place move along.

    The holder takes an offered time; staff take any time at which the host is free. Raises NotMovable or SlotGone.
    Take the host's turn.
    """
    if idempotency.answered(key):
        return booking_id
    booking = places.held_by(booking_id)
    session = places.bookable(booking.session_id)
    check_movable(booking, session, actor, now)
    _move(booking, session, start, now, actor)
    moved = places.bookable(session.id)
    was = {"was": session.scheduled_at.isoformat()}
    db.session.execute(
        update(Booking).where(Booking.id == booking.id).values(reschedules=Booking.reschedules + (0 if actor else 1))
    )
    mails = [to_guest("booking_moved", booking.id, moved, booking.email, **was)]
    if actor is None:
        mails.append(to_host("host_booking_moved", booking.id, moved, **was))
    promise(mails, now=now)
    idempotency.remember(key, booking_id, now=now)
    return booking_id


def accept(*, booking_id: uuid.UUID, now: datetime, actor: Actor | None = None) -> None:
    """The host says yes to a request, or (`actor` empty) the guest to the time that the host proposed.

    Everything is checked again. Accepting twice is accepting once.
    """
    booking = places.held_by(booking_id)
    if booking.status == "confirmed":
        return
    session = _requested(booking)
    if actor is None and booking.proposed_at is None:
        raise NotFound()
    _check_free(_claim(session, session.scheduled_at, "meeting"), now)
    db.session.execute(
        update(LiveSession)
        .where(LiveSession.id == session.id)
        .values(status="scheduled", published_at=now, published_by=actor.user_id if actor else None)
    )
    claims.settle(session.id, "meeting")
    _answered(booking, now, "accept", actor, status="confirmed", confirmed_at=now, expires_at=None)
    mails = [to_guest("booking_confirmed", booking.id, session, booking.email)]
    if actor is None:
        mails.append(to_host("host_proposal_accepted", booking.id, session))
    promise(mails, now=now)


def decline(*, booking_id: uuid.UUID, now: datetime, actor: Actor, words: str = "") -> None:
    """The host says no, with words for the guest. The time is free again."""
    booking = places.held_by(booking_id)
    if booking.status == "declined":
        return
    session = _requested(booking)
    places.close(booking, status="declined", answer=words, expires_at=None)
    places.end_meeting(session, now=now, by=actor.user_id, reason=words)
    _record(booking, "decline", actor, now, after={"status": "declined", "answer": words})
    promise([to_guest("request_declined", booking.id, session, booking.email, words=words)], now=now)


def propose(*, booking_id: uuid.UUID, start: datetime, now: datetime, actor: Actor, words: str = "") -> None:
    """The host proposes another time; it is claimed in place of the first until the guest answers or it expires."""
    booking = places.held_by(booking_id)
    session = _requested(booking)
    _move(booking, session, start, now, actor)
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
    places.close(booking, status="expired", expires_at=None)
    places.end_meeting(session, now=now, by=None, reason="")
    _record(booking, "expire", None, now, after={"status": "expired"})
    promise(
        [
            to_guest("request_expired", booking.id, session, booking.email),
            to_host("host_request_expired", booking.id, session),
        ],
        now=now,
    )
    return True


def chosen_duration(offering: Offering, wanted: int | None) -> int:
    """The minutes of the meeting. Raises Invalid for a length that isn't offered."""
    if wanted is None:
        return offering.duration_minutes
    if wanted not in (offering.durations or [offering.duration_minutes]):
        raise Invalid("That length isn't offered any more. Choose one from the list.", field="duration")
    return wanted


def _calendar(
    organization: Organization, host_id: uuid.UUID, offering: Offering, duration: int, start: datetime
) -> HostCalendar:
    return host_calendar(
        organization=organization,
        host_id=host_id,
        duration=duration,
        location_id=offering.location_id,
        exclusive_location_id=queries.exclusive_location(offering.location_id),
        first=start,
        last=start,
    )


def _offered(calendar: HostCalendar, start: datetime, now: datetime) -> uuid.UUID | None:
    """The availability rule that the start comes from. Raises SlotGone with the reason."""
    absence = slots.refusal(calendar.schedule, calendar.event, calendar.busy, now, start)
    if absence is not None:
        raise SlotGone(guest_sentence(absence.reason, calendar.event), absence.reason.value)
    near = slots.nearest(calendar.schedule, calendar.event, calendar.busy, now, start, 1)
    ref = near[0].ref if near else None
    return ref if isinstance(ref, uuid.UUID) else None


def _born(
    organization: Organization,
    offering: Offering,
    host_id: uuid.UUID,
    time: Time,
    calendar: HostCalendar,
    rule_id: uuid.UUID | None,
    asks_first: bool,
    now: datetime,
) -> uuid.UUID:
    """Writes the meeting's session and its claim on the host's time."""
    session_id = uuid.uuid4()
    duration = time.duration or offering.duration_minutes
    ends_at = time.start + timedelta(minutes=duration)
    price = calendar.prices.get(rule_id, offering.price_minor) if rule_id else offering.price_minor
    db.session.execute(
        insert(LiveSession).values(
            id=session_id,
            organization_id=organization.id,
            offering_id=offering.id,
            host_id=host_id,
            location_id=offering.location_id if offering.format == "in_person" else None,
            title=offering.title,
            description=offering.description,
            type="meeting",
            format=offering.format,
            meeting_url=offering.meeting_url,
            duration_minutes=duration,
            timezone=calendar.schedule.timezone,
            max_participants=1,
            price_minor=price,
            currency=offering.currency,
            status="draft" if asks_first else "scheduled",
            scheduled_at=time.start,
            ends_at=ends_at,
            availability_rule_id=rule_id,
            buffer_before=calendar.event.buffer_before,
            buffer_after=calendar.event.buffer_after,
            created_at=now,
            published_at=None if asks_first else now,
        )
    )
    claims.take([_claim(places.bookable(session_id), time.start, "request" if asks_first else "meeting")])
    return session_id


def _booked(
    session_id: uuid.UUID,
    person: Person,
    user_id: uuid.UUID,
    wish: Wish | None,
    asks_first: bool,
    organization: Organization,
    calendar: HostCalendar,
    now: datetime,
) -> uuid.UUID:
    session = places.bookable(session_id)
    more: dict[str, object] = {}
    if asks_first:
        more["requested_start"] = session.scheduled_at
        more["expires_at"] = requests.expires_at(
            created_at=now,
            starts_at=session.scheduled_at,
            lead_minutes=calendar.event.min_notice,
            expiry_hours=organization.request_expiry_hours,
        )
    status = "requested" if asks_first else "confirmed"
    booking_id = places.add(session, person=person, user_id=user_id, status=status, now=now, wish=wish, **more)
    kinds = ("request_received", "host_request") if asks_first else ("booking_confirmed", "host_booked")
    promise([to_guest(kinds[0], booking_id, session, person.email), to_host(kinds[1], booking_id, session)], now=now)
    audit.record(
        actor=Actor(user_id=user_id, role=None, organization_id=organization.id),
        action="book",
        object_type="booking",
        object_id=booking_id,
        now=now,
        after={"status": status, "scheduled_at": session.scheduled_at},
    )
    return booking_id


def _move(booking: AnyRow, session: AnyRow, start: datetime, now: datetime, actor: Actor | None) -> None:
    """Gives the meeting another time: an offered one for its holder, any free one for staff."""
    if session.type != "meeting":
        raise NotFound()
    if start == session.scheduled_at:
        raise Invalid("That is the time it has now. Choose another one.")
    claim = _claim(session, start, "request" if booking.status == "requested" else "meeting")
    if actor is None:
        _check_offered(session, start, now)
    _check_free(claim, now)
    db.session.execute(
        update(LiveSession)
        .where(LiveSession.id == session.id)
        .values(scheduled_at=start, ends_at=claim.ends_at, revision=LiveSession.revision + 1)
    )
    claims.move([claim])
    before, after = {"scheduled_at": session.scheduled_at}, {"scheduled_at": start}
    _record(booking, "reschedule", actor, now, before=before, after=after)


def _check_offered(session: AnyRow, start: datetime, now: datetime) -> None:
    organization, _ = queries.meeting_offering(
        organization_id=session.organization_id, offering_id=session.offering_id, host_id=session.host_id
    )
    calendar = host_calendar(
        organization=organization,
        host_id=session.host_id,
        duration=session.duration_minutes,
        location_id=session.location_id,
        exclusive_location_id=queries.exclusive_location(session.location_id),
        first=start,
        last=start,
        besides=session.id,
    )
    _offered(calendar, start, now)


def _check_free(claim: Claim, now: datetime) -> None:
    if claim.starts_at <= now:
        raise SlotGone("This time has passed. Choose a later one.", "past")
    if claims.conflicts([claim]):
        raise HostBusy()


def _claim(session: AnyRow, start: datetime, kind: str) -> Claim:
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


def _requested(booking: AnyRow) -> AnyRow:
    """The request's session. Raises Invalid when the request was answered, withdrawn or has expired."""
    if booking.status != "requested":
        raise Invalid(f"This request is {booking.status} already; there is nothing to answer.")
    return places.bookable(booking.session_id)


def _answered(booking: AnyRow, now: datetime, action: str, actor: Actor | None, **values: object) -> None:
    db.session.execute(update(Booking).where(Booking.id == booking.id).values(**values, revision=Booking.revision + 1))
    after = {"status": values["status"]} if "status" in values else {"answer": values.get("answer", "")}
    _record(booking, action, actor, now, before={"status": booking.status}, after=after)


def _record(booking: AnyRow, action: str, actor: Actor | None, now: datetime, **changes: Any) -> None:
    someone = actor or Actor(user_id=None, role=None, organization_id=booking.organization_id)
    audit.record(actor=someone, action=action, object_type="booking", object_id=booking.id, now=now, **changes)
