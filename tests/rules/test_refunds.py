"""Refund tiers: boundaries to the second, pieces, and that nobody gets more back than they paid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.cancellation import cancel
from liveapp.rules.refunds import DEFAULTS, Tiers, back, kept, terms
from liveapp.rules.wording import on_the_clock_of

START = datetime(2026, 3, 29, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def before(hours: float) -> datetime:
    return START - timedelta(hours=hours)


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (before(500), 10000),
        (before(24), 10000),
        (before(24) + SECOND, 5000),
        (before(12), 5000),
        (before(12) + SECOND, 0),
        (before(0), 0),
    ],
)
def test_the_boundaries_are_to_the_second_and_on_the_better_side(now: datetime, found: int) -> None:
    assert back(10000, 0, START, now) == found
    assert kept(10000, START, now) == 10000 - found


def test_the_business_gives_everything_back_always() -> None:
    assert back(10000, 0, START, START, by_business=True) == 10000
    assert back(10000, 2500, START, START, by_business=True) == 7500


def test_halves_of_odd_amounts_are_rounded_up_for_the_person() -> None:
    assert (back(1005, 0, START, before(13)), kept(1005, START, before(13))) == (503, 502)
    assert back(1, 0, START, before(13)) == 1


def test_what_came_back_before_counts() -> None:
    assert back(10000, 3000, START, before(13)) == 2000
    assert back(10000, 6000, START, before(13)) == 0
    assert back(10000, 10000, START, before(48)) == 0


def test_the_terms_say_what_still_holds() -> None:
    say = on_the_clock_of("Europe/Berlin")

    def said(hours: float, tiers: Tiers = DEFAULTS) -> str:
        return terms(START, before(hours), tiers, say=say)

    assert said(24) == (
        "If you cancel, all of it comes back until Sat 28 March, 10:00, half of it until Sat 28 March, 22:00; later "
        "nothing."
    )
    assert said(23) == said(12) == "If you cancel, half of it comes back until Sat 28 March, 22:00; later nothing."
    assert said(11) == "If you cancel, nothing of it comes back any more."
    assert "25 % of it until" in said(48, Tiers(48, 6, 2500))
    assert said(3, Tiers(2, 2)) == "If you cancel, all of it comes back until Sun 29 March, 09:00; later nothing."
    assert said(13, Tiers(24, 12, 0)) == "If you cancel, nothing of it comes back any more."


def test_who_is_charged_later_reads_what_would_be_charged() -> None:
    say = on_the_clock_of("Europe/Berlin")

    def said(hours: float, tiers: Tiers = DEFAULTS) -> str:
        return terms(START, before(hours), tiers, say=say, later=True)

    assert said(24) == (
        "If you cancel, nothing is charged until Sat 28 March, 10:00, half of it until Sat 28 March, 22:00; later all "
        "of it."
    )
    assert said(12) == "If you cancel, half of it is charged until Sat 28 March, 22:00; later all of it."
    assert said(11) == "If you cancel, all of it is charged."
    assert "75 % of it until" in said(48, Tiers(48, 6, 2500))
    assert said(13, Tiers(24, 12, 0)) == "If you cancel, all of it is charged."


def test_tiers_fall() -> None:
    with pytest.raises(ValueError, match="earlier than a part"):
        Tiers(12, 24)


@given(
    st.integers(0, 10**9), st.integers(0, 10**9), st.integers(-100, 800), st.integers(0, 300), st.integers(0, 300),
    st.integers(0, 10000), st.booleans(),
)  # fmt: skip
def test_never_more_than_is_left_and_never_less_for_coming_earlier(
    paid: int, refunded: int, hours: int, low: int, high: int, share: int, by_business: bool
) -> None:
    refunded = min(refunded, paid)
    tiers = Tiers(max(low, high), min(low, high), share)
    now = before(hours)
    found = back(paid, refunded, START, now, tiers, by_business=by_business)
    assert 0 <= found <= paid - refunded
    assert back(paid, refunded, START, now - timedelta(hours=1), tiers, by_business=by_business) >= found


@given(
    window=st.integers(0, 72),
    free=st.integers(0, 72),
    promoted=st.integers(0, 80 * 60),
    grace=st.integers(0, 90),
    minutes=st.integers(0, 100),
)
def test_the_grace_after_a_promotion_is_one_for_credit_fee_and_money(
    window: int, free: int, promoted: int, grace: int, minutes: int
) -> None:
    promoted_at = START - timedelta(minutes=promoted)
    now = min(promoted_at + timedelta(minutes=minutes), START - SECOND)
    tiers = Tiers(free, 0, 0, promoted_at=promoted_at, grace_minutes=grace)
    answer = cancel(
        status="confirmed", starts_at=START, now=now, window_hours=window, allow_late=True,
        promoted_at=promoted_at, grace_minutes=grace,
    )  # fmt: skip
    in_grace = now <= promoted_at + timedelta(minutes=grace)
    assert answer.late is (not in_grace and now > before(window))
    assert (kept(10000, START, now, tiers) == 0) is (in_grace or now <= before(free))
