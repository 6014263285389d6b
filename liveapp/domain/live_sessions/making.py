"""Making sessions: one, a whole series, and the dates that an endless series grows by."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import STAFF_ROLES, Membership, Organization
from liveapp.domain.actor import Actor, system
from liveapp.domain.audit import service as audit
from liveapp.domain.availability import claims
from liveapp.domain.availability.claims import Claim
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import Forbidden, Invalid
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.live_sessions import links, obstacles
from liveapp.domain.live_sessions import series as series_rows
from liveapp.domain.live_sessions.details import Details, Limits, checked_offering, exclusive_location
from liveapp.domain.live_sessions.models import LiveSession, Series
from liveapp.rules.recurrence import RecurrenceError, Rule, occurrences, twelve_months_from
from liveapp.rules.roles import Right, may
from liveapp.rules.video import CONNECTED
from liveapp.rules.wording import moment_in_words
from liveapp.rules.zones import zone_named


@dataclass(frozen=True, slots=True)
class Planned:
    """One date that is going to be made: its id, the local date of its series (if any), its start in UTC."""

    id: uuid.UUID
    day: date | None
    start: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """What saving would make, and what stands in the way of each, in words by the planned id."""

    planned: tuple[Planned, ...]
    in_the_way: dict[uuid.UUID, str]


def preview(*, actor: Actor, details: Details, when: datetime | Rule, now: datetime) -> Preview:
    """The dates and what stands in their way, without making anything. Raises Invalid for a rule that can't be."""
    organization = accounts.organization_by_id(organization_id=actor.organization_id)
    planned = plan(when)
    return Preview(planned, _in_the_way(planned, details, organization, now))


def create(
    *,
    actor: Actor,
    details: Details,
    when: datetime | Rule,
    publishes: bool,
    leaves_out: bool = False,
    limits: Limits,
    now: datetime,
    key: str | None = None,
) -> uuid.UUID:
    """Makes one session, or all of a rule, as drafts or published at once (owners and admins). Returns the first's id.

    Dates that clash refuse the whole, naming what stands in the way, unless `leaves_out`: then they aren't made.
    Asked again with the same `key`, it gives the first answer. Take the host's turn.
    """
    first_id = uuid.uuid4()
    before = idempotency.claim(key, first_id, now=now)
    if before:
        return before
    if publishes and not may(actor.role, Right.PUBLISH):
        raise Forbidden("Only an owner or admin can publish. Save it as a draft instead.")
    organization = accounts.organization_by_id(organization_id=actor.organization_id)
    offering = checked_offering(details, organization=organization, actor=actor, limits=limits)
    planned = plan(when)
    if publishes:
        check_future(planned[0].start, now, organization.timezone)
    found = _in_the_way(planned, details, organization, now)
    if not leaves_out:
        obstacles.refuse(found)
    kept = [each for each in planned if each.id not in found]
    if not kept:
        raise Invalid("Something stands in the way of every date. Choose another time.", field="time")
    kept[0] = replace(kept[0], id=first_id)
    series_id = None
    if isinstance(when, Rule):
        series_id = series_rows.add(when, details, offering, actor=actor, publishes=publishes, now=now)
    values = details.columns() | from_offering(offering) | {"timezone": organization.timezone, "series_id": series_id}
    _write(kept, values, details, actor=actor, publishes=publishes, now=now)
    return first_id


def extend(*, series_id: uuid.UUID, now: datetime) -> int:
    """Makes an endless series' further dates, up to twelve months from today; ones that clash are left out, and said.

    Running it twice makes nothing twice. Take the host's turn. Returns how many were made.
    """
    series = series_rows.own(series_id)
    rule = series_rows.rule_of(series)
    through = twelve_months_from(now.astimezone(zone_named(series.timezone)).date())
    if not rule.is_endless or through <= series.made_through:
        return 0
    actor = system(series.organization_id)
    if not _goes_on(series):
        series_rows.end(series, series.made_through, actor=actor, now=now)
        return 0
    made = occurrences(rule, through=through, after=series.made_through)
    planned = tuple(Planned(uuid.uuid4(), each.date, each.start) for each in made)
    details = _details_of(series)
    organization = accounts.organization_by_id(organization_id=series.organization_id)
    found = _in_the_way(planned, details, organization, now)
    kept = [each for each in planned if each.id not in found]
    values = {name: getattr(series, name) for name in series_rows.SHARED} | {"series_id": series.id}
    if kept:
        _write(kept, values, details, actor=actor, publishes=series.publishes, now=now)
    db.session.execute(update(Series).where(Series.id == series.id).values(made_through=through))
    audit.record(
        actor=actor, action="extend", object_type="series", object_id=series.id, now=now,
        before={"made_through": series.made_through},
        after={
            "made_through": through,
            "made": len(kept),
            "left_out": [each.day.isoformat() for each in planned if each.id in found and each.day],
        },
    )  # fmt: skip
    return len(kept)


