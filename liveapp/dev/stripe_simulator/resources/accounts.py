"""Connected accounts: made by the platform, set up by their owner on the onboarding page."""

from __future__ import annotations

from liveapp.dev.stripe_simulator import money
from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.refusals import BadParameter, Body, Refusal
from liveapp.dev.stripe_simulator.rendering import CURSOR, PAGING, as_list, listing
from liveapp.dev.stripe_simulator.routing import Call, route
from liveapp.dev.stripe_simulator.world import PLATFORM, World, new_id, public

DAY = 86400
WANTED = ["business_profile.url", "external_account", "individual.first_name", "tos_acceptance.date"]
ANY_CAPABILITY: p.Spec = {"requested": p.truth}
PROFILE: p.Spec = dict.fromkeys(("mcc", "name", "product_description", "support_email", "url"), p.clearable)
FIELDS: p.Spec = {
    "business_profile": PROFILE,
    "business_type": p.one_of("company", "government_entity", "individual", "non_profit"),
    "capabilities": {"card_payments": ANY_CAPABILITY, "transfers": ANY_CAPABILITY},
    "default_currency": p.text,
    "email": p.clearable,
    "metadata": p.metadata,
    "settings": {
        "payouts": {
            "debit_negative_balances": p.truth,
            "schedule": {
                "delay_days": p.text,
                "interval": p.one_of("daily", "manual", "monthly", "weekly"),
                "monthly_anchor": p.whole,
                "weekly_anchor": p.text,
            },
            "statement_descriptor": p.text,
        }
    },
}
CONTROLLER: p.Spec = {
    "fees": {"payer": p.one_of("account", "application")},
    "losses": {"payments": p.one_of("application", "stripe")},
    "requirement_collection": p.one_of("application", "stripe"),
    "stripe_dashboard": {"type": p.one_of("express", "full", "none")},
}
CURRENCIES = {"US": "usd", "GB": "gbp", "CA": "cad", "AU": "aud", "JP": "jpy", "CH": "chf"}
"""Default currencies of countries; others have the euro here."""


def refresh(world: World, account: Body) -> None:
    """Work out what is enabled from what has been handed in, and say so."""
    missing = [] if account["_done"] else list(WANTED)
    for name in account["capabilities"]:
        account["capabilities"][name] = "active" if account["_done"] else "inactive"
    account |= {"details_submitted": account["_done"], "payouts_enabled": account["_done"]}
    account["charges_enabled"] = account["capabilities"].get("card_payments") == "active"
    disabled = "requirements.past_due" if missing else None
    account["requirements"] |= {
        "currently_due": missing,
        "disabled_reason": disabled,
        "eventually_due": missing,
        "past_due": missing,
    }
    world.emit("account.updated", account)


def completed(world: World, account: Body, bank_account: str) -> None:
    """The owner has handed everything in, with a bank account's number."""
    bank = {
        "id": new_id("ba"),
        "object": "bank_account",
        "account": account["id"],
        "account_holder_name": None,
        "account_holder_type": None,
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "STRIPE TEST BANK",
        "country": account["country"],
        "currency": account["default_currency"],
        "default_for_currency": True,
        "fingerprint": new_id("")[1:17],
        "last4": bank_account[-4:],
        "metadata": {},
        "routing_number": "110000000",
        "status": "new",
        "_number": bank_account,
    }
    account["external_accounts"]["data"] = [bank]
    account["_done"] = True
    refresh(world, account)


