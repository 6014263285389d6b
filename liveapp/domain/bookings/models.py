"""Bookings: one person's place in a session."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import AnyRow, Base, Identified, ZoneName, one_of, only_where, same_organization
from liveapp.domain.accounts.models import PERCENTAGES
from liveapp.rules.checkin import Way
from liveapp.rules.lifecycle import HOLDING, BookingStatus

LIVE = (*HOLDING, "waitlisted")
BY_CARD = ("at_booking", "after_session")
"""Ways to pay that need the provider's page before the place is the person's."""
PAID_BY = ("free", "credit", "at_booking", "after_session", "at_desk")
CARD_FEES = ("late_cancel_fee_minor", "late_cancel_fee_percent", "no_show_fee_minor", "no_show_fee_percent")
"""Fees are charged to cards: where a business takes none there are none."""
TERMS = (
    "cancellation_window_hours",
    "allow_late_cancellation",
    "promotion_grace_minutes",
    "free_cancellation_hours",
    "partial_refund_hours",
    "partial_refund_percent",
    "no_show_wait_percent",
    "min_payable_percent",
    "no_show_percent",
    "no_show_refund_percent",
    *CARD_FEES,
    "count_late_cancellations",
    "count_no_shows",
    "credit_extension_days",
)
"""Settings of a business that can cost who books: every booking keeps them as they were when it was made, and whatever
is worked out for it reads them there."""
_LIVE_SQL = "status IN ({})".format(", ".join(f"'{word}'" for word in LIVE))


class Booking(Identified, Base):
    """One person's place in a session, with the price and the terms that it was made under (`TERMS`, as the
    organization names them). `price_minor` is what is to be paid, `list_price_minor` and `plan_only` what the place
    cost anybody then.

    `name` is what the person wrote; `waitlist_position` rises and is never reused within a session (order in line).
    `starts_at` and `ends_at` are the session's, kept so by the foreign key: what a person has at a time is read from
    bookings alone. `is_known`: whoever booked had shown that they are this person, or was staff; else what the person
    holds pays for nothing by itself. `revision` + the session's `revision` is the SEQUENCE of the person's calendar
    entry. `reschedules` counts the person's own moves. `subscription_id` is the plan that pays.
    `replaces_id` is the booking that this one takes the place of once it is paid for, or accepted,
    as its person moves.
    `counts_from` is an earlier start by which cancelling is judged, as they moved away from it too late, and
    `kept_minor` what cancelling would have kept then: so much isn't given back by their cancelling.
    `topic_group` is the host's name for what the person and others suggested.

    For requests: `expires_at`, and `proposed_at` once the host proposed the session's present time instead of
    `requested_start`. A waiting booking with `expires_at` is offered a place, which is held for it until then; a held
    one is being paid for until then.
    `promoted_at`: the place came from the waiting list; `passed_over`: why it didn't yet; `told_free_at`: told that a
    place is free for anybody. `undone_at`: it costs nothing from then on, whatever its terms say: its holder took it
    back just after booking, or the business cancelled the session after they had cancelled late. `waived_at`: staff
    forgave a late cancel or no-show. `link_nonce` is in the booking's link once a new one was sent (empty until then);
    links without the present one are ended. `checked_in_at` and `checked_in_how`: when and by which way the person
    came in. Hours and minutes as named; money in minor units of `currency`.
    """

    __tablename__ = "bookings"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    session_id: Mapped[uuid.UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    is_known: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str]
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    list_price_minor: Mapped[int | None] = mapped_column(BigInteger)
    plan_only: Mapped[bool]
    currency: Mapped[str]
    paid_by: Mapped[str] = mapped_column(default="free")
    subscription_id: Mapped[uuid.UUID | None]
    replaces_id: Mapped[uuid.UUID | None]
    counts_from: Mapped[datetime | None]
    kept_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    timezone: Mapped[str] = mapped_column(ZoneName)
    locale: Mapped[str] = mapped_column(default="en")
    suggested_topic: Mapped[str] = mapped_column(default="")
    topic_group: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    waitlist_position: Mapped[int | None]
    passed_over: Mapped[str] = mapped_column(default="")
    told_free_at: Mapped[datetime | None]
    promoted_at: Mapped[datetime | None]
    promotion_grace_minutes: Mapped[int]
    cancellation_window_hours: Mapped[int]
    allow_late_cancellation: Mapped[bool]
    free_cancellation_hours: Mapped[int]
    partial_refund_hours: Mapped[int]
    partial_refund_percent: Mapped[int]
    no_show_wait_percent: Mapped[int]
    min_payable_percent: Mapped[int]
    no_show_percent: Mapped[int]
    no_show_refund_percent: Mapped[int]
    late_cancel_fee_minor: Mapped[int] = mapped_column(BigInteger)
    late_cancel_fee_percent: Mapped[int]
    no_show_fee_minor: Mapped[int] = mapped_column(BigInteger)
    no_show_fee_percent: Mapped[int]
    count_late_cancellations: Mapped[bool]
    count_no_shows: Mapped[bool]
    credit_extension_days: Mapped[int]
    reschedules: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    requested_start: Mapped[datetime | None]
    proposed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")
    checked_in_at: Mapped[datetime | None]
    checked_in_how: Mapped[str | None]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    cancel_reason: Mapped[str] = mapped_column(default="")
    cancelled_late: Mapped[bool | None]
    undone_at: Mapped[datetime | None]
    waived_at: Mapped[datetime | None]
    staff_note: Mapped[str] = mapped_column(default="")
    link_nonce: Mapped[uuid.UUID | None]

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        ForeignKeyConstraint(
            ["organization_id", "session_id", "starts_at", "ends_at"],
            ["sessions.organization_id", "sessions.id", "sessions.scheduled_at", "sessions.ends_at"],
            onupdate="CASCADE",
        ),
        same_organization("subscription_id", "subscriptions"),
        same_organization("replaces_id", "bookings"),
        one_of("status", BookingStatus),
        one_of("paid_by", PAID_BY),
        CheckConstraint("(status = 'waitlisted') = (waitlist_position IS NOT NULL)", name="waitlist_position"),
        CheckConstraint("expires_at IS NULL OR status IN ('requested', 'held', 'waitlisted')", name="expires_at"),
        CheckConstraint("status <> 'held' OR expires_at IS NOT NULL", name="held"),
        one_of("checked_in_how", Way),
        CheckConstraint("(checked_in_at IS NULL) = (checked_in_how IS NULL)", name="checked_in"),
        CheckConstraint("checked_in_at IS NULL OR confirmed_at IS NOT NULL", name="checked_in_confirmed"),
        CheckConstraint("undone_at IS NULL OR status = 'cancelled'", name="undone"),
        CheckConstraint("price_minor >= 0", name="price_minor"),
        CheckConstraint("list_price_minor >= 0", name="list_price_minor"),
        CheckConstraint("kept_minor >= 0", name="kept_minor"),
        CheckConstraint("NOT plan_only OR list_price_minor IS NULL", name="plan_only"),
        CheckConstraint("partial_refund_hours BETWEEN 0 AND free_cancellation_hours", name="refund_hours"),
        *(CheckConstraint(f"{percent} BETWEEN 0 AND 100", name=percent) for percent in PERCENTAGES),
        CheckConstraint("late_cancel_fee_minor >= 0 AND no_show_fee_minor >= 0", name="fees"),
        CheckConstraint("reschedules >= 0", name="reschedules"),
        Index("uq_bookings_one_place", "session_id", "user_id", unique=True, **only_where(_LIVE_SQL)),
        Index("ix_bookings_session_id", "session_id", "created_at"),
        Index("ix_bookings_user_id", "user_id", "starts_at", "id"),
        Index("ix_bookings_organization", "organization_id", "created_at", "id"),
        Index("ix_bookings_expires_at", "expires_at", **only_where("expires_at IS NOT NULL")),
        Index("ix_bookings_line", "session_id", "waitlist_position", **only_where("status = 'waitlisted'")),
    )


def is_given_back_whole(booking: AnyRow) -> bool:
    """Whether all that a cancelled booking cost comes back, whatever its terms say: the business cancelled it, or its
    session, or its holder took it back at once."""
    return booking.cancelled_by != booking.user_id or booking.undone_at is not None
