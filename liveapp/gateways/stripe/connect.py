"""Stripe Connect: accounts that earners are paid to, Stripe's pages for setting them up, and transfers to them.

A transfer needs money that is available (https://docs.stripe.com/connect/separate-charges-and-transfers); what a
charge brought in is pending for some days.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from liveapp.gateways.stripe.client import answers, from_stripe, named, sdk, to_stripe

NOT_NOW = ("balance_insufficient", "off")
"""Reasons that pass: without the funds, or without keys for Stripe, the same can be asked again later."""


@dataclass(frozen=True, slots=True)
class Account:
    """A connected account: whether money can go there and on to a bank, what Stripe still asks for, and its mark of the
    bank account (empty: none yet)."""

    id: str
    is_ready: bool
    missing: tuple[str, ...]
    bank: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """So much to be sent to an account, for a payout of ours; `attempt` is part of the key."""

    payout_id: uuid.UUID
    attempt: int
    account_id: str
    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money sent to an account: for which payout of ours, and what of it came back (Stripe's names, minor units)."""

    id: str
    payout_id: uuid.UUID | None
    reversals: tuple[tuple[str, int], ...]


def open_account(*, key: uuid.UUID, email: str) -> Account:
    """A new account, once for each row of ours. Raises StripeAway, StripeRefused."""
    params = {
        "type": "express",
        "email": email,
        "capabilities": {"transfers": {"requested": True}},
        "metadata": {"payout_account_id": key.hex},
    }
    with answers():
        return _account(sdk().v1.accounts.create(params, {"idempotency_key": f"account-{key.hex}"}))


def account(account_id: str) -> Account:
    """The account as it is now. Raises StripeAway, StripeRefused."""
    with answers():
        return _account(sdk().v1.accounts.retrieve(account_id))


def set_up_page(account_id: str, *, back_url: str) -> str:
    """The address of Stripe's page where the account's owner says who they are and where their bank is. It works once,
    for some minutes; used or late it leads back, too. Raises StripeAway, StripeRefused."""
    params = {"account": account_id, "type": "account_onboarding", "return_url": back_url, "refresh_url": back_url}
    with answers():
        return str(sdk().v1.account_links.create(params).url)


def send(order: Order) -> Transfer:
    """Sends the money, once for each payout and attempt. Raises StripeAway, StripeRefused."""
    params = {
        "amount": to_stripe(order.minor, order.currency),
        "currency": order.currency.lower(),
        "destination": order.account_id,
        "transfer_group": _group(order.payout_id),
        "metadata": {"payout_id": order.payout_id.hex},
    }
    key = f"payout-{order.payout_id.hex}-{order.attempt}"
    with answers():
        return _transfer(sdk().v1.transfers.create(params, {"idempotency_key": key}))


def sent(payout_id: uuid.UUID) -> Transfer | None:
    """What was sent for the payout, whatever answer got lost. Raises StripeAway, StripeRefused."""
    with answers():
        found = sdk().v1.transfers.list({"transfer_group": _group(payout_id), "limit": 1}).data
    return _transfer(found[0]) if found else None


def transfer(transfer_id: str) -> Transfer:
    """A transfer as it is now. Raises StripeAway, StripeRefused."""
    with answers():
        return _transfer(sdk().v1.transfers.retrieve(transfer_id))


def bank_failure(account_id: str) -> str:
    """Why the account's bank refused what Stripe sent it last; empty where it took it. Raises StripeAway,
    StripeRefused."""
    with answers():
        found = sdk().v1.payouts.list({"limit": 10}, {"stripe_account": account_id}).data
    decided = [each.to_dict() for each in found if each.status in ("paid", "failed")]
    if not decided or decided[0]["status"] == "paid":
        return ""
    return str(decided[0].get("failure_code") or "refused")


def _group(payout_id: uuid.UUID) -> str:
    return f"payout-{payout_id.hex}"


def _account(found: Any) -> Account:
    values = found.to_dict()
    takes_transfers = (values.get("capabilities") or {}).get("transfers") == "active"
    missing = (values.get("requirements") or {}).get("currently_due") or []
    is_ready = takes_transfers and bool(values.get("payouts_enabled"))
    banks = (values.get("external_accounts") or {}).get("data") or []
    marks = sorted(str(each.get("fingerprint") or each["id"]) for each in banks)
    return Account(values["id"], is_ready, tuple(str(each) for each in missing), " ".join(marks))


def _transfer(found: Any) -> Transfer:
    values = found.to_dict()
    reversals = (values.get("reversals") or {}).get("data") or []
    currency = str(values["currency"]).upper()
    return Transfer(
        id=values["id"],
        payout_id=named(values.get("metadata"), "payout_id"),
        reversals=tuple((each["id"], from_stripe(each["amount"], currency)) for each in reversals),
    )
