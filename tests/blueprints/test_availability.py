"""The availability pages: hours, dates, rules, the guest's view, why a time is missing, and who may change what."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from bs4 import Tag
from sqlalchemy import select

from liveapp.domain.actor import Actor
from liveapp.domain.availability import exceptions, queries
from liveapp.domain.availability.exceptions import Dates
from liveapp.domain.availability.models import BookingRules, Closure, Travel
from liveapp.domain.catalogue.models import Location
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.service import Time
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web.navigation import P
from tests import cast
from tests.cast import BEN
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient, soup_of

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
TEN = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)  # Wednesday, 10:00 in Berlin
PAGE = f"{P}/availability"
MADRID = {"timezone": "Europe/Madrid"}


@dataclass
class Studio:
    id: uuid.UUID
    ada: uuid.UUID
    dora: uuid.UUID
    offering_id: uuid.UUID

    def week(self, host_id: uuid.UUID) -> list[tuple[int, int, int]]:
        cast.db.session.rollback()
        rules = queries.weekly_rules(organization_id=self.id, host_id=host_id)
        return [(rule.day_of_week, rule.start_time, rule.end_time) for rule in rules if rule.is_active]

    def book(self, start: datetime = TEN, **more: Any) -> uuid.UUID:
        values: dict[str, Any] = {
            "organization_id": self.id, "offering_id": self.offering_id, "host_id": self.ada,
            "time": Time(start), "person": BEN, "now": NOW,
        }  # fmt: skip
        return transact_in_turn([self.ada], meetings.book_slot, **(values | more))


@pytest.fixture
def studio(clock: Clock, client: PolicingClient) -> Studio:
    """Ada owns it and works from 9 to 17, Dora coaches; the browser is Ada's."""
    organization_id = cast.organization()
    ada, dora = cast.staff(organization_id), cast.staff(organization_id, "Dora Maar", "coach")
    cast.weekly_hours(organization_id, ada)
    cast.sign_in(client, ada)
    offering_id = cast.meeting_offering(organization_id, slug="consultation", price_minor=4500, durations=[60, 30])
    return Studio(organization_id, ada, dora, offering_id)


@pytest.fixture
def coach(studio: Studio, new_client: Callable[[], PolicingClient]) -> PolicingClient:
    """Dora's browser."""
    made = new_client()
    cast.sign_in(made, studio.dora)
    return made


@pytest.fixture
def stranger(studio: Studio, new_client: Callable[[], PolicingClient]) -> PolicingClient:
    """Cy's browser, owner of another organization."""
    made = new_client()
    cast.sign_in(made, cast.staff(cast.organization("elsewhere"), "Cy Young"))
    return made


def form_of(client: PolicingClient, query: str, action: str) -> Tag:
    found = client.page(PAGE + query).select_one(f"#main form[action$='{action}'], #main form[action*='{action}?']")
    assert found is not None
    return found


def plain(element: Tag | None) -> str:
    assert element is not None
    return " ".join(element.text.replace("\u202f", " ").split())


def why(client: PolicingClient, day: str = "2026-03-04", **more: str) -> dict[str, str]:
    """The lines of the explanation: start → what is said of it."""
    query = "&".join(f"{name}={value}" for name, value in ({"day": day} | more).items())
    rows = client.page(f"{PAGE}/why?{query}").select("#why tbody tr")
    return {plain(row.select_one("th")): plain(row.select_one("td")) for row in rows}


def test_a_day_is_a_line_and_opens_as_a_form(client: PolicingClient, studio: Studio) -> None:
    page = client.page(PAGE)
    assert len(page.select("#hours .row")) == 7
    assert page.select_one("#hours form[action$='/hours/0']") is None
    link = page.select_one("#day-0 .row-link")
    assert link is not None
    opened = client.page(str(link["href"])).select_one("#day-0 form")
    assert opened is not None
    assert opened.select_one("input[name=windows-0-start]")["value"] == "09:00"


