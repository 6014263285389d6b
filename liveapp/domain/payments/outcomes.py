"""What came of money that goes back, as the provider says: under way, done, or failed, even after it was done.

Each of these may be told any number of times, in any order, by the job that sends a refund, by a webhook, and by
reconciling. A refund that the provider has and we don't was made in its own console: it is adopted, once.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import func, select, update

from liveapp.db import AnyRow, db, insert_once
from liveapp.domain.payments import book, delivery
from liveapp.domain.payments.errors import NotRefundable
from liveapp.domain.payments.models import Payment, Refund
from liveapp.domain.payments.records import earner_of, left_of, payer_of, payment_by_id, record, split_back
from liveapp.domain.payments.refunding import by_id, claim
from liveapp.rules import ledger

ELSEWHERE = "given_elsewhere"
"""Why a refund of ours wasn't sent: its money was given back in the provider's own console before."""


def record_pending(*, refund_id: uuid.UUID, provider_id: str) -> None:
    """The provider has it, and the money is on its way."""
    db.session.execute(
        update(Refund)
        .where(Refund.id == refund_id, Refund.status == "asked")
        .values(status="pending", provider_id=provider_id)
    )


def record_done(*, refund_id: uuid.UUID, provider_id: str, now: datetime) -> None:
    """The money went back: host and platform give their parts. Told again, it changes nothing."""
    refund = by_id(refund_id)
    if refund.status == "done" or refund.done_at is not None:
        return
    payment = payment_by_id(refund.payment_id)
    if refund.status == "failed":  # given up on here, and done there all the same
        _make_room(payment, refund.amount_minor, now)
        claim(payment.id, refund.amount_minor)
    parts = split_back(payment, refund.amount_minor, _done(payment.id))
    _set(refund, status="done", provider_id=provider_id, done_at=now, failed_at=None, failure="")
    _post(refund, payment, ledger.given_back(payer_of(payment), earner_of(payment), parts, ledger.CARD), now)
    record(payment, "refunded", now, {"refund": refund.status}, {"refund": "done", "amount_minor": refund.amount_minor})
    if refund.kind != "dispute":
        delivery.receipt_for_refund(payment, refund.amount_minor, now)


def record_failed(*, refund_id: uuid.UUID, failure: str, now: datetime) -> None:
    """The money didn't go back, or came back from where it was sent: host and platform have their parts again. It can
    be tried anew, as a refund of its own."""
    refund = by_id(refund_id)
    if refund.status == "failed":
        return
    payment = payment_by_id(refund.payment_id)
    if refund.status == "done":
        parts = split_back(
            payment, refund.amount_minor, _done(payment.id) - refund.amount_minor
        )  # as if it were the latest, so that what stays back is what one refund of the others would be
        _post(refund, payment, ledger.kept_after_all(payer_of(payment), earner_of(payment), parts, ledger.CARD), now)
    _set(refund, status="failed", failure=failure, failed_at=now)
    claim(refund.payment_id, -refund.amount_minor)
    record(payment, "refund_failed", now, {"refund": refund.status}, {"refund": "failed", "reason": failure})


def adopt(*, payment_id: uuid.UUID, provider_id: str, minor: int, kind: str, now: datetime) -> uuid.UUID:
    """A refund that the provider made without us is ours too, once: its id. The booking stays as it is.

    What we asked for ourselves and the provider never got can't go any more where the money is gone: it has failed.
    """
    known = by_provider(provider_id)
    if known is not None:
        return known
    payment = payment_by_id(payment_id)
    _make_room(payment, minor, now)
    row = {
        "id": uuid.uuid4(),
        "organization_id": payment.organization_id,
        "payment_id": payment_id,
        "amount_minor": minor,
        "kind": kind,
        "status": "pending",
        "provider_id": provider_id,
        "created_at": now,
    }
    made = insert_once(Refund, "id", row)
    assert isinstance(made, uuid.UUID)
    claim(payment_id, minor)
    record(payment, "refund_elsewhere", now, {}, {"amount_minor": minor, "currency": payment.currency, "kind": kind})
    return made


def by_provider(provider_id: str) -> uuid.UUID | None:
    """The refund that the provider knows by this name."""
    return db.session.execute(select(Refund.id).where(Refund.provider_id == provider_id)).scalar_one_or_none()


def of_intent(*, refund_id: uuid.UUID, intent_id: str) -> uuid.UUID | None:
    """The refund with this id, if it is of the payment that the provider says."""
    query = (
        select(Refund.id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.id == refund_id, Payment.intent_id == intent_id)
    )
    return db.session.execute(query).scalar_one_or_none()


def _make_room(payment: AnyRow, minor: int, now: datetime) -> None:
    """Gives up on refunds that the provider never got, the newest first, until so much is left.

    Raises NotRefundable when that isn't enough: then something else is still under way, and asking again is right.
    """
    left = left_of(payment)
    query = (
        select(Refund.id, Refund.amount_minor)
        .where(Refund.payment_id == payment.id, Refund.status == "asked", Refund.provider_id.is_(None))
        .order_by(Refund.created_at.desc(), Refund.id)
    )
    for asked in db.session.execute(query).all():
        if left >= minor:
            return
        record_failed(refund_id=asked.id, failure=ELSEWHERE, now=now)
        left += asked.amount_minor
    if left < minor:
        raise NotRefundable(f"{minor} went back of payment {payment.id}, of which {left} is left.")


def _set(refund: AnyRow, **values: object) -> None:
    db.session.execute(update(Refund).where(Refund.id == refund.id).values(**values))


def _post(refund: AnyRow, payment: AnyRow, transfers: list[ledger.Transfer], now: datetime) -> None:
    book.post(
        transfers,
        organization_id=refund.organization_id,
        currency=payment.currency,
        source_id=refund.id,
        now=now,
    )


def _done(payment_id: uuid.UUID) -> int:
    """What went back of the payment, and stayed there."""
    query = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
        Refund.payment_id == payment_id, Refund.status == "done"
    )
    return int(db.session.execute(query).scalar_one())
