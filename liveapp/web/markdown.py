"""Markdown as pages show it: what people wrote becomes a few harmless elements, and never anything else.

HTML in it stays text, pictures become links, nesting ends at 20, and what comes out is sieved once more.
"""

from __future__ import annotations

import re
from functools import lru_cache

import nh3
from flask import Flask
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

ELEMENTS = {
    "p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li",
    "a",
}  # fmt: skip
SCHEMES = {"http", "https", "mailto"}
DEEPEST = 20
"""What is nested deeper isn't drawn. Tables aren't either: a few lines of one could become megabytes."""

SIGNS = re.compile(r"\]\([^)]*\)|[#>*_`~\[\]|]+|^\s*(?:[-+]|\d{1,3}[.)])\s")
"""What is Markdown's own: the marks, and where links lead."""

_parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST}).enable("strikethrough").disable("image")


def set_up(app: Flask) -> None:
    """Registers the filters `markdown` and `plain_start`."""
    app.add_template_filter(markdown)
    app.add_template_filter(plain_start)


def markdown(text: str, level: int = 4) -> Markup:
    """The text as elements; its headings begin at h`level` and never leave one out."""
    return Markup(_drawn(text, level))  # noqa: S704  sieved by nh3


def plain_start(text: str) -> str:
    """How a text in Markdown begins, in one line without its signs."""
    lines = [SIGNS.sub("", line).strip() for line in text[:400].splitlines()]
    words = ", ".join(line.rstrip(",;:.") for line in lines if line)
    return words if len(words) <= 72 else f"{words[:72].rsplit(' ', 1)[0].rstrip(',;:.')}…"


@lru_cache(512)
def _drawn(text: str, level: int) -> str:
    tokens = _parser.parse(text)
    _set_headings(tokens, level)
    html = _parser.renderer.render(tokens, _parser.options, {})
    return nh3.clean(
        html,
        tags=ELEMENTS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes=SCHEMES,
        link_rel="nofollow noopener",
    )


def _set_headings(tokens: list[Token], level: int) -> None:
    """Whoever begins with ## or skips a level gets headings that follow the page's own."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    highest = min((int(token.tag[1]) for token in headings), default=1)
    before = level - 1
    for token in headings:
        if token.type == "heading_open":
            before = min(level + int(token.tag[1]) - highest, before + 1, 6)
        token.tag = f"h{before}"
