"""The filters of sessions as they stand in an address: for the list, and for what is changed in bulk."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict

from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.live_sessions import queries
from liveapp.domain.live_sessions.models import STATUSES
from liveapp.domain.live_sessions.queries import Filters
from liveapp.rules.recurrence import WEEKDAYS, resolve_local
from liveapp.rules.texts import cleaned
from liveapp.web.arguments import day_from, id_from, minute_from

Arguments = MultiDict[str, str]
Choices = dict[str, list[tuple[Any, str]]]
ONE = ("when", "status", "host", "offering", "program", "location", "from", "to", "starts_from", "starts_to", "q")
SEVERAL = ("weekday",)


def filters_from(arguments: Arguments, organization: Organization) -> Filters:
    """What the address asks for; what makes no sense in it is as good as not there. Days and times of day are the
    organization's."""
    status = arguments.get("status", "")
    first, last = day_from(arguments.get("from")), day_from(arguments.get("to"))
    return Filters(
        is_past=arguments.get("when") == "past",
        status=status if status in STATUSES else "",
        host_id=id_from(arguments.get("host")),
        offering_id=id_from(arguments.get("offering")),
        program_id=id_from(arguments.get("program")),
        location_id=id_from(arguments.get("location")),
        first=resolve_local(first, time(), organization.timezone) if first else None,
        last=resolve_local(last + timedelta(days=1), time(), organization.timezone) if last else None,
        weekdays=frozenset(int(text) for text in arguments.getlist("weekday") if text in set("0123456")),
        starts_from=minute_from(arguments.get("starts_from")),
        starts_to=minute_from(arguments.get("starts_to")),
        timezone=organization.timezone,
        search=cleaned(arguments.get("q", ""))[:100],
    )


def kept_from(arguments: Arguments) -> dict[str, Any]:
    """The filters that the address names, to stand in other addresses."""
    one = {name: arguments[name] for name in ONE if arguments.get(name)}
    return one | {name: arguments.getlist(name) for name in SEVERAL if arguments.getlist(name)}


def choices_of(organization: Organization) -> Choices:
    """What each filter can be: (value, words), the empty value first."""
    hosts = accounts.hosts(organization_id=organization.id)
    offerings = queries.offerings(organization_id=organization.id)
    programs = queries.programs(organization_id=organization.id)
    locations = queries.locations(organization_id=organization.id)
    days = [(organization.week_start + number) % 7 for number in range(7)]
    return {
        "statuses": [("", "Any status"), *((status, status.capitalize()) for status in STATUSES)],
        "hosts": [("", "Any host"), *((row.user_id, row.name) for row in hosts)],
        "offerings": [("", "Any offering"), *((each.id, each.title) for each in offerings)],
        "programs": [("", "Any program"), *((row.id, row.name) for row in programs)],
        "locations": [("", "Anywhere"), *((row.id, row.name) for row in locations)],
        "weekdays": [(day, WEEKDAYS[day][:3]) for day in days],
    }


def in_words(filters: Filters, kept: dict[str, Any], choices: Choices) -> str:
    """The filters in a line: “Upcoming, draft, Ada Lovelace, Mon, Wed, starting 18:00 to 20:00”."""
    names = [
        ("statuses", filters.status),
        ("hosts", filters.host_id),
        ("offerings", filters.offering_id),
        ("programs", filters.program_id),
        ("locations", filters.location_id),
    ]
    parts = ["Past" if filters.is_past else "Upcoming"]
    parts += [dict(choices[name]).get(value, "") for name, value in names if value]
    parts += [words for day, words in choices["weekdays"] if day in filters.weekdays]
    parts += [_reach(kept, "from", "to", ""), _reach(kept, "starts_from", "starts_to", "starting ")]
    parts += [f"“{filters.search}” in the title" if filters.search else ""]
    return ", ".join(part for part in parts if part)


def _reach(kept: dict[str, Any], first: str, last: str, words: str) -> str:
    begin, end = kept.get(first), kept.get(last)
    if begin and end:
        return f"{words}{begin} to {end}"
    if begin:
        return f"{words}from {begin}"
    return f"{words}until {end}" if end else ""
