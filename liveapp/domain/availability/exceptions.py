"""Days that differ from a host's week: other hours, days off, exact time off, and journeys to other time zones."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, or_, select

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.availability import queries
from liveapp.domain.availability.calendar import booking_rules
from liveapp.domain.availability.models import AvailabilityOverride, Travel
from liveapp.domain.availability.service import Hours, record
from liveapp.domain.errors import Invalid
from liveapp.domain.idempotency import service as idempotency
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.weekly_hours import WeeklyWindow, clock, overlap

MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Dates:
    """From the first to the last day, both included, on the host's calendar."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class WallClock:
    """A date and a minute of it (1440 is 24:00) on the host's wall clock."""

    day: date
    minute: int


def set_other_hours(
    *,
    host_id: uuid.UUID,
    dates: Dates,
    hours: Sequence[Hours],
    note: str,
    actor: Actor,
    now: datetime,
    key: str | None = None,
) -> uuid.UUID:
    """On these dates the host works these hours instead of the weekly ones; none at all closes them.

    Yesterday's hours past midnight stay. Raises Invalid for dates that are over, too many, or have other hours already.
    Take the host's turn. Returns the exception's id, for the same `key` the first one's.
    """
    override_id = uuid.uuid4()
    before = idempotency.claim(key, override_id, now=now)
    if before:
        return before
    _check_dates(dates, host_id, actor, now)
    _check_unclaimed(dates, host_id, actor)
    found = overlap(WeeklyWindow(0, one.start, one.end) for one in hours)
    if found:
        one, other = (f"{clock(window.start)}–{clock(window.end)}" for window in found)
        raise Invalid(f"{one} and {other} overlap. Change one of them.", field="start")
    windows = [[one.start, one.end] for one in hours]
    values = {"kind": "hours", "first_day": dates.first, "last_day": dates.last, "windows": windows, "note": note}
    return _add(override_id, values, host_id, actor, now)


def take_days_off(
    *, host_id: uuid.UUID, dates: Dates, note: str, actor: Actor, now: datetime, key: str | None = None
) -> uuid.UUID:
    """Nothing is offered on these dates, from midnight to midnight where the host is. Raises as `set_other_hours`."""
    override_id = uuid.uuid4()
    before = idempotency.claim(key, override_id, now=now)
    if before:
        return before
    _check_dates(dates, host_id, actor, now)
    values = {"kind": "closed", "first_day": dates.first, "last_day": dates.last, "windows": [], "note": note}
    return _add(override_id, values, host_id, actor, now)


def take_time_off(
    *,
    host_id: uuid.UUID,
    start: WallClock,
    end: WallClock,
    note: str,
    actor: Actor,
    now: datetime,
    key: str | None = None,
) -> uuid.UUID:
    """Nothing is offered between two moments. Raises Invalid when it is over or ends before it starts."""
    override_id = uuid.uuid4()
    before = idempotency.claim(key, override_id, now=now)
    if before:
        return before
    starts_at, ends_at = (_moment(at, host_id, actor) for at in (start, end))
    if ends_at <= starts_at:
        raise Invalid("This ends before it starts. Choose a later end.", field="end")
    if ends_at <= now:
        raise Invalid("That time is over already. Choose a later one.", field="last_day")
    values = {"kind": "time_off", "starts_at": starts_at, "ends_at": ends_at, "windows": [], "note": note}
    return _add(override_id, values, host_id, actor, now)


