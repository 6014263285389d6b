"""Our books against the provider's: nothing where they agree, one sentence for each difference."""

from __future__ import annotations

import pytest

from liveapp.rules.reconciling import Ours, Theirs, compare

DONE = Ours("1", "re_1", "done", 500)


@pytest.mark.parametrize(
    ("own", "their", "words", "mends"),
    [
        (DONE, Theirs("re_1", "1", "done", 500), "", False),
        (DONE, Theirs("re_1", "", "done", 500), "", False),
        (Ours("1", "", "asked", 500), None, "", False),
        (Ours("1", "", "asked", 500, is_late=True), None, "never got there", True),
        (Ours("1", "", "asked", 500), Theirs("re_1", "1", "done", 500), "is asked here and done there", True),
        (DONE, Theirs("re_1", "1", "failed", 500), "is done here and failed there", True),
        (DONE, Theirs("re_1", "1", "done", 501), "is of 500 here and of 501 there", False),
        (DONE, None, "which isn't there", False),
        (None, Theirs("re_1", "1", "done", 500), "isn't known here", False),
        (None, Theirs("re_1", "", "done", 500, can_be_adopted=True), "isn't known here", True),
    ],
)
def test_each_difference_is_said(own: Ours | None, their: Theirs | None, words: str, mends: bool) -> None:
    found = compare("refund", [own] if own else [], [their] if their else [])
    assert len(found) == bool(words)
    for difference in found:
        assert words in difference.words
        assert difference.is_mendable is mends


def test_money_that_came_twice_is_a_difference_until_it_went_back() -> None:
    own, first = Ours("1", "pi_1", "paid", 500), Theirs("pi_1", "1", "paid", 500)
    assert [each.key for each in compare("payment", [own], [first, Theirs("pi_2", "1", "paid", 500)])] == ["pi_2"]
    assert compare("payment", [own], [first, Theirs("pi_2", "1", "paid", 500, is_returned=True)]) == []
