"""Payments in words: what one is for, how it stands, why a refund failed, and what happened in order."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app

from liveapp.db import AnyRow
from liveapp.domain.payments.models import REFUSED
from liveapp.domain.payments.outcomes import ELSEWHERE
from liveapp.domain.payments.records import left_of
from liveapp.rules import payment_states, receipts
from liveapp.rules.charges import is_not_taken
from liveapp.rules.money import HUNDREDTHS
from liveapp.web.filters import fmt_amount, fmt_moment

FOR = {
    "late_cancel": "Late cancellation of ",
    "no_show": "No-show: ",
    "renewal": "Renewal of ",
    "mismatch": "Not what was asked for: ",
}
"""What stands before the name of the session or plan, where it isn't simply that."""
WAYS = {"card": "by card", "desk": "at the desk"}
REFUND_WORDS = {
    "policy": "The booking was cancelled, and this is what its terms bring back",
    "business": "The business cancelled",
    "staff": "Given back",
    "late": "The place couldn’t be theirs any more when the money came",
    "mismatch": "The money wasn’t the amount that was asked for",
    "console": "Made in Stripe’s own dashboard",
    "dispute": "Taken by the payer’s bank, as the dispute was lost",
}
"""Why money goes back, by the kind of refund."""
FAILURES = {
    "lost_or_stolen_card": "the card was reported lost or stolen",
    "expired_or_canceled_card": "the card has expired or was closed",
    "charge_for_pending_refund_disputed": "the payer asked their bank for the money first",
    "charge_disputed": "the payer’s bank is looking into the payment",
    "charge_already_refunded": "all of it went back before",
    "insufficient_funds": "there wasn’t enough money on the account with Stripe",
    "balance_insufficient": "there wasn’t enough money on the account with Stripe",
    "InvalidRequestError": "Stripe refused it",
    "off": "payments by card were off here",
    "declined": "the payer’s bank refused it",
    "canceled": "it was stopped in Stripe’s dashboard",
    ELSEWHERE: "the money was given back in Stripe’s own dashboard before",
}
DECLINES = {
    "no_card": "No card of theirs is saved",
    "authentication_required": "Their bank wants them to confirm the payment",
    "insufficient_funds": "The card hasn’t enough on it",
    "expired_card": "The card has expired",
}
"""Why a card wasn't charged, to staff; to its holder `rules.charges.why_declined` says it."""
HOLD_WORDS = {
    "early_end": "The host ended early",
    "host_absent": "The guest says that the host didn’t come",
    "dispute": "The payer asked their bank for the money",
}
OUTCOMES = {"full": "charged in full", "part": "charged in part", "waived": "waived", "won": "won", "lost": "lost"}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a payment: when, what, how it stands, and the refund that can be tried again."""

    at: datetime
    icon: str
    words: str
    details: tuple[str, ...] = ()
    badge: str = ""
    tone: str = "secondary"
    retry_id: uuid.UUID | None = None


def set_up(app: Flask) -> None:
    """Registers what templates say of payments."""
    for each in (paid_for, standing, receipt_number):
        app.add_template_filter(each)
    app.add_template_global(platform_fee_words)
    app.jinja_env.globals["payment_standings"] = payment_states.WORDS


def platform_fee_words() -> str:
    """What the platform keeps of payments by card, in a sentence for the business."""
    hundredths = current_app.extensions["settings"].platform_fee_hundredths
    return f"The platform keeps {hundredths / HUNDREDTHS:g} % of each payment by card."


def paid_for(payment: AnyRow) -> str:
    """What a payment (as `lists.payment`) is for: "Yoga", "No-show: Yoga", "Renewal of Ten classes"."""
    return FOR.get(payment.purpose, "") + (payment.title or payment.plan_name or "")


def standing(payment: AnyRow) -> str:
    """How a payment stands, a word of `rules.payment_states`."""
    return payment_states.standing(
        payment.status, payment.captured_minor, payment.claimed_minor, is_disputed=payment.is_disputed
    )


def receipt_number(payment: AnyRow) -> str:
    return receipts.number(payment.id)


def failure_words(code: str) -> str:
    """Why money didn't go back, to stand in a sentence."""
    return FAILURES.get(code, "the payer’s bank didn’t say why" if code in ("", "unknown") else f"Stripe says “{code}”")


