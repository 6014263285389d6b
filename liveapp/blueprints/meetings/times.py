"""Giving a meeting another time: moving it, or proposing another time to who asked."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import flash, request, url_for
from werkzeug.wrappers import Response

from liveapp.blueprints.meetings import blueprint
from liveapp.blueprints.meetings.desk import Meeting, meeting
from liveapp.domain.bookings.errors import SlotGone
from liveapp.domain.constraints import HostBusy, LocationBusy
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.meetings import queries, service
from liveapp.domain.meetings.offers import Offer, nearest_slots, offered_slots
from liveapp.forms.meetings import TimeForm
from liveapp.rules.lifecycle import BOOKING, ForbiddenTransition, next_status
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock
from liveapp.web.arguments import day_from
from liveapp.web.filters import local
from liveapp.web.htmx import go, invalid, swap


@blueprint.route("/<uuid:booking_id>/propose", methods=["GET", "POST"])
def propose(booking_id: uuid.UUID) -> Response:
    """Another time for a request; it is held until the guest answers."""
    found = meeting(booking_id)
    next_status(BOOKING, found.row.status, "accept")
    form = TimeForm()
    more = {"words": form.words.data or ""}
    return _answer(
        found,
        form,
        service.propose,
        more,
        f"Proposed. {found.row.name} is asked by mail; the new time is held meanwhile.",
    )


@blueprint.route("/<uuid:booking_id>/reschedule", methods=["GET", "POST"])
def reschedule(booking_id: uuid.UUID) -> Response:
    """Another time for a meeting."""
    found = meeting(booking_id)
    if found.row.status != "confirmed":
        raise ForbiddenTransition("Only a confirmed meeting can be moved.")
    form = TimeForm()
    more = {"key": f"reschedule:{booking_id.hex}:{form.key.data}"}
    return _answer(
        found, form, service.reschedule, more, f"Moved. {found.row.name} is told, with the calendar entry updated."
    )


def _answer(found: Meeting, form: TimeForm, verb: Callable[..., Any], more: dict[str, str], done: str) -> Response:
    """Asks for a time, or takes the one that was chosen; a refused one comes back with the nearest free times."""
    proposes = request.endpoint == "meetings.propose"
    shown = {"meeting": found, "form": form, "proposes": proposes}
    if request.method == "GET" or "look" in request.form:
        return swap("meetings/_times.html", "meetings/times.html", **shown, **_choices(found), nearest=())
    if not form.validate_on_submit():
        return invalid("meetings/times.html", **shown, **_choices(found), nearest=())
    start = form.moment(found.timezone)
    try:
        transact_in_turn(
            found.turn, verb, booking_id=found.row.id, start=start, now=clock.now(), actor=found.actor, **more
        )
    except (SlotGone, HostBusy, LocationBusy, Invalid) as refusal:
        form.refuse(refusal.sentence)
        return invalid("meetings/times.html", **shown, **_choices(found), nearest=_nearest(found, start))
    flash(done, "success")
    return go(url_for("meetings.detail", booking_id=found.row.id))


def _choices(found: Meeting) -> dict[str, Any]:
    """A day with its free times, and the days around it."""
    today = local(clock.now(), found.timezone).date()
    asked_day = day_from(request.form.get("look")) or day_from(request.args.get("day"))
    day = max(asked_day or local(found.row.scheduled_at, found.timezone).date(), today)
    asked = partial(offered_slots, first_day=day, last_day=day, timezone=found.timezone)
    return {
        "day": day,
        "before": day - timedelta(days=1) if day > today else None,
        "after": day + timedelta(days=1),
        "offers": [offer for offer in _free(found, asked) if offer.start != found.row.scheduled_at],
    }


def _nearest(found: Meeting, start: datetime) -> tuple[Offer, ...]:
    return _free(found, partial(nearest_slots, wanted=start))


def _free(found: Meeting, ask: Callable[..., tuple[Offer, ...]]) -> tuple[Offer, ...]:
    """What the question gives for this meeting; nothing when its offering or length isn't offered any more."""
    row = found.row
    try:
        organization, offering = queries.meeting_offering(
            organization_id=row.organization_id, offering_id=row.offering_id, host_id=row.host_id
        )
        return ask(
            organization=organization, host_id=row.host_id, offering=offering, duration=row.duration_minutes,
            now=clock.now(), besides=row.session_id,
        )  # fmt: skip
    except (NotFound, Invalid):
        return ()
