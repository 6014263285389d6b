"""The currencies that a business can charge in: those of ISO 4217 that Stripe takes, the common ones first; and the
amounts that can be charged in each: from which amount on, and in which steps.

What people type is refused unless it can be charged. What is worked out (a half, a percentage) is rounded down to the
step and isn't charged at all below the minimum: the difference is always the payer's.
"""

from __future__ import annotations

from decimal import Decimal

from liveapp.rules.money import exponent

COMMON = ("USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "INR", "BRL", "MXN", "SEK", "NZD")
TAKEN = frozenset(
    (
        *("AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN"),
        *("BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP"),
        *("CNY", "COP", "CRC", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ETB", "EUR", "FJD", "FKP"),
        *("GBP", "GEL", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR"),
        *("ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP"),
        *("LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MUR", "MVR", "MWK", "MXN"),
        *("MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR"),
        *("PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SEK", "SGD", "SHP", "SLE"),
        *("SOS", "SRD", "STD", "SZL", "THB", "TJS", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX"),
        *("USD", "UYU", "UZS", "VND", "VUV", "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW"),
    )
)
"""What can be charged at Stripe (https://docs.stripe.com/currencies, presentment currencies)."""

MINIMUM = {
    **dict.fromkeys(("USD", "AUD", "BRL", "CAD", "CHF", "EUR", "INR", "NZD", "SGD"), "0.50"),
    **dict.fromkeys(("AED", "MYR", "PLN", "RON"), "2"),
    **dict.fromkeys(("NOK", "SEK"), "3"),
    **dict.fromkeys(("MXN", "THB"), "10"),
    "BGN": "1",
    "CZK": "15",
    "DKK": "2.50",
    "GBP": "0.30",
    "HKD": "4",
    "HUF": "175",
    "JPY": "50",
}
"""Stripe's documented minimums (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts), in major units;
other currencies have one step."""
TENS = ("BHD", "JOD", "KWD", "OMR", "TND")
"""Three-decimal currencies, whose amounts must end in 0 at Stripe (https://docs.stripe.com/currencies#three-decimal)."""


def choices(known: set[str]) -> list[str]:
    """The codes to choose from, of those that have names (`known`): the common ones, then all others by code."""
    taken = TAKEN & known
    common = [code for code in COMMON if code in taken]
    return common + sorted(taken - set(common))


def step(currency: str) -> int:
    """Minor units of which every charge and refund is a multiple: 10 for 1.230 KWD, else 1."""
    return 10 if currency in TENS else 1


def minimum(currency: str) -> int:
    """The smallest amount that can be charged, in minor units."""
    documented = MINIMUM.get(currency)
    return int(Decimal(documented).scaleb(exponent(currency))) if documented else step(currency)


def is_chargeable(minor: int, currency: str) -> bool:
    """Whether a card can be charged this amount (minor units)."""
    return minor >= minimum(currency) and minor % step(currency) == 0


def chargeable(minor: int, currency: str) -> int:
    """What is charged of an amount that was worked out (minor units): rounded down to the step, nothing below the
    minimum."""
    rounded = minor - minor % step(currency)
    return rounded if is_chargeable(rounded, currency) else 0


def refundable(minor: int, currency: str, *, left: int) -> int:
    """What goes back of an amount that was worked out (minor units): rounded up to the step, at most what is left."""
    return min(left, minor + -minor % step(currency))
