"""Series: the rule that some sessions come from, kept as a row; made ahead, split and ended."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.details import Details
from liveapp.domain.live_sessions.models import LiveSession, Series, SessionDetails
from liveapp.rules.recurrence import Frequency, Rule, occurrences, twelve_months_from

SHARED = tuple(name for name in vars(SessionDetails)["__annotations__"] if name != "organization_id")
"""What a series says of the sessions that it makes."""


def own(series_id: uuid.UUID) -> AnyRow:
    """Every column of the series, `count` under the name `times` (rows have a method `count`). Raises NotFound."""
    columns = [each.label("times") if each.name == "count" else each for each in Series.__table__.columns]
    row = db.session.execute(select(*columns).where(Series.id == series_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def rule_of(series: AnyRow) -> Rule:
    """The rule that the row keeps."""
    return Rule(
        frequency=Frequency(series.frequency),
        start_time=time(*divmod(series.local_start, 60)),
        timezone=series.timezone,
        first_date=series.first_day,
        weekdays=frozenset(series.weekdays),
        nth=series.nth,
        until=series.until,
        count=series.times,
        month_day=series.day_of_month,
        week_start=series.week_start,
    )


def add(rule: Rule, details: Details, offering: Offering, *, actor: Actor, publishes: bool, now: datetime) -> uuid.UUID:
    """Writes the series and its audit entry."""
    series_id = uuid.uuid4()
    values = details.columns() | {
        "id": series_id,
        "organization_id": actor.organization_id,
        "offering_id": offering.id,
        "type": offering.kind,
        "currency": offering.currency,
        "timezone": rule.timezone,
        "publishes": publishes,
        "created_by": actor.user_id,
        "created_at": now,
    }
    db.session.execute(insert(Series).values(**values, **_rule_columns(rule), made_through=_made_through(rule)))
    audit.record(
        actor=actor, action="create", object_type="series", object_id=series_id, now=now,
        after={"title": values["title"], "first_day": rule.first_date, "publishes": publishes},
    )  # fmt: skip
    return series_id


def begins_before(series_id: uuid.UUID, day: date) -> bool:
    """Whether the series has dates before the day."""
    query = select(LiveSession.id).where(LiveSession.series_id == series_id, LiveSession.series_day < day)
    return db.session.execute(query.limit(1)).first() is not None


def split(series: AnyRow, day: date, *, actor: Actor, now: datetime) -> uuid.UUID:
    """Ends the series before the day and goes on from it as a new one, with all its dates. Returns the new one's id.

    Cancelled and deleted dates go along, so that they are never made again.
    """
    rule = rule_of(series)
    rest = None if rule.count is None else max(1, len(occurrences(rule)) - _dates_before(rule, day))
    new_id = uuid.uuid4()
    values = {name: value for name, value in series._mapping.items() if name != "times"}
    values |= {"id": new_id, "first_day": day, "count": rest, "created_at": now, "created_by": actor.user_id}
    db.session.execute(insert(Series).values(**values))
    db.session.execute(
        update(LiveSession)
        .where(LiveSession.series_id == series.id, LiveSession.series_day >= day)
        .values(series_id=new_id)
    )
    end(series, day - timedelta(days=1), actor=actor, now=now)
    audit.record(
        actor=actor, action="create", object_type="series", object_id=new_id, now=now,
        after={"split_from": series.id, "first_day": day},
    )  # fmt: skip
    return new_id


def end(series: AnyRow, last_day: date, *, actor: Actor, now: datetime) -> None:
    """No further dates are made after the last day."""
    until = max(series.first_day, min(last_day, series.until or last_day))
    db.session.execute(update(Series).where(Series.id == series.id).values(until=until, count=None))
    audit.record(
        actor=actor, action="end", object_type="series", object_id=series.id, now=now,
        before={"until": series.until, "count": series.times}, after={"until": until},
    )  # fmt: skip


def restate(series_id: uuid.UUID, columns: dict[str, Any], local_start: int, *, actor: Actor, now: datetime) -> None:
    """What the series says from now on, of the sessions that are still to be made too."""
    before = own(series_id)
    values = columns | {"local_start": local_start}
    changed = {name: value for name, value in values.items() if getattr(before, name) != value}
    if not changed:
        return
    db.session.execute(update(Series).where(Series.id == series_id).values(**changed))
    audit.record(
        actor=actor, action="edit", object_type="series", object_id=series_id, now=now,
        before={name: getattr(before, name) for name in changed}, after=changed,
    )  # fmt: skip


def detach(sessions: Iterable[AnyRow], *, actor: Actor, now: datetime) -> None:
    """These sessions keep their own ways from now on."""
    ids = [each.id for each in sessions if not each.is_detached]
    if not ids:
        return
    db.session.execute(update(LiveSession).where(LiveSession.id.in_(ids)).values(is_detached=True))
    for session_id in ids:
        audit.record(
            actor=actor, action="detach", object_type="session", object_id=session_id, now=now,
            before={"is_detached": False}, after={"is_detached": True},
        )  # fmt: skip


def _rule_columns(rule: Rule) -> dict[str, Any]:
    by_weekday = rule.frequency is Frequency.MONTHLY_BY_WEEKDAY
    return {
        "frequency": rule.frequency.value,
        "weekdays": [rule.weekday] if by_weekday else sorted(rule.weekdays),
        "day_of_month": rule.day_of_month if rule.frequency is Frequency.MONTHLY_BY_DAY else None,
        "nth": rule.nth,
        "week_start": rule.week_start,
        "first_day": rule.first_date,
        "local_start": rule.start_time.hour * 60 + rule.start_time.minute,
        "until": rule.until,
        "count": rule.count,
    }


def _made_through(rule: Rule) -> date:
    if rule.is_endless:
        return twelve_months_from(rule.first_date)
    return rule.until or occurrences(rule)[-1].date


def _dates_before(rule: Rule, day: date) -> int:
    return sum(each.date < day for each in occurrences(rule))
