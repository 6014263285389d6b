"""Objects as they are sent: ``expand[]`` carried out, private fields left out; and lists, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.refusals import BadParameter, Body, Missing
from liveapp.dev.stripe_simulator.routing import Call
from liveapp.dev.stripe_simulator.world import World, public

DEEPEST = 4
CURSOR: p.Spec = {"limit": p.whole, "starting_after": p.text, "ending_before": p.text}
PAGING: p.Spec = {**CURSOR, "created": p.moment_range}
BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def rendered(world: World, found: Body, expand: Iterable[str] = ()) -> Body:
    """The object for sending, with the named fields expanded. Raises BadParameter for a field that can't be."""
    sent: Body = public(found)
    for path in expand:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            message = f"You cannot expand more than {DEEPEST} levels of a property (expand: {path})."
            raise BadParameter(message, param="expand")
        _expand(world, sent, steps, path)
    return sent


def _expand(world: World, sent: Body, steps: list[str], path: str) -> None:
    name, rest = steps[0], steps[1:]
    inside = sent.get("object") in (None, "list")
    hidden = _hidden(world, sent, name)
    if hidden is not None:
        sent[name] = hidden
    elif name not in sent:
        raise BadParameter(f"This property cannot be expanded ({path}).", param="expand")
    value = sent[name]
    if isinstance(value, str):
        target = world.any_of(value)
        if target is None or name == "id":
            raise BadParameter(f"This property cannot be expanded ({path}).", param="expand")
        sent[name] = value = public(target)
    elif not isinstance(value, dict | None) and not (inside and isinstance(value, list)):
        raise BadParameter(f"This property cannot be expanded ({path}).", param="expand")
    if not rest:
        return
    for inner in value if isinstance(value, list) else [value]:
        if isinstance(inner, dict):
            _expand(world, inner, list(rest), path)


def _hidden(world: World, sent: Body, name: str) -> Body | None:
    """Lists that an object has only when asked for them."""
    if sent.get("object") == "checkout.session" and name == "line_items":
        whole = world.get("checkout.session", sent["id"])
        return as_list(public(whole["_line_items"]), f"/v1/checkout/sessions/{sent['id']}/line_items")
    if sent.get("object") == "charge" and name == "refunds":
        refunds = [public(refund) for refund in world.newest("refund") if refund["charge"] == sent["id"]]
        return as_list(refunds, f"/v1/charges/{sent['id']}/refunds")
    return None


def as_list(data: list[Any], url: str, *, more: bool = False) -> Body:
    """Stripe's list object."""
    return {"object": "list", "data": data, "has_more": more, "url": url}


def listing(call: Call, kind: str, matches: Callable[[Body], bool] = lambda found: True) -> Body:
    """A page of the account's objects, newest first. Raises BadParameter for a bad limit or cursor."""
    fitting = (found for found in call.world.newest(kind, call.account) if matches(found) and _in_time(call, found))
    return paged(call, fitting)


def paged(call: Call, fitting: Iterable[Body]) -> Body:
    """A page of these, which come newest first."""
    limit = call.params.get("limit", 10)
    if not 1 <= limit <= 100:
        message = "This value must be greater than or equal to 1 and at most 100."
        raise BadParameter(message, param="limit", code="parameter_invalid_integer")
    if before := call.params.get("ending_before"):
        window = _until(list(fitting), before)
        return as_list([public(found) for found in window[-limit:]], call.path, more=len(window) > limit)
    page: list[Body] = []
    cursor = call.params.get("starting_after")
    for found in fitting:
        if cursor is not None:
            cursor = None if found["id"] == cursor else cursor
            continue
        page.append(found)
        if len(page) > limit:
            break
    if cursor is not None:
        raise Missing("object", cursor, param="starting_after")
    return as_list([public(found) for found in page[:limit]], call.path, more=len(page) > limit)


def _until(fitting: list[Body], cursor: str) -> list[Body]:
    for place, found in enumerate(fitting):
        if found["id"] == cursor:
            return fitting[:place]
    raise Missing("object", cursor, param="ending_before")


def _in_time(call: Call, found: Body) -> bool:
    bounds = call.params.get("created", {})
    return all(BOUNDS[name](found["created"], bound) for name, bound in bounds.items())
