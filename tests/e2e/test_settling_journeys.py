"""A card that is saved at booking and charged when the meeting is over: missed by the guest, and declined first."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from liveapp import clock
from tests.e2e.conftest import DESK, PHONE
from tests.e2e.steps import link_in, start_at
from tests.e2e.test_money_journeys import GOOD, wait_until_booked
from tests.live import CRON_SECRET, LiveSite

SAVED_THEN_DECLINED = "4000000000000341"
COACHING = "/book/mira-maths/with/mira/exam-coaching?tz=Europe/London"


def book_and_save_a_card(page: Page, email: str, number: str) -> None:
    """A guest books the tutor's coaching and saves a card on the provider's page."""
    page.locator(".slot").last.click()
    page.get_by_label("Your name").fill("Petra Paulsen")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Go on to your card").click()
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Petra Paulsen")
    page.get_by_role("button", name="Save card").click()
    wait_until_booked(page)


def begun(site: LiveSite, email: str, minutes: float) -> str:
    """Moves the guest's meeting so that it began so many minutes ago; its booking's id."""
    return start_at(site, email, clock.now() - timedelta(minutes=minutes))


def charge_what_is_due(site: LiveSite) -> None:
    """As a timer elsewhere asks for it."""
    headers = {"Authorization": f"Bearer {CRON_SECRET}"}
    asked = urllib.request.Request(f"{site.address}/api/cron/process-charges", headers=headers)
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert answer.status == 200


@pytest.fixture
def mira(sign_in: Callable[..., Page]) -> Page:
    return sign_in("mira@example.com", viewport=DESK)


def test_who_doesnt_come_pays_half(card_visit: Callable[..., Page], mira: Page, live_site: LiveSite) -> None:
    email = "missed@example.com"
    guest = card_visit(COACHING, viewport=PHONE)
    book_and_save_a_card(guest, email, GOOD)
    expect(guest.get_by_text("US$80.00 is charged to your Visa ending in 4242")).to_be_visible()
    booking_id = begun(live_site, email, 20)
    mira.goto(f"/business/apps/live-sessions/meetings/{booking_id}")
    with mira.context.expect_event("request", lambda asked: asked.url.startswith("https://meet.jit.si/")):
        mira.get_by_role("button", name="Join", exact=True).click()
    mira.reload()
    mira.get_by_role("link", name="The guest didn’t come").click()
    for amount in ("US$40.00", "US$36.00", "US$4.00"):
        expect(mira.get_by_text(amount)).to_be_visible()
    mira.get_by_role("button", name="Mark as a no-show").click()
    expect(mira.get_by_text("No-show", exact=True)).to_be_visible()
    begun(live_site, email, 61)
    charge_what_is_due(live_site)
    receipt = live_site.wait_for_mail(email, subject="Receipt")
    assert "US$40.00" in receipt.text


def test_a_card_that_is_declined_later_is_paid_by_the_mailed_link(
    card_visit: Callable[..., Page], live_site: LiveSite
) -> None:
    email = "declined@example.com"
    guest = card_visit(COACHING, viewport=PHONE)
    book_and_save_a_card(guest, email, SAVED_THEN_DECLINED)
    begun(live_site, email, 61)
    charge_what_is_due(live_site)
    mail = live_site.wait_for_mail(email, subject="Still to pay: US$80.00")
    link = link_in(mail, "/bookings/")
    guest.goto(link)
    guest.get_by_role("button", name="Pay US$80.00").click()
    guest.get_by_label("Card number").fill(GOOD)
    guest.get_by_label("Expiry").fill("12/34")
    guest.get_by_label("Security code").fill("123")
    guest.get_by_label("Name on the card").fill("Petra Paulsen")
    guest.get_by_role("button", name=re.compile("^Pay")).click()
    assert "US$80.00" in live_site.wait_for_mail(email, subject="Receipt").text
    guest.goto(link)
    expect(guest.get_by_text("still to be paid")).to_have_count(0)
