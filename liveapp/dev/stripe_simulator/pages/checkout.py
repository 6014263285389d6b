"""Checkout's page and the bank's step, without scripts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlencode

from liveapp.dev.stripe_simulator.cards import CARDS, passes_luhn
from liveapp.dev.stripe_simulator.pages.view import Page, View
from liveapp.dev.stripe_simulator.refusals import Body
from liveapp.dev.stripe_simulator.resources import authentication, checkout_payments

SHOWN_CARDS = (
    ("4242 4242 4242 4242", "is paid"),
    ("4000 0025 0000 3155", "asks for 3-D Secure"),
    ("4000 0027 6000 3184", "asks for 3-D Secure every time"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "has too little money"),
    ("4000 0000 0000 0341", "is saved, but declined later"),
    ("4000 0000 0000 0259", "is paid, then disputed"),
)
FIELDS = ("email", "number", "expiry", "cvc", "name")


def checkout(view: View) -> Page:
    """The card form of an open session; afterwards on to where the session says."""
    session = view.world.tables.get("checkout.session", {}).get(view.ids["id"])
    if session is None:
        return Page.gone("There is no such payment page.")
    if session["status"] == "complete":
        return Page(to=_success(session)) if view.posted else Page.of("done", session=session, to=_success(session))
    if session["status"] == "expired":
        return Page.gone("This payment page has expired: nothing was taken.", session["cancel_url"])
    intent = checkout_payments.intent_of(view.world, session)
    if intent is not None and intent["status"] == "requires_action":
        return Page(to=f"/3ds/{intent['id']}")
    return _pay(view, session) if view.posted else _form(session, _prefilled(view, session), {}, _last_refusal(intent))


def authenticate(view: View) -> Page:
    """The bank's step: complete it or fail it, then back to where the person came from."""
    intent = authentication.waiting(view.world, view.ids["id"])
    if intent is None:
        return Page.gone("The bank asks for nothing here, or not any more.")
    answer = view.request.form.get("answer")
    if not view.posted or answer not in ("complete", "fail"):
        return Page.of("authenticate", intent=intent)
    session = view.world.tables.get("checkout.session", {}).get(intent.get("_checkout", ""))
    if session is not None:
        checkout_payments.authenticate(view.world, session, passed=answer == "complete")
        return Page(to=_success(session) if session["status"] == "complete" else f"/c/pay/{session['id']}")
    return_url = (intent["next_action"].get("redirect_to_url") or {}).get("return_url")
    refused = authentication.answered(view.world, intent, passed=answer == "complete")
    if return_url is None:
        return Page.of("authenticated", refused=refused)
    return Page(to=_returning(return_url, intent, "failed" if refused else "succeeded"))


def _pay(view: View, session: Body) -> Page:
    typed = {name: view.request.form.get(name, "").strip() for name in FIELDS}
    free = session["mode"] == "payment" and session["amount_total"] == 0
    number = re.sub(r"[ -]", "", typed["number"])
    faults = _faults(view, typed, number, free=free)
    if faults:
        return _form(session, typed, faults, None)
    refused = checkout_payments.pay(view.world, session, number, name=typed["name"], email=typed["email"])
    if refused:
        return _form(session, typed, {}, refused)
    if session["status"] == "complete":
        return Page(to=_success(session))
    return Page(to=f"/c/pay/{session['id']}")


def _faults(view: View, typed: dict[str, str], number: str, *, free: bool) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", typed["email"]):
        faults["email"] = "Your email address is missing or incomplete."
    if free:
        return faults
    if not number.isdigit() or not passes_luhn(number):
        faults["number"] = "Your card number is invalid."
    elif number not in CARDS:
        faults["number"] = "This is no test card. Only the cards of Stripe's testing page work here, never a real one."
    if fault := _expiry_fault(typed["expiry"], view.world.now()):
        faults["expiry"] = fault
    if not re.fullmatch(r"\d{3,4}", typed["cvc"]):
        faults["cvc"] = "Your card's security code is incomplete."
    if not typed["name"]:
        faults["name"] = "The name on the card is missing."
    return faults


def _expiry_fault(typed: str, now: int) -> str | None:
    match = re.fullmatch(r"(0?[1-9]|1[0-2]) ?[/-]? ?(?:20)?(\d\d)", typed)
    if match is None:
        return "Your card's expiration date is incomplete: month and year, as 12/34."
    today = datetime.fromtimestamp(now, UTC)
    if (2000 + int(match[2]), int(match[1])) < (today.year, today.month):
        return "Your card's expiration date is in the past."
    return None


def _prefilled(view: View, session: Body) -> dict[str, str]:
    customer = view.world.tables.get("customer", {}).get(session["customer"] or "", {})
    email = session["customer_email"] or customer.get("email") or ""
    return dict.fromkeys(FIELDS, "") | {"email": email, "name": customer.get("name") or ""}


def _last_refusal(intent: Body | None) -> str | None:
    if intent is None:
        return None
    error = intent.get("last_payment_error") or intent.get("last_setup_error")
    return str(error["message"]) if error else None


def _form(session: Body, typed: dict[str, str], faults: dict[str, str], refused: str | None) -> Page:
    status = 422 if faults else 200
    values = {"session": session, "typed": typed, "faults": faults, "refused": refused, "cards": SHOWN_CARDS}
    return Page.of("checkout", status, **values)


def _success(session: Body) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _returning(url: str, intent: Body, outcome: str) -> str:
    kind = intent["object"]
    query = {kind: intent["id"], f"{kind}_client_secret": intent["client_secret"], "redirect_status": outcome}
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
