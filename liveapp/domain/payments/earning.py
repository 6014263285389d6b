"""Who earns a payment for a session: worked out when it is opened, and again when a card is charged after the session,
as its host may be another by then."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select, update

from liveapp.db import AnyRow, db, table
from liveapp.domain.accounts.models import STAFF_ROLES, Membership, Organization, User
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.payments.models import Payment
from liveapp.rules.earning import Earns, Shared, host_hundredths


@dataclass(frozen=True, slots=True)
class Earning:
    """The host who earns (none: the business earns all), and their part of what the fee leaves (hundredths of a
    percent)."""

    earner_id: uuid.UUID | None
    share_hundredths: int

    def columns(self) -> dict[str, Any]:
        """Those of payments."""
        return {"earner_id": self.earner_id, "share_hundredths": self.share_hundredths}


def of_session(session_id: uuid.UUID) -> Earning:
    """Who earns what is paid for the session now."""
    return _earning(db.session.execute(_terms().where(LiveSession.id == session_id)).one())


def assign(payment_ids: Sequence[uuid.UUID]) -> None:
    """Writes down for payments of bookings who earns them by now."""
    query = (
        _terms()
        .add_columns(Payment.id.label("payment_id"))
        .join(Booking, Booking.session_id == LiveSession.id)
        .join(Payment, Payment.booking_id == Booking.id)
    )
    rows = db.session.execute(query.where(Payment.id.in_(payment_ids))).all()
    if rows:
        payments = table(Payment)
        statement = update(payments).where(payments.c.id == bindparam("payment_id"))
        statement = statement.values(earner_id=bindparam("earner"), share_hundredths=bindparam("share"))
        db.session.connection().execute(statement, [_values(row) for row in rows])


def shares_of(organization_id: uuid.UUID) -> dict[str, list[AnyRow]]:
    """What can have a share of its own, by name: `hosts` (who work there) and `offerings` (that aren't archived): id,
    name, share_percent."""
    hosts = (
        select(Membership.id, User.name, Membership.share_percent)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization_id, Membership.role.in_(STAFF_ROLES))
        .where(Membership.ended_at.is_(None))
        .order_by(func.lower(User.name), Membership.id)
    )
    offerings = (
        select(Offering.id, Offering.title.label("name"), Offering.share_percent)
        .where(Offering.organization_id == organization_id, Offering.archived_at.is_(None))
        .order_by(func.lower(Offering.title), Offering.id)
    )
    return {name: list(db.session.execute(query)) for name, query in (("hosts", hosts), ("offerings", offerings))}


def keep_shares(*, actor: Actor, shares: Mapping[uuid.UUID, int | None], now: datetime) -> None:
    """Hosts (by their memberships' ids) and offerings get shares of their own, or none; others keep theirs."""
    tables: dict[str, tuple[str, Any]] = {"hosts": ("membership", Membership), "offerings": ("offering", Offering)}
    for name, rows in shares_of(actor.organization_id).items():
        object_type, model = tables[name]
        for row in rows:
            wanted = shares.get(row.id, row.share_percent)
            if wanted != row.share_percent:
                db.session.execute(update(model).where(model.id == row.id).values(share_percent=wanted))
                audit.record(
                    actor=actor, action="share", object_type=object_type, object_id=row.id, now=now,
                    before={"share_percent": row.share_percent}, after={"share_percent": wanted},
                )  # fmt: skip


def _values(row: AnyRow) -> dict[str, Any]:
    found = _earning(row)
    return {"payment_id": row.payment_id, "earner": found.earner_id, "share": found.share_hundredths}


def _earning(row: AnyRow) -> Earning:
    shared = Shared(row.host_share_percent, row.of_host, row.of_offering)
    part = host_hundredths(Earns(row.earns), hosts=row.hosts, shared=shared)
    return Earning(row.host_id if part else None, part)


def _terms() -> Select[*tuple[Any, ...]]:
    """By session: host_id; earns and host_share_percent of the organization, the shares of its own that the host
    (of_host) and the offering (of_offering) have, and how many hosts there are."""
    other = Membership.__table__.alias("other")
    hosts = (
        select(func.count())
        .select_from(other)
        .where(
            other.c.organization_id == LiveSession.organization_id,
            other.c.role.in_(STAFF_ROLES),
            other.c.ended_at.is_(None),
        )
        .scalar_subquery()
    )
    their_host = and_(
        Membership.organization_id == LiveSession.organization_id, Membership.user_id == LiveSession.host_id
    )
    return (
        select(
            LiveSession.host_id,
            Organization.earns,
            Organization.host_share_percent,
            Membership.share_percent.label("of_host"),
            Offering.share_percent.label("of_offering"),
            hosts.label("hosts"),
        )
        .join(Organization, Organization.id == LiveSession.organization_id)
        .outerjoin(Membership, their_host)
        .outerjoin(Offering, Offering.id == LiveSession.offering_id)
    )
