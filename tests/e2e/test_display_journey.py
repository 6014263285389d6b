"""A screen on the wall, on a site of its own: it survives a restart of the server, and goes dark when its link ends."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from liveapp.web.navigation import P
from tests import databases, live
from tests.e2e.conftest import violations

DISPLAYS = f"{P}/settings/displays"


@pytest.fixture
def var() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="door-", dir=databases.run_folder()))
    shutil.copyfile(live.demo(), folder / "live.db")
    return folder


@pytest.fixture
def site(var: Path) -> Iterator[live.LiveSite]:
    """The site before its restart; whoever stops it starts the next one on its port."""
    made = live.start(var, RATE_LIMITS="off")
    yield made
    if made.process.poll() is None:
        made.stop()


def test_a_screen_survives_a_restart_and_goes_dark_when_its_link_ends(
    browser: Browser, site: live.LiveSite, var: Path
) -> None:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, base_url=site.address)
    screen, ada = context.new_page(), browser.new_context(base_url=site.address).new_page()
    sign_in(ada)
    screen.clock.install()
    screen.goto(display_of_the_live_one(ada))
    expect(screen.get_by_role("heading", level=1)).to_have_text("Open practice, online")
    expect(screen.locator("#door-code svg")).to_be_visible()
    assert violations(screen) == []
    assert context.cookies() == []

    site.stop()
    offline = screen.locator("#offline")
    until(screen, lambda: offline.is_visible())
    expect(offline).to_have_text(re.compile(r"^Offline since \d+:\d\d"))
    until(screen, lambda: not screen.locator("#door").is_visible(), step=20_000)  # no code that is a minute old

    again = live.start(var, RATE_LIMITS="off", PORT=site.address.rpartition(":")[2])
    try:
        until(screen, lambda: offline.is_hidden() and screen.locator("#door").is_visible(), step=61_000)
        ada.goto(DISPLAYS)
        ada.locator("summary[aria-label='More for Practice']").click()
        ada.get_by_role("button", name="Switch off").click()
        expect(ada.get_by_text("goes dark within a minute")).to_be_visible()
        until(screen, lambda: screen.locator("#dark").is_visible(), step=8_000)
        expect(screen.get_by_role("alert")).to_have_text("This screen is switched off. Ask the staff for a new link.")
        screen.reload()
        expect(screen.get_by_role("heading", level=1)).to_have_text(re.compile("switched off"))
    finally:
        again.stop()


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").first.fill("ada@example.com")
    page.get_by_label("Password").fill("demo-demo-demo")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/business/"))


def display_of_the_live_one(page: Page) -> str:
    """The address of a new screen of the session that goes on now."""
    page.goto(f"{DISPLAYS}/new")
    page.get_by_label("Name").fill("Practice")
    page.get_by_label("What it shows").select_option(
        value=page.locator("#shows option", has_text="Open practice").first.get_attribute("value")
    )
    page.get_by_role("button", name="Make the link").click()
    return str(page.get_by_role("link", name="Open Practice").get_attribute("href"))


def until(page: Page, is_so: Callable[[], bool], *, step: int = 7_000, most: int = 160) -> None:
    """Lets the page's time run on in steps (ms) until it is so: its waits are long, ours needn't be."""
    for _ in range(most):
        if is_so():
            return
        page.clock.fast_forward(step)
        page.wait_for_timeout(250)
    raise AssertionError(f"it never was so: {page.locator('body').inner_text()}")
