"""A plan from its making to its end: an owner keeps and gives it, a member reads what is left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from liveapp.web.navigation import P
from tests.e2e.conftest import DESK, PHONE
from tests.e2e.steps import FLASH, Visit, coming, let_the_undo_pass, link_in, plan, publish
from tests.live import LiveSite

SignIn = Callable[..., Page]
SIZES = [pytest.param(DESK, id="desk", marks=pytest.mark.faults), pytest.param(PHONE, id="phone")]
"""The narrow one by default; ``make faults`` walks at a desk too."""


def make_pack(ada: Page, name: str) -> None:
    ada.goto(f"{P}/plans/new")
    ada.get_by_label("Name").fill(name)
    ada.get_by_label("Credits", exact=True).fill("3")
    ada.get_by_label("Valid for").fill("30")
    expect(ada.get_by_label("It begins anew")).to_be_hidden()
    ada.get_by_role("button", name="Add the plan").click()
    expect(ada.locator(FLASH)).to_contain_text("Now give it to somebody")


@pytest.mark.parametrize("size", SIZES)
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


def give(ada: Page, plan_name: str, name: str, email: str) -> None:
    ada.goto(f"{P}/plans/give")
    plan = ada.get_by_label("Plan", exact=True)
    plan.select_option(plan.locator("option", has_text=plan_name).get_attribute("value"))
    ada.get_by_label("Name").fill(name)
    ada.get_by_label("E-mail").fill(email)
    ada.get_by_role("button", name="Give the plan").click()
    expect(ada.get_by_role("heading", level=1)).to_have_text(name)


def sign_in_by_mail(visit: Visit, live_site: LiveSite, email: str) -> Page:
    """Somebody who was given a plan opens its mail and signs in by a link."""
    mail = live_site.wait_for_mail(email, subject="Your plan at Harbour Yoga")
    page = visit(link_in(mail, "/my/"))
    page.get_by_role("link", name="Mail me a link instead").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Mail me the link").click()
    page.goto(link_in(live_site.wait_for_mail(email, subject="Your sign-in link"), "/sign-in/"))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/my/**")
    return page


def test_somebody_new_gets_a_plan_and_finds_it_by_the_mail(sign_in: SignIn, visit: Visit, live_site: LiveSite) -> None:
    email = "newcomer@example.com"
    ada = sign_in()
    make_pack(ada, "Newcomers' three")
    give(ada, "Newcomers' three", "Nell Newcomer", email)
    nell = sign_in_by_mail(visit, live_site, email)
    nell.goto("/my/plans")
    expect(nell.locator("main .card")).to_contain_text("3 credits left")


def class_for_plans(ada: Page, title: str, *, weeks: int, clock: str, places: str) -> str:
    """Publishes a class that only plans pay for; returns its public address."""
    plan(ada, title=title, day=coming(1, weeks=weeks), clock=clock, offering="Members' practice")
    ada.get_by_label("Places").fill(places)
    return publish(ada)


def set_late_cancelling(ada: Page, *, hours: str, allowed: bool) -> None:
    ada.goto(f"{P}/settings")
    ada.get_by_label("Free cancellation until").fill(hours)
    ada.get_by_label("Late cancellation", exact=True).set_checked(allowed)
    ada.get_by_role("button", name="Save", exact=True).click()
    expect(ada.locator(FLASH)).to_contain_text("Saved")


@pytest.mark.parametrize("size", SIZES)
def test_a_member_books_with_a_credit_waits_is_promoted_and_cancels_late(
    sign_in: SignIn, visit: Visit, live_site: LiveSite, size: dict[str, int]
) -> None:
    number = size["width"]
    email, pack = f"lena{number}@example.com", f"Lena's three, {number}"
    clock = "13:40" if size == DESK else "16:20"
    ada = sign_in()
    make_pack(ada, pack)
    give(ada, pack, "Lena Marsh", email)
    lena = sign_in_by_mail(visit, live_site, email)
    lena.set_viewport_size(size)  # type: ignore[arg-type]

    small = class_for_plans(ada, f"Small practice {number}", weeks=2, clock=clock, places="1")
    ada.goto(small)
    ada.get_by_role("button", name="Book now").click()
    expect(ada.get_by_text("You are booked")).to_be_visible()
    lena.goto(small)
    expect(lena.locator(".ways-to-pay")).to_contain_text("1 of your 3 credits")
    lena.get_by_role("button", name="Join the waiting list").click()
    expect(lena.get_by_text("You are number 1 in line")).to_be_visible()

    ada.get_by_role("link", name="Cancel", exact=True).click()
    ada.get_by_role("button", name="Cancel the booking").click()
    expect(ada.get_by_text("This booking is cancelled")).to_be_visible()
    live_site.wait_for_mail(email, subject="You have a place")
    lena.reload()
    expect(lena.locator("main")).to_contain_text(f"{pack}, 1 credit")
    expect(lena.locator("main")).to_contain_text(f"1 credit of “{pack}” comes back")

    set_late_cancelling(ada, hours="8760", allowed=True)
    lena.goto(class_for_plans(ada, f"Wide practice {number}", weeks=3, clock=clock, places="5"))
    lena.get_by_role("button", name="Book now").click()
    expect(lena.get_by_text("You are booked")).to_be_visible()
    let_the_undo_pass(live_site, email)
    lena.get_by_role("link", name="Cancel", exact=True).click()
    expect(lena.locator("main")).to_contain_text(f"the credit of “{pack}” doesn't come back")
    lena.get_by_role("button", name="Cancel the booking").click()
    expect(lena.get_by_text("This booking is cancelled")).to_be_visible()
    set_late_cancelling(ada, hours="24", allowed=False)
    lena.goto("/my/plans")
    expect(lena.locator("main .card")).to_contain_text("1 credit left")
