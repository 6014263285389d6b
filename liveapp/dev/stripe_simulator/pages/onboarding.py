"""The pretend onboarding of a connected account, and the dashboard behind a login link."""

from __future__ import annotations

from liveapp.dev.stripe_simulator.pages.view import Page, View
from liveapp.dev.stripe_simulator.resources import accounts, balances
from liveapp.dev.stripe_simulator.resources.payouts import FAILURES

GOOD_BANK = "000123456789"


def onboard(view: View) -> Page:
    """Hand in everything at once, or leave. A link works once: used or expired it leads to its ``refresh_url``."""
    account = view.world.tables.get("account", {}).get(view.ids["id"])
    link = account.get("_links", {}).get(view.ids["code"]) if account else None
    if account is None or link is None:
        return Page.gone("There is no such onboarding link.")
    if link.get("used") or link["expires_at"] < view.world.now():
        return Page(to=link["refresh_url"])
    if not view.posted:
        banks = [
            (GOOD_BANK, "payouts arrive"),
            *((number, f"payouts fail: {code}") for number, (code, _) in FAILURES.items()),
        ]
        return Page.of("onboarding", account=account, banks=banks)
    link["used"] = True
    if view.request.form.get("answer") == "complete":
        accounts.completed(view.world, account, view.request.form.get("bank", GOOD_BANK))
    return Page(to=link["return_url"])


def express(view: View) -> Page:
    """What a connected account holds."""
    account = view.world.tables.get("account", {}).get(view.ids["id"])
    if account is None:
        return Page.gone("There is no such account.")
    ready, coming = balances.sums(view.world, account["id"])
    payouts = list(view.world.newest("payout", account["id"]))
    return Page.of("express", account=account, ready=ready, coming=coming, payouts=payouts)
