"""One booking, opened by a signed link: details, calendar, cancel, move, answer. No account needed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, Response, make_response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.book.frame import frame
from liveapp.blueprints.book.month import Times, moment, month_view
from liveapp.blueprints.book.onward import pay
from liveapp.blueprints.checkin import part_of
from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.bookings import moves, places, public, queries, waitlist
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.errors import MoveCosts, NotBookable, NotMovable, SlotGone
from liveapp.domain.bookings.move_terms import MoveTerms
from liveapp.domain.bookings.standing import promotable
from liveapp.domain.constraints import HostBusy
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.live_sessions import calendars
from liveapp.domain.meetings import queries as meeting_queries
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.rescheduling import choice
from liveapp.domain.payments import desk, lists, refunding, reviewing
from liveapp.domain.workouts import queries as contents
from liveapp.domain.workouts.queries import Content
from liveapp.forms.booking import PlainForm, ReasonForm, TakeForm
from liveapp.gateways import payments
from liveapp.rules.calendar_entries import Entry as Says
from liveapp.rules.cancellation import Cancellation, Reschedule
from liveapp.rules.eligibility import Answer
from liveapp.rules.waitlist import PASSED_OVER
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import auth, booking_money, booking_terms, calendar_files, clock, door, move_words
from liveapp.web.booking_links import booking_url, join_url, may_join, opened
from liveapp.web.entries import entry_of
from liveapp.web.htmx import go, page
from liveapp.web.limits import SLOTS, limiter
from liveapp.web.urls import absolute_url
from liveapp.web.when import when_of

blueprint = Blueprint("booking", __name__, url_prefix="/bookings")
limiter.limit(SLOTS, methods=["POST"])(blueprint)


@blueprint.get("/<token>")
def show(token: str) -> Response:
    booking = opened(token)
    entry = entry_of(booking, url=absolute_url("booking.show", token=token))
    shown = page(
        "booking/show.html",
        **_shown(booking, token),
        **part_of(booking),
        is_new=bool(request.args.get("new")),
        can_cancel=_cancellation(booking),
        can_move=_reschedule(booking),
        way_back=_way_back(booking, token),
        join_href=join_url(booking) if may_join(booking) else "",
        google=calendar_files.google_link(entry),
        outlook=calendar_files.outlook_link(entry),
        content=_content(booking),
    )
    return door.remember(shown, booking)


def _content(booking: AnyRow) -> Content | None:
    """What is done in the session, for who has a place in it, or had."""
    had_place = booking.status in ("confirmed", "attended") and booking.session_status != "cancelled"
    return contents.content_of(session_id=booking.session_id) if had_place else None


def _shown(booking: AnyRow, token: str) -> dict[str, Any]:
    """What the booking's state says, and what its holder can answer."""
    return {
        **_frame(booking, token),
        "passed_over": PASSED_OVER.get(booking.passed_over, ("", ""))[1],
        "answer_form": PlainForm() if booking.status == "requested" and booking.proposed_at else None,
        "pay_form": PlainForm(),
        "charged_later": booking_money.charged_later(booking),
        "comes_back": refunding.going_back(booking_id=booking.id) if booking.status == "cancelled" else 0,
        "has_receipt": lists.receipt_of(booking_id=booking.id) is not None,
        **booking_money.shown(booking, is_holder=_is_holder(booking), now=clock.now()),
        "is_paying": booking.status == "held" and bool(request.args.get("paid")),
        **_free_place(booking),
    }


@blueprint.post("/<token>/take")
def take(token: str) -> AnyResponse:
    """The holder takes the place that is held for them, or that is free for anybody."""
    booking, form = opened(token), TakeForm()
    if not form.validate_on_submit():
        return go(url_for("booking.show", token=token))
    transact_in_turn(
        [booking.session_id, booking.user_id],
        waitlist.take_place,
        booking_id=booking.id,
        choice=form.pay_with.choice,
        is_holder=_is_holder(booking),
        now=clock.now(),
    )
    taken = opened(token)
    return pay(taken) if taken.status == "held" else go(url_for("booking.show", token=token, new=1))


