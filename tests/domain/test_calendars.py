"""Whoever changes anything, every calendar shows what is true: sent exactly for what is confirmed, withdrawn exactly
where it was sent."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from liveapp.db import db
from liveapp.domain.accounts import providers
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import closures, holds, location_changes, moves, series_changes, session_changes, waitlist
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.series_changes import Scope
from liveapp.domain.bulk import deeds
from liveapp.domain.bulk.fates import Fate
from liveapp.domain.bulk.selection import Wish
from liveapp.domain.catalogue.details import LocationDetails
from liveapp.domain.catalogue.models import Location
from liveapp.domain.errors import Refusal
from liveapp.domain.live_sessions import access, service
from liveapp.domain.live_sessions.details import Details
from liveapp.domain.live_sessions.differences import Change
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.service import Time
from liveapp.rules.bulk import Verb
from liveapp.rules.lifecycle import ForbiddenTransition
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import BEN, NOW
from tests.domain import session_words as words
from tests.domain.calendar_programs import Calendars

TEN = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)  # Wednesday, 10:00 in Berlin
EVE = cast.guest(1)
HOUR = timedelta(hours=1)
WHO = ("guest", "host", "owner", "admin")


@dataclass
class Studio:
    """Ada owns it, Max runs its desk, Dana coaches: she leads two classes, and can be met, at once or on request."""

    organization_id: uuid.UUID
    ada: uuid.UUID
    max: uuid.UUID
    dana: uuid.UUID
    classes: list[uuid.UUID]
    meeting: uuid.UUID
    asking: uuid.UUID
    calendars: Calendars = field(default_factory=Calendars)

    def actor(self, who: str) -> Actor | None:
        """Who does it; nobody for the guest, who holds the booking."""
        people = {"host": (self.dana, Role.ADMIN), "owner": (self.ada, Role.OWNER), "admin": (self.max, Role.ADMIN)}
        return Actor(*people[who], self.organization_id) if who in people else None

    def staff(self, who: str) -> Actor:
        return self.actor(who) or Actor(self.ada, Role.OWNER, self.organization_id)

    def book(self, number: int = 0, person: cast.Person = BEN) -> uuid.UUID:
        return transact(bookings.book_place, session_id=self.classes[number], person=person, now=NOW)

    def meet(self, offering_id: uuid.UUID | None = None, start: datetime = TEN) -> uuid.UUID:
        return transact(
            meetings.book_slot, organization_id=self.organization_id, offering_id=offering_id or self.meeting,
            host_id=self.dana, time=Time(start), person=BEN, now=NOW,
        )  # fmt: skip

    def ask(self) -> uuid.UUID:
        return self.meet(self.asking)

    def change(self, session_id: uuid.UUID, who: str, **values: Any) -> None:
        """Edits what a form of the session says."""
        actor = self.staff(who)
        session = transact(access.own, session_id=session_id, actor=actor)
        start = values.pop("start", session.scheduled_at)
        said = {name: getattr(session, name) for name in Details.__dataclass_fields__} | values
        edit = session_changes.Edit(Details(**said), start)
        transact(
            session_changes.edit_session, session_id=session_id, actor=actor, now=NOW, limits=words.LIMITS, edit=edit
        )

    def check(self) -> None:
        """Every calendar shows what is true."""
        self.calendars.read_mails()
        assert self.calendars.shown == self.calendars.true()


def studio() -> Studio:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    mae = cast.staff(organization_id, "Max Frei", "admin")
    dana = cast.staff(organization_id, "Dana Scott", "admin")
    cast.weekly_hours(organization_id, dana)
    offering_id = cast.offering(organization_id)
    classes = [
        cast.session(organization_id, dana, offering_id, NOW + timedelta(days=3 + number), max_participants=1 + number)
        for number in range(2)
    ]
    asking = cast.meeting_offering(organization_id, title="Mentoring", booking_mode="request")
    meeting = cast.meeting_offering(organization_id)
    return Studio(organization_id, ada, mae, dana, classes, meeting, asking)


@pytest.fixture
def at(app: Flask) -> Iterator[Studio]:
    providers.set_up(takes_cards=True)
    yield studio()
    providers.set_up(takes_cards=False)
    words.assert_invariants()


def cancel(at: Studio, booking_id: uuid.UUID, who: str) -> None:
    transact(bookings.cancel, booking_id=booking_id, now=NOW, actor=at.actor(who), reason="Ill")


def reschedule(at: Studio, booking_id: uuid.UUID, who: str, hours: int = 1) -> None:
    transact(meetings.reschedule, booking_id=booking_id, start=TEN + hours * HOUR, now=NOW, actor=at.actor(who))


def propose(at: Studio, booking_id: uuid.UUID, who: str) -> None:
    transact(
        meetings.propose, booking_id=booking_id, start=TEN + 4 * HOUR, now=NOW, actor=at.staff(who), words="Later?"
    )


def accept(at: Studio, booking_id: uuid.UUID, who: str) -> None:
    transact(meetings.accept, booking_id=booking_id, now=NOW, actor=at.actor(who))


def decline(at: Studio, booking_id: uuid.UUID, who: str) -> None:
    transact(meetings.decline, booking_id=booking_id, now=NOW, actor=at.staff(who), words="Sorry")


def bulk(at: Studio, verb: Verb, who: str, **wish: Any) -> None:
    """What the deeds of a bulk change do, once its preview found nothing in the way."""
    actor = at.staff(who)

    def do() -> None:
        found = [Fate(access.own(key, actor)) for key in at.classes]
        deeds.do(found, Wish(verb, reason="Ill", **wish), actor=actor, now=NOW, tell=lambda _number: None)

    transact(do)


def rename(at: Studio, location_id: uuid.UUID, details: LocationDetails, who: str) -> None:
    transact(
        location_changes.change_location, actor=at.staff(who), location_id=location_id, details=details,
        is_exclusive=False, now=NOW,
    )  # fmt: skip


def close_the_day(at: Studio, who: str, day: date) -> None:
    """Whatever is on the day goes."""
    actor = at.staff(who)
    days = {"first_day": day, "last_day": day, "location_id": None}
    seen = len(closures.hits(organization_id=at.organization_id, now=NOW, **days))
    transact(closures.close, actor=actor, reason="Storm", seen=seen, now=NOW, **days)


def do_meeting(at: Studio, who: str) -> Iterator[None]:
    booking_id = at.meet()
    yield
    reschedule(at, booking_id, who)
    yield
    cancel(at, booking_id, who)
    yield


def do_request_declined(at: Studio, who: str) -> Iterator[None]:
    booking_id = at.ask()
    yield
    reschedule(at, booking_id, who)
    yield
    decline(at, booking_id, who)
    yield


def do_request_withdrawn(at: Studio, who: str) -> Iterator[None]:
    booking_id = at.ask()
    reschedule(at, booking_id, "guest")
    yield
    cancel(at, booking_id, who)
    yield


def do_request_lapses(at: Studio, who: str) -> Iterator[None]:
    booking_id = at.ask()
    reschedule(at, booking_id, who)
    yield
    assert transact(meetings.expire, booking_id=booking_id, now=NOW + timedelta(days=2))
    yield


def do_request_accepted(at: Studio, who: str) -> Iterator[None]:
    booking_id = at.ask()
    by = who
    if who == "guest":
        propose(at, booking_id, "host")
        yield
    accept(at, booking_id, by)
    yield
    reschedule(at, booking_id, "guest", 6)
    yield
    reschedule(at, booking_id, who, 2)
    yield
    cancel(at, booking_id, who)
    yield


def do_class(at: Studio, who: str) -> Iterator[None]:
    first, second = at.book(1), at.book(1, EVE)
    yield
    cancel(at, first, who)
    yield
    transact(moves.move_place, booking_id=second, session_id=at.classes[0], now=NOW, actor=at.actor(who))
    yield
    transact(session_changes.cancel_session, session_id=at.classes[1], actor=at.staff(who), now=NOW, reason="Ill")
    yield
    transact(session_changes.cancel_session, session_id=at.classes[0], actor=at.staff(who), now=NOW, reason="Ill")
    yield


def do_line(at: Studio, who: str) -> Iterator[None]:
    first, waiting = at.book(0), at.book(0, EVE)
    yield
    cancel(at, first, who)
    yield
    cancel(at, waiting, who)
    yield


def do_line_left(at: Studio, who: str) -> Iterator[None]:
    at.book(0)
    cancel(at, at.book(0, EVE), who)
    yield


def do_changes(at: Studio, who: str) -> Iterator[None]:
    at.book(0)
    yield
    at.change(at.classes[0], who, start=NOW + timedelta(days=3, hours=2), duration_minutes=90)
    yield
    at.change(at.classes[0], who, title="Evening yoga")
    yield
    at.change(at.classes[0], who, host_id=at.ada)
    yield
    at.change(at.classes[0], who, host_id=at.max)
    yield
    at.change(at.classes[0], who, host_id=at.dana)
    yield
    at.change(at.classes[0], who, format="online", meeting_url="https://meet.example.com/one")
    yield
    transact(session_changes.cancel_session, session_id=at.classes[0], actor=at.staff(who), now=NOW, reason="Ill")
    yield


def do_taken_back(at: Studio, who: str) -> Iterator[None]:
    booking_id = at.book(0)
    yield
    cancel(at, booking_id, "guest")
    yield
    transact(service.unpublish, session_id=at.classes[0], actor=at.staff(who), now=NOW)
    yield
    transact(service.publish, session_id=at.classes[0], actor=at.staff(who), now=NOW)
    yield
    transact(service.unpublish, session_id=at.classes[0], actor=at.staff(who), now=NOW)
    transact(service.delete, session_id=at.classes[0], actor=at.staff(who), now=NOW)
    yield


def do_closed(at: Studio, who: str) -> Iterator[None]:
    at.book(0)
    at.meet()
    at.meet(at.asking, TEN + 2 * HOUR)
    yield
    close_the_day(at, who, date(2026, 3, 4))
    yield
    close_the_day(at, who, date(2026, 3, 5))
    yield


def do_place(at: Studio, who: str) -> Iterator[None]:
    """A place gets another name, and another address; it may take one session at a time, which changes no entry."""
    room = cast.write(Location, organization_id=at.organization_id, name="Loft", created_at=NOW)
    at.change(at.classes[0], who, location_id=room)
    there = cast.meeting_offering(at.organization_id, format="in_person", location_id=room, slug="there")
    asking = cast.meeting_offering(
        at.organization_id, format="in_person", location_id=room, slug="asking", booking_mode="request"
    )
    at.book(0)
    at.meet(there)
    at.meet(asking, TEN + 3 * HOUR)
    yield
    for details in (LocationDetails("Attic"), LocationDetails("Attic", "High Street 1")):
        rename(at, room, details, who)
        yield
    before = len(cast.mails())
    rename(at, room, LocationDetails("Attic", "High Street 1", check_in_radius=50), who)
    assert len(cast.mails()) == before
    yield


def do_clock(at: Studio, _who: str) -> Iterator[None]:
    at.book(0)
    at.book(0, EVE)
    at.meet()
    yield
    for session_id in at.classes:
        transact(
            session_changes.advance, session_id=session_id, organization_id=at.organization_id,
            now=NOW + timedelta(days=5),
        )  # fmt: skip
        yield


def do_held(at: Studio, who: str) -> Iterator[None]:
    """A place that is held while it is being paid for is nobody's yet."""
    transact(_sell_by_card, at=at)
    booking_id = at.book(1)
    assert cast.booking_row(booking_id).status == "held"
    yield
    if who == "guest":
        assert transact(holds.confirm_paid, booking_id=booking_id, now=NOW)
    else:
        transact(waitlist.promote, session_id=at.classes[1], now=NOW + timedelta(days=1))
        assert cast.booking_row(booking_id).status == "expired"
    yield