def endless(*, now: datetime) -> Sequence[AnyRow]:
    """Series that may have to grow: id, host_id."""
    reach = twelve_months_from(now.date() - timedelta(days=1))
    query = select(Series.id, Series.host_id).where(
        Series.until.is_(None), Series.count.is_(None), Series.made_through <= reach
    )
    return db.session.execute(query).all()


def plan(when: datetime | Rule) -> tuple[Planned, ...]:
    """The dates of a rule, or the one moment. Raises Invalid with the rule's own sentence."""
    if isinstance(when, datetime):
        return (Planned(uuid.uuid4(), None, when),)
    try:
        made = occurrences(when)
    except RecurrenceError as error:
        raise Invalid(str(error), field="repeats") from error
    if not made:
        raise Invalid("This repeats on no date at all. Choose a later end, or other days.", field="repeats")
    return tuple(Planned(uuid.uuid4(), each.date, each.start) for each in made)


def check_future(start: datetime, now: datetime, timezone: str) -> None:
    """What is published lies ahead. Raises Invalid."""
    if start <= now:
        raise Invalid(
            f"{moment_in_words(start, timezone)} has passed. Choose a time that lies ahead, or save it as a draft.",
            field="date",
        )


def from_offering(offering: Offering) -> dict[str, Any]:
    """What a session has from its offering, whatever is said of it."""
    return {
        "offering_id": offering.id,
        "type": offering.kind,
        "currency": offering.currency,
    }


def _in_the_way(
    planned: Sequence[Planned], details: Details, organization: Organization, now: datetime
) -> dict[uuid.UUID, str]:
    room = exclusive_location(details, organization.id)
    values = details.columns()
    wanted = [
        obstacles.session_claim(each.id, organization.id, each.start, values, exclusive_location_id=room)
        for each in planned
    ]
    return obstacles.find(wanted, organization=organization, location_id=values["location_id"], now=now)


def _write(
    planned: Sequence[Planned],
    values: dict[str, Any],
    details: Details,
    *,
    actor: Actor,
    publishes: bool,
    now: datetime,
) -> None:
    """The sessions, their claims and their audit entries."""
    shared = values | {
        "organization_id": actor.organization_id,
        "status": "scheduled" if publishes else "draft",
        "created_by": actor.user_id,
        "created_at": now,
        "published_at": now if publishes else None,
        "published_by": actor.user_id if publishes else None,
    }
    length = timedelta(minutes=details.duration_minutes)
    db.session.execute(
        insert(LiveSession),
        [
            shared | {"id": each.id, "series_day": each.day, "scheduled_at": each.start, "ends_at": each.start + length}
            for each in planned
        ],
    )
    if publishes and values["meeting_provider"] in CONNECTED:
        links.follow([each.id for each in planned], now=now)
    room = exclusive_location(details, actor.organization_id)
    claims.take([_claim(each, actor.organization_id, values, room) for each in planned], now=now)
    for each in planned:
        audit.record(
            actor=actor, action="create", object_type="session", object_id=each.id, now=now,
            after={"status": shared["status"], "title": values["title"], "scheduled_at": each.start},
        )  # fmt: skip


def _claim(each: Planned, organization_id: uuid.UUID, values: dict[str, Any], room: uuid.UUID | None) -> Claim:
    return obstacles.session_claim(each.id, organization_id, each.start, values, exclusive_location_id=room)


def _details_of(series: AnyRow) -> Details:
    return Details(**{name: getattr(series, name) for name in Details.__dataclass_fields__})


def _goes_on(series: AnyRow) -> bool:
    """Whether the host still works here and the offering is still offered."""
    query = (
        select(Membership.id)
        .join(Offering, Offering.organization_id == Membership.organization_id)
        .where(
            Membership.organization_id == series.organization_id,
            Membership.user_id == series.host_id,
            Membership.role.in_(STAFF_ROLES),
            Membership.ended_at.is_(None),
            Offering.id == series.offering_id,
            Offering.archived_at.is_(None),
        )
    )
    return db.session.execute(query).first() is not None