@blueprint.post("/<token>/pay")
def pay_now(token: str) -> AnyResponse:
    """The holder of a held place, or who still owes what their card was declined for, goes to the provider's page."""
    booking = opened(token)
    return pay(booking) if PlainForm().validate_on_submit() else go(url_for("booking.show", token=token))


@blueprint.post("/<token>/agree/<uuid:card_id>")
def agree(token: str, card_id: uuid.UUID) -> AnyResponse:
    """The holder, signed in, has the place charged to a card that they saved before."""
    booking = opened(token)
    if PlainForm().validate_on_submit() and _is_holder(booking):
        note = booking_money.charged_later(booking)
        payments.agree_with(booking, card_id, home=booking_url(booking), note=note, now=clock.now())
    return go(url_for("booking.show", token=token, new=1))


@blueprint.route("/<token>/absent", methods=["GET", "POST"])
def absent(token: str) -> AnyResponse:
    """The guest says that the host didn't come."""
    booking, form = opened(token), ReasonForm()
    if not form.validate_on_submit():
        return page("booking/absent.html", **_frame(booking, token), form=form)
    transact_in_turn(
        [booking.session_id], reviewing.report_absent,
        booking_id=booking.id, words=form.reason.data or "", now=clock.now(),
    )  # fmt: skip
    return go(url_for("booking.show", token=token))


@blueprint.get("/<token>/state")
def state(token: str) -> AnyResponse:
    """The booking's state as it is now: the page asks for it while the money is on its way."""
    booking = opened(token)
    if booking.status != "held":
        return go(url_for("booking.show", token=token, new=1))
    return page("booking/_state.html", **_shown(booking, token))


@blueprint.get("/<token>/calendar.ics")
def calendar(token: str) -> Response:
    """The entry as a file: of what is confirmed, or was and is cancelled."""
    booking = opened(token)
    says = calendars.guests_entry(booking)
    if says is Says.NEVER:
        raise NotFound("This isn’t booked, so there is nothing to put into a calendar yet.")
    url = absolute_url("booking.show", token=token)
    entry = entry_of(booking, url=url, cancelled=says is Says.WITHDRAWN)
    response = make_response(calendar_files.published(entry))
    response.content_type = "text/calendar; charset=utf-8; method=PUBLISH"
    response.headers["Content-Disposition"] = "attachment; filename=booking.ics"
    return response


@blueprint.get("/<token>/cancel")
def cancel(token: str) -> Response:
    booking = opened(token)
    return page("booking/cancel.html", **_frame(booking, token), answer=_cancellation(booking), form=ReasonForm())


@blueprint.post("/<token>/cancel")
def cancel_now(token: str) -> AnyResponse:
    booking, form = opened(token), ReasonForm()
    if not form.validate_on_submit():
        return cancel(token)
    transact_in_turn(
        [booking.session_id], bookings.cancel, booking_id=booking.id, reason=form.reason.data or "", now=clock.now()
    )
    return go(url_for("booking.show", token=token))


@blueprint.get("/<token>/reschedule")
def reschedule(token: str) -> Response:
    booking = opened(token)
    if booking.type != "meeting" and request.args.get("session_id"):
        return _ask_to_move(booking, token, session_in(request.args))
    return _reschedule_page(booking, token)


@blueprint.post("/<token>/reschedule")
def reschedule_now(token: str) -> AnyResponse:
    booking, form = opened(token), PlainForm()
    if not form.validate_on_submit():
        return _reschedule_page(booking, token)
    try:
        moved_id = _move(booking, f"move:{booking.id.hex}:{form.key.data}")
    except MoveCosts as refusal:
        return _asked_again(booking, token, refusal)
    except (SlotGone, HostBusy, NotBookable, Invalid) as refusal:
        return _with_status(_reschedule_page(booking, token, refused=refusal.sentence), refusal.status)
    if moved_id != booking.id:
        moved = queries.booking(booking_id=moved_id)
        return pay(moved) if moved.status == "held" else go(booking_url(moved))
    return go(url_for("booking.show", token=token, moved=1, **_place_before(booking)))


