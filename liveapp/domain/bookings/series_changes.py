"""Changes of a series: this date, this and the following, or all; what is touched and what is not, said before."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.availability import claims
from liveapp.domain.availability.claims import Claim
from liveapp.domain.bookings import session_changes
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.live_sessions import access, details, differences, obstacles, series, service
from liveapp.domain.live_sessions.details import Limits
from liveapp.domain.live_sessions.differences import Change
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.zones import zone_named


class Scope(StrEnum):
    """How far a change of one date of a series reaches."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Fate:
    """What a change does to one date. `asks`: only if the person says so. `why`: why it asks, or why it stays.

    `after`: its columns with the edit, and `own` the names of those that it keeps though its series says otherwise.
    """

    session: AnyRow
    changes: bool
    asks: bool
    why: str
    after: Mapping[str, Any] = field(default_factory=dict)
    own: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        """How many are booked or wait."""
        return int(self.session.participant_count + self.session.waiting_count)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that the edit makes something else of."""
        return differences.names_of(self.session, self.after)


def fates(
    *, session_id: uuid.UUID, scope: Scope, actor: Actor, now: datetime, change: Change | None = None
) -> list[Fate]:
    """Each date that the scope reaches, in order, with what the change (none: cancelling) does to it.

    Past and cancelled dates stay. Dates with people in them, and dates changed by hand, are asked about.
    """
    session = access.own(session_id, actor)
    if session.series_id is None or scope is Scope.THIS:
        return [_fate(session, now)]
    query = select(*LiveSession.__table__.columns).where(
        LiveSession.series_id == session.series_id, LiveSession.deleted_at.is_(None)
    )
    if scope is Scope.FOLLOWING:
        query = query.where(LiveSession.series_day >= session.series_day)
    rows = db.session.execute(query.order_by(LiveSession.series_day, LiveSession.id)).all()
    reached = [_fate(row, now) for row in rows]
    return reached if change is None else _with_change(reached, change, series.own(session.series_id))


def in_the_way(
    *, session_id: uuid.UUID, scope: Scope, actor: Actor, now: datetime, change: Change
) -> dict[uuid.UUID, str]:
    """What stands in the way of each date that an edit may change, in words by session id."""
    reached = fates(session_id=session_id, scope=scope, actor=actor, now=now, change=change)
    organization = accounts.organization_by_id(organization_id=actor.organization_id)
    touched = [each for each in reached if each.changes or each.asks]
    return obstacles.find_each(
        _claims(touched, organization.id), organization=organization, where=_places(touched), now=now
    )


def edit_series(
    *,
    session_id: uuid.UUID,
    scope: Scope,
    actor: Actor,
    now: datetime,
    limits: Limits,
    change: Change,
    include: frozenset[uuid.UUID],
) -> tuple[int, int]:
    """Makes the change on the dates that the scope reaches; on those that are asked about only if in `include`.

    What a date has of its own stays unless the change names it; those that stay out go their own way from then on.
    "Following" goes on as a series of its own. Returns how many dates changed and how many bookings are told. Take the
    turns of series and hosts.
    """
    session = access.own(session_id, actor)
    if session.series_id is None:
        raise NotFound()
    organization = accounts.organization_by_id(organization_id=actor.organization_id)
    _check(change, actor, organization, limits)
    reached = fates(session_id=session_id, scope=scope, actor=actor, now=now, change=change)
    touched = [each for each in reached if each.changes or (each.asks and each.session.id in include)]
    for each in touched:
        access.check_editable(each.session, actor)
    wanted = _claims(touched, organization.id)
    _check_ahead(touched, now)
    obstacles.refuse(obstacles.find_each(wanted, organization=organization, where=_places(touched), now=now))
    series_id = _series_from(session, scope, actor, now)
    said = series.own(series_id)
    series.restate(series_id, change.details(said).columns(), _start_of(said, change), actor=actor, now=now)
    series.detach(_left_behind(reached, {each.session.id for each in touched}), actor=actor, now=now)
    claims.move(wanted, now=now)
    edits = [(each.session, dict(each.after) | {"is_detached": bool(each.own)}) for each in touched]
    words = session_changes.apply_each(edits, actor, now)
    told = sum(each.people for each, changed in zip(touched, words, strict=True) if changed)
    return len(touched), told


def cancel_series(
    *,
    session_id: uuid.UUID,
    scope: Scope,
    actor: Actor,
    now: datetime,
    reason: str,
    include: frozenset[uuid.UUID],
) -> tuple[int, int]:
    """Cancels the dates that the scope reaches (drafts are deleted), those with people only if in `include`.

    No further dates are made. Returns how many dates went and how many bookings are told.
    """
    session = access.own(session_id, actor)
    if session.series_id is None:
        raise NotFound()
    if not reason.strip():
        raise Invalid("Say why, so that the people who booked know.", field="reason")
    reached = fates(session_id=session_id, scope=scope, actor=actor, now=now)
    gone = [each for each in reached if each.changes or (each.asks and each.session.id in include)]
    told = sum(_take_out(each.session, actor, now, reason.strip()) for each in gone)
    today = now.astimezone(zone_named(session.timezone)).date()
    last_day = session.series_day - timedelta(days=1) if scope is Scope.FOLLOWING else today
    series.end(series.own(session.series_id), last_day, actor=actor, now=now)
    return len(gone), told


def _fate(session: AnyRow, now: datetime) -> Fate:
    if session.status == "cancelled":
        return Fate(session, changes=False, asks=False, why="cancelled, and stays so")
    if session.scheduled_at <= now or session.status in ("live", "ended"):
        return Fate(session, changes=False, asks=False, why="in the past")
    reasons = [service.people_in_words(session)] if session.participant_count or session.waiting_count else []
    if session.is_detached:
        reasons.append("changed by hand")
    return Fate(session, changes=not reasons, asks=bool(reasons), why=", ".join(reasons))


def _with_change(reached: Sequence[Fate], change: Change, said: AnyRow) -> list[Fate]:
    """The same dates with what the edit makes of each; a date that is so already is left alone."""
    whole, local_start = change.details(said).columns(), _start_of(said, change)
    found = []
    for each in reached:
        after = change.columns(each.session)
        own = differences.own_names(each.session, after, whole, local_start)
        if change and (each.changes or each.asks) and not differences.names_of(each.session, after):
            each = replace(each, changes=False, asks=False, why="is so already")
        found.append(replace(each, after=after, own=own))
    return found


def _start_of(said: AnyRow, change: Change) -> int:
    """When the series starts with the change, in wall-clock minutes."""
    return int(said.local_start if change.local_start is None else change.local_start)


def _left_behind(reached: Sequence[Fate], touched: set[uuid.UUID]) -> list[AnyRow]:
    """Dates that the edit would have changed and that keep what they were: they aren't as the series says any more."""
    return [each.session for each in reached if each.asks and each.session.id not in touched and each.names]


