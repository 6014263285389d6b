"""Making, changing and archiving plans. A changed plan holds for the credits it gives next; its quotas hold at once."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.catalogue import rows
from liveapp.domain.catalogue.checks import check_right
from liveapp.domain.catalogue.models import Program
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.plans.errors import BadPlan
from liveapp.domain.plans.models import MOST_CREDITS, Plan, PlanProgram, Subscription


@dataclass(frozen=True, slots=True)
class PlanDetails:
    """What a person says about a plan. `program_ids` empty: it covers everything. Price in minor units."""

    name: str
    kind: str
    description: str = ""
    class_credits: int | None = None
    valid_days: int | None = None
    period: str | None = None
    max_bookings_per_day: int | None = None
    max_bookings_per_week: int | None = None
    allow_overlapping_bookings: bool = False
    price_minor: int | None = None
    is_sold_online: bool = False
    program_ids: frozenset[uuid.UUID] = frozenset()

    def columns(self) -> dict[str, Any]:
        """The plan's own columns: what doesn't belong to its kind is empty."""
        said = asdict(self)
        del said["program_ids"]
        is_pack = self.kind == "pack"
        return said | {
            "name": self.name.strip(),
            "valid_days": self.valid_days if is_pack else None,
            "period": None if is_pack else self.period,
        }


def add_plan(*, actor: Actor, details: PlanDetails, now: datetime, key: str | None = None) -> uuid.UUID:
    """A new plan, in the organization's currency. Returns its id. Raises BadPlan, NameTaken."""
    plan_id = uuid.uuid4()
    before = idempotency.claim(key, plan_id, now=now)
    if before:
        return before
    check_right(actor)
    _check(actor, details)
    currency = db.session.execute(
        select(Organization.currency).where(Organization.id == actor.organization_id)
    ).scalar_one()
    rows.insert_row(Plan, "plan", plan_id, actor, details.columns() | {"currency": currency}, now)
    _cover(actor, plan_id, details.program_ids, now)
    return plan_id


def change_plan(*, actor: Actor, plan_id: uuid.UUID, details: PlanDetails, now: datetime) -> None:
    """Writes what changed. A plan that somebody holds keeps its kind, its period and whether it counts credits. Raises
    BadPlan, NameTaken."""
    check_right(actor)
    present = rows.own_row(Plan, actor, plan_id)
    _check(actor, details)
    columns = details.columns()
    nature = (present.kind, present.period, present.class_credits is None)
    if nature != (columns["kind"], columns["period"], columns["class_credits"] is None) and _holders(plan_id):
        raise BadPlan(
            "People hold this plan, so it goes on giving what it gives, as often. Make a new plan instead.",
            field="gives",
        )
    rows.update_row(Plan, "plan", actor, present, columns, now)
    _cover(actor, plan_id, details.program_ids, now)


def archive_plan(*, actor: Actor, plan_id: uuid.UUID, now: datetime) -> None:
    """Not to be given any more; who holds it keeps it."""
    check_right(actor)
    rows.set_archived(Plan, "plan", actor, rows.own_row(Plan, actor, plan_id), now, archived=True)


def restore_plan(*, actor: Actor, plan_id: uuid.UUID, now: datetime) -> None:
    """To be given again."""
    check_right(actor)
    rows.set_archived(Plan, "plan", actor, rows.own_row(Plan, actor, plan_id), now, archived=False)


def _check(actor: Actor, details: PlanDetails) -> None:
    """Numbers that make sense together, and programs of this organization."""
    if not details.name.strip():
        raise BadPlan("Give the plan a name.", field="name")
    if details.kind == "pack" and details.class_credits is None and details.valid_days is None:
        raise BadPlan("A pack has a number of credits, or days that it is valid for, or both.", field="class_credits")
    if details.kind == "period" and details.period is None:
        raise BadPlan("Choose how often the plan renews itself.", field="period")
    if details.is_sold_online and not details.price_minor:
        raise BadPlan("Say a price to sell it online.", field="price")
    limits = (
        ("class_credits", 1, MOST_CREDITS),
        ("valid_days", 1, 3660),
        ("max_bookings_per_day", 1, 100),
        ("max_bookings_per_week", 1, 700),
    )
    for field, least, most in limits:
        value = getattr(details, field)
        if value is not None and not least <= value <= most:
            raise BadPlan(f"Choose a whole number from {least} to {most:,}, or leave it empty.", field=field)
    known = select(func.count()).where(
        Program.id.in_(details.program_ids), Program.organization_id == actor.organization_id
    )
    if details.program_ids and db.session.execute(known).scalar_one() != len(details.program_ids):
        raise BadPlan("One of the programs isn't there any more. Choose again.", field="program_ids")


def _cover(actor: Actor, plan_id: uuid.UUID, wanted: frozenset[uuid.UUID], now: datetime) -> None:
    """Writes which programs the plan covers, when that changed."""
    of_plan = select(PlanProgram.program_id).where(PlanProgram.plan_id == plan_id)
    present = set(db.session.execute(of_plan).scalars())
    if present == wanted:
        return
    db.session.execute(delete(PlanProgram).where(PlanProgram.plan_id == plan_id))
    for program_id in sorted(wanted):
        db.session.execute(
            insert(PlanProgram).values(organization_id=actor.organization_id, plan_id=plan_id, program_id=program_id)
        )
    rows.record(
        actor, "plan.cover", "plan", plan_id, now,
        before={"program_ids": sorted(map(str, present))}, after={"program_ids": sorted(map(str, wanted))},
    )  # fmt: skip


def _holders(plan_id: uuid.UUID) -> int:
    query = select(func.count()).where(Subscription.plan_id == plan_id, Subscription.status != "ended")
    return db.session.execute(query).scalar_one()
