"""Reading bulk changes: a batch, its sessions, the list of batches, and who would be told."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, tuple_

from liveapp.db import AnyRow, db, table
from liveapp.domain.accounts.models import User
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.session_changes import CANCELLED_WITH_IT
from liveapp.domain.bulk.models import Batch, BatchSession
from liveapp.domain.bulk.selection import of_batch, wish_of
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.models import LiveSession

PAGE = 50
NAMED = 30


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told: so many people with so many bookings, and the first of them by name."""

    people: int = 0
    bookings: int = 0
    names: tuple[str, ...] = ()


def batch(*, batch_id: uuid.UUID) -> AnyRow:
    """Every column of the batch, and by: the name of who asked for it. Raises NotFound."""
    query = select(*table(Batch).c, User.name.label("by")).join(User, User.id == Batch.created_by)
    row = db.session.execute(query.where(Batch.id == batch_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def batches(*, organization_id: uuid.UUID, before: uuid.UUID | None = None) -> Sequence[AnyRow]:
    """The latest first, at most a page and one more: every column, and by; those older than one of them if named."""
    query = (
        select(*table(Batch).c, User.name.label("by"))
        .join(User, User.id == Batch.created_by)
        .where(Batch.organization_id == organization_id)
        .order_by(Batch.created_at.desc(), Batch.id.desc())
        .limit(PAGE + 1)
    )
    if before:
        named = select(Batch.created_at, Batch.id).where(Batch.id == before, Batch.organization_id == organization_id)
        query = query.where(tuple_(Batch.created_at, Batch.id) < named.scalar_subquery())
    return db.session.execute(query).all()


def sessions(*, batch_id: uuid.UUID, first: int = 0) -> Sequence[AnyRow]:
    """What it does to each session, in order, from a position on: at most a page and one more.

    session_id, position, left_out, before, after, told; title, scheduled_at, timezone, status, deleted_at, host_name.
    """
    query = (
        select(
            *table(BatchSession).c,
            LiveSession.title,
            LiveSession.scheduled_at,
            LiveSession.timezone,
            LiveSession.status,
            LiveSession.deleted_at,
            User.name.label("host_name"),
        )
        .join(LiveSession, LiveSession.id == BatchSession.session_id)
        .join(User, User.id == LiveSession.host_id)
        .where(BatchSession.batch_id == batch_id, BatchSession.position >= first)
        .order_by(BatchSession.position)
        .limit(PAGE + 1)
    )
    return db.session.execute(query).all()


def left_out(*, batch_id: uuid.UUID) -> int:
    """How many of the chosen sessions it leaves out."""
    query = select(func.count()).where(BatchSession.batch_id == batch_id, BatchSession.left_out != "")
    return db.session.execute(query).scalar_one()


def previous(*, batch_id: uuid.UUID, name: str) -> frozenset[str]:
    """What its sessions had before under this name, each value once."""
    was = BatchSession.before[name].as_string()
    query = select(was).where(BatchSession.batch_id == batch_id, BatchSession.left_out == "").distinct()
    return frozenset(db.session.execute(query).scalars())


def turns(*, batch_id: uuid.UUID) -> list[uuid.UUID]:
    """What applying the batch contends for: its sessions, their hosts and the new one, and the business's calendar."""
    found = batch(batch_id=batch_id)
    query = select(LiveSession.id, LiveSession.host_id).where(LiveSession.id.in_(of_batch(batch_id)))
    rows = db.session.execute(query).all()
    new_host = wish_of(found.verb, found.payload["values"]).host_id
    hosts = {row.host_id for row in rows} | ({new_host} if new_host else set())
    return [found.organization_id, *hosts, *(row.id for row in rows)]


def audience(*, session_ids: Sequence[uuid.UUID]) -> Audience:
    """Everybody with a place, a wait or a request in these sessions."""
    if not session_ids:
        return Audience()
    theirs = (Booking.session_id.in_(session_ids), Booking.status.in_(CANCELLED_WITH_IT))
    counts = db.session.execute(select(func.count(), func.count(Booking.user_id.distinct())).where(*theirs)).one()
    by_name = (
        select(func.min(Booking.name).label("name"))
        .where(*theirs)
        .group_by(Booking.user_id)
        .order_by(func.lower(func.min(Booking.name)), Booking.user_id)
        .limit(NAMED)
    )
    return Audience(people=counts[1], bookings=counts[0], names=tuple(db.session.execute(by_name).scalars()))
