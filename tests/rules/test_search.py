"""Searching: both sides folded by one rule, which finds a word however its letters are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.search import folded, mapping

SAME = [
    ("Übung", "ubung"),
    ("ÜBUNG", "übung"),
    ("Zoë", "zoe"),
    ("Straße", "STRASSE"),
    ("Łódź", "lodz"),
    ("Øresund", "oresund"),
    ("Ærø", "aero"),
    ("Œuvre", "oeuvre"),
    ("Þór", "thor"),
    ("İstanbul", "istanbul"),
    ("Diyarbakır", "diyarbakir"),
    ("Ёлка", "елка"),
    ("ЖУК", "жук"),
    ("ΣΊΣΥΦΟΣ", "σισυφος"),
    ("ｙｏｇａ", "YOGA"),
    ("ﬁt", "fit"),
    ("café\u0301s", "cafes"),
    ("Nguyễn", "nguyen"),
    ("Đà Nẵng", "da nang"),
    ("Αθήνα", "αθηνα"),
    ("مُدَرِّس", "مدرس"),
    ("שָׁלוֹם", "שלום"),
]


@pytest.mark.parametrize(("written", "typed"), SAME)
def test_a_word_is_found_however_it_is_written(written: str, typed: str) -> None:
    assert folded(written) == folded(typed)


@pytest.mark.parametrize(("one", "other"), [("Übung", "Ubang"), ("a", "b"), ("漢字", "漢文"), ("ら", "う")])
def test_other_words_stay_others(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing_more_and_case_doesnt_count(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert folded(text.upper()) == folded(text.upper().lower())


@given(st.text(max_size=20), st.text(min_size=1, max_size=5), st.text(max_size=20))
def test_what_holds_a_word_by_itself_holds_it_folded(before: str, word: str, after: str) -> None:
    assert folded(word) in folded(f"{before} {word} {after}")


def test_the_tables_say_what_the_rule_does() -> None:
    table = mapping()
    assert len(set(table.before)) == len(table.before) > len(table.after)
    for letter, to in zip(table.before, table.after, strict=False):
        assert folded(letter) == to
    assert all(folded(letter) == "" for letter in table.before[len(table.after) :])
    assert all(folded(letter) == to for letter, to in table.longer.items())
