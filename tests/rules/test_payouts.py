"""What is paid out, and when: examples, then properties of every sequence of charges, refunds and payouts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.ledger import CARD, Transfer, came_back, charged, given_back, host, owed, paid_out, person
from liveapp.rules.money import shares, shares_back
from liveapp.rules.payouts import Schedule, Why, latest_day, mature_until, next_day, payable, why_nothing

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)  # Berlin's clocks went forward in the night before
BEN, ADA = person("ben"), host("ada")


@pytest.mark.parametrize(
    ("owed_minor", "maturing", "minimum", "paid", "why"),
    [
        (9000, 0, 0, 9000, None),
        (9000, 4500, 0, 4500, None),
        (9000, 4500, 4500, 4500, None),
        (9000, 4500, 4501, 0, Why.BELOW_MINIMUM),
        (9000, 9000, 0, 0, Why.MATURING),
        (-9000, 0, 0, 0, Why.OWES),
        (500, 4500, 0, 0, Why.MATURING),  # 40.00 too much was paid out; the 45.00 that mature make up for it
        (0, 0, 0, 0, Why.NOTHING),
        (1, 0, 0, 1, None),
    ],
)
def test_what_is_payable_and_why_nothing_is(
    owed_minor: int, maturing: int, minimum: int, paid: int, why: Why | None
) -> None:
    assert payable(owed_minor, maturing, minimum) == paid
    assert why_nothing(owed_minor, maturing, minimum) is why


def test_holding_is_elapsed_time_and_exactly_then_is_enough() -> None:
    assert mature_until(NOW, 3) == NOW - timedelta(hours=72)
    assert mature_until(NOW, 0) == NOW


@pytest.mark.parametrize(
    ("schedule", "weekday", "today", "latest", "following"),
    [
        (Schedule.WEEKLY, 0, date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 9)),  # a Monday
        (Schedule.WEEKLY, 0, date(2026, 3, 8), date(2026, 3, 2), date(2026, 3, 9)),
        (Schedule.WEEKLY, 4, date(2026, 3, 2), date(2026, 2, 27), date(2026, 3, 6)),
        (Schedule.MONTHLY, 0, date(2026, 3, 1), date(2026, 3, 1), date(2026, 4, 1)),
        (Schedule.MONTHLY, 0, date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1)),
        (Schedule.MONTHLY, 0, date(2028, 1, 31), date(2028, 1, 1), date(2028, 2, 1)),
        (Schedule.BY_HAND, 0, date(2026, 3, 2), None, None),
    ],
)
def test_payout_days(
    schedule: Schedule, weekday: int, today: date, latest: date | None, following: date | None
) -> None:
    assert latest_day(schedule, weekday, today) == latest
    assert next_day(schedule, weekday, today) == following


days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(days, st.integers(0, 6), st.sampled_from([Schedule.WEEKLY, Schedule.MONTHLY]))
def test_payout_days_follow_each_other_without_a_gap(today: date, weekday: int, schedule: Schedule) -> None:
    latest, following = latest_day(schedule, weekday, today), next_day(schedule, weekday, today)
    assert latest is not None
    assert following is not None
    assert latest <= today < following
    assert next_day(schedule, weekday, latest) == following
    assert latest_day(schedule, weekday, following) == following


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**9), st.integers(0, 10**6))
def test_never_more_than_is_owed_and_mature_nor_less_than_the_minimum(
    owed_minor: int, maturing: int, minimum: int
) -> None:
    found = payable(owed_minor, maturing, minimum)
    assert 0 <= found <= max(0, owed_minor - maturing)
    assert found == 0 or found >= minimum
    assert (found == 0) == (why_nothing(owed_minor, maturing, minimum) is not None)


deeds = st.lists(
    st.tuples(st.sampled_from(["pay", "refund", "payout", "fail"]), st.integers(1, 10**6), st.integers(0, 9)),
    max_size=30,
)


@given(deeds, st.integers(0, 10000), st.integers(0, 5000))
def test_whatever_happens_the_balance_is_what_was_earned_less_what_was_paid_out(
    found: list[tuple[str, int, int]], fee: int, minimum: int
) -> None:
    """A step is a day; a session is paid for on the day it is, and matures three days later."""
    book: list[Transfer] = []
    sessions: list[list[int]] = []  # day, price, refunded
    payouts: list[int] = []
    earned = 0
    for day, (deed, minor, which) in enumerate(found):
        if deed == "pay":
            book += charged(BEN, ADA, shares(minor, fee), CARD)
            sessions.append([day, minor, 0])
            earned += shares(minor, fee).host
        elif deed == "refund" and sessions:
            session = sessions[which % len(sessions)]
            back = min(minor, session[1] - session[2])
            parts = shares_back(back, session[2], fee)
            book += given_back(BEN, ADA, parts, CARD)
            session[2] += back
            earned -= parts.host
        elif deed == "payout":
            fresh = [each for each in sessions if day - each[0] < 3]
            maturing = sum(shares(price, fee).host - shares_back(back, 0, fee).host for _, price, back in fresh)
            before = owed(book).get(ADA, 0)
            paid = payable(before, maturing, minimum)
            assert paid == 0 or minimum <= paid <= before - maturing
            if paid:
                book += paid_out(ADA, paid, CARD)
                payouts.append(paid)
        elif deed == "fail" and payouts:
            book += came_back(ADA, payouts.pop(which % len(payouts)), CARD)
        balances = owed(book)
        assert sum(balances.values()) == 0
        assert balances.get(ADA, 0) == earned - sum(payouts)
        assert balances.get(BEN, 0) == 0
