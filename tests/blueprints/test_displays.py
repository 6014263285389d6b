"""Screens on walls: made, given another link and switched off by staff; what they show, and what they never do."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain.accounts.models import Membership
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.attendance import service as attendance
from liveapp.domain.attendance.service import Coming
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings import service as bookings
from liveapp.domain.catalogue.models import Location
from liveapp.domain.displays import service
from liveapp.domain.displays.errors import BadScope
from liveapp.domain.displays.models import Display
from liveapp.domain.displays.service import Wish
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules import door_code
from liveapp.rules.checkin import Way
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import display_board
from liveapp.web.navigation import P
from liveapp.web.qr_patterns import pattern
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.cast import NOW
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient

LIST = f"{P}/settings/displays"
STARTS_AT = NOW + timedelta(days=3)


@dataclass
class Studio:
    id: uuid.UUID
    ada: uuid.UUID
    room_id: uuid.UUID
    first_id: uuid.UUID
    second_id: uuid.UUID
    dora: uuid.UUID
    offering_id: uuid.UUID
    guests: list[uuid.UUID] = field(default_factory=list)

    def come(self, name: str, clock: Clock) -> None:
        """Somebody books the first session, and is in."""
        person = Person(email=f"{uuid.uuid4().hex[:8]}@example.com", name=name, timezone="UTC")
        about: dict[str, Any] = {"session_id": self.first_id, "person": person, "now": NOW}
        booking_id = transact_in_turn([self.first_id], bookings.book_place, **about)
        coming = Coming(Way.DOOR_CODE)
        transact_in_turn([self.first_id], attendance.check_in, booking_id=booking_id, coming=coming, now=clock.now())


@pytest.fixture
def studio(app: Flask, clock: Clock) -> Studio:
    """Two classes in one room, at 9:00 and at 10:30 UTC; Ada leads the first, Dora the second. The board is empty."""
    display_board.set_up(app)
    organization_id = cast.organization()
    ada, dora = cast.staff(organization_id), cast.staff(organization_id, "Dora Maar", "coach")
    room_id = cast.write(Location, organization_id=organization_id, name="Room 1", created_at=NOW)
    offering_id = cast.offering(organization_id)
    at = {"location_id": room_id, "format": "in_person"}
    first = cast.session(organization_id, ada, offering_id, STARTS_AT, title="Flow", **at)
    second = cast.session(organization_id, dora, offering_id, STARTS_AT + timedelta(minutes=90), title="Rest", **at)
    return Studio(organization_id, ada, room_id, first, second, dora, offering_id)


def hang(studio: Studio, **scope: Any) -> str:
    """A display's address."""
    values = {"name": "Door", "created_by": studio.ada, "created_at": NOW, "expires_at": NOW + timedelta(days=30)}
    display_id = cast.write(Display, organization_id=studio.id, **values | (scope or {"location_id": studio.room_id}))
    return f"/display/{sign(Purpose.DISPLAY, display_id)}"


def said(client: PolicingClient, address: str) -> str:
    """What the screen says, in one line."""
    scene = client.page(address).select_one("#scene")
    assert scene is not None
    return " ".join(scene.text.split())


@pytest.mark.parametrize("is_taken_over", [False, True])
def test_screens_of_somebody_who_leaves_end_or_are_taken_over(
    client: PolicingClient, new_client: Callable[[], PolicingClient], studio: Studio, clock: Clock, is_taken_over: bool
) -> None:
    grace = cast.staff(studio.id, "Grace Hopper", "coach")
    door = hang(studio, location_id=studio.room_id, created_by=grace)
    adas = hang(studio)
    cast.sign_in(client, studio.ada)
    membership_id = cast.one(select(Membership.id).where(Membership.user_id == grace))[0]
    question = client.page(f"{P}/members/{membership_id}/end")
    assert "1 screen on the wall was opened by Grace Hopper" in question.text
    client.post(f"{P}/members/{membership_id}/end", data={"take_screens": "yes"} if is_taken_over else {})
    assert new_client().get(adas).status_code == 200
    assert new_client().get(door).status_code == (200 if is_taken_over else 410)
    verb = "display.take_over" if is_taken_over else "display.revoke"
    assert cast.one(select(AuditEntry.actor_id).where(AuditEntry.action == verb))[0] == studio.ada
    owners = db.session.execute(select(Display.created_by).where(Display.revoked_at.is_(None))).scalars().all()
    assert set(owners) == {studio.ada}


