"""Paying by card, step by step: a transaction, the call, and a transaction that records its answer.

Views, jobs and sweeps have this in common. Every step can be repeated: keys made from our rows keep the provider from
doing anything twice, and what it says is recorded once.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import current_app

from liveapp.db import AnyRow
from liveapp.domain.bookings import places
from liveapp.domain.payments import cards, charging, paying, purchases, records
from liveapp.domain.payments.cards import SavedCard
from liveapp.domain.payments.paying import Received
from liveapp.domain.payments.purchases import Buyer
from liveapp.gateways.stripe import cards as stripe_cards
from liveapp.gateways.stripe import checkout
from liveapp.gateways.stripe.cards import Saving
from liveapp.gateways.stripe.checkout import Checkout, Sale
from liveapp.gateways.stripe.client import StripeRefused
from liveapp.kill_points import reach
from liveapp.unit_of_work import transact, transact_in_turn


def begin_payment(booking: AnyRow, *, home: str, now: datetime, note: str = "") -> str:
    """Where the holder of a held place pays for it. Raises NotPayable, StripeAway, StripeRefused.

    `booking`: id, session_id; `home` is the address of its page, where the provider leads back to; `note` says there
    what is charged later, and when.
    """
    return _onward(_opened(booking, home, note, now), now=now)


def begin_purchase(buyer: Buyer, *, home: str, now: datetime) -> str:
    """Where a person pays for a plan. A page of theirs that is open for it already is gone on with, unless it is old or
    the plan costs something else by now: then it is closed first. Raises what `purchases.open_purchase` does,
    StripeAway, StripeRefused."""
    values: dict[str, Any] = {
        "buyer": buyer,
        "home": home,
        "fee_hundredths": fee_hundredths(),
        "now": now,
    }
    opened = transact_in_turn([buyer.user_id], purchases.open_purchase, **values)
    if not opened.is_current:
        look_after(opened.payment_id, now=now)
        opened = transact_in_turn([buyer.user_id], purchases.open_purchase, **values)
    return _onward(opened.payment_id, now=now)


def agree_with(booking: AnyRow, card_id: uuid.UUID, *, home: str, now: datetime, note: str = "") -> None:
    """The holder of a held place has it charged later to a card they saved before. Raises NotPayable, NotFound."""
    payment_id = _opened(booking, home, note, now)
    transact_in_turn(
        [booking.session_id, booking.user_id], charging.agree_with,
        payment_id=payment_id, card_id=card_id, user_id=booking.user_id, now=now,
    )  # fmt: skip


def add_card(user_id: uuid.UUID, *, key: str, home: str, saved: str, now: datetime) -> str:
    """Where a person saves a card for later; the same form asks for the same page. Raises StripeAway, StripeRefused."""
    return stripe_cards.open_saving(Saving(key, customer_of(user_id, now=now), home, saved)).url


def keep_card(checkout_id: str, *, user_id: uuid.UUID | None = None, now: datetime) -> bool:
    """Writes down a card that somebody saved on the page, as theirs. False for another's page (`user_id` given), and
    while none is saved. Raises StripeAway, StripeRefused."""
    found = stripe_cards.saved_on(checkout_id)
    owner_id = cards.person_of(customer_id=found.customer_id) if found else None
    if found is None or owner_id is None or user_id not in (None, owner_id):
        return False
    transact(cards.keep, user_id=owner_id, saved=found, is_kept=True, now=now)
    return True


def begin_again(payment_id: uuid.UUID, *, home: str, now: datetime) -> str:
    """Where a person pays what their card was declined for: the page that is open for it, or a new one where that is
    over. Raises NotPayable, StripeAway, StripeRefused."""
    transact(paying.open_again, payment_id=payment_id, home=home, now=now)
    page = _page_for(payment_id, now)
    if page.status == "expired":
        settle_checkout(page, now=now)
        transact(paying.open_again, payment_id=payment_id, home=home, now=now)
    return _onward(payment_id, now=now)


def settle_checkout(page: Checkout, *, now: datetime) -> None:
    """Records what became of the provider's page. One that is still open stays so; a page that isn't the one the
    payment is made on (somebody else's, or an older one told of late) changes nothing."""
    payment = records.of_page(page.id)
    if payment is None:
        if page.mode == "setup" and page.payment_id is None:
            keep_card(page.id, now=now)
        return
    saved = stripe_cards.saved_on(page.id) if page.mode == "setup" else None
    if saved:
        _agree(payment, saved, now)
    elif page.paid_minor:
        receive(payment, Received(page.intent_id, page.paid_minor, page.currency), now)
    elif page.status == "expired":
        transact(paying.drop, payment_id=payment.id, now=now)


def look_after(payment_id: uuid.UUID, *, now: datetime) -> None:
    """An open payment whose hold is over: its page is closed, and what came of it is recorded.

    Where the page's name was never written down (we died after asking for it), asking again gives the same page.
    """
    payment = records.payment_by_id(payment_id)
    if payment.status != "open":
        return
    try:
        page = _page_for(payment_id, now)
    except StripeRefused:
        if payment.checkout_id:
            raise
        transact(paying.drop, payment_id=payment_id, now=now)  # there is no page, and there will be none
        return
    settle_checkout(checkout.close_checkout(page.id) if page.status == "open" else page, now=now)


def _onward(payment_id: uuid.UUID, *, now: datetime) -> str:
    """The provider's page; where that is over already, what came of it is recorded, and the person goes home."""
    reach("payment.opened")
    page = _page_for(payment_id, now)
    if page.status == "open":
        return page.url
    settle_checkout(page, now=now)
    said = _sale(records.payment_by_id(payment_id))
    return said.paid_url if page.status == "complete" else said.back_url


def _opened(booking: AnyRow, home: str, note: str, now: datetime) -> uuid.UUID:
    return transact_in_turn(
        [booking.session_id],
        paying.open_payment,
        booking_id=booking.id,
        home=home,
        note=note,
        fee_hundredths=fee_hundredths(),
        now=now,
    )


def _page_for(payment_id: uuid.UUID, now: datetime) -> Checkout:
    """The provider's page for a payment, whose name is written down before anybody is sent there."""
    payment = records.payment_by_id(payment_id)
    if payment.checkout_id:
        return checkout.checkout(payment.checkout_id)
    if payment.sale.get("saves"):
        page = stripe_cards.open_saving(_saving(payment, now))
    else:
        saves_for = customer_of(payment.user_id, now=now) if payment.sale.get("keeps_card") else ""
        page = checkout.open_checkout(_sale(payment), saves_for=saves_for)
    reach("checkout.opened")
    transact(paying.note_checkout, payment_id=payment_id, checkout_id=page.id)
    return page


def _sale(payment: AnyRow) -> Sale:
    """The same for every asking: it is what the key stands for."""
    said = payment.sale
    return Sale(
        payment_id=payment.id,
        key_number=payment.key_number,
        minor=payment.amount_minor,
        currency=payment.currency,
        title=said["title"],
        email=said["email"],
        back_url=said["home"],
        paid_url=f"{said['home']}{'&' if '?' in said['home'] else '?'}paid=1",
    )


def _saving(payment: AnyRow, now: datetime) -> Saving:
    """The same for every asking, as above."""
    sale = _sale(payment)
    note = payment.sale.get("note", "")
    return Saving(sale.key, customer_for(payment, now), sale.back_url, sale.paid_url, payment.id, note)


def customer_for(payment: AnyRow, now: datetime) -> str:
    """Under which customer the card is saved: the person's, or one for this payment alone where they only typed their
    address; then the page knows what they typed, and nothing of whose address it is."""
    booking = places.held_by(payment.booking_id)
    if booking.is_known:
        return customer_of(payment.user_id, now=now)
    return stripe_cards.customer(key=payment.id.hex, name=booking.name, email=booking.email)


def customer_of(user_id: uuid.UUID, *, now: datetime) -> str:
    """The person's name with the provider, given once. Raises StripeAway, StripeRefused."""
    known = cards.customer_of(user_id=user_id)
    if known:
        return known
    who = cards.address_of(user_id=user_id)
    found = stripe_cards.customer(key=user_id.hex, name=who.name, email=who.email)
    transact(cards.note_customer, user_id=user_id, customer_id=found, now=now)
    return found


def fee_hundredths() -> int:
    """The platform's part of what is agreed on now (hundredths of a percent)."""
    return int(current_app.extensions["settings"].platform_fee_hundredths)


def turn_of(payment: AnyRow) -> list[uuid.UUID]:
    """What recording what became of it takes its turn on: the person, and the session whose place it pays for."""
    if payment.booking_id is None:
        return [payment.user_id]
    return [places.held_by(payment.booking_id).session_id, payment.user_id]


def _agree(payment: AnyRow, saved: SavedCard, now: datetime) -> None:
    reach("card.saved")
    transact_in_turn(turn_of(payment), charging.agree, payment_id=payment.id, saved=saved, now=now)


def receive(payment: AnyRow, received: Received, now: datetime) -> None:
    """Records that a payment came in; of a plan that renews itself, also the card that goes on paying for it."""
    if payment.status == "open" and payment.sale.get("keeps_card"):
        received = replace(received, saved=stripe_cards.used_for(received.intent_id))
    reach("payment.received")
    transact_in_turn(turn_of(payment), paying.receive, payment_id=payment.id, received=received, now=now)