def test_a_day_is_saved_without_script(client: PolicingClient, studio: Studio) -> None:
    form = form_of(client, "?edit=0", "/hours/0")
    assert client.submit(form, **{"windows-0-end": "12:00", "also": ["2"]}).location == PAGE
    assert [one for one in studio.week(studio.ada) if one[0] in (0, 2)] == [(0, 540, 720), (2, 540, 720)]
    assert "Monday and the chosen days are saved." in client.page(PAGE).text


def test_windows_are_added_and_removed_in_the_form(client: PolicingClient, studio: Studio) -> None:
    form = form_of(client, "?edit=0", "/hours/0")
    more = client.submit(form, **{"windows-0-end": "12:00", "add": "1"})
    assert more.status_code == 200
    assert studio.week(studio.ada)[0] == (0, 540, 1020)
    typed = soup_of(more).select_one("#day-0 form")
    assert typed.select_one("input[name=windows-0-end]")["value"] == "12:00"
    client.submit(typed, **{"windows-1-start": "13:00", "windows-1-end": "00:00", "windows-1-is_active": "y"})
    assert studio.week(studio.ada)[:2] == [(0, 540, 720), (0, 780, 1440)]
    less = client.submit(form_of(client, "?edit=0", "/hours/0"), drop="0")
    client.submit(soup_of(less).select_one("#day-0 form"))
    assert studio.week(studio.ada)[0] == (0, 780, 1440)


def test_all_hours_of_a_day_are_removed(client: PolicingClient, studio: Studio) -> None:
    less = client.submit(form_of(client, "?edit=6", "/hours/6"), drop="0")
    client.submit(soup_of(less).select_one("#day-6 form"))
    assert [day for day, *_ in studio.week(studio.ada)] == [0, 1, 2, 3, 4, 5]


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"windows-0-start": ""}, "Enter when these hours start."),
        ({"windows-0-end": "25:00"}, "Enter a time of day like 09:30"),
        ({"windows-0-duration": "600"}, "Enter a whole number from 5 to 240 minutes."),
        ({"windows-0-duration": "NaN"}, "Enter a whole number from 5 to 240 minutes."),
        ({"windows-0-end": "09:30", "windows-0-duration": "60"}, "60 minutes don't fit into these hours."),
        ({"windows-0-price": "free"}, "Enter an amount in EUR like 45.00"),
        ({"windows-0-price": "-1"}, "Enter an amount in EUR like 45.00"),
        ({"windows-0-price": "45.001"}, "Enter an amount in EUR like 45.00"),
        ({"windows-0-price": "1e9"}, "Enter an amount in EUR like 45.00"),
        ({"also": "7"}, "Choose from the list."),
    ],
)
def test_what_is_wrong_with_a_day_is_said_at_its_field(
    client: PolicingClient, studio: Studio, values: dict[str, str], words: str
) -> None:
    before = studio.week(studio.ada)
    response = client.submit(form_of(client, "?edit=0", "/hours/0"), **values)
    assert response.status_code == 422
    assert words in " ".join(error.text.strip() for error in soup_of(response).select(".field-error"))
    assert studio.week(studio.ada) == before


def test_overlapping_windows_are_named(client: PolicingClient, studio: Studio) -> None:
    typed = {"windows-1-start": "12:00", "windows-1-end": "13:00", "windows-1-is_active": "y"}
    response = client.submit(form_of(client, "?edit=0", "/hours/0"), **typed)
    assert response.status_code == 422
    assert "Monday 09:00–17:00 and Monday 12:00–13:00 overlap." in response.text


def test_a_price_is_kept_in_the_currencys_own_units(client: PolicingClient, studio: Studio) -> None:
    client.submit(form_of(client, "?edit=0", "/hours/0"), **{"windows-0-price": "20,50"})
    cast.db.session.rollback()
    assert queries.weekly_rules(organization_id=studio.id, host_id=studio.ada)[0].price_minor == 2050
    form = form_of(client, "?edit=0", "/hours/0")
    assert form.select_one("input[name=windows-0-price]")["value"] == "20.50"


