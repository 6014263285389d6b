"""A guest books, gets the mail, moves and cancels: on a phone, at a desk, and without script."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import DESK, PHONE
from tests.e2e.steps import Visit, choose_day_ahead, event_of, fill_in, link_in, next_month, open_session_ahead
from tests.live import LiveSite

SIZES: list[Any] = [
    pytest.param({"viewport": PHONE}, id="phone"),
    pytest.param({"viewport": DESK, "color_scheme": "dark"}, id="desk"),
    pytest.param({"viewport": PHONE, "java_script_enabled": False}, id="no-script"),
]


@pytest.mark.parametrize("options", SIZES)
def test_a_guest_books_moves_and_cancels_a_class(
    visit: Visit, live_site: LiveSite, options: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    email = f"class-{request.node.callspec.id}@example.com"
    page = visit(**options)
    open_session_ahead(page, "/book/northside-languages", "German A2")
    fill_in(page, "Nina Sørensen", email)
    page.get_by_role("button", name="Book now").click()
    expect(page.get_by_text("You are booked")).to_be_visible()
    booked = live_site.wait_for_mail(email, subject="Booked: German A2")
    method, event = event_of(booked)
    assert (method, event.decoded("SEQUENCE")) == ("REQUEST", 0)

    page.goto(link_in(booked, "/bookings/"))
    page.get_by_role("link", name="Choose another time").click()
    page.get_by_role("button", name="Move here").last.click()
    expect(page.get_by_text("Your booking has a new time")).to_be_visible()
    method, moved = event_of(live_site.wait_for_mail(email, subject="New time"))
    assert (method, moved["UID"]) == ("REQUEST", event["UID"])
    assert moved.decoded("SEQUENCE") > event.decoded("SEQUENCE")

    page.get_by_role("link", name="Cancel", exact=True).click()
    expect(page.get_by_text("free of charge until")).to_be_visible()
    page.get_by_role("button", name="Cancel the booking").click()
    expect(page.get_by_text("This booking is cancelled")).to_be_visible()
    method, gone = event_of(live_site.wait_for_mail(email, subject="Cancelled"))
    assert (method, gone["UID"], gone["STATUS"]) == ("CANCEL", event["UID"], "CANCELLED")
    assert gone.decoded("SEQUENCE") > moved.decoded("SEQUENCE")
    assert live_site.wait_for_mail("ines@example.com", subject="Nina")


@pytest.mark.parametrize("options", SIZES)
def test_a_guest_books_moves_and_cancels_a_meeting(
    visit: Visit, live_site: LiveSite, options: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    email = f"meeting-{request.node.callspec.id}@example.com"
    page = visit("/book/northside-languages/with/kenji", timezone_id="Asia/Kolkata", **options)
    page.get_by_role("link", name="Conversation hour").click()
    next_month(page)
    choose_day_ahead(page, days=3)
    page.locator(".slot").nth(len(request.node.callspec.id) % 3).click()
    fill_in(page, "Ravi Menon", email)
    page.get_by_role("button", name="Book this time").click()
    expect(page.get_by_text("You are booked")).to_be_visible()
    if options.get("java_script_enabled", True):
        expect(page.get_by_text("Kolkata time").first).to_be_visible()
    _, event = event_of(live_site.wait_for_mail(email, subject="Booked"))

    page.get_by_role("link", name="Choose another time").click()
    choose_day_ahead(page, days=3)
    page.locator(".slot:not([aria-current])").last.click()
    page.get_by_role("button", name="Move the booking").click()
    expect(page.get_by_text("Your booking has a new time")).to_be_visible()
    _, moved = event_of(live_site.wait_for_mail(email, subject="New time"))
    assert moved["UID"] == event["UID"]
    assert moved.decoded("DTSTART") != event.decoded("DTSTART")

    page.get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel the booking").click()
    expect(page.get_by_text("This booking is cancelled")).to_be_visible()
    method, _ = event_of(live_site.wait_for_mail(email, subject="Cancelled"))
    assert method == "CANCEL"


def test_a_double_click_is_one_booking(visit: Visit, live_site: LiveSite) -> None:
    page = visit()
    open_session_ahead(page, "/book/harbour-yoga", "Breath: an evening talk")
    fill_in(page, "Twice Clicker", "twice@example.com")
    page.get_by_role("button", name="Book now").dblclick()
    expect(page.get_by_text("You are booked")).to_be_visible()
    live_site.wait_for_mail("twice@example.com", subject="Booked")
    page.wait_for_timeout(1500)
    assert len(live_site.mails_to("twice@example.com")) == 1


def test_the_form_sent_again_after_going_back_is_one_booking(visit: Visit, live_site: LiveSite) -> None:
    page = visit()
    open_session_ahead(page, "/book/harbour-yoga", "Breath: an evening talk")
    fill_in(page, "Back Goer", "back@example.com")
    page.get_by_role("button", name="Book now").click()
    expect(page.get_by_text("You are booked")).to_be_visible()
    page.go_back()
    fill_in(page, "Back Goer", "back@example.com")
    page.get_by_role("button", name="Book now").click()
    expect(page.get_by_text(re.compile("You are booked"))).to_be_visible()
    live_site.wait_for_mail("back@example.com", subject="Booked")
    page.wait_for_timeout(1500)
    assert len(live_site.mails_to("back@example.com")) == 1


def test_back_after_a_swap_shows_the_whole_page(visit: Visit) -> None:
    page = visit("/book/harbour-yoga")
    first = page.locator("#schedule h3").first.inner_text()
    page.get_by_label("Next week").click()
    expect(page.locator("#schedule h3").first).not_to_have_text(first)
    page.go_back()
    expect(page.locator("#schedule h3").first).to_have_text(first)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_guest_books_by_keyboard_alone(visit: Visit) -> None:
    page = visit()
    open_session_ahead(page, "/book/harbour-yoga", "Breath: an evening talk")
    page.get_by_label("Your name").focus()
    page.keyboard.type("Key Board")
    page.keyboard.press("Tab")
    page.keyboard.type("keys@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are booked")).to_be_visible()


def test_what_was_typed_stays_when_the_address_is_wrong(visit: Visit) -> None:
    page = visit(viewport=PHONE)
    open_session_ahead(page, "/book/harbour-yoga", "Breath: an evening talk")
    fill_in(page, "Typo Maker", "typo@nowhere")
    page.get_by_label("Anything the host should know").fill("My knee")
    page.get_by_role("button", name="Book now").click()
    expect(page.get_by_text("It looks like name@example.com").first).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value("Typo Maker")
    expect(page.get_by_label("Anything the host should know")).to_have_value("My knee")


def test_another_zone_is_chosen_and_kept(visit: Visit) -> None:
    """Online the visitor's clock leads; at a place the place's does, and the visitor's stands beside it."""
    page = visit("/book/mira-maths/with/mira/lesson")
    page.get_by_label("Your time zone").select_option("Asia/Tokyo")
    expect(page.get_by_text("Tokyo time").first).to_be_visible()
    page.goto("/book/mira-maths/with/mira/lesson")
    expect(page.get_by_text("Tokyo time").first).to_be_visible()
    page.goto("/book/harbour-yoga/with/leo/private-session")
    expect(page.locator(".slot").first).to_contain_text("for you")
