"""Who holds which plan, and what is left of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, tuple_

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Membership, Organization, User
from liveapp.domain.errors import NotFound
from liveapp.domain.plans.models import CreditLot, Plan, Subscription

PAGE = 50


def subscriptions_of(*, user_id: uuid.UUID, organization_id: uuid.UUID | None = None) -> Sequence[AnyRow]:
    """A person's subscriptions, those that run first, then the newest: every column of subscriptions; plan_name, kind,
    period, class_credits, valid_days, max_bookings_per_day, max_bookings_per_week, allow_overlapping_bookings,
    price_minor, currency; organization_name, organization_slug, timezone; balance (all credits left)."""
    query = (
        select(
            *Subscription.__table__.columns,
            Plan.name.label("plan_name"),
            Plan.kind,
            Plan.period,
            Plan.class_credits,
            Plan.valid_days,
            Plan.max_bookings_per_day,
            Plan.max_bookings_per_week,
            Plan.allow_overlapping_bookings,
            Plan.price_minor,
            Plan.currency,
            Organization.name.label("organization_name"),
            Organization.slug.label("organization_slug"),
            Organization.timezone,
            _balance(),
        )
        .join(Plan, Plan.id == Subscription.plan_id)
        .join(Organization, Organization.id == Subscription.organization_id)
        .where(Subscription.user_id == user_id)
        .order_by(Subscription.status == "ended", Subscription.created_at.desc(), Subscription.id)
    )
    if organization_id:
        query = query.where(Subscription.organization_id == organization_id)
    return db.session.execute(query).all()


def subscription(*, subscription_id: uuid.UUID) -> AnyRow:
    """A subscription, its person and its plan: every column of subscriptions; name, email, membership_id, left_at;
    plan_name, kind, period, class_credits; organization_name, timezone. Raises NotFound."""
    query = (
        select(
            *Subscription.__table__.columns,
            User.name,
            User.email,
            Membership.id.label("membership_id"),
            Membership.ended_at.label("left_at"),
            Plan.name.label("plan_name"),
            Plan.kind,
            Plan.period,
            Plan.class_credits,
            Organization.name.label("organization_name"),
            Organization.timezone,
        )
        .join(User, User.id == Subscription.user_id)
        .join(Membership, _membership())
        .join(Plan, Plan.id == Subscription.plan_id)
        .join(Organization, Organization.id == Subscription.organization_id)
        .where(Subscription.id == subscription_id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def lots_of(*, subscription_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[AnyRow]]:
    """The lots of subscriptions in order of time: every column of credit_lots."""
    query = (
        select(*CreditLot.__table__.columns)
        .where(CreditLot.subscription_id.in_(subscription_ids))
        .order_by(CreditLot.valid_from, CreditLot.id)
    )
    found: dict[uuid.UUID, list[AnyRow]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.subscription_id, []).append(row)
    return found


def holders(*, plan_id: uuid.UUID, after: uuid.UUID | None = None) -> Sequence[AnyRow]:
    """One page of who holds a plan now, by name, and one row more when there is another: id, user_id, name, email,
    status, starts_at, ends_at, paused_on, resumes_on, lacks_payment, is_disputed, membership_id, left_at, balance
    (all credits)."""
    query = (
        select(
            Subscription.id,
            Subscription.user_id,
            User.name,
            User.email,
            Subscription.status,
            Subscription.starts_at,
            Subscription.ends_at,
            Subscription.paused_on,
            Subscription.resumes_on,
            Subscription.lacks_payment,
            Subscription.is_disputed,
            Membership.id.label("membership_id"),
            Membership.ended_at.label("left_at"),
            _balance(),
        )
        .join(User, User.id == Subscription.user_id)
        .join(Membership, _membership())
        .where(Subscription.plan_id == plan_id, Subscription.status != "ended")
    )
    key = tuple_(func.lower(User.name), Subscription.id)
    if after:
        edge = (
            select(func.lower(User.name), Subscription.id)
            .join(Subscription, Subscription.user_id == User.id)
            .where(Subscription.id == after, Subscription.plan_id == plan_id)
        )
        last = db.session.execute(edge).one_or_none()
        query = query.where(key > tuple_(*last)) if last else query
    return db.session.execute(query.order_by(func.lower(User.name), Subscription.id).limit(PAGE + 1)).all()


def _membership() -> ColumnElement[bool]:
    """Everybody who holds a plan has a membership, which may have ended."""
    return and_(Membership.user_id == Subscription.user_id, Membership.organization_id == Subscription.organization_id)


def _balance() -> Any:
    return (
        select(func.coalesce(func.sum(CreditLot.balance), 0))
        .where(CreditLot.subscription_id == Subscription.id)
        .scalar_subquery()
        .label("balance")
    )
