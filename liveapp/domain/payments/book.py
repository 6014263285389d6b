"""The book: transfers written once for each cause, and what accounts are owed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, func, or_, select

from liveapp.db import db, inserting
from liveapp.domain.payments.models import LedgerEntry
from liveapp.rules.ledger import Account, Transfer


def post(
    transfers: Sequence[Transfer], *, organization_id: uuid.UUID, currency: str, source_id: uuid.UUID, now: datetime
) -> None:
    """Writes the transfers of one cause. The table refuses the same kind of the same cause twice."""
    if not transfers:
        return
    same = {"organization_id": organization_id, "currency": currency, "source_id": source_id, "at": now}
    db.session.execute(
        inserting(LedgerEntry),
        [
            same | {"kind": each.kind, "debit": each.debit, "credit": each.credit, "amount_minor": each.minor}
            for each in transfers
        ],
    )


def owed(*, organization_id: uuid.UUID, account: Account) -> dict[str, int]:
    """What the account is owed by currency (minor units), what it owes below nothing; without what is even."""
    credited = func.sum(
        case((LedgerEntry.credit == account, LedgerEntry.amount_minor), else_=-LedgerEntry.amount_minor)
    )
    query = (
        select(LedgerEntry.currency, credited.label("owed"))
        .where(
            LedgerEntry.organization_id == organization_id,
            or_(LedgerEntry.credit == account, LedgerEntry.debit == account),
        )
        .group_by(LedgerEntry.currency)
    )
    return {row.currency: int(row.owed) for row in db.session.execute(query) if row.owed}
