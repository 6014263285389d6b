"""Accepting and declining requests, and cancelling meetings."""

from __future__ import annotations

import uuid

from flask import Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.meetings import blueprint
from liveapp.blueprints.meetings.desk import Meeting, meeting
from liveapp.domain.bookings import service as bookings
from liveapp.domain.errors import Refusal
from liveapp.domain.meetings import service
from liveapp.forms.meetings import WordsForm
from liveapp.rules.lifecycle import BOOKING, next_status
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock
from liveapp.web.htmx import go, invalid, page


@blueprint.post("/<uuid:booking_id>/accept")
def accept(booking_id: uuid.UUID) -> AnyResponse:
    """Yes to a request; everything is checked again."""
    found = meeting(booking_id)
    try:
        transact_in_turn(found.turn, service.accept, booking_id=booking_id, now=clock.now(), actor=found.actor)
    except Refusal as refusal:
        flash(refusal.sentence, "error")
        return go(url_for("meetings.detail", booking_id=booking_id))
    flash(f"Accepted. {found.row.name} gets a confirmation with the calendar entry.", "success")
    return _onward(found)


@blueprint.route("/<uuid:booking_id>/decline", methods=["GET", "POST"])
def decline(booking_id: uuid.UUID) -> Response | AnyResponse:
    """No to a request, with words."""
    found = meeting(booking_id)
    next_status(BOOKING, found.row.status, "decline")
    form = WordsForm()
    if request.method == "GET":
        return page("meetings/end.html", meeting=found, form=form, verb="decline")
    if not form.validate_on_submit():
        return invalid("meetings/end.html", meeting=found, form=form, verb="decline")
    transact_in_turn(
        found.turn, service.decline,
        booking_id=booking_id, now=clock.now(), actor=found.actor, words=form.words.data,
    )  # fmt: skip
    flash(f"Declined. {found.row.name} is told, and the time is free again.", "success")
    return _onward(found)


@blueprint.route("/<uuid:booking_id>/cancel", methods=["GET", "POST"])
def cancel(booking_id: uuid.UUID) -> Response | AnyResponse:
    """Cancels a meeting, with a reason."""
    found = meeting(booking_id)
    next_status(BOOKING, found.row.status, "cancel")
    form = WordsForm()
    if request.method == "GET":
        return page("meetings/end.html", meeting=found, form=form, verb="cancel")
    if not form.validate_on_submit():
        return invalid("meetings/end.html", meeting=found, form=form, verb="cancel")
    transact_in_turn(
        found.turn, bookings.cancel,
        booking_id=booking_id, now=clock.now(), actor=found.actor, reason=form.words.data,
    )  # fmt: skip
    flash(f"Cancelled. {found.row.name} is told, and the time is free again.", "success")
    return go(url_for("meetings.detail", booking_id=booking_id))


def _onward(found: Meeting) -> AnyResponse:
    """Back to the list of requests when the answer came from there."""
    if request.form.get("back") == "list":
        return go(url_for("meetings.index", view="requests"))
    return go(url_for("meetings.detail", booking_id=found.row.id))
