"""Money: what people pay and get back, and the book that all of it is written to."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, Identified, one_of, only_where, same_organization
from liveapp.rules import ledger
from liveapp.rules.money import WHOLE
from liveapp.rules.payment_states import PaymentStatus, RefundStatus

PURPOSES = ("booking", "plan", "renewal", "late_cancel", "no_show", "mismatch")
METHODS = ("card", "desk")
UNDER_WAY = ("open", "charging")
"""Somebody is on the provider's page, or the card is being asked: what comes of it isn't known."""
UNCHARGED = ("scheduled", "declined", "unpaid")
"""Nothing came in, and nothing is under way: what is asked for can be changed, or kept for a decision."""
REFUSED = ("declined", "unpaid")
"""The card was declined: the person can pay themselves."""
DUE = ("scheduled", "charging", "declined")
"""Looked after at `due_at`."""
REFUND_KINDS = ("policy", "business", "staff", "late", "console", "dispute", "mismatch")
HOLD_KINDS = ("early_end", "host_absent", "dispute")
HOLD_OUTCOMES = ("full", "part", "waived", "won", "lost")
_CHARGES_SQL = "status <> 'dropped' AND (method = 'card' OR claimed_minor < captured_minor) AND purpose <> 'mismatch'"
"""What is recorded at the desk and taken back in full was no charge: it can be recorded anew."""


class Payment(Identified, Base):
    """One thing that somebody pays for, of the price agreed, in minor units of `currency`.

    `open`: they are on the provider's page (until `expires_at`). `scheduled`: a card is there, charged at `due_at`.
    `charging`: the call is under way, and what came of it isn't recorded yet; looked after at `due_at`. `review`: not
    charged before a person decides about its hold. `paid`. `declined`: asked for again at `due_at`. `unpaid`: given up
    on, for staff to see. `dropped`: never charged.

    `captured_minor` came in, `claimed_minor` goes back or went back (refunds that didn't fail). `fee_hundredths` is the
    platform's part on the day it was made; what comes back of it its booking says. `earner_id` is the host who earns
    it, none: the business itself; `share_hundredths` is their part of what the fee leaves, the rest is the business's.
    `sale` is what the provider's page says (title, email, home: where it leads back to; saves: it saves a card instead
    of taking money; note: what is charged to it later, and when; keeps_card: it also saves the card that pays; terms:
    those of a plan at the click), kept as it was first asked for: asked again with other words under one key, the
    provider refuses.
    `card_id` is the saved card that is charged; the `due_at` of a scheduled one follows the end of its session (a
    trigger keeps it so). `declines` counts how often the card was declined. `key_number` is in the key of every call
    for it: a new one only when it is certain that nothing was charged under the last.
    A `mismatch` is money that came in for another payment and isn't what was asked for; it is given back.
    """

    __tablename__ = "payments"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    booking_id: Mapped[uuid.UUID | None]
    subscription_id: Mapped[uuid.UUID | None]
    plan_id: Mapped[uuid.UUID | None]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    earner_id: Mapped[uuid.UUID | None]
    share_hundredths: Mapped[int] = mapped_column(default=WHOLE)
    card_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cards.id"))
    purpose: Mapped[str]
    method: Mapped[str]
    status: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    fee_hundredths: Mapped[int]
    captured_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    claimed_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    declines: Mapped[int] = mapped_column(default=0)
    key_number: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    sale: Mapped[dict[str, Any]] = mapped_column(default=dict)
    checkout_id: Mapped[str | None] = mapped_column(unique=True)
    intent_id: Mapped[str | None] = mapped_column(unique=True)
    failure: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("purpose", PURPOSES),
        one_of("method", METHODS),
        one_of("status", PaymentStatus),
        CheckConstraint("amount_minor > 0", name="amount_minor"),
        CheckConstraint("captured_minor BETWEEN 0 AND amount_minor", name="captured_minor"),
        CheckConstraint("claimed_minor BETWEEN 0 AND captured_minor", name="claimed_minor"),
        CheckConstraint("(status = 'paid') = (captured_minor > 0)", name="paid"),
        CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name="paid_at"),
        CheckConstraint("status NOT IN ('scheduled', 'charging', 'declined') OR due_at IS NOT NULL", name="due_at"),
        CheckConstraint(f"fee_hundredths BETWEEN 0 AND {WHOLE}", name="fee_hundredths"),
        CheckConstraint(f"share_hundredths BETWEEN 0 AND {WHOLE}", name="share_hundredths"),
        CheckConstraint(
            "purpose = 'mismatch' OR (purpose IN ('plan', 'renewal')) = (booking_id IS NULL)", name="about"
        ),
        UniqueConstraint("organization_id", "id"),
        same_organization("booking_id", "bookings"),
        same_organization("subscription_id", "subscriptions"),
        same_organization("plan_id", "plans"),
        same_organization("earner_id", "memberships", "user_id"),
        Index(
            "uq_payments_one_charge",
            "booking_id",
            "purpose",
            unique=True,
            **only_where(_CHARGES_SQL),
        ),
        Index(
            "uq_payments_one_purchase",
            "user_id",
            "plan_id",
            unique=True,
            **only_where("purpose = 'plan' AND status = 'open'"),
        ),
        Index(
            "uq_payments_one_renewal",
            "subscription_id",
            unique=True,
            **only_where("purpose = 'renewal' AND status NOT IN ('paid', 'dropped')"),
        ),
        Index("uq_payments_one_sale", "subscription_id", unique=True, **only_where("purpose = 'plan'")),
        Index("ix_payments_booking_id", "booking_id"),
        Index("ix_payments_subscription_id", "subscription_id"),
        Index("ix_payments_user_id", "user_id", "created_at"),
        Index("ix_payments_organization", "organization_id", "created_at", "id"),
        Index("ix_payments_status", "organization_id", "status", "created_at", "id"),
        Index("ix_payments_due", "due_at", **only_where("status IN ('scheduled', 'charging', 'declined')")),
        Index("ix_payments_open", "expires_at", **only_where("status = 'open'")),
    )


class Payer(Base):
    """A person as the card provider knows them: one customer, whatever organizations they pay."""

    __tablename__ = "payers"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    customer_id: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class Card(Identified, Base):
    """A card that a person saved with the provider: what is shown of it. Its number never comes here.

    `is_kept`: it is theirs to pay with again. Else somebody saved it who hadn't shown that they are this person: it
    pays for that one booking only, and stands with the provider under a customer of its own.
    """

    __tablename__ = "cards"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    customer_id: Mapped[str]
    provider_id: Mapped[str] = mapped_column(unique=True)
    is_kept: Mapped[bool]
    brand: Mapped[str]
    last4: Mapped[str]
    exp_month: Mapped[int] = mapped_column(SmallInteger)
    exp_year: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("length(last4) = 4", name="last4"),
        CheckConstraint("exp_month BETWEEN 1 AND 12", name="exp_month"),
        Index("ix_cards_user_id", "user_id"),
    )


class WebhookEvent(Base):
    """An event that the provider told of, once. Which object it is about is kept, not what it said: whoever handles it
    reads the object as it is now, so that events may come in any order."""

    __tablename__ = "webhook_events"

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    object_id: Mapped[str]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]


class Refund(Identified, Base):
    """One attempt to give money back to what it was paid with. Its id is the key that makes the provider do it once.

    `asked`: to be sent. `pending`: the provider has it. `done`. `failed`: it didn't arrive, and the money is here
    again, which can happen to one that was done, too. `kind`: by the policy, because the business cancelled, by staff,
    for money that came too late, made in the provider's own console, or taken by a dispute that was lost. `retries_id`
    is the refund that failed before this one: each is tried anew once.
    """

    __tablename__ = "refunds"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    payment_id: Mapped[uuid.UUID]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default="asked")
    reason: Mapped[str] = mapped_column(default="")
    provider_id: Mapped[str | None] = mapped_column(unique=True)
    failure: Mapped[str] = mapped_column(default="")
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    retries_id: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("kind", REFUND_KINDS),
        one_of("status", RefundStatus),
        CheckConstraint("amount_minor > 0", name="amount_minor"),
        CheckConstraint("status = 'failed' OR (status = 'done') = (done_at IS NOT NULL)", name="done_at"),
        CheckConstraint("(status = 'failed') = (failed_at IS NOT NULL)", name="failed_at"),
        UniqueConstraint("organization_id", "id"),
        same_organization("payment_id", "payments"),
        same_organization("retries_id", "refunds"),
        Index("ix_refunds_payment_id", "payment_id"),
        Index("ix_refunds_failed", "organization_id", **only_where("status = 'failed'")),
    )


class PaymentHold(Identified, Base):
    """A matter about a payment that a person, or the card company, has to decide: until then it isn't charged, or what
    the host earned by it (`held_minor`) isn't paid out.

    `early_end`: the host ended before the minutes that are paid in full. `host_absent`: the guest says that the host
    didn't come. `dispute`: the payer asked their bank for the money; `provider_id` is its name there.
    """

    __tablename__ = "payment_holds"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    payment_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    words: Mapped[str] = mapped_column(default="")
    held_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    provider_id: Mapped[str | None] = mapped_column(unique=True)
    opened_at: Mapped[datetime]
    opened_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        one_of("kind", HOLD_KINDS),
        one_of("outcome", HOLD_OUTCOMES),
        CheckConstraint("held_minor >= 0", name="held_minor"),
        CheckConstraint("(decided_at IS NULL) = (outcome IS NULL)", name="decided"),
        UniqueConstraint("organization_id", "id"),
        same_organization("payment_id", "payments"),
        Index("uq_payment_holds_open", "payment_id", "kind", unique=True, **only_where("decided_at IS NULL")),
        Index("ix_payment_holds_payment_id", "payment_id"),
        Index("ix_payment_holds_organization", "organization_id", "opened_at", "id"),
    )


class LedgerEntry(Base):
    """A transfer of `amount_minor` from the debited to the credited account; never changed, never taken away.

    Both sides stand in one row of one organization and one currency, so that no sum over all accounts is ever other
    than zero. `source_id` is the payment, refund or payout that caused it: once for each kind.
    """

    __tablename__ = "ledger_entries"

    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    kind: Mapped[str]
    debit: Mapped[str]
    credit: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    source_id: Mapped[uuid.UUID]
    at: Mapped[datetime]

    __table_args__ = (
        one_of("kind", ledger.KINDS),
        CheckConstraint("amount_minor > 0", name="amount_minor"),
        CheckConstraint("debit <> credit", name="two_accounts"),
        UniqueConstraint("source_id", "kind"),
        Index("ix_ledger_entries_debit", "organization_id", "debit", "currency"),
        Index("ix_ledger_entries_credit", "organization_id", "credit", "currency"),
    )
