"""What the audit log speaks of: its people and things by name, and what belongs to a thing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Select, String, Subquery, case, cast, exists, false, func, literal, or_, select, union

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import STAFF_ROLES, Invitation, Membership, Organization, User
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bulk.models import Batch
from liveapp.domain.catalogue.models import Location, Offering, Program
from liveapp.domain.displays.models import Display
from liveapp.domain.live_sessions.models import LiveSession, Series
from liveapp.domain.payments.models import Payment
from liveapp.domain.payouts.models import Payout, PayoutAccount
from liveapp.domain.plans.models import Plan, Subscription
from liveapp.domain.video.models import VideoConnection
from liveapp.domain.workouts.models import Workout

Names: TypeAlias = Mapping[str, Mapping[uuid.UUID, AnyRow]]
Asking: TypeAlias = Callable[[uuid.UUID], Select[*tuple[Any, ...]]]


def names(*, organization_id: uuid.UUID, wanted: Mapping[str, Collection[uuid.UUID]]) -> Names:
    """Rows by kind and id, one query a kind: id, name, is_gone (it has no page any more).

    Of a session or a booking also session_id, title and scheduled_at of the session. Things of other
    organizations aren't found.
    """
    return {kind: _rows(ask(organization_id), wanted.get(kind, ())) for kind, ask in ASKING.items()}


def belonging_to(*, organization_id: uuid.UUID, object_id: uuid.UUID) -> Subquery:
    """The ids of a thing and of what is part of its story: a session's bookings, a series' sessions, a plan's
    holders, and a member's hours, bookings and plans."""
    person = select(Membership.user_id).where(Membership.id == object_id, Membership.organization_id == organization_id)
    bookings = select(Booking.id).where(
        Booking.organization_id == organization_id,
        or_(Booking.session_id == object_id, Booking.user_id == object_id, Booking.user_id.in_(person)),
    )
    sessions = select(LiveSession.id).where(
        LiveSession.organization_id == organization_id, LiveSession.series_id == object_id
    )
    plans = select(Subscription.id).where(
        Subscription.organization_id == organization_id,
        or_(Subscription.plan_id == object_id, Subscription.user_id == object_id, Subscription.user_id.in_(person)),
    )
    return union(select(literal(object_id)), person, bookings, sessions, plans).subquery()


def workers(*, organization_id: uuid.UUID) -> Sequence[AnyRow]:
    """Who works or worked there: id, name; by name."""
    query = (
        select(User.id, User.name)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization_id, Membership.role.in_(STAFF_ROLES))
        .order_by(User.name, User.id)
    )
    return db.session.execute(query).all()


def name_of(*, organization_id: uuid.UUID, user_id: uuid.UUID) -> str | None:
    """The name of somebody who belongs or belonged to the organization, or did something there; None for others."""
    belongs = exists().where(Membership.organization_id == organization_id, Membership.user_id == user_id)
    acted = exists().where(AuditEntry.organization_id == organization_id, AuditEntry.actor_id == user_id)
    return db.session.execute(select(User.name).where(User.id == user_id, or_(belongs, acted))).scalar_one_or_none()


def _rows(query: Select[*tuple[Any, ...]], ids: Collection[uuid.UUID]) -> dict[uuid.UUID, AnyRow]:
    if not ids:
        return {}
    key = query.selected_columns["id"]
    return {row.id: row for row in db.session.execute(query.where(key.in_(ids)))}


def _people(_organization_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    """People belong to no organization: only those that an entry of the organization names are asked for."""
    return select(User.id, User.name, false().label("is_gone"))


def _sessions(organization_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    return select(
        LiveSession.id,
        LiveSession.title.label("name"),
        LiveSession.title,
        LiveSession.id.label("session_id"),
        LiveSession.scheduled_at,
        LiveSession.deleted_at.is_not(None).label("is_gone"),
    ).where(LiveSession.organization_id == organization_id)


def _bookings(organization_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Booking.id,
            Booking.name,
            LiveSession.title,
            LiveSession.id.label("session_id"),
            LiveSession.scheduled_at,
            LiveSession.deleted_at.is_not(None).label("is_gone"),
        )
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(Booking.organization_id == organization_id)
    )


def _members(organization_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(Membership.id, User.name, Membership.ended_at.is_not(None).label("is_gone"))
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization_id)
    )


def _subscriptions(organization_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(Subscription.id, (Plan.name + " of " + User.name).label("name"), false().label("is_gone"))
        .join(Plan, Plan.id == Subscription.plan_id)
        .join(User, User.id == Subscription.user_id)
        .where(Subscription.organization_id == organization_id)
    )


def _batches(organization_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    number = cast(Batch.number, String)
    name = case((Batch.number == 1, number + " session"), else_=number + " sessions")
    return select(Batch.id, name.label("name"), false().label("is_gone")).where(
        Batch.organization_id == organization_id
    )


def _paid_to(model: type[Payout | PayoutAccount]) -> Asking:
    """Payouts and where they go are known by who is paid."""

    def ask(organization_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
        return (
            select(model.id, func.coalesce(User.name, Organization.name).label("name"), false().label("is_gone"))
            .join(Organization, Organization.id == model.organization_id)
            .outerjoin(User, User.id == model.host_id)
            .where(model.organization_id == organization_id)
        )

    return ask


def _payments(organization_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    """Payments are known by who pays: of a booking by the name that stands on it."""
    name = func.coalesce(Booking.name, User.name).label("name")
    return (
        select(Payment.id, name, false().label("is_gone"))
        .join(User, User.id == Payment.user_id)
        .outerjoin(Booking, Booking.id == Payment.booking_id)
        .where(Payment.organization_id == organization_id)
    )


def _accounts(organization_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    """Connected accounts are known by whose they are."""
    return (
        select(VideoConnection.id, User.name, false().label("is_gone"))
        .join(User, User.id == VideoConnection.user_id)
        .where(VideoConnection.organization_id == organization_id)
    )


def _of(model: Any, name: Any) -> Asking:
    """Things that are known by a column of their own."""

    def ask(organization_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
        return select(model.id, name.label("name"), false().label("is_gone")).where(
            model.organization_id == organization_id
        )

    return ask


ASKING: dict[str, Asking] = {
    "person": _people,
    "session": _sessions,
    "booking": _bookings,
    "membership": _members,
    "series": _of(Series, Series.title),
    "offering": _of(Offering, Offering.title),
    "program": _of(Program, Program.name),
    "location": _of(Location, Location.name),
    "display": _of(Display, Display.name),
    "workout": _of(Workout, Workout.title),
    "plan": _of(Plan, Plan.name),
    "subscription": _subscriptions,
    "batch": _batches,
    "payment": _payments,
    "payout": _paid_to(Payout),
    "payout_account": _paid_to(PayoutAccount),
    "video_connection": _accounts,
    "invitation": _of(Invitation, Invitation.email),
}
"""How the names of each kind of thing are asked for."""
