"""Doing to many sessions what is done to one, by the same functions, which take one session or many."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from liveapp.db import AnyRow
from liveapp.domain.actor import Actor
from liveapp.domain.audit.service import plain
from liveapp.domain.availability import claims
from liveapp.domain.bookings import session_changes
from liveapp.domain.bulk.fates import Fate
from liveapp.domain.bulk.selection import Wish
from liveapp.domain.live_sessions import service
from liveapp.domain.live_sessions.details import Details
from liveapp.rules.bulk import Verb

STEP = 200
"""So many are changed by the same few statements, before somebody hears of it."""
Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a session: from → to, and how many bookings' people were told."""

    session_id: uuid.UUID
    told: int = 0
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def do(found: Sequence[Fate], wish: Wish, *, actor: Actor, now: datetime, tell: Tell) -> list[Outcome]:
    """Changes every session; `tell` hears every now and then how many are done. Raises what the single verbs raise."""
    claims.move([fate.claim for fate in found if fate.claim], now=now)
    outcomes: list[Outcome] = []
    for start in range(0, len(found), STEP):
        outcomes += DEEDS[wish.verb](found[start : start + STEP], wish, actor, now)
        tell(len(outcomes))
    return outcomes


def _publish(found: Sequence[Fate], _wish: Wish, actor: Actor, now: datetime) -> list[Outcome]:
    service.make_public([fate.session for fate in found], actor, now)
    return [_status(fate, "scheduled") for fate in found]


def _unpublish(found: Sequence[Fate], _wish: Wish, actor: Actor, now: datetime) -> list[Outcome]:
    service.take_back([fate.session for fate in found], actor, now)
    return [_status(fate, "draft") for fate in found]


def _cancel(found: Sequence[Fate], wish: Wish, actor: Actor, now: datetime) -> list[Outcome]:
    told = session_changes.cancel_each([fate.session for fate in found], actor, now, wish.reason)
    return [_status(fate, "cancelled", told[fate.session.id]) for fate in found]


def _delete(found: Sequence[Fate], wish: Wish, actor: Actor, now: datetime) -> list[Outcome]:
    published = [fate.session for fate in found if fate.session.status == "scheduled"]
    told = session_changes.cancel_each(published, actor, now, wish.reason)
    service.remove([fate.session for fate in found], actor, now)
    return [_status(fate, "deleted", told.get(fate.session.id, 0)) for fate in found]


def _hand_over(found: Sequence[Fate], wish: Wish, actor: Actor, now: datetime) -> list[Outcome]:
    return _edit([(fate, {"host_id": wish.host_id}) for fate in found], actor, now)


def _move(found: Sequence[Fate], _wish: Wish, actor: Actor, now: datetime) -> list[Outcome]:
    return _edit([(fate, {"scheduled_at": fate.claim.starts_at}) for fate in found if fate.claim], actor, now)


def _status(fate: Fate, status: str, told: int = 0) -> Outcome:
    return Outcome(fate.session.id, told, {"status": fate.session.status}, {"status": status})


def _edit(changes: Sequence[tuple[Fate, dict[str, Any]]], actor: Actor, now: datetime) -> list[Outcome]:
    """Changes by hand: sessions of a series go their own way from then on."""
    edits = [(fate.session, _columns(fate.session) | change) for fate, change in changes]
    found = session_changes.apply_each(edits, actor, now)
    return [_edited(fate, change, words) for (fate, change), words in zip(changes, found, strict=True)]


def _columns(session: AnyRow) -> dict[str, Any]:
    said = {name: getattr(session, name) for name in Details.__dataclass_fields__}
    columns = Details(**said).columns() | {"scheduled_at": session.scheduled_at}
    return columns | {"is_detached": True} if session.series_id else columns


def _edited(fate: Fate, change: dict[str, Any], words: list[str]) -> Outcome:
    told = fate.people if words and fate.session.status != "draft" else 0
    before = {name: getattr(fate.session, name) for name in change}
    return Outcome(fate.session.id, told, plain(before), plain(change))


DEEDS: dict[Verb, Callable[[Sequence[Fate], Wish, Actor, datetime], list[Outcome]]] = {
    Verb.PUBLISH: _publish,
    Verb.UNPUBLISH: _unpublish,
    Verb.CANCEL: _cancel,
    Verb.DELETE: _delete,
    Verb.HOST: _hand_over,
    Verb.MOVE: _move,
}
