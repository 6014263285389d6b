"""The front page and what is a person's own: bookings over all organizations, settings, sign-ins."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from liveapp.domain.accounts.models import User
from liveapp.domain.bookings import own
from liveapp.web.signing import Purpose, unsign
from tests import cast
from tests.conftest import Clock
from tests.databases import Database
from tests.policing import PolicingClient


@pytest.fixture
def ben(client: PolicingClient, clock: Clock) -> uuid.UUID:
    """Ben books; the browser is his."""
    ben_id = cast.user("Ben Okafor", timezone="Europe/London")
    cast.sign_in(client, ben_id)
    return ben_id


def booked(organization: str, person: uuid.UUID, clock: Clock, hours: float, **values: object) -> uuid.UUID:
    organization_id = cast.organization(organization)
    host = cast.user(f"Host {organization}", f"host@{organization}.example.com")
    cast.membership(organization_id, host)
    session_id = cast.session(
        organization_id,
        host,
        cast.offering(organization_id),
        clock.now() + timedelta(hours=hours),
        title=f"At the {organization}",
    )
    return cast.booking(session_id, person, **{"created_at": clock.now()} | values)


def names(client: PolicingClient, path: str = "/my/bookings") -> list[str]:
    return [link.text for link in client.page(path).select(".row-link")]


def test_bookings_of_all_organizations_the_soonest_first_and_past_ones_the_latest_first(
    client: PolicingClient, ben: uuid.UUID, clock: Clock
) -> None:
    for organization, hours in (("studio", 50), ("school", 2), ("club", -30), ("gym", -3), ("hall", -0.5)):
        booked(organization, ben, clock, hours)
    booked("pool", ben, clock, 5, status="cancelled")
    booked("others", cast.user("Cy Other"), clock, 5)
    assert names(client) == ["At the hall", "At the school", "At the studio"]
    assert names(client, "/my/bookings?show=past") == ["At the gym", "At the club"]
    assert names(client, "/my/bookings?show=cancelled") == ["At the pool"]
    assert [count.text for count in client.page("/my/bookings").select(".tab-links .count")] == ["3", "2", "1"]


def test_each_booking_opens_by_its_own_link_in_the_persons_own_time(
    client: PolicingClient, ben: uuid.UUID, clock: Clock
) -> None:
    booking_id = booked("studio", ben, clock, 24)
    page = client.page("/my/bookings")
    token = page.select_one(".row-link")["href"].removeprefix("/bookings/")
    assert unsign(Purpose.BOOKING, token) == [booking_id]
    assert "9:00" in page.select_one(".row-meta").text
    client.set_cookie("tz", "Asia/Tokyo")
    assert "6:00" in client.page("/my/bookings").select_one(".row-meta").text


def test_pages_of_bookings_miss_none_and_repeat_none(
    client: PolicingClient, ben: uuid.UUID, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "PAGE", 2)
    for number in range(5):
        booked(f"studio{number}", ben, clock, 10 if number in (1, 2, 3) else number + 1)
    seen, path = [], "/my/bookings"
    for _ in range(3):
        page = client.page(path)
        seen += [link.text for link in page.select(".row-link")]
        older = page.select_one("a[rel=next]")
        path = older["href"] if older else ""
    assert path == ""
    assert sorted(seen) == [f"At the studio{number}" for number in range(5)]
    assert seen[0] == "At the studio0"


@pytest.mark.parametrize("query", ["from=x&id=y", "from=2026-01-01&id=", "from=99999-01-01T00:00:00&id=" + "0" * 32])
def test_a_garbled_place_in_the_list_is_its_beginning(
    client: PolicingClient, ben: uuid.UUID, clock: Clock, query: str
) -> None:
    booked("studio", ben, clock, 24)
    assert names(client, f"/my/bookings?{query}") == ["At the studio"]


def test_the_list_takes_as_many_queries_for_three_as_for_one(
    client: PolicingClient,
    ben: uuid.UUID,
    clock: Clock,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    booked("one", ben, clock, 1)
    with count_queries() as one:
        client.page("/my/bookings")
    booked("two", ben, clock, 2)
    booked("three", ben, clock, 3)
    with count_queries() as three:
        client.page("/my/bookings")
    assert len(one) == len(three)


def test_an_empty_list_says_what_it_is_for(client: PolicingClient, ben: uuid.UUID) -> None:
    assert client.page("/my/bookings").select_one(".empty a[href='/']")
    assert "over" in client.page("/my/bookings?show=past").select_one(".empty").text


def test_a_person_changes_name_zone_and_language(client: PolicingClient, ben: uuid.UUID) -> None:
    form = client.page("/my/settings").select_one("main form")
    assert client.submit(form, name="Benjamin Okafor", timezone="Asia/Tokyo", locale="en").status_code == 303
    row = cast.one(select(User.name, User.timezone, User.locale).where(User.id == ben))
    assert row == ("Benjamin Okafor", "Asia/Tokyo", "en")
    assert client.submit(form, name="Ben", timezone="Asia/Tokyo", locale="de").status_code == 422
    answer = client.submit(form, name="\u202e ", timezone="Asia/Tokyo", locale="en")
    assert answer.status_code == 422
    assert "Enter your name." in answer.text


def test_somebody_who_signed_in_by_mail_sets_a_first_password(client: PolicingClient, clock: Clock) -> None:
    ben_id = cast.user("Ben Okafor", password_hash=None)
    cast.sign_in(client, ben_id)
    form = client.page("/my/settings").select("main form")[1]
    assert form.select_one("[name=current]") is None
    assert client.submit(form, password="correct horse battery").status_code == 303
    assert client.page("/my/settings").select_one("[name=current]")


def test_organizations_are_found_by_words_of_their_name(client: PolicingClient) -> None:
    cast.organization("harbour", name="Harbour Yoga", description="By the water")
    cast.organization("school", name="Northside School")
    assert names(client, "/") == []
    assert names(client, "/?q=yoga+harb") == ["Harbour Yoga"]
    assert names(client, "/?q=WATER") == ["Harbour Yoga"]
    assert names(client, "/?q=%25") == []
    assert "No organization with that name" in client.page("/?q=nowhere").text
    partial = client.htmx("/?q=north")
    assert "Northside School" in partial.text
    assert "<html" not in partial.text


def test_signing_in_goes_on_without_the_store_of_the_limits(new_app: Callable[..., Flask], database: Database) -> None:
    app = new_app(environment="development", redis_url="redis://127.0.0.1:1/0", rate_limits=True)
    client = app.test_client()
    with app.app_context():
        answer = client.post("/sign-in", data={"email": "ben@example.com", "password": "anything"})
    assert answer.status_code == 422
    assert "don&#39;t match" in answer.text


def test_whoever_is_signed_in_can_sign_out_and_sees_their_places(
    client: PolicingClient, ben: uuid.UUID, clock: Clock
) -> None:
    own = cast.booking_row(booked("studio", ben, clock, 24)).session_id
    waits = cast.booking_row(booked("pool", ben, clock, 24, status="waitlisted", waitlist_position=1)).session_id
    other = cast.booking_row(booked("gym", cast.user("Cy Other"), clock, 24)).session_id
    for slug, session_id, words in (("studio", own, "You are booked"), ("pool", waits, "You wait"), ("gym", other, "")):
        page = client.page(f"/book/{slug}")
        row = page.select_one(f"#session-{session_id} .row-end")
        assert row is not None
        assert words in row.text
        assert ("You " in row.text) is bool(words)
        assert page.select_one("form[action='/sign-out']") is not None
    assert client.submit(client.page("/my/bookings").select_one("form[action='/sign-out']")).status_code == 303  # type: ignore[arg-type]
    page = client.page("/book/studio")
    assert (page.select_one("form[action='/sign-out']"), "You are booked" in page.text) == (None, False)
