"""Payouts: where hosts and the business get what they earned, and each time that they did."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, Identified, one_of, only_where, same_organization
from liveapp.rules.lifecycle import PayoutStatus

UNDER_WAY = ("pending", "processing")
WAYS = ("connect", "hand")

_UNDER_WAY_SQL = "status IN ('pending', 'processing')"
_EARNER_SQL = "(host_id IS NULL) = (earner = 'business')"


class PayoutAccount(Identified, Base):
    """Where a host (none: the business itself) is paid: their account with the provider, in one organization.

    `account_id` is empty until the provider made it. `missing` is what the provider still asks for, `bank_failure` why
    their bank refused the last money that the provider sent there. `bank` is the provider's mark of the bank account
    that the money goes on to; after it was changed nothing is sent there until `held_until`.
    """

    __tablename__ = "payout_accounts"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    host_id: Mapped[uuid.UUID | None]
    earner: Mapped[str]
    account_id: Mapped[str | None] = mapped_column(unique=True)
    is_ready: Mapped[bool] = mapped_column(default=False)
    missing: Mapped[list[Any]] = mapped_column(default=list)
    bank_failure: Mapped[str] = mapped_column(default="")
    bank: Mapped[str] = mapped_column(default="")
    held_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("NOT is_ready OR account_id IS NOT NULL", name="is_ready"),
        CheckConstraint(_EARNER_SQL, name="earner"),
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "earner"),
        same_organization("host_id", "memberships", "user_id"),
    )


class Payout(Identified, Base):
    """What an earner is paid of what they are owed, in minor units of `currency`. `earner` is their account in the
    book, `host_id` the host (none: the business itself).

    `pending`: to be sent, or waiting for funds. `processing`: the provider was asked, and what came of it isn't
    recorded yet. `paid`. `failed`: it wasn't sent, or came back as a whole: they are owed it again. One that is under
    way is looked after at `next_try_at`. `attempts` is part of the key that the provider is asked by since `asked_at`;
    it rises after each answer that is a no or an error. `reversed_minor` of it came back.
    """

    __tablename__ = "payouts"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    host_id: Mapped[uuid.UUID | None]
    earner: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    status: Mapped[str]
    how: Mapped[str]
    account_id: Mapped[str | None]
    provider_id: Mapped[str | None] = mapped_column(unique=True)
    failure: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    reversed_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    note: Mapped[str] = mapped_column(default="")
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("status", PayoutStatus),
        one_of("how", WAYS),
        CheckConstraint(_EARNER_SQL, name="earner"),
        CheckConstraint("amount_minor > 0", name="amount_minor"),
        CheckConstraint("reversed_minor BETWEEN 0 AND amount_minor", name="reversed_minor"),
        CheckConstraint("status <> 'paid' OR paid_at IS NOT NULL", name="paid_at"),
        CheckConstraint(f"({_UNDER_WAY_SQL}) = (next_try_at IS NOT NULL)", name="next_try_at"),
        CheckConstraint("status <> 'processing' OR asked_at IS NOT NULL", name="asked_at"),
        CheckConstraint("(how = 'connect') = (account_id IS NOT NULL)", name="account_id"),
        UniqueConstraint("organization_id", "id"),
        same_organization("host_id", "memberships", "user_id"),
        Index(
            "uq_payouts_under_way", "organization_id", "earner", "currency", unique=True, **only_where(_UNDER_WAY_SQL)
        ),
        Index("ix_payouts_next_try", "next_try_at", **only_where(_UNDER_WAY_SQL)),
        Index("ix_payouts_organization", "organization_id", "made_at", "id"),
        Index("ix_payouts_earner", "organization_id", "earner", "made_at", "id"),
    )


class PayoutReversal(Identified, Base):
    """A part of a payout that came back after it was paid, as the provider has it: once each."""

    __tablename__ = "payout_reversals"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    payout_id: Mapped[uuid.UUID]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    provider_id: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_minor"),
        UniqueConstraint("organization_id", "id"),
        same_organization("payout_id", "payouts"),
        Index("ix_payout_reversals_payout_id", "payout_id"),
    )


class PayoutDay(Base):
    """A payout day of an organization that was seen to: everybody's payouts of that day are made."""

    __tablename__ = "payout_days"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    seen_to_at: Mapped[datetime]