def test_a_day_is_turned_off_by_htmx_and_the_preview_told(client: PolicingClient, studio: Studio) -> None:
    response = client.htmx(f"{PAGE}/hours/0/off", method="POST")
    assert response.headers["HX-Trigger"] == '{"availability-changed": true}'
    assert "Turn on" in response.text
    assert 0 not in [day for day, *_ in studio.week(studio.ada)]


def test_a_refused_day_comes_back_alone_for_htmx(client: PolicingClient, studio: Studio) -> None:
    response = client.htmx(f"{PAGE}/hours/0", method="POST", data={"windows-0-start": "x"})
    assert response.status_code == 422
    assert response.text.lstrip().startswith('<li class="row row-tight" id="day-0">')


def test_there_is_no_eighth_day(client: PolicingClient, studio: Studio) -> None:
    assert client.post(f"{PAGE}/hours/7").status_code == 404
    assert client.post(f"{PAGE}/hours/7/off").status_code == 404


def test_booking_rules_are_saved_in_the_unit_of_the_form(client: PolicingClient, studio: Studio) -> None:
    form = form_of(client, "?view=rules", "/rules")
    typed = {
        "notice": "2",
        "notice_unit": "1440",
        "buffer_after": "15",
        "max_per_day": "4",
        "timezone": "Europe/Madrid",
    }
    assert client.submit(form, **typed).status_code == 303
    saved = cast.one(
        select(
            BookingRules.min_lead_minutes, BookingRules.buffer_after, BookingRules.max_per_day, BookingRules.timezone
        ).where(BookingRules.host_id == studio.ada)
    )
    assert tuple(saved) == (2880, 15, 4, "Europe/Madrid")
    again = form_of(client, "?view=rules", "/rules")
    assert again.select_one("input[name=notice]")["value"] == "2"
    assert again.select_one("select[name=notice_unit] option[selected]")["value"] == "1440"


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"notice": ""}, "Enter how much notice you need; 0 for none."),
        ({"notice": "1e9"}, "Enter a whole number from 0 to 8760."),
        ({"notice": "400", "notice_unit": "1440"}, "Enter at most a year."),
        ({"buffer_before": "-5"}, "Enter a whole number from 0 to 1440."),
        ({"max_per_day": "0"}, "Enter a whole number from 1 to 100."),
        ({"timezone": "Mars/Olympus"}, "Choose one from the list."),
        ({"horizon_days": ""}, "Enter how many days, like 60."),
        ({"horizon_kind": "range"}, "Give a first and a last day"),
        ({"horizon_kind": "never"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_with_the_rules_is_said_at_its_field(
    client: PolicingClient, studio: Studio, values: dict[str, str], words: str
) -> None:
    response = client.submit(form_of(client, "?view=rules", "/rules"), **values)
    assert response.status_code == 422
    assert words in " ".join(error.text.strip() for error in soup_of(response).select(".field-error"))


def test_a_day_off_is_added_shown_and_removed(client: PolicingClient, studio: Studio) -> None:
    form = form_of(client, "?view=dates&day=2026-03-05", "/exceptions")
    assert client.submit(form, note="Family").status_code == 303
    page = client.page(f"{PAGE}?view=dates&month=2026-03")
    day = page.select_one("a.day[aria-label='Thursday 5 March, day off']")
    assert day is not None
    assert (day["data-state"], "Family" in page.text) == ("off", True)
    remove = page.select_one("form[action$='/remove']")
    assert remove is not None
    client.submit(remove)
    assert client.page(f"{PAGE}?view=dates&month=2026-03").select_one("a.day[data-state=off]") is None


def test_other_hours_with_a_break_and_hours_off(client: PolicingClient, studio: Studio) -> None:
    typed = {"kind": "hours", "start": "10:00", "end": "12:00", "second_start": "14:00", "second_end": "15:00"}
    client.submit(form_of(client, "?view=dates&day=2026-03-05", "/exceptions"), **typed)
    typed = {"kind": "time_off", "start": "09:00", "end": "12:00"}
    client.submit(form_of(client, "?view=dates&day=2026-03-06", "/exceptions"), **typed)
    page = client.page(f"{PAGE}?view=dates")
    assert "10:00–12:00, 14:00–15:00 instead of the usual hours" in page.text
    assert [day.text for day in page.select("a.day[data-state=override]")] == ["5", "6"]
    offered = [start for start, said in why(client, "2026-03-05").items() if "Offered" in said]
    assert offered == ["10:00 AM", "11:00 AM", "2:00 PM"]


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"first_day": ""}, "Choose a day."),
        ({"first_day": "2026-02-30"}, "Enter a date like"),
        ({"first_day": "2026-03-01"}, "Those days are over already."),
        ({"last_day": "2026-03-01"}, "The last day is before the first."),
        ({"kind": "hours"}, "Enter a start time."),
        ({"kind": "time_off", "start": "10:00"}, "Enter an end time."),
        ({"kind": "time_off", "start": "10:00", "end": "09:00"}, "This ends before it starts."),
        ({"kind": "hours", "start": "10:00", "end": "11:00", "second_start": "10:30"}, "Enter both times"),
        (
            {"kind": "hours", "start": "10:00", "end": "12:00", "second_start": "11:00", "second_end": "13:00"},
            "10:00–12:00 and 11:00–13:00 overlap.",
        ),
        ({"note": "x" * 200}, "shorten it to 120 characters"),
    ],
)
def test_what_is_wrong_with_an_exception_is_said_at_its_field(
    client: PolicingClient, studio: Studio, values: dict[str, str], words: str
) -> None:
    response = client.submit(form_of(client, "?view=dates&day=2026-03-05", "/exceptions"), **values)
    assert response.status_code == 422
    assert words in " ".join(error.text.strip() for error in soup_of(response).select(".field-error"))


