"""What people of the demo paid at the desk."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from liveapp.db import db
from liveapp.dev.demo.businesses import Business
from liveapp.domain.bookings.models import Booking
from liveapp.domain.payments import desk
from liveapp.unit_of_work import transact_in_turn


def pay_at_desk(business: Business, now: datetime) -> None:
    """Who came in the last week paid, two of three; the others still owe."""
    query = (
        select(Booking.id, Booking.session_id, Booking.starts_at)
        .where(Booking.organization_id == business.id, Booking.paid_by == "at_desk", Booking.status.in_(desk.OWING))
        .where(Booking.starts_at.between(now - timedelta(days=7), now))
        .order_by(Booking.starts_at, Booking.created_at)
    )
    for number, row in enumerate(db.session.execute(query).all()):
        if number % 3 != 2:
            turn = [row.session_id]
            transact_in_turn(turn, desk.take, booking_id=row.id, actor=business.owner, now=row.starts_at)
