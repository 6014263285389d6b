"""The book: whatever is charged, given back and paid out, everything sums to zero and everybody has their own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.ledger import (
    CARD,
    PLATFORM,
    Transfer,
    came_back,
    charged,
    given_back,
    host,
    owed,
    paid_out,
    person,
    put_on_hold,
    released,
)
from liveapp.rules.money import shares, shares_back
from liveapp.rules.settlement import Terms, no_show_shares

BEN, ADA = person("ben"), host("ada")


def test_a_charge_of_100_leaves_90_with_the_host_and_10_with_the_platform() -> None:
    book = charged(BEN, ADA, shares(10000, 1000), CARD)
    assert [each.kind for each in book] == ["share", "fee", "payment"]
    assert owed(book) == {BEN: 0, ADA: 9000, PLATFORM: 1000, CARD: -10000}


def test_a_refund_takes_from_both_and_a_payout_from_what_is_at_the_provider() -> None:
    book = charged(BEN, ADA, shares(10000, 1000), CARD)
    book += given_back(BEN, ADA, shares_back(5000, 0, 1000), CARD)
    book += paid_out(ADA, 4500, CARD)
    assert owed(book) == {BEN: 0, ADA: 0, PLATFORM: 500, CARD: -500}
    book += came_back(ADA, 4500, CARD)
    assert owed(book)[ADA] == 4500


def test_a_refund_after_the_payout_leaves_the_host_below_nothing() -> None:
    book = charged(BEN, ADA, shares(10000, 1000), CARD) + paid_out(ADA, 9000, CARD)
    book += given_back(BEN, ADA, shares_back(10000, 0, 1000), CARD)
    assert owed(book)[ADA] == -9000


def test_nothing_is_no_transfer() -> None:
    assert charged(BEN, ADA, shares(0, 1000), CARD) == []
    assert [each.kind for each in charged(BEN, ADA, shares(100, 0), CARD)] == ["share", "payment"]


DEEDS = ("pay", "no_show", "refund", "hold", "release", "payout", "back")
deeds = st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 10**7), st.sampled_from("ab")), max_size=20)


@given(deeds, st.integers(0, 10000), st.integers(0, 10000))
def test_whatever_happens_the_sum_is_nothing_and_no_more_goes_back_than_came(
    found: list[tuple[str, int, str]], fee: int, missed: int
) -> None:
    book: list[Transfer] = []
    paid, back = dict.fromkeys("ab", 0), dict.fromkeys("ab", 0)
    for deed, minor, who in found:
        payer, earner = person(who), host(who)
        if deed in ("pay", "no_show") and not paid[who]:
            terms = Terms(no_show_hundredths=missed, fee_hundredths=fee)
            costs = shares(minor, fee) if deed == "pay" else no_show_shares(minor, "EUR", terms)
            paid[who] = costs.charge
            book += charged(payer, earner, costs, CARD)
        elif deed == "refund":
            part = min(minor, paid[who] - back[who])
            book += given_back(payer, earner, shares_back(part, back[who], fee), CARD)
            back[who] += part
        elif deed == "hold":
            book += put_on_hold(earner, minor)
        elif deed == "release":
            book += released(earner, minor)
        elif deed == "payout":
            book += paid_out(earner, minor, CARD)
        elif deed == "back":
            book += came_back(earner, minor, CARD)
    balances = owed(book)
    assert sum(balances.values()) == 0
    assert all(each.minor > 0 for each in book)
    assert {balances.get(person(who), 0) for who in "ab"} == {0}
    assert all(0 <= back[who] <= paid[who] for who in "ab")
    kept = sum(paid.values()) - sum(back.values())
    moved = sum(each.minor for each in book if each.kind == "payout") - sum(
        each.minor for each in book if each.kind == "payout_back"
    )
    assert balances.get(CARD, 0) == moved - kept
