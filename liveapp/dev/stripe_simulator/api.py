"""One request of the API: faults, key, route, parameters, idempotency, work, answer."""

from __future__ import annotations

import base64
import json
import traceback
from dataclasses import dataclass, field
from typing import NoReturn

from werkzeug.wrappers import Request

from liveapp.dev.stripe_simulator import parameters, refusals, routing
from liveapp.dev.stripe_simulator.faults import Faults, Rule
from liveapp.dev.stripe_simulator.keys import Keys
from liveapp.dev.stripe_simulator.refusals import Body, Refusal
from liveapp.dev.stripe_simulator.rendering import rendered
from liveapp.dev.stripe_simulator.world import API_VERSION, PLATFORM, World, new_id

LONGEST_BODY = 1_000_000
SLOW_MS = 300
HANG_MS = 120_000


class ConnectionCut(Exception):
    """The connection is to be dropped without an answer."""


@dataclass
class Reply:
    """What goes back: status, JSON text, headers."""

    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)


class Api:
    """Answers requests under ``/v1``. Nothing else holds the world's lock while waiting is going on."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self.keys = Keys(world)

    def answer(self, request: Request) -> Reply:
        """The reply. Raises ConnectionCut where a fault asks for that."""
        request_id = new_id("req", 14)
        reply = self._answer(request, request_id)
        reply.headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION} | reply.headers
        if key := request.headers.get("Idempotency-Key"):
            reply.headers["Idempotency-Key"] = key
        return reply

    def _answer(self, request: Request, request_id: str) -> Reply:
        struck = self._faults.on(request.method, request.path)
        fault = next((rule for rule in struck if rule.fault != "slow"), None)
        try:
            if fault and fault.fault == "rate_limit":
                raise refusals.rate_limited()
            account = self._account(request)
            if fault and fault.fault == "error_before" and fault.saved == "nothing":
                raise refusals.server_error()
            work = _Work(self, self._world, self._faults, request, request_id, account, struck, fault)
            return work.reply()
        except Refusal as refusal:
            return refused(refusal, request_id)
        except ConnectionCut:
            raise
        except Exception:
            traceback.print_exc()
            return refused(refusals.server_error(), request_id)

    def _account(self, request: Request) -> str:
        """Whose objects are asked for. Raises Refusal: 401 without a test key, 403 for a foreign account."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            key = base64.b64decode(key + "===").decode(errors="replace").partition(":")[0]
        if not key.startswith(("sk_test_", "rk_test_")):
            raise refusals.unauthenticated(key)
        account = request.headers.get("Stripe-Account", PLATFORM)
        with self._world.lock:
            if account != PLATFORM and account not in self._world.tables.get("account", {}):
                message = f"The provided key does not have access to account '{account}' (or it does not exist)."
                raise Refusal(403, "invalid_request_error", message, code="account_invalid")
        return account


@dataclass
class _Work:
    """A request past authentication."""

    api: Api
    world: World
    faults: Faults
    request: Request
    request_id: str
    account: str
    struck: list[Rule]
    fault: Rule | None

    def reply(self) -> Reply:
        encoded = self._encoded()
        key = self.request.headers.get("Idempotency-Key") if self.request.method == "POST" else None
        if key is None:
            return self._with_faults(encoded, None)
        path = self.request.path
        with self.world.lock:
            saved = self.api.keys.begin(self.account, key, path, encoded)
        if saved is not None:
            headers = {"Idempotent-Replayed": "true", "Original-Request": saved["request"]}
            return Reply(saved["status"], saved["body"], headers)
        try:
            return self._with_faults(encoded, key)
        finally:
            with self.world.lock:
                self.api.keys.give_back(self.account, key)

    def _encoded(self) -> str:
        if self.request.method == "GET":
            return self.request.query_string.decode()
        if (self.request.content_length or 0) > LONGEST_BODY:
            raise refusals.BadParameter("The request is too large.")
        return self.request.get_data(as_text=True) or self.request.query_string.decode()

    def _with_faults(self, encoded: str, key: str | None) -> Reply:
        for rule in self.struck:
            if rule.fault == "slow":
                self.faults.released.wait((SLOW_MS if rule.ms is None else rule.ms) / 1000)
        kind = self.fault.fault if self.fault else None
        if kind == "drop_before":
            raise ConnectionCut
        if kind == "hang_before":
            self._hang()
        if kind == "error_before":
            return self._keep(refused(refusals.server_error(), self.request_id), encoded, key)
        reply, executed = self._execute(encoded, key)
        if kind == "error_after":
            failure = refused(refusals.server_error(), self.request_id)
            if self.fault and self.fault.saved == "error" and executed:
                self._keep(failure, encoded, key)
            return failure
        if kind == "drop_after":
            raise ConnectionCut
        if kind == "hang_after":
            self._hang()
        return reply

    def _hang(self) -> NoReturn:
        given = self.fault.ms if self.fault else None
        self.faults.released.wait((HANG_MS if given is None else given) / 1000)
        raise ConnectionCut

    def _execute(self, encoded: str, key: str | None) -> tuple[Reply, bool]:
        """Do it; the answer is saved under the key in the same breath, unless execution hadn't begun."""
        with self.world.lock:
            self.world.catch_up()
            self.world.on_behalf_of_request(self.request_id, key)
            try:
                reply, executed = Reply(200, json.dumps(self._body(encoded))), True
            except Refusal as refusal:
                reply, executed = refused(refusal, self.request_id), refusal.saved
            finally:
                self.world.on_behalf_of_request(None, None)
            self.world.changed |= self.request.method != "GET"
            if executed:
                self._keep(reply, encoded, key)
            return reply, executed

    def _body(self, encoded: str) -> Body:
        route, ids = routing.found(self.request.method, self.request.path)
        params = parameters.typed(parameters.parsed(encoded), route.spec)
        expand = params.pop("expand", [])
        call = routing.Call(self.world, self.account, params, ids, self.request.path)
        return rendered(self.world, route.answer(call), expand)

    def _keep(self, reply: Reply, encoded: str, key: str | None) -> Reply:
        if key is not None:
            answer = {"status": reply.status, "body": reply.text, "request": self.request_id}
            with self.world.lock:
                self.api.keys.keep(self.account, key, answer | {"path": self.request.path, "params": encoded})
        return reply


def refused(refusal: Refusal, request_id: str) -> Reply:
    """The error as JSON."""
    error = refusal.error | {"request_log_url": f"https://dashboard.stripe.com/test/logs/{request_id}"}
    return Reply(refusal.status, json.dumps({"error": error}))
