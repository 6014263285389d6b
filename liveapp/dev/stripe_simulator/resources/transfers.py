"""Transfers from the platform to connected accounts, and their reversals."""

from __future__ import annotations

from liveapp.dev.stripe_simulator import money
from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.refusals import BadParameter, Body, Impossible, Missing
from liveapp.dev.stripe_simulator.rendering import CURSOR, PAGING, as_list, listing
from liveapp.dev.stripe_simulator.resources import balances
from liveapp.dev.stripe_simulator.routing import Call, route
from liveapp.dev.stripe_simulator.world import PLATFORM, World, public

INSUFFICIENT = (
    "You have insufficient available funds in your Stripe account. One likely reason you have insufficient funds is "
    "that your funds are automatically being paid out; try enabling manual payouts."
)


def destination_of(world: World, account_id: str, *, param: str = "destination") -> Body:
    """A connected account that takes transfers. Raises Missing, Impossible."""
    account = world.tables.get("account", {}).get(account_id)
    if account is None:
        raise Missing("destination", account_id, param=param)
    if account["capabilities"].get("transfers") != "active":
        raise Impossible(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
            "crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
            param=param,
        )
    return account


def made(
    world: World,
    *,
    destination: str,
    amount: int,
    currency: str,
    source: Body | None,
    transfer_group: str | None,
    description: str | None = None,
    metadata: Body | None = None,
) -> Body:
    """Move money to an account; it counts there when the charge it comes from does. Raises Impossible without funds."""
    if source is None and balances.available(world, PLATFORM, currency) < amount:
        raise Impossible(INSUFFICIENT, code="balance_insufficient")
    wait = 0
    if source:
        booked = world.tables["balance_transaction"].get(source["balance_transaction"])
        wait = max(0, booked["available_on"] - world.now()) if booked else balances.PENDING_SECONDS
    transfer = world.add(
        "transfer",
        "tr",
        PLATFORM,
        amount=amount,
        amount_reversed=0,
        currency=currency,
        description=description,
        destination=destination,
        metadata=p.merged({}, metadata),
        reversals=None,
        reversed=False,
        source_transaction=source["id"] if source else None,
        source_type="card",
        transfer_group=transfer_group,
    )
    transfer["reversals"] = as_list([], f"/v1/transfers/{transfer['id']}/reversals")
    out = balances.book(world, PLATFORM, "transfer", -amount, currency, transfer["id"], available_in=wait)
    payment = f"py_{transfer['id'][3:]}"
    transfer |= {"balance_transaction": out["id"], "destination_payment": payment}
    balances.book(world, destination, "payment", amount, currency, payment, available_in=wait)
    world.emit("transfer.created", transfer)
    return transfer


def reversed_by(world: World, transfer: Body, amount: int, params: Body) -> Body:
    """Take money back from an account, whose balance may become negative. Raises Impossible for more than is left."""
    left = transfer["amount"] - transfer["amount_reversed"]
    if left == 0:
        raise Impossible(f"Transfer {transfer['id']} is already fully reversed.")
    if amount > left:
        shown = money.in_words(amount, transfer["currency"]), money.in_words(left, transfer["currency"])
        message = f"Amount to reverse ({shown[0]}) is greater than unreversed amount on transfer ({shown[1]})"
        raise Impossible(message, param="amount")
    reversal = world.add(
        "transfer_reversal",
        "trr",
        PLATFORM,
        amount=amount,
        currency=transfer["currency"],
        destination_payment_refund=None,
        metadata=p.merged({}, params.get("metadata")),
        source_refund=None,
        transfer=transfer["id"],
    )
    currency = transfer["currency"]
    balances.book(world, transfer["destination"], "payment_refund", -amount, currency, transfer["destination_payment"])
    back = balances.book(world, PLATFORM, "transfer_refund", amount, currency, reversal["id"])
    reversal["balance_transaction"] = back["id"]
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"].insert(0, public(reversal))
    world.emit("transfer.reversed", transfer)
    return reversal


@route(
    "POST",
    "/transfers",
    {
        "amount!": p.amount,
        "currency!": p.text,
        "description": p.clearable,
        "destination!": p.text,
        "metadata": p.metadata,
        "source_transaction": p.text,
        "transfer_group": p.text,
    },
)
def create(call: Call) -> Body:
    world, given = call.world, call.params
    currency = money.known_currency(given["currency"])
    destination_of(world, given["destination"])
    source = None
    if "source_transaction" in given:
        source = _source(call, given["source_transaction"], given["amount"], currency)
    group: str | None = given.get("transfer_group")
    if source:
        group = group or source["transfer_group"] or f"group_{source['payment_intent']}"
        source["transfer_group"] = group
        source["_transferred"] = source.get("_transferred", 0) + given["amount"]
    return made(
        world,
        destination=given["destination"],
        amount=given["amount"],
        currency=currency,
        source=source,
        transfer_group=group,
        description=given.get("description"),
        metadata=given.get("metadata"),
    )


def _source(call: Call, charge_id: str, amount: int, currency: str) -> Body:
    charge = call.world.find("charge", charge_id, call.account, param="source_transaction")
    if charge["currency"] != currency:
        raise BadParameter("The currency of source_transaction's balance transaction must be the transfer's.")
    if not charge["captured"]:
        raise Impossible("Only a captured charge can be a source_transaction.", param="source_transaction")
    left = charge["amount_captured"] - charge.get("_transferred", 0)
    if amount > left:
        shown = money.in_words(left, currency)
        message = f"Transfers using this transaction as a source must not exceed the source amount of {shown}."
        raise Impossible(message, param="amount")
    return charge


@route("GET", "/transfers/{id}")
def retrieve(call: Call) -> Body:
    return call.world.find("transfer", call.id, call.account)


@route("POST", "/transfers/{id}", {"description": p.clearable, "metadata": p.metadata})
def update(call: Call) -> Body:
    transfer = call.world.find("transfer", call.id, call.account)
    transfer["description"] = call.params.get("description", transfer["description"])
    transfer["metadata"] = p.merged(transfer["metadata"], call.params.get("metadata"))
    call.world.emit("transfer.updated", transfer)
    return transfer


@route("GET", "/transfers", {**PAGING, "destination": p.text, "transfer_group": p.text})
def index(call: Call) -> Body:
    wanted = p.picked(call.params, "destination", "transfer_group")
    return listing(call, "transfer", lambda it: all(it[name] == value for name, value in wanted.items()))


@route("POST", "/transfers/{id}/reversals", {"amount": p.amount, "description": p.clearable, "metadata": p.metadata})
def reverse(call: Call) -> Body:
    transfer = call.world.find("transfer", call.id, call.account)
    left = transfer["amount"] - transfer["amount_reversed"]
    return reversed_by(call.world, transfer, call.params.get("amount", left), call.params)


@route("GET", "/transfers/{id}/reversals", CURSOR)
def reversals(call: Call) -> Body:
    transfer = call.world.find("transfer", call.id, call.account)
    return listing(call, "transfer_reversal", lambda it: bool(it["transfer"] == transfer["id"]))
