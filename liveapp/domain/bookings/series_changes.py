"""Changes of a series: this date, this and the following, or all; what is touched and what is not, said before."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.actor import Actor
from liveapp.domain.availability import claims
from liveapp.domain.availability.claims import Claim
from liveapp.domain.bookings import session_changes
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.live_sessions import access, details, obstacles, series, service
from liveapp.domain.live_sessions.details import Details, Limits
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.zones import zone_named


class Scope(StrEnum):
    """How far a change of one date of a series reaches."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Fate:
    """What a change does to one date. `asks`: only if the person says so. `why`: why it asks, or why it stays."""

    session: AnyRow
    changes: bool
    asks: bool
    why: str

    @property
    def people(self) -> int:
        """How many are booked or wait."""
        return int(self.session.participant_count + self.session.waiting_count)


def fates(*, session_id: uuid.UUID, scope: Scope, actor: Actor, now: datetime) -> list[Fate]:
    """Each date that the scope reaches, in order, with what the change does to it.

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
    return [_fate(row, now) for row in db.session.execute(query.order_by(LiveSession.series_day, LiveSession.id))]


def in_the_way(
    *, session_id: uuid.UUID, scope: Scope, actor: Actor, now: datetime, said: Details, local_start: int
) -> dict[uuid.UUID, str]:
    """What stands in the way of each date that an edit may change, in words by session id."""
    reached = fates(session_id=session_id, scope=scope, actor=actor, now=now)
    touched = [each.session for each in reached if each.changes or each.asks]
    organization = accounts.organization_by_id(organization_id=actor.organization_id)
    wanted = _claims(touched, said, local_start)
    return obstacles.find(wanted, organization=organization, location_id=said.columns()["location_id"])


def edit_series(
    *,
    session_id: uuid.UUID,
    scope: Scope,
    actor: Actor,
    now: datetime,
    limits: Limits,
    said: Details,
    local_start: int,
    include: frozenset[uuid.UUID],
) -> tuple[int, int]:
    """Changes the dates that the scope reaches; those that are asked about only if they are in `include`.

    The others go their own way from then on. "Following" goes on as a series of its own. `local_start` in wall-clock
    minutes. Returns how many dates changed and how many bookings are told. Take the turns of series and hosts.
    """
    session = access.own(session_id, actor)
    if session.series_id is None:
        raise NotFound()
    organization = accounts.organization_by_id(organization_id=actor.organization_id)
    details.check_length(said.duration_minutes, organization, limits)
    details.check_host(said.host_id, actor)
    reached = fates(session_id=session_id, scope=scope, actor=actor, now=now)
    touched = [each.session for each in reached if each.changes or (each.asks and each.session.id in include)]
    for each in touched:
        access.check_editable(each, actor)
    wanted = _claims(touched, said, local_start)
    _check_ahead(wanted, touched, now)
    obstacles.refuse(obstacles.find(wanted, organization=organization, location_id=said.columns()["location_id"]))
    series_id = _series_from(session, scope, actor, now)
    series.restate(series_id, said.columns(), local_start, actor=actor, now=now)
    series.detach(_left_behind(reached, {each.id for each in touched}), actor=actor, now=now)
    claims.move(wanted)
    told = 0
    for each, claim in zip(touched, wanted, strict=True):
        columns = said.columns() | {"scheduled_at": claim.starts_at, "is_detached": False}
        if session_changes.apply(each, columns, actor, now):
            told += each.participant_count + each.waiting_count
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


def _left_behind(reached: Sequence[Fate], touched: set[uuid.UUID]) -> list[AnyRow]:
    """Dates that keep what they were, and so aren't what the series says any more."""
    standing = [each.session for each in reached if each.session.status in ("draft", "scheduled")]
    return [session for session in standing if session.id not in touched]


def _claims(sessions: Sequence[AnyRow], said: Details, local_start: int) -> list[Claim]:
    """Each date's claim once the change is made: its own day in the series, at the new time of day."""
    if not sessions:
        return []
    room = details.exclusive_location(said, sessions[0].organization_id)
    columns: dict[str, Any] = said.columns()
    clock = time(*divmod(local_start, 60))
    return [
        obstacles.session_claim(
            each.id,
            each.organization_id,
            resolve_local(each.series_day, clock, each.timezone),
            columns,
            exclusive_location_id=room,
        )
        for each in sessions
    ]


def _check_ahead(wanted: Sequence[Claim], sessions: Sequence[AnyRow], now: datetime) -> None:
    for claim, session in zip(wanted, sessions, strict=True):
        if session.status == "scheduled" and claim.starts_at <= now:
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
