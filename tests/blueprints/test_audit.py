"""The audit log's page: what it shows, what can be looked for, and what nobody else sees."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from liveapp.domain.accounts import members
from liveapp.domain.accounts.models import User
from liveapp.domain.actor import Actor, system
from liveapp.domain.audit import service as audit
from liveapp.domain.availability import exceptions
from liveapp.domain.availability import service as availability
from liveapp.domain.availability.exceptions import Dates
from liveapp.domain.availability.service import Hours
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings import session_changes
from liveapp.domain.catalogue import service as catalogue
from liveapp.domain.catalogue.details import Lengths, OfferingDetails
from liveapp.domain.catalogue.models import Location, Program
from liveapp.domain.live_sessions import service as sessions
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web.navigation import P
from tests import cast
from tests.cast import BEN, NOW
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient, soup_of

PAGE = f"{P}/audit"
START = datetime(2026, 3, 5, 17, 30, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """Ada owns a studio in Berlin, Dana coaches there."""

    organization_id: uuid.UUID
    ada: uuid.UUID
    dana: uuid.UUID
    offering_id: uuid.UUID
    session_id: uuid.UUID

    @property
    def owner(self) -> Actor:
        return Actor(self.ada, Role.OWNER, self.organization_id, "203.0.113.9")

    def note(self, number: int = 1, actor: Actor | None = None, now: datetime = NOW, **values: Any) -> None:
        """Writes entries of this organization, in one transaction."""
        by = replace(actor or self.owner, batch_id=values.pop("batch_id", None))
        entry = {"action": "publish", "object_type": "session", "object_id": self.session_id} | values
        transact(_record, number, {"actor": by, "now": now} | entry)


def _record(number: int, entry: dict[str, Any]) -> None:
    for _ in range(number):
        audit.record(**entry)


@pytest.fixture
def world(app: Flask, client: PolicingClient) -> World:
    organization_id = cast.organization()
    ada, dana = cast.staff(organization_id, "Ada Lovelace"), cast.staff(organization_id, "Dana Reed", "coach")
    offering_id = cast.offering(organization_id)
    session_id = cast.session(organization_id, ada, offering_id, START)
    cast.sign_in(client, ada, organization_id)
    return World(organization_id, ada, dana, offering_id, session_id)


def said(page: BeautifulSoup) -> list[str]:
    """Each entry as it is read, without what only a screen reader is told."""
    found = []
    for entry in page.select(".audit > li"):
        for hidden in entry.select(".sr-only"):
            hidden.extract()
        found.append(" ".join(entry.text.split()))
    return found


def test_nothing_has_happened_yet(world: World, client: PolicingClient) -> None:
    page = client.page(PAGE)
    assert said(page) == []
    assert "Nothing has happened yet" in page.text


def test_a_story_in_words(world: World, client: PolicingClient) -> None:
    actor = world.owner
    studio = cast.write(Location, organization_id=world.organization_id, name="Studio 1", created_at=NOW)
    beginners = cast.write(Program, organization_id=world.organization_id, name="Beginners", created_at=NOW)
    transact(sessions.unpublish, session_id=world.session_id, actor=actor, now=NOW)
    transact(sessions.publish, session_id=world.session_id, actor=actor, now=NOW)
    place = transact_in_turn(
        [world.session_id], bookings.book_place, session_id=world.session_id, person=BEN, now=NOW + timedelta(hours=1)
    )
    transact_in_turn(
        [world.session_id], session_changes.cancel_session,
        session_id=world.session_id, actor=actor, now=NOW + timedelta(hours=2), reason="The roof leaks",
    )  # fmt: skip
    offering = OfferingDetails(
        title="Slow yoga", kind="live_class", format="in_person", duration_minutes=75, capacity=20, price_minor=1850,
        location_id=studio, program_id=beginners, host_id=world.dana,
    )  # fmt: skip
    transact(catalogue.change_offering, actor=actor, offering_id=world.offering_id, details=offering,
             lengths=Lengths(30, 240), now=NOW + timedelta(hours=3))  # fmt: skip
    membership = next(each.id for each in members.staff_members(organization_id=world.organization_id)
                      if each.user_id == world.dana)  # fmt: skip
    transact(members.change_role, actor=actor, membership_id=membership, role=Role.ADMIN, now=NOW)
    hours = [Hours(540, 720), Hours(780, 1020, duration_minutes=60, price_minor=4500)]
    transact(availability.save_day, host_id=world.dana, day=0, hours=hours, actor=actor, now=NOW, also=[2])
    transact(exceptions.take_days_off, host_id=world.dana, dates=Dates(date(2026, 4, 1), date(2026, 4, 3)),
             note="Wedding", actor=actor, now=NOW)  # fmt: skip
    world.note(action="promote", object_type="booking", object_id=place, actor=system(world.organization_id),
               before={"status": "waitlisted"}, after={"status": "confirmed"})  # fmt: skip
    world.note(action="credit_lot.give", object_type="credit_lot", object_id=uuid.uuid4(), batch_id=uuid.uuid4(),
               after={"credits": 10, "price_minor": 12000, "expires_at": START, "plan_id": "x", "is_paused": True},
               before={"credits": 0, "price_minor": None, "is_paused": False})  # fmt: skip

    assert [line.removeprefix("Mon 2 Mar 2026, ") for line in said(client.page(PAGE))] == STORY.strip().splitlines()


STORY = """
10:00 AM from 203.0.113.9 Ada Lovelace did “give” Credit lot In one go with others Plan unknown \
Price – → €120.00 Lasts until Thu 5 Mar 2026, 6:30 PM Credits 0 → 10 Is paused no → yes
10:00 AM Automatically gave a place to Ben Okafor Booking Yoga, Thu 5 Mar 2026, 6:30 PM Status waitlisted → confirmed
10:00 AM from 203.0.113.9 Ada Lovelace added days that differ Hours Dana Reed \
Kind closed First day Wed 1 Apr 2026 Last day Fri 3 Apr 2026 Note Wedding
10:00 AM from 203.0.113.9 Ada Lovelace changed the weekly hours Hours Dana Reed \
Monday – → 09:00–12:00, 13:00–17:00 (only 1 h, €45.00) Wednesday – → 09:00–12:00, 13:00–17:00 (only 1 h, €45.00)
10:00 AM from 203.0.113.9 Ada Lovelace changed the role Person Dana Reed Role coach → admin
1:00 PM from 203.0.113.9 Ada Lovelace changed title, host, program, length and 2 more Offering Slow yoga \
Title Yoga → Slow yoga Host – → Dana Reed Program – → Beginners Length 1 h → 1 h 15 min \
Location – → Studio 1 Price – → €18.50
12:00 PM from 203.0.113.9 Ada Lovelace cancelled it (“The roof leaks”) Session Yoga, Thu 5 Mar 2026, 6:30 PM \
Status scheduled → cancelled
12:00 PM from 203.0.113.9 Ada Lovelace cancelled the booking of Ben Okafor (“The roof leaks”) \
Booking Yoga, Thu 5 Mar 2026, 6:30 PM Status confirmed → cancelled With the session Yoga
11:00 AM Ben Okafor booked Booking Yoga, Thu 5 Mar 2026, 6:30 PM Status confirmed Paid free
10:00 AM from 203.0.113.9 Ada Lovelace published it Session Yoga, Thu 5 Mar 2026, 6:30 PM Status draft → scheduled
10:00 AM from 203.0.113.9 Ada Lovelace took it back to a draft Session Yoga, Thu 5 Mar 2026, 6:30 PM \
Status scheduled → draft
"""


def test_a_long_value_is_folded(world: World, client: PolicingClient) -> None:
    world.note(action="edit", before={"description": ""}, after={"description": "Bring a towel. " * 40})
    folded = client.page(PAGE).select_one(".audit details.more")
    assert folded is not None
    assert folded.summary is not None
    assert len(folded.summary.text) < 100
    assert folded.text.count("Bring a towel.") > 40


def test_pages_hold_every_entry_once_in_one_order(world: World, client: PolicingClient) -> None:
    """Entries of one transaction have one time: their numbers keep them in order."""
    world.note(number=120)
    address, seen, pages = PAGE, [], []
    while address:
        page = client.page(address)
        pages.append([_number(entry) for entry in page.select(".audit > li")])
        seen += pages[-1]
        older = page.select_one(".pagination a[rel=next]")
        address = str(older["href"]) if older else ""
    assert [len(each) for each in pages] == [50, 50, 20]
    assert seen == sorted(set(seen), reverse=True)

    newer = page.select_one(".pagination a[rel=prev]")
    assert newer is not None
    assert [_number(entry) for entry in client.page(str(newer["href"])).select(".audit > li")] == pages[1]


def test_the_address_keeps_what_is_looked_for(world: World, client: PolicingClient) -> None:
    world.note(number=60)
    world.note(number=60, action="delete")
    older = client.page(f"{PAGE}?what=session:publish&who={world.ada}").select_one(".pagination a[rel=next]")
    assert older is not None
    found = said(client.page(str(older["href"])))
    assert len(found) == 10
    assert all("published it" in each for each in found)


@pytest.fixture
def varied(world: World) -> World:
    """Six entries: by Ada, by Dana, by a guest and by itself, over three days and a batch."""
    place = transact_in_turn([world.session_id], bookings.book_place, session_id=world.session_id, person=BEN, now=NOW)
    dana = Actor(world.dana, Role.COACH, world.organization_id)
    world.note(action="publish", now=NOW - timedelta(days=1))
    world.note(action="start", actor=system(world.organization_id), now=NOW + timedelta(days=1))
    world.note(action="end", actor=dana, now=datetime(2026, 3, 3, 22, 59, tzinfo=UTC))
    world.note(action="delete", actor=dana, now=datetime(2026, 3, 3, 23, 0, tzinfo=UTC))
    world.note(action="cancel", object_type="booking", object_id=place, batch_id=BATCH, now=NOW)
    return world


WORDS = ("cancelled the booking of", "published it", "deleted it", "ended it", "started it", "Okafor booked")
BATCH = uuid.UUID("11111111-2222-3333-4444-555555555555")
LOOKED_FOR = {
    "who={ada}": ["cancelled the booking of", "published it"],
    "who={dana}": ["deleted it", "ended it"],
    "who=clock": ["started it"],
    "who=clients": ["Okafor booked"],
    "what=booking": ["cancelled the booking of", "Okafor booked"],
    "what=session:end": ["ended it"],
    "what=booking:cancel&who={dana}": [],
    "object={session}": [
        "cancelled the booking of",
        "deleted it",
        "ended it",
        "started it",
        "published it",
        "Okafor booked",
    ],
    "object={ben}": ["cancelled the booking of", "Okafor booked"],
    f"batch={BATCH}": ["cancelled the booking of"],
    "to=2026-03-01": ["published it"],
    "from=2026-03-03": ["deleted it", "ended it", "started it"],
    "from=2026-03-03&to=2026-03-03": ["ended it", "started it"],
    "from=2026-03-04": ["deleted it"],
    "object=99999999-2222-3333-4444-555555555555": [],
    "batch=99999999-2222-3333-4444-555555555555": [],
}  # fmt: skip


@pytest.mark.parametrize("asked", LOOKED_FOR)
def test_what_can_be_looked_for(varied: World, client: PolicingClient, asked: str) -> None:
    ben = _ben()
    known = {"ada": varied.ada, "dana": varied.dana, "session": varied.session_id, "ben": ben}
    page = client.page(f"{PAGE}?{asked.format(**known)}")
    found = [words for line in said(page) for words in WORDS if words in line]
    assert found == LOOKED_FOR[asked]
    assert ("Nothing matches" in page.text) is (not found)


def test_a_guest_is_found_by_what_they_did(varied: World, client: PolicingClient) -> None:
    ben = _ben()
    page = client.page(f"{PAGE}?who={ben}")
    assert len(said(page)) == 1
    assert "Ben Okafor" in [option.text for option in page.select("#who option[selected]")]


def test_a_member_who_did_nothing_yet_can_be_looked_for(world: World, client: PolicingClient) -> None:
    member = cast.staff(world.organization_id, "Mia Moon", "member")
    page = client.page(f"{PAGE}?who={member}")
    assert [option.text for option in page.select("#who option[selected]")] == ["Mia Moon"]
    assert "Nothing matches" in page.text


BAD = {
    "object=zz": "The link that brought you here is broken",
    "object=%00": "The link that brought you here is broken",
    "batch='; DROP TABLE audit_entries": "The link that brought you here is broken",
    "who=zz": "Choose one from the list.",
    "who=%00": "Choose one from the list.",
    "what=nothing:like-it": "Choose one from the list.",
    "what=booking%00:cancel": "Choose one from the list.",
    "from=yesterday": "Enter a date like 2026-03-31",
    "from=0001-01-01": "Enter a date like 2026-03-31",
    "to=9999-12-31": "Enter a date like 2026-03-31",
    "to=2026-02-30": "Enter a date like 2026-03-31",
    "from=2026-03-04&to=2026-03-03": "The last day is before the first. Choose a later one.",
}


@ON_ONE_DATABASE
@pytest.mark.parametrize("asked", BAD)
def test_what_makes_no_sense_gets_its_sentence(varied: World, client: PolicingClient, asked: str) -> None:
    page = client.page(f"{PAGE}?{asked}", status=422)
    assert said(page) == []
    assert BAD[asked] in page.text


@pytest.mark.parametrize("asked", ["from=2026-03-04&to=2026-03-03", "to=nonsense"])
def test_the_sentence_stands_next_to_its_field(varied: World, client: PolicingClient, asked: str) -> None:
    page = client.page(f"{PAGE}?{asked}", status=422)
    error = page.select_one("#to-error")
    field = page.select_one("[name=to]")
    assert error is not None
    assert field is not None
    assert field["aria-invalid"] == "true"
    assert error["id"] in str(field["aria-describedby"])


@ON_ONE_DATABASE
@pytest.mark.parametrize("asked", ["before=zz", "before=", "after=99999999999999999999", "before=-1", "before=%00"])
def test_a_place_that_is_none_is_the_beginning(varied: World, client: PolicingClient, asked: str) -> None:
    assert len(said(client.page(f"{PAGE}?{asked}"))) == 6


def test_a_part_of_the_page_is_its_log(varied: World, client: PolicingClient) -> None:
    answer = client.htmx(f"{PAGE}?what=booking")
    assert answer.status_code == 200
    assert len(said(soup_of(answer))) == 2
    assert "<h1" not in answer.text


def test_nothing_of_others(varied: World, client: PolicingClient, new_client: Callable[[], PolicingClient]) -> None:
    """Whoever works in two organizations leaves each its own log, and names lead nowhere across."""
    other = cast.organization("school")
    cy = cast.staff(other, "Cy Other")
    ben = _ben()
    cast.membership(other, varied.ada, "admin")
    transact(audit.record, actor=Actor(varied.ada, Role.ADMIN, other), action="organization.change",
             object_type="organization", object_id=other, now=NOW, after={"name": "School"})  # fmt: skip
    stranger = new_client()
    cast.sign_in(stranger, cy)

    assert [line.partition("M ")[2] for line in said(stranger.page(PAGE))] == [
        "Ada Lovelace changed name Organization Name School"
    ]
    for asked in (f"object={varied.session_id}", f"object={ben}", f"batch={BATCH}", f"who={varied.ada}&what=session"):
        assert said(stranger.page(f"{PAGE}?{asked}")) == []
    for person in (varied.dana, ben):
        assert "Choose one from the list." in stranger.page(f"{PAGE}?who={person}", status=422).text
    assert len(said(client.page(PAGE))) == 6


def test_names_of_other_organizations_are_unknown(world: World, client: PolicingClient) -> None:
    """An entry that names a thing of somebody else, which no service writes, doesn't tell what it is called."""
    other = cast.organization("school")
    secret = cast.write(Location, organization_id=other, name="Secret room", created_at=NOW)
    world.note(action="edit", before={"location_id": None}, after={"location_id": secret})
    assert said(client.page(PAGE))[0].endswith("Location – → unknown")


