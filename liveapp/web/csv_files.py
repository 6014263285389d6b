"""Tables as CSV files (RFC 4180) that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal

from flask import Response, make_response

from liveapp.rules.money import exponent

FORMULAS = ("=", "+", "-", "@", "|", "%", "\t", "\r", "\n")
"""What makes a spreadsheet take a cell for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""
UNSEEN = ("C", "Z")
"""Unicode's categories of what is not seen before a formula, and doesn't keep a spreadsheet from running it: control
and format characters, spaces of any kind."""


def csv_file(name: str, rows: Iterable[Sequence[str | Decimal]]) -> Response:
    """The rows as a file to be saved under that name. Texts that look like formulas get an apostrophe; numbers stay."""
    out = io.StringIO()
    csv.writer(out).writerows([[_cell(value) for value in row] for row in rows])
    response = make_response(out.getvalue().encode())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def amount(minor: int, currency: str) -> Decimal:
    """Minor units as a plain number with all the digits of the currency: 15.00, 1005, 12.345."""
    return Decimal(minor).scaleb(-exponent(currency))


def _cell(value: str | Decimal) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"'{value}" if looks_like_a_formula(value) else value


def looks_like_a_formula(text: str) -> bool:
    """Whether a spreadsheet may run the cell: its first character that is seen (a full-width sign is as good as the
    plain one) begins a formula, or an invisible one does by itself."""
    if text.lstrip(" ").startswith(FORMULAS):
        return True
    seen = next((character for character in text if unicodedata.category(character)[0] not in UNSEEN), "")
    return unicodedata.normalize("NFKC", seen).startswith(FORMULAS)
