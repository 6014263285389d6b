"""Credits in and out: every movement is a row that stays, and a lot's balance is their sum."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import aliased

from liveapp.db import AnyRow, db, inserting, write_last
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.errors import Forbidden
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.plans.errors import BadPlan
from liveapp.domain.plans.models import MOST_CREDITS, CreditEntry, CreditLot, Subscription
from liveapp.rules import periods
from liveapp.rules.roles import Right, may
from liveapp.rules.zones import local_day


def consume(*, lot_id: uuid.UUID, organization_id: uuid.UUID, booking_id: uuid.UUID, now: datetime) -> None:
    """Takes one credit for a booking. The lot's CHECK refuses one that isn't there."""
    _add(organization_id, lot_id, "consume", -1, now, booking_id=booking_id)


def consume_last(*, lot_id: uuid.UUID, organization_id: uuid.UUID, booking_id: uuid.UUID, now: datetime) -> None:
    """As `consume`, at the end of the transaction: for a booking that is itself written there."""
    write_last(inserting(CreditEntry), _entry(organization_id, lot_id, "consume", -1, now, booking_id=booking_id))


def give_back(extensions: Mapping[uuid.UUID, int], *, now: datetime, by_business: bool) -> dict[uuid.UUID, bool]:
    """Returns the credits that these bookings took, each to its own lot, once. `extensions`: each booking's days.

    A lot that has lapsed meanwhile lives on to the end of so many days after today when the business caused it;
    otherwise the credit comes back and lapses at once, for everybody to see. Returns for each booking that took one
    whether it can be used.
    """
    back, entries = {}, []
    for taken in _consumptions(list(extensions)):
        extension_days = extensions[taken.booking_id]
        of = {"booking_id": taken.booking_id, "returns_id": taken.id}
        entries.append(_entry(taken.organization_id, taken.lot_id, "return", 1, now, **of))
        lapsed = taken.expires_at is not None and taken.expires_at <= now and taken.status != "paused"
        if lapsed and by_business and extension_days:
            _extend(taken.lot_id, _extended(taken.timezone, extension_days, now))
        elif lapsed:
            entries.append(_entry(taken.organization_id, taken.lot_id, "lapse", -1, now))
        back[taken.booking_id] = not lapsed or (by_business and extension_days > 0)
    if entries:
        db.session.execute(inserting(CreditEntry), entries)
    return back


def take_again(booking_id: uuid.UUID, *, now: datetime) -> bool:
    """Takes the credit again that the booking gave back, out of the same lot, once. Whether that went: not where it is
    used up or has lapsed meanwhile; a booking that gave none back needs none."""
    taken = aliased(CreditEntry)
    query = (
        select(CreditEntry.id, CreditEntry.organization_id, CreditEntry.lot_id, CreditLot.balance, CreditLot.expires_at)
        .join(CreditLot, CreditLot.id == CreditEntry.lot_id)
        .outerjoin(taken, taken.returns_id == CreditEntry.id)
        .where(CreditEntry.booking_id == booking_id, CreditEntry.kind == "return", taken.id.is_(None))
    )
    back = db.session.execute(query).one_or_none()
    if back is None:
        return True
    if back.balance < 1 or (back.expires_at is not None and back.expires_at <= now):
        return False
    _add(back.organization_id, back.lot_id, "consume", -1, now, booking_id=booking_id, returns_id=back.id)
    return True


def grant(lot: CreditLot, credits: int, *, actor: Actor, now: datetime) -> None:
    """A new lot with its credits."""
    db.session.add(lot)
    db.session.flush()
    _add(lot.organization_id, lot.id, "grant", credits, now, actor_id=actor.user_id)


def adjust(*, lot_id: uuid.UUID, delta: int, reason: str, actor: Actor, now: datetime, key: str | None = None) -> None:
    """Staff's correction of a lot, with a reason. Raises BadPlan when it would leave less than nothing or too much.

    Asked again with the same `key`, it does nothing more.
    """
    if idempotency.claim(key, lot_id, now=now):
        return
    lot = own_lot(lot_id, actor)
    if lot.status == "ended":
        raise BadPlan("This plan has ended. Give it anew instead.", field="delta")
    if delta == 0 or abs(delta) > MOST_CREDITS:
        raise BadPlan(f"Say how many credits to add or take, from 1 to {MOST_CREDITS:,}.", field="delta")
    if not reason.strip():
        raise BadPlan("Say why, so that others can follow it.", field="reason")
    if lot.balance + delta < 0:
        raise BadPlan(f"There are {lot.balance} left, so no more than that can be taken.", field="delta")
    if lot.expires_at is not None and lot.expires_at <= now:
        raise BadPlan("These credits have lapsed. Give the plan anew instead.", field="delta")
    _add(lot.organization_id, lot.id, "adjust", delta, now, actor_id=actor.user_id, reason=reason.strip())
    audit.record(
        actor=actor, action="credits.adjust", object_type="subscription", object_id=lot.subscription_id, now=now,
        before={"balance": lot.balance}, after={"balance": lot.balance + delta, "reason": reason.strip()},
    )  # fmt: skip


def revoke(subscription_id: uuid.UUID, *, actor: Actor, now: datetime) -> int:
    """Takes what a subscription has left, when it ends, and ends its lots: what comes back later has lapsed, unless the
    business caused it. Returns how many credits went."""
    query = select(CreditLot.id, CreditLot.organization_id, CreditLot.balance).where(
        CreditLot.subscription_id == subscription_id, CreditLot.balance > 0
    )
    left = db.session.execute(query.order_by(CreditLot.period_day)).all()
    for lot in left:
        _add(lot.organization_id, lot.id, "revoke", -lot.balance, now, actor_id=actor.user_id)
    over = case((CreditLot.valid_from > now, CreditLot.valid_from), else_=now)
    db.session.execute(
        update(CreditLot)
        .where(CreditLot.subscription_id == subscription_id)
        .where(or_(CreditLot.expires_at.is_(None), CreditLot.expires_at > over))
        .values(expires_at=over)
    )
    return sum(lot.balance for lot in left)


def lapse(*, lot_id: uuid.UUID, now: datetime) -> int:
    """Takes what nobody used in time. Returns how many; nothing while the subscription is paused, or not yet."""
    query = (
        select(CreditLot.id, CreditLot.organization_id, CreditLot.balance, CreditLot.expires_at, Subscription.status)
        .join(Subscription, Subscription.id == CreditLot.subscription_id)
        .where(CreditLot.id == lot_id)
    )
    lot = db.session.execute(query).one()
    if lot.balance == 0 or lot.expires_at is None or lot.expires_at > now or lot.status == "paused":
        return 0
    _add(lot.organization_id, lot.id, "lapse", -lot.balance, now)
    return int(lot.balance)


def own_lot(lot_id: uuid.UUID, actor: Actor) -> AnyRow:
    """A lot of the actor's organization and its subscription's status, for who looks after its people. Raises
    Forbidden, BadPlan."""
    if not may(actor.role, Right.MANAGE_PEOPLE):
        raise Forbidden()
    query = (
        select(*CreditLot.__table__.columns, Subscription.status)
        .join(Subscription, Subscription.id == CreditLot.subscription_id)
        .where(CreditLot.id == lot_id, CreditLot.organization_id == actor.organization_id)
    )
    lot = db.session.execute(query).one_or_none()
    if lot is None:
        raise BadPlan("These credits aren't there any more. Reload the page.")
    return lot


def lot_of(booking_id: uuid.UUID) -> AnyRow | None:
    """The lot whose credit the booking holds: valid_from, expires_at."""
    query = (
        select(CreditLot.valid_from, CreditLot.expires_at)
        .join(CreditEntry, CreditEntry.lot_id == CreditLot.id)
        .where(CreditEntry.booking_id == booking_id, CreditEntry.kind == "consume", CreditEntry.returns_id.is_(None))
    )
    return db.session.execute(query).one_or_none()


def _consumptions(booking_ids: Sequence[uuid.UUID]) -> Sequence[AnyRow]:
    """What the bookings took and didn't give back yet: id, organization_id, lot_id, booking_id, expires_at; status of
    the subscription; timezone of the organization."""
    returned = aliased(CreditEntry)
    query = (
        select(
            CreditEntry.id, CreditEntry.organization_id, CreditEntry.lot_id, CreditEntry.booking_id,
            CreditLot.expires_at, Subscription.status, Organization.timezone,
        )
        .join(CreditLot, CreditLot.id == CreditEntry.lot_id)
        .join(Subscription, Subscription.id == CreditLot.subscription_id)
        .join(Organization, Organization.id == CreditEntry.organization_id)
        .outerjoin(returned, returned.returns_id == CreditEntry.id)
        .where(CreditEntry.booking_id.in_(booking_ids), CreditEntry.kind == "consume", returned.id.is_(None))
        .order_by(CreditEntry.booking_id)
    )  # fmt: skip
    return db.session.execute(query).all()


def _extended(timezone: str, days: int, now: datetime) -> datetime:
    """The end of so many whole days after today, in the organization's zone."""
    tomorrow = local_day(now, timezone) + timedelta(days=1)
    return periods.end_of(periods.last_of(tomorrow, days), timezone)


