"""Organizations, people, and a person's role in an organization."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, Identified, ZoneName, one_of, only_where
from liveapp.rules.earning import Earns

STAFF_ROLES = ("owner", "admin", "coach")
ROLES = (*STAFF_ROLES, "member")
ATTEMPTS = ("roles", "money", "other_organization")
PAYMENT_PROVIDERS = ("none", "desk", "stripe")
PAYOUT_SCHEDULES = ("weekly", "monthly", "by_hand")
PERCENTAGES = (
    "partial_refund_percent",
    "no_show_wait_percent",
    "min_payable_percent",
    "no_show_percent",
    "no_show_refund_percent",
    "late_cancel_fee_percent",
    "no_show_fee_percent",
)


class Organization(Identified, Base):
    """A business and its policies. Hours and minutes as named; `week_start` 0 = Monday … 6 = Sunday.

    `payment_provider` says how people pay: `none` (not through here: plans and prices ask nothing of anybody), `desk`
    (the business takes the money itself) or `stripe` (by card, before the place is theirs). Of money paid by card all
    comes back until `free_cancellation_hours` before the start, `partial_refund_percent` until `partial_refund_hours`.

    Of a meeting's length the host waits `no_show_wait_percent` for the guest, and is paid in full who ends it after
    `min_payable_percent`. A guest who didn't come pays `no_show_percent` of the price afterwards; who paid before
    gets `no_show_refund_percent` back. Fees of bookings that nothing else is paid for: a fixed sum in minor units of
    `currency`, or a percentage of the session's price. Who earns what is paid by card is said by `earns`
    (rules/earning.py); `host_share_percent` is for hosts and offerings without a share of their own. What hosts earned
    is paid out by `payout_schedule` (weekly ones on `payout_weekday`), at the earliest `payout_holding_days` after the
    session, from `payout_minimum_minor` on.

    People check in from `check_in_opens_minutes` before the start, are late who come more than `late_after_minutes`
    after it, and in person count as not having come `no_show_after_minutes` after the end. Of who comes to sessions
    that they don't lead, coaches read names and states only, unless `coaches_read_rosters`.
    """

    __tablename__ = "organizations"

    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    timezone: Mapped[str] = mapped_column(ZoneName)
    currency: Mapped[str] = mapped_column(default="USD")
    locale: Mapped[str] = mapped_column(default="en")
    contact_email: Mapped[str]
    colour: Mapped[str | None]
    logo_url: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    week_start: Mapped[int] = mapped_column(SmallInteger, default=0)
    cancellation_window_hours: Mapped[int] = mapped_column(default=24)
    allow_late_cancellation: Mapped[bool] = mapped_column(default=False)
    booking_cutoff_minutes: Mapped[int] = mapped_column(default=0)
    promotion_cutoff_minutes: Mapped[int] = mapped_column(default=60)
    promotion_grace_minutes: Mapped[int] = mapped_column(default=30)
    offer_minutes: Mapped[int] = mapped_column(default=120)
    count_late_cancellations: Mapped[bool] = mapped_column(default=True)
    count_no_shows: Mapped[bool] = mapped_column(default=True)
    credit_extension_days: Mapped[int] = mapped_column(default=14)
    payment_provider: Mapped[str] = mapped_column(default="none")
    free_cancellation_hours: Mapped[int] = mapped_column(default=24)
    partial_refund_hours: Mapped[int] = mapped_column(default=12)
    partial_refund_percent: Mapped[int] = mapped_column(default=50)
    no_show_wait_percent: Mapped[int] = mapped_column(default=33)
    min_payable_percent: Mapped[int] = mapped_column(default=66)
    no_show_percent: Mapped[int] = mapped_column(default=50)
    no_show_refund_percent: Mapped[int] = mapped_column(default=0)
    late_cancel_fee_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    late_cancel_fee_percent: Mapped[int] = mapped_column(default=0)
    no_show_fee_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    no_show_fee_percent: Mapped[int] = mapped_column(default=0)
    earns: Mapped[str] = mapped_column(default="automatic")
    host_share_percent: Mapped[int] = mapped_column(default=50)
    payout_schedule: Mapped[str] = mapped_column(default="weekly")
    payout_weekday: Mapped[int] = mapped_column(SmallInteger, default=0)
    payout_holding_days: Mapped[int] = mapped_column(default=3)
    payout_minimum_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    join_window_minutes: Mapped[int] = mapped_column(default=5)
    coaches_read_rosters: Mapped[bool] = mapped_column(default=False)
    check_in_opens_minutes: Mapped[int] = mapped_column(default=30)
    late_after_minutes: Mapped[int] = mapped_column(default=5)
    no_show_after_minutes: Mapped[int] = mapped_column(default=15)
    request_expiry_hours: Mapped[int] = mapped_column(default=48)
    min_session_duration: Mapped[int | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("week_start BETWEEN 0 AND 6", name="week_start"),
        CheckConstraint("cancellation_window_hours BETWEEN 0 AND 8760", name="cancellation_window_hours"),
        CheckConstraint("promotion_cutoff_minutes BETWEEN 0 AND 525600", name="promotion_cutoff_minutes"),
        CheckConstraint("promotion_grace_minutes BETWEEN 0 AND 10080", name="promotion_grace_minutes"),
        CheckConstraint("offer_minutes BETWEEN 1 AND 10080", name="offer_minutes"),
        CheckConstraint("credit_extension_days BETWEEN 0 AND 3660", name="credit_extension_days"),
        one_of("payment_provider", PAYMENT_PROVIDERS),
        CheckConstraint("partial_refund_hours BETWEEN 0 AND free_cancellation_hours", name="refund_hours"),
        CheckConstraint("free_cancellation_hours <= 8760", name="free_cancellation_hours"),
        *(CheckConstraint(f"{percent} BETWEEN 0 AND 100", name=percent) for percent in PERCENTAGES),
        CheckConstraint("late_cancel_fee_minor >= 0 AND no_show_fee_minor >= 0", name="fees"),
        one_of("earns", Earns),
        CheckConstraint("host_share_percent BETWEEN 0 AND 100", name="host_share_percent"),
        one_of("payout_schedule", PAYOUT_SCHEDULES),
        CheckConstraint("payout_weekday BETWEEN 0 AND 6", name="payout_weekday"),
        CheckConstraint("payout_holding_days BETWEEN 0 AND 365", name="payout_holding_days"),
        CheckConstraint("payout_minimum_minor >= 0", name="payout_minimum_minor"),
        CheckConstraint("booking_cutoff_minutes BETWEEN 0 AND 525600", name="booking_cutoff_minutes"),
        CheckConstraint("check_in_opens_minutes BETWEEN 0 AND 1440", name="check_in_opens_minutes"),
        CheckConstraint("late_after_minutes BETWEEN 0 AND 1440", name="late_after_minutes"),
        CheckConstraint("no_show_after_minutes BETWEEN 0 AND 1440", name="no_show_after_minutes"),
        CheckConstraint("join_window_minutes BETWEEN 0 AND 1440", name="join_window_minutes"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="coordinates"),
        CheckConstraint("length(currency) = 3", name="currency"),
    )


class User(Identified, Base):
    """A person. Without a password they are a guest, found again by e-mail; the address is kept in lower case. Whoever
    walked in may be known by name only (no `email`), until somebody completes it.

    `sign_in_nonce` is part of every mailed link and changes when one is used, so that each works once.
    """

    __tablename__ = "users"

    email: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    email_verified_at: Mapped[datetime | None]
    sign_in_nonce: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4)
    timezone: Mapped[str | None] = mapped_column(ZoneName)
    locale: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("password_hash IS NULL OR email IS NOT NULL", name="account_email"),
    )


class SignUp(Identified, Base):
    """Somebody who wants an account, and perhaps found an organization, and hasn't proved the address yet.

    Nothing else exists before the mailed link is used. The password belongs to whoever signed up: the link alone,
    opened elsewhere, asks for it, so that nobody can set up an account for a stranger's address.
    """

    __tablename__ = "sign_ups"

    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    timezone: Mapped[str] = mapped_column(ZoneName)
    locale: Mapped[str]
    organization_name: Mapped[str | None]
    currency: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("(organization_name IS NULL) = (currency IS NULL)", name="organization"),
        Index("ix_sign_ups_email", "email"),
    )


class Membership(Identified, Base):
    """A person's role in an organization. `slug` is the host's public name in addresses; ended ones keep history."""

    __tablename__ = "memberships"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str]
    slug: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    bio: Mapped[str] = mapped_column(default="")
    share_percent: Mapped[int | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("role", ROLES),
        CheckConstraint("share_percent BETWEEN 0 AND 100", name="share_percent"),
        UniqueConstraint("organization_id", "user_id"),
        UniqueConstraint("organization_id", "slug"),
        Index("ix_memberships_user_id", "user_id"),
    )


class Invitation(Identified, Base):
    """An address invited to join with a role; the mailed link carries its id, signed."""

    __tablename__ = "invitations"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    email: Mapped[str]
    role: Mapped[str]
    invited_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("role", ROLES),
        Index(
            "uq_invitations_open",
            "organization_id",
            "email",
            unique=True,
            **only_where("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
    )


class SignIn(Identified, Base):
    """One signed-in browser. The cookie holds only this id; ending the row ends the cookie at once.

    `organization_id` is what lists and the dashboard show; the rights on an object come from the object's own.
    `used_at`: when the browser was last seen, to a day.
    """

    __tablename__ = "sign_ins"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organizations.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(default="")
    used_at: Mapped[datetime]

    __table_args__ = (Index("ix_sign_ins_user_id", "user_id"),)


class RefusedAttempt(Identified, Base):
    """Somebody who is signed in was refused, `number` times on a day (UTC): on a page about `roles` or `money` of an
    organization that they belong to, or anything of one that they don't (`other_organization`)."""

    __tablename__ = "refused_attempts"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    endpoint: Mapped[str]
    day: Mapped[date] = mapped_column(Date)
    number: Mapped[int]
    last_at: Mapped[datetime]
    address: Mapped[str | None]

    __table_args__ = (
        one_of("kind", ATTEMPTS),
        CheckConstraint("number > 0", name="number"),
        UniqueConstraint("organization_id", "user_id", "kind", "endpoint", "day"),
        Index("ix_refused_attempts_organization", "organization_id", "last_at"),
    )
