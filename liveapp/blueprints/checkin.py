"""At the door: where the code on the screen leads, and the check-in part of a booking's page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.book.frame import frame
from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.attendance import service
from liveapp.domain.attendance.errors import NotCheckedIn
from liveapp.domain.bookings import queries as bookings
from liveapp.domain.errors import Invalid
from liveapp.domain.live_sessions import queries as sessions
from liveapp.forms.booking import PlainForm
from liveapp.rules import checkin
from liveapp.rules.checkin import Answer, Code
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import arrivals, auth, clock, door
from liveapp.web.booking_links import opened
from liveapp.web.htmx import go, page
from liveapp.web.limits import SLOTS, limiter
from liveapp.web.signing import sign_booking

blueprint = Blueprint("checkin", __name__)
STATUS = {Code.EXPIRED_CODE: 410}
"""Refusals are a conflict, and a code whose time is over is gone."""


@blueprint.get("/checkin")
def door_code() -> AnyResponse:
    """Where the code on the screen leads: one button, which script presses by itself. Nothing is written yet."""
    code = request.args.get("t", "")
    try:
        session_id = door.session_of(code, clock.now())
    except NotCheckedIn as refusal:
        return _result(refusal.answer)
    booking = arrivals.own_booking(session_id)
    session = sessions.session(session_id=session_id)
    if booking is None and auth.known_person() is None:
        return page("checkin/who.html", **_of(session), code=code)
    answer = arrivals.answer_for(booking) if booking else checkin.not_booked()
    if answer.code is not Code.OPEN:
        return _result(answer, booking, session)
    return page("checkin/door.html", **_of(session), booking=booking, form=PlainForm(), code=code)


@blueprint.post("/checkin")
@limiter.limit(SLOTS)
def come() -> AnyResponse:
    """They come by the code on the screen."""
    code, booking, session = request.form.get("t", ""), None, None
    try:
        session_id = door.session_of(code, clock.now())
        session, booking = sessions.session(session_id=session_id), arrivals.own_booking(session_id)
        answer = arrivals.come_by_code(booking, code)
    except NotCheckedIn as refusal:
        answer = refusal.answer
    return _result(answer, booking, session)


@blueprint.get("/bookings/<token>/check-in")
def part(token: str) -> AnyResponse:
    """The check-in part of a booking's page as it is now: the page asks for it while the code is shown."""
    booking = opened(token)
    return page("checkin/_part.html", booking=booking, token=token, **part_of(booking))


@blueprint.post("/bookings/<token>/check-in")
@limiter.limit(SLOTS)
def here(token: str) -> AnyResponse:
    """The holder of the booking scanned the screen's code with this page, or says where they are."""
    booking, code = opened(token), request.form.get("t", "")
    try:
        answer = arrivals.come_by_code(booking, code) if code else arrivals.come_by_position(booking, request.form)
    except NotCheckedIn as refusal:
        answer = refusal.answer
    except Invalid as refusal:
        raise Invalid(f"{refusal.sentence} Go back and use the buttons, or scan the code at the door.") from refusal
    return _result(answer, booking)


@blueprint.post("/bookings/<token>/check-out")
@limiter.limit(SLOTS)
def leave(token: str) -> AnyResponse:
    """The holder goes before the end."""
    booking = opened(token)
    if PlainForm().validate_on_submit():
        transact_in_turn([booking.session_id], service.check_out, booking_id=booking.id, now=clock.now())
    return go(url_for("booking.show", token=token, _anchor="check-in"))


def part_of(booking: AnyRow) -> dict[str, Any]:
    """What the check-in part of a booking's page says; none where it makes no sense: online, over, or days ahead."""
    return {
        "arrival": arrivals.arrival(booking),
        "zone": booking.session_timezone,
        "ways": checkin.BY_WAY,
        "check_form": PlainForm(),
    }


def _result(answer: Answer, booking: AnyRow | None = None, session: AnyRow | None = None) -> AnyResponse:
    """What came of it, with its word, colour, sentence and time, said as the page says times."""
    if booking is not None:
        answer = arrivals.as_said(answer, bookings.booking(booking_id=booking.id))
    about = booking if booking is not None else session
    response = page(
        "checkin/result.html",
        **(_of(about) if about is not None else {"about": None}),
        answer=answer,
        at=clock.now(),
        token=sign_booking(booking.id, booking.link_nonce) if booking is not None else "",
        name=booking.name if booking is not None else "",
    )
    response.status_code = 200 if answer.is_in else STATUS.get(answer.code, 409)
    return response


def _of(row: AnyRow) -> dict[str, Any]:
    """The organization's frame around a session: `row` is a booking's or a session's."""
    organization = accounts.organization_by_id(organization_id=row.organization_id)
    g.organization = organization
    zone = row.session_timezone if hasattr(row, "session_timezone") else row.timezone
    return frame(organization, zone) | {"about": row, "zone": zone}
