"""Which currencies can be chosen, in which order, and which amounts can be charged in each."""

from __future__ import annotations

import pytest
from babel.numbers import list_currencies
from werkzeug.datastructures import MultiDict
from wtforms import Form

from liveapp.dev.stripe_simulator.money import check_charge
from liveapp.dev.stripe_simulator.refusals import BadParameter
from liveapp.forms.accounts import currency_choices
from liveapp.forms.fields import PriceField
from liveapp.gateways.stripe.client import to_stripe
from liveapp.rules.currencies import (
    COMMON,
    TAKEN,
    chargeable,
    choices,
    is_chargeable,
    minimum,
    refundable,
    step,
)


def test_all_that_stripe_takes_and_babel_knows_the_common_ones_first() -> None:
    codes = list(currency_choices())
    assert len(codes) > 135
    assert codes[: len(COMMON)] == list(COMMON)
    assert codes[len(COMMON) :] == sorted(codes[len(COMMON) :])
    assert set(codes) == TAKEN & list_currencies()
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("code", ["TTD", "JMD", "BBD", "KES", "TND", "ISK", "VND"])
def test_businesses_from_anywhere_find_theirs(code: str) -> None:
    assert currency_choices()[code].startswith(f"{code} – ")


def test_what_has_no_name_isnt_offered() -> None:
    assert choices({"USD", "TTD", "XXX"}) == ["USD", "TTD"]


@pytest.mark.parametrize("currency", sorted(TAKEN & list_currencies()))
def test_whatever_is_worked_out_is_an_amount_that_stripe_takes(currency: str) -> None:
    least = minimum(currency)
    assert chargeable(least, currency) == least
    assert chargeable(least - 1, currency) == 0
    for minor in (*range(least, least + 25), 123_457):
        charged = chargeable(minor, currency)
        check_charge(to_stripe(charged, currency), currency.lower())
        assert 0 <= minor - charged < step(currency)
        assert is_chargeable(minor, currency) is (charged == minor)


@pytest.mark.parametrize("currency", sorted((TAKEN & list_currencies()) - {"BGN"}))  # the pretend Stripe is of 2026
def test_stripe_refuses_what_the_rule_refuses(currency: str) -> None:
    """Where Stripe has a minimum or a step, one minor unit less is refused there too: the rule isn't harder than it."""
    least = minimum(currency)
    too_small = to_stripe(least - 1, currency)
    if too_small > 0:
        with pytest.raises(BadParameter):
            check_charge(too_small, currency.lower())


@pytest.mark.parametrize(
    ("minor", "currency", "left", "back"),
    [(45, "EUR", 90, 45), (1235, "KWD", 5000, 1240), (1235, "KWD", 1235, 1235), (0, "KWD", 500, 0)],
)
def test_what_goes_back_is_rounded_for_the_payer(minor: int, currency: str, left: int, back: int) -> None:
    assert refundable(minor, currency, left=left) == back


@pytest.mark.parametrize(("currency", "typed", "minor"), [
    ("EUR", "0.30", None), ("EUR", "0.50", 50), ("EUR", "0", 0), ("HUF", "174.99", None), ("HUF", "175", 17500),
    ("JPY", "49", None), ("JPY", "50", 50), ("KWD", "1.235", None), ("KWD", "1.230", 1230), ("ISK", "1", 1),
])  # fmt: skip
def test_forms_refuse_prices_that_cant_be_charged(currency: str, typed: str, minor: int | None) -> None:
    class PriceForm(Form):  # type: ignore[misc]
        price = PriceField("Price", is_charged=True)

    form = PriceForm(MultiDict({"price": typed}))
    form.price.read_in(currency)
    assert form.price.data == minor
    assert bool(form.price.errors) is (minor is None)
