"""Paying by card in a browser: declined, then paid; cancelled with half of it back. With script, and without."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from liveapp import clock
from tests.e2e.conftest import DESK, PHONE
from tests.e2e.steps import let_the_undo_pass, open_session_ahead, start_at
from tests.live import LiveSite

WORKSHOPS = "/book/northside-languages?q=kanji"
DECLINED, GOOD = "4000000000000002", "4242424242424242"


def book_workshop(page: Page, email: str, *, weeks: int = 4) -> None:
    """A guest books the language school's workshop and is led to the card page."""
    open_session_ahead(page, WORKSHOPS, "Kanji workshop", weeks=weeks)
    page.get_by_label("Your name").fill("Petra Paulsen")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Go on to payment").click()
    expect(page.get_by_role("heading", name="Pay by card")).to_be_visible()


def pay(page: Page, number: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Petra Paulsen")
    page.get_by_role("button", name=re.compile("^Pay")).click()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_card_is_declined_another_pays_and_part_comes_back(
    card_visit: Callable[..., Page], live_site: LiveSite, script: bool
) -> None:
    email = f"petra-{script}@example.com".lower()
    page = card_visit(WORKSHOPS, viewport=PHONE if script else DESK, java_script_enabled=script)
    book_workshop(page, email, weeks=5 if script else 6)
    pay(page, DECLINED)
    expect(page.get_by_text("Your card was declined")).to_be_visible()
    page.get_by_text("Go back without paying").click()
    expect(page.get_by_text("Not booked yet: a place is held for you")).to_be_visible()
    page.get_by_role("button", name="Pay €25.00").click()
    pay(page, GOOD)
    wait_until_booked(page)
    expect(page.get_by_text("€25.00, by card")).to_be_visible()
    start_at(live_site, email, clock.now() + timedelta(hours=18))
    let_the_undo_pass(live_site, email)
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_text("€12.50 of the €25.00 that you paid").first).to_be_visible()
    page.get_by_role("button", name="Cancel the booking").click()
    expect(page.get_by_text("This booking is cancelled")).to_be_visible()
    for _ in range(30):
        if page.get_by_text("€12.50 goes back to the card").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text("€12.50 goes back to the card")).to_be_visible()


def test_a_member_buys_a_pack_on_a_phone_and_books_with_it(card_visit: Callable[..., Page]) -> None:
    page = card_visit("/book/northside-languages", viewport=PHONE)
    page.get_by_role("link", name="See the plans").click()
    page.get_by_role("link", name="5 evenings").click()
    page.get_by_role("link", name="Sign in to buy for €110.00").click()
    page.get_by_label("E-mail").first.fill("leo@example.com")
    page.get_by_label("Password").fill("demo-demo-demo")
    page.get_by_role("button", name="Sign in", exact=True).click()
    buy_plan(page)
    page.get_by_role("link", name="Go on booking").click()
    open_session_ahead(page, WORKSHOPS, "Kanji workshop")
    expect(page.get_by_text("5 credits").first).to_be_visible()
    page.get_by_role("button", name="Book now").click()
    expect(page.get_by_text("You are booked")).to_be_visible()
    expect(page.get_by_text("5 evenings, 1 credit")).to_be_visible()


def buy_plan(page: Page, name: str = "") -> None:
    """Who is signed in buys a plan: the one whose page is open, or one of this name from the list."""
    if name:
        page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Buy for").click()
    pay(page, GOOD)
    expect(page.get_by_role("link", name="Go on booking")).to_be_visible()


def wait_until_booked(page: Page) -> None:
    """The page asks by itself; without script the person does."""
    for _ in range(60):
        if page.get_by_text("Confirmed").count():
            return
        page.wait_for_timeout(500)
        again = page.get_by_role("link", name="See whether it is there")
        if again.count():
            again.click(timeout=5000)
    expect(page.get_by_text("Confirmed")).to_be_visible()
