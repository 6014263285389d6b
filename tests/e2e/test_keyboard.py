"""Staff work by keyboard alone: every control is reached and seen, and the focus stays somewhere sensible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from liveapp.web.navigation import P
from tests.e2e.conftest import DESK, PATIENCE_MS, PHONE
from tests.e2e.steps import FLASH, coming

SignIn = Callable[..., Page]

SHOWS_FOCUS = """() => {
  const held = document.activeElement;
  const box = held.getBoundingClientRect();
  if (held.matches("[type=date], [type=time]") && !held.matches(":focus-visible")) return true; // its button
  const styles = [getComputedStyle(held), getComputedStyle(held, "::after")];
  if (held.closest("label")) styles.push(getComputedStyle(held.closest("label")));
  const ringed = styles.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
  return ringed && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
}"""


def has_focus(locator: Locator) -> bool:
    return bool(locator.evaluate("element => element === document.activeElement"))


def shows_focus(page: Page) -> bool:
    """Whether one sees where the focus is, once the page has stopped scrolling."""
    try:
        page.wait_for_function(SHOWS_FOCUS, timeout=PATIENCE_MS)
    except TimeoutError:
        return False
    return True


def tab_to(page: Page, wanted: Locator) -> None:
    """Presses Tab until the control is reached; whatever has the focus on the way shows it, inside the window."""
    for _ in range(70):
        page.keyboard.press("Tab")
        assert shows_focus(page), page.evaluate("document.activeElement.outerHTML")
        if has_focus(wanted):
            return
    raise AssertionError(f"Tab doesn't reach {wanted}")


@pytest.mark.parametrize(("scheme", "clock"), [("light", "08:45"), ("dark", "05:45")])
def test_a_series_is_planned_and_published_by_keyboard(sign_in: SignIn, scheme: str, clock: str) -> None:
    page = sign_in(color_scheme=scheme)
    page.goto(f"{P}/sessions/new")
    tab_to(page, page.get_by_label("Title"))
    page.keyboard.press("Control+A")
    page.keyboard.type("Sunday by keyboard")
    tab_to(page, page.get_by_label("Starts at"))
    page.keyboard.type(f"{clock.replace(':', '')}A")
    tab_to(page, page.get_by_label("Repeats"))
    page.keyboard.type("Every week")
    tab_to(page, page.get_by_label("Number of sessions", exact=True))
    page.keyboard.type("3")
    tab_to(page, page.get_by_role("button", name="Publish", exact=True))
    expect(page.locator("#session-preview li")).to_have_count(3)
    expect(page.locator("#session-preview li").first).to_contain_text(clock)
    page.keyboard.press("Enter")
    expect(page.locator(FLASH)).to_contain_text("Published")

    tab_to(page, page.locator("#session-state summary"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Back to draft"))
    page.keyboard.press("Enter")
    expect(page.locator("#session-state")).to_contain_text("Draft")
    expect(page.locator("#session")).to_be_focused()
    tab_to(page, page.get_by_role("button", name="Publish", exact=True))


def test_a_refused_form_takes_the_focus_to_what_is_wrong(sign_in: SignIn) -> None:
    page = sign_in()
    page.goto(f"{P}/sessions/new")
    page.get_by_label("Title").fill("")
    page.get_by_role("button", name="Publish", exact=True).press("Enter")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Title")).to_be_focused()


def test_the_focus_stays_on_the_arrow_that_was_pressed(sign_in: SignIn) -> None:
    page = sign_in()
    page.goto(f"{P}/sessions/calendar")
    week = page.locator("#week-title")
    shown = week.inner_text()
    page.get_by_label("Next week").press("Enter")
    expect(week).not_to_have_text(shown)
    expect(page.get_by_label("Next week")).to_be_focused()
    page.get_by_label("Week before").press("Enter")
    expect(week).to_have_text(shown)
    expect(page.get_by_label("Week before")).to_be_focused()


def test_changing_a_days_hours_keeps_the_focus_with_the_day(sign_in: SignIn) -> None:
    page = sign_in("mira@example.com")
    page.goto(f"{P}/availability")
    page.locator("#day-1").get_by_role("link", name="Tuesday").press("Enter")
    expect(page.locator("#day-1").get_by_role("heading", name="Tuesday")).to_be_focused()
    tab_to(page, page.locator("#day-1").get_by_role("link", name="Cancel"))
    page.keyboard.press("Enter")
    expect(page.locator("#day-1")).to_be_focused()
    tab_to(page, page.locator("#day-1").get_by_role("link", name="Tuesday"))


def test_the_focus_is_given_back_though_another_part_changes_meanwhile(sign_in: SignIn) -> None:
    """Between the swap that takes it away and its settling, what guests see is swapped too."""
    page = sign_in("mira@example.com")
    page.goto(f"{P}/availability")
    page.evaluate("htmx.config.defaultSettleDelay = 1500")
    day = page.locator("#day-2")
    for before, after in (("off", "on"), ("on", "off")):
        page.locator("#preview").evaluate("preview => { preview.dataset.before = 1; }")
        day.get_by_role("button", name=f"Turn {before} Wednesday").press("Enter")
        expect(day.get_by_role("button", name=f"Turn {after} Wednesday")).to_be_visible()
        expect(day).to_be_focused()
        # What guests see listens for the next change only when it has settled.
        expect(page.locator("#preview:not([data-before], .htmx-added)")).to_be_visible()


def test_enter_saves_the_hours_and_removes_none(sign_in: SignIn) -> None:
    """Enter presses a form's first button, which must not be the one that removes the first hours."""
    page = sign_in("mira@example.com")
    page.goto(f"{P}/availability?edit=4")
    page.locator("#day-4").get_by_label("To").first.press("Enter")
    expect(page.locator(FLASH)).to_be_visible()
    expect(page.locator("#day-4")).to_contain_text("09:00–12:00")
    expect(page.locator("#day-4")).to_contain_text("14:00–18:00")


def test_enter_moves_a_meeting_to_the_time_that_was_typed(sign_in: SignIn) -> None:
    """And never to the first free time of the day that is shown."""
    page = sign_in("mira@example.com")
    page.goto(f"{P}/meetings")
    page.locator("#meetings .row-link").last.click()
    page.get_by_role("link", name="Reschedule").click()
    page.get_by_label("Day", exact=True).fill(coming(6, weeks=2).isoformat())
    page.get_by_label("Time", exact=True).fill("20:15")
    page.get_by_label("Time", exact=True).press("Enter")
    expect(page.get_by_role("definition").filter(has_text="20:15 – ")).to_be_visible()


MENUS: list[Any] = [
    pytest.param(DESK, f"{P}/availability", ".actions details[data-menu]", id="menu"),
    pytest.param(PHONE, P, "details.drawer", id="drawer"),
]


@pytest.mark.parametrize(("viewport", "path", "selector"), MENUS)
def test_escape_closes_what_was_opened_and_gives_the_focus_back(
    sign_in: SignIn, viewport: dict[str, int], path: str, selector: str
) -> None:
    page = sign_in(viewport=viewport)
    page.goto(path)
    menu = page.locator(selector)
    opener = menu.locator("summary").first
    tab_to(page, opener)
    page.keyboard.press("Enter")
    inside = menu.get_by_role("link").first
    expect(inside).to_be_visible()
    tab_to(page, inside)
    page.keyboard.press("Escape")
    expect(inside).to_be_hidden()
    expect(opener).to_be_focused()
