"""Idempotency keys as Stripe keeps them: 24 hours, per account, for POST only.

The same key and parameters get the saved answer, a saved 500 included; other parameters or another endpoint a 400;
while the first is still under way a 409. What failed before execution began is not kept.
"""

from __future__ import annotations

from liveapp.dev.stripe_simulator.refusals import Body, Refusal
from liveapp.dev.stripe_simulator.world import World

KEPT_SECONDS = 24 * 3600
LONGEST = 255


class Keys:
    """The keys of one world. Call with its lock held."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._under_way: set[str] = set()

    def begin(self, account: str, key: str, path: str, params: str) -> Body | None:
        """The saved answer of that key, or None after taking the key. Raises Refusal: 400 misuse, 409 in use."""
        if len(key) > LONGEST:
            raise _unsaved(400, "invalid_request_error", f"Idempotency keys can be at most {LONGEST} characters long.")
        name = f"{account} {key}"
        saved = self._world.saved_answers.get(name)
        if saved is not None and saved["at"] <= self._world.now() - KEPT_SECONDS:
            del self._world.saved_answers[name]
            saved = None
        if saved is not None:
            _check_same(saved, key, path, params)
        if name in self._under_way:
            message = (
                "There is currently another in-progress request using this Idempotency Key (that probably means you "
                f"submitted twice, and the other request is still going through): {key}. Please try again later."
            )
            raise _unsaved(409, "idempotency_error", message, code="idempotency_key_in_use")
        if saved is not None:
            return saved
        self._under_way.add(name)
        return None

    def keep(self, account: str, key: str, answer: Body) -> None:
        """Save the answer: ``status``, ``body``, ``request``, ``path`` and ``params``."""
        name = f"{account} {key}"
        self._under_way.discard(name)
        self._world.saved_answers[name] = answer | {"at": self._world.now()}

    def give_back(self, account: str, key: str) -> None:
        """Nothing was executed: the key is free again."""
        self._under_way.discard(f"{account} {key}")


def _check_same(saved: Body, key: str, path: str, params: str) -> None:
    if saved["path"] != path:
        message = (
            f"Keys for idempotent requests can only be used for the same endpoint they were first used for ('{path}' "
            f"vs '{saved['path']}'). Try using a key other than '{key}' if you meant to execute a different request."
        )
        raise _unsaved(400, "idempotency_error", message)
    if saved["params"] != params:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request."
        )
        raise _unsaved(400, "idempotency_error", message)


def _unsaved(status: int, kind: str, message: str, code: str | None = None) -> Refusal:
    refusal = Refusal(status, kind, message, code=code)
    refusal.saved = False
    return refusal
