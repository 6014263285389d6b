"""Online, from connecting an account to who came: by Zoom, as a pretend one answers, and by a room that needs none."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from liveapp import clock
from liveapp.web.navigation import P
from tests.e2e.conftest import PHONE, violations
from tests.e2e.steps import FLASH, LONDON, book_at, free_the_next_hours, link_in, plan, publish
from tests.live import LiveSite

Visit = Callable[..., Page]


def signed_in(visit: Visit, email: str) -> Page:
    """Somebody of the demo, in a browser that may go to other hosts."""
    page = visit("/sign-in")
    page.get_by_label("E-mail").first.fill(email)
    page.get_by_label("Password").fill("demo-demo-demo")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/(business|my)/"))
    return page


def published(site: LiveSite, host: Page, title: str, provider: str, *, minutes: int) -> str:
    """A class online that starts so soon; its public address. The host's browser stays on its page."""
    free_the_next_hours(site)
    start = (clock.now() + timedelta(minutes=minutes)).astimezone(LONDON)
    plan(host, title=title, day=start.date(), clock=f"{start:%H:%M}")
    host.get_by_role("radio", name="Online", exact=True).check()
    host.get_by_role("radio", name=provider).check()
    return publish(host)


def until_made(host: Page) -> None:
    """Waits until the provider has made the link."""
    waits = host.get_by_text("The link is on its way")
    while waits.count():
        host.wait_for_timeout(300)
        host.reload()


def test_by_zoom_from_connecting_it_to_who_came(card_visit: Visit, live_site: LiveSite) -> None:
    grace = signed_in(card_visit, "grace@example.com")
    grace.goto(f"{P}/settings/video")
    grace.get_by_role("button", name="Connect Zoom").click()
    grace.get_by_label("Your address there").fill("grace@zoom.example.com")
    grace.get_by_role("button", name="Allow", exact=True).click()
    expect(grace.locator(FLASH)).to_contain_text("Zoom is connected")
    expect(grace.get_by_text("grace@zoom.example.com")).to_be_visible()
    address = published(live_site, grace, "Breathing by Zoom", "Zoom", minutes=75)
    until_made(grace)
    guest = book_at(card_visit, address, "Zora Neale", "zora@example.com")
    mail = live_site.wait_for_mail("zora@example.com", subject="Breathing by Zoom")
    guest.goto(link_in(mail, "/join/"))
    expect(guest.locator("[data-countdown]")).to_have_text(re.compile(r"01:\d\d:\d\d"))
    assert violations(guest) == []
    assert guest.get_by_role("button", name="Join session").count() == 0
    grace.get_by_role("button", name="Let people in now").click()
    expect(grace.locator(FLASH)).to_contain_text("The room is open")
    guest.reload()
    assert violations(guest) == []
    guest.get_by_role("button", name="Join session").click()
    expect(guest.get_by_role("heading", level=1, name="Breathing by Zoom")).to_be_visible()
    with grace.context.expect_page() as opened:
        grace.get_by_role("button", name="Join", exact=True).click()
    assert opened.value.url == guest.url
    guest.get_by_label("Who").fill("Zora Neale")
    guest.get_by_label("Their address at Zoom").fill("zora@example.com")
    guest.get_by_role("button", name="Somebody leaves").click()
    expect(guest.get_by_role("status")).to_contain_text("meeting.participant_left: 200")
    grace.reload()
    expect(grace.get_by_text("by joining online")).to_be_visible()


def test_by_a_room_that_needs_no_account_without_script(card_visit: Visit, live_site: LiveSite) -> None:
    grace = signed_in(card_visit, "grace@example.com")
    address = published(live_site, grace, "Stretching in a room", "Jitsi", minutes=150)
    guest = card_visit(address, viewport=PHONE, java_script_enabled=False)
    guest.get_by_label("Your name").fill("Noor Khan")
    guest.get_by_label("E-mail").fill("noor@example.com")
    guest.get_by_role("button", name="Book now").click()
    guest.get_by_role("link", name="Join session").click()
    expect(guest.get_by_text("The button to join appears by itself.", exact=False)).to_be_visible()
    grace.get_by_role("button", name="Let people in now").click()
    expect(grace.locator(FLASH)).to_contain_text("The room is open")
    guest.get_by_role("link", name="Look again").click()
    with guest.expect_request("https://meet.jit.si/**") as asked:
        guest.get_by_role("button", name="Join session").click()
    assert re.fullmatch(r"https://meet\.jit\.si/[0-9a-f]{32}", asked.value.url)
