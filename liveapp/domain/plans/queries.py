"""Reading plans, the ones that could pay for a place, and what the calendar does to them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select

from liveapp.db import AnyRow, db, table
from liveapp.domain.accounts.models import STAFF_ROLES, Membership
from liveapp.domain.catalogue.models import Program
from liveapp.domain.errors import NotFound
from liveapp.domain.plans.models import CreditLot, Plan, PlanProgram, Subscription
from liveapp.rules.plans import WARNING_DAYS, HeldPlan


@dataclass(frozen=True, slots=True)
class Means:
    """What a person is and has in an organization: whether they work there, and the plans that cover a program."""

    is_staff: bool = False
    plans: tuple[HeldPlan, ...] = ()
    plan_ids: dict[object, uuid.UUID] = field(default_factory=dict)


def means(*, user_id: uuid.UUID, organization_id: uuid.UUID, program_id: uuid.UUID | None, at: datetime) -> Means:
    """The person's role, and their subscriptions that cover a program, as they stand for a session at that time.

    Quotas aren't counted yet: `used_that_day` and `used_that_week` are nothing. `plan_ids` names each key's plan.
    """
    values = {"user_id": user_id, "organization_id": organization_id, "program_id": program_id, "at": at}
    rows = db.session.execute(_means(), values).all()
    of_plans = [row for row in rows if row.id is not None]
    return Means(
        is_staff=any(row.role in STAFF_ROLES and row.left_at is None for row in rows),
        plans=tuple(_held_plan(list(lots), at) for _, lots in groupby(of_plans, key=lambda row: row.id)),
        plan_ids={row.id: row.plan_id for row in of_plans},
    )


def _held_plan(rows: list[AnyRow], at: datetime) -> HeldPlan:
    """One subscription, of its rows: one for each lot that can be used at the time, or one without a lot."""
    first = rows[0]
    lots = sorted(
        (row for row in rows if row.lot_id is not None),
        key=lambda row: (row.expires_at is None, row.expires_at, row.lot_id),
    )
    unlimited = first.class_credits is None
    over = min((moment for moment in (first.ends_at, first.paid_until) if moment is not None), default=None)
    within = first.starts_at <= at and (over is None or at < over)
    return HeldPlan(
        key=first.id,
        name=first.name,
        credits=None if unlimited else sum(row.balance for row in lots),
        until=over if unlimited else lots[0].expires_at if lots else None,
        lot=lots[0].lot_id if lots and not unlimited else None,
        max_per_day=first.max_bookings_per_day,
        max_per_week=first.max_bookings_per_week,
        allows_overlapping=first.allow_overlapping_bookings,
        runs=first.status != "paused" and not first.is_disputed and (within or not unlimited),
    )


@cache
def _means() -> Select[*tuple[Any, ...]]:
    """From the membership, which everybody has who holds a plan. Built once, and of tables: a booking waits for it."""
    roles, subscriptions, plans = table(Membership), table(Subscription), table(Plan)
    lots, covered = table(CreditLot), table(PlanProgram)
    of_plan = covered.c.plan_id == subscriptions.c.plan_id
    covers = or_(~exists().where(of_plan), exists().where(of_plan, covered.c.program_id == bindparam("program_id")))
    usable = and_(
        lots.c.subscription_id == subscriptions.c.id,
        lots.c.balance > 0,
        lots.c.valid_from <= bindparam("at"),
        or_(lots.c.expires_at.is_(None), lots.c.expires_at > bindparam("at")),
    )
    theirs = and_(
        subscriptions.c.user_id == roles.c.user_id, subscriptions.c.organization_id == roles.c.organization_id, covers
    )
    return (
        select(
            roles.c.role,
            roles.c.ended_at.label("left_at"),
            subscriptions.c.id,
            subscriptions.c.plan_id,
            subscriptions.c.status,
            subscriptions.c.is_disputed,
            subscriptions.c.starts_at,
            subscriptions.c.ends_at,
            subscriptions.c.paid_until,
            plans.c.name,
            plans.c.class_credits,
            plans.c.max_bookings_per_day,
            plans.c.max_bookings_per_week,
            plans.c.allow_overlapping_bookings,
            lots.c.id.label("lot_id"),
            lots.c.balance,
            lots.c.expires_at,
        )
        .join_from(roles, subscriptions, theirs, isouter=True)
        .outerjoin(plans, plans.c.id == subscriptions.c.plan_id)
        .outerjoin(lots, usable)
        .where(
            roles.c.user_id == bindparam("user_id"),
            roles.c.organization_id == bindparam("organization_id"),
            or_(subscriptions.c.status.is_(None), subscriptions.c.status != "ended", lots.c.id.is_not(None)),
        )
        .order_by(subscriptions.c.id, lots.c.id)
    )


def plans(*, organization_id: uuid.UUID, archived: bool = False) -> Sequence[AnyRow]:
    """The organization's plans by name: every column of plans; holders (how many hold it now)."""
    holders = (
        select(func.count())
        .where(Subscription.plan_id == Plan.id, Subscription.status != "ended")
        .scalar_subquery()
        .label("holders")
    )
    query = (
        select(*Plan.__table__.columns, holders)
        .where(Plan.organization_id == organization_id, Plan.archived_at.is_not(None) == archived)
        .order_by(func.lower(Plan.name), Plan.id)
    )
    return db.session.execute(query).all()


