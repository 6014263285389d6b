"""What a guest would see of a host, and why a time is missing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from liveapp.blueprints.availability import blueprint
from liveapp.blueprints.availability.desk import Desk, desk
from liveapp.domain.availability import queries
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.meetings.explanations import DayExplained, Missing, explain_day
from liveapp.domain.meetings.offers import Offer, offered_slots
from liveapp.domain.meetings.queries import meeting_offerings
from liveapp.rules.timezones import is_timezone
from liveapp.rules.weekly_hours import clock as wall_clock
from liveapp.web import clock
from liveapp.web.arguments import day_from
from liveapp.web.filters import fmt_duration, local
from liveapp.web.htmx import swap
from liveapp.web.zones import zone_choices

DAYS_SHOWN = 7


@blueprint.get("/preview")
def preview() -> Response:
    """A week of times as a guest would see them."""
    found = desk()
    return swap("availability/_preview.html", "availability/preview.html", desk=found, **preview_context(found))


@blueprint.get("/why")
def why() -> Response:
    """Each start of a day with what removed it."""
    found = desk()
    return swap("availability/_why.html", "availability/why.html", desk=found, **_why_context(found))


def preview_context(found: Desk) -> dict[str, Any]:
    """The times of a week, for the offering, length, zone and week that the address names."""
    offerings = meeting_offerings(organization_id=found.organization.id, host_id=found.host_id)
    offering = _chosen(offerings)
    zone = request.args.get("zone", "")
    timezone = zone if is_timezone(zone) else found.organization.timezone
    today = local(clock.now(), timezone).date()
    first = max(day_from(request.args.get("week")) or today, today)
    zones = zone_choices(found.organization.timezone, timezone)
    return {
        **_choice(offerings, offering),
        "zones": [(name, name.replace("_", " ")) for name in zones],
        "zone": timezone,
        "first": first,
        "before": max(first - timedelta(days=DAYS_SHOWN), today) if first > today else None,
        "after": first + timedelta(days=DAYS_SHOWN),
        "week_days": _week(found, offering, first, timezone) if offering else [],
    }


def _choice(offerings: list[Offering], offering: Offering | None) -> dict[str, Any]:
    """What can be chosen, and what is."""
    return {
        "offering": offering,
        "offering_choices": [(one.slug, one.title) for one in offerings],
        "minutes": _minutes(offering),
        "length_choices": [(minutes, fmt_duration(minutes)) for minutes in _lengths(offering)],
    }


def _week(found: Desk, offering: Offering, first: date, timezone: str) -> list[tuple[date, list[Offer]]]:
    days: dict[date, list[Offer]] = {first + timedelta(days=number): [] for number in range(DAYS_SHOWN)}
    for offer in offered_slots(
        organization=found.organization, host_id=found.host_id, offering=offering, duration=_minutes(offering),
        first_day=first, last_day=max(days), timezone=timezone, now=clock.now(),
    ):  # fmt: skip
        days[local(offer.start, timezone).date()].append(offer)
    return list(days.items())


def _why_context(found: Desk) -> dict[str, Any]:
    offerings = meeting_offerings(organization_id=found.organization.id, host_id=found.host_id)
    offering = _chosen(offerings)
    day = day_from(request.args.get("day")) or local(clock.now(), found.organization.timezone).date()
    explained = (
        explain_day(
            organization=found.organization, host_id=found.host_id, offering=offering,
            duration=_minutes(offering), day=day, now=clock.now(),
        )
        if offering
        else None
    )  # fmt: skip
    return {
        **_choice(offerings, offering),
        "day": day,
        "explained": explained,
        "starts": _starts(explained) if explained else [],
        "hours_left_out": _left_out(found, explained) if explained else [],
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
    }


def _starts(explained: DayExplained) -> list[dict[str, Any]]:
    """Offered and missing starts in order, as lines of the list."""
    lines = [{"start": one.start, "offer": one, "sentence": "", "href": ""} for one in explained.offered]
    lines += [
        {"start": one.start, "offer": None, "sentence": one.sentence, "href": _behind(one)} for one in explained.missing
    ]
    return sorted(lines, key=lambda line: line["start"])


def _behind(missing: Missing) -> str:
    """The page of the booking or session that stands in the way."""
    if missing.booking_id:
        return url_for("meetings.detail", booking_id=missing.booking_id)
    return url_for("sessions.detail", session_id=missing.session_id) if missing.session_id else ""


def _left_out(found: Desk, explained: DayExplained) -> list[str]:
    """Hours of that weekday which don't count for this meeting, each with the reason."""
    week = queries.weekly_rules(organization_id=found.organization.id, host_id=found.host_id)
    sentences = []
    for rule in (rule for rule in week if rule.day_of_week == explained.day.weekday()):
        times = f"{wall_clock(rule.start_time)}–{wall_clock(rule.end_time)}"
        if not rule.is_active:
            sentences.append(f"{times} is turned off.")
        elif rule.duration_minutes not in (None, explained.duration):
            sentences.append(f"{times} is only for meetings of {rule.duration_minutes} min.")
    return sentences


def _chosen(offerings: list[Offering]) -> Offering | None:
    wanted = request.args.get("offering")
    return next((one for one in offerings if one.slug == wanted), offerings[0] if offerings else None)


def _minutes(offering: Offering | None) -> int | None:
    """The length that the address names, where the offering has it."""
    if offering is None:
        return None
    wanted = request.args.get("minutes", "")
    return next((minutes for minutes in _lengths(offering) if str(minutes) == wanted), offering.duration_minutes)


def _lengths(offering: Offering | None) -> list[int]:
    if offering is None:
        return []
    return [int(minutes) for minutes in offering.durations] or [offering.duration_minutes]
