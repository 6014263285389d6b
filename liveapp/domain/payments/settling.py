"""What a booking costs in the end: cancelled, missed, ended early, forgiven, or taken place as agreed.

The figures are those of rules/settlement.py and rules/refunds.py. Everything here can be done again: it makes the
payments what the booking says they should be.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.attendance import records
from liveapp.domain.attendance.access import guest
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.bookings import access, history, places
from liveapp.domain.bookings.models import Booking, is_given_back_whole
from liveapp.domain.bookings.tiers import tiers_of
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.service import promise
from liveapp.domain.payments import fees, refunding, reviewing
from liveapp.domain.payments.errors import NotDecidable
from liveapp.domain.payments.models import UNCHARGED
from liveapp.domain.payments.records import change, left_of, payment_of, split
from liveapp.rules import currencies, refunds, settlement
from liveapp.rules.attendance import Status
from liveapp.rules.lifecycle import BOOKING, next_status
from liveapp.rules.money import HUNDREDTHS, Shares, part
from liveapp.rules.settlement import Facts, State, Terms

CHANGEABLE = (*UNCHARGED, "review")


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a meeting stands, and what can be said of it now: a row of `_meetings`, its facts and terms."""

    row: AnyRow
    facts: Facts
    terms: Terms

    def state(self, now: datetime) -> State:
        """How it stands at that moment."""
        return settlement.state(self.facts, now, self.terms)

    def no_show_refusal(self, now: datetime) -> str:
        """Why the guest can't be marked as a no-show now; empty when they can."""
        zone = self.row.organization_timezone
        return settlement.no_show_refusal(self.facts, now, timezone=zone, terms=self.terms)


def settlement_of(*, booking_id: uuid.UUID) -> Settlement:
    """A meeting's settlement as it stands."""
    return _settlement(db.session.execute(_meetings().where(Booking.id == booking_id)).one())


def booking_of(*, session_id: uuid.UUID) -> uuid.UUID | None:
    """The booking that a meeting was made for."""
    query = (
        select(Booking.id)
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(Booking.session_id == session_id, LiveSession.type == "meeting")
    )
    return db.session.execute(query).scalar_one_or_none()


def settle(*, booking_id: uuid.UUID, fee_hundredths: int, now: datetime) -> None:
    """Makes the payments of a booking what it says they should be, after it was cancelled, missed or forgiven.

    Take the session's turn.
    """
    booking = db.session.execute(_meetings().where(Booking.id == booking_id)).one()
    payment = payment_of(booking_id)
    if payment is None:
        fees.settle(booking, fee_hundredths, now)
    elif booking.status == "confirmed" and now < booking.starts_at:
        _settle_moved(payment, booking, now)
    elif booking.waived_at is not None and payment.status in UNCHARGED:
        change(payment, "forgive", now, status="dropped")
    elif booking.status == "cancelled" and payment.status == "paid" and _comes_back(payment, booking):
        refunding.give_back_for(booking_id=booking_id, now=now)
    elif booking.status == "cancelled" and payment.status in CHANGEABLE:
        _charge_what_is_kept(payment, booking, now)


def _settle_moved(payment: AnyRow, booking: AnyRow, now: datetime) -> None:
    """After a move the payment is of what the booking costs now: more came in than that, and it goes back (of money
    from the desk when it is handed over there); another sum is charged after the session, or none."""
    if payment.status == "paid" and payment.method == "card":
        minor = refunding.beyond_price(payment.captured_minor, booking) - payment.claimed_minor
        if minor > 0:
            refunding.give_back(payment_id=payment.id, minor=minor, kind="policy", now=now)
    elif payment.status == "scheduled" and payment.amount_minor != (
        amount := currencies.chargeable(refunding.costs(booking), payment.currency)
    ):
        change(payment, "settle", now, **{"amount_minor": amount} if amount else {"status": "dropped"})


def _comes_back(payment: AnyRow, booking: AnyRow) -> bool:
    """Whether the terms say what of a cancelled booking's money comes back: of what a saved card was charged nothing,
    as that is what they kept, unless all of it does."""
    return payment.card_id is None or is_given_back_whole(booking)


def mark_no_show(*, booking_id: uuid.UUID, actor: Actor, fee_hundredths: int, now: datetime) -> None:
    """The guest didn't come to a meeting: they pay the part that is agreed, told at once. Twice is once.

    Raises NotDecidable with the reason: the host hasn't joined, has to wait, or it is settled already. Take the
    session's turn.
    """
    booking = access.own(booking_id, actor)
    if booking.status == "no_show":
        return
    status = next_status(BOOKING, booking.status, "mark_no_show")
    found = settlement_of(booking_id=booking_id)
    refusal = "" if found.row.type == "meeting" else "Only a meeting's guest can be marked here."
    if refusal := refusal or found.no_show_refusal(now):
        raise NotDecidable(refusal)
    db.session.execute(
        update(Booking).where(Booking.id == booking_id).values(status=status, checked_in_at=None, checked_in_how=None)
    )
    records.write(guest(booking_id).row, Status.ABSENT, now, recorded_by=actor.user_id)
    history.record(actor, booking_id, "mark_no_show", now, before={"status": booking.status}, after={"status": status})
    payment = payment_of(booking_id)
    costs = _no_show_costs(payment, found) if payment else None
    _charge_no_show(payment, found, fee_hundredths, now, actor)
    session = places.bookable(booking.session_id)
    told = {"minor": costs.charge if costs else 0, "is_paid": bool(payment and payment.status == "paid")}
    promise([places.to_guest("missed", booking_id, session, booking.email, **told)], now=now)


def no_show_costs(*, booking_id: uuid.UUID) -> Shares | None:
    """What a no-show costs the guest, and what host and platform get of it; None where nothing is paid by card."""
    payment = payment_of(booking_id)
    return _no_show_costs(payment, settlement_of(booking_id=booking_id)) if payment else None


