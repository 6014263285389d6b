"""Moving a booking: the new place is booked by its own rules, and what was paid or used before counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from liveapp.rules.cancellation import deadline, judged_by
from liveapp.rules.refunds import Tiers, kept_hundredths

MONEY = ("at_booking", "after_session", "at_desk")


@dataclass(frozen=True, slots=True)
class Paid:
    """How a place is paid, or would be: a word of `bookings.paid_by`, and its price in minor units (none: nothing)."""

    paid_by: str
    price_minor: int | None = None

    @property
    def money(self) -> int:
        """What is paid for it in money."""
        return self.price_minor or 0 if self.paid_by in MONEY else 0

    @property
    def uses_credit(self) -> bool:
        return self.paid_by == "credit"


@dataclass(frozen=True, slots=True)
class Move:
    """What moving means: how the place is paid afterwards, what becomes of a plan's credit (`stays`, `back`, `taken`,
    or nothing), and money in minor units: `back` comes back, or isn't charged any more, `more` is to be paid.

    `pays_first`: by card, before the new place is theirs; then all of its price is `more`, and all that was paid
    before is `back`.
    """

    paid: Paid
    credit: str = ""
    back: int = 0
    more: int = 0
    pays_first: bool = False

    @property
    def costs(self) -> int:
        """What the person pays in the end beyond what they paid (minor units; below nothing: so much comes back)."""
        return self.more - self.back

    @property
    def is_dearer(self) -> bool:
        return self.costs > 0 or self.pays_first or self.credit == "taken"


def move(old: Paid, asks: Paid, *, by_staff: bool = False, kept: int = 0, is_late: bool = False) -> Move:
    """What moving from a place that was paid like `old` to one that `asks` means.

    Staff move people for no more than they agreed to: what would be dearer stays as it is. What cancelling would keep
    by now, of the money (`kept`, minor units) or a credit (`is_late`), doesn't come back by moving either.
    """
    if is_late and old.uses_credit:
        return Move(old, "stays")
    if by_staff and (asks.money > old.money or (asks.uses_credit and not old.uses_credit)):
        return Move(old, "stays" if old.uses_credit else "")
    credit = _credit(old, asks)
    if not asks.money or not old.money:
        first = asks.money > 0 and asks.paid_by != "at_desk"
        return Move(asks, credit, back=max(0, old.money - kept), more=asks.money, pays_first=first)
    if asks.money <= old.money:
        return Move(Paid(old.paid_by, asks.price_minor), back=old.money - max(asks.money, min(kept, old.money)))
    if asks.paid_by == old.paid_by != "at_booking":
        return Move(asks, more=asks.money - old.money)
    return Move(asks, back=old.money, more=asks.money, pays_first=asks.paid_by != "at_desk")


class Offered(Protocol):
    """What moving asks of an offering."""

    booking_mode: str
    guests_may_move: bool


def asks_again(offering: Offered) -> bool:
    """Whether moving a confirmed meeting asks its host, as booking it did: unless the offering lets guests move."""
    return offering.booking_mode == "request" and not offering.guests_may_move


def terms_start(
    starts_at: datetime, now: datetime, *, window_hours: int, tiers: Tiers, costs_money: bool
) -> datetime | None:
    """The start by which cancelling is judged after a move made now; None: the new one, as for any booking.

    Whoever moves when cancelling had begun to cost something is judged by the start they moved away from, so that
    moving is never a way to cancel for less. The tiers count where it `costs_money`.
    """
    counted = judged_by(starts_at, tiers.counts_from)
    last = deadline(counted, window_hours, promoted_at=tiers.promoted_at, grace_minutes=tiers.grace_minutes)
    is_late = now > last or (costs_money and kept_hundredths(starts_at, now, tiers) > 0)
    return counted if is_late else None


def _credit(old: Paid, asks: Paid) -> str:
    if old.uses_credit:
        return "stays" if asks.uses_credit else "back"
    return "taken" if asks.uses_credit else ""
