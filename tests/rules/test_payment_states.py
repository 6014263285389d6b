"""How payments stand in one word, and the numbers of their receipts."""

from __future__ import annotations

import uuid

import pytest

from liveapp.rules import receipts
from liveapp.rules.payment_states import WORDS, standing


@pytest.mark.parametrize(
    ("status", "captured", "back", "disputed", "found"),
    [
        ("paid", 1500, 0, False, "paid"),
        ("paid", 1500, 1, False, "part_refunded"),
        ("paid", 1500, 1500, False, "refunded"),
        ("paid", 1500, 0, True, "disputed"),
        ("scheduled", 0, 0, False, "due"),
        ("charging", 0, 0, False, "due"),
        ("review", 0, 0, False, "review"),
        ("unpaid", 0, 0, False, "unpaid"),
    ],
)
def test_how_a_payment_stands(status: str, captured: int, back: int, disputed: bool, found: str) -> None:
    assert standing(status, captured, back, is_disputed=disputed) == found
    assert found in WORDS


def test_a_receipt_has_ten_letters_of_its_payments_id() -> None:
    assert receipts.number(uuid.UUID(int=0)) == "00000-00000"
    assert receipts.number(uuid.UUID(int=2**128 - 1)) == "ZZZZZ-ZZZZZ"
    assert receipts.number(uuid.UUID(int=1 << 78)) == "00000-00001"
