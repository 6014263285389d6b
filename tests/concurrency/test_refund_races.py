"""Several of the staff give money back at once: one refund, and a clear word for the others."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Flask
from sqlalchemy import func, select

from liveapp.config import Settings
from liveapp.db import db
from liveapp.domain.payments import staff_refunds
from liveapp.domain.payments.models import Payment, Refund
from liveapp.rules.roles import Role
from tests import cast
from tests.cast import NOW
from tests.concurrency import race
from tests.concurrency.race import Call
from tests.conftest import settings_for
from tests.databases import Database

PEOPLE = 12


def calls() -> list[Call]:
    """They all see that 15.00 are left, and give 5.00 back."""
    organization_id = cast.organization(f"studio-{uuid.uuid4().hex[:6]}")
    owner = cast.actor(organization_id, f"Olga{uuid.uuid4().hex[:6]} Owner", Role.OWNER)
    payment_id = cast.payment(organization_id, owner.user_id or uuid.uuid4(), cast.plan(organization_id))
    values = {"payment_id": payment_id, "minor": 500, "left_seen": 1500, "reason": "Ill", "actor": owner, "now": NOW}
    return [
        Call(staff_refunds.refund, values | {"key": f"{payment_id}-{number}"}, (payment_id,))
        for number in range(PEOPLE)
    ]


def made(payment_id: uuid.UUID) -> int:
    db.session.rollback()
    return db.session.execute(select(func.count()).where(Refund.payment_id == payment_id)).scalar_one()


def test_who_presses_at_once_makes_one_refund(app: Flask, settings: Settings) -> None:
    wanted = calls()
    outcome = race.run(settings, wanted)
    assert outcome.errors == []
    assert (len(outcome.results), outcome.refusals["not_refundable"]) == (1, PEOPLE - 1)
    payment_id = wanted[0].values["payment_id"]
    assert made(payment_id) == 1
    assert cast.one(select(Payment.claimed_minor).where(Payment.id == payment_id))[0] == 500


def test_without_the_guards_there_are_several(
    database: Database,
    new_database: Callable[..., Database],
    new_app_on: Callable[..., Flask],
    redis_url: str,
) -> None:
    own = new_database(database.kind)
    with new_app_on(own).app_context():
        for _ in range(5):
            wanted = calls()
            race.run(settings_for(own, redis_url), wanted, guarded=False)
            if made(wanted[0].values["payment_id"]) > 1:
                return
    raise AssertionError("the race was never lost, so it proves nothing")