def end_early(*, session_id: uuid.UUID, now: datetime) -> None:
    """A meeting was ended by hand: before the minutes that are paid in full, a person has to decide what it costs.

    Take the session's turn.
    """
    for row in db.session.execute(_meetings().where(Booking.session_id == session_id)).all():
        payment = payment_of(row.id)
        if payment is not None and payment.status in ("scheduled", "paid") and _ended_early(payment, row):
            reviewing.open_hold(payment, "early_end", now=now)


def chargeable(due: Sequence[AnyRow], now: datetime) -> list[AnyRow]:
    """Those of the payments that are really to be charged now. A meeting that ended too early waits for a person, and
    what was forgiven is dropped. What is being charged already isn't asked about again."""
    ids = [each.booking_id for each in due if each.status != "charging" and each.booking_id]
    rows = {row.id: row for row in db.session.execute(_meetings().where(Booking.id.in_(ids)))} if ids else {}
    return [each for each in due if each.booking_id not in rows or _is_chargeable(each, rows[each.booking_id], now)]


def _is_chargeable(payment: AnyRow, booking: AnyRow, now: datetime) -> bool:
    if booking.waived_at is not None or booking.attendance == "excused":
        change(payment, "forgive", now, status="dropped")
        return False
    if payment.purpose == "booking" and booking.status == "cancelled":
        return not _charge_what_is_kept(payment, booking, now)
    return not (_ended_early(payment, booking) and reviewing.open_hold(payment, "early_end", now=now))


def _charge_what_is_kept(payment: AnyRow, booking: AnyRow, now: datetime) -> bool:
    """What the tier keeps is charged at once, the rest is not; nothing where it was given back whole. Whether that
    wasn't so already."""
    tiers, price = tiers_of(booking), refunding.costs(booking)
    kept = max(refunds.kept(price, booking.starts_at, booking.cancelled_at, tiers), booking.kept_minor)
    kept = 0 if is_given_back_whole(booking) else currencies.chargeable(kept, payment.currency)
    if kept == 0:
        change(payment, "drop", now, status="dropped")
        for hold in reviewing.open_holds(payment_id=payment.id):
            reviewing.release(hold, payment, outcome="waived", reason="", actor=None, now=now)
    elif payment.status in ("scheduled", "review") and (payment.amount_minor != kept or payment.due_at > now):
        change(payment, "settle", now, status="scheduled", amount_minor=kept, due_at=now)
    else:
        return False
    return True


def _no_show_costs(payment: AnyRow, found: Settlement) -> Shares | None:
    if payment.status == "unpaid":
        return None
    if payment.status == "paid":
        left = left_of(payment)
        return split(payment, left - _goes_back(payment, found))
    costs = settlement.no_show_shares(found.row.price_minor, payment.currency, found.terms)
    return split(payment, costs.charge)


def _charge_no_show(
    payment: AnyRow | None, found: Settlement, fee_hundredths: int, now: datetime, actor: Actor
) -> None:
    if payment is None:
        fees.settle(settlement_of(booking_id=found.row.id).row, fee_hundredths, now)
    elif payment.status == "paid":
        minor = _goes_back(payment, found)
        if minor:
            refunding.give_back(payment_id=payment.id, minor=minor, kind="policy", now=now, actor=actor)
    elif payment.status in CHANGEABLE:
        costs = settlement.no_show_shares(found.row.price_minor, payment.currency, found.terms).charge
        values: dict[str, Any] = {"amount_minor": costs} if costs else {"status": "dropped"}
        change(payment, "settle", now, actor, **values)


def _goes_back(payment: AnyRow, found: Settlement) -> int:
    """What goes back to a guest who paid before and didn't come (minor units)."""
    left = left_of(payment)
    back = part(left, int(found.row.no_show_refund_percent) * HUNDREDTHS)
    return currencies.refundable(back, payment.currency, left=left)


def _ended_early(payment: AnyRow, booking: AnyRow) -> bool:
    if payment.purpose != "booking" or booking.type != "meeting":
        return False
    return _settlement(booking).state(booking.ends_at) is State.EARLY_END_SHORT


def _settlement(row: AnyRow) -> Settlement:
    facts = Facts(
        starts_at=row.starts_at,
        duration_minutes=int((row.ends_at - row.starts_at).total_seconds() // 60),
        host_joined_at=row.host_joined_at,
        no_show_at=row.ends_at if row.status == "no_show" else None,
        ended_at=row.ended_at if row.ended_at and row.ended_at < row.ends_at else None,
        is_cancelled=row.status in ("cancelled", "declined", "expired"),
    )
    terms = Terms(
        join_window_minutes=row.join_window_minutes,
        no_show_wait_percent=row.no_show_wait_percent,
        min_payable_percent=row.min_payable_percent,
        no_show_hundredths=row.no_show_percent * HUNDREDTHS,
    )
    return Settlement(row, facts, terms)


def _meetings() -> Select[*tuple[Any, ...]]:
    """Bookings with what they are settled by: every column of bookings; type, title, host_id, host_joined_at and
    ended_at of the session; attendance (its record's status); the organization's join_window_minutes and timezone."""
    return (
        select(
            *Booking.__table__.columns,
            LiveSession.type,
            LiveSession.title,
            LiveSession.host_id,
            LiveSession.host_joined_at,
            LiveSession.ended_at,
            Organization.join_window_minutes,
            AttendanceRecord.status.label("attendance"),
            Organization.timezone.label("organization_timezone"),
        )
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .join(Organization, Organization.id == Booking.organization_id)
        .outerjoin(AttendanceRecord, AttendanceRecord.booking_id == Booking.id)
    )
