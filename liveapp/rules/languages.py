"""The languages that everything is written in: the one list that every choice of a language is made from."""

from __future__ import annotations

COMPLETE = {"en": "English"}
"""Those of which every page and every mail exists, by code, as their speakers call them."""
DEFAULT = "en"


def complete(locale: str | None) -> str:
    """The language of a locale like en-DE, where it is complete; else the one that always is."""
    language = (locale or "").replace("_", "-").split("-")[0].lower()
    return language if language in COMPLETE else DEFAULT
