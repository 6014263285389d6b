"""Every page of the site, narrow and wide, light and dark: nothing for axe to find, nothing that scrolls sideways."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from liveapp import clock, create_app
from liveapp.config import Settings
from liveapp.web.navigation import P
from tests.e2e.conftest import PATIENCE_MS, follow_the_clock, violations
from tests.e2e.steps import (
    FLASH,
    LONDON,
    book_at,
    coming,
    free_the_next_hours,
    let_the_undo_pass,
    link_in,
    plan,
    publish,
)
from tests.e2e.test_money_journeys import GOOD, book_workshop, buy_plan, pay, wait_until_booked
from tests.e2e.test_settling_journeys import COACHING, book_and_save_a_card
from tests.live import LiveSite

PASSWORD = "demo-demo-demo"
NOBODY, ADA, MIRA, LEO, BEN = "", "ada@example.com", "mira@example.com", "leo@example.com", "ben@example.com"
INES = "ines@example.com"
UUID = "[0-9a-f-]{36}"

NOT_PAGES = {
    "api.slots", "api_checkin.attendance", "api_meetings.show", "api_workouts.session", "booking.calendar",
    "health.healthz", "health.readyz", "static",
    "display.now", "display.code",  # what a screen asks by itself
    "availability.day",  # goes on to the page of the week
    "sessions.duplicate",  # goes on to the form
    "earnings.account",  # a part of the page of earnings
    "earnings.statement_file",
    "checkin.door_code",  # its code lasts a minute: looked at in test_door_journeys.py
    "sessions.door_now", "sessions.own_code",  # data, and another address
    "sessions.roster",  # a part of the session's page
    "checkin.part",  # a part of the booking's page
    "booking.state",  # a part of the booking's page
    "cards.saved",  # goes on to the payments
    "cron.process_charges",  # for a timer
    "video.callback",  # goes on to the page of accounts
}  # fmt: skip
"""GET routes that answer with a file, with data, with a part of a page or with another address."""

NOTHING_CHOSEN = f"{P}/bulk/preview?all=1&q=nothing-like-it"
BACKWARDS = f"{P}/audit?from=2026-12-01&to=2026-11-01"
FIXED = {
    NOBODY: (
        "/", "/?q=harbour", "/?q=nothing-like-it", "/join", "/sign-in", "/sign-in/link", "/sign-up", "/reset",
        "/book/harbour-yoga", "/book/harbour-yoga?q=nothing-like-it", "/book/northside-languages?tz=Asia/Tokyo",
        "/book/northside-languages/plans", "/book/harbour-yoga/plans",
        "/book/harbour-yoga/with/ada", "/book/harbour-yoga/with/leo", "/book/harbour-yoga/with/leo/private-session",
        "/book/mira-maths/with/mira/first-talk", "/book/harbour-yoga/with/leo/private-session?start=2020-01-01T10:00Z",
        "/dev/mail", "/nothing/here", "/book/nobody", "/bookings/broken", "/checkin?t=broken", "/join/broken",
    ),
    ADA: (
        P, f"{P}/sessions", f"{P}/sessions?when=past", f"{P}/sessions?q=nothing-like-it", f"{P}/sessions/calendar",
        f"{P}/sessions/new", f"{P}/availability", f"{P}/availability?edit=0", f"{P}/availability?view=dates",
        f"{P}/availability?view=rules", f"{P}/availability?host=leo", f"{P}/availability/preview?host=leo",
        f"{P}/availability/why?host=leo", f"{P}/meetings", f"{P}/meetings?view=requests", f"{P}/meetings?view=past",
        f"{P}/offerings", f"{P}/offerings?show=archived", f"{P}/offerings/new", f"{P}/programs", f"{P}/programs/new",
        f"{P}/settings/displays", f"{P}/settings/displays/new", f"{P}/workouts",
        f"{P}/workouts?q=nothing-like-it", f"{P}/workouts/new", f"{P}/workouts/week",
        f"{P}/plans", f"{P}/plans?show=archived", f"{P}/plans/new", f"{P}/plans/give",
        f"{P}/locations", f"{P}/locations/new", f"{P}/closures", f"{P}/closures/new", f"{P}/members", f"{P}/settings",
        f"{P}/settings/video",
        f"{P}/payments", f"{P}/payments?status=unpaid",
        f"{P}/audit", f"{P}/audit?what=booking:cancel", f"{P}/audit?what=closure:delete", BACKWARDS,
        "/my/bookings", "/my/bookings?show=past", "/my/bookings?show=cancelled", "/my/plans", "/my/settings",
        "/sign-up",
    ),
    MIRA: (P, f"{P}/meetings", f"{P}/meetings?view=requests", f"{P}/meetings?view=past", f"{P}/availability"),
    LEO: (P, f"{P}/sessions/new", f"{P}/settings", f"{P}/earnings"),
    INES: (f"{P}/payouts", f"{P}/payouts/settings", f"{P}/payouts/by-hand?to=business&currency=EUR",
           f"{P}/payouts/pay?to=business&currency=EUR", f"{P}/earnings",
           f"{P}/audit/refused", f"{P}/earnings?of=business", f"{P}/earnings?from=2026-12-01&to=2026-11-01"),
}  # fmt: skip
REFUSED = {
    (NOBODY, "/nothing/here"),
    (NOBODY, "/book/nobody"),
    (NOBODY, "/bookings/broken"),
    (NOBODY, "/checkin?t=broken"),
    (NOBODY, "/display/broken"),
    (NOBODY, "/join/broken"),
    (LEO, f"{P}/settings"),
    (ADA, BACKWARDS),
    (ADA, NOTHING_CHOSEN),
    (INES, f"{P}/earnings?from=2026-12-01&to=2026-11-01"),
}


SETTLE = """() => {
  for (let round = 0; round < 100; round++) {
    const running = document.getAnimations().filter((each) => each.playState !== "finished");
    if (!running.length) return;
    running.forEach((each) => each.finish());
  }
  throw new Error("the page never stands still");
}"""
"""Colours change by transitions: an element's begins when that of the one around it is over."""


