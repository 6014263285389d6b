"""The way to an online session, by a signed link: a countdown until it opens, then a button that leads through."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.book.frame import frame
from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.joining import queries, service
from liveapp.domain.joining.errors import SENTENCES, NotJoinable
from liveapp.forms.booking import PlainForm
from liveapp.gateways.video import rooms
from liveapp.gateways.video.jitsi import Visitor
from liveapp.rules.joining import Door, refresh_after
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import auth, clock
from liveapp.web.booking_links import booking_url, opened_for
from liveapp.web.headers import ANYWHERE, leading_to
from liveapp.web.htmx import page
from liveapp.web.limits import SLOTS, limiter
from liveapp.web.signing import Purpose

blueprint = Blueprint("join", __name__, url_prefix="/join")


@blueprint.get("/<token>")
def show(token: str) -> Response:
    return _shown(queries.ticket(booking_id=opened_for(Purpose.JOIN, token)), token)


@blueprint.post("/<token>")
@limiter.limit(SLOTS)
def go_in(token: str) -> AnyResponse:
    """Through to the session: it is written down who joined, and when."""
    booking_id = opened_for(Purpose.JOIN, token)
    row = queries.ticket(booking_id=booking_id)
    if not PlainForm().validate_on_submit():
        return _shown(row, token)
    try:
        row = transact_in_turn([row.session_id], service.join, booking_id=booking_id, now=clock.now())
    except NotJoinable as refusal:
        response = _shown(queries.ticket(booking_id=booking_id), token)
        response.status_code = refusal.status
        return response
    visitor = Visitor(row.user_id, row.name, row.email)
    return _through(rooms.address(row, visitor=visitor, now=clock.now()))


def _through(address: str | None) -> AnyResponse:
    """On to where the session takes place."""
    assert address, "an open door leads somewhere"
    response = Response(status=303)
    response.headers["Location"] = address
    response.headers["Cache-Control"] = "no-store"
    return response


def _shown(row: AnyRow, token: str) -> Response:
    now = clock.now()
    state, session = queries.door_for(row, now), queries.session_of(row)
    organization = accounts.organization_by_id(organization_id=row.organization_id)
    zone = auth.visitor_timezone(row.timezone)
    said: dict[str, Any] = {
        "ticket": row,
        "door": state.value,
        "sentence": SENTENCES.get(state, ""),
        "opens_at": session.opens_at,
        "seconds_left": max(0, int((session.opens_at - now).total_seconds()) + 1) if state is Door.WAIT else 0,
        "form": PlainForm(),
        "token": token,
        "booking_href": booking_url(row),
    }
    response = page("join/show.html", **frame(organization, zone), **said)
    seconds = refresh_after(state, session, now)
    if seconds is not None:
        response.headers["Refresh"] = str(seconds)
    response.headers["Cache-Control"] = "private, no-store"
    return leading_to(response, ANYWHERE) if state is Door.OPEN else response
