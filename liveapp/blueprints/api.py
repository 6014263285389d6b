"""The JSON interface."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from liveapp.domain.errors import Invalid
from liveapp.domain.meetings import queries
from liveapp.domain.meetings.offers import Offer, offered_slots
from liveapp.rules.timezones import is_timezone
from liveapp.web import clock, limits
from liveapp.web.arguments import day_from

blueprint = Blueprint("api", __name__, url_prefix="/api")

MOST_DAYS = 92
"""How many days one question may be about."""


@blueprint.get("/slots")
@limits.limiter.limit(limits.SLOTS)
def slots() -> Response:
    """The free times of a host for an offering, from one day to another (both included) in a zone.

    `organization` is a slug; `host` and `offering` are slugs or ids; `tz` defaults to the organization's zone, `to` to
    `from`, `duration` (minutes) to the offering's. An unchanged answer is a 304 to `If-None-Match`.
    """
    organization, offering, host_id = queries.meeting_offering_named(
        organization=_word("organization"), host=_word("host"), offering=_word("offering")
    )
    first, last = _days()
    timezone = _zone(organization.timezone)
    offers = offered_slots(
        organization=organization, host_id=host_id, offering=offering, duration=_duration(),
        first_day=first, last_day=last, timezone=timezone, now=clock.now(),
    )  # fmt: skip
    response = jsonify(timezone=timezone, slots=[_plain(offer) for offer in offers])
    response.add_etag()
    return response.make_conditional(request)


def _plain(offer: Offer) -> dict[str, object]:
    return {
        "start": offer.start.isoformat(),
        "end": offer.end.isoformat(),
        "price_minor": offer.price_minor,
        "currency": offer.currency,
    }


def _word(name: str) -> str:
    word = request.args.get(name, "")
    if not word:
        raise Invalid(f"“{name}” is missing. Say which one, by its slug or id.", field=name)
    if len(word) > 200 or not word.isprintable():
        raise Invalid(f"“{name}” isn't a slug or an id.", field=name)
    return word


def _days() -> tuple[date, date]:
    first = _day("from", request.args.get("from", ""))
    last = _day("to", request.args["to"]) if "to" in request.args else first
    if last < first:
        raise Invalid("“to” is before “from”. Swap them.", field="to")
    if (last - first).days >= MOST_DAYS:
        raise Invalid(f"That is more than {MOST_DAYS} days. Ask for fewer at a time.", field="to")
    return first, last


def _day(name: str, text: str) -> date:
    day = day_from(text)
    if day is None:
        raise Invalid(f"“{name}” must be a date like 2026-03-31, from 2000 to 2100.", field=name)
    return day


def _zone(fallback: str) -> str:
    name = request.args.get("tz", fallback)
    if not is_timezone(name):
        raise Invalid("“tz” isn't a time zone we know. Use a name like Europe/Madrid.", field="tz")
    return name


def _duration() -> int | None:
    text = request.args.get("duration")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise Invalid("“duration” must be a whole number of minutes, like 45.", field="duration")
    return int(text)
