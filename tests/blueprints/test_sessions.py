"""The pages of sessions: list, week, form with its preview, one session and everything that can be done with it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy import func, select, update

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.live_sessions import series
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.recurrence import occurrences
from liveapp.web.navigation import P
from tests import cast
from tests.cast import NOW
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.domain import session_words as words
from tests.domain.session_words import IN_THREE_DAYS, World, weekly
from tests.policing import PolicingClient, soup_of, values_of

FIRST = date(2026, 3, 12)


@pytest.fixture
def world(app: Flask, clock: Clock, client: PolicingClient) -> Iterator[World]:
    clock.set(NOW)
    made = words.world()
    cast.sign_in(client, made.ada, made.organization_id)
    yield made
    words.assert_invariants()


@pytest.fixture
def cy(world: World, new_client: Callable[[], PolicingClient]) -> PolicingClient:
    elsewhere = cast.organization("elsewhere")
    browser = new_client()
    cast.sign_in(browser, cast.staff(elsewhere, "Cy Young"), elsewhere)
    return browser


@pytest.fixture
def dana(world: World, new_client: Callable[[], PolicingClient]) -> PolicingClient:
    browser = new_client()
    cast.sign_in(browser, world.dana, world.organization_id)
    return browser


def form_of(page: BeautifulSoup, action: str) -> Tag:
    """The form that posts to an address ending so."""
    found = next((form for form in page.find_all("form") if str(form.get("action", "")).endswith(action)), None)
    assert found is not None, f"no form posts to …{action}"
    return found


def plain(part: Tag) -> str:
    """What is read, with single spaces."""
    return " ".join(part.text.split())


def sessions_made() -> int:
    db.session.rollback()
    return db.session.execute(select(func.count()).select_from(LiveSession)).scalar_one()


def at(session_id: uuid.UUID, *more: str) -> str:
    return "/".join((f"{P}/sessions/{session_id}", *more))


def test_the_form_is_filled_from_the_offering_and_publishes(world: World, client: PolicingClient) -> None:
    form = form_of(client.page(f"{P}/sessions/new"), "/new")
    answer = client.submit(form, date="2026-03-05", time="18:00", do="publish")
    assert answer.status_code == 303, answer.text
    page = client.page(answer.location)
    assert page.h1
    assert page.h1.text.strip() == "Yoga"
    assert "Published: people can book it now." in page.text
    assert "Thursday 5 March 2026, 6:00 PM – 7:00 PM" in plain(page)


def test_sent_twice_it_is_one_session(world: World, client: PolicingClient) -> None:
    form = form_of(client.page(f"{P}/sessions/new"), "/new")
    values = {"date": "2026-03-05", "time": "18:00", "do": "draft"}
    first, second = client.submit(form, **values), client.submit(form, **values)
    assert first.location == second.location
    assert sessions_made() == 1


def test_nothing_typed_is_lost_and_each_fault_is_next_to_its_field(world: World, client: PolicingClient) -> None:
    form = form_of(client.page(f"{P}/sessions/new"), "/new")
    values = {"title": "Evening flow", "time": "25:00", "duration_minutes": "1e9", "max_participants": "0"}
    answer = client.submit(form, **values, do="publish")
    assert answer.status_code == 422
    page = soup_of(answer)
    again = form_of(page, "/new")
    assert again.select_one("[name=title]")["value"] == "Evening flow"  # type: ignore[index]
    assert again.select_one("#duration_minutes")["value"] == "1e9"  # type: ignore[index]
    faults = {str(item["id"]): item.text.strip() for item in again.select(".field-error")}
    assert faults["time-error"] == "Enter a time of day like 09:30 or 18:00."
    assert faults["duration_minutes-error"].startswith("Enter a whole number from 5 to 1440")
    assert "max_participants-error" in faults
    assert sessions_made() == 0


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"duration_minutes": "20"}, "duration_minutes", "A session takes from 30 to 240 minutes."),
        ({"date": "2026-03-01"}, "date", "has passed"),
        ({"repeats": "daily", "ends": "until", "until": "2026-03-01"}, "repeats", "ends before it starts"),
        ({"repeats": "daily", "ends": "until", "until": "2028-03-01"}, "repeats", "more than 366 sessions"),
        ({"repeats": "weekly", "ends": "count", "count": ""}, "count", "Say how many sessions"),
    ],
)
def test_what_the_rules_refuse_is_said_at_the_field(
    world: World, client: PolicingClient, values: dict[str, str], field: str, sentence: str
) -> None:
    form = form_of(client.page(f"{P}/sessions/new"), "/new")
    answer = client.submit(form, **{"date": "2026-03-05", "time": "18:00", "do": "publish"} | values)
    assert answer.status_code == 422
    error = soup_of(answer).select_one(f"#{field}-error")
    assert error is not None
    assert sentence in error.text
    assert sessions_made() == 0


def test_the_preview_shows_dates_and_clashes_before_saving(world: World, client: PolicingClient) -> None:
    world.make(IN_THREE_DAYS, title="Concert")
    form = form_of(client.page(f"{P}/sessions/new"), "/new")
    values = {
        "offering_id": str(world.offering_id), "title": "Yoga", "host_id": str(world.ada), "date": "2026-03-05",
        "time": "10:30", "duration_minutes": "60", "format": "in_person", "max_participants": "5",
        "repeats": "weekly", "ends": "count", "count": "3",
    }  # fmt: skip
    answer = client.htmx(f"{P}/sessions/preview", method="POST", data=values)
    page = soup_of(answer)
    assert [item.select_one("small") is not None for item in page.select(".preview-dates li")] == [True, False, False]
    assert "“Concert” is at that time: it starts Thu 5 March, 10:00\u202fAM." in page.text
    assert "Every Thursday at 10:30\u202fAM, 3 times" in page.text
    checked = client.submit(form, **values, do="check")
    assert checked.status_code == 200
    assert "“Concert” is at that time" in checked.text
    assert sessions_made() == 1
    refused = client.submit(form, **values, do="publish")
    assert refused.status_code == 422
    again = soup_of(refused)
    assert "“Concert” is at that time" in again.select_one("#time-error").text  # type: ignore[union-attr]
    assert len(again.select(".preview-dates [data-clash]")) == 1
    assert sessions_made() == 1
    left_out = client.submit(form, **values, leaves_out="y", do="publish")
    assert left_out.status_code == 303
    assert sessions_made() == 3


def test_another_offering_fills_the_form_again_and_keeps_the_time(world: World, client: PolicingClient) -> None:
    other = cast.offering(world.organization_id, title="Pilates", duration_minutes=45)
    address = f"{P}/sessions/new?offering_id={other}&date=2026-04-01&time=07:15"
    page = soup_of(client.htmx(address))
    assert page.select_one("#title")["value"] == "Pilates"  # type: ignore[index]
    assert page.select_one("#duration_minutes")["value"] == "45"  # type: ignore[index]
    assert page.select_one("#time")["value"] == "07:15"  # type: ignore[index]
    assert "1 Apr 2026" in page.select_one("#session-preview").text  # type: ignore[union-attr]
    assert page.select(".field-error, .alert") == []
    assert page.find("html") is None


def test_a_coach_makes_drafts_for_themselves_only(world: World, dana: PolicingClient) -> None:
    form = form_of(dana.page(f"{P}/sessions/new"), "/new")
    assert [option.text for option in form.select("#host_id option")] == ["Dana Scott"]
    assert form.select_one("button[value=publish]") is None
    values = {"date": "2026-03-05", "time": "18:00"}
    assert dana.submit(form, **values, do="publish").status_code == 403
    foreign = dana.submit(form, **values, host_id=str(world.ada), do="draft")
    assert foreign.status_code == 422
    assert sessions_made() == 0
    answer = dana.submit(form, **values, do="draft")
    page = dana.page(answer.location)
    assert "Draft" in page.text
    assert page.select_one("form[action$='/publish']") is None


def test_without_an_offering_the_form_says_where_to_begin(app: Flask, clock: Clock, client: PolicingClient) -> None:
    organization_id = cast.organization("new")
    cast.sign_in(client, cast.staff(organization_id), organization_id)
    assert "First say what you offer" in client.page(f"{P}/sessions/new").text
    assert client.post(f"{P}/sessions/new").status_code == 303
    assert client.post(f"{P}/sessions/preview").status_code == 200


def test_the_list_filters_pages_and_says_when_it_is_empty(world: World, client: PolicingClient) -> None:
    assert "Plan your first session" in client.page(f"{P}/sessions").text
    for number in range(27):
        title = "Deep rest" if number == 26 else f"Class {number:02}"
        world.make(IN_THREE_DAYS + timedelta(hours=number * 2), title=title)
    page = client.page(f"{P}/sessions")
    titles = [link.text for link in page.select("#sessions .row-link")]
    assert titles[0] == "Class 00"
    assert len(titles) == 25
    later = page.select_one("a[rel=next]")
    assert later is not None
    rest = client.page(str(later["href"]))
    assert [link.text for link in rest.select("#sessions .row-link")] == ["Class 25", "Deep rest"]
    earlier = rest.select_one("a[rel=prev]")
    assert earlier is not None
    assert [link.text for link in client.page(str(earlier["href"])).select("#sessions .row-link")] == titles
    partial = client.htmx(f"{P}/sessions?q=deep")
    assert [link.text for link in soup_of(partial).select(".row-link")] == ["Deep rest"]
    assert "HX-Request" in partial.headers["Vary"]
    restored = client.htmx(f"{P}/sessions?q=deep", headers={"HX-History-Restore-Request": "true"})
    assert "<html" in restored.text
    assert "Nothing matches" in client.page(f"{P}/sessions?status=live").text
    assert client.get(f"{P}/sessions?after=nonsense&host=nonsense&from=never").status_code == 200


def test_the_week_holds_sessions_and_a_list_of_them(world: World, client: PolicingClient) -> None:
    world.make(IN_THREE_DAYS)
    world.make(IN_THREE_DAYS + timedelta(minutes=30), host_id=world.dana, title="Pilates")
    page = client.page(f"{P}/sessions/calendar?week=2026-03-04")
    events = page.select(".week-event")
    assert [event.strong.text for event in events if event.strong] == ["Yoga", "Pilates"]
    assert {"lane-1-of-2", "at-8"} <= set(events[0]["class"])
    assert "lane-2-of-2" in events[1]["class"]
    assert [link.text for link in page.select("details .row-link")] == ["Yoga", "Pilates"]
    assert "2 Mar – 8 Mar 2026" in page.text
    assert client.htmx(f"{P}/sessions/calendar?week=2026-03-11").status_code == 200


@pytest.mark.parametrize("path", ["", "/calendar", "/new"])
def test_lists_need_a_sign_in(world: World, new_client: Callable[[], PolicingClient], path: str) -> None:
    answer = new_client().get(f"{P}/sessions{path}")
    assert answer.status_code == 303
    assert "/sign-in" in answer.location


def test_the_same_queries_for_one_row_and_for_three(
    world: World, client: PolicingClient, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    session_id = world.make()
    words.book(session_id)
    addresses = (f"{P}/sessions", f"{P}/sessions/calendar?week=2026-03-04", at(session_id), f"{P}")

    def counted() -> list[int]:
        numbers = []
        for address in addresses:
            with count_queries() as statements:
                client.page(address)
            numbers.append(len(statements))
        return numbers

    with_one = counted()
    for number in range(1, 3):
        world.make(IN_THREE_DAYS + timedelta(hours=number * 2))
        words.book(session_id, cast.guest(number))
    assert counted() == with_one


def test_strangers_find_nothing_whatever_they_ask(world: World, cy: PolicingClient) -> None:
    session_id = world.make()
    booking_id = words.book(session_id)
    reads = ("", "roster", "edit", "cancel", "host", "delete", "duplicate", f"bookings/{booking_id}/cancel")
    verbs = ("publish", "unpublish", "start", "end", "edit", "cancel", "host", "delete")
    for part in reads:
        assert cy.get(at(session_id, part).rstrip("/")).status_code == 404, part
    for part in (*verbs, f"bookings/{booking_id}/cancel"):
        assert cy.post(at(session_id, part), data={"reason": "mine"}).status_code == 404, part
    row = cast.session_row(session_id)
    assert (row.status, row.participant_count) == ("scheduled", 1)
    own = world.make(IN_THREE_DAYS + timedelta(days=1))
    assert cy.get(at(own, "bookings", str(booking_id), "cancel")).status_code == 404


def test_members_are_refused(world: World, new_client: Callable[[], PolicingClient]) -> None:
    ben = cast.user("Ben Okafor")
    cast.membership(world.organization_id, ben, "member")
    browser = new_client()
    cast.sign_in(browser, ben, world.organization_id)
    session_id = world.make()
    assert browser.get(at(session_id)).status_code == 403
    assert browser.get(f"{P}/sessions").status_code == 403


def test_a_coach_sees_but_does_not_run_the_schedule(world: World, clock: Clock, dana: PolicingClient) -> None:
    session_id = world.make(IN_THREE_DAYS, host_id=world.dana)
    draft = world.make(IN_THREE_DAYS + timedelta(hours=2), publishes=False)
    clock.set(IN_THREE_DAYS - timedelta(minutes=30))
    page = dana.page(at(session_id))
    assert page.select_one("form[action$='/start']") is not None
    assert page.select_one("form[action$='/unpublish']") is None
    for path in (at(session_id, "edit"), at(session_id, "cancel"), at(draft, "edit"), at(draft, "delete")):
        assert dana.get(path).status_code == 403, path
    for path in (at(draft, "publish"), at(session_id, "unpublish"), at(session_id, "cancel"), at(draft, "delete")):
        assert dana.post(path, data={"reason": "ill"}).status_code == 403, path
    assert cast.session_row(draft).status == "draft"


def test_publishing_answers_with_the_part_that_changed(world: World, client: PolicingClient) -> None:
    session_id = world.make(publishes=False)
    answer = client.htmx(at(session_id, "publish"), method="POST")
    page = soup_of(answer)
    assert page.select_one("#session") is not None
    assert page.select_one("#session-state .badge").text.strip() == "Scheduled"  # type: ignore[union-attr]
    assert "Published" in page.select_one("#flash").text  # type: ignore[union-attr]
    again = client.post(at(session_id, "publish"))
    assert again.status_code == 409
    assert "so it can&#39;t be published" in again.text


def test_unpublishing_says_how_many_are_in_the_way(world: World, client: PolicingClient) -> None:
    session_id = world.make()
    words.book(session_id)
    answer = client.post(at(session_id, "unpublish"))
    assert answer.status_code == 409
    assert "1 person is booked" in answer.text


def test_a_session_shows_its_people_its_waitlist_and_its_history(world: World, client: PolicingClient) -> None:
    session_id = world.make(max_participants=1)
    words.book(session_id)
    words.book(session_id, cast.guest(1))
    page = client.page(at(session_id))
    roster = page.select_one("#roster")
    assert roster is not None
    assert [link.text for link in roster.select(".row-title")] == ["Ben Okafor", "Guest 1"]
    assert "1 person waits" in roster.text
    history = [plain(item) for item in page.select(".history li")]
    assert "2 Mar 2026, 10:00 AM Ben Okafor booked" in history
    assert "2 Mar 2026, 10:00 AM Guest 1 joined the waiting list" in history
    assert "2 Mar 2026, 10:00 AM Ada Lovelace made the session" in history


def test_the_history_says_who_of_the_business_cancelled_whose_booking(world: World, client: PolicingClient) -> None:
    session_id = world.make()
    booking_id = words.book(session_id)
    answer = client.post(at(session_id, "bookings", str(booking_id), "cancel"), data={"reason": "Ill"})
    assert answer.status_code == 303
    page = client.page(at(session_id))
    latest = page.select_one(".history li")
    assert latest is not None
    assert plain(latest).endswith("Ada Lovelace cancelled the booking of Ben Okafor (“Ill”)")
    assert "Nobody has a place now." in page.text


def test_an_unchanged_roster_is_not_sent_again(world: World, client: PolicingClient) -> None:
    session_id = world.make()
    first = client.htmx(at(session_id, "roster"))
    tag = first.headers["ETag"]
    assert client.htmx(at(session_id, "roster"), headers={"If-None-Match": tag}).status_code == 304
    words.book(session_id)
    changed = client.htmx(at(session_id, "roster"), headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert "Ben Okafor" in changed.text


def test_one_booking_is_cancelled_with_a_reason(world: World, client: PolicingClient) -> None:
    session_id = world.make()
    booking_id = words.book(session_id)
    address = at(session_id, "bookings", str(booking_id), "cancel")
    form = form_of(client.page(address), "/cancel")
    assert client.submit(form).status_code == 422
    assert cast.booking_row(booking_id).status == "confirmed"
    assert client.submit(form, reason="The floor is wet").status_code == 303
    booking = cast.booking_row(booking_id)
    assert (booking.status, booking.cancel_reason, booking.cancelled_by) == ("cancelled", "The floor is wet", world.ada)
    assert ("booking_cancelled_by_host", "ben@example.com") in cast.mails()


def test_every_other_week_begins_on_the_organizations_first_day(world: World, client: PolicingClient) -> None:
    """On Sundays; and what was made so goes on so when the organization's weeks begin on Mondays later."""
    form = form_of(client.page(f"{P}/sessions/new"), "/new")
    every = {"repeats": "biweekly", "weekdays": ["0", "6"], "ends": "count", "count": "4", "do": "publish"}
    days = []
    for week_start in (6, 0):
        words.do(_begins_weeks_on, organization_id=world.organization_id, week_start=week_start)
        at_hour = f"{10 + week_start}:00"
        answer = client.submit(form, date="2026-03-08", time=at_hour, key=str(uuid.uuid4()), **every)
        made = words.dates(uuid.UUID(answer.location.rsplit("/", 1)[1]))
        days.append((made[0].series_id, [row.series_day.day for row in made]))
    assert [found for _, found in days] == [[8, 9, 22, 23], [8, 16, 22, 30]]
    rule = series.rule_of(series.own(days[0][0]))
    assert [each.date.day for each in occurrences(rule)] == [8, 9, 22, 23]


