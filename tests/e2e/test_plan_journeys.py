"""A plan from its making to its end: an owner keeps and gives it, a member reads what is left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from liveapp.web.navigation import P
from tests.e2e.conftest import DESK, PHONE
from tests.e2e.steps import FLASH, Visit, link_in
from tests.live import LiveSite

SignIn = Callable[..., Page]


def make_pack(ada: Page, name: str) -> None:
    ada.goto(f"{P}/plans/new")
    ada.get_by_label("Name").fill(name)
    ada.get_by_label("Credits", exact=True).fill("3")
    ada.get_by_label("Valid for").fill("30")
    expect(ada.get_by_label("It begins anew")).to_be_hidden()
    ada.get_by_role("button", name="Add the plan").click()
    expect(ada.locator(FLASH)).to_contain_text("Now give it to somebody")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_plan_is_given_corrected_paused_and_ended(sign_in: SignIn, size: dict[str, int]) -> None:
    name = f"Trial of three, {size['width']}"
    ada, ben = sign_in(viewport=size), sign_in("ben@example.com", viewport=size)
    make_pack(ada, name)
    ada.get_by_role("link", name="Give it to somebody").first.click()
    expect(ada.get_by_label("Plan", exact=True)).to_contain_text(name)
    ada.get_by_label("Name").fill("Ben Okafor")
    ada.get_by_label("E-mail").fill("ben@example.com")
    ada.get_by_role("button", name="Give the plan").click()
    expect(ada.locator(FLASH)).to_contain_text(f"Ben Okafor holds “{name}” now")
    card = ada.locator("#plans .card", has_text=name)
    expect(card).to_contain_text("3 credits left")

    card.get_by_role("link", name="Correct credits").click()
    ada.get_by_label("Credits to add or take").fill("-4")
    ada.get_by_label("Why").fill("Came twice")
    ada.get_by_role("button", name="Correct", exact=True).click()
    expect(ada.locator(".field-error")).to_contain_text("There are 3 left")
    ada.get_by_label("Credits to add or take").fill("-1")
    ada.get_by_role("button", name="Correct", exact=True).click()
    expect(card).to_contain_text("2 credits left")

    own = ben.locator("main .card", has_text=name)
    ben.goto("/my/bookings")
    ben.get_by_role("link", name="My plans").last.click()
    expect(own).to_contain_text("2 credits left")
    own.get_by_text("What happened to the credits").click()
    expect(own.get_by_text("Corrected by Ada Lindholm: Came twice")).to_be_visible()

    card.get_by_role("link", name="Pause").click()
    ada.get_by_role("button", name="Pause the plan").click()
    expect(card).to_contain_text("until it is resumed")
    card.get_by_role("button", name="Resume").click()
    expect(card.get_by_role("link", name="Pause")).to_be_visible()

    card.get_by_role("link", name="End").click()
    expect(ada.locator("main form")).to_contain_text("2 credits lapse; no bookings made with it lie ahead.")
    ada.get_by_role("button", name="End the plan").click()
    expect(ada.locator(FLASH)).to_contain_text("2 credits lapsed")
    ben.reload()
    ben.get_by_text("that ended").click()
    expect(own).to_contain_text("Gone, as the plan ended")


def test_somebody_new_gets_a_plan_and_finds_it_by_the_mail(sign_in: SignIn, visit: Visit, live_site: LiveSite) -> None:
    email = "newcomer@example.com"
    ada = sign_in()
    make_pack(ada, "Newcomers' three")
    ada.goto(f"{P}/plans/give")
    ada.get_by_label("Plan", exact=True).select_option(label="Newcomers' three")
    ada.get_by_label("Name").fill("Nell Newcomer")
    ada.get_by_label("E-mail").fill(email)
    ada.get_by_role("button", name="Give the plan").click()
    expect(ada.get_by_role("heading", level=1)).to_have_text("Nell Newcomer")

    mail = live_site.wait_for_mail(email, subject="Your plan at Harbour Yoga")
    nell = visit(link_in(mail, "/my/"))
    nell.get_by_role("link", name="Mail me a link instead").click()
    nell.get_by_label("E-mail").fill(email)
    nell.get_by_role("button", name="Mail me the link").click()
    nell.goto(link_in(live_site.wait_for_mail(email, subject="Your sign-in link"), "/sign-in/"))
    nell.get_by_role("button", name="Sign in", exact=True).click()
    nell.wait_for_url("**/my/**")
    nell.goto("/my/plans")
    expect(nell.locator("main .card")).to_contain_text("3 credits left")
