"""Paying out through a pretend Stripe with the real SDK: setting up, transfers, lost answers, and what comes back."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor
from liveapp.domain.outbox.models import OutboxMessage
from liveapp.domain.payouts import checks, making, queries
from liveapp.domain.payouts.earners import Earner
from liveapp.domain.payouts.errors import AccountHeld
from liveapp.domain.payouts.models import Payout
from liveapp.gateways import payouts
from liveapp.gateways.stripe.client import StripeAway, sdk
from liveapp.rules.roles import Role
from liveapp.tasks import payouts as jobs
from liveapp.unit_of_work import transact
from liveapp.web import clock as app_clock
from tests import cast
from tests.conftest import Clock
from tests.domain.earnings import Studio
from tests.gateways.conftest import SECRET, Till

SEND = "POST /v1/transfers"
REFUSES = "000111111113"
"""The bank account of Stripe's documentation that is closed."""


@pytest.fixture
def studio(till: Till) -> Studio:
    """The till's studio, whose host is owed 90.00."""
    host_id = cast.session_row(till.session_id).host_id
    offering_id = cast.session_row(till.session_id).offering_id
    owner, ada = Actor(host_id, Role.OWNER, till.organization_id), Earner(till.organization_id, host_id)
    studio = Studio(till.organization_id, owner, ada, cast.user("Ben Okafor"), offering_id)
    studio.earn(10000, app_clock.now() - timedelta(days=9), at=app_clock.now())
    return studio


def begin(studio: Studio) -> str:
    """Ada goes to Stripe's page: its address."""
    return payouts.begin_set_up(
        studio.ada, actor=studio.owner, back_url="https://app.example.com/", now=app_clock.now()
    )


def account(studio: Studio) -> AnyRow:
    db.session.rollback()
    found = queries.account_of(earner=studio.ada)
    assert found is not None
    return found


def onboard(studio: Studio, till: Till, bank: str = "000123456789") -> str:
    """Ada hands everything in, and Stripe tells of it: the account's name."""
    begin(studio)
    name = str(account(studio).account_id)
    till.simulator.control("onboard", account=name, bank_account=bank)
    till.tell("account.updated")
    till.work()
    return name


def made(studio: Studio) -> uuid.UUID:
    return studio.pay(studio.ada, app_clock.now())


def row(payout_id: uuid.UUID) -> AnyRow:
    db.session.rollback()
    return queries.payout(payout_id=payout_id)


def fund(till: Till, amount: int = 50000) -> None:
    till.simulator.control("funds", amount=amount, currency="eur")


def assert_agreed() -> None:
    """Each payout that arrived is one transfer, and the book says the same."""
    db.session.rollback()
    assert list(checks.payouts(app_clock.now())) == []


def test_setting_up_makes_one_account_and_hears_when_it_is_ready(till: Till, studio: Studio) -> None:
    assert "/setup/" in begin(studio)
    assert "/setup/" in begin(studio)
    assert len(till.objects("account")) == 1
    assert not account(studio).is_ready
    onboard(studio, till)
    assert (account(studio).is_ready, account(studio).missing) == (True, [])


def test_an_account_that_nobody_told_of_is_asked_after(till: Till, studio: Studio) -> None:
    begin(studio)
    till.simulator.control("onboard", account=account(studio).account_id)
    assert jobs.look_at_accounts() == 1
    assert account(studio).is_ready
    till.simulator.control("reset")
    payouts.look_at_account(account(studio).account_id, now=app_clock.now())
    assert not account(studio).is_ready


def test_without_funds_it_waits_and_goes_when_they_are_there(till: Till, studio: Studio, clock: Clock) -> None:
    name = onboard(studio, till)
    payout_id = made(studio)
    till.work()
    assert (row(payout_id).status, row(payout_id).failure) == ("pending", "balance_insufficient")
    fund(till)
    assert jobs.send_waiting() == 0
    clock.advance(hours=3)
    assert jobs.send_waiting() == 1
    (transfer,) = till.objects("transfer")
    assert (transfer["amount"], transfer["currency"], transfer["destination"]) == (9000, "eur", name)
    assert (row(payout_id).status, row(payout_id).provider_id) == ("paid", transfer["id"])
    assert_agreed()


@pytest.mark.parametrize("fault", ["drop_after", "error_after", "drop_before", "error_before"])
def test_a_lost_answer_pays_once(till: Till, studio: Studio, clock: Clock, fault: str) -> None:
    """Whether Stripe did it or not, and whether its key keeps the error or not."""
    onboard(studio, till)
    fund(till)
    payout_id = made(studio)
    till.simulator.control("faults", rules=[{"match": SEND, "fault": fault, "times": 1}])
    with pytest.raises(StripeAway):
        payouts.send(payout_id, now=clock.now())
    assert row(payout_id).status == "processing"
    landed = till.simulator.show("faults")
    assert sum(each["landed"] for each in landed["rules"]) == 1
    till.simulator.control("faults", rules=[])
    clock.advance(minutes=6)
    assert jobs.send_waiting() == 1
    assert row(payout_id).status == "paid"
    assert len(till.objects("transfer")) == 1
    assert_agreed()


