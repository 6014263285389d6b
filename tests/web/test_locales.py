"""A reader reads in a language that is complete, and the clock of their region."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel import Locale
from flask import Flask, g

import liveapp
from liveapp.forms.accounts import ProfileForm
from liveapp.forms.settings import OrganizationSettingsForm
from liveapp.rules import cancellation, wording
from liveapp.rules.languages import COMPLETE
from liveapp.web import filters, locales

EVENING = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "locale", "clock"),
    [
        ("de-DE,de;q=0.9,en-US;q=0.8", "en-DE", "18:00"),
        ("de", "en-DE", "18:00"),
        ("fr-FR", "en-FR", "18:00"),
        ("ja-JP", "en-JP", "18:00"),
        ("pt-BR", "en-BR", "18:00"),
        ("ar-EG", "en-EG", "6:00\u202fPM"),
        ("ar", "en-EG", "6:00\u202fPM"),
        ("en-GB", "en-GB", "18:00"),
        ("en-US,de-DE", "en-US", "6:00\u202fPM"),
        ("en", "en", "6:00\u202fPM"),
        ("en-DE", "en-DE", "18:00"),
        ("*", "en", "6:00\u202fPM"),
        ("xx-XX, ???", "en", "6:00\u202fPM"),
        ("", "en", "6:00\u202fPM"),
    ],
)
def test_the_browsers_region_says_how_a_clock_is_read(app: Flask, asked: str, locale: str, clock: str) -> None:
    with app.test_request_context(headers={"Accept-Language": asked}):
        assert locales.formats() == locale
        assert filters.fmt_time(EVENING, "UTC") == clock


def test_whatever_is_stored_is_said_in_words_that_exist(app: Flask) -> None:
    """Formats never leave the language of the words."""
    english = Locale("en")
    for name in (*english.languages, *(f"xx-{each}" for each in english.territories), "ar-EG", "es", "de-AT", "", "?"):
        with app.test_request_context():
            g.locale = locales.of_reader(name)
            assert g.locale.split("-")[0] in COMPLETE
            assert locales.of_reader(g.locale) == g.locale
            assert filters.fmt_date(EVENING, "UTC") == "Tue 3 Mar 2026"
            assert re.fullmatch(r"18:00|6:00.(PM|pm|p\.m\.)", filters.fmt_time(EVENING, "UTC"))
            assert re.fullmatch(r"(€|EUR)?1?[\d.,\s]+(€|EUR)?", filters.fmt_amount(1500, "EUR"))


def test_one_list_feeds_every_choice_of_a_language(app: Flask) -> None:
    with app.test_request_context():
        offered = [form.locale.choices for form in (ProfileForm(), OrganizationSettingsForm())]
    assert [dict(each) for each in offered] == [COMPLETE, COMPLETE]
    sources = [path.read_text() for path in Path(liveapp.__file__).parent.rglob("*.py")]
    assert not [text for text in sources if "Español" in text or "العربية" in text]


SENTENCES: dict[str, Callable[[], str]] = {
    "cancelling": lambda: (
        cancellation.cancel(
            status="confirmed", starts_at=EVENING, now=EVENING - timedelta(hours=1), say=wording.on_the_clock_of("UTC")
        ).sentence
    ),
    "moving": lambda: (
        cancellation.reschedule(
            status="confirmed", starts_at=EVENING, now=EVENING - timedelta(hours=1), say=wording.on_the_clock_of("UTC")
        ).sentence
    ),
    "a clash": lambda: wording.clash_in_words("Yoga", EVENING, "UTC", has_buffers=False),
    "a time of day": lambda: wording.time_in_words(EVENING, "UTC"),
}


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize(("asked", "is_24"), [("en-US", False), ("de-DE", True), ("en-GB", True), ("ar-EG", False)])
def test_a_refusal_says_times_as_the_page_around_it(app: Flask, sentence: str, asked: str, is_24: bool) -> None:
    with app.test_request_context(headers={"Accept-Language": asked}):
        app.preprocess_request()
        said = SENTENCES[sentence]()
    assert ("PM" in said) != is_24
    assert SENTENCES[sentence]().endswith(("18:00", "18:00.")), "outside of a request times are said plainly"