def _begins_weeks_on(*, organization_id: uuid.UUID, week_start: int, now: datetime) -> None:
    where = Organization.id == organization_id
    db.session.execute(update(Organization).where(where).values(week_start=week_start))


def test_cancelling_says_the_consequence_in_numbers(world: World, client: PolicingClient) -> None:
    session_id = world.make(max_participants=1)
    words.book(session_id)
    words.book(session_id, cast.guest(1))
    page = client.page(at(session_id, "cancel"))
    assert "1 person is booked and 1 waits; all 2 are told" in " ".join(page.text.split())
    form = form_of(page, "/cancel")
    assert client.submit(form).status_code == 422
    answer = client.submit(form, reason="Ill")
    assert "2 people are told" in client.page(answer.location).text
    assert cast.session_row(session_id).status == "cancelled"
    assert client.get(at(session_id, "edit")).status_code == 409


def test_a_series_is_cancelled_from_a_date_on_with_ticks(world: World, client: PolicingClient) -> None:
    first = world.make(weekly(FIRST, count=3))
    two, three = words.dates(first)[1:]
    words.book(three.id)
    page = client.page(at(two.id, "cancel") + "?scope=following")
    ticks = {str(box["value"]): box.has_attr("checked") for box in page.select("[name=include]")}
    assert ticks == {str(three.id): False}
    form = form_of(page, "/cancel")
    assert client.submit(form, reason="Flooded").status_code == 303
    assert [row.status for row in words.dates(first)] == ["scheduled", "cancelled", "scheduled"]
    again = form_of(client.page(at(three.id, "cancel") + "?scope=all"), "/cancel")
    client.submit(again, reason="Flooded", include=[str(three.id)])
    assert [row.status for row in words.dates(first)] == ["cancelled", "cancelled", "cancelled"]
    assert ("session_cancelled", "ben@example.com") in cast.mails()


