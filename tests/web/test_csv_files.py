"""Tables that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from liveapp.web.csv_files import csv_file, looks_like_a_formula

SIGNS = ["=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫"]
UNSEEN = ["", " ", "\u00a0", "\u200b", "\u2060", "\ufeff", "\0", "\x1f", "\t", "\r\n", "\u3000", "\u202e", "\u00ad"]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", UNSEEN, ids=ascii)
def test_a_formula_behind_whatever_isnt_seen_is_text(before: str, sign: str) -> None:
    assert looks_like_a_formula(f"{before}{sign}cmd()")
    assert looks_like_a_formula(f"{before}{before}{sign}1")


@pytest.mark.parametrize(
    "text", ["", "Ada", "Ada = Ben", "a@example.com", "  Ada", "\u00a0Ada", "’=", "1-2", "–", "−1°"]
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert not looks_like_a_formula(text)


@given(st.text(max_size=6), st.sampled_from(SIGNS), st.text(max_size=6))
def test_no_cell_begins_with_a_sign_once_the_unseen_is_taken_away(before: str, sign: str, after: str) -> None:
    text = before + sign + after
    bare = "".join(each for each in text if each.isprintable() and not each.isspace())
    if bare.startswith(sign):
        assert looks_like_a_formula(text)


def test_the_file_has_an_apostrophe_before_formulas_and_numbers_as_they_are(app: Flask) -> None:
    with app.test_request_context():
        body = csv_file("a.csv", [["\u00a0=1+1", "Ada", Decimal("-1.50")]]).get_data(as_text=True)
    assert next(csv.reader(io.StringIO(body))) == ["'\u00a0=1+1", "Ada", "-1.50"]
