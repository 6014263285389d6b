"""A meeting is born: somebody books, or asks for, one of the times that a host offers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from liveapp.db import db
from liveapp.domain.accounts import people
from liveapp.domain.accounts.models import Organization
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.availability import claims
from liveapp.domain.availability.calendar import HostCalendar
from liveapp.domain.bookings import places
from liveapp.domain.bookings.errors import NotBookable
from liveapp.domain.bookings.paying import Choice, Payment, payment, take_credit
from liveapp.domain.bookings.places import Wish, to_guest, to_host
from liveapp.domain.bookings.shown import Shown, terms_of
from liveapp.domain.bookings.shown import check as check_shown
from liveapp.domain.bookings.standing import Reader, could_take
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.live_sessions import links
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.meetings import offers, queries
from liveapp.domain.meetings.moves import claim_of
from liveapp.domain.meetings.offers import Offer
from liveapp.domain.notifications.service import promise
from liveapp.rules import requests
from liveapp.rules.eligibility import Answer
from liveapp.rules.waitlist import hold_ends

MAILS = {"requested": ("request_received", "host_request"), "confirmed": ("booking_confirmed", "host_booked")}
"""What guest and host are told, by how the booking begins; while it is held nobody is."""


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
    choice: Choice | None = None,
    shown: Shown | None = None,
) -> uuid.UUID:
    """A meeting at one of the host's offered times: confirmed, requested where the offering asks first, or held for
    somebody who must pay for it by card.

    `choice` says how it is paid: now, or for a request when it is accepted; `shown` what the page showed of price and
    terms. Asked again with the same `key`, it gives the first answer. Raises SlotGone with the rule that refuses the
    time, NotBookable with what keeps the person from it, TermsChanged where it is dearer or harder by now, NotFound for
    what can't be booked here. Take the turns of the host, and of the person where they are known.
    Returns the booking's id.
    """
    booking_id = uuid.uuid4()
    before = idempotency.claim(key, booking_id, now=now)
    if before:
        return before
    organization, offering = queries.meeting_offering(
        organization_id=organization_id, offering_id=offering_id, host_id=host_id
    )
    calendar = offers.calendar_for(
        organization=organization,
        host_id=host_id,
        offering=offering,
        duration=offers.chosen_duration(offering, time.duration),
        first=time.start,
        last=time.start,
        now=now,
    )
    offer = offers.offered_slot(calendar, offering, time.start, now)
    user_id = people.find_or_add(person, now=now).user_id
    paid = _paid(organization, offering, offer, person, user_id, choice or Choice(), shown, now)
    status = _status(offering, paid)
    session_id = born(offering, host_id, offer, calendar, status, now)
    _booked(booking_id, session_id, person, user_id, wish, status, organization, calendar, now, paid)
    return booking_id


def _paid(
    organization: Organization,
    offering: Offering,
    offer: Offer,
    person: Person,
    user_id: uuid.UUID,
    choice: Choice,
    shown: Shown | None,
    now: datetime,
) -> Payment:
    """How the person pays for the time. Raises NotBookable when they can't take it, TermsChanged."""
    reader = Reader(user_id=user_id, is_known=person.user_id is not None, timezone=person.timezone)
    place = offers.prospect(organization, offering, offer)
    answer = could_take(place, reader, now)
    if answer.answer is not Answer.ELIGIBLE:
        raise NotBookable(answer.answer.value, answer.sentence)
    check_shown(shown, terms_of(place, organization), answer, choice)
    return payment(offer.price_minor, answer, choice)


def _status(offering: Offering, paid: Payment) -> str:
    """How the booking begins."""
    if offering.booking_mode == "request":
        return "requested"
    return "held" if paid.comes_first else "confirmed"


def born(
    offering: Offering, host_id: uuid.UUID, offer: Offer, calendar: HostCalendar, status: str, now: datetime
) -> uuid.UUID:
    """Writes the meeting's session, a draft until it is certain, and its claim on the host's time."""
    is_certain = status == "confirmed"
    session_id = uuid.uuid4()
    db.session.execute(
        insert(LiveSession).values(
            id=session_id,
            organization_id=offering.organization_id,
            offering_id=offering.id,
            host_id=host_id,
            location_id=offers.place_of(offering),
            title=offering.title,
            description=offering.description,
            type="meeting",
            format=offering.format,
            meeting_url=offering.meeting_url,
            meeting_provider=offering.meeting_provider,
            duration_minutes=calendar.event.duration,
            timezone=calendar.schedule.timezone,
            max_participants=1,
            price_minor=offer.price_minor,
            plan_only=offering.plan_only,
            currency=offer.currency,
            status="scheduled" if is_certain else "draft",
            scheduled_at=offer.start,
            ends_at=offer.end,
            availability_rule_id=offer.rule_id,
            buffer_before=calendar.event.buffer_before,
            buffer_after=calendar.event.buffer_after,
            created_at=now,
            published_at=now if is_certain else None,
        )
    )
    session = places.bookable(session_id)
    claims.take([claim_of(session, offer.start, "meeting" if is_certain else "request")], now=now)
    if is_certain:
        links.follow_one(session, now=now)
    return session_id


def _booked(
    booking_id: uuid.UUID,
    session_id: uuid.UUID,
    person: Person,
    user_id: uuid.UUID,
    wish: Wish | None,
    status: str,
    organization: Organization,
    calendar: HostCalendar,
    now: datetime,
    paid: Payment,
) -> None:
    session = places.bookable(session_id)
    more: dict[str, Any] = {}
    if status == "held":
        more["expires_at"] = hold_ends(now)
    if status == "requested":
        more["requested_start"] = session.scheduled_at
        more["expires_at"] = requests.expires_at(
            created_at=now,
            starts_at=session.scheduled_at,
            lead_minutes=calendar.event.min_notice,
            expiry_hours=organization.request_expiry_hours,
        )
    places.add(
        session, booking_id=booking_id, person=person, user_id=user_id, status=status, now=now, wish=wish,
        **more, **paid.columns(),
    )  # fmt: skip
    if status == "confirmed":
        take_credit(session, booking_id, paid, now, last=True)
    if status in MAILS:
        for_guest, for_host = MAILS[status]
        mails = [to_guest(for_guest, booking_id, session, person.email), to_host(for_host, booking_id, session)]
        promise(mails, now=now)
    audit.record(
        actor=Actor(user_id=user_id, role=None, organization_id=organization.id),
        action="book",
        object_type="booking",
        object_id=booking_id,
        now=now,
        after={"status": status, "scheduled_at": session.scheduled_at},
    )
