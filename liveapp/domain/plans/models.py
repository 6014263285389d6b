"""Plans, people's subscriptions to them, and credits: lots with their own expiry, and the ledger that moves them."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, Identified, one_of, only_where, same_organization
from liveapp.rules.lifecycle import SubscriptionStatus
from liveapp.rules.periods import PERIODS

PLAN_KINDS = ("pack", "period")
ENTRY_KINDS = ("grant", "consume", "return", "lapse", "revoke", "adjust")
MOST_CREDITS = 10_000


class Plan(Identified, Base):
    """What somebody can hold to book with.

    A `pack` gives its credits once, for `valid_days` days (empty: for ever); a `period` plan gives them anew at the
    start of each period. `class_credits` empty: unlimited. Quotas empty: none. `price_minor` in minor units of
    `currency`, empty: not said; `is_sold_online`: whoever is signed in buys it by card. A plan covers the programs of
    `plan_programs`, or all of them when there is none.
    """

    __tablename__ = "plans"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    kind: Mapped[str]
    class_credits: Mapped[int | None]
    valid_days: Mapped[int | None]
    period: Mapped[str | None]
    max_bookings_per_day: Mapped[int | None]
    max_bookings_per_week: Mapped[int | None]
    allow_overlapping_bookings: Mapped[bool] = mapped_column(default=False)
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str]
    is_sold_online: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("kind", PLAN_KINDS),
        one_of("period", PERIODS),
        CheckConstraint("(kind = 'period') = (period IS NOT NULL)", name="has_period"),
        CheckConstraint("kind = 'pack' OR valid_days IS NULL", name="valid_days_of_packs"),
        CheckConstraint("kind = 'period' OR class_credits IS NOT NULL OR valid_days IS NOT NULL", name="pack_ends"),
        CheckConstraint(f"class_credits BETWEEN 1 AND {MOST_CREDITS}", name="class_credits"),
        CheckConstraint("valid_days BETWEEN 1 AND 3660", name="valid_days"),
        CheckConstraint("max_bookings_per_day BETWEEN 1 AND 100", name="max_bookings_per_day"),
        CheckConstraint("max_bookings_per_week BETWEEN 1 AND 700", name="max_bookings_per_week"),
        CheckConstraint("price_minor >= 0", name="price_minor"),
        CheckConstraint("NOT is_sold_online OR coalesce(price_minor, 0) > 0", name="sold_online"),
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "name"),
    )


class PlanProgram(Base):
    """A program that a plan covers."""

    __tablename__ = "plan_programs"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    plan_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    program_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        same_organization("plan_id", "plans"),
        same_organization("program_id", "programs"),
    )


class Subscription(Identified, Base):
    """A person's subscription to a plan, from `first_day` on; days are the organization's.

    `starts_at` and `ends_at` (empty: open) are the instants between which it runs. `anchor_day` is the day that periods
    are counted from: `first_day`, later by every pause; `periods_granted` of them got their credits. Of a plan that is
    paid period by period, `paid_periods` of them are paid for, until `paid_until`, and only these count; both are empty
    where nobody asks for more money. It renews itself unless `ends_at` is said; `lacks_payment`: it is paused because
    the last renewal couldn't be charged, and goes on when that is paid. While it is paused
    (`paused_on`, until `resumes_on` if that is known) nothing can be booked with it; what it has left lasts as many
    days longer. `is_disputed`: a payment for it is disputed, so that nothing can be booked with it until the bank
    decides.
    """

    __tablename__ = "subscriptions"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    plan_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID]
    status: Mapped[str] = mapped_column(default="active")
    first_day: Mapped[date] = mapped_column(Date)
    anchor_day: Mapped[date] = mapped_column(Date)
    periods_granted: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    paid_periods: Mapped[int | None]
    paid_until: Mapped[datetime | None]
    lacks_payment: Mapped[bool] = mapped_column(default=False)
    is_disputed: Mapped[bool] = mapped_column(default=False)
    paused_on: Mapped[date | None] = mapped_column(Date)
    resumes_on: Mapped[date | None] = mapped_column(Date)
    end_reason: Mapped[str] = mapped_column(default="")
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]

    __table_args__ = (
        one_of("status", SubscriptionStatus),
        CheckConstraint("(status = 'paused') = (paused_on IS NOT NULL)", name="paused"),
        CheckConstraint("paused_on IS NOT NULL OR resumes_on IS NULL", name="resumes"),
        CheckConstraint("status <> 'ended' OR ends_at IS NOT NULL", name="ended"),
        CheckConstraint("paused_on < resumes_on", name="pause_extent"),
        CheckConstraint("paid_periods > 0", name="paid_periods"),
        CheckConstraint("NOT lacks_payment OR (status = 'paused' AND paid_periods > 0)", name="lacks_payment"),
        CheckConstraint("(paid_periods IS NULL) = (paid_until IS NULL)", name="paid_until"),
        UniqueConstraint("organization_id", "id"),
        same_organization("plan_id", "plans"),
        same_organization("user_id", "memberships", "user_id"),
        Index("ix_subscriptions_user_id", "user_id", "organization_id"),
        Index("ix_subscriptions_plan_id", "plan_id"),
        Index(
            "ix_subscriptions_paid_until", "paid_until", **only_where("status = 'active' AND paid_until IS NOT NULL")
        ),
        Index("ix_subscriptions_running", "ends_at", **only_where("status <> 'ended'")),
    )


class CreditLot(Identified, Base):
    """Credits that were given together and lapse together: usable for sessions from `valid_from` to before
    `expires_at` (empty: for ever).

    `balance` is the sum of the lot's entries: a trigger keeps it so, and its CHECK refuses to go below nothing.
    `period_day` is the first day of the period it was given for. `warned_days`: the last warning that people got.
    """

    __tablename__ = "credit_lots"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    subscription_id: Mapped[uuid.UUID]
    balance: Mapped[int] = mapped_column(default=0)
    period_day: Mapped[date] = mapped_column(Date)
    valid_from: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    warned_days: Mapped[int | None] = mapped_column(SmallInteger)
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("balance >= 0", name="balance"),
        CheckConstraint("valid_from <= expires_at", name="extent"),
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("subscription_id", "period_day"),
        same_organization("subscription_id", "subscriptions"),
        Index("ix_credit_lots_expires_at", "expires_at", **only_where("balance > 0")),
    )


class CreditEntry(Identified, Base):
    """One movement of credits; never changed, never taken away.

    `grant` gives, `consume` takes one for a booking (once each), `return` gives it back to the same lot (once each,
    `returns_id` names the consumption; one that takes it again names the return), `lapse` takes what nobody used in
    time, `revoke` what ended with the subscription, `adjust` is staff's correction, with a reason.
    """

    __tablename__ = "credit_entries"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    lot_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    delta: Mapped[int]
    booking_id: Mapped[uuid.UUID | None]
    returns_id: Mapped[uuid.UUID | None]
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]

    __table_args__ = (
        one_of("kind", ENTRY_KINDS),
        CheckConstraint(
            "CASE kind WHEN 'grant' THEN delta > 0 WHEN 'consume' THEN delta = -1 WHEN 'return' THEN delta = 1"
            " WHEN 'adjust' THEN delta <> 0 ELSE delta < 0 END",
            name="delta",
        ),
        CheckConstraint("(kind IN ('consume', 'return')) = (booking_id IS NOT NULL)", name="booking"),
        CheckConstraint(
            "CASE kind WHEN 'return' THEN returns_id IS NOT NULL WHEN 'consume' THEN true ELSE returns_id IS NULL END",
            name="returns",
        ),
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("returns_id"),
        same_organization("lot_id", "credit_lots"),
        same_organization("booking_id", "bookings"),
        same_organization("returns_id", "credit_entries"),
        Index("ix_credit_entries_lot_id", "lot_id", "at"),
        Index(
            "uq_credit_entries_consumption",
            "booking_id",
            unique=True,
            **only_where("kind = 'consume' AND returns_id IS NULL"),
        ),
    )
