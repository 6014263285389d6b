"""The check-in desk: its page, one tap and its answer, codes that are scanned, what other desks do, and one person."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.actor import Actor
from liveapp.domain.attendance import closing
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings import links, session_changes
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.models import Booking
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web.navigation import P
from liveapp.web.own_codes import own_code_url
from tests import cast
from tests.cast import NOW
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient, soup_of

STARTS = NOW + timedelta(minutes=20)
HOUR = timedelta(hours=1)
JSON = {"Accept": "application/json"}


@dataclass
class Studio:
    """Ada's class of two places in twenty minutes; Grace and Ben have one, Hedy waits."""

    organization_id: uuid.UUID
    ada: uuid.UUID
    session_id: uuid.UUID
    grace: uuid.UUID
    ben: uuid.UUID
    hedy: uuid.UUID
    client: PolicingClient

    def at(self, *more: object) -> str:
        return "/".join((f"{P}/sessions/{self.session_id}", *map(str, more)))

    def tap(self, **form: Any) -> TestResponse:
        return self.client.post(self.at("door"), data=form, headers=JSON)

    def states(self) -> dict[str, str]:
        page = self.client.page(self.at("door"))
        return {str(row["id"])[5:]: str(row["data-state"]) for row in page.select(".door-row")}


@pytest.fixture
def studio(app: Flask, clock: Clock, client: PolicingClient) -> Iterator[Studio]:
    clock.set(NOW - timedelta(days=1))
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    offering_id = cast.offering(organization_id)
    session_id = cast.session(organization_id, ada, offering_id, STARTS, max_participants=2)
    people = [cast.Person(f"{name}@example.com".lower().replace(" ", "."), name, "Europe/Berlin") for name in NAMES]
    booked = [book(session_id, person) for person in people]
    clock.set(NOW)
    cast.sign_in(client, ada, organization_id)
    yield Studio(organization_id, ada, session_id, *booked, client)
    db.session.rollback()
    assert {name: found for name, found in invariants.violations(now=clock.now()).items() if found} == {}


NAMES = ("Grace Hopper", "Ben Okafor", "Hedy Lamarr")


def book(session_id: uuid.UUID, person: cast.Person) -> uuid.UUID:
    now = NOW - timedelta(days=1)
    return transact_in_turn([session_id], bookings.book_place, session_id=session_id, person=person, now=now)


def kept() -> list[Any]:
    db.session.rollback()
    query = select(Booking.name, Booking.checked_in_how, AttendanceRecord.status, AttendanceRecord.is_unverified)
    query = query.join(AttendanceRecord, AttendanceRecord.booking_id == Booking.id).order_by(Booking.name)
    return [tuple(row) for row in db.session.execute(query)]


def opened_desk(studio: Studio) -> str:
    """What the desk sends with each tap, of when it was opened."""
    return str(studio.client.page(studio.at("door")).select_one("#door")["data-opened"])  # type: ignore[index]


def code_of(booking_id: uuid.UUID) -> str:
    return own_code_url(cast.booking_row(booking_id))


def close(studio: Studio, clock: Clock) -> None:
    clock.set(STARTS + timedelta(minutes=75))
    values = {"session_id": studio.session_id, "now": clock.now()}
    transact(session_changes.advance, organization_id=studio.organization_id, **values)
    transact(session_changes.advance, organization_id=studio.organization_id, **values)
    transact(closing.close, **values)


def test_everybody_is_there_by_name_and_who_waits_comes_last(studio: Studio) -> None:
    page = studio.client.page(studio.at("door"))
    assert [name.text for name in page.select(".door-who strong")] == ["Ben Okafor", "Grace Hopper", "Hedy Lamarr"]
    assert studio.states() == {
        str(studio.ben): "expected", str(studio.grace): "expected", str(studio.hedy): "waiting"
    }  # fmt: skip
    assert "0 of 2 in" in " ".join(page.select_one("#door-count").text.split())  # type: ignore[union-attr]
    assert studio.client.page(studio.at()).find("a", href=studio.at("door")) is not None


