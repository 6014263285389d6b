"""The worked slot cases of `cases/slots.json`, read into the values that the rules take."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from liveapp.rules.busy import Busy, BusyKind
from liveapp.rules.event_rules import AvailableDays, BusinessDays, DateRange, Days, EventRules, Horizon
from liveapp.rules.windows import Schedule, TimezoneChange, Window

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Case:
    """One worked case: what is asked, and exactly what is offered."""

    id: str
    title: str
    schedule: Schedule
    event: EventRules
    busy: tuple[Busy, ...]
    now: datetime
    first_day: date
    last_day: date
    timezone: str
    starts: list[datetime]


def slot_cases() -> list[Case]:
    """All cases of the file."""
    path = Path(__file__).parent / "cases" / "slots.json"
    return [_case(raw) for raw in json.loads(path.read_text())["cases"]]


def _case(raw: dict[str, Any]) -> Case:
    query = raw["query"]
    return Case(
        id=raw["id"],
        title=raw["title"],
        schedule=_schedule(raw["host"]),
        event=_event(raw["event"]),
        busy=tuple(_busy(one) for one in raw["busy"] if not one.get("ignore")),
        now=datetime.fromisoformat(raw["now"]),
        first_day=date.fromisoformat(query["from"]),
        last_day=date.fromisoformat(query["to"]),
        timezone=query["tz"],
        starts=[datetime.fromisoformat(start) for start in raw["starts_utc"]],
    )


def _schedule(host: dict[str, Any]) -> Schedule:
    return Schedule(
        timezone=host["tz"],
        weekly={WEEKDAYS.index(day): _windows(windows) for day, windows in host["weekly"].items()},
        overrides={date.fromisoformat(day): _windows(w) for day, w in host.get("overrides", {}).items()},
        travel=tuple(
            TimezoneChange(
                date.fromisoformat(change["from"]),
                date.fromisoformat(change["to"]) if change["to"] else None,
                change["tz"],
            )
            for change in host.get("tz_changes", ())
        ),
    )


def _windows(raw: list[list[str]]) -> tuple[Window, ...]:
    return tuple(Window(_minute(start), _minute(end)) for start, end in raw)


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _event(raw: dict[str, Any]) -> EventRules:
    limits = raw.get("limits", {})
    return EventRules(
        duration=raw["duration_min"],
        interval=raw["interval_min"],
        min_notice=raw.get("min_notice_min", 0),
        buffer_before=raw.get("buffer_before_min", 0),
        buffer_after=raw.get("buffer_after_min", 0),
        horizon=_horizon(raw.get("horizon")),
        per_day=limits.get("per_day"),
        per_week=limits.get("per_week"),
    )


def _horizon(raw: dict[str, Any] | None) -> Horizon | None:
    if raw is None:
        return None
    if raw["type"] == "range":
        return DateRange(date.fromisoformat(raw["from"]), date.fromisoformat(raw["to"]))
    kinds = {"days": Days, "business_days": BusinessDays, "available_days": AvailableDays}
    horizon: Horizon = kinds[raw["type"]](raw["days"])
    return horizon


def _busy(raw: dict[str, Any]) -> Busy:
    return Busy(
        start=datetime.fromisoformat(raw["start"]),
        end=datetime.fromisoformat(raw["end"]),
        kind=BusyKind(raw["kind"]),
        buffer_before=raw.get("buffer_before_min", 0),
        buffer_after=raw.get("buffer_after_min", 0),
    )
