"""Reading bookings: one in full, and lists of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import Label, exists, func, select
from sqlalchemy.orm import aliased

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Membership, Organization, User
from liveapp.domain.bookings.access import readable
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Location, Offering
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.plans.models import CreditEntry, Plan, Subscription

Host = aliased(User)
HostMembership = aliased(Membership)


def booking(*, booking_id: uuid.UUID) -> AnyRow:
    """A booking with everything its page and its mails say. Raises NotFound.

    Columns: every column of bookings; email; is_guest (they have no account); session_status, title, description,
    type, format, scheduled_at, ends_at, duration_minutes, session_timezone, focus_area, topic, host_id,
    offering_id, session_revision, session_cancel_reason; host_name, host_email, host_slug; location_name,
    location_address; organization_name, organization_slug, organization_timezone, contact_email,
    organization_colour; materials, requirements, offering_slug, topic_type; max_participants,
    participant_count, promotion_cutoff_minutes, check_in_opens_minutes; place_in_line (1 is next; of a waiting
    booking); plan_name, uses_credit (of the plan that pays).
    """
    query = (
        select(
            *Booking.__table__.columns,
            User.email,
            User.password_hash.is_(None).label("is_guest"),
            LiveSession.status.label("session_status"),
            LiveSession.title,
            LiveSession.description,
            LiveSession.type,
            LiveSession.format,
            LiveSession.scheduled_at,
            LiveSession.ends_at,
            LiveSession.duration_minutes,
            LiveSession.timezone.label("session_timezone"),
            LiveSession.focus_area,
            LiveSession.topic,
            LiveSession.host_id,
            LiveSession.offering_id,
            LiveSession.revision.label("session_revision"),
            LiveSession.cancel_reason.label("session_cancel_reason"),
            Host.name.label("host_name"),
            Host.email.label("host_email"),
            HostMembership.slug.label("host_slug"),
            Location.name.label("location_name"),
            Location.address.label("location_address"),
            Organization.name.label("organization_name"),
            Organization.slug.label("organization_slug"),
            Organization.timezone.label("organization_timezone"),
            Organization.contact_email,
            Organization.colour.label("organization_colour"),
            Offering.materials,
            Offering.requirements,
            Offering.slug.label("offering_slug"),
            Offering.topic_type,
            LiveSession.max_participants,
            LiveSession.participant_count,
            Organization.promotion_cutoff_minutes,
            Organization.check_in_opens_minutes,
            place_in_line(),
            Plan.name.label("plan_name"),
            _uses_credit(),
        )
        .join(User, User.id == Booking.user_id)
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .join(Host, Host.id == LiveSession.host_id)
        .join(
            HostMembership,
            (HostMembership.user_id == LiveSession.host_id)
            & (HostMembership.organization_id == LiveSession.organization_id),
        )
        .join(Organization, Organization.id == Booking.organization_id)
        .join(Offering, Offering.id == LiveSession.offering_id)
        .outerjoin(Location, Location.id == LiveSession.location_id)
        .outerjoin(Subscription, Subscription.id == Booking.subscription_id)
        .outerjoin(Plan, Plan.id == Subscription.plan_id)
        .where(Booking.id == booking_id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def link_of(*, booking_id: uuid.UUID) -> AnyRow:
    """What the links of a booking carry: id, link_nonce. Raises NotFound."""
    query = select(Booking.id, Booking.link_nonce).where(Booking.id == booking_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def roster(*, session_id: uuid.UUID, names_only: bool = False) -> Sequence[AnyRow]:
    """Everybody who booked the session, waits for it, or did: those who come first, then the line, then the rest.
    `names_only`: without addresses, messages, notes and reasons (`access.reads_roster`).

    Columns: id, status, name, email, user_id, waitlist_position, expires_at, passed_over, promoted_at, created_at,
    cancelled_at, cancel_reason, cancelled_late, waived_at, suggested_topic, message, staff_note, paid_by, price_minor,
    currency, plan_name, uses_credit.
    """
    query = (
        select(
            Booking.id,
            Booking.status,
            Booking.name,
            readable(User.email, names_only=names_only),
            Booking.user_id,
            Booking.waitlist_position,
            Booking.expires_at,
            Booking.passed_over,
            Booking.promoted_at,
            Booking.created_at,
            Booking.cancelled_at,
            readable(Booking.cancel_reason, names_only=names_only),
            Booking.cancelled_late,
            Booking.waived_at,
            readable(Booking.suggested_topic, names_only=names_only),
            readable(Booking.message, names_only=names_only),
            readable(Booking.staff_note, names_only=names_only),
            Booking.paid_by,
            Booking.price_minor,
            Booking.currency,
            Plan.name.label("plan_name"),
            _uses_credit(),
        )
        .join(User, User.id == Booking.user_id)
        .outerjoin(Subscription, Subscription.id == Booking.subscription_id)
        .outerjoin(Plan, Plan.id == Subscription.plan_id)
        .where(Booking.session_id == session_id)
        .order_by(Booking.status.in_(("cancelled", "declined", "expired")), Booking.waitlist_position.is_not(None),
                  Booking.waitlist_position, Booking.created_at, Booking.id)
    )  # fmt: skip
    return db.session.execute(query).all()


def roster_version(*, session_id: uuid.UUID) -> str:
    """A word that changes whenever the roster does: every booking's making and every change of one counts."""
    query = select(func.count(), func.coalesce(func.sum(Booking.revision), 0), func.max(Booking.created_at)).where(
        Booking.session_id == session_id
    )
    number, changes, latest = db.session.execute(query).one()
    return f"{number}-{changes}-{latest.timestamp() if latest else 0}"


def place_in_line() -> Label[int]:
    """A column of queries of bookings: how many stand in line up to and with this waiting one; 1 is the next."""
    line = aliased(Booking)
    before = select(func.count()).where(
        line.session_id == Booking.session_id,
        line.status == "waitlisted",
        line.waitlist_position <= Booking.waitlist_position,
    )
    return before.correlate(Booking).scalar_subquery().label("place_in_line")


def _uses_credit() -> Label[bool]:
    """Whether a booking took a credit."""
    taken = aliased(CreditEntry)
    return exists().where(taken.booking_id == Booking.id, taken.kind == "consume").label("uses_credit")