def remove(*, override_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """The weekly hours count again. Raises NotFound when it is gone already. Take the host's turn."""
    found = queries.override(override_id=override_id)
    db.session.execute(delete(AvailabilityOverride).where(AvailabilityOverride.id == override_id))
    record(actor, found.host_id, "remove_exception", now, _said(found), {})


def travel(
    *,
    host_id: uuid.UUID,
    first_day: date,
    last_day: date | None,
    timezone: str,
    actor: Actor,
    now: datetime,
    key: str | None = None,
) -> uuid.UUID:
    """From first to last day (None: until further notice) the host's hours are read in another zone.

    Raises Invalid when the journey is over or meets another one. Take the host's turn.
    """
    travel_id = uuid.uuid4()
    before = idempotency.claim(key, travel_id, now=now)
    if before:
        return before
    if last_day is not None:
        _check_order(Dates(first_day, last_day))
        _check_not_over(last_day, host_id, actor, now)
    _check_no_other_journey(first_day, last_day, host_id, actor)
    values = {"first_day": first_day, "last_day": last_day, "timezone": timezone}
    owner = {"id": travel_id, "organization_id": actor.organization_id, "host_id": host_id}
    db.session.execute(insert(Travel).values(**owner, **values))
    record(actor, host_id, "add_journey", now, {}, values)
    return travel_id


def remove_travel(*, travel_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """The hours of those days are read at home again. Raises NotFound when it is gone already. Take the host's turn."""
    found = queries.travel(travel_id=travel_id)
    db.session.execute(delete(Travel).where(Travel.id == travel_id))
    before = {"first_day": found.first_day, "last_day": found.last_day, "timezone": found.timezone}
    record(actor, found.host_id, "remove_journey", now, before, {})


def _add(
    override_id: uuid.UUID, values: dict[str, object], host_id: uuid.UUID, actor: Actor, now: datetime
) -> uuid.UUID:
    owner = {"id": override_id, "organization_id": actor.organization_id, "host_id": host_id}
    db.session.execute(insert(AvailabilityOverride).values(**owner, **values))
    record(actor, host_id, "add_exception", now, {}, values)
    return override_id


def _check_dates(dates: Dates, host_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    _check_order(dates)
    if (dates.last - dates.first).days >= MOST_DAYS:
        raise Invalid(f"That is more than {MOST_DAYS} days. Choose an earlier last day.", field="last_day")
    _check_not_over(dates.last, host_id, actor, now)


def _check_order(dates: Dates) -> None:
    if dates.last < dates.first:
        raise Invalid("The last day is before the first. Choose a later one.", field="last_day")


def _check_not_over(last_day: date, host_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    if last_day < now.astimezone(ZoneInfo(_home(host_id, actor))).date():
        raise Invalid("Those days are over already. Choose later ones.", field="last_day")


def _check_unclaimed(dates: Dates, host_id: uuid.UUID, actor: Actor) -> None:
    query = select(AvailabilityOverride.first_day).where(
        AvailabilityOverride.organization_id == actor.organization_id,
        AvailabilityOverride.host_id == host_id,
        AvailabilityOverride.kind == "hours",
        AvailabilityOverride.first_day <= dates.last,
        AvailabilityOverride.last_day >= dates.first,
    )
    taken = db.session.execute(query.order_by(AvailabilityOverride.first_day)).scalars().first()
    if taken:
        day = max(taken, dates.first)
        raise Invalid(f"{day.day} {day:%B} has other hours already. Remove those first.", field="first_day")


def _check_no_other_journey(first_day: date, last_day: date | None, host_id: uuid.UUID, actor: Actor) -> None:
    query = select(Travel).where(
        Travel.organization_id == actor.organization_id,
        Travel.host_id == host_id,
        or_(Travel.last_day.is_(None), Travel.last_day >= first_day),
    )
    if last_day is not None:
        query = query.where(Travel.first_day <= last_day)
    other = db.session.execute(query.order_by(Travel.first_day, Travel.id)).scalars().first()
    if other:
        place = other.timezone.split("/")[-1].replace("_", " ")
        raise Invalid(f"You are in {place} on some of these days. Remove that journey first.", field="first_day")


def _moment(at: WallClock, host_id: uuid.UUID, actor: Actor) -> datetime:
    """The UTC moment, read where the host is on that day."""
    journeys = queries.travels(organization_id=actor.organization_id, host_id=host_id, since=at.day)
    there = (one.timezone for one in journeys if one.first_day <= at.day)
    timezone = next(there, None) or _home(host_id, actor)
    if at.minute == 1440:
        return resolve_local(date.fromordinal(at.day.toordinal() + 1), time(), timezone)
    return resolve_local(at.day, time(at.minute // 60, at.minute % 60), timezone)


def _home(host_id: uuid.UUID, actor: Actor) -> str:
    organization = db.session.get_one(Organization, actor.organization_id)
    return booking_rules(organization=organization, host_id=host_id).timezone


def _said(found: AvailabilityOverride) -> dict[str, object]:
    if found.kind == "time_off":
        return {"kind": found.kind, "starts_at": found.starts_at, "ends_at": found.ends_at, "note": found.note}
    return {
        "kind": found.kind,
        "first_day": found.first_day,
        "last_day": found.last_day,
        "windows": found.windows,
        "note": found.note,
    }
