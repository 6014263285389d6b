"""The host's and the staff's way to an online session: through, and letting people in early."""

from __future__ import annotations

import uuid
from typing import Any

from flask import current_app, flash, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import Desk, opened
from liveapp.domain.joining import queries, service
from liveapp.gateways.video import rooms
from liveapp.gateways.video.jitsi import Visitor
from liveapp.rules.joining import EARLIEST, Door
from liveapp.rules.video import CONNECTED, NAMES
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import auth, clock
from liveapp.web.htmx import go

DOORS = (Door.WAIT, Door.OPEN, Door.ON_ITS_WAY, Door.NOT_SET_UP)


@blueprint.post("/<uuid:session_id>/join")
def join(session_id: uuid.UUID) -> AnyResponse:
    """Through to the session. The host counts as there from the window on."""
    desk, now = opened(session_id), clock.now()
    row = transact_in_turn([session_id], service.enter, session_id=session_id, actor=desk.actor, now=now)
    person = auth.person()
    visitor = Visitor(person.user_id, person.name, person.email, leads=True)
    address = rooms.address(row, visitor=visitor, now=now)
    if address:
        return redirect(address, code=303)
    flash("The link is on its way, so there is nowhere to go yet. Try it again in a moment.", "attention")
    return go(url_for("sessions.detail", session_id=session_id))


@blueprint.post("/<uuid:session_id>/open")
def open_early(session_id: uuid.UUID) -> AnyResponse:
    desk = opened(session_id)
    transact_in_turn([session_id], service.open_early, session_id=session_id, actor=desk.actor, now=clock.now())
    flash("The room is open: whoever is booked can join from now on.", "success")
    return go(url_for("sessions.detail", session_id=session_id))


def joining_of(desk: Desk) -> dict[str, Any] | None:
    """How the way to the session stands, for who may take it; None for all others, and where there is none."""
    session = desk.session
    if session.format != "online" or not desk.runs_roster or session.status not in ("scheduled", "live"):
        return None
    row, now = queries.place(session_id=session.id), clock.now()
    door, provider = queries.door_for(row, now), queries.provider_in(row)
    assert provider
    if door not in DOORS:
        return None
    return {
        "door": door.value,
        "opens_at": queries.session_of(row).opens_at,
        "may_open": door is Door.WAIT and row.session_status == "scheduled" and row.scheduled_at - now <= EARLIEST,
        "provider": NAMES[provider],
        "domain": current_app.extensions["settings"].jitsi_domain if provider == "jitsi" else "",
        "is_made": provider not in CONNECTED or row.link_state == "made",
        "is_connected": row.link_state == "made" or queries.is_connected(row),
        "host_name": row.host_name,
        "why_not": row.link_error or "",
        "is_meeting": row.type == "meeting",
        "is_host": desk.actor.user_id == row.host_id,
        "host_joined_at": row.host_joined_at,
    }
