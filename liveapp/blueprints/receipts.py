"""Receipts to read and to print: for who has a booking's link, and for who is signed in."""

from __future__ import annotations

import uuid

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from liveapp.domain.accounts import queries as accounts
from liveapp.domain.errors import NotFound
from liveapp.domain.payments import lists
from liveapp.web import auth
from liveapp.web.booking_links import opened
from liveapp.web.htmx import page

blueprint = Blueprint("receipts", __name__)
NOTHING_PAID = "Nothing was paid here that there could be a receipt for."


@blueprint.get("/bookings/<token>/receipt")
def of_booking(token: str) -> Response:
    """The receipt of a booking's place, or of another payment for it that the address names."""
    booking = opened(token)
    payment_id = request.args.get("payment", type=uuid.UUID) or lists.receipt_of(booking_id=booking.id)
    return _receipt(payment_id, back=url_for("booking.show", token=token), booking_id=booking.id)


@blueprint.get("/my/payments/<uuid:payment_id>")
@auth.signed_in
def own(payment_id: uuid.UUID) -> Response:
    """The receipt of what the person paid."""
    return _receipt(payment_id, back=url_for("my.payments"), user_id=auth.person().user_id)


def _receipt(payment_id: uuid.UUID | None, *, back: str, **whose: uuid.UUID) -> Response:
    """The receipt, where something came in by this payment and it is theirs. Raises NotFound."""
    if payment_id is None:
        raise NotFound(NOTHING_PAID)
    payment = lists.payment(payment_id=payment_id)
    if any(getattr(payment, name) != value for name, value in whose.items()):
        raise NotFound()
    if payment.paid_at is None:
        raise NotFound(NOTHING_PAID)
    organization = accounts.organization_by_id(organization_id=payment.organization_id)
    return page(
        "receipts/show.html",
        payment=payment,
        refunds=[row for row in lists.refunds(payment_id=payment_id) if row.status != "failed"],
        organization=organization,
        organization_href=url_for("book.organization", slug=organization.slug),
        viewer_timezone=organization.timezone,
        back=back,
    )
