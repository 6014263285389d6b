"""Reading the audit log."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, select

from liveapp.db import AnyRow, db
from liveapp.domain.audit.models import AuditEntry

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries are asked for: all, where nothing is said.

    `actor_id`: who did it; `actor_kind`: staff, person (guests and members) or system (the clock). `actions`: any of
    these. `objects`: one column of ids, of the things it happened to. `first` and `last` are aware UTC moments, last
    excluded.
    """

    actor_id: uuid.UUID | None = None
    actor_kind: str = ""
    object_type: str = ""
    actions: tuple[str, ...] = ()
    objects: Subquery | None = None
    batch_id: uuid.UUID | None = None
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the log: the number of an entry, and whether the page asked for lies on its newer side."""

    number: int
    newer: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of entries, with the places where the newer and the older page begin (none at the ends)."""

    rows: Sequence[AnyRow]
    newer: Cursor | None
    older: Cursor | None


def entries(*, organization_id: uuid.UUID, filters: Filters, cursor: Cursor | None = None, most: int = PAGE) -> Page:
    """A page of what happened in the organization, the latest first: every column of audit_entries."""
    newer = cursor is not None and cursor.newer
    query = (
        select(*AuditEntry.__table__.columns)
        .where(AuditEntry.organization_id == organization_id, *_conditions(filters))
        .order_by(AuditEntry.number.asc() if newer else AuditEntry.number.desc())
        .limit(most + 1)
    )
    if cursor:
        query = query.where(AuditEntry.number > cursor.number if newer else AuditEntry.number < cursor.number)
    rows = list(db.session.execute(query))
    more, rows = len(rows) > most, rows[:most]
    if newer:
        rows.reverse()
    return _page(rows, more, cursor)


def entries_about(*, organization_id: uuid.UUID, object_ids: Sequence[uuid.UUID], most: int = PAGE) -> Sequence[AnyRow]:
    """What happened to these things, the latest first: every column of audit_entries."""
    query = (
        select(*AuditEntry.__table__.columns)
        .where(AuditEntry.organization_id == organization_id, AuditEntry.object_id.in_(object_ids))
        .order_by(AuditEntry.number.desc())
        .limit(most)
    )
    return db.session.execute(query).all()


def type_of(*, organization_id: uuid.UUID, object_id: uuid.UUID) -> str:
    """What kind of thing the organization's log knows by this id; empty for none."""
    query = select(AuditEntry.object_type).where(
        AuditEntry.organization_id == organization_id, AuditEntry.object_id == object_id
    )
    return db.session.execute(query.order_by(AuditEntry.number).limit(1)).scalar_one_or_none() or ""


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    asked = {
        AuditEntry.actor_id: filters.actor_id,
        AuditEntry.actor_kind: filters.actor_kind,
        AuditEntry.object_type: filters.object_type,
        AuditEntry.batch_id: filters.batch_id,
    }
    conditions = [column == value for column, value in asked.items() if value]
    if filters.actions:
        conditions.append(AuditEntry.action.in_(filters.actions))
    if filters.objects is not None:
        conditions.append(AuditEntry.object_id.in_(select(filters.objects)))
    if filters.first:
        conditions.append(AuditEntry.at >= filters.first)
    if filters.last:
        conditions.append(AuditEntry.at < filters.last)
    return conditions


def _page(rows: Sequence[AnyRow], more: bool, cursor: Cursor | None) -> Page:
    if not rows:
        return Page(rows, newer=None, older=None)
    newer, older = Cursor(rows[0].number, newer=True), Cursor(rows[-1].number)
    if cursor and cursor.newer:
        return Page(rows, newer=newer if more else None, older=older)
    return Page(rows, newer=newer if cursor else None, older=older if more else None)
