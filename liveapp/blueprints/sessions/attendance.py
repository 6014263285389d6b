"""One person's attendance of one session: what is known of it, and putting it right."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import Desk
from liveapp.blueprints.sessions.door import at_door, can_override
from liveapp.db import AnyRow
from liveapp.domain.attendance import correcting, door, service
from liveapp.domain.attendance.errors import NotCheckedIn
from liveapp.domain.attendance.service import Coming
from liveapp.domain.bookings import queries
from liveapp.domain.errors import Forbidden, NotFound, Refusal
from liveapp.forms.attendance import AFTERWARDS, CHECK_IN, AttendanceForm
from liveapp.rules.attendance import Status
from liveapp.rules.checkin import Way
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock
from liveapp.web.htmx import go, invalid, page
from liveapp.web.standing import standing


@blueprint.route("/<uuid:session_id>/bookings/<uuid:booking_id>/attendance", methods=["GET", "POST"])
def attendance(session_id: uuid.UUID, booking_id: uuid.UUID) -> AnyResponse:
    desk = at_door(session_id)
    person = door.person(booking_id=booking_id, names_only=desk.names_only)
    if person is None or person.session_id != session_id:
        raise NotFound()
    form = AttendanceForm()
    form.offer(is_closed=desk.session.closed_at is not None, may_correct=desk.runs_roster)
    context: dict[str, Any] = {
        "session": desk.session,
        "person": person,
        "form": form,
        "code": request.args.get("c", ""),
    }
    context |= {"how": standing(person, desk.session.timezone), "may_change": _may_change(desk, person)}
    context["owed"] = queries.booking(booking_id=person.id) if desk.runs_roster and person.status == "held" else None
    if request.method == "GET":
        return page("sessions/attendance.html", **context)
    if not context["may_change"]:
        raise Forbidden()
    if not form.validate():
        return invalid("sessions/attendance.html", **context)
    try:
        flash(_do(desk, person, form), "success")
    except (NotFound, Forbidden):
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("sessions/attendance.html", **context)
    is_closed = desk.session.closed_at is not None
    return go(url_for("sessions.detail" if is_closed else "sessions.door", session_id=session_id))


def _may_change(desk: Desk, person: AnyRow) -> bool:
    """Before the session is closed there is something to do for whoever has a place and isn't in; afterwards for the
    host, and for who runs the schedule."""
    if desk.session.closed_at is not None:
        return desk.runs_roster and person.status in ("attended", "no_show")
    return person.status == "confirmed" and person.checked_in_at is None


def _do(desk: Desk, person: AnyRow, form: AttendanceForm) -> str:
    """Does what was chosen; returns what to say."""
    values: dict[str, Any] = {"booking_id": person.id, "actor": desk.actor, "now": clock.now()}
    turn = [desk.session.id, person.user_id]
    reason = form.reason.data or ""
    if form.became.data == CHECK_IN:
        return _check_in(desk, person, reason)
    if desk.session.closed_at is None:
        transact_in_turn(turn, service.excuse, reason=reason, **values)
        return f"{person.name} is excused."
    transact_in_turn(turn, correcting.correct, status=Status(form.became.data), reason=reason, **values)
    said = AFTERWARDS[form.became.data]
    return f"Corrected: {person.name} {said[0].lower()}{said[1:]}. Credits and fees follow by themselves."


def _check_in(desk: Desk, person: AnyRow, reason: str) -> str:
    coming = Coming(Way.MANUAL, desk.actor, desk.session.id, override=reason)
    try:
        answer = transact_in_turn(
            [desk.session.id], service.check_in, booking_id=person.id, coming=coming, now=clock.now()
        )
    except NotCheckedIn as refusal:
        advice = " With a reason you can pass over that." if not reason and can_override(desk, refusal.answer) else ""
        raise Refusal(refusal.sentence + advice) from refusal
    return f"{person.name}: {answer.sentence}"
