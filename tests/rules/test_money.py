"""Money: exponents, parts rounded half up, and shares that always make the whole."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.money import WHOLE, Shares, exponent, part, shares, shares_back

amounts = st.integers(0, 10**12)
rates = st.integers(0, WHOLE)


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("USD", 2), ("TTD", 2), ("EUR", 2), ("KWD", 3)])
def test_each_currency_has_its_own_exponent(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


@pytest.mark.parametrize(
    ("minor", "rate", "found"),
    [
        (10000, 1000, 1000),
        (1005, 1000, 101),
        (1004, 1000, 100),
        (1, 5000, 1),
        (1005, 5000, 503),
        (0, 1000, 0),
        (7, 0, 0),
    ],
)
def test_parts_are_rounded_half_up(minor: int, rate: int, found: int) -> None:
    assert part(minor, rate) == found


@pytest.mark.parametrize(
    ("minor", "found"),
    [
        (10000, Shares(9000, 1000)),  # 100.00 at 10 %: 90.00 + 10.00
        (5000, Shares(4500, 500)),  # half of it for a no-show: 45.00 + 5.00
        (1999, Shares(1799, 200)),
        (1, Shares(1, 0)),
        (5, Shares(4, 1)),
    ],
)
def test_a_charge_is_shared(minor: int, found: Shares) -> None:
    assert shares(minor, 1000) == found


@given(amounts, rates)
def test_shares_make_the_charge_and_are_the_nearest(minor: int, rate: int) -> None:
    found = shares(minor, rate)
    assert found.charge == minor
    assert found.host >= 0
    assert found.platform == (Decimal(minor) * rate / WHOLE).quantize(Decimal(1), rounding=ROUND_HALF_UP)


@given(st.lists(st.integers(0, 10**6), max_size=6), rates)
def test_refunds_in_pieces_give_back_what_one_would(pieces: list[int], rate: int) -> None:
    before, host, platform = 0, 0, 0
    for piece in pieces:
        back = shares_back(piece, before, rate)
        assert back.charge == piece
        before, host, platform = before + piece, host + back.host, platform + back.platform
    assert Shares(host, platform) == shares(sum(pieces), rate)
