"""What a stranger types never stands as a link or in the subject of a mail to an address that nobody proved."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.texts import unlinked

MAILS = Path("liveapp/templates/emails")
TYPED = ("booking.name", "inviter")
"""What strangers type, in the words of mails."""
SUBJECT = re.compile(r"{% block subject %}(.*?){% endblock %}", re.DOTALL)
LINKED = re.compile(r"://|\bwww\.|\w@\w|[^\W_][.。][^\W_]{2}", re.IGNORECASE)
"""What mail programs turn into a link."""
PARTS = ("evil", "www", "example", "com", ".", "。", "．", "://", "/", "@", ":", " ", "ß", "J")
PEOPLE = ("J. R. Smith", "J.R. Smith", "Dr. Ng", "Anne-Marie O’Neill", "Łukasz Żak", "محمد علي")


@pytest.mark.parametrize("path", sorted(MAILS.glob("*.jinja")), ids=lambda path: path.stem)
def test_names_pass_the_filter_in_every_mail_and_stand_in_no_guests_subject(path: Path) -> None:
    words = path.read_text()
    for name in TYPED:
        bare = re.findall(rf"{{{{ *{re.escape(name)}\b(?!\|unlinked)", words)
        assert not bare, f"{name} stands as it was typed"
    found = SUBJECT.search(words)
    if found and not path.stem.startswith("host_"):
        assert not any(name in found[1] for name in TYPED)


@given(st.lists(st.sampled_from(PARTS)))
def test_no_name_becomes_a_link(parts: list[str]) -> None:
    assert not LINKED.search(unlinked("".join(parts)))


@pytest.mark.parametrize("name", PEOPLE)
def test_names_of_people_stay(name: str) -> None:
    assert unlinked(name) == name
