"""The reader's language and formats: what their browser asks for, as far as it is offered; else English."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError
from flask import g, has_request_context, request

OFFERED = ("en",)


def select() -> str:
    """The language of this request's words."""
    if not has_request_context():
        return "en"
    return request.accept_languages.best_match(OFFERED) or "en"


def formats() -> str:
    """The locale of this request's dates, times and money, like en-GB; in a mail the one of its reader (`g.locale`).

    The browser's own region counts, so that people read the clock as they are used to.
    """
    if "locale" not in g:
        g.locale = _asked_for(select()) if has_request_context() else "en"
    chosen: str = g.locale
    return chosen


def _asked_for(language: str) -> str:
    """The browser's first wish in the language that the page is written in."""
    for wanted, _quality in request.accept_languages:
        if wanted.split("-")[0].lower() == language and _is_known(wanted):
            return wanted
    return language


def _is_known(name: str) -> bool:
    try:
        Locale.parse(name, sep="-")
    except (UnknownLocaleError, ValueError):
        return False
    return True
