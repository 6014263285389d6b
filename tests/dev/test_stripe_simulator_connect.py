"""Connect, balances, payouts and disputes, as Stripe documents them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
import stripe

from liveapp.dev.stripe_simulator import Simulator

NewHost = Callable[..., str]
Charge = Callable[..., stripe.PaymentIntent]
DAY = 86400


@pytest.fixture
def new_host(api: stripe.StripeClient, simulator: Simulator) -> NewHost:
    """A connected account that takes transfers."""

    def make(bank: str = "000123456789", interval: str = "manual") -> str:
        made = api.v1.accounts.create(express(interval))
        simulator.control("onboard", account=made.id, bank_account=bank)
        return made.id

    return make


def express(interval: str = "manual") -> Any:
    """What an account is made with."""
    schedule = {"payouts": {"schedule": {"interval": interval}}}
    return {"type": "express", "capabilities": {"transfers": {"requested": True}}, "settings": schedule}


def balance(api: stripe.StripeClient, account: str | None = None) -> tuple[int, int]:
    """Available and pending US dollars."""
    held = api.v1.balance.retrieve({}, {"stripe_account": account} if account else {})
    sums = [sum(it.amount for it in part if it.currency == "usd") for part in (held.available, held.pending)]
    return sums[0], sums[1]


def test_onboarding_enables_payouts(api: stripe.StripeClient) -> None:
    made = api.v1.accounts.create({**express(), "email": "leo@example.com", "metadata": {"host": "3"}})
    assert (made.payouts_enabled, made.details_submitted) == (False, False)
    assert made.requirements is not None
    assert "external_account" in (made.requirements.currently_due or [])
    with pytest.raises(stripe.InvalidRequestError) as early:
        api.v1.transfers.create({"amount": 100, "currency": "usd", "destination": made.id})
    assert early.value.code == "insufficient_capabilities_for_transfer"
    urls = {"refresh_url": "https://app.example.com/again", "return_url": "https://app.example.com/done"}
    link = api.v1.account_links.create({"account": made.id, "type": "account_onboarding", **urls})
    assert "Set up payouts" in requests.get(link.url, timeout=5).text
    done = requests.post(link.url, {"answer": "complete", "bank": "000123456789"}, allow_redirects=False, timeout=5)
    assert done.headers["Location"] == urls["return_url"]
    used = requests.get(link.url, allow_redirects=False, timeout=5)
    assert used.headers["Location"] == urls["refresh_url"]
    ready = api.v1.accounts.retrieve(made.id)
    assert (ready.payouts_enabled, ready.details_submitted) == (True, True)
    assert ready.requirements is not None
    assert ready.requirements.currently_due == []
    assert api.v1.events.list({"type": "account.updated"}, {"stripe_account": made.id}).data[0].account == made.id
    dashboard = api.v1.accounts.login_links.create(made.id)
    assert requests.get(dashboard.url, timeout=5).status_code == 200


def test_leaving_onboarding_enables_nothing(api: stripe.StripeClient) -> None:
    made = api.v1.accounts.create(express())
    urls = {"refresh_url": "https://app.example.com/again", "return_url": "https://app.example.com/done"}
    link = api.v1.account_links.create({"account": made.id, "type": "account_onboarding", **urls})
    left = requests.post(link.url, {"answer": "leave"}, allow_redirects=False, timeout=5)
    assert left.headers["Location"] == urls["return_url"]
    assert api.v1.accounts.retrieve(made.id).payouts_enabled is False
    with pytest.raises(stripe.InvalidRequestError, match="not completed onboarding"):
        api.v1.accounts.login_links.create(made.id)


def test_a_foreign_account_is_refused(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.PermissionError) as refused:
        api.v1.accounts.retrieve("acct_none")
    assert refused.value.http_status == 403
    with pytest.raises(stripe.PermissionError):
        api.v1.balance.retrieve({}, {"stripe_account": "acct_none"})


def test_money_from_charges_is_pending_for_two_days(
    api: stripe.StripeClient, simulator: Simulator, charge: Charge, new_host: NewHost
) -> None:
    simulator.control("reset")
    charge(amount=10_000)
    assert balance(api) == (0, 9680)
    host = new_host()
    with pytest.raises(stripe.InvalidRequestError) as early:
        api.v1.transfers.create({"amount": 9000, "currency": "usd", "destination": host})
    assert early.value.code == "balance_insufficient"
    simulator.control("clock", advance=2 * DAY)
    assert balance(api) == (9680, 0)
    transfer = api.v1.transfers.create(
        {
            "amount": 9000,
            "currency": "usd",
            "destination": host,
            "transfer_group": "week-1",
            "metadata": {"payout": "1"},
        }
    )
    assert (balance(api), balance(api, host)) == ((680, 0), (9000, 0))
    assert [it.id for it in api.v1.transfers.list({"destination": host}).data] == [transfer.id]
    booked = api.v1.balance_transactions.list({"limit": 1}).data[0]
    assert (booked.type, booked.amount, booked.source) == ("transfer", -9000, transfer.id)


def test_the_card_that_bypasses_pending(api: stripe.StripeClient, simulator: Simulator, charge: Charge) -> None:
    simulator.control("reset")
    charge("pm_card_bypassPending")
    assert balance(api) == (4825, 0)


def test_a_transfer_from_a_charge_waits_with_it_and_is_no_more_than_it(
    api: stripe.StripeClient, charge: Charge, new_host: NewHost
) -> None:
    host, source = new_host(), str(charge().latest_charge)
    given: Any = {"currency": "usd", "destination": host, "source_transaction": source}
    api.v1.transfers.create({**given, "amount": 4500})
    assert balance(api, host) == (0, 4500)
    with pytest.raises(stripe.InvalidRequestError, match="must not exceed the source amount"):
        api.v1.transfers.create({**given, "amount": 501})


def test_reversals_up_to_what_is_left(api: stripe.StripeClient, simulator: Simulator, new_host: NewHost) -> None:
    simulator.control("funds", amount=1000, currency="usd")
    host = new_host()
    transfer = api.v1.transfers.create({"amount": 1000, "currency": "usd", "destination": host}).id
    assert api.v1.transfers.reversals.create(transfer, {"amount": 300}).amount == 300
    with pytest.raises(stripe.InvalidRequestError, match="greater than unreversed amount"):
        api.v1.transfers.reversals.create(transfer, {"amount": 701})
    api.v1.transfers.reversals.create(transfer)
    again = api.v1.transfers.retrieve(transfer)
    assert (again.amount_reversed, again.reversed, len(again.reversals.data)) == (1000, True, 2)
    assert balance(api, host) == (0, 0)


def test_payouts_arrive_a_day_later(api: stripe.StripeClient, simulator: Simulator, new_host: NewHost) -> None:
    host = new_host()
    simulator.control("funds", account=host, amount=1000, currency="usd")
    as_host: Any = {"stripe_account": host}
    with pytest.raises(stripe.InvalidRequestError) as over:
        api.v1.payouts.create({"amount": 1001, "currency": "usd"}, as_host)
    assert over.value.code == "balance_insufficient"
    payout = api.v1.payouts.create({"amount": 1000, "currency": "usd"}, as_host)
    assert (payout.status, balance(api, host)) == ("pending", (0, 0))
    simulator.control("clock", advance=DAY)
    assert api.v1.payouts.retrieve(payout.id, {}, as_host).status == "paid"
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.payouts.retrieve(payout.id)


@pytest.mark.parametrize(("bank", "code"), [("000111111116", "no_account"), ("000111111113", "account_closed")])
def test_payouts_that_fail_come_back(
    api: stripe.StripeClient, simulator: Simulator, new_host: NewHost, bank: str, code: str
) -> None:
    host = new_host(bank)
    simulator.control("funds", account=host, amount=1000, currency="usd")
    payout = api.v1.payouts.create({"amount": 1000, "currency": "usd"}, {"stripe_account": host})
    simulator.control("clock", advance=DAY)
    failed = api.v1.payouts.retrieve(payout.id, {}, {"stripe_account": host})
    assert (failed.status, failed.failure_code) == ("failed", code)
    assert balance(api, host) == (1000, 0)
    event = api.v1.events.list({"type": "payout.failed"}, {"stripe_account": host}).data[0]
    assert event.data.object["id"] == payout.id


def test_a_paid_payout_can_still_fail(api: stripe.StripeClient, simulator: Simulator, new_host: NewHost) -> None:
    host = new_host(interval="daily")
    simulator.control("funds", account=host, amount=1000, currency="usd")
    simulator.control("clock", advance=DAY)
    simulator.control("clock", advance=DAY)
    payout = api.v1.payouts.list({}, {"stripe_account": host}).data[0]
    assert (payout.status, payout.automatic, payout.amount) == ("paid", True, 1000)
    assert simulator.control("payouts/fail", payout=payout.id)["status"] == "failed"
    assert balance(api, host) == (1000, 0)


def test_a_destination_charge_sends_all_but_the_fee(
    api: stripe.StripeClient, charge: Charge, new_host: NewHost
) -> None:
    host = new_host()
    paid = charge(application_fee_amount=500, transfer_data={"destination": host}, expand=["latest_charge.transfer"])
    made = paid.latest_charge
    assert isinstance(made, stripe.Charge)
    assert isinstance(made.transfer, stripe.Transfer)
    assert (made.transfer.amount, balance(api, host)) == (4500, (0, 4500))
    refund = api.v1.refunds.create({"payment_intent": paid.id, "amount": 2500, "reverse_transfer": True})
    assert refund.transfer_reversal is not None
    assert api.v1.transfers.retrieve(made.transfer.id).amount_reversed == 2250


def test_a_direct_charge_belongs_to_the_account(api: stripe.StripeClient, new_host: NewHost) -> None:
    host = new_host()
    given: Any = {"amount": 5000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    given |= {"application_fee_amount": 500, "capture_method": "automatic", "return_url": "https://app.example.com"}
    paid = api.v1.payment_intents.create(given, {"stripe_account": host})
    assert balance(api, host) == (0, 5000 - 175 - 500)
    with pytest.raises(stripe.InvalidRequestError, match="No such payment intent"):
        api.v1.payment_intents.retrieve(paid.id)


def test_a_dispute_takes_the_money_and_winning_brings_it_back(
    api: stripe.StripeClient, simulator: Simulator, charge: Charge
) -> None:
    simulator.control("reset")
    paid = charge("pm_card_createDispute")
    dispute = api.v1.disputes.list({"payment_intent": paid.id}).data[0]
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 5000)
    assert sum(balance(api)) == 4825 - 5000 - 1500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.refunds.create({"payment_intent": paid.id})
    assert refused.value.code == "charge_disputed"
    answered = api.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    assert answered.status == "under_review"
    simulator.control("clock", advance=3600)
    assert api.v1.disputes.retrieve(dispute.id).status == "won"
    assert sum(balance(api)) == 4825
    kinds = [it.type for it in api.v1.events.list({"type": "charge.dispute.*"}).data]
    assert kinds[:2] == ["charge.dispute.closed", "charge.dispute.funds_reinstated"]
    assert sorted(kinds[-2:]) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


def test_a_dispute_is_lost_by_bad_evidence_by_silence_and_by_giving_in(
    api: stripe.StripeClient, simulator: Simulator, charge: Charge
) -> None:
    made = [simulator.control("disputes", payment_intent=charge().id)["id"] for _ in range(3)]
    api.v1.disputes.update(made[0], {"evidence": {"uncategorized_text": "losing_evidence"}})
    assert api.v1.disputes.close(made[1]).status == "lost"
    simulator.control("clock", advance=3600)
    assert [api.v1.disputes.retrieve(it).status for it in made] == ["lost", "lost", "needs_response"]
    simulator.control("clock", advance=10 * DAY)
    assert api.v1.disputes.retrieve(made[2]).status == "lost"
