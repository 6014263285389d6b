"""A screen on the wall: it survives a restart of the server by itself, and goes dark when its link ends."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from liveapp import clock
from liveapp.domain.actor import Actor
from liveapp.domain.displays import service
from liveapp.domain.displays.service import Wish
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.e2e.conftest import violations


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[int]:
    """The app on a port of this machine, for the length of a ``with`` block; the port."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    serving = Thread(target=server.serve_forever)
    serving.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_screen_survives_a_restart_and_goes_dark_when_its_link_ends(
    browser: Browser, app: Flask, new_app: Callable[..., Flask]
) -> None:
    owner, display_id = hang_up()
    path = f"/display/{sign(Purpose.DISPLAY, display_id)}"
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="en-GB")
    screen = context.new_page()
    screen.clock.install(time=clock.now())
    with served(app) as port:
        screen.goto(f"http://127.0.0.1:{port}{path}")
        expect(screen.get_by_role("heading", level=1)).to_have_text("Morning flow")
        expect(screen.locator("#door-code svg")).to_be_visible()
        assert violations(screen) == []
        assert context.cookies() == []
    offline, door = screen.locator("#offline"), screen.locator("#door")
    until(screen, offline.is_visible)
    expect(offline).to_have_text(re.compile(r"^Offline since \d\d:\d\d$"))
    until(screen, door.is_hidden, step=20_000)  # no code that could be a minute old

    with served(new_app(), port):  # which remembers nothing
        until(screen, lambda: offline.is_hidden() and door.is_visible(), step=61_000)
        transact(service.revoke, actor=owner, display_id=display_id, now=clock.now())
        until(screen, screen.locator("#dark").is_visible)
        expect(screen.get_by_role("alert")).to_have_text("This screen is switched off. Ask the staff for a new link.")
        screen.reload()
        expect(screen.get_by_role("heading", level=1)).to_have_text(re.compile("switched off"))
    context.close()


def hang_up() -> tuple[Actor, uuid.UUID]:
    """A screen of a class that begins in some minutes; who opened it, and its id."""
    now = clock.now().replace(microsecond=0)
    organization_id = cast.organization()
    owner = cast.actor(organization_id, "Ada Lovelace", Role.OWNER)
    assert owner.user_id
    begins = now + timedelta(minutes=9)
    offering_id = cast.offering(organization_id)
    session_id = cast.session(organization_id, owner.user_id, offering_id, begins, title="Morning flow")
    wish = Wish("Door", 1, session_id=session_id)
    return owner, transact(service.add, actor=owner, wish=wish, now=now)


def until(page: Page, is_so: Callable[[], bool], *, step: int = 7_000, most: int = 160) -> None:
    """Lets the page's time run on in steps (ms) until it is so: its waits are long, ours needn't be."""
    for _ in range(most):
        if is_so():
            return
        page.clock.fast_forward(step)
        page.wait_for_timeout(100)
    raise AssertionError(f"it never was so: {page.locator('body').inner_text()}")
