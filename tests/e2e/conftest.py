"""A real browser on the whole site as `make run` starts it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from liveapp import clock
from tests.live import LiveSite

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    "--host-resolver-rules=MAP meet.jit.si ~NOTFOUND",
]
"""Whoever goes through to a room asks for it, and gets no further."""
NO_FAULTS = ("409", "422", "ERR_INTERNET_DISCONNECTED", "htmx:afterRequest", "htmx:sendError", "htmx:sendAbort")
AXE = (Path(__file__).parent / "axe.min.js").read_text()
PATIENCE_MS = 60_000
AHEAD = """(() => {
  const Machine = Date, now = () => Machine.now() + AHEAD_MS;
  globalThis.Date = new Proxy(Machine, {
    apply: () => new Machine(now()).toString(),
    construct: (target, values, made) => Reflect.construct(target, values.length ? values : [now()], made),
    get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
  });
})()"""
"""The page's clock is the run's (`liveapp.clock`), so many milliseconds ahead of the machine's."""
"""However busy the machine is, nothing takes longer."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a journey in a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, live_site: LiveSite) -> Iterator[Callable[..., Page]]:
    """Opens a browser of its own on the site: `visit("/book/…", viewport=PHONE, java_script_enabled=False)`.

    A journey fails when a page complains in the console or asks another host for anything.
    """
    complaints: list[str] = []
    contexts = []

    def open_at(path: str = "/", **options: Any) -> Page:
        defaults = {"viewport": DESK, "timezone_id": "Europe/London", "locale": "en-GB", "base_url": live_site.address}
        context = browser.new_context(**(defaults | options))
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        follow_the_clock(context)
        page = context.new_page()
        page.on("console", lambda message: _note(message.type, message.text, complaints))
        page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
        page.on("request", lambda request: _note_foreign(request.url, live_site.address, complaints))
        page.goto(path)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def card_visit(browser: Browser, live_site: LiveSite) -> Iterator[Callable[..., Page]]:
    """As `visit`, for journeys that lead over the card provider's page, which is another host."""
    contexts = []

    def open_at(path: str, **options: Any) -> Page:
        defaults = {"timezone_id": "Europe/London", "locale": "en-GB", "base_url": live_site.address}
        context = browser.new_context(**(defaults | options))
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        follow_the_clock(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_at
    for context in contexts:
        context.close()


@pytest.fixture
def sign_in(visit: Callable[..., Page]) -> Callable[..., Page]:
    """Signs in somebody of the demo and returns their browser."""

    def as_person(email: str = "ada@example.com", **options: Any) -> Page:
        page = visit("/sign-in", **options)
        page.get_by_label("E-mail").first.fill(email)
        page.get_by_label("Password").fill("demo-demo-demo")
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(re.compile("/(business|my)/"))
        return page

    return as_person


def follow_the_clock(context: BrowserContext) -> None:
    """Sets the clock of a browser's pages to the run's, where it isn't the machine's."""
    if clock.offset():
        context.add_init_script(AHEAD.replace("AHEAD_MS", f"{clock.offset().total_seconds() * 1000:.0f}"))


def violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds wrong on the page, by all its rules or by some: rule, elements and the page's address."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("options => axe.run(document, options).then(r => r.violations)", options)
    return [
        f"{page.url}: {each['id']} ({each['help']}) at {[node['target'] for node in each['nodes']][:5]}"
        for each in found
    ]


def _note(kind: str, text: str, complaints: list[str]) -> None:
    """A refused form or a time that is gone is an answer, not a fault, nor is a request cut off by leaving the page,
    or by a journey that takes the network away."""
    if kind == "error" and not any(word in text for word in NO_FAULTS):
        complaints.append(f"console: {text}")


def _note_foreign(url: str, address: str, complaints: list[str]) -> None:
    if not url.startswith((address, "data:", "blob:")):
        complaints.append(f"asked elsewhere: {url}")
