"""Booking somebody into a session: finding them, or naming somebody new, and what it will do said before."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import Desk, opened
from liveapp.db import AnyRow
from liveapp.domain.accounts.people import Person
from liveapp.domain.attendance.walk_ins import walk_in
from liveapp.domain.bookings import finding, places
from liveapp.domain.bookings import queries as bookings
from liveapp.domain.bookings import service as booking_service
from liveapp.domain.bookings.errors import NotBookable
from liveapp.domain.bookings.forecasts import BOOKED_PAST, Forecast, forecast
from liveapp.domain.errors import Forbidden, NotFound, Refusal
from liveapp.domain.idempotency import service as idempotency
from liveapp.forms.roster import AT_DESK, FREE, NewPersonForm, PlaceForm
from liveapp.rules.eligibility import Answer
from liveapp.rules.plans import HeldPlan, obstacle
from liveapp.rules.roles import Right, may
from liveapp.rules.texts import cleaned
from liveapp.rules.wording import counted
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock, limits
from liveapp.web.filters import fmt_money
from liveapp.web.htmx import go, invalid, page, swap

LONGEST_SEARCH = 100
NOT_NOW = {
    "draft": "This session is a draft. Publish it, then people can be booked in.",
    "ended": "This session is over, so nobody can be booked in any more.",
    "cancelled": "This session was cancelled, so nobody can be booked in.",
}
REFUSED = {
    "already_booked": "They have a place in this session already, or wait for one.",
    "full": "All places are taken, and nobody can wait for one here.",
}
"""What a guest is told of themselves, as staff are told it."""
OBSTACLES = {
    "daily_quota": "passes over its bookings a day",
    "weekly_quota": "passes over its bookings a week",
    "overlap": "booked elsewhere then",
}


@blueprint.get("/<uuid:session_id>/add")
def add(session_id: uuid.UUID) -> Response:
    desk = _desk(session_id)
    words = _words()
    found = finding.people(organization_id=desk.organization.id, session_id=session_id, words=words) if words else []
    return swap(
        "sessions/_found.html",
        "sessions/add.html",
        session=desk.session,
        words=words,
        found=found,
        is_cut=len(found) == finding.MOST,
        walk_in=_walks_in(),
    )


@blueprint.route("/<uuid:session_id>/add/new", methods=["GET", "POST"])
@limits.limiter.limit(limits.BOOKING, methods=["POST"])
@limits.per_account(limits.BOOKINGS_FOR_ONE, methods=["POST"])
def add_new(session_id: uuid.UUID) -> AnyResponse:
    desk, form = _desk(session_id), NewPersonForm()
    context = _context(desk, form, None)
    if request.method == "GET":
        _carry_over(form, _words())
        return page("sessions/add_new.html", **context)
    if not form.validate():
        return invalid("sessions/add_new.html", **context)
    email = form.email.data
    known = finding.known_address(organization_id=desk.organization.id, email=email) if email else None
    if known and idempotency.first_answer(_key(desk, form, email)) is None:
        flash("This address is known here. See what they have, then book them in.", "info")
        return go(url_for("sessions.add_person", session_id=session_id, user_id=known, walk_in=_walks_in()))
    organization = desk.organization
    person = Person(email, form.name.data, organization.timezone, organization.locale)
    return _booked(desk, form, person, lambda: page("sessions/add_new.html", **context))


@blueprint.route("/<uuid:session_id>/add/<uuid:user_id>", methods=["GET", "POST"])
def add_person(session_id: uuid.UUID, user_id: uuid.UUID) -> AnyResponse:
    desk, form = _desk(session_id), PlaceForm()
    known = finding.person(organization_id=desk.organization.id, user_id=user_id)
    context = _context(desk, form, user_id) | {"person": known}
    if request.method == "GET":
        return page("sessions/add_person.html", **context)
    if not form.validate():
        return invalid("sessions/add_person.html", **context)
    organization = desk.organization
    timezone, locale = known.timezone or organization.timezone, known.locale or organization.locale
    person = Person(known.email or "", known.name, timezone, locale, user_id)
    return _booked(desk, form, person, lambda: page("sessions/add_person.html", **context))


def _desk(session_id: uuid.UUID) -> Desk:
    """A session that people can be booked into, for those who may. Raises Forbidden, NotFound, NotBookable."""
    desk = opened(session_id)
    if not desk.runs_roster:
        raise Forbidden()
    if desk.session.type == "meeting":
        raise NotFound("Meetings have one place, which is taken.")
    if desk.session.status in NOT_NOW:
        raise NotBookable("closed", NOT_NOW[desk.session.status])
    return desk


def _booked(desk: Desk, form: PlaceForm, person: Person, again: Callable[[], Response]) -> AnyResponse:
    turn = [desk.session.id, person.user_id] if person.user_id else [desk.session.id]
    values: dict[str, Any] = {
        "session_id": desk.session.id,
        "person": person,
        "actor": desk.actor,
        "choice": form.choice(),
        "overbook": bool(form.overbook.data),
        "key": _key(desk, form, person.email),
        "now": clock.now(),
    }
    try:
        if form.is_here.data:
            _, answer = transact_in_turn(turn, walk_in, **values)
            flash(f"{person.name}: {answer.sentence}", "success")
            return go(url_for("sessions.door", session_id=desk.session.id))
        booking_id = transact_in_turn(turn, booking_service.book_place, **values)
    except Refusal as refusal:
        form.form_errors.append(REFUSED.get(refusal.code, refusal.sentence))
        response = again()
        response.status_code = refusal.status
        return response
    flash(_said(bookings.booking(booking_id=booking_id)), "success")
    return go(url_for("sessions.detail", session_id=desk.session.id))


def _key(desk: Desk, form: PlaceForm, email: str) -> str:
    """The idempotency key: this form, sent for this address in this session."""
    return f"{form.key_for(desk.session.id)}:{email}"


def _said(booking: AnyRow) -> str:
    if booking.status == "waitlisted":
        return f"{booking.name} is on the waiting list as number {booking.place_in_line}, and is told by mail."
    return f"{booking.name} is booked, and is told by mail."


def _context(desk: Desk, form: PlaceForm, user_id: uuid.UUID | None) -> dict[str, Any]:
    """The form, and what it would do."""
    row = places.bookable(desk.session.id)
    would = forecast(session=row, user_id=user_id, now=clock.now())
    form.offer(_ways(would, row.currency))
    may_overbook = may(desk.actor.role, Right.OVERBOOK)
    if request.method == "GET":
        form.is_here.data = bool(_walks_in())
    return {
        "walk_in": _walks_in(),
        "may_check_in": desk.is_open,
        "session": row,
        "taken": places.taken(row, clock.now()),
        "form": form,
        "answer": would.answer.value,
        "number": would.number,
        "past": [BOOKED_PAST[why.value] for why in would.past if why.value in BOOKED_PAST],
        "spent": [f"{plan.name} ({'no credit' if plan.runs else 'doesn’t run'} on that date)" for plan in would.spent],
        "may_overbook": may_overbook and would.answer in (Answer.WAITLIST, Answer.FULL),
        "can_add": would.answer in (Answer.ELIGIBLE, Answer.WAITLIST) or (would.answer is Answer.FULL and may_overbook),
    }


def _words() -> str:
    """Whom they looked for."""
    return cleaned(request.args.get("q", ""))[:LONGEST_SEARCH].strip()


def _carry_over(form: NewPersonForm, words: str) -> None:
    """What was typed to look for somebody needn't be typed again."""
    (form.email if "@" in words else form.name).data = words


def _walks_in() -> str | None:
    """Whether somebody stands at the desk: carried from page to page."""
    return "1" if "walk_in" in request.args else None


def _ways(would: Forecast, currency: str) -> dict[str, str]:
    """How the place can be paid, the likeliest first: a plan that isn't used up, the desk, nothing."""
    plans = sorted(would.plans, key=lambda plan: obstacle(plan, overlaps=False) is not None)
    ways = {str(plan.key): _plan_in_words(plan) for plan in plans}
    if would.price_minor:
        ways[AT_DESK] = f"At the desk, {fmt_money(would.price_minor, currency)}"
    return ways | {FREE: "Free of charge"}


def _plan_in_words(plan: HeldPlan) -> str:
    left = "unlimited" if plan.credits is None else f"1 of {counted(plan.credits, 'credit')}"
    why = obstacle(plan, overlaps=False)
    return f"{plan.name}, {left}" + (f" ({OBSTACLES[why.value]})" if why else "")
