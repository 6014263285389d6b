"""Which function answers which call of the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from liveapp.dev.stripe_simulator.parameters import Spec, text
from liveapp.dev.stripe_simulator.refusals import Body, Impossible
from liveapp.dev.stripe_simulator.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """One request whose parameters have been validated. ``account`` is whose objects it may see."""

    world: World
    account: str
    params: Body
    ids: dict[str, str]
    path: str

    @property
    def id(self) -> str:
        """The object's id in the path."""
        return self.ids["id"]


Answer = Callable[[Call], Body]


@dataclass(frozen=True, slots=True)
class Route:
    """A call of the API: its method and path, what it takes, who answers."""

    method: str
    path: str
    pattern: re.Pattern[str]
    spec: Spec
    answer: Answer


ROUTES: list[Route] = []


def route(method: str, path: str, spec: Spec | None = None) -> Callable[[Answer], Answer]:
    """Registers a function for ``/v1`` + path; ``{id}`` in it becomes ``call.id``. ``expand`` is always taken."""

    def register(answer: Answer) -> Answer:
        pattern = re.compile("/v1" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
        ROUTES.append(Route(method, path, pattern, {**(spec or {}), "expand": [text]}, answer))
        return answer

    return register


def found(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route and its ids. Raises Impossible (404) for an address that doesn't exist."""
    for candidate in ROUTES:
        if candidate.method == method and (match := candidate.pattern.fullmatch(path)):
            return candidate, match.groupdict()
    refusal = Impossible(f"Unrecognized request URL ({method}: {path}).", status=404)
    refusal.saved = False
    raise refusal
