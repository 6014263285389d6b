"""Guests among the people: listed, searched, opened from a roster, completed; and what hosts and visitors find."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts.models import Membership, User
from liveapp.domain.actor import Actor
from liveapp.domain.attendance import walk_ins
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.bookings import guests
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.paying import Choice
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from liveapp.web.navigation import P
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock
from tests.policing import PolicingClient, soup_of

STARTS = NOW + timedelta(minutes=10)


@dataclass
class Studio:
    """Ada's class in ten minutes: Ben booked it as a guest, Tom walked in and gave a name only."""

    organization_id: uuid.UUID
    ada: Actor
    offering_id: uuid.UUID
    session_id: uuid.UUID
    tom: uuid.UUID
    client: PolicingClient

    @property
    def tom_is(self) -> uuid.UUID:
        db.session.rollback()
        return cast.booking_row(self.tom).user_id

    def path(self, user_id: uuid.UUID) -> str:
        return f"{P}/members/people/{user_id}"


@pytest.fixture
def studio(app: Flask, clock: Clock, client: PolicingClient) -> Iterator[Studio]:
    clock.set(NOW)
    organization_id = cast.organization()
    ada = cast.actor(organization_id, "Ada Lovelace", Role.OWNER)
    assert ada.user_id
    offering_id = cast.offering(organization_id)
    session_id = cast.session(organization_id, ada.user_id, offering_id, STARTS)
    transact(bookings.book_place, session_id=session_id, person=cast.BEN, now=NOW)
    nobody = cast.Person("", "Tom Baker", "UTC")
    values = {"session_id": session_id, "actor": ada, "choice": Choice(), "now": NOW}
    tom, _ = transact(walk_ins.walk_in, person=nobody, **values)
    cast.sign_in(client, ada.user_id, organization_id)
    yield Studio(organization_id, ada, offering_id, session_id, tom, client)
    db.session.rollback()
    assert {name: found for name, found in invariants.violations(now=NOW).items() if found} == {}


def names(studio: Studio, query: str = "") -> list[str]:
    page = studio.client.page(f"{P}/members{query}")
    return [row.select_one(".row-title").text for row in page.select("[id^=guest-]")]  # type: ignore[union-attr]


def test_whoever_booked_or_walked_in_is_among_the_people(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    assert names(studio) == [cast.BEN.name, "Tom Baker"]
    assert names(studio, "?q=töm") == ["Tom Baker"]
    assert names(studio, f"?q={cast.BEN.email}") == [cast.BEN.name]
    monkeypatch.setattr(guests, "PAGE", 1)
    first = studio.client.page(f"{P}/members")
    assert names(studio) == [cast.BEN.name]
    more = str(first.select_one("a[rel=next]")["href"])  # type: ignore[index]
    assert names(studio, "?" + more.partition("?")[2].partition("#")[0]) == ["Tom Baker"]


def test_the_roster_leads_to_each_person(studio: Studio) -> None:
    page = studio.client.page(f"{P}/sessions/{studio.session_id}")
    links = [str(link["href"]) for link in page.select("#roster a.row-link")]
    assert len(links) == 2
    for link in links:
        person = studio.client.page(link)
        assert person.select_one("#bookings .row-link")["href"].split("#")[0].endswith(str(studio.session_id))  # type: ignore[union-attr, index]
    cast.sign_in(studio.client, cast.staff(studio.organization_id, "Cleo", "coach"), studio.organization_id)
    page = studio.client.page(f"{P}/sessions/{studio.session_id}")
    assert page.select("#roster a.row-link") == []


def test_who_belongs_here_is_opened_by_their_role(studio: Studio) -> None:
    assert studio.ada.user_id
    membership = select(Membership.id).where(Membership.user_id == studio.ada.user_id)
    answer = studio.client.get(studio.path(studio.ada.user_id))
    assert answer.location == f"{P}/members/{db.session.execute(membership).scalar_one()}"


def complete(studio: Studio, email: str) -> tuple[int, str]:
    form = studio.client.page(studio.path(studio.tom_is)).select_one("#main form[method=post]")
    assert form is not None
    answer = studio.client.submit(form, email=email)
    problem = soup_of(answer).select_one("#email-error") if answer.status_code == 422 else None
    return answer.status_code, problem.text if problem else ""


def test_a_new_address_is_theirs_from_now_on(studio: Studio) -> None:
    before = studio.tom_is
    assert complete(studio, "Tom@Example.com")[0] == 303
    assert studio.tom_is == before
    assert db.session.execute(select(User.email).where(User.id == before)).scalar_one() == "tom@example.com"
    assert studio.client.page(studio.path(before)).select_one("#main form[method=post]") is None
    assert studio.client.post(studio.path(before), data={"email": "other@example.com"}).status_code == 422


def test_of_a_known_address_the_bookings_are_that_persons(studio: Studio) -> None:
    known = cast.user("Thomas Baker")
    email = db.session.execute(select(User.email).where(User.id == known)).scalar_one()
    assert complete(studio, str(email))[0] == 303
    assert studio.tom_is == known
    record = select(AttendanceRecord.user_id).where(AttendanceRecord.booking_id == studio.tom)
    assert db.session.execute(record).scalar_one() == known
    assert "Thomas" not in studio.client.page(studio.path(known)).text, "nobody reads the name behind an address"


def test_who_booked_the_same_session_is_somebody_else(studio: Studio) -> None:
    before = studio.tom_is
    status, words = complete(studio, cast.BEN.email)
    assert (status, studio.tom_is) == (422, before)
    assert "aren't the same person" in words


def test_a_host_finds_their_own_link(studio: Studio) -> None:
    page = studio.client.page(f"{P}/availability")
    link = next(link for link in page.select("#main a") if "/with/" in link["href"])
    assert link.text == link["href"]
    assert studio.client.get("/book/" + str(link["href"]).partition("/book/")[2]).status_code == 200


def test_next_sessions_say_their_day(studio: Studio) -> None:
    page = studio.client.page(f"/book/studio/with/{slug_of(studio)}")
    meta = page.select_one(f"#session-{studio.session_id} .row-meta")
    assert meta is not None
    assert "Mon 2 Mar" in meta.text


def test_a_tutors_page_begins_with_what_can_be_booked(studio: Studio) -> None:
    headings = [each.text for each in studio.client.page("/book/studio").select("main h2")]
    assert headings[0] == "Schedule"
    tutor = cast.organization("tutor")
    host = cast.staff(tutor, "Tina Tutor")
    cast.offering(tutor, kind="meeting", title="Maths", host_id=host)
    assert studio.client.page("/book/tutor").select("main h2")[0].text == "Book a time"
    assert studio.client.page("/book/tutor?week=2026-03-09").select_one("#schedule") is not None


def slug_of(studio: Studio) -> str:
    query = select(Membership.slug).where(Membership.user_id == studio.ada.user_id)
    return str(db.session.execute(query).scalar_one())
