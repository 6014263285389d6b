"""Two schedulers and an owner pay out one balance at once: it is paid once, and proof that the guards are why."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select, text

from liveapp.config import Settings
from liveapp.db import db
from liveapp.domain.actor import Actor
from liveapp.domain.payouts import checks, making
from liveapp.domain.payouts.earners import Earner
from liveapp.domain.payouts.models import Payout
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW
from tests.concurrency import race
from tests.concurrency.race import Call
from tests.concurrency.test_races import World, spare
from tests.domain.earnings import Studio

__all__ = ["spare"]

PAYERS = 24


def payers(studio: Studio) -> list[Call]:
    """Many who pay out Ada's 90.00 at once."""
    studio.earn(10000, NOW - timedelta(days=9))
    studio.set_up(studio.ada)
    values = {"earner": studio.ada, "currency": "EUR", "now": NOW}
    return [Call(making.make, values, studio.ada.turn)] * PAYERS


def paid() -> tuple[int, int]:
    """How many payouts there are, and of how much together."""
    found = cast.one(select(func.count(), func.coalesce(func.sum(Payout.amount_minor), 0)))
    return int(found[0]), int(found[1])


def test_a_balance_is_paid_out_once_however_many_pay_it(app: Flask, settings: Settings) -> None:
    outcome = race.run(settings, payers(Studio.open()))
    assert outcome.errors == []
    assert len(outcome.results) == 1
    assert outcome.refusals.keys() <= {"payout_under_way", "nothing_payable"}
    assert sum(outcome.refusals.values()) == PAYERS - 1
    assert paid() == (1, 9000)
    assert list(checks.payouts(NOW)) == []


def test_without_the_guards_a_balance_is_paid_twice(spare: tuple[World, Settings]) -> None:
    world, settings = spare
    transact(_drop_index)
    for _ in range(5):
        before = paid()[0]
        race.run(settings, payers(_another(world)), guarded=False)
        if paid()[0] > before + 1:
            return
    raise AssertionError("the race is never lost, so winning it proves nothing")


def _another(world: World) -> Studio:
    """A host of the world's studio who wasn't paid yet."""
    host_id, guest_id = (cast.user("Some One", f"{uuid.uuid4().hex}@example.com") for _ in range(2))
    cast.membership(world.organization_id, host_id, "coach")
    owner, host = Actor(world.ada, Role.OWNER, world.organization_id), Earner(world.organization_id, host_id)
    return Studio(world.organization_id, owner, host, guest_id, cast.offering(world.organization_id))


def _drop_index() -> None:
    db.session.execute(text("DROP INDEX uq_payouts_under_way"))
