"""Doing to many sessions what is done to one: each goes through the verb that a single session goes through."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from liveapp.domain.actor import Actor
from liveapp.domain.audit.service import plain
from liveapp.domain.availability import claims
from liveapp.domain.bookings import session_changes
from liveapp.domain.bulk.fates import Fate
from liveapp.domain.bulk.selection import Wish
from liveapp.domain.live_sessions import service
from liveapp.domain.live_sessions.details import Details
from liveapp.rules.bulk import Verb

STEP = 50
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
    wanted = [fate.claim for fate in found if fate.claim]
    claims.move(wanted)
    outcomes = []
    for number, fate in enumerate(found, start=1):
        outcomes.append(DEEDS[wish.verb](fate, wish, actor, now))
        if number % STEP == 0:
            tell(number)
    return outcomes


def _publish(fate: Fate, _wish: Wish, actor: Actor, now: datetime) -> Outcome:
    service.make_public(fate.session, actor, now)
    return _status(fate, "scheduled")


def _unpublish(fate: Fate, _wish: Wish, actor: Actor, now: datetime) -> Outcome:
    service.take_back(fate.session, actor, now)
    return _status(fate, "draft")


def _cancel(fate: Fate, wish: Wish, actor: Actor, now: datetime) -> Outcome:
    told = session_changes.cancel_with_bookings(fate.session, actor, now, wish.reason)
    return _status(fate, "cancelled", told=told)


def _delete(fate: Fate, wish: Wish, actor: Actor, now: datetime) -> Outcome:
    told = 0
    if fate.session.status == "scheduled":
        told = session_changes.cancel_with_bookings(fate.session, actor, now, wish.reason)
    service.remove(fate.session, actor, now)
    return _status(fate, "deleted", told=told)


def _hand_over(fate: Fate, wish: Wish, actor: Actor, now: datetime) -> Outcome:
    return _edit(fate, {"host_id": wish.host_id}, actor, now)


def _move(fate: Fate, _wish: Wish, actor: Actor, now: datetime) -> Outcome:
    assert fate.claim is not None
    return _edit(fate, {"scheduled_at": fate.claim.starts_at}, actor, now)


def _status(fate: Fate, status: str, told: int = 0) -> Outcome:
    return Outcome(fate.session.id, told, {"status": fate.session.status}, {"status": status})


def _edit(fate: Fate, change: dict[str, Any], actor: Actor, now: datetime) -> Outcome:
    """A change by hand: a session of a series goes its own way from then on."""
    session = fate.session
    said = {name: getattr(session, name) for name in Details.__dataclass_fields__}
    columns = Details(**said).columns() | {"scheduled_at": session.scheduled_at} | change
    if session.series_id:
        columns["is_detached"] = True
    words = session_changes.apply(session, columns, actor, now)
    told = fate.people if words and session.status != "draft" else 0
    return Outcome(session.id, told, plain({name: getattr(session, name) for name in change}), plain(change))


DEEDS: dict[Verb, Callable[[Fate, Wish, Actor, datetime], Outcome]] = {
    Verb.PUBLISH: _publish,
    Verb.UNPUBLISH: _unpublish,
    Verb.CANCEL: _cancel,
    Verb.DELETE: _delete,
    Verb.HOST: _hand_over,
    Verb.MOVE: _move,
}