def test_a_series_is_edited_from_a_date_on_with_the_clashes_shown(world: World, client: PolicingClient) -> None:
    first = world.make(weekly(FIRST, count=3))
    two = words.dates(first)[1]
    page = client.page(at(two.id, "edit") + "?scope=following")
    assert "2 sessions are changed" in " ".join(page.text.split())
    form = form_of(page, "/edit")
    world.make(two.scheduled_at + timedelta(hours=2), title="Concert")
    refused = client.submit(form, time="20:30")
    assert refused.status_code == 422
    assert "“Concert” is at that time" in refused.text
    assert client.submit(form, time="07:00", title="Early flow").status_code == 303
    assert [row.title for row in words.dates(two.id)] == ["Early flow", "Early flow"]
    assert [row.title for row in words.dates(first)] == ["Yoga"]


def test_editing_one_session_tells_those_who_booked(world: World, client: PolicingClient) -> None:
    session_id = world.make()
    words.book(session_id)
    page = client.page(at(session_id, "edit"))
    assert "1 person is booked" in page.text
    form = form_of(page, "/edit")
    assert client.submit(form, max_participants="0").status_code == 422
    answer = client.submit(form, time="12:00", max_participants="1")
    assert "Everybody who booked is told: time." in client.page(answer.location).text
    assert cast.session_row(session_id).scheduled_at == IN_THREE_DAYS + timedelta(hours=2)
    assert "changed time, places" in client.page(at(session_id)).text


