"""Making payouts: each is in the book from the moment it is made, so that no balance is paid twice."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from liveapp.db import db, insert_once
from liveapp.domain.accounts import organizations
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor, system
from liveapp.domain.audit import service as audit
from liveapp.domain.constraints import PayoutUnderWay
from liveapp.domain.outbox import service as outbox
from liveapp.domain.payments import book, earning
from liveapp.domain.payouts import accounts, balances, messages, queries
from liveapp.domain.payouts.earners import Earner
from liveapp.domain.payouts.errors import AccountHeld, BalanceChanged, NothingPayable, NotSetUp
from liveapp.domain.payouts.models import Payout, PayoutDay
from liveapp.rules import ledger, payouts
from liveapp.rules.payouts import Schedule
from liveapp.rules.zones import local_day

FIRST_LOOK = timedelta(minutes=5)
"""The job that sends a new payout is at it by then; later the sweep looks after it."""


def make(
    *, earner: Earner, currency: str, now: datetime, actor: Actor | None = None, agreed: int | None = None
) -> uuid.UUID:
    """Pays out what is payable now to the earner's account with the provider; `agreed`: how much a person was shown
    (minor units). Returns the payout's id.

    Raises NotSetUp, AccountHeld, NothingPayable, BalanceChanged, PayoutUnderWay. Take the earner's turn.
    """
    to = queries.account_of(earner=earner)
    if to is None or not to.is_ready:
        raise NotSetUp()
    if accounts.is_held(to, now):
        raise AccountHeld()
    if queries.is_under_way(earner=earner, currency=currency):
        raise PayoutUnderWay()
    minor = balances.payable(earner=earner, currency=currency, now=now)
    if not minor:
        raise NothingPayable()
    if agreed is not None and minor != agreed:
        raise BalanceChanged()
    way = {"how": "connect", "status": "pending", "account_id": to.account_id, "next_try_at": now + FIRST_LOOK}
    payout_id = _add(earner, minor, currency, now, actor, way)
    outbox.put("send_payout", now=now, payout_id=str(payout_id))
    return payout_id


def pay_by_hand(*, earner: Earner, currency: str, minor: int, note: str, actor: Actor, now: datetime) -> uuid.UUID:
    """An owner has paid the earner by another way, as much as they saw to be payable. Returns the payout's id.

    Raises NothingPayable for more than is payable now, PayoutUnderWay. Take the earner's turn.
    """
    if queries.is_under_way(earner=earner, currency=currency):
        raise PayoutUnderWay()
    if not 0 < minor <= balances.payable(earner=earner, currency=currency, now=now):
        raise NothingPayable("The balance has changed meanwhile: less can be paid out now. Nothing was written down.")
    payout_id = _add(earner, minor, currency, now, actor, {"how": "hand", "status": "paid", "paid_at": now}, note)
    messages.promise_sent(payout_id, now)
    return payout_id


def due_days(*, now: datetime) -> list[tuple[uuid.UUID, date]]:
    """Organizations whose last payout day wasn't seen to yet: (id, day)."""
    found = []
    for row in queries.scheduled():
        day = payouts.latest_day(Schedule(row.payout_schedule), row.payout_weekday, local_day(now, row.timezone))
        if day is not None and (row.last_day is None or row.last_day < day):
            found.append((row.id, day))
    return found


def finish_day(*, organization_id: uuid.UUID, day: date, now: datetime) -> None:
    """Everybody's payouts of the day are made."""
    insert_once(PayoutDay, "day", {"organization_id": organization_id, "day": day, "seen_to_at": now})


def change_settings(
    *, actor: Actor, settings: dict[str, Any], shares: Mapping[uuid.UUID, int | None], now: datetime
) -> None:
    """Who earns, with the shares of hosts and offerings, and the schedule."""
    earning.keep_shares(actor=actor, shares=shares, now=now)
    change_schedule(actor=actor, settings=settings, now=now)


def change_schedule(*, actor: Actor, settings: dict[str, Any], now: datetime) -> None:
    """Another schedule, minimum or holding time. A new schedule begins with its next day, not with one that is over."""
    organizations.change_settings(actor=actor, settings=settings, now=now)
    organization = db.session.get_one(Organization, actor.organization_id)
    today = local_day(now, organization.timezone)
    day = payouts.latest_day(Schedule(organization.payout_schedule), organization.payout_weekday, today)
    if day is not None:
        finish_day(organization_id=organization.id, day=day, now=now)


def _add(
    earner: Earner, minor: int, currency: str, now: datetime, actor: Actor | None, way: dict[str, Any], note: str = ""
) -> uuid.UUID:
    payout_id = uuid.uuid4()
    values = {
        "id": payout_id,
        "organization_id": earner.organization_id,
        "host_id": earner.host_id,
        "earner": earner.account,
        "amount_minor": minor,
        "currency": currency,
        "note": note.strip(),
        "actor_id": actor.user_id if actor else None,
        "made_at": now,
    }
    db.session.execute(insert(Payout).values(**values | way))
    book.post(
        ledger.paid_out(earner.account, minor, ledger.CARD),
        organization_id=earner.organization_id,
        currency=currency,
        source_id=payout_id,
        now=now,
    )
    said = {"status": way["status"], "amount_minor": minor, "currency": currency, "host_id": earner.host_id}
    audit.record(
        actor=actor or system(earner.organization_id), action="make" if way["how"] == "connect" else "pay_by_hand",
        object_type="payout", object_id=payout_id, now=now, after=said | ({"note": note.strip()} if note else {}),
    )  # fmt: skip
    return payout_id
