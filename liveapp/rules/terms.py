"""What a place costs and what can be lost with it: as a page showed it, and as it is now."""

from __future__ import annotations

from dataclasses import dataclass

from liveapp.rules.charges import fee

WAYS = ("free", "at_desk", "after_session", "at_booking")
"""How a price is paid, by how much that asks of whoever books."""
MORE_IS_HARDER = (
    "price_minor",
    "cancellation_window_hours",
    "free_cancellation_hours",
    "partial_refund_hours",
    "no_show_percent",
    "late_fee_minor",
    "no_show_fee_minor",
    "count_late_cancellations",
    "count_no_shows",
)
LESS_IS_HARDER = (
    "allow_late_cancellation",
    "promotion_grace_minutes",
    "partial_refund_percent",
    "no_show_wait_percent",
    "min_payable_percent",
    "no_show_refund_percent",
    "credit_extension_days",
)
SETTINGS = tuple(name for name in (*MORE_IS_HARDER, *LESS_IS_HARDER) if name != "price_minor" and "_fee_" not in name)
"""Terms that are settings of the business, under its names for them."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a place for who books it now. Hours, minutes and percentages as named, money in minor units.

    `price_minor` without a plan (nothing: 0), paid by a word of WAYS; `takes_plan`: with a plan one of its credits, or
    a place of its quota, is used.
    """

    price_minor: int
    currency: str
    way: str
    takes_plan: bool
    late_fee_minor: int
    no_show_fee_minor: int
    cancellation_window_hours: int
    free_cancellation_hours: int
    partial_refund_hours: int
    partial_refund_percent: int
    no_show_percent: int
    no_show_wait_percent: int
    min_payable_percent: int
    no_show_refund_percent: int
    allow_late_cancellation: bool
    promotion_grace_minutes: int
    count_late_cancellations: bool
    count_no_shows: bool
    credit_extension_days: int


def fees(price_minor: int | None, *, late: tuple[int, int], no_show: tuple[int, int], currency: str) -> tuple[int, int]:
    """The two fees in minor units, each given as its fixed sum and its percentage of the price."""
    return (
        fee(price_minor, fixed_minor=late[0], percent=late[1], currency=currency),
        fee(price_minor, fixed_minor=no_show[0], percent=no_show[1], currency=currency),
    )


def harder(shown: Terms | None, present: Terms, *, by_plan: bool = False) -> tuple[str, ...]:
    """The terms that are dearer or harder now than they were shown; none where all are the same or better.

    `by_plan`: a plan pays, so that the price is nothing to them. A page that doesn't say what it showed (None) showed
    no price.
    """
    price = () if by_plan or present.way == "free" else _dearer(shown, present)
    if shown is None:
        return price
    plan = ("takes_plan",) if by_plan and present.takes_plan and not shown.takes_plan else ()
    more = tuple(name for name in MORE_IS_HARDER[1:] if getattr(present, name) > getattr(shown, name))
    less = tuple(name for name in LESS_IS_HARDER if getattr(present, name) < getattr(shown, name))
    return (*price, *plan, *more, *less)


def _dearer(shown: Terms | None, present: Terms) -> tuple[str, ...]:
    if shown is None:
        return ("price_minor",) if present.price_minor else ()
    was = shown.price_minor if shown.currency == present.currency and shown.way != "free" else 0
    dearer = ("price_minor",) if present.price_minor > was else ()
    sooner = ("way",) if present.price_minor and WAYS.index(present.way) > WAYS.index(shown.way) else ()
    return dearer + sooner