def test_a_substitute_is_chosen(world: World, client: PolicingClient) -> None:
    session_id = world.make()
    form = form_of(client.page(at(session_id, "host")), "/host")
    assert [option.text for option in form.select("option")] == ["Dana Scott"]
    world.make(host_id=world.dana, title="Concert")
    assert "“Concert” is at that time" in client.submit(form).text
    assert cast.session_row(session_id).host_id == world.ada
    later = world.make(IN_THREE_DAYS + timedelta(hours=3))
    assert client.submit(form_of(client.page(at(later, "host")), "/host")).status_code == 303
    assert cast.session_row(later).host_id == world.dana


def test_drafts_are_deleted_after_asking(world: World, client: PolicingClient) -> None:
    session_id = world.make(publishes=False)
    form = form_of(client.page(at(session_id, "delete")), "/delete")
    assert client.submit(form).status_code == 303
    assert client.get(at(session_id)).status_code == 404


def test_a_duplicate_begins_a_week_later(world: World, client: PolicingClient) -> None:
    session_id = world.make(title="Handstands", max_participants=7)
    answer = client.get(at(session_id, "duplicate"))
    page = client.page(answer.location)
    assert page.select_one("#title")["value"] == "Handstands"  # type: ignore[index]
    assert page.select_one("#date")["value"] == "2026-03-12"  # type: ignore[index]
    assert page.select_one("#time")["value"] == "10:00"  # type: ignore[index]
    assert page.select_one("#max_participants")["value"] == "7"  # type: ignore[index]


