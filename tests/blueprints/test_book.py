"""The public pages: schedule, session, host, times. Booked as a guest without script does."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select

from liveapp.domain.bookings.models import Booking
from tests import cast
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)  # where the test clock stands: a Tuesday
DETAILS = {"name": "Ben Okafor", "email": "ben@example.com"}


@dataclass
class World:
    organization_id: uuid.UUID
    ada: uuid.UUID
    offering_id: uuid.UUID

    def session(self, **values: Any) -> uuid.UUID:
        start = values.pop("starts_at", NOW + timedelta(days=2))
        return cast.session(self.organization_id, self.ada, self.offering_id, start, **values)


@pytest.fixture
def world(clock: Clock) -> World:
    organization_id = cast.organization(description="By the water")
    return World(organization_id, cast.staff(organization_id), cast.offering(organization_id))


def number_of_bookings() -> int:
    return int(cast.one(select(func.count()).select_from(Booking))[0])


def test_the_schedule_shows_the_next_seven_days(world: World, client: PolicingClient) -> None:
    world.session(title="Thursday yoga")
    world.session(title="Far away", starts_at=NOW + timedelta(days=9))
    page = client.page("/book/studio")
    assert "Thursday yoga" in page.text
    assert "Far away" not in page.text
    assert "Thursday 5 March" in page.text


def test_drafts_meetings_deleted_and_past_sessions_are_not_shown(world: World, client: PolicingClient) -> None:
    world.session(title="Draft", status="draft")
    world.session(title="Gone", status="cancelled", deleted_at=NOW, starts_at=NOW + timedelta(days=3))
    world.session(title="Past", starts_at=NOW - timedelta(hours=3))
    page = client.page("/book/studio")
    assert not {"Draft", "Gone", "Past"} & set(page.text.split())
    assert "No sessions on these days" in page.text


@pytest.mark.parametrize("kind", ["class", "meeting"])
def test_a_key_counts_only_from_the_browser_that_made_it(
    world: World, client: PolicingClient, new_client: Callable[[], PolicingClient], offering_slug: str, kind: str
) -> None:
    """Whoever learns a form's key and the address that was typed isn't led to the booking: its holder has a mail."""
    meeting = f"/book/studio/with/ada/{offering_slug}?start=2026-03-04T09:00Z"
    path = f"/book/studio/sessions/{world.session()}" if kind == "class" else meeting
    typed = {"name": "Ben", "email": "ben@example.com", "key": str(uuid.uuid4())}
    mine = client.post(path, data=typed)
    assert mine.location.startswith("/bookings/")
    again = client.post(path, data=typed)
    assert again.location.startswith("/bookings/"), "a double click is answered twice"
    before = Counter(cast.mails())
    stranger = new_client()
    answer = stranger.post(path, data=typed)
    assert (answer.status_code, answer.location) == (200, None)
    assert "/bookings/" not in answer.text
    assert "We have sent the details" in answer.text
    assert Counter(cast.mails()) - before == Counter([("already_booked", "ben@example.com")])
    assert number_of_bookings() == 1


def test_an_empty_week_leads_to_the_next_session(world: World, client: PolicingClient) -> None:
    world.session(starts_at=NOW + timedelta(days=20), title="Later")
    link = client.page("/book/studio").find("a", string="Go to Monday 23 March")
    assert link is not None
    assert "Later" in client.page(str(link["href"])).text


def test_the_times_are_the_visitors(world: World, client: PolicingClient) -> None:
    world.session(starts_at=datetime(2026, 3, 5, 23, 30, tzinfo=UTC), title="Late")
    berlin = client.page("/book/studio?tz=Europe/Berlin").text
    assert "Friday 6 March" in berlin
    new_york = client.page("/book/studio?tz=America/New_York").text
    assert "Thursday 5 March" in new_york
    assert "Thursday 5 March" in client.page("/book/studio").text  # the choice is kept


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=yoga", True),
        ("q=YOGA", True),
        ("q=%25", False),
        ("q=box", False),
        ("format=online", False),
        ("host=ada", True),
    ],
)
def test_filters(world: World, client: PolicingClient, query: str, found: bool) -> None:
    world.session(title="Gentle yoga")
    assert ("Gentle yoga" in client.page(f"/book/studio?{query}").text) is found


def test_htmx_gets_the_schedule_alone(world: World, client: PolicingClient) -> None:
    world.session(title="Gentle yoga")
    part = client.htmx("/book/studio?q=yoga")
    assert part.text.lstrip().startswith('<div id="schedule"')
    assert part.headers["Vary"] == "HX-Request, Cookie" or "HX-Request" in part.headers["Vary"]


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "query", ["week=nonsense", "day=2026-99-99", "week=9999-12-31", "tz=Mars/Base", "q=%00", "day=0001-01-01"]
)
def test_odd_addresses_show_the_schedule(world: World, client: PolicingClient, query: str) -> None:
    assert client.page(f"/book/studio?{query}").find(id="schedule")


def test_one_and_three_sessions_take_the_same_queries(
    world: World, client: PolicingClient, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    world.session()
    with count_queries() as one:
        client.page("/book/studio")
    for hours in (2, 4):
        world.session(starts_at=NOW + timedelta(days=2, hours=hours))
    with count_queries() as three:
        client.page("/book/studio")
    assert len(one) == len(three) <= 5


def test_an_unknown_organization_is_not_found(client: PolicingClient) -> None:
    assert "no organization at this address" in client.page("/book/nobody", status=404).text


def test_a_guest_books_a_place(world: World, client: PolicingClient) -> None:
    session_id = world.session()
    page = client.page(f"/book/studio/sessions/{session_id}")
    assert "20 places left" in page.text
    assert "cancel free of charge until Wed 4 March" in page.text
    answer = client.submit(page.find(id="booking-form"), **DETAILS)  # type: ignore[arg-type]
    assert answer.status_code == 303
    booked = client.page(answer.headers["Location"])
    assert "You are booked" in booked.text
    assert number_of_bookings() == 1


def test_an_address_that_is_booked_already_is_told_by_mail_alone(
    world: World, client: PolicingClient, new_client: Callable[[], PolicingClient], clock: Clock
) -> None:
    """Whoever types an address reads neither that it has a place nor whose it is; its owner gets the way to it."""
    path = f"/book/studio/sessions/{world.session()}"
    client.submit(client.page(path).find(id="booking-form"), **DETAILS)  # type: ignore[arg-type]
    for minutes, reminders in ((0, 1), (30, 1), (31, 2)):
        clock.advance(minutes=minutes)
        stranger = new_client()
        form = stranger.page(path).find(id="booking-form")
        answer = stranger.submit(form, name="Mallory", email="BEN@example.com")  # type: ignore[arg-type]
        assert answer.status_code == 200
        assert "sent the details of this session to ben@example.com" in plain(answer.text)
        assert not {"booked", "already", "place", "Okafor"} & set(plain(answer.text).split())
        assert cast.mails().count(("already_booked", "ben@example.com")) == reminders
    assert number_of_bookings() == 1


def test_the_browser_that_booked_is_led_to_its_booking(world: World, client: PolicingClient) -> None:
    path = f"/book/studio/sessions/{world.session()}"
    first, again = (
        client.submit(client.page(path).find(id="booking-form"), **DETAILS).headers["Location"]  # type: ignore[arg-type]
        for _ in range(2)
    )
    assert again.partition(".")[0] == first.partition(".")[0], "the same booking, whenever it was signed"
    assert number_of_bookings() == 1
    assert ("already_booked", "ben@example.com") not in cast.mails()


def test_a_signed_in_person_is_told_on_the_page(world: World, client: PolicingClient) -> None:
    path = f"/book/studio/sessions/{world.session()}"
    ben = cast.user("Ben Okafor")
    cast.sign_in(client, ben)
    form = client.page(path).find(id="booking-form")
    client.submit(form)  # type: ignore[arg-type]
    answer = client.post(path, data=DETAILS)
    assert answer.status_code == 409
    assert "You are booked into this session." in answer.text
    assert ("already_booked", "ben@example.com") not in cast.mails()


def plain(html: str) -> str:
    """What is read in the page's main part, with single spaces."""
    main = BeautifulSoup(html, "html.parser").main
    assert main
    return " ".join(main.text.split())


