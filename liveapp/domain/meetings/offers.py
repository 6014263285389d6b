"""The times of a host that can be booked: one answer for pages, the JSON interface and the booking transaction."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from liveapp.domain.accounts.models import Organization
from liveapp.domain.availability.calendar import HostCalendar, host_calendar
from liveapp.domain.bookings.errors import SlotGone
from liveapp.domain.bookings.standing import Prospect
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import Invalid
from liveapp.domain.meetings import queries
from liveapp.rules import requests, slots
from liveapp.rules.absences import Absence, guest_sentence
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.slots import Slot

_NEAREST_REACH_DAYS = (8, 40, 366)


class Offer(NamedTuple):
    """A time that can be booked (aware UTC), and what it costs in minor units (empty: free)."""

    start: datetime
    end: datetime
    price_minor: int | None
    currency: str
    rule_id: uuid.UUID | None = None
    """The availability rule that it comes from; empty on a date with hours of its own."""


def prospect(organization: Organization, offering: Offering, offer: Offer) -> Prospect:
    """The meeting that the offer would become, for asking who could take it."""
    return Prospect(
        organization_id=organization.id,
        program_id=offering.program_id,
        scheduled_at=offer.start,
        ends_at=offer.end,
        price_minor=offer.price_minor,
        currency=offer.currency,
        plan_only=offering.plan_only,
        payment_provider=organization.payment_provider,
        payment_timing=offering.payment_timing,
        organization_timezone=organization.timezone,
        week_start=organization.week_start,
    )


def offered_slots(
    *,
    organization: Organization,
    host_id: uuid.UUID,
    offering: Offering,
    duration: int | None = None,
    first_day: date,
    last_day: date,
    timezone: str,
    now: datetime,
    besides: uuid.UUID | None = None,
) -> tuple[Offer, ...]:
    """The host's free times for the offering that start on a day from first to last (included) in the guest's zone.

    In order, each with its price: the rule's where it sets one, else the offering's. `duration` is one of the
    offering's (empty: its default), `besides` a meeting that is to be moved, so that its own time counts as free.
    Raises Invalid for a length that isn't offered, UnknownTimezone for a zone that doesn't exist. `offering` is one
    that `queries.meeting_offering` gives for this host.
    """
    calendar = calendar_for(
        organization=organization,
        host_id=host_id,
        offering=offering,
        duration=chosen_duration(offering, duration),
        first=resolve_local(first_day, time(), timezone),
        last=resolve_local(last_day, time(23, 59), timezone),
        now=now,
        besides=besides,
    )
    found = slots.offered(calendar.schedule, calendar.event, calendar.busy, now, first_day, last_day, timezone)
    return tuple(offer_of(calendar, offering, slot) for slot in found)


def nearest_slots(
    *,
    organization: Organization,
    host_id: uuid.UUID,
    offering: Offering,
    duration: int | None = None,
    wanted: datetime,
    now: datetime,
    count: int = 3,
    besides: uuid.UUID | None = None,
) -> tuple[Offer, ...]:
    """The `count` free times nearest to a wanted start (aware), in order: what a refused guest is offered instead.

    Looks a year around it. Raises as `offered_slots`.
    """
    minutes = chosen_duration(offering, duration)
    found: tuple[Slot, ...] = ()
    for days in _NEAREST_REACH_DAYS:
        reach = timedelta(days=days)
        calendar = calendar_for(
            organization=organization, host_id=host_id, offering=offering, duration=minutes,
            first=max(now, wanted - reach), last=max(now, wanted + reach), now=now, besides=besides,
        )  # fmt: skip
        found = slots.nearest(calendar.schedule, calendar.event, calendar.busy, now, wanted, count)
        if len(found) >= count and all(abs(slot.start - wanted) <= reach for slot in found):
            break
    return tuple(offer_of(calendar, offering, slot) for slot in found)


def offered_slot(calendar: HostCalendar, offering: Offering, start: datetime, now: datetime) -> Offer:
    """The offer that starts then: what the booking transaction asks. Raises SlotGone with the rule that refuses it."""
    found = slots.find(calendar.schedule, calendar.event, calendar.busy, now, start)
    if isinstance(found, Absence):
        raise SlotGone(guest_sentence(found.reason, calendar.event), found.reason.value)
    return offer_of(calendar, offering, found)


def calendar_for(
    *,
    organization: Organization,
    host_id: uuid.UUID,
    offering: Offering,
    duration: int,
    first: datetime,
    last: datetime,
    now: datetime,
    besides: uuid.UUID | None = None,
) -> HostCalendar:
    """The host's calendar around the moments from first to last, for meetings of this offering and length.

    Times that are asked for leave the host some time to answer.
    """
    location_id = place_of(offering)
    calendar = host_calendar(
        organization=organization,
        host_id=host_id,
        duration=duration,
        location_id=location_id,
        exclusive_location_id=queries.exclusive_location(location_id),
        first=first,
        last=last,
        now=now,
        besides=besides,
    )
    if offering.booking_mode != "request":
        return calendar
    return replace(calendar, event=replace(calendar.event, time_to_answer=requests.LEAST_MINUTES_TO_ANSWER))


def chosen_duration(offering: Offering, wanted: int | None) -> int:
    """The minutes of the meeting. Raises Invalid for a length that isn't offered."""
    if wanted is None:
        return offering.duration_minutes
    if wanted not in (offering.durations or [offering.duration_minutes]):
        raise Invalid("That length isn't offered any more. Choose one from the list.", field="duration")
    return wanted


def place_of(offering: Offering) -> uuid.UUID | None:
    """Where meetings of the offering are; nowhere when they are online."""
    return offering.location_id if offering.format == "in_person" else None


def offer_of(calendar: HostCalendar, offering: Offering, slot: Slot) -> Offer:
    """The slot with its price: the rule's where it sets one, else the offering's; none where only plans pay."""
    rule_id = slot.ref if isinstance(slot.ref, uuid.UUID) else None
    price = calendar.prices.get(rule_id, offering.price_minor) if rule_id else offering.price_minor
    return Offer(slot.start, slot.end, None if offering.plan_only else price, offering.currency, rule_id)
