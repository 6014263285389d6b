"""Why a time is missing: a host's day with each start that is offered, and what removed each of the others."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.meetings.offers import Offer, calendar_for, chosen_duration, offer_of
from liveapp.rules import slots
from liveapp.rules.absences import WORDS, Absence, host_sentence
from liveapp.rules.busy import Busy, BusyKind
from liveapp.rules.event_rules import EventRules
from liveapp.rules.lifecycle import HOLDING
from liveapp.rules.recurrence import resolve_local


@dataclass(frozen=True, slots=True)
class Missing:
    """A start (aware UTC) that isn't offered: the rule's name, and the sentence for the host.

    `session_id` is what stands in the way, where that is something of this organization, `booking_id` whose it is
    when it is a meeting.
    """

    start: datetime
    reason: str
    sentence: str
    session_id: uuid.UUID | None = None
    booking_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class DayExplained:
    """A day of the host, in their `timezone` on that day. `sentence` is set when it has no start at all."""

    day: date
    timezone: str
    duration: int
    offered: tuple[Offer, ...]
    missing: tuple[Missing, ...]
    sentence: str


def explain_day(
    *,
    organization: Organization,
    host_id: uuid.UUID,
    offering: Offering,
    duration: int | None = None,
    day: date,
    now: datetime,
) -> DayExplained:
    """The same rules as `offers.offered_slots`, asked for their reasons. Raises Invalid for a length not offered."""
    start = resolve_local(day, time(), organization.timezone)
    calendar = calendar_for(
        organization=organization,
        host_id=host_id,
        offering=offering,
        duration=chosen_duration(offering, duration),
        first=start - timedelta(days=1),
        last=start + timedelta(days=2),
        now=now,
    )
    timezone = calendar.schedule.timezone_on(day)
    known = _known(calendar.busy, organization.id)
    busy = tuple(_labelled(one, known, timezone) for one in calendar.busy)
    found = slots.explain(calendar.schedule, calendar.event, busy, now, day)[0]
    return DayExplained(
        day=day,
        timezone=timezone,
        duration=calendar.event.duration,
        offered=tuple(offer_of(calendar, offering, slot) for slot in found.offered),
        missing=tuple(_missing(absence, calendar.event, known) for absence in found.absent),
        sentence=WORDS[found.reason].host if found.reason else "",
    )


def _missing(absence: Absence, event: EventRules, known: dict[uuid.UUID, AnyRow]) -> Missing:
    sentence = host_sentence(absence, event)
    session_id = _session_of(absence.busy)
    if session_id is None:
        return Missing(absence.start, absence.reason.value, sentence)
    row = known.get(session_id)
    return Missing(absence.start, absence.reason.value, sentence, session_id, row.booking_id if row else None)


def _known(busy: tuple[Busy, ...], organization_id: uuid.UUID) -> dict[uuid.UUID, AnyRow]:
    """What stands behind busy time of this organization, by session: id, title, scheduled_at, booking_id, name."""
    ids = {session_id for one in busy if (session_id := _session_of(one))}
    if not ids:
        return {}
    query = (
        select(
            LiveSession.id, LiveSession.title, LiveSession.scheduled_at, Booking.id.label("booking_id"), Booking.name
        )
        .outerjoin(
            Booking,
            (Booking.session_id == LiveSession.id) & (LiveSession.type == "meeting") & Booking.status.in_(HOLDING),
        )
        .where(LiveSession.organization_id == organization_id, LiveSession.id.in_(ids))
    )
    return {row.id: row for row in db.session.execute(query)}


def _labelled(busy: Busy, known: dict[uuid.UUID, AnyRow], timezone: str) -> Busy:
    """Busy time with the name of its meeting's guest ("Consultation, Ben Okafor") or its start ("Yoga, 18:00")."""
    session_id = _session_of(busy)
    row = known.get(session_id) if session_id else None
    if row is None:
        return busy
    clock = row.scheduled_at.astimezone(ZoneInfo(timezone))
    return replace(busy, label=f"{row.title}, {row.name or f'{clock:%H:%M}'}")


def _session_of(busy: Busy | None) -> uuid.UUID | None:
    if busy is None or busy.kind is BusyKind.CLOSURE or not isinstance(busy.ref, uuid.UUID):
        return None
    return busy.ref
