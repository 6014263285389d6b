"""The control API, on 127.0.0.1 only: faults, the clock, what people do in Stripe's console or at their bank."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request

from liveapp.dev.stripe_simulator import money
from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.cards import CARDS
from liveapp.dev.stripe_simulator.faults import Faults
from liveapp.dev.stripe_simulator.refusals import Body, Missing, Refusal
from liveapp.dev.stripe_simulator.resources import (
    accounts,
    authentication,
    balances,
    checkout_payments,
    disputes,
    payouts,
    refunds,
)
from liveapp.dev.stripe_simulator.webhooks import Courier, Endpoint
from liveapp.dev.stripe_simulator.world import PLATFORM, World, public

LOCAL = ("127.0.0.1", "localhost")


class Control:
    """Answers ``/_control/…``: GET shows, POST (JSON) does."""

    def __init__(self, world: World, faults: Faults, courier: Courier) -> None:
        self._world = world
        self._faults = faults
        self._courier = courier
        self._shows: dict[str, Callable[[Request], Body]] = {
            "clock": lambda request: self._clock(),
            "faults": lambda request: faults.as_json(),
            "objects": self._objects,
            "webhooks": lambda request: courier.as_json(),
        }
        self._does: dict[str, Callable[[Body], Body]] = {
            "authenticate": self._authenticate,
            "clock": self._advance,
            "disputes": self._dispute,
            "disputes/close": self._close_dispute,
            "faults": self._set_faults,
            "funds": self._add_funds,
            "onboard": self._onboard,
            "pay": self._pay,
            "payouts/fail": self._fail_payout,
            "refunds": self._refund,
            "refunds/fail": self._fail_refund,
            "reset": self._reset,
            "webhooks": self._webhooks,
            "webhooks/send": self._send,
        }

    def answer(self, request: Request) -> tuple[int, Body]:
        """Status and JSON. Foreign machines and foreign pages are turned away."""
        if request.remote_addr != "127.0.0.1" or request.host.partition(":")[0] not in LOCAL:
            return 403, {"error": "The control API is for this machine only."}
        name = request.path.removeprefix("/_control/")
        try:
            if request.method == "GET" and name in self._shows:
                with self._world.lock:
                    self._world.catch_up()
                    return 200, self._shows[name](request)
            if request.method == "POST" and name in self._does:
                return 200, self._do(name, request)
        except Refusal as refusal:
            return refusal.status, {"error": refusal.error["message"]}
        except (ValueError, KeyError, TypeError) as fault:
            return 400, {"error": f"{type(fault).__name__}: {fault}"}
        return 404, {"shows": sorted(self._shows), "does": sorted(self._does)}

    def _do(self, name: str, request: Request) -> Body:
        if request.mimetype != "application/json":
            raise ValueError("Send JSON.")
        given = json.loads(request.get_data() or b"{}")
        with self._world.lock:
            self._world.catch_up()
            self._world.changed = True
            return self._does[name](given)

    def _clock(self) -> Body:
        return {"now": self._world.now(), "offset": self._world.offset}

    def _advance(self, given: Body) -> Body:
        if "set" in given:
            self._world.set_clock(int(given["set"]))
        else:
            self._world.advance(int(given["advance"]))
        return self._clock()

    def _objects(self, request: Request) -> Body:
        wanted = request.args.get("kind")
        tables = self._world.tables.items()
        found: Body = {kind: public(list(table.values())) for kind, table in tables if wanted in (None, kind)}
        if wanted in (None, "event"):
            found["event"] = [json.loads(event) for event in self._world.events.values()]
        return found

    def _set_faults(self, given: Body) -> Body:
        self._faults.set(given.get("rules", []))
        return self._faults.as_json()

    def _webhooks(self, given: Body) -> Body:
        manner = dict(given)
        if "url" in manner:
            url, secret = manner.pop("url"), manner.pop("secret", "")
            self._courier.endpoint = Endpoint(url, secret) if url else None
        self._courier.behave(manner)
        return self._courier.as_json()

    def _send(self, given: Body) -> Body:
        for event_id in given["events"]:
            if event_id not in self._world.events:
                raise Missing("event", event_id)
            self._courier.take(event_id)
        return {"sent": len(given["events"])}

    def _charge(self, given: Body) -> Body:
        named = given.get("charge") or self._one("payment_intent", given["payment_intent"])["latest_charge"]
        return self._one("charge", named)

    def _refund(self, given: Body) -> Body:
        params = p.picked(given, "amount", "reason")
        return _sent(refunds.made(self._world, self._charge(given), params))

    def _fail_refund(self, given: Body) -> Body:
        refund = self._one("refund", given["refund"])
        if refund["status"] not in ("succeeded", "pending"):
            raise ValueError("That refund is over.")
        refunds.fail(self._world, refund)
        return _sent(refund)

    def _dispute(self, given: Body) -> Body:
        return _sent(disputes.open_for(self._world, self._charge(given), given.get("reason", "fraudulent")))

    def _close_dispute(self, given: Body) -> Body:
        dispute = self._one("dispute", given["dispute"])
        disputes.close(self._world, dispute, won=bool(given["won"]))
        return _sent(dispute)

    def _fail_payout(self, given: Body) -> Body:
        payout = self._one("payout", given["payout"])
        code = given.get("code", "account_closed")
        payouts.fail(self._world, payout, code, given.get("message", "The bank account has been closed."))
        return _sent(payout)

    def _add_funds(self, given: Body) -> Body:
        currency, account = money.known_currency(given["currency"]), given.get("account", PLATFORM)
        if account != PLATFORM:
            self._one("account", account)
        made = balances.book(self._world, account, "topup", int(given["amount"]), currency, None)
        return _sent(made)

    def _onboard(self, given: Body) -> Body:
        account = self._one("account", given["account"])
        accounts.completed(self._world, account, given.get("bank_account", "000123456789"))
        return _sent(account)

    def _pay(self, given: Body) -> Body:
        session = self._one("checkout.session", given["session"])
        number = given.get("number", "4242424242424242").replace(" ", "")
        if session["status"] != "open" or number not in CARDS:
            raise ValueError("The session must be open and the card a test card.")
        name, email = given.get("name", "Ben Test"), given.get("email", "ben@example.com")
        refused = checkout_payments.pay(self._world, session, number, name=name, email=email)
        return {"refused": refused, "session": public(session)}

    def _authenticate(self, given: Body) -> Body:
        intent = authentication.waiting(self._world, given["intent"])
        if intent is None:
            raise ValueError("No bank's step is due there.")
        passed = bool(given.get("passed", True))
        if session := intent.get("_checkout"):
            refused = checkout_payments.authenticate(self._world, self._one("checkout.session", session), passed=passed)
        else:
            error = authentication.answered(self._world, intent, passed=passed)
            refused = str(error) if error else None
        return {"refused": refused, "intent": public(intent)}

    def _reset(self, given: Body) -> Body:
        self._world.empty()
        self._faults.set([])
        self._courier.forget()
        self._courier.behave({})
        return {}

    def _one(self, kind: str, object_id: str) -> Body:
        found = self._world.tables.get(kind, {}).get(object_id)
        if found is None:
            raise Missing(kind, object_id)
        return found


def _sent(found: Any) -> Body:
    sent: Body = public(found)
    return sent