def test_a_duplicate_stays_in_its_organization_whichever_one_is_chosen(world: World, client: PolicingClient) -> None:
    """Ada owns a second business, which her lists show when she opens a session of the first."""
    session_id = world.make(title="Handstands", max_participants=7)
    elsewhere = cast.organization("elsewhere")
    cast.membership(elsewhere, world.ada)
    cast.offering(elsewhere, title="Pottery")
    cast.sign_in(client, world.ada, elsewhere)
    assert "Pottery" in client.page(f"{P}/sessions/new").text
    address = client.get(at(session_id, "duplicate")).location
    page = client.page(address)
    assert "Pottery" not in page.text
    assert page.select_one("#title")["value"] == "Handstands"  # type: ignore[index]
    form = page.select_one("#session-form")
    assert form
    for typed in ({"do": "check"}, {"title": "", "do": "draft"}):
        again = BeautifulSoup(client.submit(form, **typed).text, "html.parser").select_one("#session-form")
        assert again
        assert again["action"] == form["action"]
    made = client.submit(form, do="draft")
    assert made.status_code == 303, made.text
    copy = cast.session_row(uuid.UUID(made.location.rsplit("/", 1)[1]))
    assert (copy.organization_id, copy.max_participants) == (world.organization_id, 7)


def test_another_offering_on_a_duplicate_is_one_of_the_same_organization(world: World, client: PolicingClient) -> None:
    session_id = world.make(title="Handstands")
    boxing = cast.offering(world.organization_id, title="Boxing")
    elsewhere = cast.organization("elsewhere")
    cast.membership(elsewhere, world.ada)
    cast.sign_in(client, world.ada, elsewhere)
    blank = values_of(form_of(client.page(f"{P}/sessions/new?copy={session_id}"), f"/new?copy={session_id}"))
    sent = blank | {"offering_id": str(boxing)}
    refilled = client.htmx(f"{P}/sessions/new/fill?copy={session_id}", method="POST", data=sent).text
    titles = [option.text for option in BeautifulSoup(refilled, "html.parser").select("#offering_id option")]
    assert sorted(titles) == ["Boxing", "Yoga"]


