"""A person's plan: given and ended by staff, paused and resumed, and its credits given period by period.

Take the person's turn (their user id) for whatever moves credits: bookings with a plan take it too.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
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
from liveapp.domain.plans.models import CreditLot, Plan, Subscription
from liveapp.rules.lifecycle import SUBSCRIPTION, next_status
from liveapp.rules.periods import period_start
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.roles import Right, may
from liveapp.rules.zones import local_day, zone_named

GIVEN_AHEAD = timedelta(days=14)
"""So long before a period begins its credits are there, so that people can book into it."""
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
    organization = _organization(actor.organization_id)
    _check_days(gift, plan, local_day(now, organization.timezone))
    user_id = people.find_or_add(person, now=now).user_id
    members.belong(organization_id=actor.organization_id, user_id=user_id, actor=actor, now=now)
    last_day = _last_day(gift, plan)
    values = {
        "plan_id": plan.id,
        "user_id": user_id,
        "status": "active",
        "first_day": gift.first_day,
        "anchor_day": gift.first_day,
        "periods_granted": 0,
        "starts_at": _start_of(gift.first_day, organization),
        "ends_at": _end_of(last_day, organization) if last_day else None,
        "end_reason": "",
        "created_by": actor.user_id,
    }
    rows.insert_row(Subscription, "subscription", subscription_id, actor, values, now)
    _grant(_row(subscription_id), actor, now)
    _tell("plan_given", subscription_id, now, first_day=gift.first_day, last_day=last_day)
    return subscription_id


def end(*, actor: Actor, subscription_id: uuid.UUID, reason: str, now: datetime) -> int:
    """The person holds the plan no longer; what is left of it goes, bookings made with it stay, and they are told.

    Returns how many credits went.
    """
    present = _own(actor, subscription_id)
    status = next_status(SUBSCRIPTION, present.status, "end")
    gone = credits.revoke(subscription_id, actor=actor, now=now)
    _change(
        actor, present, "end", now,
        status=status, ends_at=now, end_reason=reason.strip(), paused_on=None, resumes_on=None,
    )  # fmt: skip
    _tell("plan_ended", subscription_id, now, reason=reason.strip())
    return gone


def end_by_clock(*, subscription_id: uuid.UUID, now: datetime) -> bool:
    """A subscription whose last day is over has ended; while it is paused its days don't go by. Whether it did just
    now."""
    present = _row(subscription_id)
    if present.status != "active" or present.ends_at is None or present.ends_at > now:
        return False
    status = next_status(SUBSCRIPTION, present.status, "end")
    _change(system(present.organization_id), present, "end", now, status=status, paused_on=None, resumes_on=None)
    return True


def pause(*, actor: Actor, subscription_id: uuid.UUID, resumes_on: date | None, now: datetime) -> None:
    """Nothing can be booked with it from today on; bookings made with it stay. Raises BadPlan, ForbiddenTransition."""
    present = _own(actor, subscription_id)
    today = local_day(now, present.timezone)
    if resumes_on is not None and not today < resumes_on <= today + FURTHEST:
        raise BadPlan("Choose a day from tomorrow on, within a year, or leave it empty.", field="resumes_on")
    status = next_status(SUBSCRIPTION, present.status, "pause")
    _change(actor, present, "pause", now, status=status, paused_on=today, resumes_on=resumes_on)


def resume(*, actor: Actor, subscription_id: uuid.UUID, now: datetime) -> None:
    """It can be used again. Everything that hadn't lapsed when the pause began lasts as many days longer."""
    _resume(actor, _own(actor, subscription_id), now)


def resume_by_clock(*, subscription_id: uuid.UUID, now: datetime) -> bool:
    """The day to resume has come. Whether it did just now."""
    present = _row(subscription_id)
    if present.status != "paused" or present.resumes_on is None:
        return False
    if present.resumes_on > local_day(now, present.timezone):
        return False
    _resume(system(present.organization_id), present, now)
    return True


def grant_due(*, subscription_id: uuid.UUID, now: datetime) -> int:
    """Gives the credits of every period that begins soon and has none yet. Returns how many periods."""
    present = _row(subscription_id)
    return _grant(present, system(present.organization_id), now)


