"""What a page showed of price and terms before somebody booked, and whether that still holds when they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveapp.domain.accounts.providers import in_force
from liveapp.domain.bookings.errors import TermsChanged
from liveapp.domain.bookings.paying import Choice, provider_of
from liveapp.rules import terms
from liveapp.rules.eligibility import Eligibility
from liveapp.rules.terms import SETTINGS, Terms


@dataclass(frozen=True, slots=True)
class Shown:
    """What the form says that it showed; `terms` None: it doesn't say."""

    terms: Terms | None


def terms_of(place: Any, business: Any) -> Terms:
    """The terms of a place that is booked now. `place`: price_minor, plan_only, currency, payment_timing,
    payment_provider; `business`: every setting of `bookings.models.TERMS` (a row of `places.bookable` is both)."""
    provider = provider_of(place)
    charges_cards = in_force(place.payment_provider) == "stripe"
    late, no_show = terms.fees(
        place.price_minor if charges_cards else 0,
        late=(business.late_cancel_fee_minor * charges_cards, business.late_cancel_fee_percent),
        no_show=(business.no_show_fee_minor * charges_cards, business.no_show_fee_percent),
        currency=place.currency,
    )
    return Terms(
        price_minor=place.price_minor or 0,
        currency=place.currency,
        way=_way(provider, place.payment_timing),
        takes_plan=provider != "none" and bool(place.price_minor or place.plan_only),
        late_fee_minor=late,
        no_show_fee_minor=no_show,
        **{name: getattr(business, name) for name in SETTINGS},
    )


def check(shown: Shown | None, present: Terms, answer: Eligibility, choice: Choice) -> None:
    """Raises TermsChanged where something became dearer or harder since the page was shown; nobody who looked at no
    page (`shown` None: staff book) is asked."""
    if shown is None:
        return
    by_plan = bool(answer.plans) and not choice.without_plan
    names = terms.harder(shown.terms, present, by_plan=by_plan)
    if names:
        raise TermsChanged(shown.terms, present, names)


def _way(provider: str, timing: str) -> str:
    """How a price is paid there, in a word of `rules.terms.WAYS`."""
    if provider == "none":
        return "free"
    if provider == "desk":
        return "at_desk"
    return "after_session" if timing == "after_session" else "at_booking"
