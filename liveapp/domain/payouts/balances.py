"""What earners are owed, what of it still matures, and what waits for a decision: sums over the book."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CompoundSelect, Select, func, or_, select, union_all

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.bookings.models import Booking
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.payments.models import LedgerEntry, Payment, PaymentHold, Refund
from liveapp.domain.payouts.earners import Earner, is_earners, whose
from liveapp.rules import ledger, payouts

LONGEST_SESSION = timedelta(days=2)
"""Sessions that end after a moment began at most so long before it: lets the index on their start find them."""

Sums = dict[tuple[str, str], int]
"""Minor units by account and currency."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What an earner is owed in a currency, in minor units: `maturing` is a part of `owed`, `held` is not."""

    account: str
    currency: str
    owed: int
    maturing: int
    held: int
    minimum: int

    @property
    def payable(self) -> int:
        """What can be paid out now."""
        return payouts.payable(self.owed, self.maturing, self.minimum)

    @property
    def why_nothing(self) -> payouts.Why | None:
        """Why nothing can be paid out now, if so."""
        return payouts.why_nothing(self.owed, self.maturing, self.minimum)


def of_everybody(*, organization_id: uuid.UUID, now: datetime) -> list[Balance]:
    """Every balance of the organization that isn't even, or of which something is on hold."""
    sides = _sides(organization_id)
    is_theirs = or_(
        sides.c.account.startswith("host:"),
        sides.c.account.startswith("held:"),
        sides.c.account.in_((ledger.BUSINESS, ledger.DESK)),
    )
    return _balances(organization_id, sides, is_theirs, now)


def of_earner(*, earner: Earner, now: datetime) -> list[Balance]:
    """The earner's balances, as in `of_everybody`."""
    sides = _sides(earner.organization_id)
    accounts = (*earner.accounts, ledger.held(earner.account))
    return _balances(earner.organization_id, sides, sides.c.account.in_(accounts), now)


def payable(*, earner: Earner, currency: str, now: datetime) -> int:
    """What can be paid out of the earner's balance now."""
    found = [each for each in of_earner(earner=earner, now=now) if each.currency == currency]
    return found[0].payable if found else 0


def _balances(organization_id: uuid.UUID, sides: Any, is_theirs: Any, now: datetime) -> list[Balance]:
    organization = db.session.get_one(Organization, organization_id)
    entries = _by_earner(select(sides).where(is_theirs))
    until = payouts.mature_until(now, organization.payout_holding_days)
    maturing = _by_earner(select(sides).where(is_theirs, sides.c.source_id.in_(_maturing(organization_id, until))))
    keys = {(_unheld(account), currency) for account, currency in entries}
    found = [
        Balance(
            account=account,
            currency=currency,
            owed=entries.get((account, currency), 0),
            maturing=maturing.get((account, currency), 0),
            held=entries.get((ledger.held(ledger.Account(account)), currency), 0),
            minimum=organization.payout_minimum_minor if currency == organization.currency else 0,
        )
        for account, currency in sorted(keys)
    ]
    return [each for each in found if each.owed or each.held]


def _by_earner(query: Select[*tuple[Any, ...]]) -> Sums:
    """The sums of sides, what was taken at the desk with the business's."""
    part = query.subquery()
    sums = select(part.c.account, part.c.currency, func.sum(part.c.minor).label("minor"))
    found: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in db.session.execute(sums.group_by(part.c.account, part.c.currency)):
        found[whose(row.account), row.currency] += int(row.minor)
    return found


def _unheld(account: str) -> str:
    return account if is_earners(account) else account.removeprefix("held:")


def _sides(organization_id: uuid.UUID) -> Any:
    """Both sides of every entry: account, currency, minor (below nothing where it is debited), source_id."""
    own = LedgerEntry.organization_id == organization_id
    same = (LedgerEntry.currency, LedgerEntry.source_id)
    credits_ = select(LedgerEntry.credit.label("account"), LedgerEntry.amount_minor.label("minor"), *same)
    debits = select(LedgerEntry.debit.label("account"), (-LedgerEntry.amount_minor).label("minor"), *same)
    return union_all(credits_.where(own), debits.where(own)).subquery()


def _maturing(organization_id: uuid.UUID, until: datetime) -> CompoundSelect[Any]:
    """The causes of entries that still mature: payments for sessions that end after that moment, what was paid later
    without one, and refunds and holds of these."""
    own = Payment.organization_id == organization_id
    fresh = union_all(
        select(Payment.id)
        .join(Booking, Booking.id == Payment.booking_id)
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(
            own,
            LiveSession.organization_id == organization_id,
            LiveSession.scheduled_at > until - LONGEST_SESSION,
            Booking.ends_at > until,
        ),
        select(Payment.id).where(own, Payment.booking_id.is_(None), Payment.paid_at > until),
    ).cte("fresh")
    of_these = select(fresh.c.id)
    return union_all(
        of_these,
        select(Refund.id).where(Refund.payment_id.in_(of_these)),
        select(PaymentHold.id).where(PaymentHold.payment_id.in_(of_these)),
    )
