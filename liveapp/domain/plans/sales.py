"""Plans that people buy themselves: what was on sale at the click, and what they hold once it is paid."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor
from liveapp.domain.plans import queries
from liveapp.domain.plans.granting import organization_of
from liveapp.domain.plans.models import Subscription
from liveapp.domain.plans.subscriptions import begin
from liveapp.rules.zones import local_day

TERMS = ("kind", "period", "class_credits", "valid_days")


def terms_of(plan: AnyRow) -> dict[str, Any]:
    """What a plan gives, as it stands on sale."""
    return {name: getattr(plan, name) for name in TERMS}


def on_page(plan: AnyRow) -> list[Any]:
    """What a page shows of a plan that matters to who buys it: price in minor units, currency, and what it gives."""
    return [plan.price_minor, plan.currency, terms_of(plan)]


def is_worse(plan: AnyRow, *, than: list[Any]) -> bool:
    """Whether the plan is dearer than the page said (`on_page`), or isn't the same any more; empty: it said nothing."""
    price, *rest = on_page(plan)
    return not than or than[1:] != rest or price > than[0]


def begin_bought(*, plan_id: uuid.UUID, user_id: uuid.UUID, terms: dict[str, Any], now: datetime) -> uuid.UUID | None:
    """The person holds the plan that they paid for, from today on, and belongs to the organization. Returns the
    subscription's id; None where the plan gives something else by now. One that was archived meanwhile is delivered:
    who holds an archived plan keeps it too.

    Take the person's turn.
    """
    plan = queries.plan(plan_id=plan_id)
    if terms_of(plan) != terms:
        return None
    organization = organization_of(plan.organization_id)
    actor = Actor(user_id=user_id, role=None, organization_id=organization.id)
    first_day = local_day(now, organization.timezone)
    return begin(actor, plan, user_id, first_day=first_day, now=now, paid_periods=1 if plan.period else None)


def holds_renewing(*, plan_id: uuid.UUID, user_id: uuid.UUID, now: datetime) -> bool:
    """Whether the person holds this plan already, paid period by period: it isn't bought twice."""
    held = exists().where(
        Subscription.plan_id == plan_id,
        Subscription.user_id == user_id,
        Subscription.status != "ended",
        Subscription.paid_periods.is_not(None),
        or_(Subscription.ends_at.is_(None), Subscription.ends_at > now),
    )
    return bool(db.session.execute(select(held)).scalar_one())
