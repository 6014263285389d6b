"""Nonsense in every call: the pretend Stripe refuses it with a Stripe error and never breaks by itself."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import Client

from liveapp.dev.stripe_simulator import Simulator
from liveapp.dev.stripe_simulator.routing import ROUTES, Route

AUTHORIZED = {"Authorization": "Bearer sk_test_1"}
WORDS = re.findall(
    r"\S+",
    """usd jpy true false card 1 50 5000 -1 x pm_card_visa pm_card_chargeDeclined pm_card_authenticationRequired setup
    https://example.com express account_onboarding manual off_session 2100000000 tok_visa duplicate never""",
)
WORDS += ["", "9" * 40, "\x00", "é" * 600]
LIKELY = {
    "amount": ["50", "100", "5000"],
    "capabilities": [],
    "card": [],
    "confirm": ["true"],
    "currency": ["usd"],
    "mode": ["payment", "setup"],
    "payment_method": [
        "pm_card_visa",
        "pm_card_createDispute",
        "pm_card_authenticationRequired",
        "pm_card_pendingRefund",
    ],
    "quantity": ["1", "2"],
    "refresh_url": ["https://example.com"],
    "requested": ["true"],
    "return_url": ["https://example.com"],
    "success_url": ["https://example.com"],
    "token": ["tok_visa"],
    "transfers": [],
    "type": ["card", "express", "account_onboarding"],
    "unit_amount": ["900"],
}
"""What mostly stands in these parameters, so that many calls get through."""
PREFIXES = {
    "account": "acct_", "accounts": "acct_", "balance_transactions": "txn_", "charge": "ch_", "charges": "ch_",
    "customer": "cus_", "customers": "cus_", "destination": "acct_", "disputes": "du_", "events": "evt_",
    "payment_intent": "pi_", "payment_intents": "pi_", "payment_method": "pm_", "payment_methods": "pm_",
    "payouts": "po_", "refunds": "re_", "sessions": "cs_", "setup_intents": "seti_", "source_transaction": "ch_",
    "transfers": "tr_",
}  # fmt: skip


@pytest.fixture(scope="module")
def browser(simulator: Simulator) -> Client:
    """Calls without a network in between."""
    return Client(simulator.application)


def filled(
    dice: random.Random, spec: Mapping[str, Any], ids: list[str], prefix: str = "", *, careful: bool
) -> list[tuple[str, str]]:
    """Some of the parameters: what fits in a careful call, else also words and wrong shapes."""
    found: list[tuple[str, str]] = []
    for given, kind in spec.items():
        name = given.rstrip("!")
        skipped = dice.random() < (0.3 if name in LIKELY else 0.7)
        if not given.endswith("!") and (skipped or (careful and name not in LIKELY and not fitting_ids(name, ids))):
            continue
        full = f"{prefix}[{name}]" if prefix else name
        if isinstance(kind, list):
            full, kind = f"{full}[0]", kind[0]
        if isinstance(kind, Mapping) and (careful or dice.random() < 0.9):
            found += filled(dice, kind, ids, full, careful=careful)
        else:
            wrong = "[deep][er]" if not careful and dice.random() < 0.1 else ""
            found.append((full + wrong, value(dice, name, ids, careful=careful)))
    return found


def value(dice: random.Random, name: str, ids: list[str], *, careful: bool) -> str:
    """Something that fits the name, or not."""
    fitting = LIKELY.get(name, []) + fitting_ids(name, ids)
    return dice.choice(fitting) if fitting and (careful or dice.random() < 0.5) else dice.choice(WORDS + ids)


def fitting_ids(noun: str, ids: list[str]) -> list[str]:
    """The latest ids of that kind."""
    prefix = PREFIXES.get(noun)
    return [it for it in ids if it.startswith(prefix)][-5:] if prefix else []


@pytest.mark.parametrize("seed", range(6))
def test_no_call_breaks(browser: Client, simulator: Simulator, capsys: pytest.CaptureFixture[str], seed: int) -> None:
    dice = random.Random(seed)
    ids: list[str] = ["acct_none"]
    statuses: set[int] = set()
    for _ in range(400):
        route = dice.choice(ROUTES)
        answer = call(browser, dice, route, ids)
        statuses.add(answer.status_code)
        body = answer.get_json()
        assert "error" in body or body["object"], route.path
        ids += set(re.findall(r'"((?:ch|txn|du|evt|tr|po|re|cs|pi|seti|pm|cus|acct)_\w+)"', answer.text)) - set(ids)
    simulator.control("clock", advance=dice.choice([60, 86_400, 10 * 86_400]))
    assert capsys.readouterr().err == ""
    assert 500 not in statuses
    assert {200, 400, 404} <= statuses


def call(browser: Client, dice: random.Random, route: Route, ids: list[str]) -> Any:
    """One call with whatever comes to hand; most ids are of objects that are there."""
    path = "/v1" + route.path
    while "{" in path:
        start, end = path.index("{"), path.index("}")
        fitting = fitting_ids(path[:start].rstrip("/").rpartition("/")[2], ids)
        path = path[:start] + dice.choice(fitting or ids) + path[end + 1 :]
    encoded = urlencode(filled(dice, route.spec, ids, careful=dice.random() < 0.7))
    if route.method == "GET":
        return browser.get(path, query_string=encoded, headers=AUTHORIZED)
    kind = "application/x-www-form-urlencoded"
    return browser.open(path, method=route.method, data=encoded, content_type=kind, headers=AUTHORIZED)
