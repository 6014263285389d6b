"""Payouts as they are written here, for comparing them with what the provider sent."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select

from liveapp.db import db
from liveapp.domain.payouts.models import Payout
from liveapp.rules.reconciling import Ours


def payouts(*, first: datetime, last: datetime, besides: Collection[uuid.UUID]) -> list[Ours]:
    """Payouts that the provider sent on these days, and those that are named, less what came back."""
    was_sent = (Payout.provider_id.is_not(None)) & Payout.paid_at.between(first, last)
    query = select(Payout.id, Payout.provider_id, Payout.status, Payout.amount_minor, Payout.reversed_minor).where(
        Payout.how == "connect", or_(was_sent, Payout.id.in_(besides))
    )
    return [
        Ours(
            str(row.id),
            row.provider_id or "",
            _standing(row.status, row.provider_id),
            row.amount_minor - row.reversed_minor,
        )
        for row in db.session.execute(query)
    ]


def _standing(status: str, provider_id: str | None) -> str:
    """One that came back as a whole has failed here, and was sent there all the same."""
    return "paid" if status == "failed" and provider_id else status
