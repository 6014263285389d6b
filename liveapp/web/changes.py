"""What an audit entry says changed, from → to, as people read it: names for ids, local times, money.

A new column is one more entry of `FIELDS`; one that isn't there is named by its own words and shown as it is kept.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from liveapp.db import AnyRow
from liveapp.rules.recurrence import WEEKDAYS
from liveapp.web.arguments import id_from
from liveapp.web.values import (
    Reader,
    day,
    days,
    hours,
    lengths,
    minutes,
    moment,
    money,
    plain,
    wall_time,
    weekday,
    weekday_list,
    windows,
    word,
    zone,
)

NOTHING = "–"
LONG = 160
"""Characters from which on a value is folded."""
MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed. `before` is None where there was nothing to change from."""

    label: str
    before: str | None
    after: str | None

    @property
    def is_long(self) -> bool:
        """Whether it is better folded away."""
        return max(len(self.before or ""), len(self.after or "")) > LONG


@dataclass(frozen=True, slots=True)
class Field:
    """A column by its name for people, how its value is said, and for ids the kind of thing that they name."""

    label: str
    say: Callable[[Any, Reader], str] = plain
    kind: str = ""


def changes(entry: AnyRow, reader: Reader) -> list[Change]:
    """What changed, in the order of `FIELDS`; without what the entry's own sentence says."""
    own = entry.before.get("currency") or entry.after.get("currency")
    reader = replace(reader, currency=own) if isinstance(own, str) else reader
    return [
        Change(
            field_of(name).label,
            _said(name, entry.before[name], reader) if name in entry.before else None,
            _said(name, entry.after[name], reader) if name in entry.after else None,
        )
        for name in sorted({**entry.before, **entry.after}, key=_place)
        if name not in UNSAID and _differs(entry.before.get(name), entry.after.get(name))
    ]


def ids_in(entry: AnyRow) -> Iterator[tuple[str, uuid.UUID]]:
    """The kind and id of each thing that the entry's values name."""
    for values in (entry.before, entry.after):
        for name, value in values.items():
            key, kind = id_from(value if isinstance(value, str) else None), field_of(name).kind
            if key and kind:
                yield kind, key


def changed_words(values: Mapping[str, Any]) -> str:
    """The names of a few columns: "name, address and 2 more"."""
    labels = list(dict.fromkeys(field_of(name).label for name in sorted(values, key=_place) if name not in UNSAID))
    words = [label[0].lower() + label[1:] for label in labels]
    if len(words) <= MOST_WORDS:
        return ", ".join(words)
    return f"{', '.join(words[:MOST_WORDS])} and {len(words) - MOST_WORDS} more"


def field_of(name: str) -> Field:
    """What is known of a column; its own words where nothing is."""
    if name in FIELDS:
        return FIELDS[name]
    label = name.removesuffix("_id").removesuffix("_minor").replace("_", " ").capitalize()
    say = next((say for ending, say in ENDINGS.items() if name.endswith(ending)), plain)
    return Field(label or NOTHING, say)


def _differs(before: Any, after: Any) -> bool:
    """Whether there is anything to tell; what was nothing and is nothing isn't."""
    return before != after and not (_is_nothing(before) and _is_nothing(after))


def _is_nothing(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})


def _said(name: str, value: Any, reader: Reader) -> str:
    """The value in words; one that isn't what its column's name promises is shown as it is kept."""
    if value is not False and _is_nothing(value):
        return NOTHING
    column = field_of(name)
    if column.kind:
        return _name(column.kind, value, reader)
    try:
        return column.say(value, reader)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        return plain(value, reader)


def _name(kind: str, value: Any, reader: Reader) -> str:
    key = id_from(value if isinstance(value, str) else None)
    row = reader.names.get(kind, {}).get(key) if key else None
    return str(row.name) if row else "unknown"


def _place(name: str) -> tuple[int, str]:
    return (_PLACES.get(name, len(_PLACES)), name)


