"""What other services tell us of: signed, kept once, answered at once, and handled by a job."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from liveapp.domain.errors import NotFound, Refusal
from liveapp.domain.payments import events
from liveapp.gateways.stripe import client, webhooks
from liveapp.gateways.stripe.client import StripeRefused
from liveapp.unit_of_work import transact
from liveapp.web import clock

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")


class Unsigned(Refusal):
    """Whoever sent this isn't who they say, or said it long ago."""

    status = 400
    code = "unsigned"
    sentence = "This isn't signed by Stripe, or it is too old."


@blueprint.post("/stripe")
def from_stripe() -> Response:
    """An event of Stripe's. 200 once it is kept: then Stripe needn't tell it again."""
    if not client.is_on():
        raise NotFound()
    try:
        told = webhooks.told(request.get_data(), request.headers.get("Stripe-Signature", ""))
    except StripeRefused as refusal:
        raise Unsigned() from refusal
    transact(
        events.keep,
        event_id=told.id,
        kind=told.type,
        object_id=told.object_id,
        account_id=told.account_id,
        now=clock.now(),
    )
    return make_response("", 200)
