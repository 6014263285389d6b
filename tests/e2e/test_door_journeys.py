"""At the door: a desk on two devices and without a network, codes that cameras read, a phone that says where it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from liveapp import clock
from liveapp.web.navigation import P
from tests.e2e.camera import looking_at, photograph
from tests.e2e.conftest import PATIENCE_MS, PHONE, follow_the_clock, violations
from tests.e2e.steps import LONDON, Visit, book_at, free_the_next_hours, plan, publish
from tests.live import LiveSite

Phone = Callable[[Browser, Page, str], Page]
TABLET = {"width": 1024, "height": 768}
HERE = {"latitude": 51.5033, "longitude": -0.0754, "accuracy": 12}
"""By the river, where the studio's loft is in this journey."""
AWAY = {"latitude": 51.5138, "longitude": -0.0984, "accuracy": 12}


def class_now(site: LiveSite, page: Page, visit: Visit, host: str, location: str) -> tuple[str, list[Page], str]:
    """A class that begins in twenty minutes: its desk's address, the pages of three guests who booked it, and the
    first one's e-mail. No two journeys have the same host or location, as neither can be in two classes at once."""
    free_the_next_hours(site)
    start = clock.now().astimezone(LONDON).replace(second=0, microsecond=0) + timedelta(minutes=20)
    title = f"At the door {uuid4().hex[:6]}"
    plan(page, title=title, day=start.date(), clock=f"{start:%H:%M}", offering="Morning flow")
    page.get_by_label("Host", exact=True).select_option(label=host)
    page.get_by_label("Location", exact=True).select_option(label=location)
    address = publish(page)
    names = ("Grace Hopper", "Hedy Lamarr", "Joy Adamson")
    mails = [f"{name.split()[0].lower()}.{uuid4().hex[:6]}@example.com" for name in names]
    guests = [book_at(visit, address, *who) for who in zip(names, mails, strict=True)]
    return f"{page.url.split('?')[0]}/door", guests, mails[0]


def row(name: str) -> str:
    return f'.door-row:has(strong:text-is("{name}"))'


def test_two_desks_show_the_same_and_one_goes_on_without_a_network(
    sign_in: Callable[..., Page], visit: Visit, live_site: LiveSite
) -> None:
    ada = sign_in()
    address, _, _ = class_now(live_site, ada, visit, "Ada Lindholm", "River Deck")
    second = sign_in("grace@example.com", viewport=PHONE)
    ada.set_viewport_size(TABLET)
    for desk in (ada, second):
        desk.goto(address)
        expect(desk.locator("#door-count")).to_contain_text("0 of 3 in")
    ada.get_by_role("button", name="Check in: Grace Hopper").click()
    expect(ada.locator("#door-answer")).to_contain_text("Grace Hopper: Checked in at")
    ada.keyboard.type("hedy")  # as a scanner does, while what was tapped has the focus
    expect(ada.get_by_role("searchbox")).to_have_value("hedy")
    ada.get_by_role("searchbox").fill("")
    assert violations(ada) == []
    expect(second.locator(f'{row("Grace Hopper")}[data-state="in"]')).to_be_visible(timeout=5000)
    expect(second.locator("#door-count")).to_contain_text("1 of 3 in")

    ada.route("**/door", without_network)
    for name in ("Hedy Lamarr", "Joy Adamson"):
        ada.get_by_role("button", name=f"Check in: {name}").click()
    expect(ada.locator("#door-net")).to_contain_text("2 check-ins are kept on this device")
    expect(second.locator("#door-count")).to_contain_text("1 of 3 in")
    ada.reload()
    expect(ada.locator(row("Joy Adamson"))).to_contain_text("Kept here")
    ada.unroute("**/door")
    expect(second.locator("#door-count")).to_contain_text("3 of 3 in")
    expect(ada.locator(row("Joy Adamson"))).to_contain_text("In since")
    expect(ada.locator("#door-net")).to_be_hidden()
    expect(ada.locator("#door-kept")).to_contain_text("Kept here and sent now: Hedy Lamarr, Joy Adamson")
    ada.get_by_role("button", name="Got it: Hedy Lamarr, Joy Adamson").click()
    expect(ada.locator("#door-kept")).to_be_hidden()

    ada.get_by_role("button", name="Undo: Joy Adamson").click()
    expect(second.get_by_role("button", name="Check in: Joy Adamson")).to_be_visible()
    second.get_by_role("searchbox").fill("joy")
    second.keyboard.press("Enter")
    expect(ada.locator("#door-count")).to_contain_text("3 of 3 in")

    other = ada.context.new_page()
    other.goto(address)
    for tab, name in ((ada, "Grace Hopper"), (other, "Hedy Lamarr")):
        tab.route("**/door", without_network)
        tab.get_by_role("button", name=f"Out: {name}").click()
        expect(tab.locator(row(name))).to_contain_text("Kept here")
    second.get_by_role("searchbox").fill("")
    second.get_by_role("button", name="Undo: Grace Hopper").click()
    expect(second.get_by_role("button", name="Check in: Grace Hopper")).to_be_visible()
    for tab in (ada, other):
        tab.unroute("**/door")
    for tab in (ada, other, ada):
        expect(tab.locator("#door-kept")).to_contain_text("They aren't checked in, so they can't be checked out.")
        expect(tab.locator("#door-kept")).to_contain_text("Kept here and sent now: Hedy Lamarr")
        assert violations(tab) == []
        tab.reload()
    ada.get_by_role("button", name="Got it: Grace Hopper").click()
    for tab in (ada, other):
        expect(tab.locator("#door-kept")).not_to_contain_text("Grace Hopper")
        expect(tab.locator("#door-kept")).to_contain_text("Hedy Lamarr")
    expect(second.locator(row("Hedy Lamarr"))).to_contain_text("Left at")
    ada.goto(f"{P}/audit")
    expect(ada.locator("#main")).to_contain_text("was refused a tap at the desk, sent late, for Grace Hopper")


