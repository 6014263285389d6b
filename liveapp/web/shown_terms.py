"""What a form showed of price and terms, signed in a field of it; and how a change is said."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from liveapp.db import AnyRow
from liveapp.domain.bookings.errors import TermsChanged
from liveapp.domain.bookings.shown import Shown
from liveapp.domain.plans.sales import on_page
from liveapp.rules.terms import Terms
from liveapp.web.filters import fmt_amount
from liveapp.web.signing import BadToken, Purpose, sign_values, unsign_values


def signed(terms: Terms) -> str:
    """The field's value."""
    return sign_values(Purpose.SHOWN, list(astuple(terms)))


def read(value: str | None) -> Shown:
    """What the form showed; one that is older than a day, or that somebody made, doesn't say."""
    try:
        return Shown(Terms(*unsign_values(Purpose.SHOWN, value or "")))
    except (BadToken, TypeError):
        return Shown(None)


def signed_plan(plan: AnyRow) -> str:
    """The value of the field that says which plan the page showed, at which price."""
    return sign_values(Purpose.SHOWN, on_page(plan))


def read_plan(value: str | None) -> list[Any]:
    """The plan as the page showed it; empty where that is too old, or made by somebody."""
    try:
        return unsign_values(Purpose.SHOWN, value or "")
    except BadToken:
        return []


def changed_words(refusal: TermsChanged) -> str:
    """What became dearer or harder, in sentences for who is asked again."""
    present, shown = refusal.present, refusal.shown
    if "price_minor" in refusal.names:
        price = fmt_amount(present.price_minor, present.currency)
        if shown and shown.price_minor and shown.price_minor != present.price_minor:
            was = fmt_amount(shown.price_minor, shown.currency)
            return f"The price has changed: it is {price} now, not {was}. Book again if you agree."
        return f"This costs {price}. Book again if you agree."
    return f"{refusal.sentence} Book again if you agree."
