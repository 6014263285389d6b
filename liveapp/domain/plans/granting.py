"""The credits of a subscription, given pack by pack and period by period."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta

from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.errors import NotFound
from liveapp.domain.plans import credits
from liveapp.domain.plans.models import CreditLot, Plan, Subscription
from liveapp.rules import periods
from liveapp.rules.periods import last_of, period_start
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.renewals import Counting, first_unpaid_day
from liveapp.rules.zones import local_day

GIVEN_AHEAD = timedelta(days=14)
"""So long before a period begins its credits are there, so that people can book into it."""


def grant(present: AnyRow, actor: Actor, now: datetime) -> int:
    """A pack's credits once; a period plan's for each period that has begun or begins within two weeks, of one that is
    paid period by period only for those that are paid."""
    if present.class_credits is None or present.status != "active":
        return 0
    organization = organization_of(present.organization_id)
    through = local_day(now, organization.timezone) + GIVEN_AHEAD
    number = given = present.periods_granted
    while (extent := _extent(present, number)) is not None and extent[0] <= through and _is_paid(present, number):
        number += 1
        lot = _lot(present, extent, organization, now)
        if lot is not None:
            credits.grant(lot, present.class_credits, actor=actor, now=now)
    if number > given:
        db.session.execute(update(Subscription).where(Subscription.id == present.id).values(periods_granted=number))
    return int(number - given)


def row_of(subscription_id: uuid.UUID) -> AnyRow:
    """Every column of the subscription; kind, period, class_credits and valid_days of its plan; timezone. Raises
    NotFound."""
    query = (
        select(
            *Subscription.__table__.columns,
            Plan.kind, Plan.period, Plan.class_credits, Plan.valid_days,
            Organization.timezone,
        )
        .join(Plan, Plan.id == Subscription.plan_id)
        .join(Organization, Organization.id == Subscription.organization_id)
        .where(Subscription.id == subscription_id)
    )  # fmt: skip
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def organization_of(organization_id: uuid.UUID) -> Organization:
    return db.session.execute(select(Organization).where(Organization.id == organization_id)).scalar_one()


def start_of(day: date, organization: Organization) -> datetime:
    return resolve_local(day, time(), organization.timezone)


def end_of(day: date, organization: Organization) -> datetime:
    return periods.end_of(day, organization.timezone)


def paid_until(counting: Counting, period: str, organization: Organization) -> datetime:
    """When the first period begins that isn't paid."""
    return start_of(first_unpaid_day(counting, period), organization)


def _is_paid(present: AnyRow, number: int) -> bool:
    return present.paid_periods is None or number < present.paid_periods


def _extent(present: AnyRow, number: int) -> tuple[date, date | None] | None:
    """The first day of the lot `number` and the day that it has lapsed on; a pack has one lot."""
    if present.kind == "pack":
        if number:
            return None
        first: date = present.anchor_day
        return first, last_of(first, present.valid_days) + timedelta(days=1) if present.valid_days else None
    start = period_start(present.anchor_day, present.period, number)
    return start, period_start(present.anchor_day, present.period, number + 1)


def _lot(
    present: AnyRow, extent: tuple[date, date | None], organization: Organization, now: datetime
) -> CreditLot | None:
    """The lot of these days, as far as the subscription runs; none where that is over already."""
    first, after = extent
    valid_from = start_of(first, organization)
    expires_at = start_of(after, organization) if after else None
    if present.ends_at is not None:
        expires_at = min(expires_at or present.ends_at, present.ends_at)
    if expires_at is not None and (expires_at <= valid_from or expires_at <= now):
        return None
    return CreditLot(
        organization_id=present.organization_id,
        subscription_id=present.id,
        period_day=first,
        valid_from=valid_from,
        expires_at=expires_at,
        created_at=now,
    )
