"""What a booking's page says of its money: what is charged and when, what is owed, what cancelling brings back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from liveapp.db import AnyRow
from liveapp.domain.bookings.models import BY_CARD
from liveapp.domain.bookings.tiers import tiers_of
from liveapp.domain.payments import cards, charging, fees, refunding, reviewing, settling
from liveapp.rules import refunds
from liveapp.rules.charges import may_report
from liveapp.rules.currencies import chargeable
from liveapp.web import filters


def shown(booking: AnyRow, *, is_holder: bool, now: datetime) -> dict[str, Any]:
    """For the page: `now`; `agreed`, a charge to come, `fee`, one of those; `owed`, one that was declined;
    `saved_cards`; `may_report` that the host didn't come, `is_reported`: that was said."""
    by_card = booking.paid_by in BY_CARD
    agreed = charging.agreed_for(booking_id=booking.id) if by_card else None
    is_past = by_card and booking.type == "meeting" and booking.status in ("confirmed", "attended", "no_show")
    is_reported = is_past and reviewing.is_reported(booking_id=booking.id)
    return {
        "now": now,
        "agreed": agreed,
        "owed": charging.owed_by(booking_id=booking.id) if _may_owe(booking, now) else None,
        "fee": fees.due(booking_id=booking.id) if booking.status in ("cancelled", "no_show") else None,
        "saved_cards": _cards(booking) if is_holder else [],
        "may_report": is_past and not is_reported and may_report(booking.scheduled_at, now),
        "is_reported": is_reported,
    }


def charged_later(booking: AnyRow) -> str:
    """What a card that is saved for the booking is charged, and when, in a sentence; empty where nothing is."""
    if booking.paid_by != "after_session":
        return ""
    amount = filters.fmt_amount(booking.price_minor, booking.currency)
    moment = filters.fmt_moment(booking.ends_at, booking.timezone)
    return f"{amount} is charged to this card when “{booking.title}” is over, on {moment}."


def cancelling(booking: AnyRow, now: datetime) -> str:
    """What cancelling now means for the money of a booking, in a sentence; empty where there is none."""
    if booking.paid_by not in (*BY_CARD, "at_desk"):
        return ""
    agreed = charging.agreed_for(booking_id=booking.id)
    if agreed is not None:
        kept = max(refunds.kept(agreed.amount_minor, booking.scheduled_at, now, tiers_of(booking)), booking.kept_minor)
        return charge_words(chargeable(kept, agreed.currency), agreed.amount_minor, agreed.currency)
    paid = refunding.paid_for(booking_id=booking.id)
    if paid is None:
        return ""
    minor = refunding.due(paid, now, by_business=False)
    there = filters.pay_there(booking, booking.organization_name) if booking.paid_by == "at_desk" else ""
    return refund_words(minor, paid.captured_minor, paid.currency, there=there)


def late_fee_words(booking: AnyRow) -> str:
    """What cancelling late costs beside what doesn't come back, in a sentence after another; empty for nothing."""
    minor = fees.late_fee(settling.settlement_of(booking_id=booking.id).row)
    return f" Cancelling now costs {filters.fmt_amount(minor, booking.currency)}." if minor else ""


def refund_words(minor: int, paid: int, currency: str, *, there: str = "") -> str:
    """What comes back of what was paid, in a sentence; `there`: where it was paid, if not by card."""
    all_of_it = filters.fmt_amount(paid, currency)
    where = f" {there}" if there else ""
    if not minor:
        return f"You can still cancel, but nothing of the {all_of_it} that you paid{where} comes back."
    part = "all" if minor == paid else filters.fmt_amount(minor, currency)
    back = "goes back to your card"
    if there:
        back = "comes back to you there" if there == "at the desk" else "comes back to you from them"
    return f"If you cancel now, {part} of the {all_of_it} that you paid{where} {back}."


def charge_words(kept: int, price: int, currency: str) -> str:
    """What of a price that isn't charged yet is charged when somebody cancels, in a sentence."""
    if not kept:
        return "If you cancel now, nothing is charged."
    if kept == price:
        return f"You can still cancel, but the whole {filters.fmt_amount(price, currency)} is charged to your card."
    part = filters.fmt_amount(kept, currency)
    return f"If you cancel now, {part} of the {filters.fmt_amount(price, currency)} is charged to your card."


def _may_owe(booking: AnyRow, now: datetime) -> bool:
    """Whether something may be owed: nothing before a card was charged, and only for what ended or was given back."""
    return bool(booking.status == "cancelled" or booking.scheduled_at <= now)


def _cards(booking: AnyRow) -> list[AnyRow]:
    """What they can choose from, a card that was saved twice once."""
    if booking.status != "held" or booking.paid_by != "after_session":
        return []
    known: dict[tuple[Any, ...], AnyRow] = {}
    for each in cards.cards_of(user_id=booking.user_id):
        known.setdefault((each.brand, each.last4, each.exp_month, each.exp_year), each)
    return list(known.values())
