"""What an offering's changed price reaches: the sessions to come where that is wanted, and nobody who has booked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor
from liveapp.domain.bookings.errors import CurrencyStays, SessionsToCome
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue import rows
from liveapp.domain.catalogue import service as offerings
from liveapp.domain.catalogue.checks import check_host
from liveapp.domain.catalogue.details import Lengths, OfferingDetails
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.live_sessions import series, service
from liveapp.domain.live_sessions.models import LiveSession, Series

COSTS = ("price_minor", "plan_only", "currency")
"""What a session costs: minor units of the currency, or only plans pay."""


def change_offering(
    *,
    actor: Actor,
    offering_id: uuid.UUID,
    details: OfferingDetails,
    lengths: Lengths,
    now: datetime,
    reaches: bool | None = None,
    payment_provider: str | None = None,
) -> int:
    """Changes the offering, and what its sessions to come cost if the change `reaches` them.

    Returns how many sessions cost something else now. Raises SessionsToCome where there are any and nothing is said of
    them (`reaches` is None), and CurrencyStays where something was sold in the present currency.
    """
    before = rows.own_row(Offering, actor, offering_id)
    check_host(actor, before.host_id)
    was, costs = _costs(before, details)
    if costs["currency"] != was["currency"] and is_sold(offering_id, was["currency"]):
        raise CurrencyStays(field="currency")
    planned = to_come(offering_id, was, costs, now) if costs != was else []
    if planned and reaches is None:
        raise SessionsToCome(field="reaches")
    offerings.change_offering(
        actor=actor,
        offering_id=offering_id,
        details=details,
        lengths=lengths,
        now=now,
        payment_provider=payment_provider,
    )
    if costs == was or not reaches:
        return 0
    service.change_each([(session, costs) for session in planned], "edit", actor, now)
    for row in _series(offering_id, was, costs):
        series.restate(row.id, costs, row.local_start, actor=actor, now=now)
    return len(planned)


def to_come(offering_id: uuid.UUID, was: dict[str, Any], costs: dict[str, Any], now: datetime) -> Sequence[AnyRow]:
    """Sessions ahead that cost what the offering did, all columns; with another currency also those with a price of
    their own, as an offering is sold in one currency."""
    query = select(*LiveSession.__table__.columns).where(
        LiveSession.offering_id == offering_id,
        LiveSession.type != "meeting",
        LiveSession.status.in_(("draft", "scheduled")),
        LiveSession.scheduled_at > now,
        LiveSession.deleted_at.is_(None),
        *_same(LiveSession, was, costs),
    )
    return db.session.execute(query.order_by(LiveSession.scheduled_at, LiveSession.id)).all()


def reached_by(offering: Offering, details: OfferingDetails, *, now: datetime) -> int:
    """How many sessions to come a changed price could reach."""
    was, costs = _costs(offering, details)
    return len(to_come(offering.id, was, costs, now)) if costs != was else 0


def is_sold(offering_id: uuid.UUID, currency: str) -> bool:
    """Whether somebody booked it at a price in that currency, and didn't take that back at once."""
    query = (
        select(Booking.id)
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(
            LiveSession.offering_id == offering_id,
            Booking.currency == currency,
            Booking.price_minor > 0,
            Booking.undone_at.is_(None),
        )
    )
    return db.session.execute(query.limit(1)).first() is not None


def _costs(offering: Any, details: OfferingDetails) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the offering costs, and what it would with these details."""
    was = {name: getattr(offering, name) for name in COSTS}
    columns = was | details.columns()
    return was, {name: columns[name] for name in COSTS}


def _series(offering_id: uuid.UUID, was: dict[str, Any], costs: dict[str, Any]) -> Sequence[AnyRow]:
    query = select(Series.id, Series.local_start).where(Series.offering_id == offering_id, *_same(Series, was, costs))
    return db.session.execute(query.order_by(Series.id)).all()


def _same(table: Any, was: dict[str, Any], costs: dict[str, Any]) -> list[ColumnElement[bool]]:
    if costs["currency"] != was["currency"]:
        return []
    return [getattr(table, name) == value for name, value in was.items()]
