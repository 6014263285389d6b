"""How a reader reads: in a language that is complete, with the formats of their region in that language.

A locale is a language and a region, like en-DE: English words, and the clock, dates and amounts as they are read there.
"""

from __future__ import annotations

from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global, parse_locale
from babel.languages import get_official_languages
from flask import g, has_request_context, request

from liveapp.rules.languages import COMPLETE, DEFAULT, complete

REGIONS = frozenset(str(name) for name in Locale(DEFAULT).territories if len(str(name)) == 2) - {"ZZ"}
LANGUAGES = frozenset(str(name) for name in Locale(DEFAULT).languages)


def select() -> str:
    """The language of this request's words."""
    if not has_request_context():
        return DEFAULT
    return request.accept_languages.best_match(tuple(COMPLETE)) or DEFAULT


def formats() -> str:
    """The locale of this request's dates, times and money, like en-GB; in a mail the one of its reader (`g.locale`)."""
    if "locale" not in g:
        g.locale = in_language(select(), _wish()) if has_request_context() else DEFAULT
    chosen: str = g.locale
    return chosen


def of_reader(locale: str | None) -> str:
    """A stored locale, as far as its language is complete: ar-EG reads English on Egypt's clock until Arabic exists."""
    return in_language(complete(locale), locale or "")


def in_language(language: str, locale: str) -> str:
    """The language, with the region of the locale; one without a region has that of its language (de: DE), unless it
    is the language of the words itself."""
    region = _region(locale, language)
    return f"{language}-{region}" if region else language


def region() -> str:
    """The region that this request's browser asks for first, as ISO 3166 has it (TT); empty where none is known."""
    return _region(_wish(), "")


@lru_cache(256)
def babels(locale: str) -> str:
    """The locale as Babel knows it: without a region that it has no formats of in this language."""
    language, _, region = locale.partition("-")
    named = f"{language}_{region}" if region else language
    return named if _parsed(named) else language


@lru_cache(256)
def reads_24_hours(locale: str) -> bool:
    """Whether people of the locale's region read 18:00 rather than 6:00 PM."""
    _, _, region = locale.partition("-")
    known = _parsed(babels(locale))
    if region and babels(locale) != locale.replace("-", "_"):
        spoken = (_parsed(f"{language}_{region}") for language in get_official_languages(region, de_facto=True))
        known = next((each for each in spoken if each), known)
    return known is not None and "H" in known.time_formats["short"].pattern


def _wish() -> str:
    """What the browser asks for first."""
    return next((wanted for wanted, _quality in request.accept_languages if _parts(wanted)), "")


def _region(locale: str, words: str) -> str:
    """The region of the locale, as ISO 3166 has it (DE); empty where none is known."""
    language, region = _parts(locale) or ("", "")
    if not region and language != words:
        region = get_global("likely_subtags").get(language, "").rpartition("_")[2]
    return region if region in REGIONS else ""


def _parts(locale: str) -> tuple[str, str] | None:
    """Language and region of a name like de-DE; None for what is no locale."""
    try:
        language, region, *_ = parse_locale(locale, sep="-")
    except ValueError:
        return None
    return (language, region or "") if language in LANGUAGES else None


@lru_cache(256)
def _parsed(name: str) -> Locale | None:
    try:
        return Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return None
