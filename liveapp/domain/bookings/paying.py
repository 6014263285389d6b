"""How a place is paid for: by a plan's credit, at the desk, or not at all."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liveapp.db import AnyRow
from liveapp.domain.accounts.providers import in_force
from liveapp.domain.bookings.errors import NotBookable
from liveapp.domain.bookings.models import BY_CARD
from liveapp.domain.plans import credits
from liveapp.domain.plans import queries as plans
from liveapp.rules.eligibility import Eligibility
from liveapp.rules.plans import HeldPlan, has_credit


@dataclass(frozen=True, slots=True)
class Choice:
    """How the person wants to pay: with this plan, or without any; neither: with the plan that comes first."""

    subscription_id: uuid.UUID | None = None
    without_plan: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """How a booking is paid: the word for it, the plan and the lot it uses, and the price agreed (minor units)."""

    paid_by: str
    price_minor: int | None
    subscription_id: uuid.UUID | None = None
    lot_id: uuid.UUID | None = None

    @property
    def comes_first(self) -> bool:
        """Whether the money, or a card, must be there before the place is theirs: it is held for them meanwhile."""
        return self.paid_by in BY_CARD

    def columns(self) -> dict[str, Any]:
        """What the booking says of it."""
        return {"paid_by": self.paid_by, "price_minor": self.price_minor, "subscription_id": self.subscription_id}


def provider_of(session: Any) -> str:
    """How a session is paid, as far as this deployment can: none, desk or stripe (payment_timing, payment_provider)."""
    return "none" if session.payment_timing == "none" else in_force(session.payment_provider)


def payment(price_minor: int | None, answer: Eligibility, choice: Choice) -> Payment:
    """How the person pays, by what the answer lets them choose from; `price_minor` is the price said where nobody asks
    for it. Raises NotBookable for a plan that can't pay."""
    if answer.plans and not choice.without_plan:
        return _by_plan(_chosen(answer.plans, choice.subscription_id))
    if choice.subscription_id is not None:
        raise NotBookable("no_plan", "This plan can't pay for this session. Choose another way to book.")
    if answer.drop_in_minor is not None:
        return Payment(_way(answer), answer.drop_in_minor)
    if answer.plans:
        raise NotBookable("no_plan", "This session has no price of its own: it is booked with a plan.")
    return Payment("free", price_minor)


def payment_by_staff(session: AnyRow, user_id: uuid.UUID, choice: Choice) -> Payment:
    """How staff book for somebody: with a plan of theirs, quotas or not; without one at the desk, where there is a
    price and the business takes money; else free. Raises NotBookable for a plan with no credit for that date."""
    if choice.subscription_id is not None:
        held = plans.means(
            user_id=user_id,
            organization_id=session.organization_id,
            program_id=session.program_id,
            at=session.scheduled_at,
        )
        able = tuple(filter(has_credit, held.plans))
        return _by_plan(_chosen(able, choice.subscription_id))
    asks_nothing = provider_of(session) == "none"
    if choice.without_plan and session.price_minor and not asks_nothing:
        return Payment("at_desk", session.price_minor)
    return Payment("free", session.price_minor if asks_nothing else None)


def _way(answer: Eligibility) -> str:
    if not answer.by_card:
        return "at_desk"
    return "after_session" if answer.after else "at_booking"


def take_credit(session: AnyRow, booking_id: uuid.UUID, paid: Payment, now: datetime, *, last: bool = False) -> None:
    """Takes the credit that the payment names, if it does; `last` for a booking written with the commit."""
    if paid.lot_id is not None:
        take = credits.consume_last if last else credits.consume
        take(lot_id=paid.lot_id, organization_id=session.organization_id, booking_id=booking_id, now=now)


def _chosen(able: tuple[HeldPlan, ...], subscription_id: uuid.UUID | None) -> HeldPlan:
    if subscription_id is None:
        return able[0]
    found = next((plan for plan in able if plan.key == subscription_id), None)
    if found is None:
        raise NotBookable("no_credits", "This plan can't pay for this session. Choose another way to book.")
    return found


def _by_plan(plan: HeldPlan) -> Payment:
    assert isinstance(plan.key, uuid.UUID)
    assert plan.lot is None or isinstance(plan.lot, uuid.UUID)
    return Payment("credit", None, plan.key, plan.lot)