def test_sending_the_form_twice_is_one_booking(world: World, client: PolicingClient) -> None:
    form = client.page(f"/book/studio/sessions/{world.session()}").find(id="booking-form")
    first, second = (client.submit(form, **DETAILS) for _ in range(2))  # type: ignore[arg-type]
    assert first.headers["Location"].split("?")[0][:40] == second.headers["Location"].split("?")[0][:40]
    assert number_of_bookings() == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "ben@nowhere", "It looks like name@example.com"),
        ("email", "", "Enter your e-mail"),
        ("name", "   ", "Enter your name"),
        ("name", "x" * 101, "shorten it to 100"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    world: World, client: PolicingClient, field: str, value: str, sentence: str
) -> None:
    form = client.page(f"/book/studio/sessions/{world.session()}").find(id="booking-form")
    answer = client.submit(form, **DETAILS | {"message": "I am new", field: value})  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "I am new" in answer.text
    assert number_of_bookings() == 0


def test_a_full_session_offers_the_waiting_list(world: World, client: PolicingClient) -> None:
    session_id = world.session(max_participants=1)
    for number, words in enumerate(("Book now", "Join the waiting list")):
        page = client.page(f"/book/studio/sessions/{session_id}")
        assert words in page.text
        client.submit(page.find(id="booking-form"), name="Guest", email=f"guest{number}@example.com")  # type: ignore[arg-type]
    assert cast.session_row(session_id).waiting_count == 1