def _check(change: Change, actor: Actor, organization: Organization, limits: Limits) -> None:
    """What is new must be possible. Raises as `details.check_length` and `details.check_host`."""
    if "duration_minutes" in change.fields:
        details.check_length(change.fields["duration_minutes"], organization, limits)
    if "host_id" in change.fields:
        details.check_host(change.fields["host_id"], actor)


def _places(fates_of: Sequence[Fate]) -> dict[uuid.UUID, uuid.UUID | None]:
    """Where each date is with the edit, by session id."""
    return {each.session.id: each.after["location_id"] for each in fates_of}


def _claims(touched: Sequence[Fate], organization_id: uuid.UUID) -> list[Claim]:
    """Each date's claim once the edit is made."""
    exclusive = {
        location_id: details.exclusive_room(location_id, organization_id)
        for location_id in {each.after["location_id"] for each in touched}
    }
    return [
        obstacles.session_claim(
            each.session.id,
            organization_id,
            each.after["scheduled_at"],
            dict(each.after),
            exclusive_location_id=exclusive[each.after["location_id"]],
        )
        for each in touched
    ]


def _check_ahead(touched: Sequence[Fate], now: datetime) -> None:
    for each in touched:
        if each.session.status == "scheduled" and each.after["scheduled_at"] <= now:
            raise Invalid("At that time the first of these dates would have passed already.", field="time")


def _series_from(session: AnyRow, scope: Scope, actor: Actor, now: datetime) -> uuid.UUID:
    """The series that the change is about: for "following", one of its own unless nothing comes before."""
    series_id: uuid.UUID = session.series_id
    if scope is Scope.ALL or not series.begins_before(series_id, session.series_day):
        return series_id
    return series.split(series.own(series_id), session.series_day, actor=actor, now=now)


def _take_out(session: AnyRow, actor: Actor, now: datetime, reason: str) -> int:
    if session.status == "draft":
        access.check_editable(session, actor)
        service.remove([session], actor, now)
        return 0
    return session_changes.cancel_with_bookings(session, actor, now, reason)
