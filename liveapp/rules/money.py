"""Amounts of money: whole minor units of a currency, parts of them, and how a charge is shared.

Rounding is half up on the minor unit; what is left after the first share is the second, so that both make the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from babel.numbers import get_currency_precision

WHOLE = 10_000
"""Percentages are kept in hundredths of a percent: 10 % is 1000."""
HUNDREDTHS = 100
"""So many of them are one percent."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What a host (or the business alone), the platform, and beside a host the business get of a charge, in minor
    units; together they are the charge."""

    host: int
    platform: int
    business: int = 0

    @property
    def charge(self) -> int:
        return self.host + self.platform + self.business


def exponent(currency: str) -> int:
    """Digits after the point (ISO 4217, as CLDR has them): JPY 0, USD 2, KWD 3."""
    return int(get_currency_precision(currency))


def part(minor: int, hundredths: int) -> int:
    """So many hundredths of a percent of an amount that isn't negative, rounded half up: 5000 of 1005 is 503."""
    return (2 * minor * hundredths + WHOLE) // (2 * WHOLE)


def shares(minor: int, fee_hundredths: int, host_hundredths: int = WHOLE) -> Shares:
    """How a charge is shared: the platform's fee is rounded, and so is the host's part of what it leaves; the rest is
    the business's."""
    fee = part(minor, fee_hundredths)
    host = part(minor - fee, host_hundredths)
    return Shares(host, fee, minor - fee - host)


def shares_back(minor: int, before: int, fee_hundredths: int, host_hundredths: int = WHOLE) -> Shares:
    """What host, platform and business give back for a refund after `before` was refunded already.

    However many refunds there are, each side has given back what it would have for one of their sum.
    """
    then, now = shares(before, fee_hundredths, host_hundredths), shares(before + minor, fee_hundredths, host_hundredths)
    return Shares(now.host - then.host, now.platform - then.platform, now.business - then.business)