@route(
    "POST",
    "/accounts",
    {**FIELDS, "controller": CONTROLLER, "country": p.text, "type": p.one_of("custom", "express", "standard")},
)
def create(call: Call) -> Body:
    given = dict(call.params)
    if "controller" in given and "type" in given:
        raise BadParameter("You may only specify one of these parameters: type, controller.", param="controller")
    country = given.get("country", "US").upper()
    kind = given.get("type", "none" if "controller" in given else "standard")
    dashboard = {"express": "express", "custom": "none"}.get(kind, "full")
    controller = given.get("controller", {"stripe_dashboard": {"type": dashboard}})
    account = call.world.add(
        "account",
        "acct",
        PLATFORM,
        business_profile=dict.fromkeys(PROFILE) | given.get("business_profile", {}),
        business_type=given.get("business_type"),
        capabilities=_requested(given),
        charges_enabled=False,
        controller={"type": "application", "is_controller": True, **controller},
        country=country,
        default_currency=money.known_currency(given.get("default_currency", CURRENCIES.get(country, "eur"))),
        details_submitted=False,
        email=given.get("email"),
        external_accounts=None,
        future_requirements=_nothing_due(),
        metadata=p.merged({}, given.get("metadata")),
        payouts_enabled=False,
        requirements=_nothing_due(),
        settings=_settings(given),
        tos_acceptance={"date": None},
        type=kind,
        _done=False,
    )
    account["external_accounts"] = as_list([], f"/v1/accounts/{account['id']}/external_accounts")
    call.world.plan(DAY, "payout_daily", account["id"])
    refresh(call.world, account)
    return account


def _requested(given: Body) -> Body:
    return {name: "inactive" for name, wish in given.get("capabilities", {}).items() if wish.get("requested")}


def _nothing_due() -> Body:
    empty: Body = {name: [] for name in ("alternatives", "currently_due", "errors", "eventually_due", "past_due")}
    return empty | {"current_deadline": None, "disabled_reason": None, "pending_verification": []}


def _settings(given: Body) -> Body:
    payouts: Body = {"debit_negative_balances": True, "statement_descriptor": None}
    wished = given.get("settings", {}).get("payouts", {})
    payouts |= {name: value for name, value in wished.items() if name != "schedule"}
    payouts["schedule"] = {"delay_days": 2, "interval": "daily"} | wished.get("schedule", {})
    return {
        "branding": {},
        "card_payments": {},
        "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
        "payments": {},
        "payouts": payouts,
    }


@route("GET", "/accounts/{id}")
def retrieve(call: Call) -> Body:
    return own(call)


@route("GET", "/account")
def retrieve_current(call: Call) -> Body:
    if call.account == PLATFORM:
        return {
            "id": PLATFORM,
            "object": "account",
            "charges_enabled": True,
            "payouts_enabled": True,
            "type": "standard",
        }
    return call.world.get("account", call.account)


@route("POST", "/accounts/{id}", FIELDS)
def update(call: Call) -> Body:
    account, given = own(call), dict(call.params)
    account["metadata"] = p.merged(account["metadata"], given.pop("metadata", None))
    account["business_profile"] |= given.pop("business_profile", {})
    account["capabilities"] = account["capabilities"] | _requested(given)
    given.pop("capabilities", None)
    payouts = given.pop("settings", {}).get("payouts", {})
    account["settings"]["payouts"]["schedule"] |= payouts.pop("schedule", {})
    account["settings"]["payouts"] |= payouts
    account |= given
    refresh(call.world, account)
    return account


@route("DELETE", "/accounts/{id}")
def delete(call: Call) -> Body:
    account = own(call)
    call.world.remove(account)
    return {"id": account["id"], "object": "account", "deleted": True}


@route("GET", "/accounts", PAGING)
def index(call: Call) -> Body:
    return listing(call, "account")


def own(call: Call) -> Body:
    """A connected account of the platform. Raises Refusal (403): Stripe doesn't say whether a foreign one exists."""
    account = call.world.tables.get("account", {}).get(call.id)
    if account is None or call.account not in (PLATFORM, account["id"]):
        message = (
            f"The provided key does not have access to account '{call.id}' (or that account does not exist). "
            "Application access may have been revoked."
        )
        raise Refusal(403, "invalid_request_error", message, code="account_invalid")
    return account


@route("GET", "/accounts/{id}/external_accounts", {**CURSOR, "object": p.text})
def external_accounts(call: Call) -> Body:
    held: Body = public(own(call)["external_accounts"])
    return held
