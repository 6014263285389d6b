"""Settlement: the worked figures of the product's rules, each boundary to the second, and properties of all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.money import Shares
from liveapp.rules.settlement import (
    Facts,
    State,
    Terms,
    min_payable,
    no_show_refusal,
    no_show_shares,
    no_show_wait,
    state,
)

START = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = Facts(START, 60)


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


@pytest.mark.parametrize(("length", "wait", "payable"), [(40, 13, 26), (60, 19, 39), (45, 14, 29), (90, 29, 59)])
def test_waits_and_payable_minutes_are_rounded_down(length: int, wait: int, payable: int) -> None:
    assert (no_show_wait(length), min_payable(length)) == (wait, payable)


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (after(-5) - SECOND, State.SCHEDULED),
        (after(-5), State.JOIN_OPEN),
        (after(60) - SECOND, State.JOIN_OPEN),
        (after(60), State.COMPLETED_ASSUMED),
    ],
)
def test_the_clock_opens_and_completes_it(now: datetime, found: State) -> None:
    assert state(HOUR, now) is found


def test_a_no_show_pays_half() -> None:
    facts = replace(HOUR, host_joined_at=after(0), no_show_at=after(20))
    assert state(facts, after(60)) is State.NO_SHOW_STUDENT
    assert no_show_shares(10000, "EUR") == Shares(4500, 500)


@pytest.mark.parametrize(
    ("ended", "found"), [(after(39) - SECOND, State.EARLY_END_SHORT), (after(39), State.COMPLETED_ASSUMED)]
)
def test_an_early_end_is_paid_in_full_from_the_payable_minute_on(ended: datetime, found: State) -> None:
    facts = replace(HOUR, ended_at=ended)
    assert state(facts, after(60)) is found


def test_a_no_show_is_marked_between_the_wait_and_the_charge_by_a_host_who_came() -> None:
    came = replace(HOUR, host_joined_at=after(0))

    def said(facts: Facts, now: datetime) -> str:
        return no_show_refusal(facts, now, timezone="Europe/Berlin")

    assert said(came, after(19)) == said(came, after(60) - SECOND) == ""
    assert said(came, after(19) - SECOND).startswith("Please wait for the guest until Mon 2 March, 18:19; then")
    assert "time is over" in said(came, after(60))
    assert "Join the meeting first" in said(HOUR, after(30))
    assert "already" in said(replace(came, no_show_at=after(20)), after(30))
    assert "cancelled" in said(replace(came, is_cancelled=True), after(30))
    assert "You ended" in said(replace(came, ended_at=after(25)), after(30))


moments = st.none() | st.integers(-600, 7200).map(lambda seconds: START + timedelta(seconds=seconds))
facts = st.builds(
    Facts,
    starts_at=st.just(START),
    duration_minutes=st.integers(5, 240),
    host_joined_at=moments,
    no_show_at=moments,
    ended_at=moments,
    is_cancelled=st.booleans(),
)
terms = st.builds(
    Terms,
    no_show_wait_percent=st.integers(0, 100),
    min_payable_percent=st.integers(0, 100),
    no_show_hundredths=st.integers(0, 10000),
    fee_hundredths=st.integers(0, 10000),
)


@given(st.integers(0, 10**9), facts, terms, st.integers(-600, 20000))
def test_nobody_pays_more_than_the_price_or_for_what_was_cancelled(
    price: int, facts: Facts, terms: Terms, later: int
) -> None:
    found = state(facts, START + timedelta(seconds=later), terms)
    assert (found is State.CANCELLED) is facts.is_cancelled
    assert 0 <= no_show_shares(price, "EUR", terms).charge <= price


@given(facts, terms, st.integers(-600, 20000))
def test_who_may_be_marked_is_charged_as_a_no_show(facts: Facts, terms: Terms, later: int) -> None:
    now = START + timedelta(seconds=later)
    if no_show_refusal(facts, now, timezone="UTC", terms=terms):
        return
    marked = replace(facts, no_show_at=now)
    assert state(marked, now, terms) is State.NO_SHOW_STUDENT