def do_series(at: Studio, who: str) -> Iterator[None]:
    world = words.World(at.organization_id, at.ada, at.dana, cast.offering(at.organization_id, title="Pilates"))
    first = world.make(words.weekly(date(2026, 3, 10), count=3), host_id=at.dana)
    dates = [row.id for row in words.dates(first)]
    for key in dates[:2]:
        transact(bookings.book_place, session_id=key, person=BEN, now=NOW)
    yield
    change = Change({"host_id": at.ada, "duration_minutes": 90}, local_start=19 * 60)
    transact(
        series_changes.edit_series, session_id=first, scope=Scope.ALL, actor=at.staff(who), now=NOW,
        limits=words.LIMITS, change=change, include=frozenset(dates),
    )  # fmt: skip
    yield
    transact(
        series_changes.cancel_series, session_id=first, scope=Scope.ALL, actor=at.staff(who), now=NOW, reason="Ill",
        include=frozenset(dates),
    )  # fmt: skip
    yield


def do_bulk(at: Studio, who: str) -> Iterator[None]:
    at.book(0)
    at.book(1)
    yield
    bulk(at, Verb.HOST, who, host_id=at.ada)
    yield
    bulk(at, Verb.CANCEL, who)
    yield


STORIES: dict[str, Callable[[Studio, str], Iterator[None]]] = {
    name.removeprefix("do_"): story for name, story in list(globals().items()) if name.startswith("do_")
}


