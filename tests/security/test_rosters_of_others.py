"""What a coach reads of who comes to another host's session: names and states, on no page and in no answer more."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.attendance import service as attendance
from liveapp.domain.bookings import notes
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.places import Wish
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from liveapp.web.navigation import P
from tests import cast
from tests.cast import NOW
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient

SECRETS = {
    "address": "hopper.private@example.com", "message": "My-knee-hurts", "topic": "About-my-divorce",
    "note": "Owes-us-a-mat", "reason": "Was-found-ill", "cancel": "Moved-away-from-him",
    "payment": "To pay at the desk",
}  # fmt: skip
STARTS = NOW + timedelta(minutes=10)


@dataclass
class World:
    """Ada's class in ten minutes, at the desk: Grace comes and wrote something, Ben is excused, Cy gave it up."""

    organization_id: uuid.UUID
    session_id: uuid.UUID
    bookings: list[uuid.UUID]
    ada: uuid.UUID
    leo: uuid.UUID

    def values(self) -> list[dict[str, Any]]:
        return [{"session_id": self.session_id, "booking_id": each} for each in self.bookings]


@pytest.fixture
def world(app: Flask, clock: Clock) -> Iterator[World]:
    clock.set(NOW)
    organization_id = cast.organization(payment_provider="desk", allow_late_cancellation=True)
    ada = cast.actor(organization_id, "Ada Lovelace", Role.COACH)
    assert ada.user_id
    owner = cast.actor(organization_id, "Olga Owner", Role.OWNER)
    offering = cast.offering(organization_id, price_minor=1743, topic_type="flexible")
    session_id = cast.session(organization_id, ada.user_id, offering, STARTS, price_minor=1743)
    people = [("Grace Hopper", SECRETS["address"]), ("Ben Okafor", "ben@example.com"), ("Cy Young", "cy@example.com")]
    found = []
    for name, email in people:
        person, wish = cast.Person(email, name, "UTC"), Wish(SECRETS["topic"], SECRETS["message"])
        found.append(transact(bookings.book_place, session_id=session_id, person=person, wish=wish, now=NOW))
    grace, ben, cy = found
    transact(notes.write_note, booking_id=grace, text=SECRETS["note"], actor=owner, now=NOW)
    transact(attendance.excuse, booking_id=ben, actor=owner, reason=SECRETS["reason"], now=NOW)
    transact(bookings.cancel, booking_id=cy, actor=owner, reason=SECRETS["cancel"], now=NOW)
    yield World(organization_id, session_id, found, ada.user_id, cast.staff(organization_id, "Leo Coach", "coach"))
    db.session.rollback()


def everything_read(app: Flask, client: PolicingClient, world: World) -> str:
    """Every page and answer about the session or its bookings, every list of the staff, and what taps answer."""
    texts = []
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.arguments - {"session_id", "booking_id"}:
            continue
        for values in world.values():
            path = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
            texts.append(client.get(path).text)
            if not rule.arguments:
                break
    session, api = f"{P}/sessions/{world.session_id}", f"/api/sessions/{world.session_id}"
    texts += [client.get(f"{session}/{path}").text for path in ("roster?who=hopper.private", "door/now?since=0")]
    for booking_id in world.bookings:
        json = {"Accept": "application/json"}
        texts.append(client.post(f"{session}/door", data={"in": booking_id}, headers=json).text)
        texts.append(client.post(f"{session}/door", data={"undo": booking_id}, headers={"HX-Request": "true"}).text)
        texts.append(client.post(f"{api}/check-in", json={"booking_id": str(booking_id)}).text)
    return "\n".join(texts)


@ON_ONE_DATABASE
@pytest.mark.parametrize(("who", "is_open"), [("leo", False), ("leo", True), ("ada", False)])
def test_what_is_read_of_a_session(app: Flask, client: PolicingClient, world: World, who: str, is_open: bool) -> None:
    transact(lambda: db.session.execute(update(Organization).values(coaches_read_rosters=is_open)))
    cast.sign_in(client, getattr(world, who), world.organization_id)
    text = everything_read(app, client, world)
    assert "Grace Hopper" in text
    reads = who == "ada" or is_open
    assert {name: secret in text for name, secret in SECRETS.items()} == dict.fromkeys(SECRETS, reads)


@ON_ONE_DATABASE
def test_addresses_arent_searched_for_by_who_cant_read_them(client: PolicingClient, world: World) -> None:
    cast.sign_in(client, world.leo, world.organization_id)
    for words, is_found in (("grace", True), ("hopper.private", False)):
        page = client.page(f"{P}/sessions/{world.session_id}/roster?who={words}")
        assert ("Grace Hopper" in page.text) is is_found