@pytest.mark.parametrize(
    "values", [{"status": "draft"}, {"type": "meeting"}, {"deleted_at": NOW, "status": "cancelled"}]
)
def test_what_is_not_public_is_not_found(world: World, client: PolicingClient, values: dict[str, Any]) -> None:
    client.page(f"/book/studio/sessions/{world.session(**values)}", status=404)


def test_a_session_is_found_at_its_own_organization_only(world: World, client: PolicingClient) -> None:
    cast.organization("elsewhere")
    session_id = world.session()
    client.page(f"/book/elsewhere/sessions/{session_id}", status=404)
    answer = client.post(f"/book/elsewhere/sessions/{session_id}", data=DETAILS)
    assert answer.status_code == 404
    assert number_of_bookings() == 0


def test_a_cancelled_session_says_so(world: World, client: PolicingClient) -> None:
    session_id = world.session(status="cancelled", cancel_reason="Burst pipe")
    page = client.page(f"/book/studio/sessions/{session_id}").text
    assert "This session was cancelled" in page
    assert "Burst pipe" in page


@pytest.fixture
def offering_slug(world: World) -> str:
    cast.weekly_hours(world.organization_id, world.ada)
    cast.meeting_offering(world.organization_id, slug="talk", durations=[30, 60], topic_type="flexible")
    return "talk"


def test_a_guest_books_a_time(world: World, client: PolicingClient, offering_slug: str) -> None:
    client.get("/book/studio?tz=Europe/London")
    host = client.page("/book/studio/with/ada")
    assert f"/book/studio/with/ada/{offering_slug}" in str(host)
    times = client.page(f"/book/studio/with/ada/{offering_slug}?day=2026-03-04")
    slot = times.find("a", class_="slot")
    assert slot is not None
    assert slot.text == "08:00" or slot.text.startswith("8:00")
    chosen = client.page(str(slot["href"]).split("#")[0])
    answer = client.submit(chosen.find(id="booking-form"), **DETAILS, suggested_topic="Fractions")  # type: ignore[arg-type]
    assert answer.status_code == 303
    assert "You are booked" in client.page(answer.headers["Location"]).text
    booking = cast.one(select(Booking.suggested_topic, Booking.timezone))
    assert booking == ("Fractions", "Europe/London")


def test_a_time_that_is_gone_shows_the_nearest(world: World, client: PolicingClient, offering_slug: str) -> None:
    address = f"/book/studio/with/ada/{offering_slug}?start=2026-03-04T09:00Z"
    form = client.page(address).find(id="booking-form")
    client.submit(form, name="First", email="first@example.com")  # type: ignore[arg-type]
    answer = client.submit(form, **DETAILS)  # type: ignore[arg-type]
    assert answer.status_code == 409
    assert "taken a moment ago" in answer.text
    assert answer.text.count("start=2026-03-0") >= 3
    assert number_of_bookings() == 1


def test_a_shorter_length_can_be_chosen(world: World, client: PolicingClient, offering_slug: str) -> None:
    page = client.page(f"/book/studio/with/ada/{offering_slug}?duration=30&day=2026-03-04")
    assert len(page.find_all("a", class_="slot")) == 16


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "query",
    [
        "start=nonsense",
        "start=2026-03-04T09:07Z",
        "month=2026-13",
        "month=0000-00",
        "day=x",
        "duration=7",
        "duration=x",
    ],
)
def test_odd_times_show_the_page(world: World, client: PolicingClient, offering_slug: str, query: str) -> None:
    assert client.page(f"/book/studio/with/ada/{offering_slug}?{query}").find(id="times")


def test_hosts_and_offerings_of_others_are_not_found(world: World, client: PolicingClient, offering_slug: str) -> None:
    elsewhere = cast.organization("elsewhere")
    cast.staff(elsewhere, "Cy Young")
    client.page("/book/studio/with/cy", status=404)
    client.page(f"/book/elsewhere/with/cy/{offering_slug}", status=404)
    client.page("/book/studio/with/ada/nothing", status=404)


@pytest.mark.parametrize(
    ("provider", "place", "said"),
    [
        ("none", "in_person", "€18.00, paid directly to Studio"),
        ("none", "online", "€18.00, paid directly to Studio"),
        ("desk", "in_person", "€18.00, at the desk"),
        ("desk", "online", "€18.00, directly to Studio"),
    ],
)
def test_who_is_owed_a_price_that_is_not_paid_by_card(
    client: PolicingClient, clock: Clock, provider: str, place: str, said: str
) -> None:
    organization_id = cast.organization(payment_provider=provider)
    ada = cast.staff(organization_id)
    offering_id = cast.offering(organization_id, price_minor=1800)
    session_id = cast.session(organization_id, ada, offering_id, price_minor=1800, format=place)
    page = client.page(f"/book/studio/sessions/{session_id}")
    assert ("paid directly to Studio" in page.text) == (provider == "none")
    answer = client.submit(page.select_one("#booking-form"), name="Ben", email="ben@example.com")
    assert said in " ".join(client.page(answer.headers["Location"]).text.split())
