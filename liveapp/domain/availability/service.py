"""A host's weekly hours and booking rules. What is changed changes only what is offered next; bookings stay."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from liveapp.db import db
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.availability import queries
from liveapp.domain.availability.models import AvailabilityRule, BookingRules
from liveapp.domain.errors import Invalid
from liveapp.rules.recurrence import WEEKDAYS
from liveapp.rules.weekly_hours import WeeklyWindow, overlap


@dataclass(frozen=True, slots=True)
class Hours:
    """A window of a day, in wall-clock minutes after midnight (1440 is 24:00; an end at or before the start runs past
    midnight). `duration_minutes`: for meetings of that length only. `price_minor`: instead of the offering's.
    """

    start: int
    end: int
    is_active: bool = True
    duration_minutes: int | None = None
    price_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """A host's booking rules as `BookingRules` stores them. Minutes, unless named otherwise; None: no limit."""

    timezone: str
    min_lead_minutes: int
    buffer_before: int
    buffer_after: int
    max_per_day: int | None
    max_per_week: int | None
    slot_interval: int | None
    horizon_kind: str
    horizon_days: int
    horizon_first: date | None
    horizon_last: date | None


def save_day(
    *, host_id: uuid.UUID, day: int, hours: Sequence[Hours], actor: Actor, now: datetime, also: Iterable[int] = ()
) -> None:
    """The weekday (0 = Monday … 6 = Sunday), and those in `also`, have these windows and no others.

    Raises Invalid where two windows that are on overlap. Saving the same again changes nothing. Take the host's turn.
    """
    standing = queries.weekly_rules(organization_id=actor.organization_id, host_id=host_id)
    _replace(dict.fromkeys((day, *also), hours), standing, host_id, "set_hours", actor, now)


def set_day_active(*, host_id: uuid.UUID, day: int, is_active: bool, actor: Actor, now: datetime) -> None:
    """Turns all windows of a weekday on or off; off, they are kept for later. Raises Invalid. Take the host's turn."""
    standing = queries.weekly_rules(organization_id=actor.organization_id, host_id=host_id)
    hours = [
        Hours(rule.start_time, rule.end_time, is_active, rule.duration_minutes, rule.price_minor)
        for rule in standing
        if rule.day_of_week == day
    ]
    _replace({day: hours}, standing, host_id, "turn_on_hours" if is_active else "turn_off_hours", actor, now)


def save_rules(*, host_id: uuid.UUID, rules: Rules, actor: Actor, now: datetime) -> None:
    """The host's booking rules are these. Raises Invalid for a period that ends before it begins."""
    if rules.horizon_kind == "range" and not _is_range(rules.horizon_first, rules.horizon_last):
        raise Invalid("Give a first and a last day, the last one not before the first.", field="horizon_last")
    of_host = (BookingRules.organization_id == actor.organization_id, BookingRules.host_id == host_id)
    found = db.session.execute(select(BookingRules).where(*of_host)).scalar_one_or_none()
    wanted = asdict(rules)
    before = {name: getattr(found, name) for name in wanted} if found else {}
    if before == wanted:
        return
    if found:
        db.session.execute(update(BookingRules).where(*of_host).values(**wanted))
    else:
        owner = {"id": uuid.uuid4(), "organization_id": actor.organization_id, "host_id": host_id}
        db.session.execute(insert(BookingRules).values(**owner, **wanted))
    changed = {name: value for name, value in wanted.items() if before.get(name) != value}
    record(actor, host_id, "set_booking_rules", now, {name: before.get(name) for name in changed}, changed)


def record(
    actor: Actor, host_id: uuid.UUID, action: str, now: datetime, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """The audit entry of a change to a host's availability."""
    audit.record(
        actor=actor, action=action, object_type="availability", object_id=host_id, now=now, before=before, after=after
    )


def _replace(
    wanted: dict[int, Sequence[Hours]],
    standing: Sequence[AvailabilityRule],
    host_id: uuid.UUID,
    action: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Gives days other windows. One with the same times stays the same rule, so that meetings still point at it."""
    _check_overlap(wanted, standing)
    before = {day: [_hours(rule) for rule in standing if rule.day_of_week == day] for day in wanted}
    after = {day: sorted(hours, key=lambda one: (one.start, one.end)) for day, hours in wanted.items()}
    changed = [day for day in wanted if before[day] != after[day]]
    for day in changed:
        _write_day(day, after[day], [rule for rule in standing if rule.day_of_week == day], host_id, actor)
    if changed:
        record(actor, host_id, action, now, _said(before, changed), _said(after, changed))


def _check_overlap(wanted: dict[int, Sequence[Hours]], standing: Sequence[AvailabilityRule]) -> None:
    windows = [
        WeeklyWindow(rule.day_of_week, rule.start_time, rule.end_time)
        for rule in standing
        if rule.is_active and rule.day_of_week not in wanted
    ]
    windows += [
        WeeklyWindow(day, one.start, one.end) for day, hours in wanted.items() for one in hours if one.is_active
    ]
    found = overlap(windows)
    if found:
        raise Invalid(f"{found[0].words} and {found[1].words} overlap. Change one of them, or turn one off.")


def _write_day(
    day: int, hours: Sequence[Hours], standing: Sequence[AvailabilityRule], host_id: uuid.UUID, actor: Actor
) -> None:
    times = {(one.start, one.end) for one in hours}
    same = {(rule.start_time, rule.end_time): rule.id for rule in standing if (rule.start_time, rule.end_time) in times}
    for one in hours:
        values = {
            "is_active": one.is_active,
            "duration_minutes": one.duration_minutes,
            "price_minor": one.price_minor,
        }
        if (one.start, one.end) in same:
            same_rule = AvailabilityRule.id == same[one.start, one.end]
            db.session.execute(update(AvailabilityRule).where(same_rule).values(**values))
            continue
        db.session.execute(
            insert(AvailabilityRule).values(
                id=uuid.uuid4(),
                organization_id=actor.organization_id,
                host_id=host_id,
                day_of_week=day,
                start_time=one.start,
                end_time=one.end,
                **values,
            )
        )
    kept_ids = set(same.values())
    gone = [rule.id for rule in standing if rule.id not in kept_ids]
    if gone:
        db.session.execute(delete(AvailabilityRule).where(AvailabilityRule.id.in_(gone)))


def _hours(rule: AvailabilityRule) -> Hours:
    return Hours(rule.start_time, rule.end_time, rule.is_active, rule.duration_minutes, rule.price_minor)


def _said(days: dict[int, Any], changed: Sequence[int]) -> dict[str, Any]:
    """The hours of the changed days, for the audit log."""
    return {WEEKDAYS[day]: [asdict(one) for one in days[day]] for day in changed}


def _is_range(first: date | None, last: date | None) -> bool:
    return first is not None and last is not None and first <= last