def test_another_offering_fills_in_what_nobody_typed(world: World, client: PolicingClient) -> None:
    boxing = cast.offering(world.organization_id, title="Boxing", duration_minutes=90, capacity=4, description="Gloves")
    form = form_of(client.page(f"{P}/sessions/new?offering_id={world.offering_id}"), "/new")
    typed = {"title": "My own title", "notes": "Typed", "time": "half past", "max_participants": "7"}
    sent = values_of(form) | typed | {"offering_id": str(boxing)}
    for _ in range(2):
        page = soup_of(client.htmx(f"{P}/sessions/new/fill", method="POST", data=sent))
        sent = values_of(page.select_one("form") or page)
        assert {name: sent[name].strip() for name in typed} == typed
        assert (sent["duration_minutes"], sent["description"].strip(), sent["offering_id"]) == (
            "90", "Gloves", str(boxing),
        )  # fmt: skip


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("do", "count", "words"),
    [
        ("publish", "", "Published: people can book it now."),
        ("draft", "", "Saved as a draft."),
        ("publish", "3", "Published: people can book 3 dates now."),
        ("draft", "3", "Saved as drafts: 3 dates."),
    ],
)
def test_saving_says_how_much_was_made(world: World, client: PolicingClient, do: str, count: str, words: str) -> None:
    form = form_of(client.page(f"{P}/sessions/new"), "/new")
    day = FIRST.isoformat()
    series = {"repeats": "weekly", "ends": "count", "count": count} if count else {}
    saved = client.submit(form, date=day, time="10:00", do=do, **series)
    assert saved.status_code == 303, soup_of(saved).select(".field-error")
    assert words in client.page(saved.location).select_one("#flash").text  # type: ignore[union-attr]


def test_all_drafts_of_a_series_are_published_together(world: World, client: PolicingClient) -> None:
    first = world.make(weekly(FIRST, count=3), publishes=False)
    page = client.page(at(first))
    assert "Publish all 3 drafts" in page.text
    client.post(at(first, "publish"), data={"scope": "all"})
    assert {row.status for row in words.dates(first)} == {"scheduled"}


def test_a_meeting_is_shown_and_sent_on_to_the_meetings_page(world: World, client: PolicingClient) -> None:
    offering_id = cast.meeting_offering(world.organization_id)
    meeting = cast.session(world.organization_id, world.ada, offering_id, type="meeting", max_participants=1)
    page = client.page(at(meeting))
    assert "Open in meetings" in page.text
    for part in ("edit", "cancel", "host"):
        assert client.get(at(meeting, part)).status_code == 404, part
