"""What stands in the way of a session at a time: the host's and the room's other sessions, and closures."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.availability import claims
from liveapp.domain.availability.claims import Claim
from liveapp.domain.availability.models import Closure
from liveapp.domain.live_sessions.errors import Clash
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.wording import clash_in_words, counted
from liveapp.rules.zones import zone_named


def session_claim(
    session_id: uuid.UUID,
    organization_id: uuid.UUID,
    start: datetime,
    values: dict[str, Any],
    exclusive_location_id: uuid.UUID | None,
    kind: str = "session",
) -> Claim:
    """The claim of a session with these values (host_id, duration_minutes; buffers where it has some)."""
    return Claim(
        organization_id=organization_id,
        session_id=session_id,
        host_id=values["host_id"],
        kind=kind,
        starts_at=start,
        ends_at=start + timedelta(minutes=values["duration_minutes"]),
        buffer_before=values.get("buffer_before", 0),
        buffer_after=values.get("buffer_after", 0),
        exclusive_location_id=exclusive_location_id,
    )


def find(
    wanted: Sequence[Claim],
    *,
    organization: Organization,
    location_id: uuid.UUID | None,
    now: datetime,
    besides: Iterable[uuid.UUID] = (),
) -> dict[uuid.UUID, str]:
    """For each session that can't be at its time, by its id: what stands in the way, in words."""
    where = dict.fromkeys((claim.session_id for claim in wanted), location_id)
    return find_each(wanted, organization=organization, where=where, now=now, besides=besides)


def find_each(
    wanted: Sequence[Claim],
    *,
    organization: Organization,
    where: Mapping[uuid.UUID, uuid.UUID | None],
    now: datetime,
    besides: Iterable[uuid.UUID] = (),
) -> dict[uuid.UUID, str]:
    """As `find`, of sessions at several locations: `where` says which, by session id."""
    if not wanted:
        return {}
    own = {*besides, *(claim.session_id for claim in wanted)}
    found = _closed(wanted, organization, where)
    standing = claims.conflicts(wanted, now=now, besides=own)
    titles = _titles(organization.id, {row.session_id for _, row in standing})
    for claim, row in standing:
        found.setdefault(claim.session_id, _sentence(row, titles, organization.timezone))
    return found


def refuse(found: dict[uuid.UUID, str]) -> None:
    """Raises Clash naming the first thing that stands in the way, when anything does."""
    if not found:
        return
    more = len(found) - 1
    rest = f" {counted(more, 'more date')} {'clashes' if more == 1 else 'clash'} too." if more else ""
    raise Clash(f"{next(iter(found.values()))}{rest} Choose another time.", field="time")


def _sentence(row: AnyRow, titles: dict[uuid.UUID, str], timezone: str) -> str:
    sentence = clash_in_words(
        titles.get(row.session_id, ""),
        row.starts_at + timedelta(minutes=row.buffer_before),
        timezone,
        has_buffers=bool(row.buffer_before or row.buffer_after),
    )
    return f"The location is taken. {sentence}" if row.host_id is None else sentence


def _titles(organization_id: uuid.UUID, session_ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    if not session_ids:
        return {}
    query = select(LiveSession.id, LiveSession.title).where(
        LiveSession.id.in_(session_ids), LiveSession.organization_id == organization_id
    )
    return {row.id: row.title for row in db.session.execute(query)}


def _closed(
    wanted: Sequence[Claim], organization: Organization, where: Mapping[uuid.UUID, uuid.UUID | None]
) -> dict[uuid.UUID, str]:
    """Closures are days of the organization's own calendar."""
    spans = {claim.session_id: _days(claim, organization.timezone) for claim in wanted}
    query = select(Closure).where(
        Closure.organization_id == organization.id,
        Closure.first_day <= max(last for _, last in spans.values()),
        Closure.last_day >= min(first for first, _ in spans.values()),
        or_(Closure.location_id.is_(None), Closure.location_id.in_(set(where.values()) - {None})),
    )
    closures = db.session.execute(query.order_by(Closure.first_day, Closure.id)).scalars().all()
    found = {}
    for session_id, (first, last) in spans.items():
        for closure in closures:
            is_here = closure.location_id in (None, where[session_id])
            if is_here and closure.first_day <= last and first <= closure.last_day:
                found[session_id] = _closed_sentence(closure, first)
    return found


def _closed_sentence(closure: Closure, day: date) -> str:
    reason = f" ({closure.reason})" if closure.reason else ""
    where = "This location is" if closure.location_id else "You are"
    return f"{where} closed on {day:%a} {day.day} {day:%B}{reason}."


def _days(claim: Claim, timezone: str) -> tuple[date, date]:
    zone = zone_named(timezone)
    last = claim.ends_at - timedelta(microseconds=1)
    return claim.starts_at.astimezone(zone).date(), last.astimezone(zone).date()
