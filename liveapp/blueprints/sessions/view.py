"""One session: what it is, who comes, what happened, one booking taken back, and its link."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import Desk, opened
from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.audit import queries as audit
from liveapp.domain.bookings import links
from liveapp.domain.bookings import queries as bookings
from liveapp.domain.bookings import service as booking_service
from liveapp.domain.bookings.errors import NotCancellable
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.domain.live_sessions import access, queries
from liveapp.domain.live_sessions import series as series_rows
from liveapp.forms.sessions import CancelForm
from liveapp.rules.lifecycle import BOOKING, may_use, verbs
from liveapp.rules.recurrence import describe
from liveapp.rules.roles import Right, may
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import clock
from liveapp.web.history import in_words
from liveapp.web.htmx import go, invalid, page
from liveapp.web.urls import absolute_url


@blueprint.get("/<uuid:session_id>")
def detail(session_id: uuid.UUID) -> Response:
    return page("sessions/detail.html", **shown(opened(session_id)))


@blueprint.get("/<uuid:session_id>/roster")
def roster(session_id: uuid.UUID) -> AnyResponse:
    desk = opened(session_id)
    session = desk.session
    parts = (session.revision, session.max_participants, session.status, desk.actor.role)
    tag = "-".join(map(str, (bookings.roster_version(session_id=session_id), *parts)))
    if request.if_none_match.contains(tag):
        return Response(status=304, headers={"ETag": f'"{tag}"'})
    people = bookings.roster(session_id=session_id)
    response = page("sessions/_roster.html", session=session, **_roster(desk, people))
    response.set_etag(tag)
    return response


@blueprint.route("/<uuid:session_id>/bookings/<uuid:booking_id>/cancel", methods=["GET", "POST"])
def cancel_booking(session_id: uuid.UUID, booking_id: uuid.UUID) -> AnyResponse:
    desk, booking = _booking(session_id, booking_id)
    form = CancelForm()
    context = {"session": desk.session, "booking": booking, "form": form}
    if request.method == "GET":
        return page("sessions/cancel_booking.html", **context)
    if not form.validate():
        return invalid("sessions/cancel_booking.html", **context)
    try:
        _cancel(session_id, booking_id, desk, form.reason.data)
    except NotCancellable as refusal:
        form.form_errors.append(refusal.sentence)
        return invalid("sessions/cancel_booking.html", **context)
    flash(f"Cancelled. {booking.name} is told by mail.", "success")
    return go(url_for("sessions.detail", session_id=session_id))


@blueprint.post("/<uuid:session_id>/bookings/<uuid:booking_id>/link")
def renew_link(session_id: uuid.UUID, booking_id: uuid.UUID) -> AnyResponse:
    """Ends the links to a booking that were handed out, and mails a new one."""
    desk, booking = _booking(session_id, booking_id)
    transact(links.renew, booking_id=booking_id, actor=desk.actor, now=clock.now())
    flash(f"{booking.name} gets a new link by mail. The old ones don't open the booking any more.", "success")
    if desk.session.type == "meeting":
        return go(url_for("meetings.detail", booking_id=booking_id))
    return go(url_for("sessions.detail", session_id=session_id))


def shown(desk: Desk) -> dict[str, Any]:
    """Everything that the session's page shows."""
    people = bookings.roster(session_id=desk.session.id)
    ids = [desk.session.id, *(row.id for row in people)]
    entries = audit.entries_about(organization_id=desk.organization.id, object_ids=ids)
    staff = accounts.hosts(organization_id=desk.organization.id)
    told = {"history": in_words(entries, people, staff), "may_read_audit": may(desk.actor.role, Right.READ_AUDIT)}
    return _state(desk) | _roster(desk, people) | told


def _booking(session_id: uuid.UUID, booking_id: uuid.UUID) -> tuple[Desk, AnyRow]:
    """One booking of the session, for the host and for who runs the schedule."""
    desk = opened(session_id)
    booking = booking_service.own(booking_id, desk.actor)
    if booking.session_id != session_id:
        raise NotFound()
    if not _may_cancel_bookings(desk):
        raise Forbidden()
    return desk, booking


def _state(desk: Desk) -> dict[str, Any]:
    """Facts, what may be done with it now, and where the public finds it."""
    session, actor = desk.session, desk.actor
    is_meeting = session.type == "meeting"
    allowed = verbs(access.machine(session), session.status, role=actor.role, is_host=session.host_id == actor.user_id)
    may_edit = not is_meeting and session.status in access.EDITABLE and access.may_edit(session, actor)
    return {
        "session": session,
        "verbs": [verb for verb in allowed if not is_meeting or verb in ("start", "end")],
        "may_edit": may_edit,
        "may_delete": not is_meeting
        and session.status in ("draft", "cancelled")
        and (access.may_edit(session, actor) or "publish" in allowed),
        "series_words": describe(series_rows.rule_of(session)) if session.series_id else "",
        "drafts": queries.drafts_in_series(series_id=session.series_id, now=clock.now()) if session.series_id else 0,
        "public_url": absolute_url("book.session", slug=session.organization_slug, session_id=session.id),
    }


def _roster(desk: Desk, people: Any) -> dict[str, Any]:
    gone = ("cancelled", "declined", "expired")
    return {
        "coming": [row for row in people if row.status not in (*gone, "waitlisted")],
        "waiting": [row for row in people if row.status == "waitlisted"],
        "gone": [row for row in people if row.status in gone],
        "may_cancel_bookings": _may_cancel_bookings(desk),
    }


def _may_cancel_bookings(desk: Desk) -> bool:
    is_host = desk.session.host_id == desk.actor.user_id
    return may_use(BOOKING, "cancel", role=desk.actor.role, is_host=is_host)


def _cancel(session_id: uuid.UUID, booking_id: uuid.UUID, desk: Desk, reason: str) -> None:
    transact_in_turn(
        [session_id],
        booking_service.cancel,
        booking_id=booking_id,
        now=clock.now(),
        actor=desk.actor,
        reason=reason,
    )