@dataclass(frozen=True, slots=True)
class Look:
    """A size and a colour; every so manieth page is looked at so, by all of axe's rules or by some."""

    viewport: ViewportSize
    scheme: Literal["light", "dark"]
    every: int = 1
    rules: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.viewport['width']} {self.scheme}"


NARROW: ViewportSize = {"width": 320, "height": 800}
WIDE: ViewportSize = {"width": 1280, "height": 900}
OF_THE_LOOK = ("color-contrast", "link-in-text-block", "scrollable-region-focusable")
"""The rules whose answer hangs on colour and size: those are asked dark of every third page; all of them narrow of each
page, wide of every eighth."""

EVERY_LOOK = tuple(Look(viewport, scheme) for viewport in (NARROW, WIDE) for scheme in ("light", "dark"))
LOOKS = (Look(NARROW, "light"), Look(WIDE, "dark", every=3, rules=OF_THE_LOOK), Look(WIDE, "light", every=8))


FAR_HEADINGS = """() => [...document.querySelectorAll("main :is(h2, h3)")].flatMap((heading) => {
  const block = heading.closest(".section-header") || heading;
  const above = block.previousElementSibling, below = block.nextElementSibling;
  const [box, over, under] = [block, above, below].map((each) => each?.getBoundingClientRect());
  if (!over?.height || !under?.height || !box.height || !above.textContent.trim()) return [];
  if (over.bottom > box.top + 1 || under.top < box.bottom - 1) return [];
  return under.top - box.bottom >= box.top - over.bottom ? [heading.textContent.trim()] : [];
})"""
"""Headings that stand farther from what they head than from what comes before them."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A page on the way: who looks at it, and where it is."""

    who: str
    path: str

    @property
    def is_refused(self) -> bool:
        """The page says no, with its status: the browser's console notes that by itself."""
        return (self.who, self.path) in REFUSED