def warn(*, lot_id: uuid.UUID, days: int, now: datetime) -> bool:
    """Tells the person that credits lapse within so many days; once for each warning. Whether it did."""
    query = select(CreditLot.subscription_id, CreditLot.balance, CreditLot.expires_at, CreditLot.warned_days).where(
        CreditLot.id == lot_id
    )
    lot = db.session.execute(query).one()
    if lot.balance == 0 or lot.expires_at is None or (lot.warned_days is not None and lot.warned_days <= days):
        return False
    db.session.execute(update(CreditLot).where(CreditLot.id == lot_id).values(warned_days=days))
    _tell("credits_lapse", lot.subscription_id, now, credits=lot.balance, expires_at=lot.expires_at)
    return True


def _grant(present: AnyRow, actor: Actor, now: datetime) -> int:
    """A pack's credits once; a period plan's for each period that has begun or begins within two weeks."""
    if present.class_credits is None or present.status != "active":
        return 0
    organization = _organization(present.organization_id)
    through = local_day(now, organization.timezone) + GIVEN_AHEAD
    number = given = present.periods_granted
    while (extent := _extent(present, number)) is not None and extent[0] <= through:
        number += 1
        lot = _lot(present, extent, organization, now)
        if lot is not None:
            credits.grant(lot, present.class_credits, actor=actor, now=now)
    if number > given:
        db.session.execute(update(Subscription).where(Subscription.id == present.id).values(periods_granted=number))
    return int(number - given)


def _extent(present: AnyRow, number: int) -> tuple[date, date | None] | None:
    """The first day of the lot `number` and the day that it has lapsed on; a pack has one lot."""
    if present.kind == "pack":
        if number:
            return None
        first: date = present.anchor_day
        return first, first + timedelta(days=present.valid_days + 1) if present.valid_days else None
    start = period_start(present.anchor_day, present.period, number)
    return start, period_start(present.anchor_day, present.period, number + 1)


def _lot(
    present: AnyRow, extent: tuple[date, date | None], organization: Organization, now: datetime
) -> CreditLot | None:
    """The lot of these days, as far as the subscription runs; none where that is over already."""
    first, after = extent
    valid_from = _start_of(first, organization)
    expires_at = _start_of(after, organization) if after else None
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


def _resume(actor: Actor, present: AnyRow, now: datetime) -> None:
    status = next_status(SUBSCRIPTION, present.status, "resume")
    days = local_day(now, present.timezone) - present.paused_on
    organization = _organization(present.organization_id)
    _lengthen(present, days, organization)
    values: dict[str, Any] = {"anchor_day": present.anchor_day + days}
    if present.ends_at is not None:
        values["ends_at"] = _later(present.ends_at, days, organization)
    _change(actor, present, "resume", now, status=status, paused_on=None, resumes_on=None, **values)
    _grant(_row(present.id), actor, now)


def _lengthen(present: AnyRow, days: timedelta, organization: Organization) -> None:
    """What hadn't lapsed when the pause began lasts as many days longer; what hadn't begun begins as many later."""
    began = _start_of(present.paused_on, organization)
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


def _last_day(gift: Gift, plan: AnyRow) -> date | None:
    """The last day that was said; that of an unlimited pack at the latest, whose days are over then."""
    if plan.kind != "pack" or plan.class_credits is not None or plan.valid_days is None:
        return gift.last_day
    over = gift.first_day + timedelta(days=plan.valid_days)
    return min(gift.last_day or over, over)


def _own(actor: Actor, subscription_id: uuid.UUID) -> AnyRow:
    _check_right(actor)
    present = _row(subscription_id)
    if present.organization_id != actor.organization_id:
        raise NotFound()
    return present


def _row(subscription_id: uuid.UUID) -> AnyRow:
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


def _change(actor: Actor, present: AnyRow, action: str, now: datetime, **values: Any) -> None:
    changed = {name: value for name, value in values.items() if getattr(present, name) != value}
    db.session.execute(update(Subscription).where(Subscription.id == present.id).values(**changed))
    audit.record(
        actor=actor, action=action, object_type="subscription", object_id=present.id, now=now,
        before={name: getattr(present, name) for name in changed}, after=changed,
    )  # fmt: skip


def _tell(kind: str, subscription_id: uuid.UUID, now: datetime, **payload: Any) -> None:
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


def _organization(organization_id: uuid.UUID) -> Organization:
    return db.session.execute(select(Organization).where(Organization.id == organization_id)).scalar_one()


def _start_of(day: date, organization: Organization) -> datetime:
    return resolve_local(day, time(), organization.timezone)


def _end_of(day: date, organization: Organization) -> datetime:
    return _start_of(day + timedelta(days=1), organization)