def test_in_out_back_and_undone_with_and_without_script(studio: Studio) -> None:
    answer = studio.tap(**{"in": studio.ben})
    assert answer.json is not None
    assert (answer.json["answer"]["code"], answer.json["name"], answer.json["came"]) == ("checked_in", "Ben Okafor", 1)
    row = BeautifulSoup(answer.json["rows"][str(studio.ben)], "html.parser")
    assert [button["name"] for button in row.select("button")] == ["undo", "out"]
    assert kept() == [("Ben Okafor", "manual", "present", False)]
    for deed, state in (("out", "out"), ("back", "in"), ("undo", "expected")):
        answer = studio.client.post(studio.at("door"), data={deed: studio.ben})
        assert answer.status_code == 303
        assert studio.states()[str(studio.ben)] == state
    assert kept() == []


def test_the_sessions_page_lets_in_too(studio: Studio) -> None:
    page = studio.client.page(studio.at())
    forms = [form for form in page.select("#roster form") if form["action"] == studio.at("door")]
    assert [form.text.strip() for form in forms] == ["Check in", "Check in"]
    part = soup_of(studio.client.post(studio.at("door"), data={"in": studio.ben}, headers={"HX-Request": "true"}))
    assert "2 of 2 places taken, 1 in" in " ".join(part.text.split())
    assert "In since" in part.text
    refused = studio.client.post(studio.at("door"), data={"in": studio.hedy}, headers={"HX-Request": "true"})
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (409, "#flash")


def test_a_second_tap_is_told_since_when(studio: Studio, clock: Clock) -> None:
    studio.tap(**{"in": studio.ben})
    clock.advance(minutes=3)
    again = studio.tap(**{"in": studio.ben})
    assert again.json is not None
    assert (again.status_code, again.json["answer"]["code"]) == (200, "already_in")
    assert again.json["answer"]["sentence"].startswith("Already in since ")
    assert len(kept()) == 1


def test_what_waited_for_a_network_counts_once_and_says_when_it_was(studio: Studio, clock: Clock) -> None:
    made_at, opened = int(clock.now().timestamp() * 1000), opened_desk(studio)
    clock.advance(minutes=30)
    tap = {"in": studio.ben, "key": "5b0c1ad4-3b0f-4d4e-9f0f-1e9f3c0c1a11", "device_at": made_at, "desk": opened}
    first, second = studio.tap(**tap), studio.tap(**tap)
    assert (first.status_code, second.status_code) == (200, 200)
    assert kept() == [("Ben Okafor", "manual", "present", True)]
    assert cast.booking_row(studio.ben).checked_in_at == NOW
    assert "noted without a network" in studio.client.page(studio.at("door")).text


def test_a_desk_says_nothing_of_the_time_before_it_was_opened(studio: Studio, clock: Clock) -> None:
    made_at = int(clock.now().timestamp() * 1000)
    other = cast.session(studio.organization_id, studio.ada, cast.offering(studio.organization_id), STARTS + HOUR * 2)
    elsewhere = str(studio.client.page(f"{P}/sessions/{other}/door").select_one("#door")["data-opened"])  # type: ignore[index]
    clock.set(STARTS + timedelta(minutes=30))
    for desk in ("", "x", elsewhere, opened_desk(studio)):
        assert studio.tap(**{"in": studio.ben}, device_at=made_at, desk=desk).status_code == 200
        assert cast.booking_row(studio.ben).checked_in_at == clock.now()
        assert [row[2] for row in kept()] == ["late"]
        studio.tap(undo=studio.ben)


@pytest.mark.parametrize("role", ["coach", "owner"])
def test_what_a_desk_sends_after_the_closing_is_a_correction_on_its_page(
    studio: Studio, clock: Clock, client: PolicingClient, role: str
) -> None:
    opened, made_at = opened_desk(studio), clock.now() + timedelta(minutes=5)
    close(studio, clock)
    if role == "coach":
        cast.sign_in(client, cast.staff(studio.organization_id, "Cleo", "coach"), studio.organization_id)
    sent = {"in": studio.ben, "device_at": int(made_at.timestamp() * 1000), "desk": opened, "reason": "Was here"}
    assert (studio.tap(**sent).status_code, cast.booking_row(studio.ben).status) == (409, "no_show")
    told = client.post(
        f"/api/sessions/{studio.session_id}/check-in",
        json={"booking_id": str(studio.ben), "device_at": made_at.isoformat(), "override": "Was here"},
    )
    assert (told.status_code, told.json["code"]) == (409, "closed")  # type: ignore[index]
    assert cast.booking_row(studio.ben).status == "no_show"
    form = client.page(studio.at("bookings", studio.ben, "attendance")).select_one("#main form[method=post]")
    assert (form is not None) is (role == "owner")


