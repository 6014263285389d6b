"""Which sessions a bulk change is about, and what it is to do with them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from liveapp.db import AnyRow
from liveapp.domain.actor import Actor
from liveapp.domain.bulk.errors import NothingChosen, TooMany
from liveapp.domain.bulk.models import BatchSession
from liveapp.domain.live_sessions import queries
from liveapp.domain.live_sessions.queries import Filters
from liveapp.rules.bulk import MOST, Shift, Verb

NOWHERE = Shift()


@dataclass(frozen=True, slots=True)
class Selection:
    """Sessions by filters, by hand, or those that an earlier batch changed; `words` say it, `said` is the address."""

    filters: Filters | None = None
    ids: frozenset[uuid.UUID] = frozenset()
    batch_id: uuid.UUID | None = None
    words: str = ""
    said: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done with each: the verb and the values that it needs."""

    verb: Verb
    reason: str = ""
    host_id: uuid.UUID | None = None
    shift: Shift = NOWHERE

    def values(self) -> dict[str, Any]:
        """The verb's values as JSON can hold them; only those it has."""
        if self.verb is Verb.HOST:
            return {"host_id": str(self.host_id)}
        if self.verb is Verb.MOVE:
            return {"shift": asdict(self.shift)}
        return {"reason": self.reason} if self.reason else {}


def wish_of(verb: str, values: dict[str, Any]) -> Wish:
    """The wish that `Wish.values` wrote down."""
    host_id = values.get("host_id")
    return Wish(
        Verb(verb),
        reason=values.get("reason", ""),
        host_id=uuid.UUID(host_id) if host_id else None,
        shift=Shift(**values.get("shift", {})),
    )


def chosen(selection: Selection, *, actor: Actor, now: datetime) -> Sequence[AnyRow]:
    """The sessions, in order of time, as `queries.chosen` names their columns.

    Raises NothingChosen, and TooMany saying how many match, without loading more than one batch takes.
    """
    if selection.filters and selection.filters.is_backwards:
        raise NothingChosen("The last day is before the first, so nothing matches. Choose a later one.")
    rows = queries.chosen(organization_id=actor.organization_id, choice=_choice(selection), now=now, most=MOST + 1)
    if not rows:
        raise NothingChosen(_nothing(selection))
    if len(rows) > MOST:
        raise TooMany(_too_many(selection, actor, now))
    return rows


def of_batch(batch_id: uuid.UUID) -> Any:
    """The ids of the sessions that a batch changes, as a query."""
    return (
        select(BatchSession.session_id)
        .where(BatchSession.batch_id == batch_id, BatchSession.left_out == "")
        .scalar_subquery()
    )


def _choice(selection: Selection) -> Any:
    if selection.filters:
        return selection.filters
    return of_batch(selection.batch_id) if selection.batch_id else selection.ids


def _nothing(selection: Selection) -> str:
    if selection.filters:
        return "No session matches these filters. Take one away, and look again."
    if selection.ids or selection.batch_id:
        return "These sessions aren't there any more."
    return "No session is chosen. Tick some in the list, or choose all that match the filters."


def _too_many(selection: Selection, actor: Actor, now: datetime) -> str:
    if selection.filters is None:
        return f"At most {MOST:,} sessions are changed at once."
    number = queries.count_chosen(organization_id=actor.organization_id, filters=selection.filters, now=now)
    return f"At most {MOST:,} sessions are changed at once, and {number:,} match. Narrow the filters down."
