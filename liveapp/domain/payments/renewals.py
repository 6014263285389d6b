"""Charging the next period of a plan: one payment for each, to the card that paid last; given up on, the plan rests."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import User
from liveapp.domain.actor import Actor
from liveapp.domain.payments import cards
from liveapp.domain.payments.errors import NotPayable
from liveapp.domain.payments.models import UNCHARGED, UNDER_WAY, Payment
from liveapp.domain.payments.records import change, payment_by_id, record
from liveapp.domain.plans import queries, renewing, subscriptions
from liveapp.domain.plans.granting import row_of
from liveapp.rules import renewals

OUTSTANDING = (*UNDER_WAY, *UNCHARGED)


@dataclass(frozen=True, slots=True)
class Renewal:
    """What the next period of a plan costs (minor units), and how the payment for it stands that is outstanding, if one
    is: its id, status, and when it is tried again."""

    minor: int
    currency: str
    payment_id: uuid.UUID | None = None
    status: str = ""
    due_at: datetime | None = None


def ask(*, subscription_id: uuid.UUID, home: str, fee_hundredths: int, now: datetime) -> bool:
    """The next period is to be charged, at the price that the plan was bought at. Once for each; whether it is new.

    `home` is the page of the person's plans. Take the person's turn.
    """
    present = row_of(subscription_id)
    if present.paid_until is None or not renewals.is_due(present.status, present.paid_until, present.ends_at, now):
        return False
    if _outstanding(subscription_id) is not None:
        return False
    last = _last_paid(subscription_id)
    email = db.session.execute(select(User.email).where(User.id == present.user_id)).scalar_one()
    payment = Payment(
        id=uuid.uuid4(),
        organization_id=present.organization_id,
        subscription_id=subscription_id,
        plan_id=present.plan_id,
        user_id=present.user_id,
        card_id=_card(present.user_id, last),
        purpose="renewal",
        method="card",
        status="scheduled",
        amount_minor=last.amount_minor,
        currency=last.currency,
        fee_hundredths=fee_hundredths,
        sale={"title": queries.plan(plan_id=present.plan_id).name, "email": email, "home": home, "keeps_card": True},
        due_at=present.paid_until,
        created_at=now,
    )
    db.session.add(payment)
    db.session.flush()
    said = {"status": "scheduled", "amount_minor": payment.amount_minor, "currency": payment.currency}
    record(payment_by_id(payment.id), "schedule", now, {}, said)
    return True


def declined(payment: AnyRow, failure: str, again: datetime | None, now: datetime) -> None:
    """A renewal wasn't charged: the person is told how to pay it; when it isn't tried again the plan rests."""
    kind = "renewal_failed" if again else "plan_rests"
    if again is None:
        renewing.rest(subscription_id=payment.subscription_id, now=now)
    told: dict[str, Any] = {"amount_minor": payment.amount_minor, "currency": payment.currency, "failure": failure}
    subscriptions.tell(kind, payment.subscription_id, now, again=again, **told)


def stop(*, subscription_id: uuid.UUID, user_id: uuid.UUID, now: datetime) -> bool:
    """The person ends the renewal: nothing more is charged. Whether the plan ended at once.

    Raises NotFound, BadPlan, NotPayable while it is being paid just now. Take the person's turn.
    """
    _drop_outstanding(subscription_id, now, None)
    return renewing.stop(subscription_id=subscription_id, user_id=user_id, now=now)


def end(*, actor: Actor, subscription_id: uuid.UUID, reason: str, now: datetime) -> int:
    """Staff end a plan: nothing more is charged for it. Returns how many credits went. Raises what `subscriptions.end`
    does, NotPayable while it is being paid just now. Take the person's turn."""
    gone = subscriptions.end(actor=actor, subscription_id=subscription_id, reason=reason, now=now)
    _drop_outstanding(subscription_id, now, actor)
    return gone


def end_charged_back(*, subscription_id: uuid.UUID, now: datetime) -> None:
    """The bank took back what was paid for the plan: it ends, and nothing more is charged for it. Raises NotPayable
    while it is being paid just now. Take the person's turn."""
    renewing.end_charged_back(subscription_id=subscription_id, now=now)
    _drop_outstanding(subscription_id, now, None)


def pause(*, actor: Actor, subscription_id: uuid.UUID, resumes_on: date | None, now: datetime) -> None:
    """Staff pause a plan: while it rests nothing is charged for it. Raises what `subscriptions.pause` does, NotPayable
    while it is being paid just now. Take the person's turn."""
    subscriptions.pause(actor=actor, subscription_id=subscription_id, resumes_on=resumes_on, now=now)
    _drop_outstanding(subscription_id, now, actor)


def to_pay(*, subscription_id: uuid.UUID, user_id: uuid.UUID) -> uuid.UUID:
    """The payment that the person's plan waits for. Raises NotFound, NotPayable."""
    renewing.own(subscription_id, user_id)
    found = _outstanding(subscription_id)
    if found is None:
        raise NotPayable("There is nothing to pay for this plan just now.")
    return found.id  # type: ignore[no-any-return]


def renewals_of(*, subscription_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Renewal]:
    """What the next period of each of these plans costs, of those that are paid period by period."""
    query = (
        select(*Payment.__table__.columns)
        .where(Payment.subscription_id.in_(subscription_ids), Payment.purpose.in_(("plan", "renewal")))
        .where(Payment.status != "dropped", Payment.method == "card")
        .order_by(Payment.created_at, Payment.id)
    )
    found: dict[uuid.UUID, Renewal] = {}
    for row in db.session.execute(query).all() if subscription_ids else []:
        waits = row.status in OUTSTANDING
        found[row.subscription_id] = Renewal(
            row.amount_minor,
            row.currency,
            row.id if waits else None,
            row.status if waits else "",
            row.due_at if waits else None,
        )
    return found


def _card(user_id: uuid.UUID, last: AnyRow) -> uuid.UUID | None:
    """The card that paid last, if it is theirs still; else the one that they saved last, if there is one."""
    saved = [card.id for card in cards.cards_of(user_id=user_id)]
    return last.card_id if last.card_id in saved else next(iter(saved), None)


def _last_paid(subscription_id: uuid.UUID) -> AnyRow:
    query = select(*Payment.__table__.columns).where(
        Payment.subscription_id == subscription_id, Payment.status == "paid"
    )
    return db.session.execute(query.order_by(Payment.paid_at.desc(), Payment.id).limit(1)).one()


def _outstanding(subscription_id: uuid.UUID) -> AnyRow | None:
    query = select(*Payment.__table__.columns).where(
        Payment.subscription_id == subscription_id, Payment.purpose == "renewal", Payment.status.in_(OUTSTANDING)
    )
    return db.session.execute(query).one_or_none()


def _drop_outstanding(subscription_id: uuid.UUID, now: datetime, actor: Actor | None) -> None:
    payment = _outstanding(subscription_id)
    if payment is None:
        return
    if payment.status in UNDER_WAY:
        raise NotPayable("It is being paid just now. Look again in a few minutes.")
    change(payment, "drop", now, actor, status="dropped")
