"""Terms as shown and as they are: whatever is dearer or harder is found, and nothing else is."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.terms import LESS_IS_HARDER, MORE_IS_HARDER, WAYS, Terms, fees, harder

SHOWN = Terms(
    price_minor=2000, currency="EUR", way="after_session", takes_plan=True, late_fee_minor=500, no_show_fee_minor=500,
    cancellation_window_hours=24, free_cancellation_hours=24, partial_refund_hours=12, partial_refund_percent=50,
    no_show_percent=50, no_show_wait_percent=33, min_payable_percent=66, no_show_refund_percent=25,
    allow_late_cancellation=False, promotion_grace_minutes=30, count_late_cancellations=False, count_no_shows=True,
    credit_extension_days=14,
)  # fmt: skip
NUMBERS = (*MORE_IS_HARDER, *LESS_IS_HARDER)
terms = st.builds(
    replace,
    st.just(SHOWN),
    way=st.sampled_from(WAYS),
    **{name: st.booleans() if isinstance(getattr(SHOWN, name), bool) else st.integers(0, 100) for name in NUMBERS},
)  # type: ignore[arg-type]


def test_every_term_has_a_harder_side() -> None:
    assert {each.name for each in fields(Terms)} == {*NUMBERS, "currency", "way", "takes_plan"}


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("step", [-1, 1])
def test_one_term_that_moved_is_named_when_it_got_harder(name: str, step: int) -> None:
    now: Any = (step > 0) if isinstance(getattr(SHOWN, name), bool) else getattr(SHOWN, name) + step
    moved = now != getattr(SHOWN, name)
    is_harder = moved and (step > 0) is (name in MORE_IS_HARDER)
    assert harder(SHOWN, replace(SHOWN, **{name: now})) == ((name,) if is_harder else ())


@given(shown=terms, present=terms)
def test_what_is_shown_as_it_is_asks_nothing_and_better_asks_nothing(shown: Terms, present: Terms) -> None:
    assert harder(present, present) == ()
    softest = replace(
        present,
        way=min(shown.way, present.way, key=WAYS.index),
        **{name: min(getattr(shown, name), getattr(present, name)) for name in MORE_IS_HARDER},
        **{name: max(getattr(shown, name), getattr(present, name)) for name in LESS_IS_HARDER},
    )
    if shown.way != "free":
        assert harder(shown, softest) == ()
    if harder(shown, present) and shown.way != "free":
        assert present != softest


@pytest.mark.parametrize(
    ("shown", "present", "found"),
    [
        (replace(SHOWN, way="free"), SHOWN, ("price_minor", "way")),
        (replace(SHOWN, way="at_desk"), SHOWN, ("way",)),
        (replace(SHOWN, way="at_booking"), SHOWN, ()),
        (replace(SHOWN, currency="JPY"), SHOWN, ("price_minor",)),
        (replace(SHOWN, price_minor=0), replace(SHOWN, price_minor=0, way="at_booking"), ()),
        (SHOWN, replace(SHOWN, price_minor=9900, way="free"), ()),
        (None, SHOWN, ("price_minor",)),
        (None, replace(SHOWN, price_minor=0), ()),
    ],
)
def test_what_is_paid_and_how_is_one_question(shown: Terms | None, present: Terms, found: tuple[str, ...]) -> None:
    assert harder(shown, present) == found


def test_who_pays_with_a_plan_isnt_asked_about_the_price_but_about_the_credit() -> None:
    dear = replace(SHOWN, price_minor=9900, way="at_booking")
    assert harder(SHOWN, dear, by_plan=True) == harder(None, dear, by_plan=True) == ()
    free = replace(SHOWN, price_minor=0, takes_plan=False)
    assert harder(free, SHOWN, by_plan=True) == ("takes_plan",)
    assert harder(SHOWN, replace(SHOWN, late_fee_minor=501), by_plan=True) == ("late_fee_minor",)


def test_a_fee_is_its_sum_or_its_part_of_the_price() -> None:
    assert fees(2000, late=(300, 50), no_show=(0, 25), currency="EUR") == (300, 500)
    assert fees(None, late=(0, 50), no_show=(0, 0), currency="EUR") == (0, 0)