def test_what_stripe_refuses_is_owed_again(till: Till, studio: Studio) -> None:
    onboard(studio, till)
    payout_id = made(studio)
    till.simulator.control("reset")
    till.work()
    assert (row(payout_id).status, studio.owed(studio.ada)) == ("failed", 9000)
    assert not account(studio).is_ready
    assert_agreed()


def test_what_is_taken_back_in_stripes_console_is_owed_again_in_any_order(till: Till, studio: Studio) -> None:
    """The event of the reversal comes before anybody recorded that the money went."""
    onboard(studio, till)
    fund(till)
    payout_id = made(studio)
    till.simulator.control("faults", rules=[{"match": SEND, "fault": "drop_after", "times": 1}])
    with pytest.raises(StripeAway):
        payouts.send(payout_id, now=app_clock.now())
    (transfer,) = till.objects("transfer")
    sdk().v1.transfers.reversals.create(transfer["id"], {"amount": 2500})
    till.tell("transfer.", times=2)
    till.work()
    assert (row(payout_id).status, row(payout_id).reversed_minor, studio.owed(studio.ada)) == ("paid", 2500, 2500)
    sdk().v1.transfers.reversals.create(transfer["id"])
    till.tell("transfer.reversed", times=2)
    till.work()
    assert (row(payout_id).status, studio.owed(studio.ada)) == ("failed", 9000)
    assert_agreed()


def test_what_is_none_of_ours_changes_nothing(till: Till, studio: Studio) -> None:
    """Another site, or a person in the console, uses the same Stripe."""
    theirs = sdk().v1.accounts.create({"type": "express", "capabilities": {"transfers": {"requested": True}}}).id
    till.simulator.control("onboard", account=theirs)
    fund(till)
    for metadata in ({}, {"payout_id": uuid.uuid4().hex}):
        order = {"amount": 100, "currency": "eur", "destination": theirs, "metadata": metadata}
        sdk().v1.transfers.create(order)
    jobs.handle_event("payout.failed", "po_none", "acct_none")
    assert set(till.tell("transfer.")) == set(till.tell("account.")) == {200}
    till.work()
    left = select(OutboxMessage.name).where(OutboxMessage.name == "handle_event", OutboxMessage.done_at.is_(None))
    assert db.session.execute(left).all() == []
    assert db.session.execute(select(Payout.id)).all() == []


def test_a_bank_that_refuses_is_told_to_who_is_paid(till: Till, studio: Studio) -> None:
    onboard(studio, till, bank=REFUSES)
    fund(till)
    payout_id = made(studio)
    till.work()
    for _ in range(2):  # sent on the next day, refused on the one after
        till.simulator.control("clock", advance=86500)
    till.tell("payout.failed", times=2)
    till.work()
    assert row(payout_id).status == "paid"
    assert account(studio).bank_failure == "account_closed"
    assert cast.mails().count(("payout_refused_by_bank", "ada@example.com")) == 1
    assert db.session.execute(select(Payout.status)).scalars().all() == ["paid"]


def test_events_of_connected_accounts_come_signed_with_a_secret_of_their_own(app: Flask, till: Till) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], stripe_webhook_secret=f"{SECRET}, whsec_connect")
    sdk().v1.accounts.create({"type": "express"})
    answers = [till.tell(signed_by=secret)[:1] for secret in (SECRET, "whsec_connect", "whsec_other")]
    assert answers == [[200], [200], [400]]


@pytest.mark.parametrize("secret", [f"{SECRET},", f",{SECRET}", f"{SECRET}, ,whsec_connect", ","])
def test_nobody_signs_with_nothing(app: Flask, till: Till, secret: str) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], stripe_webhook_secret=secret)
    sdk().v1.accounts.create({"type": "express"})
    assert till.tell(signed_by="")[:1] == [400]


def test_a_changed_bank_account_is_mailed_to_every_owner_and_not_paid_to_for_72_hours(
    till: Till, studio: Studio, clock: Clock
) -> None:
    cast.staff(till.organization_id, "Olga Owner", "owner")
    onboard(studio, till)
    told = cast.mails().count
    named = ("payout_account_changed", "ada@example.com")
    assert (told(named), account(studio).held_until) == (1, None)
    fund(till)
    waiting = made(studio)
    till.simulator.control("onboard", account=account(studio).account_id, bank_account="999999999999")
    till.work()
    changed_at = app_clock.now()
    assert (row(waiting).status, row(waiting).failure) == ("pending", "account_changed")
    till.tell("account.updated")
    till.work()
    assert account(studio).held_until == changed_at + timedelta(hours=72)
    assert {address for kind, address in cast.mails() if kind == "payout_account_changed"} >= {
        "ada@example.com", "olga@example.com",
    }  # fmt: skip
    clock.advance(hours=71)
    with pytest.raises(AccountHeld):
        transact(making.make, earner=studio.ada, currency="EUR", now=app_clock.now())
    till.work()
    assert row(waiting).status == "pending"
    clock.advance(hours=1)
    till.work()
    assert row(waiting).status == "paid"
    assert_agreed()
