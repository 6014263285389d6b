"""Buying a plan by card: one open payment for each person and plan, of the price and the terms at the click."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.accounts.providers import in_force
from liveapp.domain.payments.errors import BoughtAlready, NotPayable, PlanChanged
from liveapp.domain.payments.models import Payment
from liveapp.domain.plans import queries, sales

PAGE_LASTS = timedelta(hours=2)
"""So long a page of the provider is kept open for somebody who went to pay; nothing is held for them meanwhile."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys which plan, how often they had bought it when the page was shown that they sent, and what it `shown`:
    the plan as `sales.on_page` says it. None: they looked at no page."""

    organization_id: uuid.UUID
    plan_id: uuid.UUID
    user_id: uuid.UUID
    email: str
    seen: int
    shown: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A payment that is open for a purchase; one that isn't current is of another price, or its time is over."""

    payment_id: uuid.UUID
    is_current: bool


@dataclass(frozen=True, slots=True)
class Purchases:
    """How a person stands with a plan: how often they bought it, when last, whether money may be on its way."""

    number: int
    last_at: datetime | None
    is_open: bool


def open_purchase(*, buyer: Buyer, home: str, fee_hundredths: int, now: datetime) -> Opened:
    """The payment that the person buys the plan with: the one that is open already, else a new one. `home` is the
    address of the plan's page.

    Pressed twice, in two tabs, or on a page from before the last purchase, it buys once. Raises NotFound for what isn't
    on sale, PlanChanged, BoughtAlready, NotPayable. Take the person's turn.
    """
    organization = db.session.get_one(Organization, buyer.organization_id)
    if in_force(organization.payment_provider) != "stripe":
        raise NotPayable("Plans aren't sold online here. Ask at the desk.")
    plan = queries.plan_on_sale(organization_id=organization.id, plan_id=buyer.plan_id)
    if _number(buyer.user_id, plan.id) != buyer.seen:
        raise BoughtAlready()
    if buyer.shown is not None and sales.is_worse(plan, than=buyer.shown):
        raise PlanChanged()
    if sales.holds_renewing(plan_id=plan.id, user_id=buyer.user_id, now=now):
        raise BoughtAlready("You hold this plan already. See how it goes on among your plans.")
    present = _open(buyer.user_id, plan.id)
    if present is not None:
        return Opened(present.id, _is_current(present, plan, now))
    payment = Payment(
        id=uuid.uuid4(),
        organization_id=organization.id,
        plan_id=plan.id,
        user_id=buyer.user_id,
        purpose="plan",
        method="card",
        status="open",
        amount_minor=plan.price_minor,
        currency=plan.currency,
        fee_hundredths=fee_hundredths,
        sale={
            "title": plan.name,
            "email": buyer.email,
            "home": home,
            "terms": sales.terms_of(plan),
            "keeps_card": plan.period is not None,
        },
        expires_at=now + PAGE_LASTS,
        created_at=now,
    )
    db.session.add(payment)
    db.session.flush()
    return Opened(payment.id, is_current=True)


def purchases_of(*, user_id: uuid.UUID, plan_id: uuid.UUID) -> Purchases:
    """How the person stands with the plan."""
    paid = _mine(user_id, plan_id).where(Payment.status == "paid").subquery()
    last = db.session.execute(select(func.max(paid.c.paid_at))).scalar_one()
    return Purchases(_number(user_id, plan_id), last, _open(user_id, plan_id) is not None)


def _number(user_id: uuid.UUID, plan_id: uuid.UUID) -> int:
    paid = _mine(user_id, plan_id).where(Payment.status == "paid").subquery()
    return int(db.session.execute(select(func.count()).select_from(paid)).scalar_one())


def _open(user_id: uuid.UUID, plan_id: uuid.UUID) -> AnyRow | None:
    return db.session.execute(_mine(user_id, plan_id).where(Payment.status == "open")).one_or_none()


def _mine(user_id: uuid.UUID, plan_id: uuid.UUID) -> Any:
    """What the person paid, or goes to pay, for the plan by card: every column of payments."""
    return select(*Payment.__table__.columns).where(
        Payment.user_id == user_id, Payment.plan_id == plan_id, Payment.purpose == "plan", Payment.method == "card"
    )


def _is_current(payment: AnyRow, plan: AnyRow, now: datetime) -> bool:
    """Whether it is still what is on sale."""
    asked = (payment.amount_minor, payment.currency, payment.sale["terms"])
    return bool(asked == (plan.price_minor, plan.currency, sales.terms_of(plan)) and payment.expires_at > now)