def test_staff_make_a_screen_give_it_another_link_and_switch_it_off(
    client: PolicingClient, new_client: Callable[[], PolicingClient], studio: Studio, clock: Clock
) -> None:
    cast.sign_in(client, studio.ada)
    assert client.page(LIST).select_one(f".empty a[href='{LIST}/new']")
    form = client.page(f"{LIST}/new").select_one("form.session-form")
    assert form is not None
    assert client.submit(form, name="Door", shows=f"location:{studio.room_id.hex}").status_code == 303
    assert client.submit(form, name="Door", shows=f"location:{studio.room_id.hex}").status_code == 303  # once

    def links() -> list[str]:
        return [str(each["href"]) for each in client.page(LIST).select("li.card a[target=_blank]")]

    (first,) = links()
    screen = new_client()
    assert screen.get(first).status_code == 200
    assert "Last seen" in client.page(LIST).text
    again = client.page(LIST).select_one("form[action$='/rotate']")
    assert again is not None
    client.submit(again)
    clock.advance(seconds=2)
    assert (screen.get(first).status_code, [screen.get(each).status_code for each in links()]) == (410, [200])
    (second,) = links()
    off = client.page(LIST).select_one("form[action$='/revoke']")
    assert off is not None
    client.submit(off)
    clock.advance(seconds=2)
    assert [screen.get(f"{second}{part}").status_code for part in ("", "/now", "/code.svg")] == [410, 410, 410]
    assert links() == []
    actions = db.session.execute(select(AuditEntry.action).order_by(AuditEntry.number)).scalars().all()
    assert actions == ["display.add", "display.revoke", "display.add", "display.revoke"]


def test_a_coach_opens_screens_for_rooms_and_for_what_they_lead(client: PolicingClient, studio: Studio) -> None:
    cast.sign_in(client, studio.dora)
    form = client.page(f"{LIST}/new?session={studio.second_id}").select_one("form.session-form")
    assert form is not None
    assert "Flow" not in form.text
    assert client.submit(form, name="Rest").status_code == 303
    assert client.submit(form, name="Flow", shows=f"session:{studio.first_id.hex}").status_code == 422
    assert client.submit(form, name="x", shows=f"session:{uuid.uuid4().hex}").status_code == 422
    meeting = cast.session(
        studio.id, studio.dora, studio.offering_id, STARTS_AT + timedelta(hours=5), type="meeting", max_participants=1
    )
    actor = Actor(studio.dora, Role.COACH, studio.id)
    with pytest.raises(BadScope):
        transact(service.add, actor=actor, wish=Wish("Ours", 1, session_id=meeting), now=NOW)
    hang(studio)
    page = client.page(LIST)
    assert len(page.select("li.card")) == 2
    assert len(page.select("form[action$='/revoke']")) == 1


def test_a_rooms_screen_counts_down_counts_and_goes_on_by_itself(
    client: PolicingClient, studio: Studio, clock: Clock
) -> None:
    address = hang(studio)
    clock.set(STARTS_AT - timedelta(hours=2))
    before = said(client, address)
    assert before.startswith("Flow ")
    assert "with Ada Lovelace Check-in opens at" in before
    assert re.search("Next: .* Rest Dora Maar", before)
    assert client.get(f"{address}/code.svg").status_code == 204
    clock.set(STARTS_AT - timedelta(minutes=30))
    assert "0 of 0 in" in said(client, address)
    for name in ("Ben Okafor", "ben@example.com", "Okafor-Smith, Zoë"):
        studio.come(name, clock)
        clock.advance(seconds=3)
    now = said(client, address)
    assert "3 of 3 in" in now
    assert [each.text for each in client.page(address).select(".arrivals li")] == ["Zoë O.", "Somebody", "Ben O."]
    clock.set(STARTS_AT + timedelta(minutes=60))
    assert "Rest" in said(client, address)
    assert "0 of 0 in" in said(client, address)
    clock.set(STARTS_AT + timedelta(minutes=151))
    assert said(client, address) == "Nothing more today"


def test_a_screen_shows_nothing_private_and_leaves_nothing_behind(
    client: PolicingClient, studio: Studio, clock: Clock
) -> None:
    clock.set(STARTS_AT)
    studio.come("Ben Okafor", clock)
    address = hang(studio, session_id=studio.first_id)
    for path in (address, f"{address}/now", f"{address}?theme=dark", f"{address}/code.svg"):
        answer = client.get(path)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert not re.search(r"Okafor|@example\.com|style=", answer.text)
    assert 'data-theme="dark"' in client.get(f"{address}?theme=dark").text
    assert "data-theme" not in client.get(f"{address}?theme=x%22").text


