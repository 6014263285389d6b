"""A host sets up payouts on the provider's page, is paid, and reads a statement that agrees with the book."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from liveapp.web.navigation import P
from tests.e2e.conftest import DESK, PHONE


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail").first.fill(email)
    page.get_by_label("Password").fill("demo-demo-demo")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/business/**")


def test_a_host_sets_up_payouts_is_paid_and_the_statement_adds_up(card_visit: Callable[..., Page]) -> None:
    host = card_visit("/sign-in", viewport=PHONE)
    sign_in(host, "kenji@example.com")
    host.goto(f"{P}/earnings")
    host.get_by_role("button", name="Set up payouts").click()
    host.wait_for_url("**/setup/**")
    stripe = "{0.scheme}://{0.netloc}".format(urlsplit(host.url))
    host.get_by_role("button", name="Complete").click()
    expect(host.get_by_text("Payouts go to your account with Stripe")).to_be_visible()

    host.request.post(f"{stripe}/_control/funds", data={"amount": 100_000, "currency": "eur"})
    owner = card_visit("/sign-in", viewport=DESK)
    sign_in(owner, "ines@example.com")
    owner.goto(f"{P}/payouts")
    balance = owner.locator("[id^=balance-]").filter(has_text="Kenji Mori")
    payable = balance.locator("strong").inner_text()
    balance.get_by_role("link", name="Pay Kenji Mori now").click()
    owner.get_by_role("button", name=f"Pay {payable}").click()
    expect(owner.get_by_text("The payout is made")).to_be_visible()
    made = owner.locator("[id^=payout-]").filter(has_text="Kenji Mori").first
    for _ in range(60):
        if made.get_by_text("Paid", exact=True).count():
            break
        owner.wait_for_timeout(500)
        owner.reload()
    expect(made).to_contain_text(payable)

    host.goto(f"{P}/earnings")
    expect(host.locator("tbody")).to_contain_text("Paid out")
    closing = host.locator("tbody tr").last.locator("td").last.inner_text()
    owed = host.locator(".stat strong").first
    assert closing == (owed.inner_text() if owed.count() else "€0.00")
    address = host.get_by_role("link", name="Save as CSV").get_attribute("href")
    _, first, *lines, last = csv.reader(io.StringIO(host.request.get(str(address)).text()))
    assert Decimal(first[6]) + sum(Decimal(line[5]) for line in lines) == Decimal(last[6])
    assert f"€{last[6]}" == closing
