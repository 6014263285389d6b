"""A statement of what an earner was owed in a period: every entry of the book that moved it is one line, so that the
opening balance and all lines make the closing balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import User
from liveapp.domain.bookings.models import Booking
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.payments.models import LedgerEntry, Payment, PaymentHold, Refund
from liveapp.domain.payouts.earners import Earner
from liveapp.domain.payouts.models import Payout
from liveapp.domain.plans.models import Plan

FEES = {"share": "fee", "share_back": "fee_back", "share_again": "fee_again"}
"""The platform's entry beside the earner's."""
RESTS = ("rest", "rest_back", "rest_again")
"""The business's entries beside a host's, whose line has the platform's fee."""


@dataclass(frozen=True, slots=True)
class Line:
    """What moved the balance: `gross` is what people paid or got back (nothing for a payout or a hold), `fee` the
    platform's part of that, `net` what moved, `balance` what they were owed then. Minor units.

    `what`: kind of the entry; of what it is about purpose, title, starts_at, timezone, plan_name, person; of a payout
    how, note.
    """

    at: datetime
    what: AnyRow
    gross: int
    fee: int
    net: int
    balance: int

    @property
    def is_sale(self) -> bool:
        """Whether somebody paid or got something back."""
        return self.what.kind in (*FEES, *RESTS)


@dataclass(frozen=True, slots=True)
class Statement:
    """A period of an earner's account in one currency; `begins_at` belongs to it, `ends_at` doesn't."""

    currency: str
    begins_at: datetime
    ends_at: datetime
    opening: int
    lines: tuple[Line, ...]

    @property
    def closing(self) -> int:
        return self.lines[-1].balance if self.lines else self.opening

    @property
    def gross(self) -> int:
        return sum(each.gross for each in self.lines)

    @property
    def fee(self) -> int:
        return sum(each.fee for each in self.lines)

    @property
    def net(self) -> int:
        return sum(each.net for each in self.lines)


def statement(*, earner: Earner, currency: str, begins_at: datetime, ends_at: datetime) -> Statement:
    """What the earner was owed when the period began, and all that moved it until it ended."""
    within = (LedgerEntry.at >= begins_at, LedgerEntry.at < ends_at)
    opening = _owed_before(earner, currency, begins_at)
    query = _lines(earner, currency).where(*within)
    rows = db.session.execute(query.order_by(LedgerEntry.at, LedgerEntry.number)).all()
    balances = list(accumulate((row.net for row in rows), initial=opening))[1:]
    lines = (
        Line(row.at, row, gross=_gross(row), fee=_fee(row), net=row.net, balance=balance)
        for row, balance in zip(rows, balances, strict=True)
    )
    return Statement(currency, begins_at, ends_at, opening, tuple(lines))


def currencies(*, earner: Earner) -> Sequence[str]:
    """The currencies that the earner's accounts ever moved in."""
    query = select(LedgerEntry.currency).where(*_theirs(earner)).distinct()
    return db.session.execute(query.order_by(LedgerEntry.currency)).scalars().all()


def _gross(row: AnyRow) -> int:
    if row.kind in RESTS:
        return int(row.net)
    return int(row.net) + _fee(row) if row.kind in FEES else 0


def _fee(row: AnyRow) -> int:
    """The platform's part, taken or (below nothing) given back."""
    return -int(row.fee) if row.kind == "share_back" else int(row.fee)


def _owed_before(earner: Earner, currency: str, moment: datetime) -> int:
    query = select(func.coalesce(func.sum(_net(earner)), 0)).where(
        *_theirs(earner), LedgerEntry.currency == currency, LedgerEntry.at < moment
    )
    return int(db.session.execute(query).scalar_one())


def _lines(earner: Earner, currency: str) -> Select[*tuple[Any, ...]]:
    direct, fee = aliased(Payment), aliased(LedgerEntry)
    beside = and_(
        fee.source_id == LedgerEntry.source_id,
        or_(*(and_(LedgerEntry.kind == kind, fee.kind == beside) for kind, beside in FEES.items())),
    )
    return (
        select(
            LedgerEntry.at,
            LedgerEntry.kind,
            _net(earner).label("net"),
            func.coalesce(fee.amount_minor, 0).label("fee"),
            Payment.purpose,
            LiveSession.title,
            LiveSession.scheduled_at.label("starts_at"),
            LiveSession.timezone,
            Plan.name.label("plan_name"),
            func.coalesce(Booking.name, User.name).label("person"),
            Payout.how,
            Payout.note,
        )
        .select_from(LedgerEntry)
        .outerjoin(fee, beside)
        .outerjoin(direct, direct.id == LedgerEntry.source_id)
        .outerjoin(Refund, Refund.id == LedgerEntry.source_id)
        .outerjoin(PaymentHold, PaymentHold.id == LedgerEntry.source_id)
        .outerjoin(Payment, Payment.id == func.coalesce(direct.id, Refund.payment_id, PaymentHold.payment_id))
        .outerjoin(Booking, Booking.id == Payment.booking_id)
        .outerjoin(LiveSession, LiveSession.id == Booking.session_id)
        .outerjoin(Plan, Plan.id == Payment.plan_id)
        .outerjoin(User, User.id == Payment.user_id)
        .outerjoin(Payout, Payout.id == LedgerEntry.source_id)
        .where(*_theirs(earner), LedgerEntry.currency == currency)
    )


def _theirs(earner: Earner) -> tuple[Any, ...]:
    return (
        LedgerEntry.organization_id == earner.organization_id,
        or_(LedgerEntry.credit.in_(earner.accounts), LedgerEntry.debit.in_(earner.accounts)),
    )


def _net(earner: Earner) -> Any:
    """What an entry gives the earner, below nothing what it takes."""
    to = case((LedgerEntry.credit.in_(earner.accounts), LedgerEntry.amount_minor), else_=0)
    return to - case((LedgerEntry.debit.in_(earner.accounts), LedgerEntry.amount_minor), else_=0)
