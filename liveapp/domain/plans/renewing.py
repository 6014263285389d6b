"""Plans that are paid period by period: which are due, what a paid period does, and how the renewal ends.

Take the person's turn for all of this.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Membership, Organization
from liveapp.domain.actor import Actor, system
from liveapp.domain.errors import NotFound
from liveapp.domain.plans.errors import BadPlan
from liveapp.domain.plans.granting import grant, organization_of, paid_until, row_of
from liveapp.domain.plans.models import Subscription
from liveapp.domain.plans.subscriptions import change, end_as, tell
from liveapp.rules import renewals
from liveapp.rules.lifecycle import SUBSCRIPTION, next_status
from liveapp.rules.renewals import Counting
from liveapp.rules.zones import local_day

CHARGED_BACK = "The payment for it was taken back through the bank."
NOTHING_TO_END = "This plan doesn't renew itself by card, so there is nothing to end."


def to_renew(*, now: datetime) -> Sequence[AnyRow]:
    """Subscriptions whose paid time is over and that go on: id, user_id. Of people who belong to the organization
    still, where cards are taken."""
    belongs = and_(
        Membership.user_id == Subscription.user_id, Membership.organization_id == Subscription.organization_id
    )
    query = (
        select(Subscription.id, Subscription.user_id)
        .join(Organization, Organization.id == Subscription.organization_id)
        .join(Membership, belongs)
        .where(
            Subscription.status == "active",
            Subscription.is_disputed.is_(False),
            Subscription.paid_until <= now,
            or_(Subscription.ends_at.is_(None), Subscription.ends_at > Subscription.paid_until),
            Organization.payment_provider == "stripe",
            Membership.ended_at.is_(None),
        )
    )
    return db.session.execute(query.order_by(Subscription.paid_until, Subscription.id)).all()


def renew(*, subscription_id: uuid.UUID, now: datetime) -> bool:
    """One period more is paid: it is given, and a plan that rested for want of it goes on. False where the plan has
    ended meanwhile."""
    present = row_of(subscription_id)
    if present.status == "ended" or present.paid_periods is None:
        return False
    organization = organization_of(present.organization_id)
    before = Counting(present.anchor_day, present.paid_periods)
    counting = renewals.after_paying(before, present.period, local_day(now, organization.timezone))
    values = {
        "anchor_day": counting.anchor_day,
        "paid_periods": counting.paid_periods,
        "paid_until": paid_until(counting, present.period, organization),
        "periods_granted": 0 if counting.is_anew else present.periods_granted,
    }
    if present.lacks_payment:
        values |= {"status": next_status(SUBSCRIPTION, present.status, "resume"), "paused_on": None}
        values["lacks_payment"] = False
    actor = system(present.organization_id)
    change(actor, present, "renew", now, **values)
    grant(row_of(subscription_id), actor, now)
    return True


def rest(*, subscription_id: uuid.UUID, now: datetime) -> None:
    """The renewal couldn't be charged, however often it was tried: nothing can be booked with the plan before it is
    paid. One that rests already, or has ended, stays as it is."""
    present = row_of(subscription_id)
    if present.status != "active":
        return
    status = next_status(SUBSCRIPTION, present.status, "pause")
    today = local_day(now, present.timezone)
    change(
        system(present.organization_id), present, "rest", now,
        status=status, paused_on=today, resumes_on=None, lacks_payment=True,
    )  # fmt: skip


def dispute(*, subscription_id: uuid.UUID, is_disputed: bool, now: datetime) -> None:
    """A payment for the plan is disputed, and nothing can be booked with it; or none is, and it counts again."""
    present = row_of(subscription_id)
    if present.is_disputed != is_disputed:
        change(system(present.organization_id), present, "dispute", now, is_disputed=is_disputed)


def end_charged_back(*, subscription_id: uuid.UUID, now: datetime) -> None:
    """The bank took back what was paid for the plan: it ends, and what is left of it goes. Bookings stay."""
    present = row_of(subscription_id)
    if present.status != "ended":
        end_as(system(present.organization_id), present, CHARGED_BACK, now)


def stop(*, subscription_id: uuid.UUID, user_id: uuid.UUID, now: datetime) -> bool:
    """The person ends the renewal: the plan ends with what is paid, at once where nothing is. Whether it did at once.

    Raises NotFound, BadPlan for one that doesn't renew itself. Twice is once.
    """
    present = own(subscription_id, user_id)
    if present.ends_at is not None:
        return False
    ends_at = renewals.end_when_stopped(present.paid_until, now)
    values: dict[str, object] = {"ends_at": ends_at}
    if ends_at <= now:
        values |= {"status": next_status(SUBSCRIPTION, present.status, "end"), "paused_on": None, "resumes_on": None}
        values["lacks_payment"] = False
    change(_holder(present), present, "stop_renewing", now, **values)
    if ends_at <= now:
        tell("plan_ended", subscription_id, now, reason="")
    return ends_at <= now


def go_on(*, subscription_id: uuid.UUID, user_id: uuid.UUID, now: datetime) -> None:
    """The person takes back that the renewal ends, while the plan runs. Raises NotFound, BadPlan."""
    present = own(subscription_id, user_id)
    if present.ends_at is None:
        return
    if present.status == "ended" or present.ends_at != present.paid_until:
        raise BadPlan("This plan can't be renewed any more. Buy it anew instead.")
    change(_holder(present), present, "renew_again", now, ends_at=None)


def own(subscription_id: uuid.UUID, user_id: uuid.UUID) -> AnyRow:
    """A plan of the person's that is paid period by period. Raises NotFound, BadPlan."""
    present = row_of(subscription_id)
    if present.user_id != user_id:
        raise NotFound()
    if present.paid_periods is None:
        raise BadPlan(NOTHING_TO_END)
    return present


def _holder(present: AnyRow) -> Actor:
    return Actor(user_id=present.user_id, role=None, organization_id=present.organization_id)
