"""The list of payments, and one of them."""

from __future__ import annotations

import uuid
from datetime import time, timedelta
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from liveapp.blueprints.payments import blueprint
from liveapp.blueprints.payments.desk import opened
from liveapp.domain.accounts.models import Organization
from liveapp.domain.payments import lists
from liveapp.domain.payments.lists import Cursor, Filters, Page
from liveapp.domain.payments.records import left_of, shares_of
from liveapp.domain.payments.reviewing import DECIDED_HERE
from liveapp.forms.payments import PaymentsForm
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.roles import Right
from liveapp.web import auth
from liveapp.web.htmx import go, page, wants_partial
from liveapp.web.payment_places import address_of, place_in
from liveapp.web.payment_words import story

KEPT = ("status", "q", "from", "to", "booking")
NOTHING = Page((), newer=None, older=None)


@blueprint.get("")
def index() -> Response:
    """Payments of the organization; of one booking, where it has one payment, that one."""
    organization = auth.current_organization()
    auth.require(organization.id, Right.VIEW_MONEY_OF_OTHERS)
    form = PaymentsForm.asked(request.args)
    valid = form.validate()
    found = _payments(organization, form) if valid else NOTHING
    if form.booking.data and len(found.rows) == 1 and not form.is_filtered:
        return go(url_for("payments.show", payment_id=found.rows[0].id))
    response = page(
        "payments/_list.html" if wants_partial() else "payments/index.html",
        form=form,
        keeps_open=form.is_filtered or wants_partial(),
        rows=found.rows,
        newer_href=_href(found.newer),
        older_href=_href(found.older),
    )
    response.status_code = 200 if valid else 422
    return response


@blueprint.get("/<uuid:payment_id>")
def show(payment_id: uuid.UUID) -> Response:
    desk = opened(payment_id)
    payment = desk.payment
    refunds, holds = lists.refunds(payment_id=payment_id), lists.holds(payment_id=payment_id)
    organization = auth.current_organization()
    return page(
        "payments/show.html",
        payment=payment,
        left=left_of(payment),
        may_give_back=desk.may_give_back and not payment.is_disputed,
        to_decide=any(hold.decided_at is None and hold.kind in DECIDED_HERE for hold in holds),
        shares=shares_of(payment),
        story=story(payment, refunds, holds, may_retry=desk.may_give_back, zone=organization.timezone),
    )


def _payments(organization: Organization, form: PaymentsForm) -> Page:
    first, last = form.first.data, form.last.data
    filters = Filters(
        standing=form.status.data,
        words=form.q.data,
        first=resolve_local(first, time(), organization.timezone) if first else None,
        last=resolve_local(last + timedelta(days=1), time(), organization.timezone) if last else None,
        booking_id=form.booking.data,
    )
    return lists.payments(organization_id=organization.id, filters=filters, cursor=place_in(request.args))


def _href(cursor: Cursor | None) -> str:
    kept: dict[str, Any] = {name: request.args[name] for name in KEPT if request.args.get(name)}
    return address_of("payments.index", cursor, kept)
