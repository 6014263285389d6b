"""When a saved card is charged, and asked again; and what a late cancellation or a no-show costs."""

from __future__ import annotations

from datetime import datetime, timedelta

from liveapp.rules.currencies import chargeable
from liveapp.rules.money import HUNDREDTHS, part

RETRY_DAYS = (1, 3, 5)
"""So many days after a card was first declined it is asked again."""
FEE_WAITS = timedelta(hours=12)
"""A fee is charged so long after it was decided: until then it can be forgiven."""
REPORT_WITHIN = timedelta(hours=24)
"""So long after the start a guest may say that the host didn't come."""

NOT_TAKEN = "not_taken:"
UNCHARGEABLE = tuple(f"{NOT_TAKEN}{code}" for code in ("amount_too_small", "amount_too_large", "invalid_charge_amount"))
"""Reasons that stay for good: this amount can't be charged to any card."""

DECLINED = {
    "no_card": "No card of yours is saved that we could charge.",
    "authentication_required": "Your bank wants you to confirm the payment yourself.",
    "insufficient_funds": "Your bank says that the card hasn’t enough on it.",
    "expired_card": "The card has expired.",
}
"""Why a card wasn't charged, by the provider's code, for the person whose card it is; others: the bank declined it."""


def not_taken(code: str) -> str:
    """The reason to keep where the provider refused the charge for something that isn't the card's, by its `code`."""
    return f"{NOT_TAKEN}{code}"


def is_not_taken(code: str) -> bool:
    """Whether the reason isn't the card's."""
    return code.startswith(NOT_TAKEN)


def why_declined(code: str) -> str:
    """Why a card wasn't charged, in a sentence to its person."""
    if is_not_taken(code):
        return "The payment service didn’t take the payment; your bank had no part in that."
    return DECLINED.get(code, "Your bank declined the payment.")


def next_try(declines: int, now: datetime) -> datetime | None:
    """When a card that was declined now, for the `declines`-th time, is asked again; None: given up."""
    if declines > len(RETRY_DAYS):
        return None
    waited = RETRY_DAYS[declines - 2] if declines > 1 else 0
    return now + timedelta(days=RETRY_DAYS[declines - 1] - waited)


def fee(price_minor: int | None, *, fixed_minor: int, percent: int, currency: str) -> int:
    """A fee in minor units: the fixed sum, else so many percent of the session's price; nothing where both are off, or
    where it is less than can be charged in the currency."""
    return chargeable(fixed_minor or part(price_minor or 0, percent * HUNDREDTHS), currency)


def may_report(starts_at: datetime, now: datetime) -> bool:
    """Whether a guest may say now that the host didn't come: from the start on, for 24 hours (exactly then too)."""
    return starts_at <= now <= starts_at + REPORT_WITHIN
