"""Processes killed with -9 while a payout is made and sent: it goes once, and the book says the same."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from liveapp import create_app
from liveapp.config import Settings
from liveapp.db import db
from liveapp.domain.payouts import balances, checks, making
from liveapp.domain.payouts.earners import Earner
from liveapp.domain.payouts.models import Payout
from liveapp.gateways import payouts
from liveapp.unit_of_work import transact_in_turn
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.domain.earnings import Studio
from tests.faults.children import is_killed
from tests.gateways.conftest import Till, simulator, till
from tests.gateways.test_payouts import fund, onboard, studio

__all__ = ["simulator", "studio", "till"]

EVERY_TIME = ("begin.after_commit", "payout.sent", "record_paid.before_commit")
AT_LENGTH = (
    "make.before_commit", "make.after_commit", "begin.before_commit", "payout.asked", "record_paid.after_commit",
)  # fmt: skip
PAYING = [*EVERY_TIME, *(pytest.param(point, marks=pytest.mark.faults) for point in AT_LENGTH)]
RUNS = [1, pytest.param(20, marks=pytest.mark.faults)]


def _pay_out(settings: Settings, organization_id: uuid.UUID, host_id: uuid.UUID, now: datetime) -> None:
    with create_app(settings).app_context():
        pay_out(Earner(organization_id, host_id), now)


def pay_out(earner: Earner, now: datetime) -> None:
    """What schedule and worker do: the payout is made unless it is there, and sent."""
    db.session.rollback()
    if balances.payable(earner=earner, currency="EUR", now=now):
        transact_in_turn(earner.turn, making.make, earner=earner, currency="EUR", now=now)
    db.session.rollback()
    for payout_id in db.session.execute(select(Payout.id)).scalars().all():
        payouts.send(payout_id, now=now)


@ON_ONE_DATABASE
@pytest.mark.parametrize("point", PAYING)
@pytest.mark.parametrize("runs", RUNS)
def test_killed_while_a_payout_is_made_and_sent(
    app: Flask, till: Till, studio: Studio, clock: Clock, point: str, runs: int
) -> None:
    onboard(studio, till)
    fund(till, 20 * 9000)
    landed = 0
    for number in range(runs):
        if number:
            clock.advance(minutes=1)
            studio.earn(10000, clock.now().replace(month=1))
        settings = replace(app.extensions["settings"], kill_at=point)
        landed += is_killed(_pay_out, settings, studio.organization_id, studio.ada.host_id, clock.now())
        for _ in range(2):
            pay_out(studio.ada, clock.now())
    assert landed == runs
    assert [each["amount"] for each in till.objects("transfer")] == [9000] * runs
    assert studio.owed(studio.ada) == 0
    assert list(checks.payouts(clock.now())) == []
