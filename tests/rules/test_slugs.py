"""Names as they stand in addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.slugs import LONGEST, free_slug, slug_of


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Körper & Geist", "korper-geist"),
        ("  Straße 7  ", "strasse-7"),
        ("a" * 59 + " b", "a" * 59),
        ("ヨガ", "thing"),
        ("--", "thing"),
        ("Yoga/../admin", "yoga-admin"),
    ],
)
def test_a_slug_is_ascii_and_readable(text: str, slug: str) -> None:
    assert slug_of(text, "thing") == slug


def test_a_taken_slug_is_numbered() -> None:
    assert free_slug("Yoga", "thing", {"yoga", "yoga-2"}) == "yoga-3"
    assert free_slug("Yoga", "thing", set()) == "yoga"


@given(st.text(max_size=200))
def test_every_text_gives_a_slug_that_fits_into_an_address(text: str) -> None:
    slug = slug_of(text, "thing")
    assert 0 < len(slug) <= LONGEST
    assert all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in slug)
    assert slug == slug.strip("-").lower()
