"""What a person holds: each plan with what is left of it, its credits and what they were used for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import func, select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import User
from liveapp.domain.bookings.models import LIVE, Booking
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.plans import holdings, queries
from liveapp.domain.plans.models import CreditEntry, CreditLot

MOST_MOVEMENTS = 50
COMING = ("requested", "confirmed")


@dataclass(frozen=True, slots=True)
class Holding:
    """A subscription (a row of `holdings.subscriptions_of`) with the programs it covers (none: everything), its lots
    that can still be used, those that lapse first in front, and its latest movements: every column of credit_entries;
    actor_name, title and starts_at of the session. `state` is its status; `ahead` before its first day."""

    subscription: AnyRow
    state: str
    programs: tuple[str, ...]
    lots: tuple[AnyRow, ...]
    movements: tuple[AnyRow, ...]

    @property
    def left(self) -> int | None:
        """Credits that can still be used, now or later; None: no number limits them."""
        return None if self.subscription.class_credits is None else sum(lot.balance for lot in self.lots)

    @property
    def has_ended(self) -> bool:
        return self.state == "ended"


def holdings_of(*, user_id: uuid.UUID, now: datetime, organization_id: uuid.UUID | None = None) -> list[Holding]:
    """Everything that the person holds or held, there or anywhere: what lapses next first, what has ended last."""
    rows = holdings.subscriptions_of(user_id=user_id, organization_id=organization_id)
    ids = [row.id for row in rows]
    lots, moved = holdings.lots_of(subscription_ids=ids), _movements(ids)
    covered = queries.programs_of(plan_ids=[row.plan_id for row in rows])
    held = [
        Holding(
            subscription=row,
            state=_state(row, now),
            programs=tuple(each.name for each in covered.get(row.plan_id, [])),
            lots=_usable(lots.get(row.id, []), row, now),
            movements=moved.get(row.id, ()),
        )
        for row in rows
    ]
    return sorted(held, key=_order)


def bookings_to_come(*, user_id: uuid.UUID, subscription_id: uuid.UUID, now: datetime) -> int:
    """How many places that lie ahead the person booked with this subscription."""
    query = select(func.count()).where(
        Booking.user_id == user_id,
        Booking.starts_at > now,
        Booking.subscription_id == subscription_id,
        Booking.status.in_(COMING),
    )
    return db.session.execute(query).scalar_one()


def places_to_come(*, user_id: uuid.UUID, organization_id: uuid.UUID, now: datetime) -> int:
    """How many of the person's bookings there lie ahead, waits included."""
    query = select(func.count()).where(
        Booking.user_id == user_id,
        Booking.organization_id == organization_id,
        Booking.starts_at > now,
        Booking.status.in_(LIVE),
    )
    return db.session.execute(query).scalar_one()


def _order(held: Holding) -> tuple[bool, bool, datetime | None]:
    if held.has_ended:
        return True, True, None
    lapses = held.lots[0].expires_at if held.lots else held.subscription.ends_at
    return False, lapses is None, lapses


def _usable(lots: Sequence[AnyRow], row: AnyRow, now: datetime) -> tuple[AnyRow, ...]:
    """While a plan is paused nothing of it lapses."""
    kept = [lot for lot in lots if lot.balance and (lot.expires_at is None or lot.expires_at > now or row.paused_on)]
    return tuple(sorted(kept, key=lambda lot: (lot.expires_at is None, lot.expires_at, lot.valid_from, lot.id)))


def _state(row: AnyRow, now: datetime) -> str:
    """The subscription's status; `ahead` before its first day, `ended` from its end on."""
    if row.status == "active" and row.ends_at is not None and row.ends_at <= now:
        return "ended"
    return "ahead" if row.status == "active" and row.starts_at > now else str(row.status)


def _movements(subscription_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[AnyRow, ...]]:
    """The latest movements of each subscription, in one query for all of them."""
    place = func.row_number().over(
        partition_by=CreditLot.subscription_id, order_by=(CreditEntry.at.desc(), CreditEntry.id)
    )
    ranked = (
        select(CreditEntry.id, CreditLot.subscription_id, place.label("place"))
        .join(CreditLot, CreditLot.id == CreditEntry.lot_id)
        .where(CreditLot.subscription_id.in_(subscription_ids))
        .subquery()
    )
    query = (
        select(
            *CreditEntry.__table__.columns,
            ranked.c.subscription_id,
            User.name.label("actor_name"),
            LiveSession.title,
            Booking.starts_at,
        )
        .join(ranked, ranked.c.id == CreditEntry.id)
        .outerjoin(User, User.id == CreditEntry.actor_id)
        .outerjoin(Booking, Booking.id == CreditEntry.booking_id)
        .outerjoin(LiveSession, LiveSession.id == Booking.session_id)
        .where(ranked.c.place <= MOST_MOVEMENTS)
        .order_by(ranked.c.subscription_id, ranked.c.place)
    )
    rows = db.session.execute(query).all()
    return {key: tuple(found) for key, found in groupby(rows, key=lambda row: row.subscription_id)}
