"""What a receipt is known by."""

from __future__ import annotations

from typing import Protocol

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32 (https://www.crockford.com/base32.html): no letter is taken for a digit."""


class Key(Protocol):
    """A random id of 128 bits."""

    @property
    def int(self) -> int: ...


def number(payment_id: Key) -> str:
    """The number of a payment's receipt, always the same: ten letters made from the first 50 bits of its id."""
    first = payment_id.int >> 78
    letters = "".join(LETTERS[first >> shift & 31] for shift in range(45, -1, -5))
    return f"{letters[:5]}-{letters[5:]}"