def test_as_many_queries_for_one_entry_as_for_a_page(
    world: World, client: PolicingClient, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    _one_of_each(world, 1)
    with count_queries() as few:
        first = said(client.page(PAGE))
    _one_of_each(world, 8)
    with count_queries() as many:
        page = said(client.page(PAGE))
    assert (len(first), len(page)) == (6, 50)
    assert len(many) == len(few)


def test_the_log_is_linked_from_what_it_is_about(
    varied: World, client: PolicingClient, new_client: Callable[[], PolicingClient]
) -> None:
    session = client.page(f"{P}/sessions/{varied.session_id}")
    assert len(said(client.page(_link(session, "Everything that happened to it")))) == 6

    coach = new_client()
    cast.sign_in(coach, varied.dana)
    assert "audit" not in coach.get(f"{P}/sessions/{varied.session_id}").text
    assert coach.get(PAGE).status_code == 403


def test_a_bulk_change_leads_to_its_entries_and_back(world: World, client: PolicingClient, clock: Clock) -> None:
    clock.set(NOW)
    preview = client.page(f"{P}/bulk/preview?all=1&verb=cancel")
    form = preview.select_one("#go-ahead")
    assert form is not None
    record = client.submit(form, reason="The roof leaks").location
    page = client.page(_link(client.page(record), "In the audit log"))
    assert [line.partition("Ada Lovelace ")[2].partition(" (“")[0] for line in said(page)] == [
        "cancelled many sessions",
        "cancelled it",
    ]
    assert _link(page, "1 session") == record
    assert _link(client.page(PAGE), "In one go with others") == f"{PAGE}?batch={record.rpartition('/')[2]}"


def test_a_person_s_doings_and_story(varied: World, client: PolicingClient) -> None:
    person = next(each for each in members.staff_members(organization_id=varied.organization_id)
                  if each.user_id == varied.dana)  # fmt: skip
    transact(members.change_role, actor=varied.owner, membership_id=person.id, role=Role.ADMIN, now=NOW)
    transact(availability.save_day, host_id=varied.dana, day=0, hours=[Hours(540, 720)], actor=varied.owner, now=NOW)
    page = client.page(f"{P}/members/{person.id}")
    happened = said(client.page(_link(page, "What happened to them")))
    assert len(said(client.page(_link(page, "What they did")))) == 2
    assert [("Role" in line, "Monday" in line) for line in happened] == [(False, True), (True, False)]


def _link(page: BeautifulSoup, words: str) -> str:
    return next(str(link["href"]) for link in page.select("main a[href]") if link.text.strip() == words)


def _one_of_each(world: World, times: int) -> None:
    for number in range(times):
        name = uuid.uuid4().hex[:6]
        location = cast.write(Location, organization_id=world.organization_id, name=f"Room {name}", created_at=NOW)
        program = cast.write(Program, organization_id=world.organization_id, name=f"Program {name}", created_at=NOW)
        session = cast.session(
            world.organization_id, world.ada, world.offering_id, START + timedelta(days=7 * number, hours=times)
        )
        place = transact_in_turn([session], bookings.book_place, session_id=session, person=cast.guest(number), now=NOW)
        own = {"location_id": location, "program_id": program, "host_id": world.dana, "offering_id": world.offering_id}
        world.note(action="edit", object_id=session, after=own)
        world.note(action="cancel", object_type="booking", object_id=place)
        world.note(action="offering.add", object_type="offering", object_id=world.offering_id)
        world.note(action="location.add", object_type="location", object_id=location)
        world.note(action="program.add", object_type="program", object_id=program)


def _number(entry: Any) -> int:
    return int(str(entry["id"]).removeprefix("entry-"))


def _ben() -> uuid.UUID:
    found: uuid.UUID = cast.one(select(User.id).where(User.email == BEN.email)).id
    return found
