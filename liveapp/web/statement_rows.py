"""A statement as a table of a file: the same lines as on the page, amounts as plain numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from liveapp.domain.payouts.statements import Statement
from liveapp.web.csv_files import amount
from liveapp.web.filters import local
from liveapp.web.payout_words import line_words

HEAD = ("Date", "What", "Person", "Gross", "Fee", "Net", "Balance", "Currency")

Cells = tuple[str | Decimal, ...]


def rows_of(statement: Statement, timezone: str, first: date, last: date) -> Iterator[Cells]:
    """Head, opening balance, each line, closing balance. The opening balance and all of Net make the closing one."""
    currency = statement.currency
    yield HEAD
    yield (first.isoformat(), "Opening balance", "", "", "", "", amount(statement.opening, currency), currency)
    for each in statement.lines:
        yield (
            local(each.at, timezone).date().isoformat(),
            line_words(each.what),
            each.what.person or "",
            amount(each.gross, currency) if each.is_sale else "",
            amount(-each.fee, currency) if each.is_sale else "",
            amount(each.net, currency),
            amount(each.balance, currency),
            currency,
        )
    yield (last.isoformat(), "Closing balance", "", "", "", "", amount(statement.closing, currency), currency)
