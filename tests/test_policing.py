"""The police themselves: each rule of theirs is broken once and must be noticed."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from tests import policing

PAGE = """<!doctype html><html lang="en"><head><title>Sessions</title></head>
<body><main id="main"><h1>Sessions</h1>{}</main></body></html>"""

GOOD = """
<form id="f" method="post" action="/book"><input type="hidden" name="csrf_token" value="t">
  <label for="name">Name</label><input id="name" name="name" aria-describedby="hint"><p id="hint">As on the card</p>
  <label>Notes <textarea name="notes"></textarea></label>
  <select name="zone" aria-label="Zone"><option>UTC</option></select>
  <button type="submit" hx-post="/book">Book</button></form>
<a href="/"><img src="/logo.svg" alt="Home"></a><script src="/app.js"></script>
<script type="application/json">{"a": 1}</script>"""

BAD = {
    "an inline script": "<script>alert(1)</script>",
    "an inline style sheet": "<style>p {}</style>",
    "<p> has style=": "<p style='color: red'>Red</p>",
    "<p> has onclick=": "<p onclick='go()'>Go</p>",
    "<a href='javascript:go()'> links to javascript:": "<a href='javascript:go()'>Go</a>",
    "the id 'main' occurs 2 times": "<p id='main'></p>",
    "<input name='name'> has no label": "<input name='name'>",
    "<select name='zone'> has no label": "<label for='zone'></label><select id='' name='zone'></select>",
    "<img> has no alt": "<img src='/x.png'>",
    "<button> says nothing": "<button type='button'><svg></svg></button>",
    "<a href='/x'> says nothing": "<a href='/x'></a>",
    "<form action='/x'> posts without a csrf_token": "<form method='post' action='/x'></form>",
    "<button> writes by script only: it needs a real form with method and action": "<button hx-post='/x'>Do</button>",
    "the page has 2 h1 with words, not one": "<h1>Another</h1>",
    "the page needs one main": "<main></main>",
    "<label> for names 'gone', which isn't there": "<label for='gone'>Gone</label>",
}


def faults_of(html: str, *, asked_for_partial: bool = False) -> list[str]:
    return policing.faults_of(BeautifulSoup(html, "html.parser"), asked_for_partial=asked_for_partial)


def test_a_good_page_passes() -> None:
    assert faults_of(PAGE.replace("{}", GOOD)) == []


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_page_is_noticed(fault: str) -> None:
    assert fault in faults_of(PAGE.replace("{}", BAD[fault]))


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<html><body><main><h1>A</h1></main></body></html>", "the page has no title"),
        ("<html><body><main><h1>A</h1></main></body></html>", "the page doesn't say its language"),
        ("<html><body><main><h1> </h1></main></body></html>", "the page has 1 h1 with words, not one"),
    ],
)
def test_a_page_without_its_frame_is_noticed(html: str, fault: str) -> None:
    assert fault in faults_of(html)


def test_a_partial_is_one_element_with_an_id() -> None:
    flash = "<div id='flash' hx-swap-oob='true'>Saved</div>"
    assert faults_of("<tr id='row-1'><td>1</td></tr>" + flash, asked_for_partial=True) == []
    for bad in ("<p>No id</p>", "<p id='a'></p><p id='b'></p>", flash):
        assert any("a partial is one element" in fault for fault in faults_of(bad, asked_for_partial=True))
