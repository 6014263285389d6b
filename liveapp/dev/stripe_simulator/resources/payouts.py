"""Payouts: from an account's balance to its bank, by call or daily by themselves; some bank accounts refuse them."""

from __future__ import annotations

from liveapp.dev.stripe_simulator import money
from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.refusals import Body, Impossible
from liveapp.dev.stripe_simulator.rendering import PAGING, listing
from liveapp.dev.stripe_simulator.resources import balances
from liveapp.dev.stripe_simulator.routing import Call, route
from liveapp.dev.stripe_simulator.world import PLATFORM, World

ARRIVES_AFTER = 86400
DAY = 86400
FAILURES = {
    "000111111116": ("no_account", "The bank account details on file are probably incorrect. No bank account found."),
    "000111111113": ("account_closed", "The bank account has been closed."),
    "000222222227": ("insufficient_funds", "The bank account has insufficient funds."),
    "000333333335": ("debit_not_authorized", "Debit transactions are not approved on the bank account."),
    "000444444440": ("invalid_currency", "The bank was unable to process this payout because of its currency."),
}
"""The bank account numbers of Stripe's documentation whose payouts fail."""


def made(world: World, account: str, amount: int, currency: str, *, automatic: bool, **fields: object) -> Body:
    """Send money to the account's bank. Raises Impossible without a bank or without the funds."""
    bank = _bank(world, account)
    if balances.available(world, account, currency) < amount:
        message = "You have insufficient funds in your Stripe account for this transfer."
        raise Impossible(f"{message} Your card balance is too low.", code="balance_insufficient")
    blank: Body = dict.fromkeys(("application_fee", "application_fee_amount", "description", "original_payout"))
    blank |= dict.fromkeys(("failure_balance_transaction", "failure_code", "failure_message", "reversed_by"))
    blank |= {"metadata": {}, "statement_descriptor": None, "trace_id": None, "payout_method": None}
    payout = world.add(
        "payout",
        "po",
        account,
        **(blank | fields),
        amount=amount,
        arrival_date=world.now() + ARRIVES_AFTER,
        automatic=automatic,
        currency=currency,
        destination=bank["id"],
        method="standard",
        reconciliation_status="in_progress" if automatic else "not_applicable",
        source_type="card",
        status="pending",
        type="bank_account",
        _number=bank["_number"],
    )
    payout["balance_transaction"] = balances.book(world, account, "payout", -amount, currency, payout["id"])["id"]
    world.plan(ARRIVES_AFTER, "payout_arrives", payout["id"])
    world.emit("payout.created", payout)
    return payout


def arrives(world: World, payout_id: str) -> None:
    """The day of arrival: paid, or refused by the bank."""
    payout = world.get("payout", payout_id)
    if payout["status"] not in ("pending", "in_transit"):
        return None
    if payout["_number"] in FAILURES:
        return fail(world, payout, *FAILURES[payout["_number"]])
    payout["status"] = "paid"
    world.emit("payout.paid", payout)
    return None


def fail(world: World, payout: Body, code: str, message: str) -> None:
    """The bank sends it back; like Stripe, also after it was paid. Raises Impossible for one that is over."""
    if payout["status"] in ("failed", "canceled"):
        raise Impossible(f"Payout {payout['id']} is {payout['status']} already.")
    account, currency = payout["_account"], payout["currency"]
    booked = balances.book(world, account, "payout_failure", payout["amount"], currency, payout["id"])
    payout |= {"status": "failed", "failure_code": code, "failure_message": message}
    payout["failure_balance_transaction"] = booked["id"]
    world.emit("payout.failed", payout)


def pay_out_daily(world: World, account_id: str) -> None:
    """What accounts with a daily schedule have available goes to their bank, once a day."""
    account = world.tables.get("account", {}).get(account_id)
    if account is None:
        return
    world.plan(DAY, "payout_daily", account_id)
    if account["settings"]["payouts"]["schedule"]["interval"] != "daily" or not account["payouts_enabled"]:
        return
    currencies = {booked["currency"] for booked in world.newest("balance_transaction", account_id)}
    for currency in sorted(currencies):
        amount = balances.available(world, account_id, currency)
        if amount > 0:
            made(world, account_id, amount, currency, automatic=True)


def _bank(world: World, account: str) -> Body:
    if account == PLATFORM:
        return {"id": "ba_platform", "_number": "000123456789"}
    held = world.get("account", account)
    if not held["payouts_enabled"]:
        message = "Cannot create payouts: this account has requirements that need to be collected."
        raise Impossible(message, code="payouts_not_allowed")
    bank: Body = held["external_accounts"]["data"][0]
    return bank


@route(
    "POST",
    "/payouts",
    {
        "amount!": p.amount,
        "currency!": p.text,
        "description": p.clearable,
        "metadata": p.metadata,
        "method": p.one_of("instant", "standard"),
        "statement_descriptor": p.text,
    },
)
def create(call: Call) -> Body:
    currency = money.known_currency(call.params["currency"])
    fields = p.picked(call.params, "description", "statement_descriptor")
    fields["metadata"] = p.merged({}, call.params.get("metadata"))
    return made(call.world, call.account, call.params["amount"], currency, automatic=False, **fields)


@route("GET", "/payouts/{id}")
def retrieve(call: Call) -> Body:
    return call.world.find("payout", call.id, call.account)


@route("POST", "/payouts/{id}/cancel")
def cancel(call: Call) -> Body:
    payout = call.world.find("payout", call.id, call.account)
    if payout["status"] != "pending" or payout["automatic"]:
        raise Impossible("Only a pending payout that was made by hand can be canceled.")
    payout["status"] = "canceled"
    balances.book(call.world, call.account, "payout_failure", payout["amount"], payout["currency"], payout["id"])
    call.world.emit("payout.canceled", payout)
    return payout


@route("GET", "/payouts", {**PAGING, "destination": p.text, "status": p.text})
def index(call: Call) -> Body:
    wanted = p.picked(call.params, "destination", "status")
    return listing(call, "payout", lambda it: all(it[name] == value for name, value in wanted.items()))
