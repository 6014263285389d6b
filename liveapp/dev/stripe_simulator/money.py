"""Currencies as Stripe takes them: exponents, smallest charges, and a plain fee."""

from __future__ import annotations

import re

from babel.numbers import format_currency

from liveapp.dev.stripe_simulator.refusals import BadParameter

ZERO_DECIMAL = frozenset(re.findall(r"\w+", "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf"))
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
LEAST = {
    "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
"""Smallest charges, in minor units, as documented; other currencies are only asked for one minor unit here."""
SUPPORTED = frozenset(
    re.findall(
        r"\w+",
        """
        aed afn all amd ang aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny
        cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk
        jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr
        mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos
        srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw
        """,
    )
)
FEE_PER_MILLE = 29
FEE_FIXED_CENTS = 30
DISPUTE_FEE_MAJOR = 15


def minor_units(currency: str) -> int:
    """How many of them one of the major unit has."""
    return 1 if currency in ZERO_DECIMAL else 1000 if currency in THREE_DECIMAL else 100


def fee(amount: int, currency: str) -> int:
    """2.9 % and 0.30 of the major unit: a plain stand-in for Stripe's price lists."""
    fixed = FEE_FIXED_CENTS * minor_units(currency) // 100
    return (amount * FEE_PER_MILLE + 500) // 1000 + fixed


def dispute_fee(currency: str) -> int:
    """What a dispute costs: 15 of the major unit."""
    return DISPUTE_FEE_MAJOR * minor_units(currency)


def in_words(amount: int, currency: str) -> str:
    """``12.50 USD`` as people of the United States write it."""
    return format_currency(amount / minor_units(currency), currency.upper(), locale="en_US")


def known_currency(code: str, param: str = "currency") -> str:
    """The code in small letters. Raises BadParameter for one that Stripe doesn't take."""
    small = code.lower()
    if small not in SUPPORTED:
        raise BadParameter(f"Invalid currency: {code}", param=param, code="currency_not_supported")
    return small


def check_charge(amount: int, currency: str, param: str = "amount") -> None:
    """Refuses amounts under the smallest charge, and thirds decimals that cards don't have."""
    if currency in THREE_DECIMAL and amount % 10:
        message = f"Invalid amount for {currency}: three-decimal amounts must end in 0."
        raise BadParameter(message, param=param, code="invalid_charge_amount")
    least = LEAST.get(currency, 1)
    if amount < least:
        message = f"Amount must be at least {in_words(least, currency)} {currency}"
        raise BadParameter(message, param=param, code="amount_too_small")
