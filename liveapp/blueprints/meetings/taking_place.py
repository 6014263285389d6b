"""A meeting while it takes place and after: the host comes, the guest doesn't, it ends early, somebody decides."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.meetings import blueprint
from liveapp.blueprints.meetings.desk import Meeting, meeting
from liveapp.domain.errors import Refusal
from liveapp.domain.live_sessions import service as live_sessions
from liveapp.domain.meetings import joining
from liveapp.domain.payments import reviewing, settling
from liveapp.domain.payments.errors import NotDecidable
from liveapp.domain.payments.records import payment_of
from liveapp.domain.payments.reviewing import Decision
from liveapp.forms.meetings import DecisionForm
from liveapp.gateways import payments
from liveapp.rules.roles import Right, may
from liveapp.rules.settlement import min_payable
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import auth, clock
from liveapp.web.htmx import go, invalid, page


def course(found: Meeting) -> dict[str, Any]:
    """How the meeting stands: its state, what a no-show would cost, why it can't be said now, and what is to decide."""
    settlement, now = settling.settlement_of(booking_id=found.row.id), clock.now()
    payment = payment_of(found.row.id)
    return {
        "state": settlement.state(now),
        "settlement": settlement,
        "no_show_refusal": settlement.no_show_refusal(now),
        "payable_from": min_payable(settlement.facts.duration_minutes, settlement.terms),
        "payment": payment,
        "now": now,
        "matters": reviewing.open_holds(payment_id=payment.id) if payment else [],
        "may_decide": may(found.actor.role, Right.GIVE_MONEY_BACK),
        "is_host": found.actor.user_id == found.row.host_id,
    }


def mark_no_show(found: Meeting) -> None:
    """The guest didn't come: what it costs is settled. Raises NotDecidable while that can't be said; twice is once."""
    transact_in_turn(
        [found.row.session_id], settling.mark_no_show,
        booking_id=found.row.id, actor=found.actor, now=clock.now(),
        fee_hundredths=payments.fee_hundredths(),
    )  # fmt: skip


@blueprint.post("/<uuid:booking_id>/join")
def join(booking_id: uuid.UUID) -> AnyResponse:
    """The host is there."""
    found = meeting(booking_id)
    transact_in_turn([found.row.session_id], joining.join, booking_id=booking_id, actor=found.actor, now=clock.now())
    flash("Noted that you are there. How long you wait is counted from the start of the meeting.", "success")
    return _back(booking_id)


@blueprint.route("/<uuid:booking_id>/no-show", methods=["GET", "POST"])
def no_show(booking_id: uuid.UUID) -> Response | AnyResponse:
    """The guest didn't come: what that costs is said before it is so."""
    found = meeting(booking_id)
    if request.method == "GET":
        refusal = settling.settlement_of(booking_id=booking_id).no_show_refusal(clock.now())
        costs = settling.no_show_costs(booking_id=booking_id)
        return page("meetings/no_show.html", meeting=found, refusal=refusal, costs=costs)
    mark_no_show(found)
    flash(f"Noted. {found.row.name} is told by mail.", "success")
    return _back(booking_id)


@blueprint.route("/<uuid:booking_id>/end", methods=["GET", "POST"])
def end(booking_id: uuid.UUID) -> Response | AnyResponse:
    """The meeting ends now; before the minutes that are paid in full, somebody has to decide what it costs."""
    found = meeting(booking_id)
    if request.method == "GET":
        return page("meetings/ending.html", meeting=found, **course(found))
    session_id = found.row.session_id
    transact_in_turn([session_id], live_sessions.end, session_id=session_id, actor=found.actor, now=clock.now())
    flash("The meeting has ended.", "success")
    return _back(booking_id)


@blueprint.route("/<uuid:booking_id>/decide", methods=["GET", "POST"])
def decide(booking_id: uuid.UUID) -> Response | AnyResponse:
    """An owner or admin decides what is paid for a meeting that ended early, or whose host didn't come."""
    found, form = meeting(booking_id), DecisionForm()
    auth.require(found.row.organization_id, Right.GIVE_MONEY_BACK)
    payment = payment_of(booking_id)
    if payment is None:
        raise NotDecidable("Nothing is paid by card for this meeting, so there is nothing to decide.")
    asked: dict[str, Any] = {"meeting": found, "form": form, **course(found)}
    form.part.currency = payment.currency
    if request.method == "GET":
        return page("meetings/decide.html", **asked)
    if not form.validate_for(payment.currency):
        return invalid("meetings/decide.html", **asked)
    decision = Decision(form.outcome.data, form.reason.data, form.part.data or 0)
    try:
        transact_in_turn(
            [found.row.session_id], reviewing.decide,
            payment_id=payment.id, decision=decision, actor=found.actor, now=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("meetings/decide.html", **asked)
    flash(f"Decided. {found.row.name} is told by mail.", "success")
    return _back(booking_id)


def _back(booking_id: uuid.UUID) -> AnyResponse:
    return go(url_for("meetings.detail", booking_id=booking_id))
