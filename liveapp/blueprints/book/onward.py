"""Where somebody goes on to after they booked: to the provider's page, if their place waits for money, else home."""

from __future__ import annotations

import uuid

from flask import flash, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.db import AnyRow
from liveapp.domain.accounts.models import Organization
from liveapp.domain.accounts.providers import in_force
from liveapp.domain.bookings import queries
from liveapp.domain.payments import charging
from liveapp.domain.payments.errors import NotPayable
from liveapp.gateways import payments
from liveapp.gateways.stripe.client import StripeAway, StripeRefused
from liveapp.web import booking_money, clock
from liveapp.web.booking_links import booking_url
from liveapp.web.htmx import go
from liveapp.web.signing import sign_booking

AWAY = "The card service doesn't answer just now. Your place is held; please try again in a moment."
AWAY_FROM_PLAN = "The card service doesn't answer just now. Nothing was paid; please try again in a moment."
REFUSED = "The card service didn't take this. Please try again, or write to the business."


def onward(booking_id: uuid.UUID, organization: Organization) -> AnyResponse:
    """After booking: pay, where the place is held until then. Where no cards are taken nothing is read for it."""
    if in_force(organization.payment_provider) == "stripe":
        booking = queries.booking(booking_id=booking_id)
        if booking.status == "held":
            return pay(booking)
    return go(url_for("booking.show", token=sign_booking(booking_id), new=1))


def pay(booking: AnyRow) -> AnyResponse:
    """To the provider's page; where that can't be reached, the booking's own page says what to do."""
    try:
        return go(_page_for(booking))
    except NotPayable as refusal:
        flash(refusal.sentence, "attention")
    except StripeAway:
        flash(AWAY, "attention")
    except StripeRefused:
        flash(REFUSED, "attention")
    return go(_home(booking))


def _page_for(booking: AnyRow) -> str:
    """The provider's page for a held place, or for what is owed after a card was declined."""
    home, now = booking_url(booking), clock.now()
    owed = charging.owed_by(booking_id=booking.id) if booking.status != "held" else None
    if owed is not None:
        return payments.begin_again(owed.id, home=home, now=now)
    return payments.begin_payment(booking, home=home, note=booking_money.charged_later(booking), now=now)


def _home(booking: AnyRow) -> str:
    return url_for("booking.show", token=sign_booking(booking.id, booking.link_nonce))