def _place_before(booking: AnyRow) -> dict[str, Any]:
    """What the address of the moved booking says, so that its page leads back."""
    if booking.type == "meeting":
        return {"start": booking.scheduled_at.isoformat()}
    return {"session_id": str(booking.session_id)}


def _way_back(booking: AnyRow, token: str) -> str:
    """Where a booking that was just moved is moved back; empty where that isn't asked for."""
    kept: dict[str, Any] = {name: request.args[name] for name in ("start", "session_id") if request.args.get(name)}
    return url_for("booking.reschedule", token=token, **kept) if kept and request.args.get("moved") else ""


@blueprint.post("/<token>/answer")
def answer(token: str) -> AnyResponse:
    """The guest's yes or no to the time that the host proposed; one that was answered already stays as it is."""
    booking, said = opened(token), request.form.get("answer")
    if booking.status != "requested" or not PlainForm().validate_on_submit():
        return go(url_for("booking.show", token=token))
    if booking.proposed_at is None or said not in ("yes", "no"):
        raise NotFound("There is no time to say yes or no to. Open your booking to see how it stands.")
    verb: Any = meetings.accept if said == "yes" else bookings.cancel
    transact_in_turn([booking.host_id, booking.session_id], verb, booking_id=booking.id, now=clock.now())
    return go(url_for("booking.show", token=token))


def _free_place(booking: AnyRow) -> dict[str, Any]:
    """A place that a waiting person can take now, and how they would pay for it."""
    if booking.status != "waitlisted" or not waitlist.can_take(booking, clock.now()):
        return {"take_form": None}
    session = places.bookable(booking.session_id)
    answer = promotable(session, booking, clock.now(), is_holder=_is_holder(booking))
    form = TakeForm()
    form.pay_with.offer(answer)
    return {
        "take_form": form if answer.answer is Answer.ELIGIBLE else None,
        "form": form,
        "answer": answer,
    }


def _is_holder(booking: AnyRow) -> bool:
    """Whether the person who holds the booking is signed in here; everybody else only has its link."""
    person = auth.known_person()
    return person is not None and person.user_id == booking.user_id


def _frame(booking: AnyRow, token: str) -> dict[str, Any]:
    organization = accounts.organization_by_id(organization_id=booking.organization_id)
    return frame(organization, auth.visitor_timezone(booking.timezone)) | {
        "booking": booking,
        "token": token,
        "paid_at_desk": desk.paid_for(booking_id=booking.id) if booking.paid_by == "at_desk" else None,
    }


def _cancellation(booking: AnyRow) -> Cancellation:
    return booking_terms.cancelling(booking, _leading(booking), clock.now())


def _reschedule(booking: AnyRow) -> Reschedule:
    return booking_terms.moving(booking, _leading(booking), clock.now())


def _leading(booking: AnyRow) -> str:
    """The zone on whose clock deadlines are said."""
    return when_of(booking, auth.visitor_timezone(booking.timezone)).leading


def _reschedule_page(booking: AnyRow, token: str, refused: str = "", changed: str = "") -> Response:
    frame = _frame(booking, token) | {"form": PlainForm(), "answer": _reschedule(booking), "refused": refused}
    if not frame["answer"].allowed:
        return page("booking/reschedule.html", **frame)
    if booking.type == "meeting":
        frame |= {} if refused else _terms_of_time(booking, moment(request.args.get("start")))
        view = month_view(_times(booking, token), refused=frame["refused"])
        return page("booking/reschedule_meeting.html", **(view | frame | {"kept": view["kept"], "changed": changed}))
    sessions = public.siblings(
        organization_id=booking.organization_id,
        offering_id=booking.offering_id,
        besides=booking.session_id,
        now=clock.now(),
    )
    return page("booking/reschedule.html", **frame, sessions=sessions)


