"""Work that a timer elsewhere may ask for, with the deployment's own secret."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, current_app, jsonify, request

from liveapp.domain.errors import NotFound, Refusal
from liveapp.gateways import charges
from liveapp.web import clock

blueprint = Blueprint("cron", __name__, url_prefix="/api/cron")


class WrongSecret(Refusal):
    """Whoever asks doesn't know the secret."""

    status = 401
    code = "wrong_secret"
    sentence = "Send the header Authorization: Bearer with the deployment's CRON_SECRET."


@blueprint.route("/process-charges", methods=["GET", "POST"])
def process_charges() -> Response:
    """Promises to charge what is due now, as each minute by itself: asking often does no harm. 401 for a wrong or
    missing secret; without CRON_SECRET there is no such page."""
    secret = current_app.extensions["settings"].cron_secret
    if not secret:
        raise NotFound()
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {secret}".encode()):
        raise WrongSecret()
    return jsonify(due=charges.promise_due(now=clock.now()))
