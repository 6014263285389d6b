"""Claims on a host's or an exclusive room's time: the one place that takes, moves and gives them back.

A claim is the session's time with its buffers on both sides, so that two claims that touch leave both buffers
between them. On PostgreSQL an exclusion constraint is the last word; on SQLite, and for a kinder sentence on both,
the transaction looks before it takes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Delete, and_, bindparam, delete, insert, not_, or_, select, update

from liveapp.db import AnyRow, db, table
from liveapp.domain.availability.models import TimeClaim


@dataclass(frozen=True, slots=True)
class Claim:
    """A session's wish for its host's time, and for its room where the room is exclusive. Buffers in minutes."""

    organization_id: uuid.UUID
    session_id: uuid.UUID
    host_id: uuid.UUID
    kind: str
    starts_at: datetime
    ends_at: datetime
    buffer_before: int = 0
    buffer_after: int = 0
    exclusive_location_id: uuid.UUID | None = None
    kept_until: datetime | None = None

    @property
    def extent(self) -> tuple[datetime, datetime]:
        """From when to when the host is claimed, buffers included."""
        return (
            self.starts_at - timedelta(minutes=self.buffer_before),
            self.ends_at + timedelta(minutes=self.buffer_after),
        )


def conflicts(
    claims: Sequence[Claim], *, now: datetime, besides: Iterable[uuid.UUID] = ()
) -> list[tuple[Claim, AnyRow]]:
    """Each claim with what stands in its way: (claim, row of session_id, organization_id, kind, host_id, location_id,
    starts_at, ends_at, buffer_before, buffer_after). Claims of the sessions in `besides`, and lapsed ones, don't count.
    """
    found = []
    for chunk in _chunks(claims, 50):
        rows = db.session.execute(_standing(chunk, set(besides)).where(is_in_force(now))).all()
        found += [(claim, row) for claim in chunk for row in rows if _meet(claim, row)]
    return found


def is_in_force(now: datetime) -> ColumnElement[bool]:
    """Whether a claim keeps others from its time: every reader of claims asks this."""
    return or_(TimeClaim.kept_until.is_(None), TimeClaim.kept_until > now)


def take(claims: Sequence[Claim], *, now: datetime) -> None:
    """Writes the claims, in the place of lapsed ones there. Raises IntegrityError where the database sees a conflict:
    look with `conflicts` first."""
    rows = [row for claim in claims for row in _rows(claim)]
    for chunk in _chunks(claims, 50):
        in_the_way = _standing(chunk, set()).where(not_(is_in_force(now))).with_only_columns(TimeClaim.session_id)
        release(db.session.execute(in_the_way.order_by(None)).scalars().all())
    if rows:
        db.session.execute(insert(TimeClaim), rows)


def release(session_ids: Iterable[uuid.UUID]) -> None:
    """Gives back every claim of these sessions."""
    for chunk in _chunks(list(session_ids), 500):
        db.session.execute(_releasing(), {"gone": chunk})


def move(claims: Sequence[Claim], *, now: datetime) -> None:
    """Puts these claims in the place of what their sessions claimed so far."""
    release(claim.session_id for claim in claims)
    take(claims, now=now)


def take_room(location_id: uuid.UUID, sessions: Sequence[AnyRow]) -> None:
    """Claims the room, which becomes exclusive, for the sessions there: organization_id, session_id, kind, starts_at,
    ends_at, kept_until of each."""
    rows = [
        {
            "organization_id": session.organization_id,
            "session_id": session.session_id,
            "kind": session.kind,
            "host_id": None,
            "location_id": location_id,
            "buffer_before": 0,
            "buffer_after": 0,
            "starts_at": session.starts_at,
            "ends_at": session.ends_at,
            "kept_until": session.kept_until,
        }
        for session in sessions
    ]
    if rows:
        db.session.execute(insert(TimeClaim), rows)


def release_room(location_id: uuid.UUID) -> None:
    """Gives back every claim on the room, which isn't exclusive any more; the hosts' claims stay."""
    db.session.execute(delete(TimeClaim).where(TimeClaim.location_id == location_id))


def settle(session_id: uuid.UUID, kind: str) -> None:
    """A request or a hold becomes a meeting; the time stays as it is, and theirs."""
    db.session.execute(update(TimeClaim).where(TimeClaim.session_id == session_id).values(kind=kind, kept_until=None))


def keep_until(session_id: uuid.UUID, until: datetime) -> None:
    """The time is kept for a request or a hold until then."""
    db.session.execute(update(TimeClaim).where(TimeClaim.session_id == session_id).values(kept_until=until))


def has(session_id: uuid.UUID) -> bool:
    """Whether the session has its time still; a lapsed claim may have made room for another."""
    query = select(TimeClaim.id).where(TimeClaim.session_id == session_id, TimeClaim.host_id.is_not(None))
    return db.session.execute(query).first() is not None


@cache
def _releasing() -> Delete:
    """Built once: building it takes longer than running it."""
    claims = table(TimeClaim)
    return delete(claims).where(claims.c.session_id.in_(bindparam("gone", expanding=True)))


def _rows(claim: Claim) -> list[dict[str, Any]]:
    starts_at, ends_at = claim.extent
    common = {
        "organization_id": claim.organization_id,
        "session_id": claim.session_id,
        "kind": claim.kind,
        "host_id": None,
        "location_id": None,
        "buffer_before": 0,
        "buffer_after": 0,
        "kept_until": claim.kept_until,
    }
    buffers = {"buffer_before": claim.buffer_before, "buffer_after": claim.buffer_after}
    host = common | buffers | {"host_id": claim.host_id, "starts_at": starts_at, "ends_at": ends_at}
    if claim.exclusive_location_id is None:
        return [host]
    room = common | {"location_id": claim.exclusive_location_id}
    return [host, room | {"starts_at": claim.starts_at, "ends_at": claim.ends_at}]


def _standing(claims: Sequence[Claim], besides: set[uuid.UUID]) -> Any:
    """The query for the claims that meet any of these."""
    own = besides | {claim.session_id for claim in claims}
    wanted = []
    for claim in claims:
        starts_at, ends_at = claim.extent
        wanted.append(_taken(TimeClaim.host_id == claim.host_id, starts_at, ends_at))
        if claim.exclusive_location_id:
            at_room = TimeClaim.location_id == claim.exclusive_location_id
            wanted.append(_taken(at_room, claim.starts_at, claim.ends_at))
    query = select(*TimeClaim.__table__.columns).where(TimeClaim.session_id.not_in(own), or_(*wanted))
    return query.order_by(TimeClaim.starts_at, TimeClaim.id)


def _taken(whose: Any, starts_at: datetime, ends_at: datetime) -> Any:
    return and_(whose, TimeClaim.starts_at < ends_at, TimeClaim.ends_at > starts_at)


def _meet(claim: Claim, row: AnyRow) -> bool:
    if row.host_id is not None:
        starts_at, ends_at = claim.extent
        mine = row.host_id == claim.host_id
    else:
        starts_at, ends_at = claim.starts_at, claim.ends_at
        mine = row.location_id == claim.exclusive_location_id
    return bool(mine and row.starts_at < ends_at and row.ends_at > starts_at)


def _chunks(things: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (things[start : start + size] for start in range(0, len(things), size))
