"""A person's plan: given and ended by staff, paused and resumed, and its credits given period by period.

Take the person's turn (their user id) for whatever moves credits: bookings with a plan take it too.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts import members, people
from liveapp.domain.accounts.models import Organization, User
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor, system
from liveapp.domain.audit import service as audit
from liveapp.domain.catalogue import rows
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.notifications.service import Message, promise
from liveapp.domain.plans import credits
from liveapp.domain.plans.errors import BadPlan
from liveapp.domain.plans.granting import end_of, grant, organization_of, paid_until, row_of, start_of
from liveapp.domain.plans.models import CreditLot, Plan, Subscription
from liveapp.rules.lifecycle import SUBSCRIPTION, next_status
from liveapp.rules.periods import last_of
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.renewals import Counting
from liveapp.rules.roles import Right, may
from liveapp.rules.zones import local_day, zone_named

FURTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Gift:
    """A plan that staff give somebody: from a day on (the organization's), until one (included) if it ends."""

    plan_id: uuid.UUID
    first_day: date
    last_day: date | None = None


def give(*, actor: Actor, person: Person, gift: Gift, now: datetime, key: str | None = None) -> uuid.UUID:
    """The person holds the plan, belongs to the organization, and is told. Returns the subscription's id.

    Raises BadPlan for a plan that isn't there, or days that make no sense.
    """
    subscription_id = uuid.uuid4()
    before = idempotency.claim(key, subscription_id, now=now)
    if before:
        return before
    _check_right(actor)
    plan = rows.own_row(Plan, actor, gift.plan_id)
    _check_days(gift, plan, local_day(now, organization_of(actor.organization_id).timezone))
    user_id = people.find_or_add(person, now=now).user_id
    return begin(
        actor, plan, user_id, first_day=gift.first_day, last_day=gift.last_day, now=now, subscription_id=subscription_id
    )


def begin(
    actor: Actor,
    plan: AnyRow,
    user_id: uuid.UUID,
    *,
    first_day: date,
    now: datetime,
    last_day: date | None = None,
    paid_periods: int | None = None,
    subscription_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """The person holds the plan from a day on, has what it gives at once, belongs to the organization, and is told."""
    subscription_id = subscription_id or uuid.uuid4()
    organization = organization_of(actor.organization_id)
    members.belong(organization_id=actor.organization_id, user_id=user_id, actor=actor, now=now)
    last_day = _last_day(first_day, last_day, plan)
    until = paid_until(Counting(first_day, paid_periods), plan.period, organization) if paid_periods else None
    values = {
        "plan_id": plan.id,
        "user_id": user_id,
        "status": "active",
        "first_day": first_day,
        "anchor_day": first_day,
        "periods_granted": 0,
        "starts_at": start_of(first_day, organization),
        "ends_at": end_of(last_day, organization) if last_day else None,
        "paid_periods": paid_periods,
        "paid_until": until,
        "end_reason": "",
        "created_by": actor.user_id,
    }
    action = "buy" if actor.user_id == user_id else "add"
    rows.insert_row(Subscription, "subscription", subscription_id, actor, values, now, action=action)
    grant(row_of(subscription_id), actor, now)
    tell("plan_given", subscription_id, now, first_day=first_day, last_day=last_day)
    return subscription_id


def end(*, actor: Actor, subscription_id: uuid.UUID, reason: str, now: datetime) -> int:
    """The person holds the plan no longer; what is left of it goes, bookings made with it stay, and they are told.

    Returns how many credits went.
    """
    return end_as(actor, _own(actor, subscription_id), reason.strip(), now)


def end_as(actor: Actor, present: AnyRow, reason: str, now: datetime) -> int:
    """As `end`, whoever it is that ends it: of a subscription as it is (`granting.row_of`)."""
    status = next_status(SUBSCRIPTION, present.status, "end")
    gone = credits.revoke(present.id, actor=actor, now=now)
    change(
        actor, present, "end", now,
        status=status, ends_at=now, end_reason=reason, paused_on=None, resumes_on=None, lacks_payment=False,
    )  # fmt: skip
    tell("plan_ended", present.id, now, reason=reason)
    return gone


def end_by_clock(*, subscription_id: uuid.UUID, now: datetime) -> bool:
    """A subscription whose last day is over has ended; while it is paused its days don't go by. Whether it did just
    now."""
    present = row_of(subscription_id)
    if present.status != "active" or present.ends_at is None or present.ends_at > now:
        return False
    status = next_status(SUBSCRIPTION, present.status, "end")
    change(system(present.organization_id), present, "end", now, status=status, paused_on=None, resumes_on=None)
    return True


def pause(*, actor: Actor, subscription_id: uuid.UUID, resumes_on: date | None, now: datetime) -> None:
    """Nothing can be booked with it from today on; bookings made with it stay. Raises BadPlan, ForbiddenTransition."""
    present = _own(actor, subscription_id)
    today = local_day(now, present.timezone)
    if resumes_on is not None and not today < resumes_on <= today + FURTHEST:
        raise BadPlan("Choose a day from tomorrow on, within a year, or leave it empty.", field="resumes_on")
    status = next_status(SUBSCRIPTION, present.status, "pause")
    change(actor, present, "pause", now, status=status, paused_on=today, resumes_on=resumes_on)


def resume(*, actor: Actor, subscription_id: uuid.UUID, now: datetime) -> None:
    """It can be used again. Everything that hadn't lapsed when the pause began lasts as many days longer.

    Raises BadPlan for one that rests until its renewal is paid.
    """
    present = _own(actor, subscription_id)
    if present.lacks_payment:
        raise BadPlan("It rests because its renewal isn't paid, and goes on by itself when it is.")
    _resume(actor, present, now)


def resume_by_clock(*, subscription_id: uuid.UUID, now: datetime) -> bool:
    """The day to resume has come. Whether it did just now."""
    present = row_of(subscription_id)
    if present.status != "paused" or present.resumes_on is None:
        return False
    if present.resumes_on > local_day(now, present.timezone):
        return False
    _resume(system(present.organization_id), present, now)
    return True


def grant_due(*, subscription_id: uuid.UUID, now: datetime) -> int:
    """Gives the credits of every period that begins soon and has none yet. Returns how many periods."""
    present = row_of(subscription_id)
    return grant(present, system(present.organization_id), now)


def warn(*, lot_id: uuid.UUID, days: int, now: datetime) -> bool:
    """Tells the person that credits lapse within so many days; once for each warning. Whether it did."""
    query = select(CreditLot.subscription_id, CreditLot.balance, CreditLot.expires_at, CreditLot.warned_days).where(
        CreditLot.id == lot_id
    )
    lot = db.session.execute(query).one()
    if lot.balance == 0 or lot.expires_at is None or (lot.warned_days is not None and lot.warned_days <= days):
        return False
    db.session.execute(update(CreditLot).where(CreditLot.id == lot_id).values(warned_days=days))
    tell("credits_lapse", lot.subscription_id, now, credits=lot.balance, expires_at=lot.expires_at)
    return True


def _resume(actor: Actor, present: AnyRow, now: datetime) -> None:
    status = next_status(SUBSCRIPTION, present.status, "resume")
    days = local_day(now, present.timezone) - present.paused_on
    organization = organization_of(present.organization_id)
    _lengthen(present, days, organization)
    values: dict[str, Any] = {"anchor_day": present.anchor_day + days}
    if present.ends_at is not None:
        values["ends_at"] = _later(present.ends_at, days, organization)
    if present.paid_periods is not None:
        counting = Counting(values["anchor_day"], present.paid_periods)
        values["paid_until"] = paid_until(counting, present.period, organization)
    change(actor, present, "resume", now, status=status, paused_on=None, resumes_on=None, **values)
    grant(row_of(present.id), actor, now)


def _lengthen(present: AnyRow, days: timedelta, organization: Organization) -> None:
    """What hadn't lapsed when the pause began lasts as many days longer; what hadn't begun begins as many later."""
    began = start_of(present.paused_on, organization)
    query = select(CreditLot.id, CreditLot.valid_from, CreditLot.expires_at).where(
        CreditLot.subscription_id == present.id, CreditLot.expires_at > began
    )
    for lot in db.session.execute(query).all():
        values = {"expires_at": _later(lot.expires_at, days, organization), "warned_days": None}
        if lot.valid_from > began:
            values["valid_from"] = _later(lot.valid_from, days, organization)
        db.session.execute(update(CreditLot).where(CreditLot.id == lot.id).values(**values))


def _later(moment: datetime, days: timedelta, organization: Organization) -> datetime:
    """So many days later at the same time of day, in the organization's zone."""
    local = moment.astimezone(zone_named(organization.timezone))
    return resolve_local(local.date() + days, local.time(), organization.timezone)


def _check_right(actor: Actor) -> None:
    if not may(actor.role, Right.MANAGE_PEOPLE):
        raise Forbidden()


def _check_days(gift: Gift, plan: AnyRow, today: date) -> None:
    if plan.archived_at is not None:
        raise BadPlan("This plan is archived, so it can't be given any more. Choose another one.", field="plan_id")
    if not today - FURTHEST <= gift.first_day <= today + FURTHEST:
        raise BadPlan("Choose a first day within a year of today.", field="first_day")
    if gift.last_day is not None and gift.last_day < gift.first_day:
        raise BadPlan("The last day is before the first. Choose a later one.", field="last_day")
    if gift.last_day is not None and gift.last_day < today:
        raise BadPlan("The last day is over already. Choose a later one.", field="last_day")


def _last_day(first_day: date, last_day: date | None, plan: AnyRow) -> date | None:
    """The last day that was said; that of an unlimited pack at the latest, whose days are over then."""
    if plan.kind != "pack" or plan.class_credits is not None or plan.valid_days is None:
        return last_day
    over = last_of(first_day, plan.valid_days)
    return min(last_day or over, over)


def _own(actor: Actor, subscription_id: uuid.UUID) -> AnyRow:
    _check_right(actor)
    present = row_of(subscription_id)
    if present.organization_id != actor.organization_id:
        raise NotFound()
    return present


def change(actor: Actor, present: AnyRow, action: str, now: datetime, **values: Any) -> None:
    """Writes what changed of a subscription, and an entry of it."""
    changed = {name: value for name, value in values.items() if getattr(present, name) != value}
    db.session.execute(update(Subscription).where(Subscription.id == present.id).values(**changed))
    audit.record(
        actor=actor, action=action, object_type="subscription", object_id=present.id, now=now,
        before={name: getattr(present, name) for name in changed}, after=changed,
    )  # fmt: skip


def tell(kind: str, subscription_id: uuid.UUID, now: datetime, **payload: Any) -> None:
    """A mail to who holds the plan."""
    query = (
        select(
            Subscription.organization_id, Subscription.user_id, User.email, User.name, Plan.name.label("plan_name"),
            Plan.class_credits, Plan.kind, Plan.period,
        )
        .join(User, User.id == Subscription.user_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .where(Subscription.id == subscription_id)
    )  # fmt: skip
    row = db.session.execute(query).one()
    said = {"plan_name": row.plan_name, "class_credits": row.class_credits, "kind_of_plan": row.kind,
            "period": row.period, "person_name": row.name}  # fmt: skip
    message = Message(
        kind=kind, email=row.email, organization_id=row.organization_id, user_id=row.user_id, payload=said | payload
    )
    promise([message], now=now)