def without_network(route: Route) -> None:
    """What is sent doesn't arrive; pages still open, as when they are reloaded a moment later."""
    if route.request.method == "POST":
        route.abort("internetdisconnected")
    else:
        route.continue_()


@pytest.fixture
def phone() -> Phone:
    """A page like another, with its cookies, in the other browser: the same person's device, with a camera."""

    def opened(browser: Browser, like: Page, address: str) -> Page:
        options = {"timezone_id": "Europe/London", "locale": "en-GB", "viewport": PHONE}
        context: BrowserContext = browser.new_context(**options, storage_state=like.context.storage_state())  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        follow_the_clock(context)
        page = context.new_page()
        page.goto(address)
        return page

    return opened


def test_a_camera_at_the_desk_a_camera_at_the_door_and_a_position(
    sign_in: Callable[..., Page],
    visit: Visit,
    browser: Browser,
    chromium: str,
    phone: Phone,
    tmp_path: Path,
    live_site: LiveSite,
) -> None:
    """One guest shows their own code to the staff, another scans the screen, the third one's phone knows the place."""
    ada = sign_in()
    ada.goto(f"{P}/locations")
    ada.get_by_role("link", name="The Loft").first.click()
    ada.get_by_label("Latitude").fill(str(HERE["latitude"]))
    ada.get_by_label("Longitude").fill(str(HERE["longitude"]))
    ada.get_by_role("button", name="Save").click()
    address, (grace, hedy, joy), hers = class_now(live_site, ada, visit, "Leo Martins", "The Loft")

    mail = live_site.wait_for_mail(hers, subject="Booked: At the door")
    own_code = photograph(visit(f"/dev/mail/{mail.id}/html").get_by_alt_text("Your own code"))
    with looking_at(own_code, browser, chromium, tmp_path) as seeing:
        desk = phone(seeing, ada, address)
        desk.get_by_role("button", name="Scan").click()
        expect(desk.locator("#door-answer")).to_contain_text("Grace Hopper: Checked in at")
    grace.reload()
    expect(grace.get_by_role("heading", name="You are in")).to_be_visible()

    wall = visit(screen_of(ada, address), viewport={"width": 1280, "height": 720})
    expect(wall.locator(".scene-count")).to_contain_text("1 of 3 in")
    expect(wall.locator("#door-code svg")).to_be_visible()
    with looking_at(photograph(wall.locator("#door-code svg")), browser, chromium, tmp_path) as seeing:
        mine = phone(seeing, hedy, hedy.url)
        mine.get_by_role("button", name="Scan the door’s code").click()
        expect(mine.locator(".verdict")).to_contain_text("Checked in at")
        assert violations(mine) == []
    assert violations(wall) == []
    expect(wall.locator(".arrivals li").first).to_have_text("Hedy L.")
    expect(wall.locator(".scene-count")).to_contain_text("2 of 3 in")

    joy.context.grant_permissions(["geolocation"])
    mine_is = joy.url
    for place, said in ((AWAY, "Far"), (HERE, "Checked in at")):
        joy.goto(mine_is)
        assert violations(joy) == []
        joy.context.set_geolocation(place)  # type: ignore[arg-type]
        joy.get_by_role("button", name="Use my position").click()
        expect(joy.locator(".verdict")).to_contain_text(said)
        assert violations(joy) == []
    joy.goto(mine_is)
    joy.get_by_role("button", name="Check out").click()
    expect(joy.get_by_text("You checked out at")).to_be_visible()
    ada.goto(address)
    expect(ada.locator(row("Joy Adamson"))).to_contain_text("Left at")


def screen_of(page: Page, desk: str) -> str:
    """The address of a new screen for the session of that desk."""
    page.goto(f"{P}/settings/displays/new")
    page.get_by_label("Name").fill("At the door")
    page.get_by_label("What it shows").select_option(value=f"session:{desk.split('/')[-2].replace('-', '')}")
    page.get_by_role("button", name="Make the link").click()
    return str(page.get_by_role("link", name="Open At the door").get_attribute("href"))
