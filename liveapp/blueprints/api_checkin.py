"""Checking in for programs: by staff, by people themselves, and who came."""

from __future__ import annotations

import uuid

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from liveapp.blueprints.api_meetings import guard
from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.actor import Actor
from liveapp.domain.attendance import queries, service
from liveapp.domain.attendance.access import check_checks_in
from liveapp.domain.attendance.errors import NotCheckedIn
from liveapp.domain.attendance.late_taps import LateTap, note_refused
from liveapp.domain.attendance.service import Coming
from liveapp.domain.bookings import queries as bookings
from liveapp.domain.bookings.access import reads_roster
from liveapp.domain.errors import Invalid, NotFound, Refusal
from liveapp.domain.live_sessions import queries as sessions
from liveapp.rules import checkin
from liveapp.rules.checkin import Answer, Way
from liveapp.rules.wording import moment_in_words
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import arrivals, auth, clock
from liveapp.web.bodies import body, id_in, idempotency_key, moment_in, text_in
from liveapp.web.booking_links import opened
from liveapp.web.limits import SLOTS, limiter
from liveapp.web.own_codes import booking_of

blueprint = Blueprint("api_checkin", __name__, url_prefix="/api")
LONGEST_REASON = 300
LONGEST_CODE = 2000


@blueprint.post("/sessions/<uuid:session_id>/check-in")
def check_in(session_id: uuid.UUID) -> Response:
    """Staff check somebody in: `booking_id`, or the person's own `code` as it was scanned.

    `override` is the reason for which the check-in's hours are passed over, `device_at` the moment at which a desk
    without network wrote it down: believed inside the check-in's hours and since the sign-in, else it counts from when
    it arrives. Once the session is closed this is refused, as it is a correction then. Sent again with the same
    `Idempotency-Key` it is the first one's answer. Who is in already is a 200 with `already_in`; every refusal is a 409
    with its `code`, `word` and `colour`.
    """
    guard()
    row = sessions.session(session_id=session_id)
    actor = auth.staff(row.organization_id)
    said = body()
    code, booking_id = text_in(said, "code", LONGEST_CODE), id_in(said, "booking_id")
    if bool(code) == bool(booking_id):
        raise Invalid("Send either “booking_id” or “code”.", field="booking_id")
    coming = Coming(
        Way.OWN_CODE if code else Way.MANUAL,
        actor,
        session_id,
        override=text_in(said, "override", LONGEST_REASON),
        device_at=moment_in(said, "device_at"),
        desk_opened_at=auth.person().signed_in_at,
    )
    key = idempotency_key(f"check-in:{actor.user_id}")
    try:
        booking_id = booking_id or _of_code(code, row.organization_id)
        answer = transact_in_turn(
            [session_id], service.check_in, booking_id=booking_id, coming=coming, now=clock.now(), key=key
        )
    except Refusal as refusal:
        _note(coming, booking_id, key, refusal)
        raise
    return _said(answer, booking_id, names_only=_names_only(row, actor))


@blueprint.post("/sessions/<uuid:session_id>/self-checkin")
@limiter.limit(SLOTS)
def self_checkin(session_id: uuid.UUID) -> Response:
    """Somebody checks themselves in: the screen's `code`, or `latitude`, `longitude` and `accuracy` (metres).

    Signed in, or with `booking`, the token of their booking's link. Answers as `check-in` does, without what staff
    wrote.
    """
    said = body()
    token = text_in(said, "booking", LONGEST_CODE)
    code = text_in(said, "code", LONGEST_CODE)
    booking = opened(token) if token else _own(session_id)
    if booking.session_id != session_id:
        when = moment_in_words(booking.scheduled_at, booking.session_timezone)
        raise NotCheckedIn(checkin.other_session(booking.title, when))
    if code:
        return _said(arrivals.come_by_code(booking, code), booking.id, names_only=True)
    return _said(arrivals.come_by_position(booking, said), booking.id, names_only=True)


@blueprint.get("/sessions/<uuid:session_id>/attendance")
def attendance(session_id: uuid.UUID) -> Response:
    """Who is expected at a session and who came, for whoever checks people in to it. `total_present` came in time,
    `total_late` later; of the rest of `total_expected` nothing is known until the session is closed (`closed_at`)."""
    guard()
    row = sessions.session(session_id=session_id)
    actor = auth.staff(row.organization_id)
    check_checks_in(row, actor)
    names_only = _names_only(row, actor)
    found, records = queries.attendance_of(session_id=session_id)
    return jsonify(
        session_id=str(session_id),
        closed_at=row.closed_at and row.closed_at.isoformat(),
        total_expected=found.total_expected,
        total_present=found.total_present,
        total_late=found.total_late,
        total_absent=found.total_absent,
        total_excused=found.total_excused,
        records=[_record(each, names_only=names_only) for each in records],
    )


def _note(coming: Coming, booking_id: uuid.UUID | None, key: str | None, refusal: Refusal) -> None:
    """What a desk kept without a network and is refused now, for good, stands in the audit log."""
    if refusal.status < 500 and coming.device_at and coming.session_id and coming.actor:
        late = LateTap(coming.session_id, booking_id, coming.device_at, key)
        transact(note_refused, tap=late, reason=refusal.sentence, actor=coming.actor, now=clock.now())


def _own(session_id: uuid.UUID) -> AnyRow:
    """The booking of who is signed in. Raises SignInFirst, NotFound, NotCheckedIn."""
    guard()
    row = sessions.session(session_id=session_id)
    found = queries.own_booking(session_id=session_id, user_id=auth.person().user_id)
    if found is not None:
        return bookings.booking(booking_id=found)
    if row.status == "draft":
        raise NotFound()
    raise NotCheckedIn(checkin.not_booked())


def _of_code(code: str, organization_id: uuid.UUID) -> uuid.UUID:
    """The booking of a person's own code; of another business's nothing is told but that it is for something else."""
    booking_id = booking_of(code)
    if booking_id is None:
        raise NotCheckedIn(checkin.ended_code())
    if bookings.booking(booking_id=booking_id).organization_id != organization_id:
        raise NotCheckedIn(checkin.other_session("", ""))
    return booking_id


def _names_only(session: AnyRow, actor: Actor) -> bool:
    """Whether what staff wrote of who comes isn't for this one: the session is another host's."""
    organization = accounts.organization_by_id(organization_id=session.organization_id)
    return not reads_roster(session, actor, opened=organization.coaches_read_rosters)


def _said(answer: Answer, booking_id: uuid.UUID, *, names_only: bool) -> Response:
    found = queries.record_of(booking_id=booking_id)
    return jsonify(
        code=answer.code,
        word=answer.word,
        colour=answer.colour,
        sentence=answer.sentence,
        attendance=_record(found, names_only=names_only) if found else None,
    )


def _record(row: AnyRow, *, names_only: bool) -> dict[str, object]:
    """What is known of somebody's coming; `names_only`: without the reason that staff gave."""
    record = {
        "booking_id": str(row.booking_id),
        "name": row.name,
        "status": row.attendance,
        "how": row.checked_in_how,
        "joined_at": row.joined_at and row.joined_at.isoformat(),
        "left_at": row.left_at and row.left_at.isoformat(),
        "duration_seconds": row.duration_seconds or 0,
        "is_unverified": bool(row.is_unverified),
    }
    return record if names_only else record | {"reason": row.reason or ""}
