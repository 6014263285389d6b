"""When a card is asked again, and what fees cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from liveapp.rules import charges

NOW = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)


def test_a_declined_card_is_asked_again_after_1_3_and_5_days() -> None:
    asked, moment = [], NOW
    for declines in (1, 2, 3):
        again = charges.next_try(declines, moment)
        assert again is not None
        asked.append((again - NOW).days)
        moment = again
    assert asked == [1, 3, 5]
    assert charges.next_try(4, moment) is None


@pytest.mark.parametrize(
    ("price", "fixed", "percent", "costs"),
    [
        (2500, 0, 0, 0),
        (2500, 500, 0, 500),
        (2500, 0, 50, 1250),
        (1001, 0, 50, 501),
        (None, 0, 50, 0),
        (None, 500, 0, 500),
    ],
)
def test_a_fee_is_a_sum_or_a_part_of_the_price(price: int | None, fixed: int, percent: int, costs: int) -> None:
    assert charges.fee(price, fixed_minor=fixed, percent=percent, currency="EUR") == costs


@pytest.mark.parametrize(("hours", "may"), [(-0.01, False), (0, True), (24, True), (24.01, False)])
def test_a_guest_may_report_for_a_day(hours: float, may: bool) -> None:
    assert charges.may_report(NOW, NOW + timedelta(hours=hours)) is may
