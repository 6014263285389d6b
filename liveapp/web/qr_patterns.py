"""QR codes of many texts that are alike: a beginning that stays and a tail that changes, as door codes are.

A QR code is linear: with version and mask fixed, a bit of the text that changes turns the same modules over, whatever
the rest says. What each bit of the tail does is asked of segno once; a code is then put together from that, some fifty
times as fast as it is made from the beginning.
"""

from __future__ import annotations

import re
from functools import lru_cache

import segno

MASK, BORDER, BITS = 2, 4, 7
_RUN = re.compile("1+")


class Pattern:
    """Makes QR codes of a beginning and any tail of `length` ASCII characters."""

    def __init__(self, beginning: str, length: int) -> None:
        self._beginning, self._length = beginning, length
        self._empty, self._side = self._asked("\0" * length)
        self._deltas = [[self._delta(place, 1 << bit) for bit in range(BITS)] for place in range(length)]

    def modules(self, tail: str) -> int:
        """The dark modules as bits: the highest is the first row's first."""
        if len(tail) != self._length or not tail.isascii():
            raise ValueError(f"A tail has {self._length} ASCII characters.")
        found = self._empty
        for deltas, letter in zip(self._deltas, tail.encode(), strict=True):
            for bit, delta in enumerate(deltas):
                if letter >> bit & 1:
                    found ^= delta
        return found

    def svg(self, tail: str) -> str:
        """The picture, black on white with a quiet border, as large as what it stands in."""
        side, whole = self._side, self._side + 2 * BORDER
        bits = f"{self.modules(tail):0{side * side}b}"
        rows = (bits[start : start + side] for start in range(0, side * side, side))
        lines = "".join(
            f"M{run.start() + BORDER} {number + BORDER}.5h{run.end() - run.start()}"
            for number, row in enumerate(rows)
            for run in _RUN.finditer(row)
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" shape-rendering="crispEdges">'
            f'<path fill="#fff" d="M0 0h{whole}v{whole}H0z"/><path stroke="#000" d="{lines}"/></svg>'
        )

    def _delta(self, place: int, letter: int) -> int:
        """The modules that this letter at this place turns over."""
        tail = "".join(chr(letter) if each == place else "\0" for each in range(self._length))
        return self._asked(tail)[0] ^ self._empty

    def _asked(self, tail: str) -> tuple[int, int]:
        """The modules as segno makes them, and how many there are to a side."""
        text = (self._beginning + tail).encode()
        code = segno.make(text, mode="byte", error="m", mask=MASK, boost_error=False, micro=False)
        return int("".join("1" if module else "0" for row in code.matrix for module in row), 2), len(code.matrix)


@lru_cache(8)
def pattern(beginning: str, length: int) -> Pattern:
    """The pattern of these texts, made when it is first asked for."""
    return Pattern(beginning, length)
