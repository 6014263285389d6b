"""Entries of the audit log as lines of its page: who, what, to which thing, and from → to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from liveapp.db import AnyRow
from liveapp.web.changes import Change, changes, ids_in
from liveapp.web.filters import fmt_date, fmt_time
from liveapp.web.history import KINDS, deed, who
from liveapp.web.values import Reader

NAMED_AS = {"meeting": "session", "availability": "person"}
"""Types whose things go by the names of another kind."""
PAGES = {
    "session": ("sessions.detail", "session_id"),
    "meeting": ("sessions.detail", "session_id"),
    "booking": ("sessions.detail", "session_id"),
    "offering": ("offerings.edit", "offering_id"),
    "program": ("programs.edit", "program_id"),
    "location": ("locations.edit", "location_id"),
    "workout": ("workouts.show", "workout_id"),
    "membership": ("members.edit", "membership_id"),
    "batch": ("bulk.show", "batch_id"),
    "payment": ("payments.show", "payment_id"),
}
"""Where each kind of thing has its page."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What an entry is about: what it is, which one (empty when nothing knows its name), and its page if it has one."""

    id: uuid.UUID
    noun: str
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, to be read."""

    number: int
    at: datetime
    who: str
    words: str
    address: str
    thing: Thing
    changes: Sequence[Change]
    batch_id: uuid.UUID | None


def ids_of(entries: Sequence[AnyRow]) -> dict[str, set[uuid.UUID]]:
    """The ids that entries name, by kind: who did it, what it is about, and what stands in the values."""
    found: dict[str, set[uuid.UUID]] = {}
    for entry in entries:
        about = (NAMED_AS.get(entry.object_type, entry.object_type), entry.object_id)
        for kind, key in (("person", entry.actor_id), about, *ids_in(entry)):
            if key:
                found.setdefault(kind, set()).add(key)
    return found


def lines(entries: Sequence[AnyRow], reader: Reader) -> list[Line]:
    """The entries in words."""
    return [_line(entry, reader) for entry in entries]


def thing(object_type: str, object_id: uuid.UUID, reader: Reader) -> Thing:
    """What is known by this id."""
    kind = KINDS.get(object_type)
    noun = kind.noun if kind else object_type.replace("_", " ").capitalize()
    row = reader.names.get(NAMED_AS.get(object_type, object_type), {}).get(object_id)
    if row is None:
        return Thing(object_id, noun, "", "")
    return Thing(object_id, noun, _name(row, reader), "" if row.is_gone else _href(object_type, row))


def _line(entry: AnyRow, reader: Reader) -> Line:
    booking = reader.names["booking"].get(entry.object_id)
    holder = booking.name if booking else ""
    people: dict[uuid.UUID | None, str] = {key: row.name for key, row in reader.names["person"].items()}
    return Line(
        number=entry.number,
        at=entry.at,
        who=who(entry, people, holder),
        words=deed(entry, holder),
        address=entry.address or "",
        thing=thing(entry.object_type, entry.object_id, reader),
        changes=changes(entry, reader),
        batch_id=entry.batch_id,
    )


def _name(row: AnyRow, reader: Reader) -> str:
    """A session, or a booking's, is known by its title and when it begins."""
    if "scheduled_at" not in row._fields:
        return str(row.name)
    at = row.scheduled_at
    return f"{row.title}, {fmt_date(at, reader.timezone)}, {fmt_time(at, reader.timezone)}"


def _href(object_type: str, row: AnyRow) -> str:
    if object_type not in PAGES:
        return ""
    endpoint, argument = PAGES[object_type]
    key = row.session_id if argument == "session_id" else row.id
    return url_for(endpoint, **{argument: key})
