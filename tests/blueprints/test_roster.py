"""The roster's pages: adding somebody, moving, cancelling, forgiving, notes; with script and without."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy import func, select, update

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts.models import User
from liveapp.domain.actor import Actor
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings import notes, places
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.errors import AddressNeeded
from liveapp.domain.bookings.history import record
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.paying import Choice
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.models import Notification
from liveapp.rules.roles import Role
from liveapp.tasks import emails
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web.navigation import P
from liveapp.web.signing import sign_booking
from tests import cast
from tests.cast import NOW
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient, soup_of

CLASS = NOW + timedelta(days=3)
SECRET = "Owes a smile"
NASTY = "<script>alert(1)</script>\"'`{{7*7}}"


@dataclass
class Studio:
    """A studio that takes payment at the desk; Ada owns it; a class of two costs €15."""

    organization_id: uuid.UUID
    ada: uuid.UUID
    offering_id: uuid.UUID
    session_id: uuid.UUID

    @property
    def owner(self) -> Actor:
        return Actor(self.ada, Role.OWNER, self.organization_id)

    def at(self, *more: object) -> str:
        return "/".join((f"{P}/sessions/{self.session_id}", *map(str, more)))

    def another(self, days: int, **values: Any) -> uuid.UUID:
        start = CLASS + timedelta(days=days)
        return cast.session(self.organization_id, self.ada, self.offering_id, start, **{"price_minor": 1500} | values)

    def book(self, number: int, **more: Any) -> uuid.UUID:
        return transact_in_turn(
            [self.session_id], bookings.book_place, session_id=self.session_id, person=cast.guest(number), now=NOW,
            actor=self.owner, **more,
        )  # fmt: skip


@pytest.fixture
def studio(app: Flask, clock: Clock, client: PolicingClient) -> Iterator[Studio]:
    clock.set(NOW)
    organization_id = cast.organization(payment_provider="desk")
    ada = cast.staff(organization_id)
    offering_id = cast.offering(organization_id, price_minor=1500)
    session_id = cast.session(organization_id, ada, offering_id, CLASS, max_participants=2, price_minor=1500)
    cast.sign_in(client, ada, organization_id)
    yield Studio(organization_id, ada, offering_id, session_id)
    assert {name: found for name, found in invariants.violations(now=clock.now()).items() if found} == {}


def form_of(page: BeautifulSoup, action: str) -> Tag:
    """The form that posts to the address."""
    found = next((form for form in page.select("main form[method=post]") if form["action"] == action), None)
    assert found is not None, f"no form posts to {action}"
    return found


def plain(page: BeautifulSoup | Tag) -> str:
    return " ".join(page.get_text(" ").split())


def held(session_id: uuid.UUID) -> list[Any]:
    """Who has or waits for a place, in order of name."""
    db.session.rollback()
    query = select(Booking.name, Booking.status, Booking.paid_by).where(
        Booking.session_id == session_id, Booking.status.in_(("confirmed", "waitlisted"))
    )
    return sorted(tuple(row) for row in db.session.execute(query))


def coach(studio: Studio, new_client: Callable[[], PolicingClient], *, hosts: bool) -> PolicingClient:
    dora = cast.staff(studio.organization_id, "Dora Coach", "coach")
    if hosts:
        transact(_set, studio.session_id, {"host_id": dora})
    browser = new_client()
    cast.sign_in(browser, dora, studio.organization_id)
    return browser


def _set(session_id: uuid.UUID, values: dict[str, Any]) -> None:
    db.session.execute(update(LiveSession).where(LiveSession.id == session_id).values(**values))


def test_somebody_is_found_as_one_types_and_without_script(studio: Studio, client: PolicingClient) -> None:
    ben = cast.member(studio.organization_id)
    studio.book(1)
    whole = client.page(studio.at("add?q=okafor"))
    link = whole.find("a", href=studio.at("add", ben.user_id))
    assert link is not None
    assert link.text.strip() == "Ben Okafor"
    part = soup_of(client.htmx(studio.at("add?q=guest1")))
    assert part.select("#found")
    assert part.h1 is None
    assert "Confirmed" in part.text
    assert not part.select(".row a")
    assert "Nobody with these words" in client.page(studio.at("add?q=nobody")).text


@pytest.mark.parametrize("words", ["%00", "%", "_", "a" * 5000, "%3Cscript%3E", "%ff%fe", "'%20OR%201=1"])
def test_whatever_is_searched_for_is_only_searched_for(studio: Studio, client: PolicingClient, words: str) -> None:
    cast.member(studio.organization_id)
    answer = client.get(studio.at(f"add?q={words}"))
    assert answer.status_code == 200
    assert "Ben Okafor" not in answer.text
    assert "<script>" not in answer.text.split("</head>")[1].replace('<script src="', "")


def test_a_member_is_booked_in_with_their_plan(studio: Studio, client: PolicingClient) -> None:
    ben = cast.member(studio.organization_id)
    plan = cast.subscription(studio.organization_id, ben, cast.plan(studio.organization_id, name="Ten classes"))
    path = studio.at("add", ben.user_id)
    page = client.page(path)
    said = plain(page)
    assert "A place is free: Ben Okafor is booked at once" in said
    assert "Ten classes, 1 of 10 credits" in said
    assert "At the desk, €15.00" in said
    answer = client.submit(form_of(page, path))
    assert answer.status_code == 303
    assert held(studio.session_id) == [("Ben Okafor", "confirmed", "credit")]
    assert cast.credits_left(plan) == 9
    assert "Ten classes, 1 credit" in plain(client.page(answer.location))


@pytest.mark.parametrize(("pays", "paid_by"), [("desk", "at_desk"), ("free", "free")])
def test_somebody_new_is_booked_in(studio: Studio, client: PolicingClient, pays: str, paid_by: str) -> None:
    path = studio.at("add", "new")
    answer = client.submit(form_of(client.page(path), path), name="Joy Adler", email="Joy@Example.com", pays=pays)
    assert answer.status_code == 303
    assert held(studio.session_id) == [("Joy Adler", "confirmed", paid_by)]
    assert ("booking_confirmed", "joy@example.com") in cast.mails()


def test_an_address_that_is_known_leads_to_its_person(studio: Studio, client: PolicingClient) -> None:
    ben = cast.member(studio.organization_id)
    path = studio.at("add", "new")
    answer = client.submit(form_of(client.page(path), path), name="Benny", email="BEN@example.com")
    assert answer.location.endswith(f"/add/{ben.user_id}")
    assert held(studio.session_id) == []
    assert "known here" in client.page(answer.location).text


def test_the_form_sent_twice_is_one_booking(studio: Studio, client: PolicingClient) -> None:
    ben = cast.member(studio.organization_id)
    plan = cast.subscription(studio.organization_id, ben, cast.plan(studio.organization_id, class_credits=1))
    path = studio.at("add", ben.user_id)
    form = form_of(client.page(path), path)
    first, second = client.submit(form), client.submit(form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(held(studio.session_id)) == 1
    assert cast.credits_left(plan) == 0
    fresh = client.post(path, data={"pays": "desk"})
    assert fresh.status_code == 409
    assert "have a place in this session already" in plain(soup_of(fresh))
    assert "has a place in this session already" in plain(client.page(path))


def test_somebody_new_sent_twice_is_one_booking(studio: Studio, client: PolicingClient) -> None:
    path = studio.at("add", "new")
    form = form_of(client.page(path), path)
    answers = [client.submit(form, name="Joy", email="joy@example.com") for _ in range(2)]
    assert [answer.location for answer in answers] == [studio.at(), studio.at()]
    assert held(studio.session_id) == [("Joy", "confirmed", "at_desk")]
    assert cast.mails().count(("booking_confirmed", "joy@example.com")) == 1


def test_a_full_session_is_overbooked_on_purpose_only(studio: Studio, client: PolicingClient) -> None:
    studio.book(1)
    studio.book(2)
    ben = cast.member(studio.organization_id)
    path = studio.at("add", ben.user_id)
    page = client.page(path)
    assert "Ben Okafor joins the waiting list as number 1" in plain(page)
    assert "Book beyond the 2 places" in plain(page)
    assert client.submit(form_of(page, path), overbook="y").status_code == 303
    assert ("Ben Okafor", "confirmed", "at_desk") in held(studio.session_id)
    detail = plain(client.page(studio.at()))
    assert "3 of 2 places taken, 1 beyond" in detail
    assert "booked beyond the places for Ben Okafor" in detail
    public = plain(client.page(f"/book/studio/sessions/{studio.session_id}"))
    assert "-1" not in public
    assert "full" in public.lower()
    other = client.page(studio.at("add", "new"))
    answer = client.submit(form_of(other, studio.at("add", "new")), name="Joy", email="joy@example.com")
    told = plain(client.page(answer.location))
    assert "Joy is on the waiting list as number 1" in told
    assert "put Joy on the waiting list" in told


def test_a_host_who_coaches_adds_but_never_overbooks(
    studio: Studio, client: PolicingClient, new_client: Callable[[], PolicingClient]
) -> None:
    studio.book(1)
    studio.book(2)
    dora = coach(studio, new_client, hosts=True)
    path = studio.at("add", "new")
    page = dora.page(path)
    assert not page.select("[name=overbook]")
    refused = dora.post(path, data={"name": "Joy", "email": "joy@example.com", "overbook": "y", "pays": "free"})
    assert refused.status_code == 403
    assert "Only an owner or admin" in refused.text
    assert dora.submit(form_of(page, path), name="Joy", email="joy@example.com").status_code == 303
    assert ("Joy", "waitlisted", "free") in held(studio.session_id)


def test_a_coach_of_other_sessions_sees_the_roster_and_changes_nothing(
    studio: Studio, new_client: Callable[[], PolicingClient]
) -> None:
    booking_id = studio.book(1)
    dora = coach(studio, new_client, hosts=False)
    roster = dora.page(studio.at()).select_one("#roster")
    assert roster is not None
    assert "Guest 1" in roster.text
    assert not roster.select("a[href*='/add'], a[href*='/bookings/'], form")
    one = f"bookings/{booking_id}"
    for path in ("add", "add/new", f"{one}/note", f"{one}/move", f"{one}/waive", f"{one}/cancel"):
        assert dora.get(studio.at(path)).status_code == 403
    assert dora.post(studio.at(one, "note"), data={"text": "x"}).status_code == 403


def test_what_staff_book_past_is_said(studio: Studio, client: PolicingClient, clock: Clock) -> None:
    ben = cast.member(studio.organization_id)
    plan_id = cast.plan(studio.organization_id, max_bookings_per_week=1, name="Once a week")
    plan = cast.subscription(studio.organization_id, ben, plan_id)
    transact_in_turn([studio.another(1)], bookings.book_place, session_id=studio.another(2), person=ben, now=NOW)
    path = studio.at("add", ben.user_id)
    said = plain(client.page(path))
    assert "Once a week, 1 of 9 credits (passes over its bookings a week)" in said
    assert client.submit(form_of(client.page(path), path), pays=str(plan)).status_code == 303
    clock.set(CLASS + timedelta(minutes=5))
    other = studio.at("add", "new")
    assert "You book past what holds for everybody Booking has closed." in plain(client.page(other))


@pytest.mark.parametrize("status", ["draft", "ended", "cancelled"])
def test_nobody_is_added_to_what_cannot_be_booked(studio: Studio, client: PolicingClient, status: str) -> None:
    session = studio.another(1, status="scheduled" if status == "cancelled" else status)
    if status == "cancelled":
        client.post(f"{P}/sessions/{session}/cancel", data={"reason": "Ill"})
    answer = client.get(f"{P}/sessions/{session}/add")
    assert answer.status_code == 409
    assert "nobody can be booked in" in answer.text or "Publish it" in answer.text
    assert "Add somebody" not in client.page(f"{P}/sessions/{session}").text


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "typed",
    [{"name": ""}, {"email": "nobody"}, {"name": "x" * 101}, {"name": "\0"}, {"pays": "x"}, {"pays": ""},
     {"email": "\0@example.com"}, {"email": "a" * 300 + "@example.com"}],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_said_and_nothing_is_lost(
    studio: Studio, client: PolicingClient, typed: dict[str, str]
) -> None:
    path = studio.at("add", "new")
    answer = client.submit(form_of(client.page(path), path), **{"name": "Joy", "email": "joy@example.com"} | typed)
    assert answer.status_code == 422
    assert soup_of(answer).select("[role=alert]")
    assert held(studio.session_id) == []


def test_a_foreign_plan_pays_for_nobody_else(studio: Studio, client: PolicingClient) -> None:
    ben, eve = cast.member(studio.organization_id), cast.member(studio.organization_id, "Eve Other")
    plan = cast.subscription(studio.organization_id, eve, cast.plan(studio.organization_id))
    answer = client.post(studio.at("add", ben.user_id), data={"pays": str(plan)})
    assert answer.status_code == 409
    assert "This plan can't pay" in soup_of(answer).text
    assert cast.credits_left(plan) == 10


def test_somebody_of_another_organization_is_nobody_here(studio: Studio, client: PolicingClient) -> None:
    zed = cast.member(cast.organization("elsewhere"), "Zed Away")
    assert client.get(studio.at("add", zed.user_id)).status_code == 404
    assert client.post(studio.at("add", zed.user_id)).status_code == 404
    assert "Zed" not in client.page(studio.at("add?q=zed")).text.replace("zed", "")


def test_a_booking_is_moved_after_saying_what_it_does(studio: Studio, client: PolicingClient) -> None:
    booking_id, target, full = studio.book(1), studio.another(1), studio.another(2, max_participants=1)
    fill = {"session_id": full, "person": cast.guest(9), "actor": studio.owner, "now": NOW}
    transact_in_turn([full], bookings.book_place, **fill)
    listed = client.page(studio.at("bookings", booking_id, "move"))
    assert "Full" in listed.text
    path = studio.at("bookings", booking_id, "move", target)
    assert [link["href"] for link in listed.select("a.row-link")] == [path]
    page = client.page(path)
    assert "Nobody waits, so the place is free again." in plain(page)
    assert "19 of" not in plain(page)
    form = form_of(page, path)
    first, second = client.submit(form), client.submit(form)
    assert first.location == second.location == f"{P}/sessions/{target}"
    assert cast.booking_row(booking_id).session_id == target
    assert cast.mails().count(("booking_moved", "guest1@example.com")) == 1


def test_a_move_into_a_full_session_is_refused_with_a_sentence(studio: Studio, client: PolicingClient) -> None:
    booking_id, full = studio.book(1), studio.another(2, max_participants=1)
    fill = {"session_id": full, "person": cast.guest(9), "actor": studio.owner, "now": NOW}
    transact_in_turn([full], bookings.book_place, **fill)
    answer = client.post(studio.at("bookings", booking_id, "move", full))
    assert answer.status_code == 409
    assert "That session is full. Choose another one." in soup_of(answer).text
    assert cast.booking_row(booking_id).session_id == studio.session_id


def test_nothing_moves_where_it_does_not_belong(studio: Studio, client: PolicingClient) -> None:
    booking_id = studio.book(1)
    elsewhere = cast.organization("elsewhere")
    away = cast.session(elsewhere, cast.staff(elsewhere, "Cy Young"), cast.offering(elsewhere))
    other = cast.offering(studio.organization_id, title="Dance")
    dance = cast.session(studio.organization_id, studio.ada, other, CLASS + timedelta(days=4))
    for target in (away, dance, studio.session_id, uuid.uuid4()):
        for ask in (client.get, client.post):
            assert ask(studio.at("bookings", booking_id, "move", target)).status_code in (303, 404)
    assert cast.booking_row(booking_id).session_id == studio.session_id


def test_cancelling_says_what_comes_back_and_who_gets_the_place(studio: Studio, client: PolicingClient) -> None:
    ben = cast.member(studio.organization_id)
    cast.subscription(studio.organization_id, ben, cast.plan(studio.organization_id, name="Ten classes"))
    booked = transact_in_turn(
        [studio.session_id], bookings.book_place, session_id=studio.session_id, person=ben, now=NOW
    )
    path = studio.at("bookings", booked, "cancel")
    assert "1 credit of Ten classes comes back. Nobody waits, so the place is free again." in plain(client.page(path))
    studio.book(1)
    studio.book(2)
    said = plain(client.page(path))
    assert "1 person waits. Guest 2 is next and is offered the place, as they must pay for it." in said


def test_a_late_cancel_is_forgiven_and_the_person_reads_what_came_back(studio: Studio, client: PolicingClient) -> None:
    ben = cast.member(studio.organization_id)
    plan = cast.subscription(studio.organization_id, ben, cast.plan(studio.organization_id, name="Ten classes"))
    booked = transact_in_turn(
        [studio.session_id], bookings.book_place, session_id=studio.session_id, person=ben, now=NOW
    )
    transact(_cancelled_late, booked, studio.owner)
    assert "Late" in plain(client.page(studio.at()))
    path = studio.at("bookings", booked, "waive")
    page = client.page(path)
    assert "cost 1 credit of Ten classes. The credit comes back." in plain(page)
    assert client.submit(form_of(page, path)).status_code == 422
    form = form_of(page, path)
    assert client.submit(form, reason="Ill").status_code == 303
    assert client.submit(form, reason="Ill").status_code == 303
    assert cast.credits_left(plan) == 10
    assert "forgiven" in plain(client.page(studio.at()))
    assert client.get(path).status_code == 409
    mail = _mail("booking_waived")
    assert "1 credit of Ten classes is back" in mail
    assert "Ill" not in mail


def test_a_note_is_written_in_the_row_and_on_its_own_page(studio: Studio, client: PolicingClient) -> None:
    booking_id = studio.book(1)
    path = studio.at("bookings", booking_id, "note")
    row = soup_of(client.htmx(path))
    assert row.select(f"li#booking-{booking_id} textarea")
    roster = soup_of(client.htmx(path, method="POST", data={"text": SECRET}))
    assert roster.select("#roster")
    assert SECRET in roster.text
    page = client.page(path)
    answer = client.submit(form_of(page, path), text=f"{SECRET}, twice")
    assert answer.status_code == 303
    assert f"Note: {SECRET}, twice" in plain(client.page(answer.location))
    refused = client.htmx(path, method="POST", data={"text": "x" * 1001})
    assert refused.status_code == 422
    assert "shorten it to 1000" in refused.text
    actions = select(func.count()).where(AuditEntry.object_id == booking_id, AuditEntry.action == "note")
    assert cast.one(actions)[0] == 2


def test_a_note_is_never_shown_to_whom_it_is_about(studio: Studio, client: PolicingClient, new_client: Any) -> None:
    ben = cast.member(studio.organization_id)
    booked = transact_in_turn(
        [studio.session_id], bookings.book_place, session_id=studio.session_id, person=ben, now=NOW
    )
    transact(notes.write_note, booking_id=booked, actor=studio.owner, now=NOW, text=SECRET)
    browser = new_client()
    cast.sign_in(browser, ben.user_id)
    link = f"/bookings/{sign_booking(booked)}"
    session = f"/book/studio/sessions/{studio.session_id}"
    for path in (link, f"{link}/cancel", f"{link}/reschedule", f"{link}.ics", f"{link}/calendar.ics", session,
                 "/my/bookings", "/book/studio"):  # fmt: skip
        assert SECRET not in browser.get(path, follow_redirects=True).text
    for kind in ("booking_confirmed", "host_booked"):
        assert SECRET not in _mail(kind)


def test_names_and_notes_are_only_words(studio: Studio, client: PolicingClient) -> None:
    path = studio.at("add", "new")
    assert client.submit(form_of(client.page(path), path), name=NASTY, email="joy@example.com").status_code == 303
    db.session.rollback()
    booking_id = db.session.execute(select(Booking.id)).scalar_one()
    one = studio.at("bookings", booking_id)
    for text in (NASTY, "a\0b", "\u202eab"):
        assert client.post(f"{one}/note", data={"text": text}).status_code == 303
    assert client.post(f"{one}/note", data={"text": NASTY}).status_code == 303
    studio.another(1)
    for page in (studio.at(), f"{one}/cancel", f"{one}/move", f"{one}/note", studio.at("add?q=script")):
        text = client.get(page).text
        assert "<script>alert" not in text
        assert "49" not in soup_of(client.get(page)).find("h1").text  # type: ignore[union-attr]


def test_the_roster_says_how_each_stands(studio: Studio, client: PolicingClient, clock: Clock) -> None:
    studio.book(1)
    held = studio.book(2)
    promoted, passed = studio.book(3), studio.book(4)
    transact(_cancelled_late, held, studio.owner)
    transact(_mark, promoted, {"expires_at": NOW + timedelta(hours=2)})
    transact(_mark, passed, {"passed_over": "no_credits"})
    first, second = (client.page(studio.at()).select_one(f"#booking-{each}") for each in (promoted, passed))
    assert first is not None
    assert second is not None
    assert "Number 1" in plain(first)
    assert "Offered a place until 12:00" in plain(first)
    assert "Number 2" in plain(second)
    assert "Passed over: no credit left" in plain(second)


def _mark(booking_id: uuid.UUID, values: dict[str, Any]) -> None:
    """As the waiting list leaves a booking, the session's counters with it."""
    booking = places.held_by(booking_id)
    db.session.execute(update(Booking).where(Booking.id == booking_id).values(**values))
    offered = int("expires_at" in values)
    places.count(booking.session_id, places=offered, waits=-offered)