def test_a_journey_is_added_and_removed(client: PolicingClient, studio: Studio) -> None:
    form = form_of(client, "?view=dates", "/journeys")
    typed = {"journey-timezone": "America/New_York", "journey-first_day": "2026-03-04"}
    assert client.submit(form, **typed).status_code == 303
    page = client.page(f"{PAGE}?view=dates")
    assert "New York time" in page.text
    assert "until further notice" in page.text
    remove = page.select_one("form[action*='/journeys/']")
    assert remove is not None
    client.submit(remove)
    assert "until further notice" not in client.page(f"{PAGE}?view=dates").text


def test_a_second_journey_on_the_same_days_is_refused(client: PolicingClient, studio: Studio) -> None:
    typed = {"journey-timezone": "America/New_York", "journey-first_day": "2026-03-04"}
    for status in (303, 422):
        assert client.submit(form_of(client, "?view=dates", "/journeys"), **typed).status_code == status


def test_an_owner_runs_anybodys_availability(client: PolicingClient, studio: Studio) -> None:
    form = form_of(client, "?host=dora&edit=3", "/hours/3")
    client.submit(form)
    assert studio.week(studio.dora) == [(3, 540, 1020)]
    assert "Dora Maar’s availability" in client.page(f"{PAGE}?host={studio.dora}").text
    assert client.get(f"{PAGE}?host=nobody").status_code == 404


def test_a_coach_runs_only_their_own(client: PolicingClient, studio: Studio, coach: PolicingClient) -> None:
    coach.submit(form_of(coach, "?edit=3", "/hours/3"))
    assert studio.week(studio.dora) == [(3, 540, 1020)]
    override_id, travel_id = exceptions_of(studio)
    for path in ("", "/why", "/preview", "/hours/0"):
        assert coach.get(f"{PAGE}{path}?host=ada").status_code == 403
    for path in ("/hours/0", "/hours/0/off", "/rules", "/exceptions", "/journeys"):
        assert coach.post(f"{PAGE}{path}?host=ada").status_code == 403
    assert coach.post(f"{PAGE}/exceptions/{override_id}/remove").status_code == 403
    assert coach.post(f"{PAGE}/journeys/{travel_id}/remove").status_code == 403
    assert len(studio.week(studio.ada)) == 7


