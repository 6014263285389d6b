"""Whether payouts and the book agree, and none of them is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select

from liveapp.db import db
from liveapp.domain.payments.models import LedgerEntry
from liveapp.domain.payouts.models import Payout, PayoutReversal

UNKNOWN_AT_MOST = timedelta(minutes=15)


def payouts(now: datetime) -> Iterator[str]:
    """I7: each payout left its earner's account once, what failed or came back is there again, and nothing else is in
    the book as one; none is asked for without an answer for more than a quarter of an hour."""
    entries = {
        (row.kind, row.source_id): (row.account, row.amount_minor)
        for kind, account in (("payout", LedgerEntry.debit), ("payout_back", LedgerEntry.credit))
        for row in db.session.execute(
            select(LedgerEntry.kind, LedgerEntry.source_id, account.label("account"), LedgerEntry.amount_minor).where(
                LedgerEntry.kind == kind
            )
        )
    }
    meant = {}
    for row in db.session.execute(select(Payout)).scalars():
        meant["payout", row.id] = (row.earner, row.amount_minor)
        if row.status == "failed" and row.reversed_minor == 0:
            meant["payout_back", row.id] = (row.earner, row.amount_minor)
    back = select(PayoutReversal.id, PayoutReversal.amount_minor, Payout.earner).join(
        Payout, Payout.id == PayoutReversal.payout_id
    )
    for part in db.session.execute(back):
        meant["payout_back", part.id] = (part.earner, part.amount_minor)
    for key in entries.keys() | meant.keys():
        if entries.get(key) != meant.get(key):
            yield f"{key[0]} {key[1]} should be {meant.get(key)}, and the book says {entries.get(key)}"
    yield from _uneven()
    late = select(Payout.id).where(Payout.status == "processing", Payout.next_try_at < now - UNKNOWN_AT_MOST)
    for payout_id in db.session.execute(late).scalars():
        yield f"nobody knows what became of payout {payout_id}"


def _uneven() -> Iterator[str]:
    """What a payout says came back is the sum of what did; all of it, if that is why it failed."""
    back = func.coalesce(func.sum(PayoutReversal.amount_minor), 0)
    query = (
        select(Payout.id, Payout.reversed_minor, back.label("back"))
        .outerjoin(PayoutReversal, PayoutReversal.payout_id == Payout.id)
        .group_by(Payout.id)
        .having(Payout.reversed_minor != back)
    )
    for row in db.session.execute(query):
        yield f"payout {row.id} says that {row.reversed_minor} came back, and {row.back} did"
