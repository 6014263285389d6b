"""Which new passwords are refused: what everybody's guesses begin with."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from enum import StrEnum

LEFT_OVER = 8
"""So many characters, beside a name that is known, make a password that isn't guessed from it."""
SHORTEST_NAME = 3


class Weakness(StrEnum):
    """Why a password is guessed early."""

    COMMON = "common"
    NAME = "name"


def weakness(password: str, *, is_common: Callable[[str], bool], names: Iterable[str]) -> Weakness | None:
    """Why this password is refused, or None.

    `is_common` knows the passwords that are tried first, in lower case; one of them with digits or signs around it is
    tried next. `names`: the person's, their address, the business's; what is made of little else is tried after that.
    """
    plain = unicodedata.normalize("NFKC", password).casefold()
    if is_common(plain) or is_common(_core(plain)):
        return Weakness.COMMON
    rest = _letters(plain)
    for part in sorted(_parts(names), key=len, reverse=True):
        rest = rest.replace(part, "")
    is_named = len(rest) < len(_letters(plain))
    return Weakness.NAME if is_named and len(rest) < LEFT_OVER else None


def _core(plain: str) -> str:
    """Without what is not a letter at either end."""
    inner = [at for at, character in enumerate(plain) if character.isalpha()]
    return plain[inner[0] : inner[-1] + 1] if inner else plain


def _parts(names: Iterable[str]) -> set[str]:
    """The words of names and addresses, and the names written as one word."""
    found = set()
    for name in names:
        plain = unicodedata.normalize("NFKC", name).casefold().partition("@")[0]
        words = ["".join(run) for run in _runs(plain)]
        found |= {word for word in (*words, "".join(words)) if len(word) >= SHORTEST_NAME}
    return found


def _runs(plain: str) -> list[str]:
    return "".join(character if character.isalnum() else " " for character in plain).split()


def _letters(plain: str) -> str:
    """Only what is a letter or a digit: signs between a name's parts hide nothing."""
    return "".join(character for character in plain if character.isalnum())
