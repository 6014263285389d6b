"""What is said of payouts: why one failed or waits, why nothing is payable, and what each line of a statement is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask

from liveapp.rules.payouts import Schedule, Why, next_day
from liveapp.rules.zones import local_day
from liveapp.web.filters import fmt_amount, fmt_date, fmt_day, plural

FAILURES = {
    "account_changed": "The bank account was changed lately. It is sent 72 hours after that, by itself.",
    "balance_insufficient": "The money isn't available with Stripe yet: what a card brings in waits there for some "
    "days. It is tried again by itself.",
    "insufficient_capabilities_for_transfer": "Stripe doesn't take money for this account now. Go on with setting up "
    "payouts; then it is paid on the next payout day.",
    "account_invalid": "Stripe doesn't know this account any more. Pay by hand, or ask us to connect it anew.",
    "account_closed": "The bank account is closed. Give Stripe another one.",
    "no_account": "The bank doesn't know this account. Check its number with Stripe.",
    "debit_not_authorized": "The bank doesn't allow this. Give Stripe another account.",
    "invalid_currency": "The bank account doesn't take this currency. Give Stripe another one.",
    "insufficient_funds": "The bank account can't take it. Give Stripe another one.",
    "withdrawn": "It was taken back before it was sent.",
    "reversed": "It was taken back in Stripe's own console.",
    "off": "This site has no keys for Stripe now. It is tried again by itself.",
}
"""By Stripe's own codes (https://docs.stripe.com/error-codes, https://docs.stripe.com/api/payouts/failures)."""
WHY = {
    Why.NOTHING: "",
    Why.OWES: "More was paid out than is earned after refunds. What is earned next makes up for it.",
    Why.MATURING: "Everything here is still maturing.",
    Why.BELOW_MINIMUM: "Below the smallest payout.",
}
LINES = {
    "rest": "The business’s share: ",
    "rest_back": "Refund, the business’s share: ",
    "rest_again": "Refund that didn't arrive, the business’s share: ",
    "share_back": "Refund: ",
    "share_again": "Refund that didn't arrive: ",
    "payment": "Taken at the desk: ",
    "refund": "Given back at the desk: ",
    "refund_failed": "Not given back after all: ",
    "hold": "Put on hold: ",
    "release": "No longer on hold: ",
}
PURPOSES = {"late_cancel": "Late cancellation, ", "no_show": "No-show, ", "mismatch": "Not what was asked for, "}


def set_up(app: Flask) -> None:
    """Registers what templates say."""
    for each in (failure_words, why_words, line_words):
        app.add_template_filter(each)


def failure_words(code: str) -> str:
    """Why a payout failed or waits, and what to do; empty where nothing is wrong."""
    return FAILURES.get(code, f"Stripe refused it ({code}).") if code else ""


def why_words(why: Why | None) -> str:
    """Why nothing of a balance can be paid out now."""
    return WHY[why] if why else ""


def line_words(what: Any) -> str:
    """What a line of a statement is about (`statements.Line.what`)."""
    if what.kind == "payout":
        words = "Paid by hand" if what.how == "hand" else "Paid out"
        return f"{words}: {what.note}" if what.note else words
    if what.kind == "payout_back":
        return "Payout that came back"
    return LINES.get(what.kind, "") + PURPOSES.get(what.purpose or "", "") + _subject(what)


def _subject(what: Any) -> str:
    if what.title:
        return f"{what.title}, {fmt_date(what.starts_at, what.timezone, 'EEE d MMM')}"
    return f"Plan “{what.plan_name}”" if what.plan_name else "Something that isn't kept any more"


def next_words(organization: Any, now: datetime) -> str:
    """When payouts are made, and of what (payout_schedule, payout_weekday, payout_holding_days, payout_minimum_minor,
    timezone, currency)."""
    schedule = Schedule(organization.payout_schedule)
    day = next_day(schedule, organization.payout_weekday, local_day(now, organization.timezone))
    when = f"The next payouts are made on {fmt_day(day)}" if day else "Payouts are made by hand"
    days = organization.payout_holding_days
    ripe = (
        f", {plural(days, 'day', 'days')} after the session at the earliest" if days else ", once the session is over"
    )
    minimum = organization.payout_minimum_minor
    return when + ripe + (f", from {fmt_amount(minimum, organization.currency)} on." if minimum else ".")
