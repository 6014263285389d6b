"""How texts are compared when somebody searches: without case, accents and the other ways to write a letter.

Both sides are folded, what is typed and what is searched, by this one rule: SQLite calls it, PostgreSQL has a function
made from its tables (`mapping`), which asks no collation.
"""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass
from functools import cache

LETTERS = {
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "ı": "i",
    "ħ": "h",
    "ŧ": "t",
    "ŋ": "n",
}
"""Letters that Unicode doesn't take apart, as people without that keyboard type them."""


def folded(text: str) -> str:
    """The text as it is compared: taken apart by Unicode's compatibility forms, without marks, each letter by itself in
    Unicode's folded case."""
    if text.isascii():
        return text.lower()
    return "".join(_letter(letter) for letter in unicodedata.normalize("NFKD", text))


@dataclass(frozen=True, slots=True)
class Mapping:
    """`folded` as tables: the letter `before[n]` becomes `after[n]`, those of `before` beyond are left out, and
    `longer` become several letters."""

    before: str
    after: str
    longer: dict[str, str]


@cache
def mapping() -> Mapping:
    """Every letter that folding changes, once a text is taken apart."""
    changed = {
        letter: _letter(letter)
        for letter in map(chr, range(1, sys.maxunicode + 1))
        if unicodedata.category(letter) not in ("Cn", "Cs", "Co") and _letter(letter) != letter
    }
    whole = {letter: to for letter, to in changed.items() if unicodedata.normalize("NFKD", letter) == letter}
    single = {letter: to for letter, to in whole.items() if len(to) == 1}
    gone = [letter for letter, to in whole.items() if not to]
    longer = {letter: to for letter, to in whole.items() if len(to) > 1}
    return Mapping("".join([*single, *gone]), "".join(single.values()), longer)


@cache
def _letter(letter: str) -> str:
    if unicodedata.combining(letter):
        return ""
    lower = letter.casefold()
    return LETTERS.get(lower, lower)
