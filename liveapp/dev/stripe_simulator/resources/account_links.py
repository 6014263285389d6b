"""Links for the owners of connected accounts: to the onboarding page, to their dashboard."""

from __future__ import annotations

from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.refusals import BadParameter, Body, Impossible
from liveapp.dev.stripe_simulator.resources.accounts import own
from liveapp.dev.stripe_simulator.routing import Call, route
from liveapp.dev.stripe_simulator.world import new_id

LINK_SECONDS = 300


@route(
    "POST",
    "/account_links",
    {
        "account!": p.text,
        "collection_options": {"fields": p.text, "future_requirements": p.text},
        "refresh_url": p.text,
        "return_url": p.text,
        "type!": p.one_of("account_onboarding", "account_update"),
    },
)
def create_link(call: Call) -> Body:
    account = own(Call(call.world, call.account, {}, {"id": call.params["account"]}, call.path))
    for name in ("refresh_url", "return_url"):
        if name not in call.params:
            raise BadParameter(f"Missing required param: {name}.", param=name, code="parameter_missing")
    code, now = new_id("onb"), call.world.now()
    account.setdefault("_links", {})[code] = {
        "expires_at": now + LINK_SECONDS,
        "refresh_url": call.params["refresh_url"],
        "return_url": call.params["return_url"],
    }
    url = f"{call.world.base_url}/setup/{account['id']}/{code}"
    return {"object": "account_link", "created": now, "expires_at": now + LINK_SECONDS, "url": url}


@route("POST", "/accounts/{id}/login_links")
def create_login_link(call: Call) -> Body:
    account = own(call)
    if account["controller"]["stripe_dashboard"]["type"] != "express":
        raise Impossible("Login Links are only for accounts with an Express dashboard.")
    if not account["details_submitted"]:
        raise Impossible("Cannot create a login link for an account that has not completed onboarding.")
    url = f"{call.world.base_url}/express/{account['id']}"
    return {"object": "login_link", "created": call.world.now(), "url": url}