@pytest.mark.either_database
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("story", STORIES)
def test_every_change_by_everybody_leaves_true_calendars(at: Studio, story: str, who: str) -> None:
    steps = 0
    for _ in STORIES[story](at, who):
        at.check()
        steps += 1
    assert steps


CHANCES: list[Callable[[Studio, list[uuid.UUID], str, int], Any]] = [
    lambda at, made, who, number: made.append(at.book(number % 2, (BEN, EVE)[number // 2 % 2])),
    lambda at, made, who, number: made.append(at.meet(None, TEN + number * HOUR)),
    lambda at, made, who, number: made.append(at.meet(at.asking, TEN + number * HOUR)),
    lambda at, made, who, number: cancel(at, made[number % len(made)], who),
    lambda at, made, who, number: reschedule(at, made[number % len(made)], who, number),
    lambda at, made, who, number: propose(at, made[number % len(made)], who),
    lambda at, made, who, number: accept(at, made[number % len(made)], who),
    lambda at, made, who, number: decline(at, made[number % len(made)], who),
    lambda at, made, who, number: transact(
        moves.move_place, booking_id=made[number % len(made)], session_id=at.classes[number % 2], now=NOW,
        actor=at.actor(who),
    ),
    lambda at, made, who, number: at.change(
        at.classes[number % 2], who, host_id=(at.ada, at.dana, at.max)[number % 3],
        start=NOW + timedelta(days=3, hours=number),
    ),
    lambda at, made, who, number: transact(
        session_changes.cancel_session, session_id=at.classes[number % 2], actor=at.staff(who), now=NOW, reason="Ill"
    ),
    lambda at, made, who, number: transact(
        service.unpublish, session_id=at.classes[number % 2], actor=at.staff(who), now=NOW
    ),
    lambda at, made, who, number: transact(
        service.publish, session_id=at.classes[number % 2], actor=at.staff(who), now=NOW
    ),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_any_order_of_changes_leaves_true_calendars(at: Studio, seed: int) -> None:
    """Mails leave at once in every second walk, and all together at its end in the others."""
    chance, made = random.Random(seed), list[uuid.UUID]()
    at.calendars.at_once = bool(seed % 2)
    for _ in range(16):
        step = chance.choice(CHANCES) if made else CHANCES[0]
        try:
            step(at, made, chance.choice(WHO), chance.randrange(6))
        except (Refusal, ForbiddenTransition):
            db.session.rollback()
        if at.calendars.at_once:
            at.check()
        else:
            at.calendars.true()
    at.check()


def _sell_by_card(at: Studio) -> None:
    db.session.execute(
        update(Organization).where(Organization.id == at.organization_id).values(payment_provider="stripe")
    )
    db.session.execute(update(LiveSession).values(price_minor=1500))
