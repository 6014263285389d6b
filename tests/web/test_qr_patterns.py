"""QR codes that are put together from what each bit does are those that segno makes."""

from __future__ import annotations

import re

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from liveapp.web.qr_patterns import BORDER, MASK, pattern

ADDRESS = "https://live.example.com/checkin?t="
LENGTH = 8


@given(st.text(st.characters(min_codepoint=0, max_codepoint=127), min_size=LENGTH, max_size=LENGTH))
def test_it_is_the_code_that_segno_makes(tail: str) -> None:
    code = segno.make((ADDRESS + tail).encode(), mode="byte", error="m", mask=MASK, boost_error=False, micro=False)
    side = len(code.matrix)
    bits = f"{pattern(ADDRESS, LENGTH).modules(tail):0{side * side}b}"
    assert [bits[row * side : (row + 1) * side] for row in range(side)] == [
        "".join("1" if module else "0" for module in row) for row in code.matrix
    ]


def test_the_picture_has_every_dark_module_inside_a_quiet_border() -> None:
    made = pattern(ADDRESS, LENGTH)
    svg = made.svg("abcdefgh")
    runs = [tuple(map(int, found)) for found in re.findall(r"M(\d+) (\d+)\.5h(\d+)", svg)]
    assert sum(length for _, _, length in runs) == made.modules("abcdefgh").bit_count()
    assert min(x for x, _, _ in runs) == min(y for _, y, _ in runs) == BORDER
    assert "style" not in svg


@pytest.mark.parametrize("tail", ["", "short", "a" * 9, "ä" * 8])
def test_another_tail_is_refused(tail: str) -> None:
    with pytest.raises(ValueError, match="8 ASCII"):
        pattern(ADDRESS, LENGTH).svg(tail)
