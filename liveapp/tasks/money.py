"""Jobs about money: what the provider told, what goes back, and payments that nobody finished."""

from __future__ import annotations

import uuid
from contextlib import suppress

from liveapp.domain.bookings import places
from liveapp.domain.payments import events, paying, renewals, settling
from liveapp.domain.plans import renewing
from liveapp.gateways import charges, disputes, money_back, payments, reconciling
from liveapp.gateways.stripe import cards, checkout, client, refunds
from liveapp.gateways.stripe import disputes as stripe_disputes
from liveapp.gateways.stripe.client import StripeAway, StripeRefused
from liveapp.tasks import payouts
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import clock
from liveapp.web.logs import log
from liveapp.web.urls import absolute_url


def handle_event(event_id: str, kind: str, object_id: str, account_id: str = "") -> None:
    """One event of the provider: whatever it said, the object is read as it is now. `account_id`: see `events.keep`."""
    now = clock.now()
    if kind.startswith("checkout.session."):
        payments.settle_checkout(checkout.checkout(object_id), now=now)
    elif kind.startswith("refund.") or kind == "charge.refund.updated":
        money_back.settle(refunds.refund(object_id), now=now)
    elif kind == "charge.refunded":
        money_back.settle_all(charge_id=object_id, now=now)
    elif kind.startswith("charge.dispute."):
        disputes.settle(stripe_disputes.dispute(object_id), now=now)
    elif kind == "payment_intent.succeeded":
        charges.settle_charge(object_id, now=now)
    else:
        payouts.handle_event(kind, object_id, account_id)
    transact(events.mark_handled, event_id=event_id, now=clock.now())


def settle_booking(booking_id: str) -> None:
    """A booking ended, or was forgiven: what is due goes back, is charged, or isn't any more."""
    booking = places.held_by(uuid.UUID(booking_id))
    transact_in_turn(
        [booking.session_id], settling.settle,
        booking_id=booking.id, fee_hundredths=payments.fee_hundredths(), now=clock.now(),
    )  # fmt: skip


def end_early(session_id: str) -> None:
    """A meeting was ended by hand before its time."""
    key = uuid.UUID(session_id)
    transact_in_turn([key], settling.end_early, session_id=key, now=clock.now())


def charge(payment_ids: list[str], again: bool) -> None:
    """Charges some cards, one after the other. Where it isn't known what came of one, the provider is away: that one
    and the rest are tried again when their lease is over."""
    for payment_id in payment_ids:
        try:
            charges.charge(uuid.UUID(payment_id), again=again, now=clock.now())
        except StripeAway as away:
            log.warning("charges left for later", item=payment_id, error=str(away))
            return


def close_page(checkout_id: str) -> None:
    """Nobody is to pay on this page any more; who did before gets it back."""
    payments.settle_checkout(checkout.close_checkout(checkout_id), now=clock.now())


def let_card_go(provider_id: str) -> None:
    """Nothing can be charged to a removed card any more, at the provider too. One that is gone there is gone."""
    with suppress(StripeRefused):
        cards.let_go(provider_id)


def process_charges() -> int:
    """Promises to charge everything that is due. Returns how many payments were looked at."""
    return charges.promise_due(now=clock.now())


def renew_plans() -> int:
    """Asks for the next period of every plan whose paid time is over. Returns how many are to be charged anew."""
    if not client.is_on():
        return 0
    asked = 0
    for row in renewing.to_renew(now=clock.now()):
        asked += transact_in_turn(
            [row.user_id],
            renewals.ask,
            subscription_id=row.id,
            home=absolute_url("my.plans"),
            fee_hundredths=payments.fee_hundredths(),
            now=clock.now(),
        )
    return asked


def send_refund(refund_id: str) -> None:
    """Sends a refund to the provider."""
    money_back.send_refund(uuid.UUID(refund_id), now=clock.now())


def close_payments() -> int:
    """Ends payments whose hold is over, or finds that they were paid. Returns how many were looked at."""
    if not client.is_on():
        return 0
    looked = 0
    for payment_id in paying.overdue(now=clock.now()):
        try:
            payments.look_after(payment_id, now=clock.now())
        except (StripeAway, StripeRefused) as error:
            log.warning("payment left for the next run", item=str(payment_id), error=str(error))
            continue
        looked += 1
    return looked


def reconcile() -> int:
    """Compares our books with the provider's and mends what is safe. Returns how many differences are left: each is in
    the log, for whoever runs this."""
    if not client.is_on():
        return 0
    try:
        outcome = reconciling.reconcile(now=clock.now())
    except (StripeAway, StripeRefused) as error:
        log.warning("books not compared", error=str(error))
        return 0
    for difference in outcome.mended:
        log.info("books mended", words=difference.words)
    for difference in outcome.left:
        log.error("books differ", words=difference.words)
    return len(outcome.left)
