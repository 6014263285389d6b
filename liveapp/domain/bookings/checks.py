"""What must be true of people's bookings at every moment."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased

from liveapp.db import db
from liveapp.domain.accounts.models import STAFF_ROLES, Membership
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings.models import BY_CARD, Booking
from liveapp.domain.plans.models import Plan, Subscription

CONFIRMED = ("confirmed", "attended")


def one_at_a_time(_now: datetime) -> Iterator[str]:
    """I2: nobody got a place by paying for it while they had another at that time, unless a plan of theirs allows two,
    or a session was moved since."""
    for row in db.session.execute(_at_one_time()):
        paid_at = _last_change(row.id, "pay")
        if paid_at is None or row.other_made_at > paid_at:
            continue
        if _was_moved([row.session_id, row.other_session_id], paid_at):
            continue
        other_paid_at = _last_change(row.other_id, "pay")
        if other_paid_at is None or other_paid_at <= paid_at:
            yield f"booking {row.id} was paid for while {row.other_id} of the same person was confirmed at that time"


def _at_one_time() -> Select[*tuple[Any, ...]]:
    """Confirmed bookings that were paid for by card, beside another of the person's at that time: id, session_id;
    other_id, other_session_id, other_made_at. Staff, and people whose plans allow two at a time, are left out."""
    other = aliased(Booking)
    is_staff = select(Membership.id).where(
        Membership.user_id == Booking.user_id,
        Membership.organization_id == Booking.organization_id,
        Membership.role.in_(STAFF_ROLES),
    )
    allows_two = (
        select(Subscription.id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .where(Subscription.user_id == Booking.user_id, Plan.organization_id == Booking.organization_id)
        .where(Plan.allow_overlapping_bookings)
    )
    return (
        select(
            Booking.id, Booking.session_id,
            other.id.label("other_id"), other.session_id.label("other_session_id"),
            other.created_at.label("other_made_at"),
        )
        .join(other, and_(other.user_id == Booking.user_id, other.session_id != Booking.session_id))
        .where(Booking.starts_at < other.ends_at, other.starts_at < Booking.ends_at)
        .where(Booking.status.in_(CONFIRMED), other.status.in_(CONFIRMED), Booking.paid_by.in_(BY_CARD))
        .where(~is_staff.exists(), ~allows_two.exists())
    )  # fmt: skip


def _last_change(booking_id: uuid.UUID, action: str) -> datetime | None:
    entries = select(func.max(AuditEntry.at)).where(
        AuditEntry.object_type == "booking", AuditEntry.object_id == booking_id, AuditEntry.action == action
    )
    return db.session.execute(entries).scalar_one()


def _was_moved(session_ids: list[uuid.UUID], since: datetime) -> bool:
    """Whether the time of one of the sessions was changed from then on."""
    entries = select(AuditEntry.after).where(
        AuditEntry.object_type == "session", AuditEntry.object_id.in_(session_ids), AuditEntry.at >= since
    )
    return any("scheduled_at" in after for after in db.session.execute(entries).scalars())
