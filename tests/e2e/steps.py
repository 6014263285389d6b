"""Steps that several journeys take, and what they read in mails."""

from __future__ import annotations

import re
import sqlite3
import uuid
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from playwright.sync_api import Page, expect

from liveapp import clock
from liveapp.dev.mailbox import CaughtMail
from liveapp.web.navigation import P
from tests.live import LiveSite

Visit = Callable[..., Page]
LONDON = ZoneInfo("Europe/London")
FLASH = "#flash .alert"
MOMENT = "%Y-%m-%d %H:%M:%S.%f"
"""How SQLite keeps a moment in UTC."""


def event_of(mail: CaughtMail) -> tuple[str, Event]:
    """The method and the event of the calendar entry in a mail."""
    entry = next(each for each in mail.attachments if each.name == "invite.ics")
    calendar = Calendar.from_ical(entry.content)
    return str(calendar["METHOD"]), calendar.events[0]


def link_in(mail: CaughtMail, path: str) -> str:
    """The address in a mail's text whose path begins so."""
    found = re.search(rf"http://\S+{path}\S+", mail.text)
    assert found, mail.text
    return found[0]


def open_session_ahead(page: Page, schedule: str, name: str, *, weeks: int = 4) -> None:
    """From the schedule at that address to a session of that name which has places: weeks ahead, where nobody of the
    demo has booked and everything can be moved and cancelled, at whatever time this runs."""
    page.goto(f"{schedule}{'&' if '?' in schedule else '?'}week={coming(0, weeks=weeks)}")
    rows = page.locator("#schedule .row", has_text=name).filter(has_text=re.compile("Places free|places? left"))
    rows.first.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def next_month(page: Page) -> None:
    """Leafs on in a month of times."""
    title = page.locator(".month h2").inner_text()
    page.get_by_label("Next month").click()
    expect(page.locator(".month h2")).not_to_have_text(title)


def choose_day_ahead(page: Page, *, days: int) -> None:
    """In a month of times, the first day that has some and is at least so many days ahead."""
    earliest = clock.now().date() + timedelta(days=days)
    page.locator(".month a.day").first.wait_for()
    offered = [_day_in(str(link.get_attribute("href"))) for link in page.locator(".month a.day").all()]
    day = min((day for day in offered if day >= earliest), default=None)
    if day is None:
        next_month(page)
        return choose_day_ahead(page, days=days)
    chosen = page.locator(f'.month a.day[href*="day={day}"]')
    chosen.click()
    return expect(chosen).to_have_attribute("aria-current", "date")


def _day_in(address: str) -> date:
    """The day that an address asks for."""
    return date.fromisoformat(parse_qs(urlsplit(address).query)["day"][0])


def fill_in(page: Page, name: str, email: str) -> None:
    """Who books."""
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail").fill(email)


def book_at(visit: Visit, address: str, name: str, email: str) -> Page:
    """A guest books the session at its public address, in a browser of their own."""
    page = visit(address)
    fill_in(page, name, email)
    page.get_by_role("button", name="Book now").click()
    expect(page.get_by_text("You are booked")).to_be_visible()
    return page


def plan(page: Page, *, title: str, day: date, clock: str, offering: str = "Community class") -> None:
    """Fills in the form of a new session, up to the button that saves it."""
    page.goto(f"{P}/sessions/new")
    if page.get_by_label("Offering").input_value() != _value_of(page, offering):
        page.get_by_label("Offering").select_option(label=offering)
        expect(page.get_by_label("Title")).to_have_value(offering)
    page.get_by_label("Title").fill(title)
    page.get_by_label("Date", exact=True).fill(day.isoformat())
    page.get_by_label("Starts at").fill(clock)
    page.get_by_label("Starts at").press("Tab")
    expect(page.locator("#session-preview li").first).to_contain_text(clock)


def free_the_next_hours(site: LiveSite) -> None:
    """Nobody of the demo leads anything soon, and no room is taken, whatever time of the week it is."""
    now = clock.now()
    until, since = ((now + timedelta(hours=hours)).strftime(MOMENT) for hours in (6, -2))
    with sqlite3.connect(next(site.var.glob("*.db")), timeout=30) as database:
        database.execute("DELETE FROM time_claims WHERE starts_at < ? AND ends_at > ?", [until, since])


def start_at(site: LiveSite, email: str, start: datetime) -> str:
    """Moves the session that this person booked, an hour long from then on; the booking's id."""
    with sqlite3.connect(next(site.var.glob("*.db")), timeout=30) as database:
        database.execute("PRAGMA foreign_keys = ON")
        session_id, booking_id = database.execute(
            "SELECT session_id, bookings.id FROM bookings JOIN users ON users.id = user_id WHERE email = ?", [email]
        ).fetchone()
        times = [moment.strftime(MOMENT) for moment in (start, start + timedelta(hours=1))]
        database.execute("UPDATE sessions SET scheduled_at = ?, ends_at = ? WHERE id = ?", [*times, session_id])
    return str(uuid.UUID(booking_id))


def let_the_undo_pass(site: LiveSite, email: str) -> None:
    """What this person booked, they booked twenty minutes before: it can't be undone any more, only cancelled."""
    before = (clock.now() - timedelta(minutes=20)).strftime(MOMENT)
    with sqlite3.connect(next(site.var.glob("*.db")), timeout=30) as database:
        database.execute(
            "UPDATE bookings SET created_at = ?, confirmed_at = ? WHERE status = 'confirmed'"
            " AND user_id = (SELECT id FROM users WHERE email = ?)",
            [before, before, email],
        )


def publish(page: Page) -> str:
    """Publishes what is in the form; returns the session's public address."""
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator(FLASH)).to_contain_text("Published")
    return public_address(page)


def public_address(page: Page) -> str:
    """What a session's page gives to hand on."""
    return page.get_by_role("textbox", name="Public page").input_value()


def coming(weekday: int, *, weeks: int) -> date:
    """A weekday some weeks ahead (0 = Monday), counted from the Monday after today."""
    today = clock.now().astimezone(LONDON).date()
    return today + timedelta(days=7 - today.weekday() + 7 * (weeks - 1) + weekday)


def clock_change(zone: ZoneInfo, *, after: date) -> date:
    """The first day after `after` on which the clocks of the zone change."""
    days = (after + timedelta(days=number) for number in range(1, 400))
    return next(day for day in days if _offset(day, zone) != _offset(day - timedelta(days=1), zone))


def _offset(day: date, zone: ZoneInfo) -> timedelta | None:
    return datetime.combine(day, time(12), zone).utcoffset()


def _value_of(page: Page, offering: str) -> str | None:
    return page.get_by_label("Offering").locator("option", has_text=offering).first.get_attribute("value")