def plan(*, plan_id: uuid.UUID) -> AnyRow:
    """A plan: every column of plans. Raises NotFound."""
    row = db.session.execute(select(*Plan.__table__.columns).where(Plan.id == plan_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def on_sale(*, organization_id: uuid.UUID) -> Sequence[AnyRow]:
    """The plans that people buy by card, packs first, then by price: every column of plans."""
    query = select(*Plan.__table__.columns).where(Plan.organization_id == organization_id, _on_sale())
    return db.session.execute(query.order_by(Plan.kind, Plan.price_minor, Plan.name, Plan.id)).all()


def sells_plans(*, organization_id: uuid.UUID) -> bool:
    """Whether there is a plan that people buy by card."""
    found = exists().where(Plan.organization_id == organization_id, _on_sale())
    return bool(db.session.execute(select(found)).scalar_one())


def plan_on_sale(*, organization_id: uuid.UUID, plan_id: uuid.UUID) -> AnyRow:
    """One of them. Raises NotFound."""
    query = select(*Plan.__table__.columns).where(
        Plan.id == plan_id, Plan.organization_id == organization_id, _on_sale()
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("This plan isn't on sale any more. See which ones there are.")
    return row


def _on_sale() -> ColumnElement[bool]:
    return and_(Plan.is_sold_online, Plan.archived_at.is_(None))


def programs_of(*, plan_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[AnyRow]]:
    """The programs that each plan covers, by name: id, name, plan_id. A plan that isn't there covers everything."""
    query = (
        select(PlanProgram.plan_id, Program.id, Program.name)
        .join(Program, Program.id == PlanProgram.program_id)
        .where(PlanProgram.plan_id.in_(plan_ids))
        .order_by(func.lower(Program.name), Program.id)
    )
    found: dict[uuid.UUID, list[AnyRow]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.plan_id, []).append(row)
    return found


def to_grant() -> Sequence[AnyRow]:
    """Subscriptions that get credits by period: id, user_id."""
    query = (
        select(Subscription.id, Subscription.user_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .where(Subscription.status == "active", Plan.kind == "period", Plan.class_credits.is_not(None))
        .order_by(Subscription.id)
    )
    return db.session.execute(query).all()


def to_end(*, now: datetime) -> Sequence[AnyRow]:
    """Subscriptions whose last day is over, and that aren't paused: id, user_id."""
    query = select(Subscription.id, Subscription.user_id).where(
        Subscription.status == "active", Subscription.ends_at <= now
    )
    return db.session.execute(query.order_by(Subscription.ends_at, Subscription.id)).all()


def to_resume(*, now: datetime) -> Sequence[AnyRow]:
    """Paused subscriptions whose day to resume may have come: id, user_id. Their own zone decides."""
    soon = (now + timedelta(days=1)).date()
    query = select(Subscription.id, Subscription.user_id).where(
        Subscription.status == "paused", Subscription.resumes_on <= soon
    )
    return db.session.execute(query.order_by(Subscription.resumes_on, Subscription.id)).all()


def to_lapse(*, now: datetime) -> Sequence[AnyRow]:
    """Lots whose time is over with something left: id, user_id."""
    return db.session.execute(_lots().where(CreditLot.expires_at <= now)).all()


def to_warn(*, now: datetime) -> Sequence[AnyRow]:
    """Lots that lapse within a week with something left: id, user_id, valid_from, expires_at, warned_days."""
    within = CreditLot.expires_at <= now + timedelta(days=max(WARNING_DAYS))
    return db.session.execute(_lots().where(CreditLot.expires_at > now, within)).all()


def _lots() -> Select[*tuple[Any, ...]]:
    return (
        select(CreditLot.id, Subscription.user_id, CreditLot.valid_from, CreditLot.expires_at, CreditLot.warned_days)
        .join(Subscription, Subscription.id == CreditLot.subscription_id)
        .where(CreditLot.balance > 0, Subscription.status != "paused")
        .order_by(CreditLot.expires_at, CreditLot.id)
    )
