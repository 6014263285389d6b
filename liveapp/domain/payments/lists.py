"""Payments as people look at them: all of an organization, one's own, and one with all that became of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from liveapp.db import AnyRow, db, matches
from liveapp.domain.accounts.models import Membership, Organization, User
from liveapp.domain.bookings.models import Booking
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.payments.models import Payment, PaymentHold, Refund
from liveapp.domain.payments.outcomes import ELSEWHERE
from liveapp.domain.plans.models import Plan

PAGE = 25
Earner = aliased(User)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which payments are asked for: all but those that nobody made, where nothing is said.

    `standing`: a word of `rules.payment_states`, or one of `needs`; `words`: of the person's name or address. `first`
    and `last` are aware UTC moments, last excluded.
    """

    standing: str = ""
    words: str = ""
    first: datetime | None = None
    last: datetime | None = None
    booking_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list: a payment, and whether the page asked for lies on its newer side."""

    created_at: datetime
    payment_id: uuid.UUID
    newer: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of payments, with the places where the newer and the older page begin (none at the ends)."""

    rows: Sequence[AnyRow]
    newer: Cursor | None
    older: Cursor | None


def payments(*, organization_id: uuid.UUID, filters: Filters, cursor: Cursor | None = None) -> Page:
    """A page of the organization's payments, the latest first; columns as `payment`."""
    return _page(_told().where(Payment.organization_id == organization_id, *_conditions(filters)), cursor)


def own_payments(*, user_id: uuid.UUID, cursor: Cursor | None = None) -> Page:
    """A page of what a person paid or will, in every organization, the latest first; columns as `payment`."""
    return _page(_told().where(Payment.user_id == user_id, Payment.status != "dropped"), cursor)


