"""Checkout sessions: a page of Stripe's own that takes a payment or saves a card."""

from __future__ import annotations

from urllib.parse import urlsplit

from liveapp.dev.stripe_simulator import money
from liveapp.dev.stripe_simulator import parameters as p
from liveapp.dev.stripe_simulator.refusals import BadParameter, Body, Impossible
from liveapp.dev.stripe_simulator.rendering import CURSOR, PAGING, as_list, listing
from liveapp.dev.stripe_simulator.resources import checkout_payments, connect_splits, setup_intents
from liveapp.dev.stripe_simulator.resources.customers import living
from liveapp.dev.stripe_simulator.routing import Call, route
from liveapp.dev.stripe_simulator.world import World, new_id, public

SHORTEST, LONGEST = 30 * 60, 24 * 3600
LEEWAY = 5
"""Seconds that the caller's clock may be behind."""
PRODUCT: p.Spec = {"name!": p.text, "description": p.text, "images": [p.text], "metadata": p.metadata}
ITEM: p.Spec = {
    "price_data!": {"currency!": p.text, "product_data!": PRODUCT, "unit_amount!": p.whole},
    "quantity": p.whole,
}
CREATE: p.Spec = {
    "allowed_payment_method_types": [p.text],
    "billing_address_collection": p.one_of("auto", "required"),
    "cancel_url": p.text,
    "client_reference_id": p.text,
    "currency": p.text,
    "custom_text": {"submit": {"message!": p.text}},
    "customer": p.text,
    "customer_creation": p.one_of("always", "if_required"),
    "customer_email": p.text,
    "expires_at": p.whole,
    "line_items": [ITEM],
    "locale": p.text,
    "metadata": p.metadata,
    "mode!": p.one_of("payment", "setup", "subscription"),
    "payment_intent_data": {
        "application_fee_amount": p.whole,
        "capture_method": p.one_of("automatic", "automatic_async", "manual"),
        "description": p.text,
        "metadata": p.metadata,
        "on_behalf_of": p.text,
        "receipt_email": p.text,
        "setup_future_usage": p.one_of("off_session", "on_session"),
        "statement_descriptor": p.text,
        "statement_descriptor_suffix": p.text,
        "transfer_data": {"amount": p.whole, "destination!": p.text},
        "transfer_group": p.text,
    },
    "setup_intent_data": {"description": p.text, "metadata": p.metadata, "on_behalf_of": p.text},
    "submit_type": p.one_of("auto", "book", "donate", "pay", "subscribe"),
    "success_url": p.text,
    "ui_mode": p.one_of("hosted_page"),
}
NOTHINGS = (
    "adaptive_pricing", "after_expiration", "allow_promotion_codes", "client_secret", "collected_information",
    "consent", "consent_collection", "currency_conversion", "customer_details", "discounts", "invoice",
    "origin_context", "payment_intent", "payment_link", "payment_method_configuration_details", "permissions",
    "recovered_from", "return_url", "saved_payment_method_options", "setup_intent", "shipping_address_collection",
    "shipping_cost", "subscription", "wallet_options",
)  # fmt: skip
PASSED_ON = ("billing_address_collection", "cancel_url", "client_reference_id", "customer", "customer_email", "locale")


@route("POST", "/checkout/sessions", CREATE)
def create(call: Call) -> Body:
    given, world = call.params, call.world
    _check(call)
    items, currency, total = _items(given)
    connect_splits.check(world, given.get("payment_intent_data", {}), total or 0)
    blank: Body = dict.fromkeys((*NOTHINGS, *PASSED_ON, "submit_type"))
    session = world.add(
        "checkout.session",
        "cs_test",
        call.account,
        **(blank | {name: given[name] for name in (*PASSED_ON, "submit_type", "success_url") if name in given}),
        amount_subtotal=total,
        amount_total=total,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        allowed_payment_method_types=given.get("allowed_payment_method_types"),
        currency=currency,
        custom_fields=[],
        custom_text={
            "after_submit": None,
            "shipping_address": None,
            "submit": given.get("custom_text", {}).get("submit"),
            "terms_of_service_acceptance": None,
        },
        customer_creation=_customer_creation(given),
        expires_at=given.get("expires_at", world.now() + LONGEST),
        metadata=p.merged({}, given.get("metadata")),
        mode=given["mode"],
        payment_method_collection="always" if given["mode"] == "setup" else "if_required",
        payment_method_options={"card": {"request_three_d_secure": "automatic"}},
        payment_method_types=["card"],
        payment_status="unpaid" if given["mode"] == "payment" and total else "no_payment_required",
        phone_number_collection={"enabled": False},
        shipping_options=[],
        status="open",
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode="hosted_page",
        _line_items=items,
        _intent=given.get("payment_intent_data", {}),
    )
    session["url"] = f"{world.base_url}/c/pay/{session['id']}"
    if given["mode"] == "setup":
        _prepare_setup(world, session, given)
    world.plan(session["expires_at"] - world.now(), "session_expires", session["id"])
    return session