class Browsing:
    """Browsers of several people that look alike, and what went wrong in them."""

    def __init__(self, browser: Browser, site: LiveSite, **options: Any) -> None:
        self.site = site
        self.problems: list[str] = []
        self._browser = browser
        self._options = {"timezone_id": "Europe/London", "locale": "en-GB", "reduced_motion": "reduce"} | options
        self._contexts: list[BrowserContext] = []
        self._pages: dict[str, Page] = {}

    def page(self, who: str = NOBODY) -> Page:
        """Somebody's page: always the same one, signed in when first asked for."""
        if who not in self._pages:
            page = self.visit("/sign-in")
            if who:
                page.get_by_label("E-mail").first.fill(who)
                page.get_by_label("Password").fill(PASSWORD)
                page.get_by_role("button", name="Sign in", exact=True).click()
                page.wait_for_url(re.compile("/(business|my)/"))
            page.on("console", lambda message: self._note(page, message.type, message.text))
            page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
            self._pages[who] = page
        return self._pages[who]

    def visit(self, path: str) -> Page:
        """A page in a browser of its own."""
        context = self._browser.new_context(base_url=self.site.address, **self._options)
        follow_the_clock(context)
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    def look_at(self, stop: Stop, looks: Iterable[Look]) -> None:
        """Goes there, and notes what is wrong in each of the looks, on the page as it was brought once."""
        page = self.page(stop.who)
        answer = page.goto(stop.path)
        assert answer is not None
        if (answer.status >= 400) is not stop.is_refused:
            self.problems.append(f"{stop}: answers {answer.status}")
        for look in looks:
            page.set_viewport_size(look.viewport)
            page.emulate_media(color_scheme=look.scheme)
            self.check(page, f"{stop} {look.name}", look.rules)

    def check(self, page: Page, name: str, rules: Sequence[str] = ()) -> None:
        """Notes what is wrong with what a page shows now."""
        page.wait_for_load_state()
        page.evaluate(SETTLE)
        headings = page.locator("h1").count()
        if headings != 1:
            self.problems.append(f"{name}: has {headings} h1")
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if beyond > 0:
            self.problems.append(f"{name}: scrolls sideways by {beyond} px")
        self.problems += [f"{name}: “{found}” is nearer to what is above it" for found in page.evaluate(FAR_HEADINGS)]
        self.problems += [f"{name}: {found}" for found in violations(page, rules)]

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _note(self, page: Page, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.problems.append(f"{page.url}: {text}")


@pytest.fixture(scope="module")
def look(browser: Browser, live_site: LiveSite) -> Iterator[Callable[..., Browsing]]:
    """Makes browsers of one size and colour."""
    made: list[Browsing] = []

    def make(**options: Any) -> Browsing:
        made.append(Browsing(browser, live_site, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def stops(look: Callable[..., Browsing]) -> list[Stop]:
    """Every page: the fixed ones, and one of each kind that an id or a link in a mail leads to."""
    browsing = look()
    fixed = [Stop(who, path) for who, paths in FIXED.items() for path in paths]
    found = (
        _sessions(browsing)
        + _topics(browsing)
        + _bulk(browsing)
        + _catalogue(browsing)
        + _beginning(browsing)
        + _displays(browsing)
        + _workouts(browsing)
        + _plans(browsing)
        + _payments(browsing)
        + _payouts(browsing)
        + _meetings(browsing)
        + _bookings(browsing)
        + _mails(browsing)
    )
    return fixed + found


def _sessions(browsing: Browsing) -> list[Stop]:
    """A scheduled session of a series with people in it, one that is over, and a draft."""
    page = browsing.page(ADA)
    plan(page, title="Nothing yet", day=coming(5, weeks=6), clock="06:00")
    page.get_by_role("button", name="Save as draft").click()
    expect(page.locator(FLASH)).to_contain_text("Saved as a draft")
    draft = _path(page.url)
    scheduled, booking = _booked(page)
    over = _href(page, f"{P}/sessions?when=past", rf"/sessions/{UUID}$")
    public = scheduled.replace(P, "/book/harbour-yoga")
    edits = [f"{scheduled}/{verb}{scope}" for verb in ("edit", "cancel") for scope in ("", "?scope=following")]
    copy = f"{P}/sessions/new?copy={scheduled.rsplit('/', 1)[1]}"
    one, target = booking.removesuffix("/cancel"), _href(page, booking.replace("/cancel", "/move"), rf"/move/{UUID}$")
    add = f"{scheduled}/add"
    somebody = _href(page, f"{add}?q=a", rf"/add/{UUID}$")
    roster = [f"{add}?q=a", f"{add}?q=nothing-like-it", f"{add}/new", somebody, f"{one}/move", target, f"{one}/note"]
    paths = [
        draft,
        f"{draft}/delete",
        scheduled,
        *roster,
        f"{scheduled}/door",
        f"{over}/door",
        f"{one}/attendance",
        *_late(browsing, scheduled),
        f"{scheduled}/host",
        *edits,
        copy,
        over,
        _paid_at_desk(page, scheduled),
        booking,
        public,
    ]
    return [Stop(ADA, path) for path in paths] + [Stop(NOBODY, public)]


def _paid_at_desk(page: Page, session: str) -> str:
    """Where a payment at the desk is undone."""
    page.goto(session)
    page.get_by_role("button", name="Mark as paid").first.click()
    expect(page.get_by_text("Paid at the desk").first).to_be_visible()
    return _href(page, session, r"/hand-back$")


def _topics(browsing: Browsing) -> list[Stop]:
    """What people suggest for workshops to come, and for one that is over."""
    page, link = browsing.page(INES), rf"/sessions/{UUID}$"
    coming, over = (_hrefs(page, f"{P}/sessions?q=kanji{when}", link) for when in ("", "&when=past"))
    return [Stop(INES, f"{path}/topics") for path in (*coming[1:3], over[0])]


def _payouts(browsing: Browsing) -> list[Stop]:
    """A host's earnings, and the question before a balance is marked as paid."""
    page = browsing.page(INES)
    links = (
        _hrefs(page, f"{P}/payouts", pattern)[0] for pattern in (r"/by-hand\?to=[0-9a-f]", r"/earnings\?of=[0-9a-f]")
    )
    return [Stop(INES, link) for link in links]


def _late(browsing: Browsing, session: str) -> list[str]:
    """A booking that was cancelled late, and the session with it: by a policy under which every cancelling is late."""
    page = browsing.page(ADA)
    _policy(page, hours="8760", late=True)
    address = session.replace(P, "/book/harbour-yoga")
    guest = book_at(browsing.visit, address, "Lena Late", "lena@example.com")
    _policy(page, hours="24", late=False)
    let_the_undo_pass(browsing.site, "lena@example.com")
    guest.goto(f"{_path(guest.url).partition('?')[0]}/cancel")
    guest.get_by_role("button", name="Cancel").first.click()
    expect(guest.get_by_text("cancelled").first).to_be_visible()
    return [_href(page, session, rf"/bookings/{UUID}/waive$")]


def _policy(page: Page, *, hours: str, late: bool) -> None:
    page.goto(f"{P}/settings")
    page.get_by_label("Free cancellation until").fill(hours)
    page.get_by_label("Late cancellation", exact=True).set_checked(late)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(FLASH)).to_be_visible()


def _bulk(browsing: Browsing) -> list[Stop]:
    """What some drafts would become, where they can't go, and what became of them."""
    page = browsing.page(ADA)
    for week in (7, 8):
        plan(page, title="By the dozen", day=coming(5, weeks=week), clock="06:00")
        page.get_by_role("button", name="Save as draft").click()
        expect(page.locator(FLASH)).to_contain_text("Saved as a draft")
    preview = f"{P}/bulk/preview?all=1"
    page.goto(f"{preview}&q=By+the+dozen&verb=publish")
    page.get_by_role("button", name="Publish 2 sessions").click()
    expect(page.get_by_text("All 2 sessions are published")).to_be_visible()
    asked = [f"{preview}&verb={verb}" for verb in ("publish", "cancel", "host", "move&days=1", "delete")]
    return [Stop(ADA, path) for path in (_path(page.url), f"{P}/bulk", NOTHING_CHOSEN, *asked)]


def _catalogue(browsing: Browsing) -> list[Stop]:
    page = browsing.page(ADA)
    kinds = ("offerings", "programs", "locations", "members")
    found = [_href(page, f"{P}/{kind}", rf"/{kind}/{UUID}$") for kind in kinds]
    guest = _href(page, f"{P}/members", rf"/members/people/{UUID}$")
    return [Stop(ADA, path) for path in (*found, f"{found[-1]}/end", guest)]


def _beginning(browsing: Browsing) -> list[Stop]:
    """The questions before a session is started, shortly before it begins, and before one that goes on is ended."""
    page = browsing.page(ADA)
    live = _href(page, f"{P}/sessions?q=open+practice", rf"/sessions/{UUID}$")
    free_the_next_hours(browsing.site)
    begins = (clock.now() + timedelta(minutes=20)).astimezone(LONDON)
    plan(page, title="In a moment", day=begins.date(), clock=f"{begins:%H:%M}")
    publish(page)
    return [Stop(ADA, f"{live}/end"), Stop(ADA, f"{_path(page.url)}/start")]


def _displays(browsing: Browsing) -> list[Stop]:
    """A screen on the wall, and one whose link means nothing."""
    page = browsing.page(ADA)
    return [Stop(NOBODY, path) for path in (_href(page, f"{P}/settings/displays", r"/display/"), "/display/broken")]


def _workouts(browsing: Browsing) -> list[Stop]:
    """A workout, a program's day, and what a session does: chosen, written, and in the room."""
    page = browsing.page(ADA)
    workout = _href(page, f"{P}/workouts", rf"/workouts/{UUID}$")
    day = _href(page, f"{P}/workouts/week", rf"/week/{UUID}/")
    session = _href(page, f"{P}/sessions?q=mobility", rf"/sessions/{UUID}$")
    own = [f"{session}/{part}" for part in ("workouts", "workouts/new", "room")]
    return [Stop(ADA, path) for path in (workout, f"{workout}/edit", day, session, *own)]


def _plans(browsing: Browsing) -> list[Stop]:
    """A plan, somebody who holds one with everything that can be done with it, and what Ben sees of his."""
    page = browsing.page(ADA)
    plan_page = _href(page, f"{P}/plans", rf"/plans/{UUID}$")
    member = _href(page, plan_page, rf"/members/{UUID}$")
    verbs = [_href(page, member, rf"/subscriptions/{UUID}/{verb}$") for verb in ("pause", "credits", "end")]
    own = [plan_page, f"{plan_page}/edit", member, *verbs, f"{P}/plans/give?to={member.rsplit('/', 1)[1]}"]
    return [*(Stop(ADA, path) for path in own), Stop(BEN, "/my/plans")]


def _payments(browsing: Browsing) -> list[Stop]:
    """A workshop that was paid by card, as the school sees the payment, and its receipts; a plan that is bought."""
    guest = browsing.visit("/book/northside-languages?q=kanji")
    book_workshop(guest, INES)
    pay(guest, GOOD)
    wait_until_booked(guest)
    receipt = _path(guest.url).partition("?")[0] + "/receipt"
    member = browsing.page(BEN)
    member.goto("/book/northside-languages/plans")
    buy_plan(member, "Regular")
    ending = _href(member, "/my/plans", rf"/my/plans/{UUID}/end-renewal$")
    page = browsing.page(INES)
    paid = _href(page, f"{P}/payments?status=paid", rf"/payments/{UUID}$")
    own = _href(page, "/my/payments", rf"/my/payments/{UUID}$")
    packs = _hrefs(page, "/book/northside-languages/plans", rf"/plans/{UUID}$")
    sold = [Stop(NOBODY, packs[0]), Stop(BEN, packs[-1]), Stop(BEN, ending)]
    return [Stop(NOBODY, receipt), *sold, *(Stop(INES, path) for path in (paid, f"{paid}/refund", "/my/payments", own))]


def _meetings(browsing: Browsing) -> list[Stop]:
    """A meeting ahead and a request, with everything that can be done with them."""
    guest = browsing.visit("/book/mira-maths/with/mira/first-talk?tz=Europe/London")
    start = guest.locator(".slot").last.get_attribute("href")
    assert start
    guest.goto(start)
    guest.get_by_label("Your name").fill("Asta Berg")
    guest.get_by_label("E-mail").fill("asta@example.com")
    guest.get_by_role("button", name="Ask for this time").click()
    expect(guest.get_by_text("Your request is sent")).to_be_visible()
    page = browsing.page(MIRA)
    ahead = _href(page, f"{P}/meetings", rf"/meetings/{UUID}$")
    asked = _href(page, f"{P}/meetings?view=requests", rf"/meetings/{UUID}$")
    own = [ahead, f"{ahead}/cancel", f"{ahead}/reschedule", asked, f"{asked}/decline", f"{asked}/propose"]
    own += [f"{ahead}/no-show", f"{ahead}/end", f"{P}/meetings?view=review", *_coaching(browsing)]
    return [Stop(NOBODY, start), Stop(NOBODY, _path(guest.url)), *(Stop(MIRA, path) for path in own)]


def _coaching(browsing: Browsing) -> list[str]:
    """A meeting that is charged afterwards, as its host sees it."""
    guest = browsing.visit(COACHING)
    book_and_save_a_card(guest, "coached@example.com", GOOD)
    page = browsing.page(MIRA)
    page.goto(f"{P}/meetings")
    link = page.get_by_role("link", name="Petra Paulsen").first.get_attribute("href")
    assert link
    return [_path(link), f"{_path(link)}/decide"]


def _bookings(browsing: Browsing) -> list[Stop]:
    """A place in a class and a meeting, as their guest sees them."""
    page = browsing.page(ADA)
    page.goto(f"{P}/sessions?q=breath")
    page.get_by_role("link", name="Breath: an evening talk").nth(2).click()
    expect(page.get_by_role("heading", level=1, name="Breath")).to_be_visible()
    address = page.get_by_role("textbox", name="Public page").input_value()
    booked = book_at(browsing.visit, address, "Bo Ek", "bo@example.com")
    place, join = _path(booked.url), booked.get_by_role("link", name="Join session").get_attribute("href")
    assert join
    guest = browsing.visit("/book/northside-languages/with/kenji/conversation")
    guest.locator(".slot").last.click()
    guest.get_by_label("Your name").fill("Bo Ek")
    guest.get_by_label("E-mail").fill("bo@example.com")
    guest.get_by_role("button", name="Book this time").click()
    expect(guest.get_by_text("You are booked")).to_be_visible()
    meeting = _path(guest.url)
    plain = [path.partition("?")[0] for path in (place, meeting)]
    stops = [Stop(NOBODY, f"{each}{verb}") for each in plain for verb in ("?new=1", "/cancel", "/reschedule")]
    return [*stops, Stop(NOBODY, f"{plain[1]}/absent"), Stop(NOBODY, _path(join))]


def _mails(browsing: Browsing) -> list[Stop]:
    """What links in mails open."""
    page, site = browsing.page(ADA), browsing.site
    page.goto(f"{P}/members")
    page.get_by_role("textbox", name="E-mail").fill("invited@example.com")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.locator(FLASH)).to_contain_text("invited@example.com")
    guest = browsing.visit("/join")
    guest.get_by_label("Your name").fill("Joy Adler")
    guest.get_by_label("Your e-mail").fill("joy@example.com")
    guest.get_by_label("Password").fill("a quiet place by the sea")
    guest.get_by_role("button", name="Make the account").click()
    expect(guest.get_by_text("Check your mail")).to_be_visible()
    for path in ("/sign-in/link", "/reset"):
        guest.goto(path)
        guest.get_by_label("E-mail").fill("grace@example.com")
        guest.get_by_role("button", name="Mail me the link").click()
        expect(guest.get_by_text("Check your mail")).to_be_visible()
    links = [
        link_in(site.wait_for_mail("invited@example.com"), "/invitations/"),
        link_in(site.wait_for_mail("joy@example.com"), "/verify/"),
        link_in(site.wait_for_mail("grace@example.com", subject="sign-in link"), "/sign-in/"),
        link_in(site.wait_for_mail("grace@example.com", subject="password"), "/reset/"),
    ]
    caught = _href(guest, "/dev/mail", r"/dev/mail/[^/]+$")
    return [Stop(NOBODY, _path(link)) for link in links] + [Stop(NOBODY, caught)]


def _booked(page: Page) -> tuple[str, str]:
    """A session that isn't on at this moment and the link that cancels a place in it."""
    for session in _hrefs(page, f"{P}/sessions?q=morning", rf"/sessions/{UUID}$")[1:]:
        links = _hrefs(page, session, rf"/bookings/{UUID}/cancel$")
        if links:
            return session, links[0]
    raise AssertionError("nobody is booked")


def _href(page: Page, path: str, pattern: str) -> str:
    """The first link of that form on a page."""
    return _hrefs(page, path, pattern)[0]


def _hrefs(page: Page, path: str, pattern: str) -> list[str]:
    """Every link of that form on a page, in its order."""
    page.goto(path)
    links = page.locator("main a[href]").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    return [_path(link) for link in dict.fromkeys(links) if re.search(pattern, link)]


def _path(address: str) -> str:
    return re.sub(r"^https?://[^/]+", "", address)


def test_no_page_is_left_out(stops: list[Stop]) -> None:
    app = create_app(Settings.from_env({"LIVEAPP_ENV": "test"}))
    routes = app.url_map.bind("localhost")
    paths = {stop.path.partition("?")[0] for stop in stops if not stop.is_refused}
    walked = {routes.match(path)[0] for path in paths if not path.startswith("/dev/")}
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert pages - walked == NOT_PAGES


@pytest.mark.parametrize(
    "looks", [pytest.param(LOOKS, id="most"), pytest.param(EVERY_LOOK, id="all", marks=pytest.mark.faults)]
)
def test_pages_are_for_everybody(look: Callable[..., Browsing], stops: list[Stop], looks: tuple[Look, ...]) -> None:
    """Axe finds nothing, nothing scrolls sideways or complains, and there is one h1.

    Each page is asked all of axe's rules narrow and light, and those of the look wide and dark; under `make faults`
    all of them in both sizes and both colours. Every other page begins as the one before it ended: turning is dear.
    """
    browsing = look()
    for number, stop in enumerate(stops):
        chosen = [each for each in looks if number % each.every == 0]
        browsing.look_at(stop, chosen if number % 2 else reversed(chosen))
    assert not browsing.problems, "\n".join(browsing.problems)


EMPTY = """form => {
  form.noValidate = true;
  form.querySelectorAll("[required]:not([type=radio])").forEach((field) => { field.value = ""; });
}"""


def _refused(page: Page, form: str) -> None:
    """Sends a form with its required fields empty, which the browser would hold back by itself."""
    page.locator(form).first.evaluate(EMPTY)
    page.locator(form).first.get_by_role("button").and_(
        page.locator("[type=submit]:not([formnovalidate])")
    ).first.click()
    expect(page.locator("main [aria-invalid=true]").first).to_be_visible()


FORMS = [
    (ADA, f"{P}/plans/new", "main form"),
    (ADA, f"{P}/plans/give", "main form"),
    (NOBODY, "/sign-in", "main form"),
    (NOBODY, "/sign-up", "main form"),
    (NOBODY, "/join", "main form"),
    (NOBODY, "/reset", "main form"),
    (ADA, f"{P}/sessions/new", "#session-form"),
    (ADA, f"{P}/offerings/new", "main form.session-form"),
    (ADA, f"{P}/programs/new", "main form.session-form"),
    (ADA, f"{P}/locations/new", "main form.session-form"),
    (ADA, f"{P}/closures/new", "main form"),
    (ADA, f"{P}/settings", "main form"),
    (MIRA, f"{P}/availability?edit=0", "#day-0 form"),
    (MIRA, f"{P}/availability?view=dates", "#exception"),
]


def test_refused_forms_are_for_everybody(look: Callable[..., Browsing]) -> None:
    """A form that came back says what is wrong, still narrow, and to those who don't see it too."""
    browsing = look(viewport={"width": 320, "height": 800}, color_scheme="dark")
    for who, path, form in FORMS:
        page = browsing.page(who)
        page.goto(path)
        _refused(page, form)
        browsing.check(page, f"{path} refused")
    assert not browsing.problems, "\n".join(browsing.problems)


def test_what_a_closure_hits_is_for_everybody(look: Callable[..., Browsing]) -> None:
    browsing = look(viewport={"width": 320, "height": 800}, color_scheme="dark")
    page = browsing.page(ADA)
    page.goto(f"{P}/closures/new")
    page.get_by_label("First day").fill(coming(0, weeks=2).isoformat())
    page.get_by_label("Last day").fill(coming(4, weeks=2).isoformat())
    page.get_by_role("button", name="See what this hits").click()
    expect(page.get_by_role("button", name="Close and cancel")).to_be_visible()
    browsing.check(page, "what a closure hits")
    assert not browsing.problems, "\n".join(browsing.problems)
