"""Money given back by staff: how much, what that means in figures, and why; and anew what failed."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, request, url_for
from werkzeug.wrappers import Response

from liveapp.blueprints.payments import blueprint
from liveapp.blueprints.payments.desk import Desk, opened
from liveapp.db import AnyRow
from liveapp.domain.errors import NotFound, Refusal
from liveapp.domain.payments import lists, refunding, staff_refunds
from liveapp.domain.payments.errors import NotRefundable
from liveapp.domain.payments.records import left_of
from liveapp.forms.payments import RefundForm
from liveapp.forms.refusable import given
from liveapp.rules.roles import Right
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock
from liveapp.web.filters import fmt_amount
from liveapp.web.htmx import go, invalid, page, wants_partial

WORKED_OUT = "The amount is another one now, and so are the figures. Press once more if they are right."


@blueprint.get("/<uuid:payment_id>/refund")
def refund(payment_id: uuid.UUID) -> Response:
    """The figures of the amount that is asked for, else of everything that is left."""
    desk = opened(payment_id, Right.GIVE_MONEY_BACK)
    staff_refunds.check_refundable(desk.payment)
    form = RefundForm(request.args if "amount" in request.args else None)
    if "amount" not in request.args:
        form.amount.data = left_of(desk.payment)
        form.amount.currency = desk.payment.currency
    else:
        form.reads(desk.payment.currency)
    return page("payments/_figures.html" if wants_partial() else "payments/refund.html", **_figures(desk, form))


@blueprint.post("/<uuid:payment_id>/refund")
def refund_now(payment_id: uuid.UUID) -> Response:
    desk = opened(payment_id, Right.GIVE_MONEY_BACK)
    form = RefundForm()
    valid, reads, seen = form.validate(), form.reads(desk.payment.currency), (form.shown.data, form.left.data)
    if reads and form.amount.data != seen[0]:
        form.form_errors.append(WORKED_OUT)
    if not valid or not reads or form.form_errors:
        return invalid("payments/refund.html", **_figures(desk, form))
    try:
        refund_id = transact_in_turn(
            [payment_id],
            staff_refunds.refund,
            payment_id=payment_id,
            minor=given(form.amount.data),
            left_seen=seen[1],
            reason=form.reason.data,
            actor=desk.actor,
            key=form.key_for(payment_id),
            now=clock.now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        answer = page("payments/refund.html", **_figures(opened(payment_id), form))
        answer.status_code = refusal.status
        return answer
    flash(_told(desk.payment, refunding.by_id(refund_id).amount_minor), "success")
    return go(url_for("payments.show", payment_id=payment_id))


@blueprint.post("/<uuid:payment_id>/refunds/<uuid:refund_id>/again")
def try_again(payment_id: uuid.UUID, refund_id: uuid.UUID) -> Response:
    desk = opened(payment_id, Right.GIVE_MONEY_BACK)
    if refund_id not in {row.id for row in lists.refunds(payment_id=payment_id)}:
        raise NotFound()
    transact_in_turn([payment_id], staff_refunds.try_again, refund_id=refund_id, actor=desk.actor, now=clock.now())
    flash("It is tried again.", "success")
    return go(url_for("payments.show", payment_id=payment_id))


def _told(payment: AnyRow, minor: int) -> str:
    amount = fmt_amount(minor, payment.currency)
    if payment.method == "desk":
        return f"Written down: {payment.name} got {amount} back from you."
    return f"{amount} goes back to {payment.name}, who is told by mail when it is done."


def _figures(desk: Desk, form: RefundForm) -> dict[str, Any]:
    """The form with what its amount means; nothing of it where the amount makes no sense."""
    payment, forecast, left = desk.payment, None, left_of(desk.payment)
    form.left.data = form.shown.data = -1
    if not form.amount.errors:
        try:
            forecast = staff_refunds.forecast(payment, form.amount.data or 0)
        except NotRefundable as refusal:
            form.refuse(refusal)
    if forecast:
        form.shown.data, form.left.data = forecast.minor, left
    return {"payment": payment, "form": form, "forecast": forecast, "left": left}
