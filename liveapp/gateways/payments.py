"""Paying by card, step by step: a transaction, the call, and a transaction that records its answer.

Views, jobs and sweeps have this in common. Every step can be repeated: keys made from our rows keep the provider from
doing anything twice, and what it says is recorded once.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from flask import current_app

from liveapp.db import AnyRow
from liveapp.domain.bookings import places
from liveapp.domain.payments import paying, records
from liveapp.domain.payments.paying import Received
from liveapp.gateways.stripe import checkout
from liveapp.gateways.stripe.checkout import Checkout, Sale
from liveapp.kill_points import reach
from liveapp.unit_of_work import transact, transact_in_turn


def begin_payment(booking: AnyRow, *, home: str, now: datetime) -> str:
    """Where the holder of a held place pays for it. Raises NotPayable, StripeAway, StripeRefused.

    `booking`: id, session_id; `home` is the address of its page, where the provider leads back to.
    """
    payment_id = transact_in_turn(
        [booking.session_id],
        paying.open_payment,
        booking_id=booking.id,
        home=home,
        fee_hundredths=current_app.extensions["settings"].platform_fee_hundredths,
        now=now,
    )
    reach("payment.opened")
    page = _page_for(payment_id)
    return page.url


def settle_checkout(page: Checkout, *, now: datetime) -> None:
    """Records what became of the provider's page. One that is still open stays so."""
    if page.payment_id is None:
        return
    payment = records.payment_by_id(page.payment_id)
    if page.paid_minor:
        _receive(payment, Received(page.intent_id, page.paid_minor), now)
    elif page.status == "expired":
        transact(paying.drop, payment_id=payment.id, now=now)


def look_after(payment_id: uuid.UUID, *, now: datetime) -> None:
    """An open payment whose hold is over: its page is closed, and what came of it is recorded.

    Where the page's name was never written down (we died after asking for it), asking again gives the same page.
    """
    payment = records.payment_by_id(payment_id)
    if payment.status != "open":
        return
    page = _page_for(payment_id)
    settle_checkout(checkout.close_checkout(page.id) if page.status == "open" else page, now=now)


def _page_for(payment_id: uuid.UUID) -> Checkout:
    """The provider's page for a payment, whose name is written down before anybody is sent there."""
    payment = records.payment_by_id(payment_id)
    if payment.checkout_id:
        return checkout.checkout(payment.checkout_id)
    page = checkout.open_checkout(_sale(payment))
    reach("checkout.opened")
    transact(paying.note_checkout, payment_id=payment_id, checkout_id=page.id)
    return page


def _sale(payment: AnyRow) -> Sale:
    """The same for every asking: it is what the key stands for."""
    said = payment.sale
    return Sale(
        payment_id=payment.id,
        minor=payment.amount_minor,
        currency=payment.currency,
        title=said["title"],
        email=said["email"],
        back_url=said["home"],
        paid_url=f"{said['home']}?paid=1",
    )


def _receive(payment: AnyRow, received: Received, now: datetime) -> None:
    booking = places.held_by(payment.booking_id)
    reach("payment.received")
    transact_in_turn(
        [booking.session_id, payment.user_id],
        paying.receive,
        payment_id=payment.id,
        received=received,
        now=now,
    )
