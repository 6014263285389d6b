"""What other services tell us of: signed, kept once, answered at once, and handled by a job."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, request

from liveapp.domain.errors import NotFound, Refusal
from liveapp.domain.joining import hearing
from liveapp.domain.payments import events
from liveapp.domain.video import watching
from liveapp.gateways.stripe import client, webhooks
from liveapp.gateways.stripe.client import StripeRefused
from liveapp.gateways.video import calendars, zoom_webhooks
from liveapp.gateways.video.provider import is_on
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import clock

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")


class Unsigned(Refusal):
    """Whoever sent this isn't who they say, or said it long ago."""

    status = 400
    code = "unsigned"
    sentence = "This isn't signed by who it should be from, or it is too old."


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


@blueprint.post("/google")
def from_google() -> Response:
    """Google says that a host's calendar changed; what changed in it a job looks up."""
    if not is_on("google_meet"):
        raise NotFound()
    said = {name: request.headers.get(f"X-Goog-{name}", "") for name in ("Channel-ID", "Channel-Token")}
    connection_id = calendars.teller(said["Channel-ID"], said["Channel-Token"])
    if connection_id is None:
        raise Unsigned()
    if request.headers.get("X-Goog-Resource-State") != "sync":
        transact_in_turn([connection_id], watching.hear, connection_id=connection_id, now=clock.now())
    return make_response("", 200)


@blueprint.post("/zoom")
def from_zoom() -> Response:
    """An event of Zoom's. 200 also for what is none of ours: then Zoom needn't tell it again."""
    if not zoom_webhooks.is_on():
        raise NotFound()
    stamp, signature = (request.headers.get(f"x-zm-{name}", "") for name in ("request-timestamp", "signature"))
    try:
        event = zoom_webhooks.opened(request.get_data(), stamp=stamp, signature=signature, now=clock.now())
    except zoom_webhooks.Unsigned as error:
        raise Unsigned() from error
    answer = zoom_webhooks.challenge_answer(event)
    if answer is not None:
        return jsonify(answer)
    told = zoom_webhooks.told(event)
    session_id = hearing.session_told_of(told) if told else None
    if told and session_id:
        transact_in_turn([session_id], hearing.hear, session_id=session_id, told=told, now=clock.now())
    return make_response("", 200)
