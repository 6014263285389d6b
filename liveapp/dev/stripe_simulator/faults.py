"""Faults on order: slow, refused, failing before or after doing the work, hanging, cut off. Each landing is counted."""

from __future__ import annotations

import random
import threading
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from liveapp.dev.stripe_simulator.refusals import Body

Kind = Literal[
    "slow", "rate_limit", "error_before", "error_after", "hang_before", "hang_after", "drop_before", "drop_after"
]
Saved = Literal["error", "answer", "nothing"]


@dataclass
class Rule:
    """A fault for calls that match, e.g. ``POST /v1/payment_intents*``.

    ``times``: how often at most (None: always). ``after``: how many matching calls go by first. ``probability``: of
    each one, drawn from ``seed``. ``ms``: how long slow ones take (300) and hanging ones last (120,000). ``saved``:
    what an idempotency key keeps of an ``error_…``: the error (as Stripe does), the true answer (the error came from
    something in between; only after), or nothing (it came before Stripe; only before).
    """

    match: str
    fault: Kind
    times: int | None = None
    after: int = 0
    probability: float = 1.0
    seed: int = 0
    ms: int | None = None
    saved: Saved = "error"
    landed: int = 0
    seen: int = 0
    dice: random.Random = field(default_factory=random.Random, repr=False)

    def strikes(self, call: str) -> bool:
        """Whether it lands on this call; counts it if so."""
        if not fnmatchcase(call, self.match) or (self.times is not None and self.landed >= self.times):
            return False
        self.seen += 1
        if self.seen <= self.after or self.dice.random() >= self.probability:
            return False
        self.landed += 1
        return True

    def as_json(self) -> Body:
        """For the control API."""
        return {name: value for name, value in asdict(self).items() if name != "dice"}


class Faults:
    """The rules in force. Slow ones add to another one; of the rest the first that strikes counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self.released = threading.Event()

    def set(self, rules: list[Body]) -> None:
        """Replace all rules and their counts; what hangs is let go. Raises ValueError for a bad rule."""
        made = [_rule(given) for given in rules]
        with self._lock:
            self._rules = made
            self.released.set()
            self.released = threading.Event()

    def on(self, method: str, path: str) -> list[Rule]:
        """What lands on this call."""
        with self._lock:
            struck: list[Rule] = []
            for rule in self._rules:
                settled = any(other.fault != "slow" for other in struck)
                if (rule.fault == "slow" or not settled) and rule.strikes(f"{method} {path}"):
                    struck.append(rule)
            return struck

    def as_json(self) -> Body:
        """The rules with their counts."""
        with self._lock:
            return {"landed": sum(rule.landed for rule in self._rules), "rules": [r.as_json() for r in self._rules]}


def _rule(given: Any) -> Rule:
    if not isinstance(given, dict) or not {"match", "fault"} <= given.keys():
        raise ValueError("A rule needs match and fault.")
    known = set(Rule.__dataclass_fields__) - {"landed", "seen", "dice"}
    if unknown := given.keys() - known:
        raise ValueError(f"A rule has no {', '.join(sorted(unknown))}.")
    if given["fault"] not in get_args(Kind) or given.get("saved", "error") not in get_args(Saved):
        raise ValueError(f"fault is one of {', '.join(get_args(Kind))}; saved one of {', '.join(get_args(Saved))}.")
    rule = Rule(**given)
    if rule.saved == "answer" and rule.fault != "error_after":
        raise ValueError("Only after doing the work is there an answer to save.")
    if rule.saved == "nothing" and rule.fault != "error_before":
        raise ValueError("Work that was done is always saved: as the error or as the answer.")
    rule.dice.seed(rule.seed)
    return rule
