"""Money that staff give back: seen before it is done, once for each asking, and anew where it failed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.domain.idempotency.service import claim
from liveapp.domain.payments import desk
from liveapp.domain.payments.errors import NotRefundable
from liveapp.domain.payments.models import PaymentHold, Refund
from liveapp.domain.payments.records import left_of, payment_by_id, split_back
from liveapp.domain.payments.refunding import by_id, give_back
from liveapp.rules.currencies import step
from liveapp.rules.money import Shares
from liveapp.rules.roles import Right, may

SINCE = "Money of this payment went back in the meantime. Look at the new figures, and decide again."


@dataclass(frozen=True, slots=True)
class Forecast:
    """What giving so much back means, in minor units: what host and platform give, and what stays with them."""

    parts: Shares
    left: int

    @property
    def minor(self) -> int:
        """What goes back to the person."""
        return self.parts.charge


def forecast(payment: AnyRow, minor: int) -> Forecast:
    """What giving so much back would mean. Raises NotRefundable."""
    left = left_of(payment)
    if not 0 < minor <= left:
        raise NotRefundable(_beyond(left), field="amount")
    if minor != left and minor % step(payment.currency):
        raise NotRefundable("Amounts of this currency end in 0 where they are paid by card.", field="amount")
    return Forecast(split_back(payment, minor, payment.claimed_minor), left - minor)


def check_refundable(payment: AnyRow) -> None:
    """Raises NotRefundable where nothing can go back now."""
    if not left_of(payment):
        raise NotRefundable(_beyond(0))
    if _is_disputed(payment.id):
        raise NotRefundable("The payer’s bank is looking into this payment. It decides who gets the money.")


def refund(
    *, payment_id: uuid.UUID, minor: int, left_seen: int, reason: str, actor: Actor, key: str, now: datetime
) -> uuid.UUID:
    """So much goes back, for a reason. Returns the refund's id; the same key asked again, the same.

    `left_seen` is what was left when the figures were looked at: two who look and press at once make one refund, and
    the other is told. Raises NotRefundable, NotFound, Forbidden. Take the payment's turn.
    """
    refund_id = uuid.uuid4()
    answered = claim(key, refund_id, now=now)
    if answered is not None:
        return answered
    payment = _own(payment_id, actor)
    check_refundable(payment)
    if left_of(payment) != left_seen:
        raise NotRefundable(SINCE)
    forecast(payment, minor)
    if payment.method == "desk" and payment.booking_id:
        desk.changed(payment.booking_id)
    return give_back(
        payment_id=payment_id, minor=minor, kind="staff", reason=reason, actor=actor, refund_id=refund_id, now=now
    )


def try_again(*, refund_id: uuid.UUID, actor: Actor, now: datetime) -> uuid.UUID:
    """A refund that failed is made anew, once; asked again, it is the same new one. Returns its id.

    Raises NotRefundable, NotFound, Forbidden. Take the payment's turn.
    """
    failed = by_id(refund_id)
    payment = _own(failed.payment_id, actor)
    again = db.session.execute(select(Refund.id).where(Refund.retries_id == refund_id)).scalar_one_or_none()
    if again is not None:
        return again
    if failed.status != "failed" or failed.kind == "dispute":
        raise NotRefundable("This refund didn’t fail, so there is nothing to try again.")
    check_refundable(payment)
    forecast(payment, failed.amount_minor)
    kind = "staff" if failed.kind == "console" else failed.kind
    return give_back(
        payment_id=payment.id,
        minor=failed.amount_minor,
        kind=kind,
        reason=failed.reason,
        actor=actor,
        retries_id=refund_id,
        now=now,
    )


def _own(payment_id: uuid.UUID, actor: Actor) -> AnyRow:
    payment = payment_by_id(payment_id)
    if payment.organization_id != actor.organization_id:
        raise NotFound()
    if not may(actor.role, Right.GIVE_MONEY_BACK):
        raise Forbidden()
    return payment


def _is_disputed(payment_id: uuid.UUID) -> bool:
    query = select(PaymentHold.id).where(
        PaymentHold.payment_id == payment_id, PaymentHold.kind == "dispute", PaymentHold.decided_at.is_(None)
    )
    return db.session.execute(query.limit(1)).scalar_one_or_none() is not None


def _beyond(left: int) -> str:
    if left:
        return "That is more than is left of what was paid, or nothing at all."
    return "Nothing is left of this payment that could go back."
