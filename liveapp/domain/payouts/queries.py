"""Reading payouts, and the accounts that they go to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select, tuple_

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Membership, Organization, User
from liveapp.domain.errors import NotFound
from liveapp.domain.payouts.earners import Earner
from liveapp.domain.payouts.models import UNDER_WAY, Payout, PayoutAccount, PayoutDay
from liveapp.rules.payouts import Schedule

PAGE = 50


def payout(*, payout_id: uuid.UUID) -> AnyRow:
    """A payout: every column; host_name, empty for the business. Raises NotFound."""
    found = db.session.execute(_payouts().where(Payout.id == payout_id)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def is_ours(*, payout_id: uuid.UUID) -> bool:
    """Whether there is such a payout here: others may send money through the same account with the provider."""
    return db.session.execute(select(Payout.id).where(Payout.id == payout_id)).first() is not None


def latest(
    *, organization_id: uuid.UUID, earner: Earner | None = None, before: uuid.UUID | None = None
) -> Sequence[AnyRow]:
    """The newest payouts of the organization, or of one earner, as in `payout`; those made before one. One more than a
    page, if there are more."""
    query = _payouts().where(Payout.organization_id == organization_id)
    if earner is not None:
        query = query.where(Payout.earner == earner.account)
    if before is not None:
        last = select(Payout.made_at, Payout.id).where(Payout.organization_id == organization_id, Payout.id == before)
        query = query.where(tuple_(Payout.made_at, Payout.id) < last.scalar_subquery())
    return db.session.execute(query.order_by(Payout.made_at.desc(), Payout.id.desc()).limit(PAGE + 1)).all()


def under_way(*, organization_id: uuid.UUID) -> dict[tuple[str, str], AnyRow]:
    """Payouts that are neither paid nor failed yet, by the earner's account and the currency: as in `payout`."""
    query = _payouts().where(Payout.organization_id == organization_id, Payout.status.in_(UNDER_WAY))
    return {(row.earner, row.currency): row for row in db.session.execute(query)}


def is_under_way(*, earner: Earner, currency: str) -> bool:
    """Whether a payout of that balance is neither paid nor failed yet."""
    query = select(Payout.id).where(
        Payout.organization_id == earner.organization_id,
        Payout.earner == earner.account,
        Payout.currency == currency,
        Payout.status.in_(UNDER_WAY),
    )
    return db.session.execute(query).first() is not None


def account_of(*, earner: Earner) -> AnyRow | None:
    """Where the earner is paid: every column of payout_accounts."""
    query = select(*PayoutAccount.__table__.columns).where(
        PayoutAccount.organization_id == earner.organization_id, PayoutAccount.earner == earner.account
    )
    return db.session.execute(query).one_or_none()


def accounts(*, organization_id: uuid.UUID) -> dict[str, AnyRow]:
    """Where everybody in the organization is paid, by their account in the book: as in `account_of`."""
    query = select(*PayoutAccount.__table__.columns).where(PayoutAccount.organization_id == organization_id)
    return {row.earner: row for row in db.session.execute(query)}


def account_at_provider(*, account_id: str) -> AnyRow | None:
    """The account of that name with the provider, as in `account_of`."""
    query = select(*PayoutAccount.__table__.columns).where(PayoutAccount.account_id == account_id)
    return db.session.execute(query).one_or_none()


def unready() -> Sequence[str]:
    """Accounts that the provider made and that can't be paid to yet: its names for them."""
    query = select(PayoutAccount.account_id).where(PayoutAccount.account_id.is_not(None), ~PayoutAccount.is_ready)
    return [name for name in db.session.execute(query.order_by(PayoutAccount.id)).scalars() if name]


def names(*, host_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID | None, str]:
    """The names of hosts."""
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(host_ids)))
    return {row.id: row.name for row in rows}


def belongs(*, organization_id: uuid.UUID, user_id: uuid.UUID) -> bool:
    """Whether the person has, or once had, a role in the organization."""
    query = select(Membership.id).where(Membership.organization_id == organization_id, Membership.user_id == user_id)
    return db.session.execute(query).first() is not None


def scheduled() -> Sequence[AnyRow]:
    """Organizations whose payouts are made by themselves: id, timezone, payout_schedule, payout_weekday, and the
    last_day that was seen to."""
    query = (
        select(
            Organization.id,
            Organization.timezone,
            Organization.payout_schedule,
            Organization.payout_weekday,
            func.max(PayoutDay.day).label("last_day"),
        )
        .outerjoin(PayoutDay, PayoutDay.organization_id == Organization.id)
        .where(Organization.payout_schedule != Schedule.BY_HAND)
        .group_by(Organization.id)
        .order_by(Organization.id)
    )
    return db.session.execute(query).all()


def _payouts() -> Select[*tuple[Any, ...]]:
    return select(*Payout.__table__.columns, User.name.label("host_name")).outerjoin(User, User.id == Payout.host_id)