def _times(booking: AnyRow, token: str) -> Times:
    organization, offering = meeting_queries.meeting_offering(
        organization_id=booking.organization_id, offering_id=booking.offering_id, host_id=booking.host_id
    )
    return Times(
        organization=organization,
        host_id=booking.host_id,
        offering=offering,
        duration=booking.duration_minutes,
        timezone=_leading(booking),
        reader=auth.visitor_timezone(booking.timezone),
        address=partial(url_for, "booking.reschedule", token=token),
        besides=booking.session_id,
        moving_from=booking.scheduled_at,
    )


def _ask_to_move(booking: AnyRow, token: str, session_id: uuid.UUID, refused: str = "") -> Response:
    """What moving to that session means, with a button that moves."""
    frame = _frame(booking, token) | {"form": PlainForm(), "answer": _reschedule(booking), "refused": refused}
    if not frame["answer"].allowed:
        return page("booking/reschedule.html", **frame)
    held, target = places.held_by(booking.id), places.bookable(session_id)
    try:
        terms = moves.terms_of_move(held, places.bookable(booking.session_id), target, None, clock.now())
    except (NotBookable, NotMovable) as refusal:
        return _with_status(_reschedule_page(booking, token, refused=refusal.sentence), refusal.status)
    return page("booking/move_place.html", **frame, **_said(booking, terms), target=target)


def _said(booking: AnyRow, terms: MoveTerms) -> dict[str, Any]:
    """What a page says of a move before it is made."""
    return {
        "move_words": move_words.words(booking, terms.move),
        "accepts": move_words.signed(terms.move),
        "pays_first": terms.move.pays_first and booking.status == "confirmed",
        "judged": terms.counts_from,
    }


def _asked_again(booking: AnyRow, token: str, refusal: MoveCosts) -> Response:
    """The move costs something that wasn't shown: the page that says what."""
    if booking.type == "meeting":
        return _with_status(_reschedule_page(booking, token, changed=refusal.sentence), refusal.status)
    return _with_status(_ask_to_move(booking, token, session_in(request.form), refusal.sentence), refusal.status)


def _with_status(response: Response, status: int) -> Response:
    response.status_code = status
    return response


def _terms_of_time(booking: AnyRow, start: datetime | None) -> dict[str, Any]:
    """What moving a meeting to the time of the address means, where it can be had."""
    if start is None or start == booking.scheduled_at:
        return {}
    held = places.held_by(booking.id)
    try:
        chosen = choice(held, places.bookable(booking.session_id), start, clock.now())
        return _said(booking, chosen.terms) | {"asks_host": chosen.asks_host}
    except (SlotGone, NotBookable) as refusal:
        return {"refused": refusal.sentence}


def _move(booking: AnyRow, key: str) -> uuid.UUID:
    """Moves a meeting to the `start` of the address, a place to the chosen session. Returns the id of the booking that
    the person has then, which may wait to be paid for."""
    accepts = move_words.read(request.form.get("accepts"))
    if booking.type == "meeting":
        start = moment(request.args.get("start"))
        if start is None:
            raise SlotGone("Choose a time first.", "no_time")
        return transact_in_turn(
            [booking.host_id, booking.user_id], meetings.reschedule,
            booking_id=booking.id, start=start, key=key, accepts=accepts, now=clock.now(),
        )  # fmt: skip
    target = session_in(request.form)
    turn = [booking.session_id, target, booking.user_id]
    return transact_in_turn(
        turn, moves.move_place, booking_id=booking.id, session_id=target, key=key, accepts=accepts, now=clock.now()
    )


def session_in(values: Mapping[str, str]) -> uuid.UUID:
    """The session that was chosen. Raises NotFound for what is none."""
    try:
        return uuid.UUID(values.get("session_id", ""))
    except ValueError as error:
        raise NotFound(public.CANT_FIND) from error