def _check(call: Call) -> None:
    """Refuses what doesn't go together, as Stripe documents it."""
    given, mode = call.params, call.params["mode"]
    if mode == "subscription":
        raise BadParameter("The simulator has no subscriptions.", param="mode")
    if "success_url" not in given:
        raise BadParameter("Missing required param: success_url.", param="success_url", code="parameter_missing")
    for name in ("success_url", "cancel_url"):
        parts = urlsplit(given.get(name, "https://example.com"))
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise BadParameter("Not a valid URL", param=name, code="url_invalid")
    if "customer" in given and "customer_email" in given:
        raise BadParameter("You may only specify one of these parameters: customer, customer_email.")
    if "customer" in given:
        living(call.world, given["customer"], call.account)
    if mode == "setup" and ("line_items" in given or "payment_intent_data" in given):
        wrong = "line_items" if "line_items" in given else "payment_intent_data"
        raise BadParameter(f"You can not pass `{wrong}` in `setup` mode.", param=wrong)
    if mode == "setup" and "currency" not in given and "allowed_payment_method_types" not in given:
        message = "Missing required param: currency. In `setup` mode pass it or `allowed_payment_method_types`."
        raise BadParameter(message, param="currency", code="parameter_missing")
    if mode == "payment" and "setup_intent_data" in given:
        raise BadParameter("You can not pass `setup_intent_data` in `payment` mode.", param="setup_intent_data")
    if mode == "payment" and not given.get("line_items"):
        raise BadParameter("Missing required param: line_items.", param="line_items", code="parameter_missing")
    if "expires_at" in given:
        _check_expiry(given["expires_at"] - call.world.now())


def _check_expiry(seconds: int) -> None:
    if not SHORTEST - LEEWAY <= seconds <= LONGEST + LEEWAY:
        edge = "at least 30 minutes" if seconds < SHORTEST else "less than 24 hours"
        message = f"The `expires_at` timestamp must be {edge} from Checkout Session creation."
        raise BadParameter(message, param="expires_at")


def _items(given: Body) -> tuple[list[Body], str | None, int | None]:
    if given["mode"] == "setup":
        return [], given.get("currency"), None
    items: list[Body] = []
    for place, item in enumerate(given["line_items"]):
        price, quantity = item["price_data"], item.get("quantity", 0)
        if quantity < 1:
            message = f"Quantity is required. Add `quantity` to `line_items[{place}]`"
            raise BadParameter(message, param=f"line_items[{place}][quantity]", code="parameter_missing")
        currency = money.known_currency(price["currency"], f"line_items[{place}][price_data][currency]")
        amount = price["unit_amount"] * quantity
        items.append(
            {
                "id": new_id("li"),
                "object": "item",
                "amount_discount": 0,
                "amount_subtotal": amount,
                "amount_tax": 0,
                "amount_total": amount,
                "currency": currency,
                "description": price["product_data"]["name"],
                "metadata": {},
                "price": None,
                "quantity": quantity,
            }
        )
    if len({item["currency"] for item in items}) > 1:
        raise BadParameter("All line items must have the same currency.", param="line_items")
    total = sum(item["amount_total"] for item in items)
    if total:
        money.check_charge(total, items[0]["currency"], param="line_items")
    return items, items[0]["currency"], total


def _customer_creation(given: Body) -> str | None:
    if "customer" in given:
        return None
    return str(given.get("customer_creation", "if_required"))


def _prepare_setup(world: World, session: Body, given: Body) -> None:
    params = {"allowed_payment_method_types": ["card"], "usage": "off_session"} | given.get("setup_intent_data", {})
    if "customer" in given:
        params["customer"] = given["customer"]
    intent = setup_intents.made(world, session["_account"], params)
    intent["_checkout"] = session["id"]
    session["setup_intent"] = intent["id"]


@route("GET", "/checkout/sessions/{id}")
def retrieve(call: Call) -> Body:
    return call.world.find("checkout.session", call.id, call.account)


@route("POST", "/checkout/sessions/{id}", {"metadata": p.metadata})
def update(call: Call) -> Body:
    session = call.world.find("checkout.session", call.id, call.account)
    session["metadata"] = p.merged(session["metadata"], call.params.get("metadata"))
    return session


@route("POST", "/checkout/sessions/{id}/expire")
def expire(call: Call) -> Body:
    session = call.world.find("checkout.session", call.id, call.account)
    if session["status"] != "open":
        raise Impossible(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{session['status']}`."
        )
    checkout_payments.expire(call.world, session)
    return session


@route("GET", "/checkout/sessions/{id}/line_items", CURSOR)
def line_items(call: Call) -> Body:
    session = call.world.find("checkout.session", call.id, call.account)
    return as_list(public(session["_line_items"]), call.path)


@route(
    "GET",
    "/checkout/sessions",
    {**PAGING, "customer": p.text, "payment_intent": p.text, "status": p.one_of("complete", "expired", "open")},
)
def index(call: Call) -> Body:
    wanted = p.picked(call.params, "customer", "payment_intent", "status")
    return listing(call, "checkout.session", lambda it: all(it[name] == value for name, value in wanted.items()))
