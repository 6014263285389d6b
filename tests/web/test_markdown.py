"""Markdown as pages show it: safe, in order with the page's own headings, and quick whatever is written."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.content import LONGEST_BODY
from liveapp.web.markdown import markdown, plain_start

HARMLESS = re.compile(
    r"</?(?:p|hr|h[2-6]|strong|em|s|code|pre|blockquote|ul|li)>|<br>|<hr>|</?ol>|<ol start=\"\d+\">|</a>"
    r"|<a href=\"(?:https?:|mailto:|[^\":]*\")[^\"<>]*\"? rel=\"nofollow noopener\">"
)
NASTY = (
    "<script>alert(1)</script>", "[x](javascript:alert(1))", "[x](JaVaScRiPt&colon;alert(1))", "<img src=x onerror=a>",
    "![x](https://elsewhere.example.com/p.png)", "[x](data:text/html;base64,PHNjcmlwdD4=)", "<a href='x' onclick=a>",
    '[x](https://a.example.com "\" onmouseover=alert(1) ")', "<https://a.example.com/'\"><script>", "&lt;script&gt;",
    "[x](vbscript:a)", "[x]: javascript:a\n\n[x]", "`<script>`", "```\n<script>\n```", "<!-- -->", "<svg/onload=a>",
)  # fmt: skip
BOMBS = {
    "brackets": "[" * LONGEST_BODY,
    "links": "[a](" * LONGEST_BODY,
    "nested links": "[[[[[[[[](" * LONGEST_BODY,
    "emphasis": "*a **a _" * LONGEST_BODY,
    "quotes": ">" * LONGEST_BODY,
    "lists": "- " * LONGEST_BODY,
    "table": "|a" * 60 + "|\n" + "|-" * 60 + "|\n" + "|\n" * LONGEST_BODY,
    "ticks": "".join("`" * number + "a" for number in range(200)),
    "references": "".join(f"[a{number}]: /u\n" for number in range(1500)),
}


@pytest.mark.parametrize("text", NASTY)
def test_nothing_comes_out_that_runs_or_is_fetched(text: str) -> None:
    assert "<" not in HARMLESS.sub("", markdown(text))


@given(st.lists(st.sampled_from([*NASTY, "# a", "- b", "\n\n", "> ", "**", "1. ", "~~", "](", '"', "'"])).map("".join))
def test_nor_of_any_mixture(text: str) -> None:
    assert "<" not in HARMLESS.sub("", markdown(text[:2000]))


def test_links_are_marked_and_pictures_are_links() -> None:
    assert markdown("[a](https://a.example.com)") == (
        '<p><a href="https://a.example.com" rel="nofollow noopener">a</a></p>\n'
    )
    assert "<img" not in markdown("![a](https://a.example.com/b.png)")
    assert 'href="mailto:a@example.com"' in markdown("<a@example.com>")


def test_headings_follow_the_pages_own_and_leave_none_out() -> None:
    assert re.findall(r"<h(\d)>", markdown("## a\n\n#### b\n\n# c\n\n###### d", 4)) == ["4", "5", "4", "5"]
    assert re.findall(r"<h(\d)>", markdown("# a\n\n## b", 2)) == ["2", "3"]
    assert re.findall(r"<h(\d)>", markdown("### Warm up\n\n### Main\n\n#### Set", 3)) == ["3", "3", "4"]


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_as_long_as_a_text_may_be_is_drawn_quickly_and_stays_small(name: str) -> None:
    began = time.process_time()
    drawn = markdown(BOMBS[name][:LONGEST_BODY], 5)
    assert time.process_time() - began < 1.5
    assert len(drawn) < 12 * LONGEST_BODY


def test_the_start_is_one_line_without_signs() -> None:
    start = plain_start("# Warm up\n\n1. **cats** and `dogs`.\n- [link](https://a.example.com)")
    assert start == "Warm up, cats and dogs, link"
    assert plain_start("word " * 100) == "word " * 13 + "word…"
