"""What a booking comes to once its session is over, with what follows for credits and fees."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import User
from liveapp.domain.attendance.errors import CreditGone
from liveapp.domain.bookings import places
from liveapp.domain.bookings.models import Booking
from liveapp.domain.notifications.service import promise
from liveapp.domain.plans import credits
from liveapp.rules.lifecycle import BOOKING, next_status

CHUNK = 500


def attend(row: AnyRow, now: datetime) -> None:
    """They came after all: a fee that isn't charged yet goes, and a credit that was given back is taken again.

    Raises CreditGone. `row`: of `access.guest`.
    """
    status = next_status(BOOKING, row.status, "attend")
    _take_back_forgiving(row, now)
    _set([row.id], status, waived_at=None)
    places.tell_of_money([row], now, has_fee=True)


def miss(row: AnyRow, now: datetime, *, is_excused: bool) -> None:
    """They didn't come; excused, it costs them nothing, else it costs what not coming costs. Raises CreditGone."""
    status = row.status if row.status == "no_show" else next_status(BOOKING, row.status, "mark_no_show")
    if not is_excused:
        _take_back_forgiving(row, now)
    _set([row.id], status, waived_at=now if is_excused else None, checked_in_at=None, checked_in_how=None)
    if is_excused and row.waived_at is None:
        forgive([row], now)
    else:
        places.tell_of_money([row], now, has_fee=True)


def forgive(rows: Sequence[AnyRow], now: datetime) -> None:
    """What a missed session cost comes back to these bookings of one session, and their people are told. Their
    `waived_at` is the caller's."""
    if not rows:
        return
    session = places.bookable(rows[0].session_id)
    ids = [row.id for row in rows]
    back = credits.give_back({row.id: row.credit_extension_days for row in rows}, now=now, by_business=True)
    places.tell_of_money(rows, now, has_fee=True)
    emails = _emails(ids)
    promise(
        [places.to_guest("booking_waived", key, session, emails[key], has_credit=back.get(key, False)) for key in ids],
        now=now,
    )


def settle_each(rows: Sequence[AnyRow], verb: str, now: datetime, *, is_excused: bool = False) -> None:
    """What the clock makes of these confirmed bookings of one session."""
    if not rows:
        return
    status = next_status(BOOKING, "confirmed", verb)
    _set([row.id for row in rows], status, waived_at=now if is_excused else None)
    if is_excused:
        forgive(rows, now)
    elif verb == "mark_no_show":
        charged = [row for row in rows if row.no_show_fee_minor or row.no_show_fee_percent]
        places.tell_of_money(charged, now, has_fee=True)


def _take_back_forgiving(row: AnyRow, now: datetime) -> None:
    if row.waived_at is not None and not credits.take_again(row.id, now=now):
        raise CreditGone()


def _set(booking_ids: Sequence[uuid.UUID], status: str, **values: datetime | str | None) -> None:
    for start in range(0, len(booking_ids), CHUNK):
        db.session.execute(
            update(Booking)
            .where(Booking.id.in_(booking_ids[start : start + CHUNK]))
            .values(status=status, revision=Booking.revision + 1, **values)
        )


def _emails(booking_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    query = select(Booking.id, User.email).join(User, User.id == Booking.user_id).where(Booking.id.in_(booking_ids))
    return {row.id: row.email for row in db.session.execute(query)}
