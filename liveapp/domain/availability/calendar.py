"""A host's calendar as the slot rules read it: hours, booking rules, and everything that keeps the host busy."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import and_, or_, select

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.availability import claims
from liveapp.domain.availability.models import (
    AvailabilityOverride,
    AvailabilityRule,
    BookingRules,
    Closure,
    TimeClaim,
    Travel,
)
from liveapp.rules.busy import Busy, BusyKind
from liveapp.rules.event_rules import AvailableDays, BusinessDays, DateRange, Days, EventRules, Horizon
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.windows import DaysOff, Schedule, TimeOff, TimezoneChange, Window

REACH = timedelta(days=9)  # weekly limits and the longest buffers reach this far around the days asked for
KINDS = {
    "session": BusyKind.SESSION,
    "meeting": BusyKind.BOOKING,
    "request": BusyKind.REQUEST,
    "hold": BusyKind.HOLD,
}


@dataclass(frozen=True, slots=True)
class HostCalendar:
    """Everything the slot rules need to answer for one host and one offering."""

    schedule: Schedule
    event: EventRules
    busy: tuple[Busy, ...]
    rules: BookingRules
    prices: dict[uuid.UUID, int | None]
    """The price of each availability rule that sets one, in minor units."""


def host_calendar(
    *,
    organization: Organization,
    host_id: uuid.UUID,
    duration: int,
    location_id: uuid.UUID | None = None,
    exclusive_location_id: uuid.UUID | None = None,
    first: datetime,
    last: datetime,
    now: datetime,
    besides: uuid.UUID | None = None,
) -> HostCalendar:
    """The host's calendar around the UTC moments from first to last, for meetings of `duration` minutes.

    They are at `location_id`, which must be free too when it is the `exclusive_location_id`. The session `besides`
    doesn't count as busy. "The first N days that have a time" are counted from `now`, so that busy time is read
    from then on. Hours with a length of their own are left out for meetings of another length.
    """
    rules = booking_rules(organization=organization, host_id=host_id)
    weekly = _weekly(organization.id, host_id, duration)
    if rules.horizon_kind == "available_days":
        first = min(first, now)
    return HostCalendar(
        schedule=_schedule(organization.id, host_id, rules.timezone, weekly, first - REACH),
        event=_event(rules, duration, organization.week_start),
        busy=(
            *_claimed(organization, host_id, exclusive_location_id, first - REACH, last + REACH, now, besides),
            *_closed(organization, location_id, first, last),
        ),
        rules=rules,
        prices={rule.id: rule.price_minor for rule in weekly if rule.price_minor is not None},
    )


def booking_rules(*, organization: Organization, host_id: uuid.UUID) -> BookingRules:
    """The host's rules in this organization; the defaults where none were saved yet."""
    query = select(BookingRules).where(BookingRules.organization_id == organization.id, BookingRules.host_id == host_id)
    found = db.session.execute(query).scalar_one_or_none()
    return found or BookingRules(
        organization_id=organization.id,
        host_id=host_id,
        timezone=organization.timezone,
        min_lead_minutes=120,
        buffer_before=0,
        buffer_after=0,
        horizon_kind="days",
        horizon_days=60,
    )


def _weekly(organization_id: uuid.UUID, host_id: uuid.UUID, duration: int) -> Sequence[AvailabilityRule]:
    query = (
        select(AvailabilityRule)
        .where(
            AvailabilityRule.organization_id == organization_id,
            AvailabilityRule.host_id == host_id,
            AvailabilityRule.is_active,
            or_(AvailabilityRule.duration_minutes.is_(None), AvailabilityRule.duration_minutes == duration),
        )
        .order_by(AvailabilityRule.day_of_week, AvailabilityRule.start_time, AvailabilityRule.id)
    )
    return db.session.execute(query).scalars().all()


def _schedule(
    organization_id: uuid.UUID, host_id: uuid.UUID, timezone: str, weekly: Sequence[AvailabilityRule], since: datetime
) -> Schedule:
    windows: dict[int, list[Window]] = {}
    for rule in weekly:
        windows.setdefault(rule.day_of_week, []).append(Window(rule.start_time, rule.end_time, rule.id))
    overrides, time_off = _overrides(organization_id, host_id, since)
    return Schedule(
        timezone=timezone,
        weekly={day: tuple(of_day) for day, of_day in windows.items()},
        overrides=overrides,
        time_off=time_off,
        travel=_travel(organization_id, host_id),
    )