def test_a_persons_own_code_lets_them_in_until_it_is_ended(studio: Studio) -> None:
    whole = code_of(studio.ben)
    assert studio.tap(code=whole).json["answer"]["code"] == "checked_in"  # type: ignore[index]
    assert kept() == [("Ben Okafor", "own_code", "present", False)]
    bare = code_of(studio.grace).partition("c=")[2]
    transact(links.renew, booking_id=studio.grace, actor=Actor(studio.ada, Role.OWNER, studio.organization_id), now=NOW)
    for text in (bare, bare[:-2], "https://example.com/?c=" + bare, "x" * 300, "\u0000", "☃" * 70):
        answer = studio.tap(code=text)
        assert answer.status_code == 422
        assert answer.json["answer"]["word"] == "Unknown"  # type: ignore[index]
    assert studio.tap(code=code_of(studio.grace)).status_code == 200


def test_a_code_of_another_session_says_which_and_of_another_business_nothing(studio: Studio) -> None:
    later = cast.session(
        studio.organization_id,
        studio.ada,
        cast.offering(studio.organization_id, slug="evening"),
        STARTS + timedelta(days=1),
    )
    theirs = book(later, cast.guest(7))
    answer = studio.tap(code=code_of(theirs))
    assert answer.json is not None
    assert (answer.status_code, answer.json["answer"]["code"], answer.json["rows"]) == (409, "other_session", {})
    other = cast.organization("cy")
    foreign = cast.session(other, cast.staff(other, "Cy Young"), cast.offering(other), STARTS)
    assert studio.tap(code=code_of(book(foreign, cast.guest(8)))).status_code == 404
    assert studio.tap(**{"in": book(foreign, cast.guest(9))}).status_code == 404
    assert kept() == []


def test_one_sessions_desk_touches_and_tells_of_no_other_sessions_people(studio: Studio) -> None:
    later = cast.session(
        studio.organization_id, studio.ada, cast.offering(studio.organization_id, slug="noon"), STARTS + 2 * HOUR
    )
    theirs = book(later, cast.guest(7))
    for deed in ("undo", "out", "back"):
        assert studio.tap(**{deed: theirs}).status_code == 404
    private = cast.session(
        studio.organization_id, studio.ada, cast.offering(studio.organization_id, slug="talk"), STARTS + 5 * HOUR
    )
    alone = book(private, cast.guest(8))
    transact(lambda: db.session.execute(
        update(LiveSession).where(LiveSession.id == private).values(type="meeting")))  # fmt: skip
    cast.sign_in(studio.client, cast.staff(studio.organization_id, "Leo Coach", Role.COACH), studio.organization_id)
    answer = studio.tap(**{"in": alone})
    assert answer.status_code == 403
    assert str(cast.guest(8).email) not in answer.text


@ON_ONE_DATABASE
@pytest.mark.parametrize("since", ["9" * 30, "-" + "9" * 15, "9" * 400, "x", "", "-1"])
def test_a_moment_that_no_clock_says_is_as_none(studio: Studio, since: str) -> None:
    assert studio.client.get(studio.at(f"door/now?since={since}")).status_code == 200


def test_who_has_no_place_is_refused_with_a_word_a_colour_and_a_sentence(studio: Studio) -> None:
    answer = studio.tap(**{"in": studio.hedy})
    assert answer.json is not None
    said = answer.json["answer"]
    assert (answer.status_code, said["code"], said["word"], said["way_out"]) == (
        409, "waitlisted", "Waiting", ""
    )  # fmt: skip
    assert said["colour"]
    assert "waiting list" in said["sentence"]


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "form",
    [{}, {"in": "x"}, {"in": ""}, {"in": uuid.UUID(int=7), "key": "1"}, {"in": uuid.UUID(int=7), "device_at": "1e9"},
     {"in": uuid.UUID(int=7), "device_at": "99999999999999"}, {"code": "x" * 3000}, {"code": "http://[?c=x"},
     {"in": uuid.UUID(int=7)}],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_said(studio: Studio, form: dict[str, Any]) -> None:
    assert studio.tap(**form).status_code in (404, 422)
    assert kept() == []