def story(
    payment: AnyRow, refunds: Sequence[AnyRow], holds: Sequence[AnyRow], *, may_retry: bool, zone: str
) -> list[Event]:
    """What happened to a payment, in order."""
    events = [_made(payment), *_came_in(payment, zone)]
    events += [event for refund in refunds for event in _went_back(refund, payment, may_retry)]
    events += [event for hold in holds for event in _decided(hold)]
    return sorted(events, key=lambda event: event.at)


def _made(payment: AnyRow) -> Event:
    amount = fmt_amount(payment.amount_minor, payment.currency)
    return Event(payment.created_at, "ticket", f"{amount} to pay {WAYS[payment.method]}")


def _why(code: str) -> str:
    if is_not_taken(code):
        return f"Its reason: “{code.partition(':')[2].replace('_', ' ')}”. The bank had no part in it"
    return DECLINES.get(code) or (f"The bank says “{code.replace('_', ' ')}”" if code else "The bank didn’t say why")


def _came_in(payment: AnyRow, zone: str) -> list[Event]:
    if payment.paid_at is not None:
        amount = fmt_amount(payment.captured_minor, payment.currency)
        return [Event(payment.paid_at, "credit-card", f"{amount} paid", badge="Paid", tone="default")]
    if payment.status == "scheduled":
        return [Event(payment.due_at, "calendar-clock", "The card is charged", badge="To come", tone="attention")]
    if payment.status not in REFUSED:
        return []
    again = f"Asked for again {fmt_moment(payment.due_at, zone)}" if payment.status == "declined" else "Given up on"
    code = payment.failure
    title = "Stripe didn’t take the payment" if is_not_taken(code) else "The card was declined"
    badge = payment_states.WORDS[payment.status]
    return [Event(payment.created_at, "circle-alert", title, (_why(code), again), badge, "destructive")]


def _went_back(refund: AnyRow, payment: AnyRow, may_retry: bool) -> list[Event]:
    amount = fmt_amount(refund.amount_minor, payment.currency)
    why = REFUND_WORDS[refund.kind] + (f" by {refund.actor_name}" if refund.actor_name else "")
    reason = f"“{refund.reason}”" if refund.reason else ""
    if refund.status != "failed":
        badge, tone = ("Went back", "default") if refund.status == "done" else ("On its way", "attention")
        return [Event(refund.created_at, "refresh-cw", f"{amount} back", (why, reason), badge, tone)]
    can_go = refund.amount_minor <= left_of(payment) and not payment.is_disputed
    retry = refund.id if may_retry and can_go and not refund.is_retried and refund.failure != ELSEWHERE else None
    return [
        Event(refund.created_at, "refresh-cw", f"{amount} back", (why, reason)),
        Event(
            refund.failed_at,
            "circle-alert",
            f"{amount} didn’t go back: {failure_words(refund.failure)}",
            ("Tried again since",) if refund.is_retried else (),
            "Failed",
            "destructive",
            retry,
        ),
    ]


def _decided(hold: AnyRow) -> list[Event]:
    opened = Event(hold.opened_at, "hourglass", HOLD_WORDS[hold.kind], (hold.words,) if hold.words else ())
    if hold.decided_at is None:
        return [Event(opened.at, opened.icon, opened.words, opened.details, "Not decided yet", "attention")]
    who = f"by {hold.decider_name}" if hold.decider_name else ""
    reason = f"“{hold.reason}”" if hold.reason else ""
    decided = Event(hold.decided_at, "check", f"Decided: {OUTCOMES[hold.outcome]}", (who, reason))
    return [opened, decided]
