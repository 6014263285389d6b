"""Events: what happened, kept to be asked for; the same that webhooks carry."""

from __future__ import annotations

import json
from collections.abc import Iterator

from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.refusals import Body, Missing
from liveapp.dev.stripe_simulator.rendering import BOUNDS, PAGING, paged
from liveapp.dev.stripe_simulator.routing import Call, route
from liveapp.dev.stripe_simulator.world import PLATFORM

KEPT_SECONDS = 30 * 86400
"""How long Stripe lets events be asked for."""


@route("GET", "/events/{id}")
def retrieve(call: Call) -> Body:
    if call.id not in call.world.events or not _visible(call, event := call.world.event(call.id)):
        raise Missing("event", call.id)
    return event


@route("GET", "/events", {**PAGING, "delivery_success": p.truth, "type": p.text, "types": [p.text]})
def index(call: Call) -> Body:
    return paged(call, _fitting(call))


def _fitting(call: Call) -> Iterator[Body]:
    wanted = call.params.get("types") or [call.params[name] for name in ("type",) if name in call.params]
    delivered = call.params.get("delivery_success")
    bounds = call.params.get("created", {})
    signs = [f'"type":"{name.rstrip("*")}' for name in wanted]
    for written in reversed(call.world.events.values()):
        if signs and not any(sign in written for sign in signs):
            continue
        event = json.loads(written)
        if (
            _visible(call, event)
            and (not wanted or any(_is(event["type"], name) for name in wanted))
            and (delivered is None or delivered == (event["pending_webhooks"] == 0))
            and all(BOUNDS[name](event["created"], bound) for name, bound in bounds.items())
        ):
            yield event


def _is(kind: str, wanted: str) -> bool:
    return kind.startswith(wanted[:-1]) if wanted.endswith("*") else kind == wanted


def _visible(call: Call, event: Body) -> bool:
    recent = bool(event["created"] > call.world.now() - KEPT_SECONDS)
    return recent and event.get("account", PLATFORM) == call.account