def test_other_desks_hear_of_it_and_ask_for_nothing_twice(studio: Studio) -> None:
    since = int((NOW - timedelta(minutes=1)).timestamp() * 1000)
    now = studio.at(f"door/now?since={since}")
    first = studio.client.get(now)
    assert first.json is not None
    assert (first.json["came"], first.json["people"], first.json["rows"]) == (0, 3, {})
    same = {"If-None-Match": first.headers["ETag"]}
    assert studio.client.get(now, headers=same).status_code == 304
    studio.tap(**{"in": studio.ben})
    changed = studio.client.get(now, headers=same)
    assert changed.json is not None
    assert (changed.json["came"], list(changed.json["rows"])) == (1, [str(studio.ben)])
    same = {"If-None-Match": changed.headers["ETag"]}
    studio.tap(undo=studio.ben)
    undone = studio.client.get(now, headers=same)
    assert undone.json is not None
    assert undone.json["came"] == 0


def test_each_kept_tap_that_is_refused_is_in_the_audit_log_once(studio: Studio, clock: Clock) -> None:
    """One way of being refused a line; what wasn't kept, or wasn't refused, leaves no such entry."""
    made_at, opened = clock.now(), opened_desk(studio)
    stranger = cast.session(
        studio.organization_id, studio.ada, cast.offering(studio.organization_id), STARTS + HOUR * 2
    )
    theirs = book(stranger, cast.Person("zoe@example.com", "Zoe Adams", "Europe/Berlin"))
    cancelled = {"booking_id": studio.grace, "now": clock.now()}
    transact(bookings.cancel, actor=Actor(studio.ada, Role.OWNER, studio.organization_id), **cancelled)
    clock.advance(minutes=5)
    late = {"device_at": int(made_at.timestamp() * 1000), "desk": opened}
    refused = (
        ({"in": studio.grace}, studio.grace),
        ({"in": theirs}, theirs),
        ({"out": studio.ben}, studio.ben),
        ({"in": uuid.uuid4()}, studio.session_id),
        ({"code": "x" * 80}, studio.session_id),
    )
    for tap, _ in refused:
        for _twice in range(2):
            key = str(uuid.uuid5(uuid.NAMESPACE_OID, str(tap)))
            assert studio.tap(**tap, **late, key=key).status_code in (404, 409, 422), tap
        studio.tap(**tap)
    studio.tap(**{"in": studio.ben}, **late)
    sent = {"booking_id": str(studio.grace), "device_at": made_at.isoformat()}
    for _twice in range(2):
        headers = {"Idempotency-Key": "tablet"}
        assert (
            studio.client.post(f"/api{studio.at('check-in')[len(P) :]}", json=sent, headers=headers).status_code == 409
        )
    entries = db.session.execute(select(AuditEntry).where(AuditEntry.action == "refuse_tap")).scalars().all()
    wanted = [about for _, about in refused] + [studio.grace]
    assert sorted(entry.object_id for entry in entries) == sorted(wanted)
    assert all(entry.after["reason"].endswith(".") and entry.after["device_at"] for entry in entries)
    assert "was refused a tap at the desk, sent late, for" in studio.client.page(f"{P}/audit").text


def test_a_name_is_looked_for_without_script(studio: Studio) -> None:
    found = studio.client.post(studio.at("door"), data={"code": "hopper"})
    assert found.status_code == 303
    page = soup_of(studio.client.get(found.location))
    assert [name.text for name in page.select(".door-who strong")] == ["Grace Hopper"]
    assert "Nobody is called that" in studio.client.page(studio.at("door?q=zz")).text


def test_the_camera_of_a_phone_leads_to_the_person(studio: Studio) -> None:
    address = code_of(studio.ben).partition("localhost")[2]
    found = studio.client.get(address)
    assert found.status_code == 303
    page = soup_of(studio.client.get(found.location))
    form = next(each for each in page.select("form") if each["action"] == studio.at("door"))
    studio.client.submit(form)
    assert kept() == [("Ben Okafor", "own_code", "present", False)]
    assert studio.client.get(f"{P}/sessions/check-in?c=broken").status_code == 404
    cast.sign_in(studio.client, cast.staff(studio.organization_id, "Moira Member", "member"))
    assert "Show it at the desk" in studio.client.get(address).text


