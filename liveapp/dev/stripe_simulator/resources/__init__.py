"""What the API offers, a module a kind of object. Importing this registers all routes."""

from liveapp.dev.stripe_simulator.resources import (
    account_links,
    accounts,
    balances,
    charges,
    checkout_payments,
    checkout_sessions,
    customers,
    disputes,
    events,
    payment_intent_calls,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_intents,
    transfers,
)
from liveapp.dev.stripe_simulator.world import World

__all__ = [
    "account_links",
    "accounts",
    "checkout_sessions",
    "customers",
    "events",
    "payment_intent_calls",
    "payment_methods",
    "prepare",
    "setup_intents",
    "transfers",
]


def prepare(world: World) -> None:
    """Tell the world what to do when something planned falls due."""
    world.later = {
        "charge_settles": charges.settles,
        "capture_expires": payment_intents.capture_expires,
        "dispute_decided": disputes.decided,
        "dispute_is_due": disputes.due,
        "funds_available": balances.funds_available,
        "payout_arrives": payouts.arrives,
        "payout_daily": payouts.pay_out_daily,
        "refund_settles": refunds.settles,
        "session_expires": checkout_payments.runs_out,
    }
