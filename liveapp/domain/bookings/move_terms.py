"""What moving a booking to another place means for what is paid: as a page says it, and as the move makes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liveapp.db import AnyRow
from liveapp.domain.bookings.errors import MoveCosts
from liveapp.domain.bookings.paying import Choice, Payment, payment
from liveapp.domain.bookings.standing import Reader
from liveapp.domain.bookings.tiers import tiers_of
from liveapp.rules import moving, refunds
from liveapp.rules.eligibility import Answer, Eligibility
from liveapp.rules.moving import MONEY, Move, Paid


@dataclass(frozen=True, slots=True)
class MoveTerms:
    """What a move means, how the new place would be paid if it were booked (none: what staff leave as it is), and the
    start by which cancelling is judged afterwards (none: the new one), and what it keeps at least."""

    move: Move
    asks: Payment | None
    counts_from: datetime | None
    kept_minor: int

    def columns(self) -> dict[str, Any]:
        """What the booking says afterwards of how it is paid."""
        paid = self.move.paid
        values = {
            "paid_by": paid.paid_by,
            "price_minor": paid.price_minor,
            "counts_from": self.counts_from,
            "kept_minor": self.kept_minor,
        }
        if self.move.credit == "taken":
            assert self.asks is not None
            return values | {"subscription_id": self.asks.subscription_id}
        return values if self.move.credit == "stays" else values | {"subscription_id": None}


def reader_of(booking: AnyRow) -> Reader:
    """The booking's person, for asking what they could book in its place; the credit that it uses is still theirs."""
    return Reader(
        user_id=booking.user_id,
        is_known=booking.is_known or booking.subscription_id is not None,
        besides=booking.id,
        pays_with=booking.subscription_id if booking.paid_by == "credit" else None,
        timezone=booking.timezone,
    )


def move_terms(booking: AnyRow, place: Any, answer: Eligibility, now: datetime, *, by_staff: bool) -> MoveTerms:
    """`place`: price_minor; `answer` is whether the booking's person could book it. Raises NotBookable."""
    if by_staff and answer.answer is not Answer.ELIGIBLE:
        return staying_terms(booking, now)
    old, counts_from = Paid(booking.paid_by, booking.price_minor), _counts_from(booking, now)
    asks = payment(place.price_minor, answer, _choice(booking, answer))
    if _was_given(booking, asks):
        return MoveTerms(Move(old), asks, counts_from, 0)
    kept = _kept(booking, now)
    move = moving.move(
        old, Paid(asks.paid_by, asks.price_minor), by_staff=by_staff, kept=kept, is_late=counts_from is not None
    )
    return MoveTerms(move, asks, counts_from, kept)


def staying_terms(booking: AnyRow, now: datetime) -> MoveTerms:
    """A move after which everything is paid as before, as by staff to a time of their own."""
    old = Paid(booking.paid_by, booking.price_minor)
    move = Move(old, "stays" if old.uses_credit else "")
    return MoveTerms(move, None, _counts_from(booking, now), _kept(booking, now))


def check_accepted(terms: MoveTerms, accepts: Paid | None) -> None:
    """Raises MoveCosts where the move costs something that the person wasn't shown (`accepts`: what they were)."""
    paid = terms.move.paid
    if not terms.move.is_dearer:
        return
    if accepts is None or accepts.paid_by != paid.paid_by or accepts.money < paid.money:
        raise MoveCosts(terms.move)


def _kept(booking: AnyRow, now: datetime) -> int:
    """What cancelling would keep of the money now (minor units)."""
    price = Paid(booking.paid_by, booking.price_minor).money if booking.status == "confirmed" else 0
    return max(int(booking.kept_minor), refunds.kept(price, booking.starts_at, now, tiers_of(booking)))


def _counts_from(booking: AnyRow, now: datetime) -> datetime | None:
    """The start by which cancelling is judged after a move now; a request can be taken back at any time."""
    if booking.status != "confirmed":
        return None
    return moving.terms_start(
        booking.starts_at,
        now,
        window_hours=booking.cancellation_window_hours,
        tiers=tiers_of(booking),
        costs_money=booking.paid_by in MONEY,
    )


def _choice(booking: AnyRow, answer: Eligibility) -> Choice:
    """They go on paying as they do, where the new place lets them."""
    if booking.paid_by == "credit" and any(plan.key == booking.subscription_id for plan in answer.plans):
        return Choice(booking.subscription_id)
    return Choice(without_plan=booking.paid_by in MONEY and answer.drop_in_minor is not None)


def _was_given(booking: AnyRow, asks: Payment) -> bool:
    """Whether a place that isn't free was given away free, and the new one is worth no more."""
    if booking.paid_by != "free" or asks.paid_by == "free":
        return False
    if booking.plan_only:
        return asks.paid_by == "credit"
    worth = booking.list_price_minor or 0
    return bool(worth) and (asks.price_minor or 0) <= worth
