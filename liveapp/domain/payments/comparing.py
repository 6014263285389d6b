"""What is written here of some days, for comparing it with what the provider has."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from liveapp.db import db
from liveapp.domain.payments.models import Payment, PaymentHold, Refund
from liveapp.rules.reconciling import Ours

LATE = timedelta(minutes=15)
"""By then the provider has what it was asked for, unless something went wrong."""


def payments(*, first: datetime, last: datetime, besides: Collection[uuid.UUID]) -> list[Ours]:
    """Payments by card that came in on these days, and those that are named."""
    came_in = (Payment.status == "paid") & Payment.paid_at.between(first, last)
    query = select(Payment.id, Payment.intent_id, Payment.status, Payment.captured_minor).where(
        Payment.method == "card", or_(came_in, Payment.id.in_(besides))
    )
    return [Ours(str(row.id), row.intent_id or "", row.status, row.captured_minor) for row in db.session.execute(query)]


def refunds(*, first: datetime, now: datetime, besides: Collection[uuid.UUID]) -> list[Ours]:
    """Refunds to cards since then, older ones that aren't over, and those that are named. What a dispute took is no
    refund there."""
    open_ = Refund.status.in_(("asked", "pending"))
    query = (
        select(Refund.id, Refund.provider_id, Refund.status, Refund.amount_minor, Refund.created_at)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.method == "card", Refund.kind != "dispute")
        .where(or_(Refund.created_at >= first, open_, Refund.id.in_(besides)))
    )
    return [
        Ours(
            str(row.id), row.provider_id or "", row.status, row.amount_minor,
            is_late=row.status == "asked" and row.created_at < now - LATE,
        )
        for row in db.session.execute(query)
    ]  # fmt: skip


def disputes(*, keys: Collection[str]) -> list[Ours]:
    """How these disputes stand here."""
    holds = select(PaymentHold.provider_id, PaymentHold.outcome).where(PaymentHold.provider_id.in_(keys))
    taken = select(Refund.provider_id).where(Refund.provider_id.in_(keys), Refund.kind == "dispute")
    standing = {row.provider_id: row.outcome or "open" for row in db.session.execute(holds)}
    standing |= dict.fromkeys(db.session.execute(taken).scalars(), "lost")
    return [Ours(key, key, each, 0) for key, each in standing.items()]


def by_intent(*, intents: Collection[str]) -> dict[str, uuid.UUID]:
    """Our payments by the provider's names for them: money that wasn't what was asked for has a payment of its own."""
    rows = db.session.execute(select(Payment.intent_id, Payment.id).where(Payment.intent_id.in_(intents)))
    return {str(row.intent_id): row.id for row in rows}


def named(*, intents: Collection[str]) -> set[str]:
    """Which of the provider's names are of payments of ours."""
    found = db.session.execute(select(Payment.intent_id).where(Payment.intent_id.in_(intents))).scalars()
    return {name for name in found if name}


def known(*, refund_ids: Collection[uuid.UUID], keys: Collection[str]) -> dict[str, uuid.UUID]:
    """Our refunds by the provider's names for them, and by our own."""
    query = select(Refund.id, Refund.provider_id).where(or_(Refund.id.in_(refund_ids), Refund.provider_id.in_(keys)))
    return {name: row.id for row in db.session.execute(query) for name in (row.provider_id, str(row.id)) if name}
