"""Values of the audit log as people read them: on the organization's clock, in its currency, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from liveapp.domain.analytics.audited import Names
from liveapp.rules.recurrence import WEEKDAYS
from liveapp.rules.timezones import is_timezone
from liveapp.web.filters import fmt_amount, fmt_date, fmt_day, fmt_duration, fmt_minutes, fmt_time, zone_name


@dataclass(frozen=True, slots=True)
class Reader:
    """What values are read with: names by kind and id, the organization's time zone and currency."""

    names: Names
    timezone: str
    currency: str


def plain(value: Any, reader: Reader) -> str:
    """A value that needs no reading."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(plain(each, reader) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')}: {plain(each, reader)}" for name, each in value.items())
    return str(value)


def moment(value: Any, reader: Reader) -> str:
    """A moment on the organization's clock."""
    at = datetime.fromisoformat(value)
    return f"{fmt_date(at, reader.timezone)}, {fmt_time(at, reader.timezone)}"


def day(value: Any, _reader: Reader) -> str:
    return fmt_day(date.fromisoformat(value), "EEE d MMM y")


def days(value: Any, reader: Reader) -> str:
    return ", ".join(day(each, reader) for each in value)


def money(value: Any, reader: Reader) -> str:
    return fmt_amount(int(value), reader.currency)


def minutes(value: Any, _reader: Reader) -> str:
    return fmt_duration(int(value))


def hours(value: Any, _reader: Reader) -> str:
    return f"{int(value)} h"


def lengths(value: Any, reader: Reader) -> str:
    return ", ".join(minutes(each, reader) for each in value)


def wall_time(value: Any, _reader: Reader) -> str:
    return fmt_minutes(int(value))


def word(value: Any, _reader: Reader) -> str:
    """One of a list of words, like in_person."""
    return str(value).replace("_", " ")


def zone(value: Any, _reader: Reader) -> str:
    return zone_name(value) if is_timezone(value) else str(value)


def weekday(value: Any, _reader: Reader) -> str:
    return WEEKDAYS[int(value)]


def weekday_list(value: Any, reader: Reader) -> str:
    return ", ".join(weekday(each, reader) for each in value)


def windows(value: Any, reader: Reader) -> str:
    """The hours of a day: 09:00–12:00, with what is special about them."""
    return ", ".join(_window(each, reader) for each in value)


def _window(value: Any, reader: Reader) -> str:
    if not isinstance(value, dict):
        start, end = value
        return f"{fmt_minutes(int(start))}–{fmt_minutes(int(end))}"
    special = [
        "" if value.get("is_active", True) else "off",
        f"only {fmt_duration(value['duration_minutes'])}" if value.get("duration_minutes") else "",
        money(value["price_minor"], reader) if value.get("price_minor") is not None else "",
    ]
    told = ", ".join(filter(None, special))
    return f"{fmt_minutes(value['start'])}–{fmt_minutes(value['end'])}{f' ({told})' if told else ''}"
