"""Meetings for programs: how one stands, what is paid for it, and a guest who didn't come. By the sign-in's cookie."""

from __future__ import annotations

import uuid

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from liveapp.blueprints.meetings import taking_place
from liveapp.blueprints.meetings.desk import Meeting, meeting
from liveapp.domain.bookings import queries as bookings
from liveapp.domain.errors import NotFound, Refusal
from liveapp.domain.payments import settling
from liveapp.domain.payments.records import payment_of
from liveapp.rules.lifecycle import meeting_word
from liveapp.web import auth, clock

blueprint = Blueprint("api_meetings", __name__, url_prefix="/api")


class SignInFirst(Refusal):
    """Nobody is signed in."""

    status = 401
    code = "sign_in_first"
    sentence = "Please sign in first."


@blueprint.before_request
def guard() -> None:
    """Programs are told, where people are led to the sign-in."""
    if auth.known_person() is None:
        raise SignInFirst()


@blueprint.get("/meetings/<uuid:booking_id>")
def show(booking_id: uuid.UUID) -> Response:
    """One meeting, for its guest, its host and who runs the schedule: its state (scheduled, join_open,
    completed_assumed, no_show_student, early_end_short, cancelled), and what is paid by card (minor units).
    """
    row = bookings.booking(booking_id=booking_id)
    if row.type != "meeting":
        raise NotFound()
    if row.user_id != auth.person().user_id:
        meeting(booking_id)
    return jsonify(_said(booking_id))


@blueprint.post("/sessions/<uuid:session_id>/mark-no-show")
def mark_no_show(session_id: uuid.UUID) -> Response:
    """The guest of the meeting didn't come. 409 with the reason while that can't be said; twice is once."""
    found = _of_session(session_id)
    taking_place.mark_no_show(found)
    return jsonify(_said(found.row.id))


def _of_session(session_id: uuid.UUID) -> Meeting:
    """The meeting that the session is. Raises NotFound, Forbidden."""
    booking_id = settling.booking_of(session_id=session_id)
    if booking_id is None:
        raise NotFound()
    return meeting(booking_id)


def _said(booking_id: uuid.UUID) -> dict[str, object]:
    found = settling.settlement_of(booking_id=booking_id)
    row, payment = found.row, payment_of(booking_id)
    paid = payment and {
        "status": payment.status,
        "amount_minor": payment.amount_minor,
        "captured_minor": payment.captured_minor,
        "refunded_minor": payment.claimed_minor,
        "currency": payment.currency,
        "due_at": payment.due_at and payment.due_at.isoformat(),
    }
    return {
        "id": str(booking_id),
        "session_id": str(row.session_id),
        "state": found.state(clock.now()),
        "status": meeting_word(row.status),
        "title": row.title,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "price_minor": row.price_minor,
        "currency": row.currency,
        "payment": paid,
    }
