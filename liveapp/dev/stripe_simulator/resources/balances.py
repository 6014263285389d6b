"""Balances as sums over balance transactions: available once their day has come, pending before."""

from __future__ import annotations

from collections import defaultdict

from liveapp.dev.stripe_simulator import money
from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.refusals import Body
from liveapp.dev.stripe_simulator.rendering import PAGING, listing
from liveapp.dev.stripe_simulator.routing import Call, route
from liveapp.dev.stripe_simulator.world import World

PENDING_SECONDS = 2 * 86400
"""How long money from a charge is on its way."""
CATEGORIES = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "refund_failure": "refund_failure",
    "adjustment": "dispute",
    "transfer": "transfer",
    "transfer_refund": "transfer_reversal",
    "payment_refund": "refund",
    "payout": "payout",
    "payout_failure": "payout_reversal",
    "application_fee": "platform_earning",
    "topup": "topup",
}


def book(
    world: World,
    account: str,
    kind: str,
    amount: int,
    currency: str,
    source: str | None,
    *,
    fee: int = 0,
    available_in: int = 0,
    description: str | None = None,
) -> Body:
    """A balance transaction; ``amount`` is signed, ``fee`` is taken off it, ``available_in`` seconds it counts."""
    made = world.add(
        "balance_transaction",
        "txn",
        account,
        amount=amount,
        available_on=world.now() + available_in,
        balance_type="payments",
        currency=currency,
        description=description,
        exchange_rate=None,
        fee=fee,
        fee_details=[_fee("stripe_fee", fee, currency)] if fee else [],
        net=amount - fee,
        reporting_category=CATEGORIES[kind],
        source=source,
        status="pending" if available_in else "available",
        type=kind,
    )
    if available_in:
        world.plan(available_in, "funds_available", made["id"])
    return made


def _fee(kind: str, amount: int, currency: str) -> Body:
    return {"amount": amount, "application": None, "currency": currency, "description": None, "type": kind}


def funds_available(world: World, booked_id: str) -> None:
    """The day has come on which money counts."""
    world.get("balance_transaction", booked_id)["status"] = "available"


def book_charge(world: World, charge: Body, *, at_once: bool) -> Body:
    """A charge's money comes in, less Stripe's fee and, on a connected account, the platform's."""
    amount, currency = charge["amount_captured"], charge["currency"]
    own = money.fee(amount, currency)
    wait = 0 if at_once else PENDING_SECONDS
    direct = charge["application_fee_amount"] if not charge["transfer_data"] else None
    made = book(
        world, charge["_account"], "charge", amount, currency, charge["id"],
        fee=own + (direct or 0), available_in=wait, description=charge["description"],
    )  # fmt: skip
    if direct:
        made["fee_details"] = [
            {"amount": own, "application": None, "currency": currency, "description": None, "type": "stripe_fee"},
            {
                "amount": direct,
                "application": None,
                "currency": currency,
                "description": None,
                "type": "application_fee",
            },
        ]
    return made


def available(world: World, account: str, currency: str) -> int:
    """What can be sent on or paid out now."""
    return sums(world, account)[0][currency]


def sums(world: World, account: str) -> tuple[dict[str, int], dict[str, int]]:
    """What is available and what is on its way, by currency."""
    ready: dict[str, int] = defaultdict(int)
    coming: dict[str, int] = defaultdict(int)
    for booked in world.newest("balance_transaction", account):
        into = ready if booked["status"] == "available" else coming
        into[booked["currency"]] += booked["net"]
    return ready, coming


@route("GET", "/balance")
def retrieve(call: Call) -> Body:
    ready, coming = sums(call.world, call.account)
    currencies = sorted(ready.keys() | coming.keys()) or ["usd"]

    def listed(sums: dict[str, int]) -> list[Body]:
        return [{"amount": sums[it], "currency": it, "source_types": {"card": sums[it]}} for it in currencies]

    return {"object": "balance", "available": listed(ready), "livemode": False, "pending": listed(coming)}


@route("GET", "/balance_transactions/{id}")
def retrieve_transaction(call: Call) -> Body:
    return call.world.find("balance_transaction", call.id, call.account)


@route(
    "GET",
    "/balance_transactions",
    {**PAGING, "currency": p.text, "payout": p.text, "source": p.text, "type": p.text},
)
def index(call: Call) -> Body:
    wanted = p.picked(call.params, "currency", "source", "type")
    payout = call.params.get("payout")
    return listing(
        call,
        "balance_transaction",
        lambda it: all(it[n] == v for n, v in wanted.items()) and payout in (None, it.get("_payout"), it["source"]),
    )
