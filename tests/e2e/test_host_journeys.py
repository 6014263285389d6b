"""Hosts run their week: series, drafts, clashes, moved and cancelled sessions, availability, requests, a first day."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from liveapp.web.navigation import P
from tests.e2e.conftest import DESK, PHONE
from tests.e2e.steps import (
    FLASH,
    LONDON,
    Visit,
    book_at,
    clock_change,
    coming,
    event_of,
    fill_in,
    link_in,
    plan,
    public_address,
    publish,
)
from tests.live import LiveSite

SignIn = Callable[..., Page]


def rows_of(page: Page, title: str) -> Locator:
    """The sessions with this title, the next one first."""
    page.goto(f"{P}/sessions?q={title}")
    return page.locator("#sessions .row", has_text=title)


def open_row(page: Page, title: str, number: int) -> None:
    rows_of(page, title).nth(number).get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()


def utc(day: date, hour: int, minute: int) -> str:
    """What a clock in UTC shows when it is that time in London."""
    moment = datetime.combine(day, time(hour, minute), LONDON)
    return f"{moment.astimezone(UTC):%H:%M}"


def test_a_weekly_series_over_a_clock_change(sign_in: SignIn, visit: Visit, live_site: LiveSite) -> None:
    title = "Rooftop flow"
    change = clock_change(LONDON, after=coming(0, weeks=4))
    days = [change + timedelta(days=number) for number in (-19, -12, -5, 2, 9, 16)]
    ada = sign_in()
    plan(ada, title=title, day=days[0], clock="12:15")
    ada.get_by_label("Repeats").select_option(label="Every week")
    ada.get_by_label("Number of sessions", exact=True).fill("6")
    ada.get_by_label("Number of sessions", exact=True).press("Tab")
    preview = ada.locator("#session-preview li")
    expect(preview).to_have_count(6)
    for line, day in zip(preview.all(), days, strict=True):
        expect(line).to_contain_text(f"{day.day} {day:%b}")
        expect(line).to_contain_text("12:15 – 13:15")
    publish(ada)
    expect(rows_of(ada, title)).to_have_count(6)

    open_row(ada, title, 2)
    cancelled = public_address(ada)
    book_at(visit, cancelled, "Olu Bello", "olu@example.com")
    live_site.wait_for_mail("olu@example.com", subject="Booked")
    ada.reload()
    ada.get_by_role("link", name="Cancel…").click()
    expect(ada.get_by_text("1 person is booked; this person is told")).to_be_visible()
    ada.get_by_label("Reason").fill("The roof is being mended")
    ada.get_by_role("button", name="Cancel the session").click()
    expect(ada.locator(FLASH)).to_contain_text("Cancelled. 1 person is told.")
    told = live_site.wait_for_mail("olu@example.com", subject="Cancelled")
    assert "The roof is being mended" in told.text
    assert event_of(told)[0] == "CANCEL"

    open_row(ada, title, 4)
    book_at(visit, public_address(ada), "Pia Lund", "pia@example.com")
    open_row(ada, title, 3)
    later = public_address(ada)
    open_row(ada, title, 1)
    earlier = public_address(ada)
    ada.get_by_role("link", name="Edit", exact=True).click()
    ada.get_by_label("This and following").check()
    expect(ada.get_by_text("3 sessions are changed")).to_be_visible()
    expect(ada.get_by_text("1 session stays unless you tick it")).to_be_visible()
    expect(ada.get_by_text("1 session stays as it is")).to_be_visible()
    ada.get_by_label("Starts at").fill("13:00")
    ada.get_by_label("Location").select_option(label="River Deck")
    ada.get_by_role("button", name="Save").click()
    expect(ada.locator(FLASH)).to_contain_text("Saved: 3 sessions changed, 0 people are told.")

    rows = rows_of(ada, title)
    for number, clock in enumerate(("12:15", "13:00", "12:15", "13:00", "12:15", "13:00")):
        expect(rows.nth(number)).to_contain_text(f"{clock} –")
    expect(rows.nth(2)).to_contain_text("Cancelled")
    public = visit(cancelled)
    expect(public.get_by_text("The roof is being mended")).to_be_visible()
    for address, day in ((earlier, days[1]), (later, days[3])):
        public.goto(f"{address}?tz=UTC")
        expect(public.locator("dl.facts").first).to_contain_text(f"{utc(day, 13, 0)} –")
        expect(public.locator("dl.facts").first).to_contain_text("River Deck")
    assert live_site.mails_to("pia@example.com")[0].subject.startswith("Booked")


def test_a_clash_is_named_before_anything_is_saved(sign_in: SignIn) -> None:
    ada = sign_in()
    plan(ada, title="Double booked", day=coming(0, weeks=2), clock="08:00")
    ada.get_by_label("Starts at").press("Tab")
    clash = ada.locator("#session-preview li[data-clash]")
    expect(clash).to_have_count(1)
    expect(clash).to_contain_text("Morning flow")
    ada.get_by_role("button", name="Publish", exact=True).click()
    expect(ada.get_by_role("alert")).to_contain_text("Morning flow")
    expect(ada.get_by_label("Title")).to_have_value("Double booked")
    ada.wait_for_load_state()
    ada.get_by_label("Starts at").fill("10:00")
    ada.get_by_label("Starts at").press("Tab")
    expect(clash).to_have_count(0)
    publish(ada)


def test_a_coachs_session_is_a_draft_until_an_owner_publishes_it(sign_in: SignIn, visit: Visit) -> None:
    title, day = "Balance for runners", coming(5, weeks=2)
    leo = sign_in("leo@example.com")
    plan(leo, title=title, day=day, clock="09:00")
    expect(leo.get_by_role("button", name="Publish", exact=True)).to_have_count(0)
    leo.get_by_role("button", name="Save as draft").click()
    expect(leo.locator(FLASH)).to_contain_text("Saved as a draft")
    expect(leo.locator("#session-state")).to_contain_text("Draft")
    expect(leo.get_by_role("button", name="Publish", exact=True)).to_have_count(0)
    schedule = f"/book/harbour-yoga?week={day}"
    guest = visit(schedule)
    expect(guest.get_by_role("heading", level=1)).to_be_visible()
    expect(guest.get_by_role("link", name=title)).to_have_count(0)

    ada = sign_in()
    ada.goto(leo.url)
    ada.get_by_role("button", name="Publish", exact=True).click()
    expect(ada.locator(FLASH)).to_contain_text("Published")
    expect(ada.locator("#session-state")).to_contain_text("Scheduled")
    guest.goto(schedule)
    guest.get_by_role("link", name=title).click()
    expect(guest.get_by_text("Leo Martins").first).to_be_visible()


def test_three_hundred_are_published_and_cancelled_in_bulk(sign_in: SignIn, visit: Visit, live_site: LiveSite) -> None:
    title, email = "Dawn practice", "vera@example.com"
    ada = sign_in()
    plan(ada, title=title, day=coming(0, weeks=1), clock="05:00")
    ada.get_by_label("Repeats").select_option(label="Every day")
    ada.get_by_label("Number of sessions", exact=True).fill("300")
    ada.get_by_role("button", name="Save as draft").click()
    expect(ada.locator(FLASH)).to_contain_text("Saved as drafts: 300 dates")

    expect(rows_of(ada, title)).to_have_count(25)
    ada.get_by_label("All 300 that match").check()
    ada.get_by_label("What to do with them").select_option(label="Publish")
    ada.get_by_role("button", name="Preview").click()
    expect(ada.get_by_role("heading", level=1, name="Publish 300 sessions?")).to_be_visible()
    ada.get_by_role("button", name="Publish 300 sessions").click()
    expect(ada.get_by_text("All 300 sessions are published")).to_be_visible()
    batch = ada.url
    open_row(ada, title, 3)
    book_at(visit, public_address(ada), "Vera Sato", email)

    ada.goto(batch)
    ada.get_by_role("link", name="Cancel these").click()
    expect(ada.get_by_text("1 person is told")).to_be_visible()
    ada.get_by_text("Who is told").click()
    expect(ada.get_by_text("Vera Sato")).to_be_visible()
    ada.get_by_label("Reason").fill("The hall is sold")
    ada.get_by_role("button", name="Cancel 300 sessions").click()
    expect(ada.get_by_text("All 300 sessions are cancelled")).to_be_visible()
    expect(ada.locator("#batch .row", has_text="1 person told")).to_have_count(1)
    told = live_site.wait_for_mail(email, subject="Cancelled")
    assert "The hall is sold" in told.text
    ada.get_by_role("link", name="Bulk changes").click()
    expect(ada.locator(".row-title").nth(0)).to_have_text("Cancelled: 300 sessions")
    expect(ada.locator(".row-title").nth(1)).to_have_text("Published: 300 sessions")


def test_who_is_booked_hears_of_a_moved_and_a_cancelled_session(
    sign_in: SignIn, visit: Visit, live_site: LiveSite
) -> None:
    email = "rosalind@example.com"
    ada = sign_in()
    plan(ada, title="Harbour walk", day=coming(6, weeks=2), clock="10:00")
    address = publish(ada)
    book_at(visit, address, "Rosalind Frank", email)
    _, booked = event_of(live_site.wait_for_mail(email, subject="Booked"))

    ada.reload()
    ada.get_by_role("link", name="Edit", exact=True).click()
    expect(ada.get_by_text("1 person is booked")).to_be_visible()
    ada.get_by_label("Starts at").fill("11:30")
    ada.get_by_role("button", name="Save").click()
    expect(ada.locator(FLASH)).to_contain_text("Everybody who booked is told")
    changed = live_site.wait_for_mail(email, subject="Changed: Harbour walk")
    assert "10:00" in changed.text
    method, moved = event_of(changed)
    assert (method, moved["UID"]) == ("REQUEST", booked["UID"])
    assert moved.decoded("SEQUENCE") > booked.decoded("SEQUENCE")
    assert moved.decoded("DTSTART") - booked.decoded("DTSTART") == timedelta(minutes=90)

    ada.get_by_role("link", name="Cancel…").click()
    ada.get_by_label("Reason").fill("Storm")
    ada.get_by_role("button", name="Cancel the session").click()
    expect(ada.locator(FLASH)).to_contain_text("1 person is told")
    method, gone = event_of(live_site.wait_for_mail(email, subject="Cancelled"))
    assert (method, gone["UID"], gone["STATUS"]) == ("CANCEL", booked["UID"], "CANCELLED")
    assert gone.decoded("SEQUENCE") > moved.decoded("SEQUENCE")


def test_a_host_changes_hours_and_reads_why_times_are_missing(sign_in: SignIn, visit: Visit) -> None:
    monday = coming(0, weeks=3)
    guest = visit(f"/book/harbour-yoga/with/leo/private-session?duration=60&day={monday}")
    guest.get_by_role("link", name="13:00", exact=True).click()
    fill_in(guest, "Sam Idowu", "sam@example.com")
    guest.get_by_role("button", name="Book this time").click()
    expect(guest.get_by_text("You are booked")).to_be_visible()

    leo = sign_in("leo@example.com")
    leo.goto(f"{P}/availability")
    leo.get_by_label("Length").select_option("60")
    preview = leo.locator("#preview")
    expect(preview.get_by_label("Next week")).to_have_attribute("href", re.compile("minutes=60"))
    shown = preview.locator("li", has_text=f"{monday:%A} {monday.day} {monday:%B}")
    while not shown.count():
        before = preview.locator(".split strong").inner_text()
        preview.get_by_label("Next week").click()
        expect(preview.locator(".split strong")).not_to_have_text(before)
    expect(shown).to_contain_text("15:00")
    expect(shown).to_contain_text("16:00")
    expect(shown).not_to_contain_text("13:00")

    leo.locator("#hours").get_by_role("link", name="Monday").click()
    leo.get_by_label("To", exact=True).fill("16:00")
    leo.get_by_role("button", name="Save Monday").click()
    expect(leo.locator(FLASH)).to_contain_text("Monday is saved")
    expect(shown).not_to_contain_text("16:00")
    expect(shown).to_contain_text("15:00")

    shown.get_by_role("link").click()
    expect(leo.get_by_role("heading", level=1, name="Why is a time missing?")).to_be_visible()
    starts = leo.get_by_role("row")
    expect(starts.filter(has_text="15:00")).to_contain_text("Offered")
    expect(starts.filter(has_text="13:00")).to_contain_text("Sam Idowu")
    expect(starts.filter(has_text="14:00")).to_contain_text("Too close to another one: Private session, Sam Idowu")
    expect(starts.filter(has_text="16:00")).to_have_count(0)


def ask(page: Page, name: str, email: str) -> None:
    """A guest asks Mira for a first conversation."""
    page.get_by_label("Next month").click()
    page.wait_for_url("**month=**")
    page.locator(".slot").first.click()
    fill_in(page, name, email)
    page.get_by_role("button", name="Ask for this time").click()
    expect(page.get_by_text("Your request is sent")).to_be_visible()


def open_request(page: Page, name: str) -> None:
    page.goto(f"{P}/meetings")
    page.get_by_role("link", name="Requests").click()
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_text(f"{name} asks for this time")).to_be_visible()


def test_a_request_is_answered_with_another_time(sign_in: SignIn, visit: Visit, live_site: LiveSite) -> None:
    email = "tove@example.com"
    guest = visit("/book/mira-maths/with/mira/first-talk", viewport=PHONE)
    ask(guest, "Tove Ek", email)
    live_site.wait_for_mail(email, subject="Asked: First conversation")
    live_site.wait_for_mail("mira@example.com", subject="Request: Tove Ek")

    mira = sign_in("mira@example.com")
    open_request(mira, "Tove Ek")
    mira.get_by_role("link", name="Propose another time").click()
    mira.get_by_label("Your words to the guest").fill("A little later suits me better.")
    day = mira.locator("#times h2").first
    asked_for = day.inner_text()
    mira.get_by_label("Next day").click()
    expect(day).not_to_have_text(asked_for)
    mira.get_by_label("Day before").click()
    expect(day).to_have_text(asked_for)
    expect(mira.get_by_label("Your words to the guest")).to_have_value("A little later suits me better.")
    mira.locator("#times .slot").last.click()
    expect(mira.locator(FLASH)).to_contain_text("Tove Ek is asked by mail")

    proposed = live_site.wait_for_mail(email, subject="Another time? First conversation")
    assert "A little later suits me better." in proposed.text
    guest.goto(link_in(proposed, "/bookings/"))
    expect(guest.get_by_text("Mira Sandoval proposes this time")).to_be_visible()
    guest.get_by_role("button", name="Take this time").click()
    expect(guest.get_by_text("Confirmed")).to_be_visible()
    method, event = event_of(live_site.wait_for_mail(email, subject="Booked: First conversation"))
    assert (method, event["STATUS"]) == ("REQUEST", "CONFIRMED")
    live_site.wait_for_mail("mira@example.com", subject="Agreed: Tove Ek")
    mira.reload()
    expect(mira.get_by_role("link", name="Reschedule")).to_be_visible()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_from_nothing_to_a_first_booking(
    visit: Visit, live_site: LiveSite, viewport: dict[str, int], request: pytest.FixtureRequest
) -> None:
    where = request.node.callspec.id
    email = f"nora-{where}@example.com"
    nora = visit("/", viewport=viewport)
    nora.get_by_role("link", name="Set up your business").click()
    nora.get_by_label("Name of your business").fill(f"Quiet Pottery {where}")
    nora.get_by_label("Your name").fill("Nora Lind")
    nora.get_by_label("Your e-mail").fill(email)
    nora.get_by_label("Password").fill("clay and water and fire")
    nora.get_by_role("button", name="Set it up").click()
    expect(nora.get_by_role("heading", level=1, name="Check your mail")).to_be_visible()
    nora.goto(link_in(live_site.wait_for_mail(email), "/verify/"))
    nora.get_by_role("button", name="Confirm and sign in").click()
    expect(nora.get_by_role("heading", level=1, name="Dashboard")).to_be_visible()
    expect(nora.get_by_text("Nothing is planned")).to_be_visible()

    nora.locator("main").get_by_role("link", name="New session").first.click()
    expect(nora.get_by_text("First say what you offer")).to_be_visible()
    nora.locator("main").get_by_role("link", name="New offering").first.click()
    nora.get_by_role("textbox", name="Title").fill("Wheel throwing")
    nora.get_by_text("A price", exact=True).click()
    nora.get_by_role("textbox", name="Price").fill("18")
    nora.get_by_text("At the desk", exact=True).click()
    nora.get_by_role("button", name="Add the offering").click()
    expect(nora.locator(FLASH)).to_contain_text("Wheel throwing")
    expect(nora.get_by_role("heading", level=1, name="New session")).to_be_visible()

    plan(nora, title="Wheel throwing for beginners", day=coming(2, weeks=2), clock="18:00", offering="Wheel throwing")
    address = publish(nora)
    book_at(visit, address, "Ugo Nwosu", f"ugo-{where}@example.com")
    live_site.wait_for_mail(f"ugo-{where}@example.com", subject="Booked: Wheel throwing for beginners")
    live_site.wait_for_mail(email, subject="New booking: Ugo Nwosu")
    nora.reload()
    expect(nora.locator("#roster")).to_contain_text("Ugo Nwosu")


def test_a_host_publishes_a_session_without_script(sign_in: SignIn, visit: Visit) -> None:
    ada = sign_in(java_script_enabled=False)
    ada.goto(f"{P}/sessions/new")
    ada.get_by_label("Offering").select_option(label="Breath: an evening talk")
    ada.get_by_role("button", name="Fill in from this offering").click()
    expect(ada.get_by_label("Title")).to_have_value("Breath: an evening talk")
    ada.get_by_label("Title").fill("Breath at noon")
    ada.get_by_label("Date", exact=True).fill(coming(5, weeks=1).isoformat())
    ada.get_by_label("Starts at").fill("12:00")
    ada.get_by_label("Repeats").select_option(label="Every week")
    ada.get_by_label("Number of sessions", exact=True).fill("3")
    ada.get_by_role("button", name="Check dates").click()
    expect(ada.locator("#session-preview li")).to_have_count(3)
    address = publish(ada)
    guest = visit(address, java_script_enabled=False)
    expect(guest.get_by_role("heading", level=1, name="Breath at noon")).to_be_visible()


def test_a_host_declines_a_request_without_script(sign_in: SignIn, visit: Visit, live_site: LiveSite) -> None:
    email = "vera@example.com"
    ask(visit("/book/mira-maths/with/mira/first-talk", java_script_enabled=False), "Vera Holm", email)
    mira = sign_in("mira@example.com", java_script_enabled=False)
    open_request(mira, "Vera Holm")
    mira.get_by_role("link", name="Decline").click()
    expect(mira.get_by_text("Vera Holm is told by mail, with your words")).to_be_visible()
    mira.get_by_label("Your words to the guest").fill("My year is full, I am sorry.")
    mira.get_by_role("button", name="Decline request").click()
    expect(mira.locator(FLASH)).to_contain_text("Declined. Vera Holm is told")
    mail = live_site.wait_for_mail(email, subject="Not possible: First conversation")
    assert "My year is full, I am sorry." in mail.text


def test_the_roster_of_a_full_class(sign_in: SignIn, visit: Visit) -> None:
    """Somebody is found while one types and given a place beyond the one there is; a note is written in their row."""
    title = "One mat only"
    ada = sign_in()
    plan(ada, title=title, day=coming(3, weeks=6), clock="06:15")
    ada.get_by_label("Places").fill("1")
    publish(ada)
    address = public_address(ada)
    here = ada.url
    book_at(visit, address, "Bo Ek", "bo.ek@example.com")
    ada.goto(f"{here}/add")
    ada.get_by_role("searchbox").press_sequentially("ben ok", delay=20)
    ada.get_by_role("link", name="Ben Okafor").click()
    expect(ada.get_by_text("Ben Okafor joins the waiting list as number 1")).to_be_visible()
    ada.get_by_label("Book beyond the 1 place").check()
    ada.get_by_role("button", name="Add Ben Okafor").click()
    expect(ada.get_by_text("2 of 1 places taken, 1 beyond")).to_be_visible()
    row = ada.locator("#roster .row", has_text="Ben Okafor")
    row.locator("summary").click()
    row.get_by_role("link", name="Write a note").click()
    note = ada.get_by_label("Note about Ben Okafor")
    expect(note).to_be_focused()
    note.fill("Knows the door code")
    ada.evaluate("document.body.dispatchEvent(new Event('bookings-changed'))")
    ada.wait_for_timeout(300)
    expect(note).to_have_value("Knows the door code")
    ada.get_by_role("button", name="Keep the note").click()
    expect(row).to_contain_text("Note: Knows the door code")
    expect(visit(address).get_by_text("full", exact=False).first).to_be_visible()
