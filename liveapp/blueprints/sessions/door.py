"""The check-in desk of one session: who is expected, one tap in or out, live on every device that has it open."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import Desk, opened
from liveapp.blueprints.sessions.view import roster_of
from liveapp.db import AnyRow
from liveapp.domain.attendance import door, service
from liveapp.domain.attendance.errors import NotCheckedIn
from liveapp.domain.attendance.late_taps import LateTap, note_refused
from liveapp.domain.attendance.service import Coming
from liveapp.domain.bookings import queries as bookings
from liveapp.domain.errors import Forbidden, NotFound, Refusal
from liveapp.forms.door import Tap, tap
from liveapp.rules.checkin import EARLIEST, OVERRIDABLE, Answer, Way
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import clock, own_codes
from liveapp.web.door import desk_opened_at, open_desk
from liveapp.web.htmx import go, page, wants_partial
from liveapp.web.standing import standing
from liveapp.web.templating import drawn

OVERLAP = timedelta(seconds=5)
"""What a transaction wrote may be seen a moment after what a later one did: so much is asked for twice."""

UNREADABLE = "That is no code of ours, or one that was ended. Look for the person's name instead."


@blueprint.get("/<uuid:session_id>/door", endpoint="door")
def show(session_id: uuid.UUID) -> Response:
    """The desk; `?q=` looks for a name, where script doesn't."""
    desk = at_door(session_id)
    people = door.people(session_id=session_id, names_only=desk.names_only)
    wanted = request.args.get("q", "").strip().casefold()
    shown = [each for each in people if wanted in each.name.casefold()] if wanted else people
    pulse = door.pulse(session_id=session_id)
    return page("sessions/door.html", wanted=request.args.get("q", ""), **_context(desk, shown, pulse))


@blueprint.get("/<uuid:session_id>/door/now", endpoint="door_now")
def now(session_id: uuid.UUID) -> Response:
    """What changed at the door since `?since=` (milliseconds): its rows, and the counts. Nothing new: 304."""
    desk = at_door(session_id)
    pulse = door.pulse(session_id=session_id)
    tag = f"{pulse.version}-{desk.session.status}-{desk.session.revision}".replace(" ", "_")
    if request.if_none_match.contains(tag):
        return Response(status=304, headers={"ETag": f'"{tag}"'})
    since = min(max(request.args.get("since", 0, type=int), 0), _milliseconds())
    changed = door.changed_since(
        session_id=session_id,
        since=datetime.fromtimestamp(since / 1000, UTC) - OVERLAP,
        names_only=desk.names_only,
    )
    answer = jsonify(_counts(pulse) | {"rows": {str(each.id): row(desk, each) for each in changed}})
    answer.set_etag(tag)
    return answer


@blueprint.post("/<uuid:session_id>/door", endpoint="tap")
def take(session_id: uuid.UUID) -> AnyResponse:
    """One tap: somebody in, out, back, or undone; or a code that they showed. The desk gets the new row, the session's
    page its roster."""
    desk = at_door(session_id)
    tapped = tap(request.form)
    booking_id = tapped.booking_id or own_codes.booking_of(tapped.code)
    if booking_id is None:
        _note(desk, None, tapped, UNREADABLE)
        return _unreadable(session_id, tapped.code)
    if wants_partial():
        _do(desk, booking_id, tapped)
        people = bookings.roster(session_id=session_id, names_only=desk.names_only)
        return page("sessions/_roster.html", **roster_of(desk, people))
    try:
        answer = _do(desk, booking_id, tapped)
    except Refusal as refusal:
        if refusal.status >= 500:  # it will be sent again
            raise
        _note(desk, booking_id, tapped, refusal.sentence)
        if isinstance(refusal, NotFound):
            raise
        if isinstance(refusal, NotCheckedIn):
            return _said(desk, booking_id, refusal.answer, status=409)
        return _refused(desk, booking_id, refusal)
    return _said(desk, booking_id, answer)


@blueprint.get("/check-in", endpoint="own_code")
def scanned() -> AnyResponse:
    """Where a staff member's own camera leads that read somebody's code: to that person, to be let in."""
    booking_id = own_codes.booking_of(request.args.get("c", ""))
    if booking_id is None:
        raise NotFound("This code isn't valid any more. Look for the person's name at the check-in desk.")
    try:
        desk = at_door(bookings.booking(booking_id=booking_id).session_id)
    except Forbidden:
        raise Forbidden("This code is for the staff to scan. Show it at the desk.") from None
    here = {"session_id": desk.session.id, "booking_id": booking_id, "c": request.args["c"]}
    return redirect(url_for("sessions.attendance", **here), code=303)


def at_door(session_id: uuid.UUID) -> Desk:
    """The session, for staff who check people in to it."""
    desk = opened(session_id)
    if not desk.checks_in:
        raise Forbidden()
    return desk


def can_override(desk: Desk, answer: Answer) -> bool:
    """Whether a reason would let them in all the same."""
    is_settled = desk.session.closed_at is not None
    return answer.code in OVERRIDABLE and not is_settled and clock.now() >= desk.session.scheduled_at - EARLIEST


def row(desk: Desk, person: AnyRow) -> str:
    """Somebody's row, as the desk shows it."""
    how = standing(person, desk.session.timezone)
    return drawn("sessions/_door_row.html", person=person, how=how, may_correct=_may_correct(desk))


