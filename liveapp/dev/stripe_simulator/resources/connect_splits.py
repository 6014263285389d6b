"""Charges whose money is shared with a connected account: ``transfer_data`` and ``application_fee_amount``."""

from __future__ import annotations

from liveapp.dev.stripe_simulator.refusals import BadParameter, Body
from liveapp.dev.stripe_simulator.resources import balances, transfers
from liveapp.dev.stripe_simulator.world import PLATFORM, World


def check(world: World, params: Body, amount: int) -> None:
    """Refuses shares over the amount, and destinations that aren't there or can't take transfers."""
    fee, split = params.get("application_fee_amount"), params.get("transfer_data")
    if fee is not None and fee > amount:
        message = f"The application fee cannot be greater than the amount ({fee} > {amount})."
        raise BadParameter(message, param="application_fee_amount")
    if split is None:
        return
    if "destination" not in split:
        message = "Missing required param: transfer_data[destination]."
        raise BadParameter(message, param="transfer_data[destination]", code="parameter_missing")
    if fee is not None and "amount" in split:
        raise BadParameter(
            "You may only specify one of these parameters: application_fee_amount, transfer_data[amount]."
        )
    if split.get("amount", 0) > amount:
        raise BadParameter("The transfer amount must be at most the charge's.", param="transfer_data[amount]")
    transfers.destination_of(world, split["destination"], param="transfer_data[destination]")


def carry_out(world: World, charge: Body) -> None:
    """After a capture: send the connected account its share, or the platform its fee."""
    split, fee = charge["transfer_data"], charge["application_fee_amount"] or 0
    if split:
        share = min(split.get("amount", charge["amount_captured"] - fee), charge["amount_captured"])
        transfer = transfers.made(
            world,
            destination=split["destination"],
            amount=share,
            currency=charge["currency"],
            source=charge,
            transfer_group=charge["transfer_group"] or f"group_{charge['payment_intent']}",
        )
        charge["transfer"] = transfer["id"]
    elif fee and charge["_account"] != PLATFORM:
        balances.book(
            world, PLATFORM, "application_fee", fee, charge["currency"], charge["id"],
            available_in=balances.PENDING_SECONDS,
        )  # fmt: skip
