"""Which currencies can be chosen, and in which order."""

from __future__ import annotations

import pytest
from babel.numbers import list_currencies

from liveapp.forms.accounts import currency_choices
from liveapp.rules.currencies import COMMON, TAKEN, choices


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
