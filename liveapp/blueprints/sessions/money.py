"""What staff record at the desk: that somebody paid there, and what was handed back."""

from __future__ import annotations

import uuid

from flask import flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import Desk, opened_booking
from liveapp.blueprints.sessions.view import roster_of
from liveapp.db import AnyRow
from liveapp.domain.bookings import queries
from liveapp.domain.errors import Refusal
from liveapp.domain.payments import desk as till
from liveapp.forms.roster import HandBackForm
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock
from liveapp.web.filters import fmt_amount
from liveapp.web.htmx import go, invalid, page, wants_partial


@blueprint.post("/<uuid:session_id>/bookings/<uuid:booking_id>/paid")
def take_payment(session_id: uuid.UUID, booking_id: uuid.UUID) -> AnyResponse:
    """The price was paid at the desk. In the roster with script, else on the page that it was pressed on."""
    desk, booking = opened_booking(session_id, booking_id)
    transact_in_turn([session_id], till.take, booking_id=booking_id, actor=desk.actor, now=clock.now())
    if wants_partial():
        return page("sessions/_roster.html", **roster_of(desk, queries.roster(session_id=session_id)))
    flash(f"Recorded. {booking.name} gets a receipt by mail.", "success")
    return go(_home(desk, booking))


@blueprint.route("/<uuid:session_id>/bookings/<uuid:booking_id>/hand-back", methods=["GET", "POST"])
def hand_back(session_id: uuid.UUID, booking_id: uuid.UUID) -> AnyResponse:
    """Asks, and records that money was handed back; where there is none to hand back the booking's page shows so."""
    desk, booking = opened_booking(session_id, booking_id)
    form = HandBackForm()
    paid = till.paid_for(booking_id=booking_id)
    if paid is None or not paid.to_hand_back:
        flash("There is nothing to hand back for this booking.", "attention")
        return go(_home(desk, booking))
    context = {"session": desk.session, "booking": booking, "form": form, "paid": paid, "home": _home(desk, booking)}
    if request.method == "GET":
        return page("sessions/hand_back.html", **context)
    if not form.validate():
        return invalid("sessions/hand_back.html", **context)
    try:
        minor = transact_in_turn(
            [session_id],
            till.hand_back,
            booking_id=booking_id,
            actor=desk.actor,
            reason=form.reason.data,
            now=clock.now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("sessions/hand_back.html", **context)
    flash(f"Recorded: {fmt_amount(minor, paid.currency)} handed back to {booking.name}.", "success")
    return go(_home(desk, booking))


def _home(desk: Desk, booking: AnyRow) -> str:
    """Where the booking is shown."""
    if desk.session.type == "meeting":
        return url_for("meetings.detail", booking_id=booking.id)
    return url_for("sessions.detail", session_id=booking.session_id)