def test_strangers_find_nothing(client: PolicingClient, studio: Studio, stranger: PolicingClient) -> None:
    override_id, travel_id = exceptions_of(studio)
    assert stranger.get(f"{PAGE}?host=ada").status_code == 404
    assert stranger.post(f"{PAGE}/rules?host={studio.ada}").status_code == 404
    assert stranger.post(f"{PAGE}/exceptions/{override_id}/remove").status_code == 404
    assert stranger.post(f"{PAGE}/journeys/{travel_id}/remove").status_code == 404


def test_members_are_refused(studio: Studio, new_client: Callable[[], PolicingClient]) -> None:
    member = cast.user("Ben Okafor")
    cast.membership(studio.id, member, "member")
    browser = new_client()
    cast.sign_in(browser, member, studio.id)
    assert browser.get(PAGE, police=False).status_code == 403


def test_the_preview_shows_times_in_the_guests_zone(client: PolicingClient, studio: Studio) -> None:
    preview = soup_of(client.htmx(f"{PAGE}/preview?zone=America/New_York&week=2026-03-04"))
    days = preview.select("ul > li")
    assert len(days) == 7
    assert days[0].select_one("a")["aria-label"] == "Why times are missing on Wednesday 4 March"
    assert plain(days[0].select_one(".badge")) == "3:00 AM"


def test_the_preview_never_shows_what_is_taken(client: PolicingClient, studio: Studio) -> None:
    query = f"{PAGE}/preview?week=2026-03-04"
    before = len(soup_of(client.htmx(query)).select(".badge"))
    studio.book()
    assert len(soup_of(client.htmx(query)).select(".badge")) == before - 1


def test_without_an_offering_the_page_says_what_to_make(client: PolicingClient, clock: Clock) -> None:
    cast.sign_in(client, cast.staff(cast.organization()))
    assert "There is nothing to book yet" in client.page(PAGE).text
    assert "Nothing to book yet" in client.page(f"{PAGE}/why").text


def test_why_names_the_booking_and_the_class_behind_a_missing_time(client: PolicingClient, studio: Studio) -> None:
    booking_id = studio.book()
    session_id = cast.session(studio.id, studio.ada, cast.offering(studio.id), TEN + timedelta(hours=2))
    said = why(client)
    assert said["10:00 AM"] == "Taken: Consultation, Ben Okafor."
    assert said["12:00 PM"] == "Taken: Yoga, 12:00."
    assert said["11:00 AM"].startswith("Offered")
    page = client.page(f"{PAGE}/why?day=2026-03-04")
    assert page.select_one(f"a[href$='/meetings/{booking_id}']")
    assert page.select_one(f"a[href$='/sessions/{session_id}']")


def test_why_never_names_what_is_another_organizations(client: PolicingClient, studio: Studio) -> None:
    elsewhere = cast.organization("elsewhere")
    cast.membership(elsewhere, studio.ada, "coach", slug="ada", created_at=NOW + timedelta(days=1))
    cast.session(elsewhere, studio.ada, cast.offering(elsewhere, title="Secret"), TEN, title="Secret")
    assert why(client)["10:00 AM"] == "Taken: in another organization."


