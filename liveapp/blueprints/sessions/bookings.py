"""What staff do with one booking: take it back, move it, forgive what it cost, note something, send its link anew."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import Desk, opened_booking
from liveapp.blueprints.sessions.view import roster_of
from liveapp.db import AnyRow
from liveapp.domain.bookings import finding, forecasts, links, moves, notes, places, queries, service, waiving
from liveapp.domain.bookings.errors import NotCancellable, NotMovable, NotWaivable
from liveapp.domain.errors import NotFound, Refusal
from liveapp.domain.payments import desk as desk_money
from liveapp.forms.roster import MoveForm, NoteForm, WaiveForm
from liveapp.forms.sessions import CancelForm
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import clock, move_words
from liveapp.web.htmx import go, invalid, page, swap, wants_partial
from liveapp.web.limits import MAILS, limiter

REFUSED = {
    "waitlist": "That session is full. Choose another one.",
    "full": "That session is full. Choose another one.",
    "already_booked": "They have a place in that session already, or wait for one. Choose another one.",
    "not_visible": "That session is a draft. Choose another one.",
}
"""What a guest is told of themselves, as staff are told it."""


@blueprint.route("/<uuid:session_id>/bookings/<uuid:booking_id>/cancel", methods=["GET", "POST"])
def cancel_booking(session_id: uuid.UUID, booking_id: uuid.UUID) -> AnyResponse:
    desk, booking = opened_booking(session_id, booking_id)
    form = CancelForm()
    context: dict[str, Any] = {"session": desk.session, "booking": booking, "form": form}
    context |= {"follows": _follows(booking), "paid": desk_money.paid_for(booking_id=booking_id)}
    if request.method == "GET":
        return page("sessions/cancel_booking.html", **context)
    if not form.validate():
        return invalid("sessions/cancel_booking.html", **context)
    try:
        transact_in_turn(
            [session_id, booking.user_id],
            service.cancel,
            booking_id=booking_id,
            now=clock.now(),
            actor=desk.actor,
            reason=form.reason.data,
        )
    except NotCancellable as refusal:
        form.form_errors.append(refusal.sentence)
        return invalid("sessions/cancel_booking.html", **context)
    flash(f"Cancelled. {booking.name} is told by mail.", "success")
    return go(url_for("sessions.detail", session_id=session_id))


@blueprint.get("/<uuid:session_id>/bookings/<uuid:booking_id>/move")
def move(session_id: uuid.UUID, booking_id: uuid.UUID) -> AnyResponse:
    """The sessions that the booking can be moved to."""
    desk, booking = _movable(session_id, booking_id)
    after = request.args.get("after", type=uuid.UUID)
    found = finding.other_sessions(session=desk.session, now=clock.now(), after=after)
    shown = found[: finding.MOST]
    more = url_for("sessions.move", session_id=session_id, booking_id=booking_id, after=shown[-1].id) if shown else ""
    return page(
        "sessions/move.html",
        session=desk.session,
        booking=booking,
        others=shown,
        more=more if len(found) > finding.MOST else "",
        is_first=after is None,
    )


@blueprint.route("/<uuid:session_id>/bookings/<uuid:booking_id>/move/<uuid:target_id>", methods=["GET", "POST"])
def move_to(session_id: uuid.UUID, booking_id: uuid.UUID, target_id: uuid.UUID) -> AnyResponse:
    """Says what the move does, and moves; sent twice it is one move."""
    if request.method == "POST" and queries.booking(booking_id=booking_id).session_id == target_id:
        opened_booking(target_id, booking_id)
        return go(url_for("sessions.detail", session_id=target_id))
    desk, booking = _movable(session_id, booking_id)
    target = finding.other_session(session=desk.session, session_id=target_id, now=clock.now())
    form = MoveForm()
    context = {"session": desk.session, "booking": booking, "target": target, "form": form}
    context["follows"] = _follows(booking)
    context |= _move_words(desk, booking, target_id)
    if request.method == "GET":
        return page("sessions/move_to.html", **context)
    if not form.validate():
        return invalid("sessions/move_to.html", **context)
    try:
        transact_in_turn(
            [session_id, target_id, booking.user_id],
            moves.move_place,
            booking_id=booking_id,
            session_id=target_id,
            actor=desk.actor,
            key=form.key_for(target_id),
            now=clock.now(),
        )
    except Refusal as refusal:
        form.form_errors.append(REFUSED.get(refusal.code, refusal.sentence))
        answer = page("sessions/move_to.html", **context)
        answer.status_code = refusal.status
        return answer
    flash(f"Moved. {booking.name} is told by mail.", "success")
    return go(url_for("sessions.detail", session_id=target_id))


@blueprint.route("/<uuid:session_id>/bookings/<uuid:booking_id>/waive", methods=["GET", "POST"])
def waive(session_id: uuid.UUID, booking_id: uuid.UUID) -> AnyResponse:
    desk, booking = opened_booking(session_id, booking_id)
    form = WaiveForm()
    context = {"session": desk.session, "booking": booking, "form": form}
    if not waiving.is_waivable(booking) and request.method == "GET":
        raise NotWaivable("This is forgiven already." if booking.waived_at else None)
    if request.method == "GET":
        return page("sessions/waive.html", **context)
    if not form.validate():
        return invalid("sessions/waive.html", **context)
    transact_in_turn(
        [session_id, booking.user_id],
        waiving.waive,
        booking_id=booking_id,
        actor=desk.actor,
        now=clock.now(),
        reason=form.reason.data,
    )
    flash(f"Forgiven. {booking.name} is told by mail.", "success")
    return go(url_for("sessions.detail", session_id=session_id))


@blueprint.route("/<uuid:session_id>/bookings/<uuid:booking_id>/note", methods=["GET", "POST"])
def note(session_id: uuid.UUID, booking_id: uuid.UUID) -> AnyResponse:
    """In the row of the roster with script, on a page of its own without."""
    desk, booking = opened_booking(session_id, booking_id)
    form = NoteForm(data={"text": booking.staff_note})
    context = {"session": desk.session, "booking": booking, "form": form}
    if request.method == "GET":
        return swap("sessions/_note.html", "sessions/note.html", **context)
    if not form.validate():
        return invalid("sessions/_note.html" if wants_partial() else "sessions/note.html", **context)
    transact(notes.write_note, booking_id=booking_id, actor=desk.actor, now=clock.now(), text=form.text.data)
    if wants_partial():
        return page("sessions/_roster.html", **roster_of(desk, queries.roster(session_id=session_id)))
    flash("The note is kept.", "success")
    return go(url_for("sessions.detail", session_id=session_id))


@blueprint.post("/<uuid:session_id>/bookings/<uuid:booking_id>/link")
@limiter.limit(MAILS)
def renew_link(session_id: uuid.UUID, booking_id: uuid.UUID) -> AnyResponse:
    """Ends the links to a booking that were handed out, and mails a new one."""
    desk, booking = opened_booking(session_id, booking_id)
    transact(links.renew, booking_id=booking_id, actor=desk.actor, now=clock.now())
    flash(f"{booking.name} gets a new link by mail. The old ones don't open the booking any more.", "success")
    if desk.session.type == "meeting":
        return go(url_for("meetings.detail", booking_id=booking_id))
    return go(url_for("sessions.detail", session_id=session_id))


def _move_words(desk: Desk, booking: AnyRow, target_id: uuid.UUID) -> dict[str, Any]:
    """What becomes of what is paid, and the start that cancelling is judged by; nothing where it can't go there."""
    held = places.held_by(booking.id)
    try:
        terms = moves.terms_of_move(held, desk.session, places.bookable(target_id), desk.actor, clock.now())
    except Refusal:
        return {"move_words": "", "judged": None}
    return {"move_words": move_words.for_staff(booking, terms.move), "judged": terms.counts_from}


def _movable(session_id: uuid.UUID, booking_id: uuid.UUID) -> tuple[Desk, AnyRow]:
    """A booking that has a place to move. Raises NotMovable with the reason."""
    desk, booking = opened_booking(session_id, booking_id)
    if desk.session.type == "meeting":
        raise NotFound("Meetings are moved on the meetings page.")
    if booking.status == "waitlisted":
        raise NotMovable("They wait for a place, so there is none to move. Add them to the other session instead.")
    moves.check_movable(booking, desk.session, desk.actor, clock.now())
    return desk, booking


def _follows(booking: AnyRow) -> str:
    session = places.bookable(booking.session_id)
    return forecasts.who_follows(booking=booking, session=session, now=clock.now())
