"""The renewal of a person's own plan: ended, taken up again, and paid by hand where the card was declined."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, url_for
from werkzeug.wrappers import Response

from liveapp.blueprints.book.onward import AWAY_FROM_PLAN, REFUSED
from liveapp.db import AnyRow
from liveapp.domain.errors import NotFound
from liveapp.domain.payments import renewals
from liveapp.domain.payments.errors import NotPayable
from liveapp.domain.plans import holdings, renewing
from liveapp.domain.plans.errors import BadPlan
from liveapp.gateways import payments
from liveapp.gateways.stripe.client import StripeAway, StripeRefused
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import auth, clock
from liveapp.web.filters import fmt_last_day
from liveapp.web.htmx import go, page
from liveapp.web.urls import absolute_url

blueprint = Blueprint("renewals", __name__, url_prefix="/my/plans/<uuid:subscription_id>")
blueprint.before_request(auth.guard)


@blueprint.get("/end-renewal")
def stop(subscription_id: uuid.UUID) -> Response:
    """Asks, and says when the plan ends."""
    row = _own(subscription_id)
    return page("my/end_renewal.html", plan=row, is_over=row.paid_until <= clock.now())


@blueprint.post("/end-renewal")
def stop_now(subscription_id: uuid.UUID) -> Response:
    row = _own(subscription_id)
    try:
        is_over = _in_turn(renewals.stop, subscription_id)
    except NotPayable as refusal:
        flash(refusal.sentence, "attention")
        return go(url_for("my.plans"))
    last = fmt_last_day(row.paid_until, row.timezone)
    ends = "It has ended." if is_over else f"You can use it until {last}."
    flash(f"“{row.plan_name}” isn't renewed any more, and nothing more is charged. {ends}", "success")
    return go(url_for("my.plans"))


@blueprint.post("/renew")
def go_on(subscription_id: uuid.UUID) -> Response:
    row = _own(subscription_id)
    _in_turn(renewing.go_on, subscription_id)
    flash(f"“{row.plan_name}” renews itself again.", "success")
    return go(url_for("my.plans"))


@blueprint.post("/pay")
def pay(subscription_id: uuid.UUID) -> Response:
    """To the provider's page, for the period that couldn't be charged."""
    _own(subscription_id)
    try:
        payment_id = renewals.to_pay(subscription_id=subscription_id, user_id=auth.person().user_id)
        return go(payments.begin_again(payment_id, home=absolute_url("my.plans"), now=clock.now()))
    except NotPayable as refusal:
        flash(refusal.sentence, "attention")
    except StripeAway:
        flash(AWAY_FROM_PLAN, "attention")
    except StripeRefused:
        flash(REFUSED, "attention")
    return go(url_for("my.plans"))


def _own(subscription_id: uuid.UUID) -> AnyRow:
    """The person's plan, with its name and zone. Raises NotFound, BadPlan for one that doesn't renew itself."""
    row = holdings.subscription(subscription_id=subscription_id)
    if row.user_id != auth.person().user_id:
        raise NotFound()
    if row.paid_until is None:
        raise BadPlan(renewing.NOTHING_TO_END)
    return row


def _in_turn(verb: Any, subscription_id: uuid.UUID) -> Any:
    user_id = auth.person().user_id
    return transact_in_turn([user_id], verb, subscription_id=subscription_id, user_id=user_id, now=clock.now())