@ON_ONE_DATABASE
def test_a_rooms_screen_tells_of_no_meetings(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    """Who sees whom alone is nobody else's business; and a class isn't pushed from the screen by a meeting."""
    at = {"location_id": studio.room_id, "format": "in_person", "type": "meeting", "max_participants": 1}
    cast.session(studio.id, studio.dora, studio.offering_id, STARTS_AT + timedelta(minutes=15), title="Grief", **at)
    clock.set(STARTS_AT)
    assert "Flow" in said(client, hang(studio))
    assert "Grief" not in said(client, hang(studio))


def test_the_code_is_the_doors_own_and_changes_every_thirty_seconds(
    client: PolicingClient, studio: Studio, app: Flask, clock: Clock
) -> None:
    address = hang(studio, session_id=studio.first_id)
    key = door_code.key_from(app.config["SECRET_KEY"])
    seen = set()
    for seconds in (0, 29, 30):
        clock.set(STARTS_AT + timedelta(seconds=seconds))
        answer = client.get(f"{address}/code.svg")
        tail = door_code.code(studio.first_id.bytes, clock.now(), key)
        assert answer.text == pattern("http://localhost/checkin?t=", len(tail)).svg(tail)
        assert float(answer.headers["X-Valid-For"]) == 60 - seconds % 30
        assert 0 <= float(answer.headers["X-Next-In"]) - (30 - seconds % 30) <= 8
        seen.add(answer.text)
    assert len(seen) == 2


def test_a_screen_that_shows_it_already_asks_the_database_nothing(
    client: PolicingClient,
    studio: Studio,
    clock: Clock,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    clock.set(STARTS_AT)
    addresses = [hang(studio), hang(studio, session_id=studio.first_id)]
    tags = [client.get(f"{address}/now").headers["ETag"] for address in addresses]

    def look() -> list[int]:
        pairs = zip(addresses, tags, strict=True)
        return [client.get(f"{address}/now", headers={"If-None-Match": tag}).status_code for address, tag in pairs]

    with count_queries() as statements:
        assert look() == [304, 304]
    assert statements == []
    clock.advance(seconds=2)
    with count_queries() as statements:
        assert look() == [304, 304]
    assert len(statements) == 1  # whose attendance changed, once for all screens of the process
    studio.come("Ben Okafor", clock)
    clock.advance(seconds=2)
    with count_queries() as statements:
        assert look() == [200, 200]
    assert len(statements) == 4


@ON_ONE_DATABASE
def test_links_of_other_things_forged_ended_and_of_nothing_open_no_screen(
    client: PolicingClient, studio: Studio, clock: Clock
) -> None:
    gone = sign(Purpose.DISPLAY, uuid.uuid4())
    forged = hang(studio)[:-2] + "xx"
    others = sign(Purpose.BOOKING, uuid.uuid4())
    for token in (gone, others, "x", forged.rpartition("/")[2]):
        for part in ("", "/now", "/code.svg"):
            assert client.get(f"/display/{token}{part}").status_code == 404
    ended = hang(studio, location_id=studio.room_id, expires_at=NOW + timedelta(minutes=1))
    clock.set(NOW + timedelta(minutes=1))
    answer = client.get(ended)
    assert (answer.status_code, "switched off" in answer.text) == (410, True)


def test_when_a_screen_was_last_seen_is_written_down_now_and_then(
    client: PolicingClient, studio: Studio, clock: Clock
) -> None:
    address = hang(studio)
    tag = client.get(f"{address}/now").headers["ETag"]

    def seen() -> Any:
        db.session.rollback()
        return db.session.execute(select(Display.last_seen_at)).scalar_one()

    client.get(address)
    opened_at = clock.now()
    assert seen() == opened_at
    clock.advance(seconds=14)
    client.get(address)
    assert seen() == opened_at
    clock.set(opened_at)
    for _ in range(19):
        clock.advance(seconds=15)
        client.get(f"{address}/now", headers={"If-None-Match": tag})
    assert seen() == opened_at
    clock.advance(seconds=15)
    client.get(f"{address}/now", headers={"If-None-Match": tag})
    assert seen() == clock.now()


def test_a_sessions_screen_says_when_it_is_cancelled_or_over(
    client: PolicingClient, studio: Studio, clock: Clock
) -> None:
    cancelled = cast.session(studio.id, studio.ada, studio.offering_id, STARTS_AT + timedelta(days=1),
                             status="cancelled", cancelled_at=NOW)  # fmt: skip
    assert "This session is cancelled." in said(client, hang(studio, session_id=cancelled))
    transact(lambda: db.session.execute(update(LiveSession).where(LiveSession.id == cancelled).values(deleted_at=NOW)))
    clock.advance(seconds=16)
    assert said(client, hang(studio, session_id=cancelled)) == "Nothing more today"
    own = hang(studio, session_id=studio.first_id)
    clock.set(STARTS_AT + timedelta(hours=1))
    text = said(client, own)
    assert "It is over." in text
    assert re.search("Next: .* Rest Dora Maar", text)


def test_the_list_asks_as_often_for_three_screens_as_for_one(
    client: PolicingClient, studio: Studio, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    cast.sign_in(client, studio.ada)
    asked = []
    for more in (1, 2):
        for _ in range(more):
            hang(studio, session_id=studio.first_id)
        with count_queries() as statements:
            client.page(LIST)
        asked.append(len(statements))
    assert asked[0] == asked[1]
