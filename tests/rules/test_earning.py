"""Who earns: the business by default where there is more than one host, and shares that always make the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.earning import Earns, Shared, host_hundredths
from liveapp.rules.money import WHOLE, shares, shares_back

HUNDREDTHS = st.integers(0, WHOLE)
MINOR = st.integers(0, 10**7)


@pytest.mark.parametrize(
    ("earns", "hosts", "shared", "part"),
    [
        ("automatic", 1, Shared(), WHOLE),
        ("automatic", 2, Shared(), 0),
        ("automatic", 0, Shared(), WHOLE),
        ("business", 1, Shared(), 0),
        ("host", 5, Shared(), WHOLE),
        ("shares", 5, Shared(60), 6000),
        ("shares", 5, Shared(60, of_host=70), 7000),
        ("shares", 5, Shared(60, of_host=70, of_offering=0), 0),
        ("shares", 5, Shared(60, of_offering=100), WHOLE),
    ],
)
def test_the_hosts_part(earns: str, hosts: int, shared: Shared, part: int) -> None:
    assert host_hundredths(Earns(earns), hosts=hosts, shared=shared) == part


@given(minor=MINOR, fee=HUNDREDTHS, part=HUNDREDTHS)
def test_nobody_loses_a_minor_unit(minor: int, fee: int, part: int) -> None:
    found = shares(minor, fee, part)
    assert found.charge == minor
    assert min(found.host, found.platform, found.business) >= 0
    assert shares(minor, fee).host == found.host + found.business


@given(pieces=st.lists(MINOR, min_size=1, max_size=6), fee=HUNDREDTHS, part=HUNDREDTHS)
def test_refunds_in_pieces_give_back_what_one_would(pieces: list[int], fee: int, part: int) -> None:
    before, given_back = 0, [0, 0, 0]
    for minor in pieces:
        back = shares_back(minor, before, fee, part)
        assert back.charge == minor
        assert min(back.host, back.platform, back.business) >= 0
        given_back = [sum(pair) for pair in zip(given_back, (back.host, back.platform, back.business), strict=True)]
        before += minor
    whole = shares(before, fee, part)
    assert given_back == [whole.host, whole.platform, whole.business]