def test_one_person_is_let_in_with_a_reason_or_excused(studio: Studio, clock: Clock) -> None:
    clock.set(STARTS - timedelta(hours=5))
    path = studio.at("bookings", studio.ben, "attendance")
    form = next(each for each in studio.client.page(path).select("main form") if each.select("[name=became]"))
    early = studio.client.submit(form, became="check_in")
    assert early.status_code == 422
    assert "With a reason you can pass over that" in early.text
    assert studio.client.submit(form, became="check_in", reason="Helps to set up").status_code == 303
    clock.set(NOW)
    path = studio.at("bookings", studio.grace, "attendance")
    form = next(each for each in studio.client.page(path).select("main form") if each.select("[name=became]"))
    assert studio.client.submit(form, became="excused").status_code == 422
    assert studio.client.submit(form, became="excused", reason="Ill").status_code == 303
    assert studio.states() == {str(studio.ben): "in", str(studio.grace): "excused", str(studio.hedy): "waiting"}


def test_a_walk_in_is_booked_and_in_or_neither(studio: Studio) -> None:
    full = studio.client.page(studio.at("add/new?walk_in=1")).select_one("main form")
    assert full is not None
    new = {"name": "Joy Adamson", "email": "joy@example.com"}
    refused = studio.client.submit(full, **new, is_here="y")
    assert (refused.status_code, len(kept())) == (409, 0)
    assert "waiting list" in refused.text
    booked = studio.client.submit(full, **new, is_here="y", overbook="y")
    assert booked.location == studio.at("door")
    assert kept() == [("Joy Adamson", "walk_in", "present", False)]


def test_a_closed_session_is_corrected(studio: Studio, clock: Clock) -> None:
    studio.tap(**{"in": studio.ben})
    close(studio, clock)
    assert [row[2] for row in kept()] == ["present", "absent"]
    summed = " ".join(studio.client.page(studio.at()).select_one("#roster").text.split())  # type: ignore[union-attr]
    assert "Came 1 of 2" in summed
    assert "Absent 1" in summed
    path = studio.at("bookings", studio.grace, "attendance")
    form = next(each for each in studio.client.page(path).select("main form") if each.select("[name=became]"))
    assert "Choose one of these." in studio.client.submit(form).text
    refused = soup_of(studio.client.submit(form, became="late"))
    assert refused.select_one("#reason-error")
    excused = studio.client.submit(form, became="excused", reason="Ill")
    assert excused.location == studio.at()
    row = soup_of(studio.client.get(studio.at())).select_one(f"#booking-{studio.grace}")
    assert row is not None
    assert "Ill" in row.text
    assert "Excused" in row.text
    assert studio.client.submit(form, became="late", reason="Came by the back door").status_code == 303
    assert cast.booking_row(studio.grace).status == "attended"
    assert [row[2] for row in kept()] == ["present", "late"]
    desk = studio.client.page(studio.at("door"))
    assert desk.select_one("#door-count").text.split() == ["2", "of", "2", "came"]  # type: ignore[union-attr]
    assert not desk.select("[name=in], [name=undo], [data-scan]")
    assert [link["aria-label"] for link in desk.select(".door-row .btn")] == [
        "Correct: Ben Okafor",
        "Correct: Grace Hopper",
    ]


def test_coaches_check_in_to_classes_but_correct_only_their_own(
    studio: Studio, clock: Clock, new_client: Callable[[], PolicingClient]
) -> None:
    dora = cast.staff(studio.organization_id, "Dora Coach", "coach")
    browser = new_client()
    cast.sign_in(browser, dora, studio.organization_id)
    assert browser.post(studio.at("door"), data={"in": studio.ben}, headers=JSON).status_code == 200
    close(studio, clock)
    path = studio.at("bookings", studio.grace, "attendance")
    assert not [form for form in browser.page(path).select("main form") if form.select("[name=became]")]
    assert browser.post(path, data={"became": "present", "reason": "x"}).status_code == 403


def test_a_desk_asks_as_often_for_many_as_for_nobody(
    studio: Studio, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    for each in (studio.ben, studio.grace):
        studio.tap(**{"in": each})
    nobody = cast.session(studio.organization_id, studio.ada, cast.offering(studio.organization_id), STARTS + HOUR)
    for path in (f"{P}/sessions/%s/door", f"{P}/sessions/%s/door/now", "/api/sessions/%s/attendance"):
        asked = []
        for session_id in (nobody, studio.session_id):
            with count_queries() as statements:
                assert studio.client.get(path % session_id).status_code == 200
            asked.append(len(statements))
        assert asked[0] == asked[1], path