def _cancelled_late(booking_id: uuid.UUID, actor: Actor) -> None:
    places.close(places.held_by(booking_id), status="cancelled", cancelled_late=True, cancelled_at=NOW)
    record(actor, booking_id, "cancel", NOW, before={"status": "confirmed"}, after={"status": "cancelled"})


def _mail(kind: str) -> str:
    """What the one mail of this kind says."""
    part = emails.compose(cast.one(select(Notification).where(Notification.kind == kind))[0]).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_a_long_roster_is_cut_and_searched(studio: Studio, client: PolicingClient) -> None:
    transact(_set, studio.session_id, {"max_participants": 105})
    for number in range(1, 108):
        studio.book(number)
    page = client.page(studio.at())
    assert len(page.select("#roster > ul:first-of-type > li")) == 100
    assert "5 more are not shown. Search for a name, or use the check-in desk." in plain(page)
    found = client.page(studio.at() + "?who=guest107@").select_one("#roster")
    assert found is not None
    assert len(found.select("li[id^=booking-]")) == 1
    assert "Number 2" in plain(found)
    assert "Nobody with these words is here" in plain(client.page(studio.at() + "?who=zz"))


def test_a_name_is_enough_for_a_walk_in_and_is_typed_once(studio: Studio, clock: Clock, client: PolicingClient) -> None:
    """From the search over the form to the door; sent twice it is one person, of whom no page says “None”."""
    clock.set(CLASS - timedelta(minutes=10))
    link = client.page(studio.at("add?walk_in=1&q=Tom+Baker")).select_one("#found a")
    form = client.page(str(link["href"])).select_one("main form")  # type: ignore[index]
    assert form is not None
    assert form.select_one("[name=name]")["value"] == "Tom Baker"  # type: ignore[index]
    for _twice in range(2):
        assert client.submit(form, pays="free").location == studio.at("door")
    query = select(Booking.id, Booking.status, Booking.checked_in_how, User.email).join(
        User, User.id == Booking.user_id
    )
    (tom,) = db.session.execute(query.where(Booking.name == "Tom Baker")).all()
    assert tuple(tom)[1:] == ("confirmed", "walk_in", None)
    assert notified() == {"host_booked"}
    for path in (studio.at(), studio.at("door"), studio.at("bookings", tom.id, "attendance"), f"{P}/audit"):
        assert "None" not in client.page(path).text, path
    found = client.page(f"{P}/sessions/{studio.another(1)}/add?q=tom").select_one("#found .row")
    assert "Known by name only" in found.text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("sent", "words"), [({"is_here": None}, "confirmation goes there"), ({}, "price and a plan need")]
)
def test_who_is_booked_ahead_or_pays_needs_an_address(
    studio: Studio, clock: Clock, client: PolicingClient, sent: dict[str, Any], words: str
) -> None:
    clock.set(CLASS - timedelta(minutes=10))
    form = client.page(studio.at("add/new?walk_in=1&q=Tom")).select_one("main form")
    assert form is not None
    refused = client.submit(form, **sent)
    assert refused.status_code == 422
    assert words in soup_of(refused).select_one("#email-error").text  # type: ignore[union-attr]


def test_whoever_has_no_address_pays_nothing_and_waits_for_nothing(studio: Studio) -> None:
    """Whatever the form says: the transaction asks as well."""
    nobody = {
        "session_id": studio.session_id,
        "person": cast.Person("", "Tom", "UTC"),
        "actor": studio.owner,
        "now": NOW,
    }
    with pytest.raises(AddressNeeded):
        transact(bookings.book_place, choice=Choice(without_plan=True), **nobody)
    for number in (1, 2):
        studio.book(number)
    with pytest.raises(AddressNeeded):
        transact(bookings.book_place, **nobody)
    assert db.session.execute(select(func.count()).where(User.name == "Tom")).scalar_one() == 0


def notified() -> set[str]:
    db.session.rollback()
    return set(db.session.execute(select(Notification.kind)).scalars())