def _overrides(
    organization_id: uuid.UUID, host_id: uuid.UUID, since: datetime
) -> tuple[dict[date, tuple[Window, ...]], tuple[TimeOff | DaysOff, ...]]:
    query = (
        select(AvailabilityOverride)
        .where(
            AvailabilityOverride.organization_id == organization_id,
            AvailabilityOverride.host_id == host_id,
            or_(AvailabilityOverride.last_day >= since.date(), AvailabilityOverride.ends_at > since),
        )
        .order_by(AvailabilityOverride.first_day, AvailabilityOverride.starts_at, AvailabilityOverride.id)
    )
    dated: dict[date, tuple[Window, ...]] = {}
    off: list[TimeOff | DaysOff] = []
    for row in db.session.execute(query).scalars():
        if row.kind == "time_off" and row.starts_at and row.ends_at:
            off.append(TimeOff(row.starts_at, row.ends_at, row.note, row.id))
        elif row.kind == "closed" and row.first_day and row.last_day:
            off.append(DaysOff(row.first_day, row.last_day, row.note, row.id))
        elif row.first_day and row.last_day:
            windows = tuple(Window(start, end) for start, end in row.windows)
            dated |= dict.fromkeys(_days(row.first_day, row.last_day), windows)
    return dated, tuple(off)


def _travel(organization_id: uuid.UUID, host_id: uuid.UUID) -> tuple[TimezoneChange, ...]:
    query = (
        select(Travel)
        .where(Travel.organization_id == organization_id, Travel.host_id == host_id)
        .order_by(Travel.first_day, Travel.id)
    )
    rows = db.session.execute(query).scalars()
    return tuple(TimezoneChange(row.first_day, row.last_day, row.timezone) for row in rows)


def _event(rules: BookingRules, duration: int, week_start: int) -> EventRules:
    return EventRules(
        duration=duration,
        interval=rules.slot_interval,
        min_notice=rules.min_lead_minutes,
        buffer_before=rules.buffer_before,
        buffer_after=rules.buffer_after,
        horizon=_horizon(rules),
        per_day=rules.max_per_day,
        per_week=rules.max_per_week,
        week_start=week_start,
    )


def _horizon(rules: BookingRules) -> Horizon:
    if rules.horizon_kind == "business_days":
        return BusinessDays(rules.horizon_days)
    if rules.horizon_kind == "available_days":
        return AvailableDays(rules.horizon_days)
    if rules.horizon_kind == "range" and rules.horizon_first and rules.horizon_last:
        return DateRange(rules.horizon_first, rules.horizon_last)
    return Days(rules.horizon_days)


def _claimed(
    organization: Organization,
    host_id: uuid.UUID,
    exclusive_location_id: uuid.UUID | None,
    first: datetime,
    last: datetime,
    now: datetime,
    besides: uuid.UUID | None,
) -> Iterator[Busy]:
    whose = TimeClaim.host_id == host_id
    if exclusive_location_id:
        whose = or_(whose, TimeClaim.location_id == exclusive_location_id)
    query = (
        select(*TimeClaim.__table__.columns)
        .where(and_(whose, TimeClaim.ends_at > first, TimeClaim.starts_at < last, claims.is_in_force(now)))
        .order_by(TimeClaim.starts_at, TimeClaim.id)
    )
    for row in db.session.execute(query):
        if row.session_id == besides:
            continue
        before, after = timedelta(minutes=row.buffer_before), timedelta(minutes=row.buffer_after)
        own = row.organization_id == organization.id
        yield Busy(
            start=row.starts_at + before,
            end=row.ends_at - after,
            kind=KINDS[row.kind] if row.host_id else BusyKind.LOCATION,
            buffer_before=row.buffer_before,
            buffer_after=row.buffer_after,
            label="" if own else "in another organization",
            ref=row.session_id if own else None,
        )


def _closed(
    organization: Organization, location_id: uuid.UUID | None, first: datetime, last: datetime
) -> Iterator[Busy]:
    """Closures are days of the organization's own calendar."""
    query = (
        select(Closure)
        .where(
            Closure.organization_id == organization.id,
            Closure.last_day >= first.date() - timedelta(days=1),
            Closure.first_day <= last.date() + timedelta(days=1),
            or_(Closure.location_id.is_(None), Closure.location_id == location_id),
        )
        .order_by(Closure.first_day, Closure.id)
    )
    for row in db.session.execute(query).scalars():
        start = resolve_local(row.first_day, time(), organization.timezone)
        end = resolve_local(row.last_day + timedelta(days=1), time(), organization.timezone)
        yield Busy(start, end, BusyKind.CLOSURE, label=row.reason, ref=row.id)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
