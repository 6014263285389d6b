"""The reader's locale: their own choice, else the organization's, else the browser's, else English."""

from __future__ import annotations

from flask import g, has_request_context, request

OFFERED = ("en", "es", "fr", "de", "ar")


def select() -> str:
    """The locale of this request, also for dates and money."""
    if not has_request_context():
        return getattr(g, "locale", "en")
    if "locale" not in g:
        g.locale = request.accept_languages.best_match(OFFERED) or "en"
    chosen: str = g.locale
    return chosen