def _extend(lot_id: uuid.UUID, until: datetime) -> None:
    """The lot lives on until then, if it wouldn't live longer anyway; people are warned anew."""
    db.session.execute(
        update(CreditLot)
        .where(CreditLot.id == lot_id, or_(CreditLot.expires_at.is_(None), CreditLot.expires_at < until))
        .values(expires_at=until, warned_days=None)
    )


def _add(organization_id: uuid.UUID, lot_id: uuid.UUID, kind: str, delta: int, now: datetime, **more: Any) -> None:
    """One movement, written at once."""
    db.session.execute(inserting(CreditEntry), _entry(organization_id, lot_id, kind, delta, now, **more))


def _entry(
    organization_id: uuid.UUID, lot_id: uuid.UUID, kind: str, delta: int, now: datetime, **more: Any
) -> dict[str, Any]:
    blank = {"booking_id": None, "returns_id": None, "actor_id": None, "reason": ""}
    row = {"organization_id": organization_id, "lot_id": lot_id, "kind": kind, "delta": delta, "at": now}
    return {"id": uuid.uuid4()} | blank | row | more


def balance_of(subscription_id: uuid.UUID) -> int:
    """Every credit that the subscription has, whenever it can be used."""
    query = select(func.coalesce(func.sum(CreditLot.balance), 0)).where(CreditLot.subscription_id == subscription_id)
    return int(db.session.execute(query).scalar_one())
