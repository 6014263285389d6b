"""What an edit changes: those fields that differ between the form as it was shown and as it was sent, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from liveapp.db import AnyRow
from liveapp.domain.live_sessions.details import Details
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.zones import zone_named

NAMES = tuple(Details.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Change:
    """`fields` of `Details` with their new values; a new time of day in wall-clock minutes, a new local day.

    What isn't named stays as each session has it.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    local_start: int | None = None
    day: date | None = None

    def __bool__(self) -> bool:
        return bool(self.fields) or self.local_start is not None or self.day is not None

    def details(self, row: AnyRow) -> Details:
        """What a session (or a series) says with the change."""
        return replace(details_of(row), **self.fields)

    def starts_at(self, session: AnyRow) -> datetime:
        """When the session starts with the change: on its own day and at its own time, where those aren't changed."""
        if self.local_start is None and self.day is None:
            start: datetime = session.scheduled_at
            return start
        local = session.scheduled_at.astimezone(zone_named(session.timezone))
        clock = local.time() if self.local_start is None else time(*divmod(self.local_start, 60))
        return resolve_local(self.day or local.date(), clock, session.timezone)

    def columns(self, session: AnyRow) -> dict[str, Any]:
        """The session's columns with the change."""
        return self.details(session).columns() | {"scheduled_at": self.starts_at(session)}


def details_of(row: AnyRow) -> Details:
    """What a session (or a series) says now."""
    return Details(**{name: getattr(row, name) for name in NAMES})


def names_of(session: AnyRow, columns: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns that would become something else."""
    return tuple(name for name, value in columns.items() if getattr(session, name) != value)


def own_names(
    session: AnyRow, columns: Mapping[str, Any], said: Mapping[str, Any], local_start: int
) -> tuple[str, ...]:
    """Those of a date's columns that aren't what its series says (`said`, and the wall-clock minute it starts at)."""
    start = resolve_local(session.series_day, time(*divmod(local_start, 60)), session.timezone)
    whole = dict(said) | {"scheduled_at": start}
    return tuple(name for name, value in whole.items() if columns[name] != value)
