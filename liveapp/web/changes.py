"""What an audit entry says changed, from → to, as people read it: names for ids, local times, money."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from liveapp.db import AnyRow
from liveapp.web.arguments import id_from
from liveapp.web.columns import PLACES, UNSAID, field_of
from liveapp.web.values import Reader, plain

NOTHING = "–"
MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed. `before` is None where there was nothing to change from."""

    label: str
    before: str | None
    after: str | None


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
            kind = field_of(name).kind
            for each in value if isinstance(value, list) else [value]:
                key = id_from(each if isinstance(each, str) else None)
                if key and kind:
                    yield kind, key


def changed_words(values: Mapping[str, Any]) -> str:
    """The names of a few columns: "name, address and 2 more"."""
    labels = list(dict.fromkeys(field_of(name).label for name in sorted(values, key=_place) if name not in UNSAID))
    words = [label[0].lower() + label[1:] for label in labels]
    if len(words) <= MOST_WORDS:
        return ", ".join(words)
    return f"{', '.join(words[:MOST_WORDS])} and {len(words) - MOST_WORDS} more"


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
        return ", ".join(_name(column.kind, each, reader) for each in (value if isinstance(value, list) else [value]))
    try:
        return column.say(value, reader)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        return plain(value, reader)


def _name(kind: str, value: Any, reader: Reader) -> str:
    key = id_from(value if isinstance(value, str) else None)
    row = reader.names.get(kind, {}).get(key) if key else None
    return str(row.name) if row else "unknown"


def _place(name: str) -> tuple[int, str]:
    return (PLACES.get(name, len(PLACES)), name)
