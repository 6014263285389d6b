"""What the simulator holds, for somebody who wants to see what became of a payment; and receipts."""

from __future__ import annotations

import json
from itertools import islice

from liveapp.dev.stripe_simulator.pages.view import Page, View
from liveapp.dev.stripe_simulator.resources import balances
from liveapp.dev.stripe_simulator.world import PLATFORM

SHOWN = 50
LISTED = (
    ("payment_intent", "Payments", "A payment appears here as soon as somebody comes to the card page."),
    ("refund", "Refunds", "Money that was given back."),
    ("setup_intent", "Saved cards", "A card saved for later appears here."),
    ("transfer", "Transfers", "What the platform sent on to hosts."),
    ("payout", "Payouts", "What went to a bank."),
    ("dispute", "Disputes", "Card 4000 0000 0000 0259 makes one."),
    ("account", "Connected accounts", "Hosts who take part in payouts."),
)


def index(view: View) -> Page:
    """The latest of each kind, the platform's balance, the events and what became of their webhooks."""
    held = [(kind, title, hint, list(islice(view.world.newest(kind), SHOWN))) for kind, title, hint in LISTED]
    ready, coming = balances.sums(view.world, PLATFORM)
    events = [json.loads(written) for written in islice(reversed(view.world.events.values()), SHOWN)]
    return Page.of(
        "overview",
        held=held,
        ready=ready,
        coming=coming,
        events=events,
        courier=view.courier.as_json(),
        now=view.world.now(),
    )


def receipt(view: View) -> Page:
    """A charge's receipt."""
    charge = view.world.tables.get("charge", {}).get(view.ids["id"])
    if charge is None or not charge["paid"]:
        return Page.gone("There is no such receipt.")
    return Page.of("receipt", charge=charge)
