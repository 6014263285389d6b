"""Passwords that everybody's guesses begin with: the common ones, also dressed up, and names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.forms.guessed_passwords import LIST, is_common
from liveapp.rules.passwords import Weakness, weakness

NAMES = ("Ada Lovelace", "ada.lovelace@example.com", "Harbour Yoga")
TEN_COMMONEST = [
    "123456",
    "password",
    "123456789",
    "12345678",
    "12345",
    "qwerty",
    "1234567",
    "111111",
    "1234567890",
    "123123",
]


def weak(password: str) -> Weakness | None:
    return weakness(password, is_common=is_common, names=NAMES)


@pytest.mark.parametrize("password", TEN_COMMONEST)
def test_the_ten_commonest_are_refused_also_dressed_up(password: str) -> None:
    for dressed in (password, password.upper(), f"{password}!", f"  {password}"):
        if any(character.isalpha() for character in password) or dressed.casefold() == password:
            assert weak(dressed) is Weakness.COMMON, dressed


@pytest.mark.parametrize(
    "password", ["Password123!", "!!qwertyuiop2026", "1234567890", "ＰＡＳＳＷＯＲＤ", "iloveyou2024"]
)
def test_common_ones_with_digits_and_signs_around_them_are_refused(password: str) -> None:
    assert weak(password) is Weakness.COMMON


@pytest.mark.parametrize(
    "password",
    ["Ada.Lovelace", "lovelace2026", "harbouryoga!", "Harbour-Yoga-2026", "adalovelace1815", "yoga harbour 1"],
)
def test_what_is_made_of_names_is_refused(password: str) -> None:
    assert weak(password) is Weakness.NAME


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "demo-demo-demo",
        "a quiet place by the sea",
        "lovelace und die vier katzen",
        "ключ от моря",
    ],
)
def test_words_in_a_row_are_taken(password: str) -> None:
    assert weak(password) is None


@given(st.text(min_size=10, max_size=40))
def test_any_text_has_an_answer(password: str) -> None:
    assert weak(password) in (None, *Weakness)


def test_the_list_is_what_it_says() -> None:
    rows = LIST.read_text().split("\n")[:-1]
    assert len(rows) > 30_000
    assert rows == sorted(set(rows))
    assert all(row == row.lower() and row.isprintable() for row in rows)
    assert not is_common("qwerty\nqwertyu")
    assert LIST.with_name("guessed_passwords.licence.txt").is_file()