def test_why_says_each_rule(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    actor = Actor(studio.ada, Role.OWNER, studio.id)
    day = date(2026, 3, 6)
    transact(exceptions.take_days_off, host_id=studio.ada, dates=Dates(day, day), note="Family", actor=actor, now=NOW)
    cast.write(
        Closure, organization_id=studio.id, first_day=date(2026, 3, 9), last_day=date(2026, 3, 9), reason="Holiday",
        created_by=studio.ada, created_at=NOW,
    )  # fmt: skip
    assert why(client, "2026-03-02")["9:00 AM"] == "Passed."
    assert why(client, "2026-03-03")["11:00 AM"] == "Inside your 2 h notice."
    assert why(client, "2026-03-06")["9:00 AM"] == "Your time off: Family."
    assert why(client, "2026-03-09")["9:00 AM"] == "Closed: Holiday."
    assert why(client, "2026-06-01")["9:00 AM"] == "Outside the booking period: bookings open 60 days ahead."
    assert why(client, "2026-03-05", minutes="30")["4:30 PM"].startswith("Offered")


def test_why_says_limits_buffers_and_other_hours(client: PolicingClient, studio: Studio) -> None:
    form = form_of(client, "?view=rules", "/rules")
    client.submit(form, buffer_after="15", max_per_day="2", max_per_week="3", slot_interval="30")
    studio.book()
    assert why(client)["11:00 AM"] == "Too close to another one: Consultation, Ben Okafor."
    assert why(client)["4:30 PM"] == "1 h don't fit in before your hours end."
    studio.book(TEN + timedelta(hours=3), person=cast.guest(1))
    assert why(client)["3:00 PM"] == "Your limit of 2 a day is reached."
    studio.book(TEN + timedelta(days=1), person=cast.guest(2))
    assert why(client, "2026-03-06")["9:00 AM"] == "Your limit of 3 a week is reached."
    typed = {"kind": "hours", "start": "13:00", "end": "15:00"}
    client.submit(form_of(client, "?view=dates&day=2026-03-12", "/exceptions"), **typed)
    assert why(client, "2026-03-12")["9:00 AM"] == "This date has other hours than usual."


def test_why_says_that_a_room_is_in_use(client: PolicingClient, studio: Studio) -> None:
    room = cast.write(Location, organization_id=studio.id, name="Room", is_exclusive=True, created_at=NOW)
    massage = cast.meeting_offering(
        studio.id, slug="in-the-room", title="Massage", format="in_person", location_id=room
    )
    cast.weekly_hours(studio.id, studio.dora)
    studio.book(host_id=studio.dora, offering_id=massage)
    assert why(client, offering="in-the-room")["10:00 AM"] == "The place is in use: Massage, Ben Okafor."
    assert why(client, offering="consultation")["10:00 AM"].startswith("Offered")


def test_why_says_that_hours_are_off_or_for_another_length(client: PolicingClient, studio: Studio) -> None:
    client.submit(form_of(client, "?edit=2", "/hours/2"), **{"windows-0-duration": "30"})
    page = client.page(f"{PAGE}/why?day=2026-03-04&minutes=60").text
    assert "No hours on this weekday." in page
    assert "09:00–17:00 is only for meetings of 30 min." in page
    client.post(f"{PAGE}/hours/2/off")
    assert "09:00–17:00 is turned off." in client.page(f"{PAGE}/why?day=2026-03-04").text


def test_pages_cost_the_same_with_more_rows(
    client: PolicingClient, studio: Studio, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    paths = ("", "?view=dates", "/preview", "/why?day=2026-03-04")
    studio.book()

    def count() -> list[int]:
        counts = []
        for path in paths:
            with count_queries() as statements:
                client.get(PAGE + path)
            counts.append(len(statements))
        return counts

    with_one = count()
    for hour in (1, 2):
        studio.book(TEN + timedelta(hours=hour), person=cast.guest(hour))
    exceptions_of(studio)
    assert count() == with_one


def exceptions_of(studio: Studio) -> tuple[uuid.UUID, uuid.UUID]:
    """A day off and a journey of Ada's."""
    actor = Actor(studio.ada, Role.OWNER, studio.id)
    day = date(2026, 4, 1)
    override_id = transact(
        exceptions.take_days_off, host_id=studio.ada, dates=Dates(day, day), note="", actor=actor, now=NOW
    )
    values = {"first_day": day, "last_day": day, "timezone": "Asia/Tokyo"}
    cast.write(Travel, organization_id=studio.id, host_id=studio.ada, **values)
    return override_id, cast.one(select(Travel.id))[0]