def payment(*, payment_id: uuid.UUID) -> AnyRow:
    """One payment: every column of payments; name and email of the person, session_id, title, scheduled_at and timezone
    of what was booked, booking_status, plan_name, earner_name, membership_id of the person (none where they don't
    belong there any more), organization_name, is_disputed, went_back (what arrived where it was sent). Raises NotFound.
    """
    row = db.session.execute(_told().where(Payment.id == payment_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def receipt_of(*, booking_id: uuid.UUID) -> uuid.UUID | None:
    """The payment that a booking's receipt is of: what was paid for its place, if it was."""
    query = select(Payment.id).where(
        Payment.booking_id == booking_id, Payment.purpose == "booking", Payment.status == "paid"
    )
    return db.session.execute(query.order_by(Payment.paid_at.desc()).limit(1)).scalar_one_or_none()


def refunds(*, payment_id: uuid.UUID) -> Sequence[AnyRow]:
    """Every attempt to give something of a payment back, the earliest first: every column of refunds; actor_name,
    is_retried."""
    again = aliased(Refund)
    query = (
        select(
            *Refund.__table__.columns,
            User.name.label("actor_name"),
            exists().where(again.retries_id == Refund.id).label("is_retried"),
        )
        .outerjoin(User, User.id == Refund.actor_id)
        .where(Refund.payment_id == payment_id)
        .order_by(Refund.created_at, Refund.id)
    )
    return db.session.execute(query).all()


def holds(*, payment_id: uuid.UUID) -> Sequence[AnyRow]:
    """Every matter about a payment that was or is to be decided, the earliest first: every column of payment_holds;
    decider_name."""
    query = (
        select(*PaymentHold.__table__.columns, User.name.label("decider_name"))
        .outerjoin(User, User.id == PaymentHold.decided_by)
        .where(PaymentHold.payment_id == payment_id)
        .order_by(PaymentHold.opened_at, PaymentHold.id)
    )
    return db.session.execute(query).all()


def needs(*, organization_id: uuid.UUID) -> dict[str, int]:
    """How many payments need a person, by the standing that finds them; without what there is none of."""
    mine = Payment.organization_id == organization_id
    counts = {
        name: select(func.count()).select_from(Payment).where(mine, NEEDS[name]).scalar_subquery().label(name)
        for name in NEEDS
    }
    row = db.session.execute(select(*counts.values())).one()
    return {name: number for name, number in row._mapping.items() if number}


def _told() -> Select[*tuple[Any, ...]]:
    went_back = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
        Refund.payment_id == Payment.id, Refund.status == "done"
    )
    return (
        select(
            *Payment.__table__.columns,
            func.coalesce(Booking.name, User.name).label("name"),
            User.email,
            Booking.session_id,
            Booking.status.label("booking_status"),
            LiveSession.title,
            LiveSession.scheduled_at,
            LiveSession.timezone,
            Plan.name.label("plan_name"),
            Earner.name.label("earner_name"),
            Membership.id.label("membership_id"),
            Organization.name.label("organization_name"),
            DISPUTED.label("is_disputed"),
            went_back.correlate(Payment).scalar_subquery().label("went_back"),
        )
        .join(User, User.id == Payment.user_id)
        .join(Organization, Organization.id == Payment.organization_id)
        .outerjoin(Booking, Booking.id == Payment.booking_id)
        .outerjoin(LiveSession, LiveSession.id == Booking.session_id)
        .outerjoin(Plan, Plan.id == Payment.plan_id)
        .outerjoin(Earner, Earner.id == Payment.earner_id)
        .outerjoin(
            Membership,
            and_(
                Membership.organization_id == Payment.organization_id,
                Membership.user_id == Payment.user_id,
                Membership.ended_at.is_(None),
            ),
        )
    )


def _is_held(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether something about the payment is to be decided."""
    return Payment.id.in_(select(PaymentHold.payment_id).where(PaymentHold.decided_at.is_(None), *conditions))


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions = [STANDINGS[filters.standing] if filters.standing else Payment.status != "dropped"]
    for word in filters.words.split()[:5]:
        columns = (Booking.name, User.name, User.email)
        conditions.append(or_(*(matches(column, word) for column in columns)))
    if filters.first:
        conditions.append(Payment.created_at >= filters.first)
    if filters.last:
        conditions.append(Payment.created_at < filters.last)
    if filters.booking_id:
        conditions.append(Payment.booking_id == filters.booking_id)
    return conditions


def _page(query: Select[*tuple[Any, ...]], cursor: Cursor | None) -> Page:
    newer = cursor is not None and cursor.newer
    key = tuple_(Payment.created_at, Payment.id)
    if cursor:
        edge = tuple_(cursor.created_at, cursor.payment_id)
        query = query.where(key > edge if newer else key < edge)
    order = (Payment.created_at, Payment.id) if newer else (Payment.created_at.desc(), Payment.id.desc())
    rows = list(db.session.execute(query.order_by(*order).limit(PAGE + 1)))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if newer:
        rows.reverse()
    if not rows:
        return Page(rows, newer=None, older=None)
    first = Cursor(rows[0].created_at, rows[0].id, newer=True)
    last = Cursor(rows[-1].created_at, rows[-1].id)
    has_newer, has_older = (more, True) if newer else (cursor is not None, more)
    return Page(rows, newer=first if has_newer else None, older=last if has_older else None)


_again = aliased(Refund)
_failed = select(Refund.payment_id).where(
    Refund.status == "failed", Refund.failure != ELSEWHERE, ~exists().where(_again.retries_id == Refund.id)
)
DISPUTED = _is_held(PaymentHold.kind == "dispute")
NEEDS: dict[str, ColumnElement[bool]] = {
    "failed_refund": and_(Payment.captured_minor > Payment.claimed_minor, Payment.id.in_(_failed)),
    "declined": Payment.status == "declined",
    "unpaid": Payment.status == "unpaid",
    "disputed": DISPUTED,
}
"""What needs a person: money that didn't go back, that didn't come in, and that a bank asks about."""
STANDINGS: dict[str, ColumnElement[bool]] = {
    "paid": and_(Payment.status == "paid", Payment.claimed_minor == 0),
    "open": Payment.status == "open",
    "due": Payment.status.in_(("scheduled", "charging")),
    "refunded": Payment.claimed_minor > 0,
    "review": _is_held(),
    "dropped": Payment.status == "dropped",
    **NEEDS,
}
"""What each standing to filter by means."""
