"""Saved cards: a person adds one on the provider's page, and takes one away. They are shown at /my/payments."""

from __future__ import annotations

import re
import uuid

from flask import Blueprint, flash, request, url_for
from werkzeug.wrappers import Response

from liveapp.domain.payments import cards
from liveapp.forms.booking import PlainForm
from liveapp.gateways import payments
from liveapp.gateways.stripe.client import StripeAway, StripeRefused
from liveapp.unit_of_work import transact
from liveapp.web import auth, clock
from liveapp.web.htmx import go
from liveapp.web.urls import absolute_url

blueprint = Blueprint("cards", __name__, url_prefix="/my/cards")
blueprint.before_request(auth.guard)

CHECKOUT = re.compile(r"cs_[A-Za-z0-9_]{1,200}")
"""What Stripe calls its pages."""
AWAY = "The card service doesn’t answer just now. Please try again in a moment."


@blueprint.post("")
def add() -> Response:
    """To the provider's page, where the card is typed in: its number never comes here."""
    form, home = PlainForm(), absolute_url("my.payments")
    if not form.validate_on_submit():
        return go(home)
    try:
        saved = absolute_url("cards.saved") + "?page={CHECKOUT_SESSION_ID}"
        key = f"card-{form.key.data}"
        return go(payments.add_card(auth.person().user_id, key=key, home=home, saved=saved, now=clock.now()))
    except (StripeAway, StripeRefused):
        flash(AWAY, "attention")
        return go(home)


@blueprint.get("/saved")
def saved() -> Response:
    """Back from the provider's page: the card is written down, unless its event was quicker."""
    checkout_id = request.args.get("page", "")
    try:
        found = CHECKOUT.fullmatch(checkout_id) is not None and payments.keep_card(
            checkout_id, user_id=auth.person().user_id, now=clock.now()
        )
    except (StripeAway, StripeRefused):
        found = False
    flash("The card is saved." if found else "The card isn’t there yet. Look again in a moment.", "success")
    return go(url_for("my.payments"))


@blueprint.post("/<uuid:card_id>/remove")
def remove(card_id: uuid.UUID) -> Response:
    """The person pays with this card no more."""
    if PlainForm().validate_on_submit():
        transact(cards.remove, card_id=card_id, user_id=auth.person().user_id, now=clock.now())
        flash("The card is removed.", "success")
    return go(url_for("my.payments"))