def _do(desk: Desk, booking_id: uuid.UUID, tapped: Tap) -> Answer | None:
    turn, moment = [desk.session.id], clock.now()
    if tapped.deed == "in":
        way = Way.MANUAL if tapped.booking_id else Way.OWN_CODE
        coming = Coming(
            way,
            desk.actor,
            desk.session.id,
            override=tapped.reason,
            device_at=tapped.device_at,
            desk_opened_at=desk_opened_at(desk.session.id, tapped.desk),
        )
        key = f"door:{booking_id.hex}:{tapped.key}" if tapped.key else None
        return transact_in_turn(turn, service.check_in, booking_id=booking_id, coming=coming, key=key, now=moment)
    if bookings.booking(booking_id=booking_id).session_id != desk.session.id:
        raise NotFound()
    deeds: dict[str, Callable[..., None]] = {"out": service.check_out, "back": service.come_back, "undo": service.undo}
    transact_in_turn(turn, deeds[tapped.deed], booking_id=booking_id, actor=desk.actor, now=moment)
    return None


def _note(desk: Desk, booking_id: uuid.UUID | None, tapped: Tap, reason: str) -> None:
    """A tap that was kept without a network, and is refused now for good, stands in the audit log."""
    if tapped.device_at is not None:
        late = LateTap(desk.session.id, booking_id, tapped.device_at, tapped.key)
        transact(note_refused, tap=late, reason=reason, actor=desk.actor, now=clock.now())


def _way_out(desk: Desk, answer: Answer) -> str:
    """What the person's page lets this desk do about a refusal; empty for nothing."""
    if answer.is_in:
        return ""
    if desk.session.closed_at is not None:
        return "Correct" if _may_correct(desk) else ""
    return "Check in all the same" if can_override(desk, answer) else ""


def _wants_data() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _said(desk: Desk, booking_id: uuid.UUID, answer: Answer | None, *, status: int = 200) -> AnyResponse:
    person = _here(desk, booking_id)
    if not _wants_data():
        if answer is not None:
            name = f"{person.name}: " if person else ""
            flash(f"{name}{answer.sentence}", "success" if answer.is_in else "error")
        return go(url_for("sessions.door", session_id=desk.session.id))
    told = _told(desk, booking_id, person) | ({"name": person.name} if person else {})
    if answer is not None:
        told["answer"] = _shown(answer) | {"way_out": _way_out(desk, answer)}
    response = jsonify(told)
    response.status_code = status
    return response


def _refused(desk: Desk, booking_id: uuid.UUID, refusal: Refusal) -> AnyResponse:
    if not _wants_data():
        flash(refusal.sentence, "error")
        return go(url_for("sessions.door", session_id=desk.session.id))
    answer = {"code": refusal.code, "word": "No", "colour": "rose", "sentence": refusal.sentence}
    response = jsonify(_told(desk, booking_id, _here(desk, booking_id)) | {"answer": answer})
    response.status_code = refusal.status
    return response


def _here(desk: Desk, booking_id: uuid.UUID) -> AnyRow | None:
    """Whose booking it is, if they may stand at this door."""
    person = door.person(booking_id=booking_id, names_only=desk.names_only)
    return person if person is not None and person.session_id == desk.session.id else None


def _told(desk: Desk, booking_id: uuid.UUID, person: AnyRow | None) -> dict[str, Any]:
    """How the door stands after a tap, with the row that was tapped."""
    rows = {str(booking_id): row(desk, person)} if person else {}
    return _counts(door.pulse(session_id=desk.session.id)) | {"id": str(booking_id), "rows": rows}


def _unreadable(session_id: uuid.UUID, text: str) -> AnyResponse:
    """What was typed is no code: then it is a name that is looked for."""
    if not _wants_data():
        return go(url_for("sessions.door", session_id=session_id, q=text[:100]))
    response = jsonify(rows={}, answer={"code": "no_code", "word": "Unknown", "colour": "rose", "sentence": UNREADABLE})
    response.status_code = 422
    return response


def _shown(answer: Answer) -> dict[str, Any]:
    return {
        "code": answer.code.value,
        "word": answer.word,
        "colour": answer.colour,
        "sentence": answer.sentence,
    }


def _milliseconds() -> int:
    return int(clock.now().timestamp() * 1000)


def _counts(pulse: door.Pulse) -> dict[str, Any]:
    return {
        "came": pulse.came,
        "expected": pulse.expected,
        "people": pulse.expected + pulse.others,
        "at": _milliseconds(),
    }


def _context(desk: Desk, people: Sequence[AnyRow], pulse: door.Pulse) -> dict[str, Any]:
    return {
        "session": desk.session,
        "people": [(each, standing(each, desk.session.timezone)) for each in people],
        "pulse": pulse,
        "at": _milliseconds(),
        "opened": open_desk(desk.session.id, clock.now()),
        "is_closed": desk.session.closed_at is not None,
        "may_add": desk.runs_roster and desk.session.type != "meeting" and desk.session.status in ("scheduled", "live"),
        "may_correct": _may_correct(desk),
    }


def _may_correct(desk: Desk) -> bool:
    """Whether this desk can put right what a closed session says of somebody; a meeting's is settled elsewhere."""
    return desk.runs_roster and desk.session.type != "meeting"
