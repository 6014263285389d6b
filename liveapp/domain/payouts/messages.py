"""The mails about payouts: to who is paid, and to the owners where something is wrong."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Membership, User
from liveapp.domain.notifications.service import Message, promise
from liveapp.domain.payouts import queries


def promise_sent(payout_id: uuid.UUID, now: datetime) -> None:
    """Who is paid learns of it."""
    payout = queries.payout(payout_id=payout_id)
    _promise("payout_sent", payout, _paid(payout), payout.amount_minor, "", now)


def promise_failed(payout_id: uuid.UUID, minor: int, failure: str, now: datetime) -> None:
    """So many minor units didn't arrive, or came back: who is paid and the owners learn of it."""
    payout = queries.payout(payout_id=payout_id)
    people = {row.user_id: row for row in (*_paid(payout), *_owners(payout.organization_id))}
    _promise("payout_failed", payout, list(people.values()), minor, failure, now)


def promise_refused_by_bank(account: AnyRow, failure: str, now: datetime) -> None:
    """The money is with the provider, whose transfer the bank refused. `account`: organization_id, host_id."""
    values = {"host_id": str(account.host_id) if account.host_id else "", "failure": failure}
    promise(
        [
            Message("payout_refused_by_bank", row.email, account.organization_id, row.user_id, payload=values)
            for row in _paid(account)
        ],
        now=now,
    )


def promise_account_changed(account: AnyRow, held_until: datetime | None, now: datetime) -> None:
    """The bank account behind a payout account is another: who is paid and all owners learn of it. `account`:
    organization_id, host_id; `held_until`: nothing is sent there before."""
    people = {row.user_id: row for row in (*_paid(account), *_owners(account.organization_id))}
    name = queries.names(host_ids=[account.host_id]).get(account.host_id, "") if account.host_id else ""
    values = {
        "host_id": str(account.host_id) if account.host_id else "",
        "host_name": name,
        "failure": "",
        "held_until": held_until,
    }
    promise(
        [
            Message("payout_account_changed", row.email, account.organization_id, row.user_id, payload=values)
            for row in people.values()
        ],
        now=now,
    )


def _promise(kind: str, payout: AnyRow, people: Sequence[AnyRow], minor: int, failure: str, now: datetime) -> None:
    values = {
        "payout_id": str(payout.id),
        "host_id": str(payout.host_id) if payout.host_id else "",
        "host_name": payout.host_name or "",
        "minor": minor,
        "currency": payout.currency,
        "how": payout.how,
        "note": payout.note,
        "failure": failure,
    }
    promise([Message(kind, row.email, payout.organization_id, row.user_id, payload=values) for row in people], now=now)


def _paid(to: AnyRow) -> Sequence[AnyRow]:
    """The host, or the owners where it is the business: user_id, email."""
    if to.host_id is None:
        return _owners(to.organization_id)
    return db.session.execute(select(User.id.label("user_id"), User.email).where(User.id == to.host_id)).all()


def _owners(organization_id: uuid.UUID) -> Sequence[AnyRow]:
    query = (
        select(User.id.label("user_id"), User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization_id, Membership.role == "owner", Membership.ended_at.is_(None))
        .order_by(User.id)
    )
    return db.session.execute(query).all()