UNSAID = frozenset(
    {
        "revision", "published_at", "published_by", "started_at", "ended_at", "cancelled_at", "cancelled_by",
        "deleted_at", "archived_at", "reason", "cancel_reason", "invitation_id",
    }
)  # fmt: skip
"""What the entry says already: when, by whom, and why."""
ENDINGS: dict[str, Callable[[Any, Reader], str]] = {
    "_at": moment, "_minor": money, "_minutes": minutes, "_hours": hours, "_day": day, "timezone": zone,
}  # fmt: skip
"""How values of columns that nothing is said of are read, by the end of their names."""
FIELDS: dict[str, Field] = {
    "status": Field("Status", word),
    "role": Field("Role"),
    "email": Field("E-mail"),
    "name": Field("Name"),
    "title": Field("Title"),
    "kind": Field("Kind", word),
    "host_id": Field("Host", kind="person"),
    "offering_id": Field("Offering", kind="offering"),
    "program_id": Field("Program", kind="program"),
    "session_id": Field("Session", kind="session"),
    "with_session": Field("With the session", kind="session"),
    "split_from": Field("Goes on from", kind="series"),
    "scheduled_at": Field("Start", moment),
    "starts_at": Field("From", moment),
    "ends_at": Field("End", moment),
    "first_day": Field("First day", day),
    "last_day": Field("Last day", day),
    "local_start": Field("Time of day", wall_time),
    "weekdays": Field("Days of the week", weekday_list),
    "until": Field("Last date", day),
    "count": Field("Number of dates"),
    "made_through": Field("Made until", day),
    "made": Field("Dates made"),
    "left_out": Field("Dates left out", days),
    "publishes": Field("Publishes new dates"),
    "published": Field("Drafts published"),
    "duration_minutes": Field("Length", minutes),
    "durations": Field("Lengths to choose from", lengths),
    "format": Field("Format", word),
    "location_id": Field("Location", kind="location"),
    "meeting_url": Field("Link"),
    "max_participants": Field("Places"),
    "capacity": Field("Places"),
    "price_minor": Field("Price", money),
    "currency": Field("Currency"),
    "is_detached": Field("Goes its own way"),
    "late": Field("Late"),
    "answer": Field("Answer"),
    "description": Field("Description"),
    "focus_area": Field("What to prepare"),
    "notes": Field("Notes"),
    "slug": Field("Name in addresses"),
    "session_type": Field("For", word),
    "topic_type": Field("Topic is", word),
    "topic": Field("Topic"),
    "materials": Field("Materials"),
    "requirements": Field("Requirements"),
    "booking_mode": Field("Booking", word),
    "has_waitlist": Field("Waiting list"),
    "waitlist_size": Field("Size of the waiting list"),
    "booking_opens_days": Field("Booking opens, days before"),
    "colour": Field("Colour"),
    "is_active": Field("Bookable"),
    "delivery_mode": Field("Who sees it", word),
    "address": Field("Address"),
    "is_exclusive": Field("One session at a time"),
    "expires_at": Field("Works until", moment),
    "cancelled": Field("Sessions cancelled"),
    "told": Field("People told"),
    **{name: Field(name, windows) for name in WEEKDAYS},
    "windows": Field("Hours", windows),
    "note": Field("Note"),
    "timezone": Field("Time zone", zone),
    "min_lead_minutes": Field("Notice", minutes),
    "buffer_before": Field("Kept free before", minutes),
    "buffer_after": Field("Kept free after", minutes),
    "max_per_day": Field("Most a day"),
    "max_per_week": Field("Most a week"),
    "slot_interval": Field("Starts every", minutes),
    "horizon_kind": Field("How far ahead", word),
    "horizon_days": Field("Days ahead"),
    "horizon_first": Field("Offered from", day),
    "horizon_last": Field("Offered until", day),
    "contact_email": Field("Contact e-mail"),
    "logo_url": Field("Logo"),
    "locale": Field("Language"),
    "week_start": Field("Weeks begin on", weekday),
    "cancellation_window_hours": Field("Free cancellation until", hours),
    "allow_late_cancellation": Field("Late cancellation"),
    "booking_cutoff_minutes": Field("Booking closes", minutes),
    "promotion_cutoff_minutes": Field("Waiting list closes", minutes),
    "request_expiry_hours": Field("Requests wait", hours),
    "min_session_duration": Field("Shortest session", minutes),
}
"""What columns are called, in the order in which they are told."""
_PLACES = {name: place for place, name in enumerate(FIELDS)}
