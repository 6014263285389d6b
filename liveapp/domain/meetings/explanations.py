"""Why a time is missing: a host's day with each start that is offered, and what removed each of the others."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.bookings.models import HOLDING, Booking
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.meetings.offers import Offer, calendar_for, chosen_duration, offer_of
from liveapp.rules import slots
from liveapp.rules.absences import WORDS, host_sentence
from liveapp.rules.busy import Busy, BusyKind
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.wording import moment_in_words


@dataclass(frozen=True, slots=True)
class Missing:
    """A start (aware UTC) that isn't offered: the rule's name, and the sentence for the host.

    `session_id` is what stands in the way, where that is something of this organization.
    """

    start: datetime
    reason: str
    sentence: str
    session_id: uuid.UUID | None


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
    busy = _named(calendar.busy, organization.id, timezone)
    found = slots.explain(calendar.schedule, calendar.event, busy, now, day)[0]
    return DayExplained(
        day=day,
        timezone=timezone,
        duration=calendar.event.duration,
        offered=tuple(offer_of(calendar, offering, slot) for slot in found.offered),
        missing=tuple(
            Missing(one.start, one.reason.value, host_sentence(one, calendar.event), _session_of(one.busy))
            for one in found.absent
        ),
        sentence=WORDS[found.reason].host if found.reason else "",
    )


def _named(busy: tuple[Busy, ...], organization_id: uuid.UUID, timezone: str) -> tuple[Busy, ...]:
    """Busy time with the name of its session or guest, where that is this organization's own."""
    ids = [session_id for one in busy if (session_id := _session_of(one))]
    if not ids:
        return busy
    query = (
        select(LiveSession.id, LiveSession.type, LiveSession.title, LiveSession.scheduled_at, Booking.name)
        .outerjoin(
            Booking,
            (Booking.session_id == LiveSession.id) & (LiveSession.type == "meeting") & Booking.status.in_(HOLDING),
        )
        .where(LiveSession.organization_id == organization_id, LiveSession.id.in_(ids))
    )
    names = {
        row.id: f"{row.title}, {row.name or moment_in_words(row.scheduled_at, timezone)}"
        for row in db.session.execute(query)
    }
    return tuple(replace(one, label=names.get(one.ref, one.label)) for one in busy)


def _session_of(busy: Busy | None) -> uuid.UUID | None:
    if busy is None or busy.kind is BusyKind.CLOSURE or not isinstance(busy.ref, uuid.UUID):
        return None
    return busy.ref
