"""Many sessions changed at once: each verb as for one, all of them or none, once, and kept to be read."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from liveapp import unit_of_work
from liveapp.db import Base, db
from liveapp.domain.accounts import members
from liveapp.domain.accounts.models import Membership
from liveapp.domain.actor import Actor
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.availability import claims
from liveapp.domain.availability.models import Closure, TimeClaim
from liveapp.domain.bulk import batches, queries
from liveapp.domain.bulk.deeds import STEP
from liveapp.domain.bulk.errors import LookAgain, NothingChosen, SomeRefused, TooMany
from liveapp.domain.bulk.fates import Fate, fates, fingerprint
from liveapp.domain.bulk.models import Batch
from liveapp.domain.bulk.selection import Selection, Wish, chosen
from liveapp.domain.catalogue.models import Location, Program
from liveapp.domain.errors import Forbidden, Invalid
from liveapp.domain.live_sessions import queries as live_sessions
from liveapp.domain.live_sessions import service
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.live_sessions.queries import Filters
from liveapp.rules.bulk import MOST, Shift, Verb
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn, transact_many
from liveapp.web import batches as applying
from liveapp.web import clock as app_clock
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock
from tests.databases import Database
from tests.domain import session_words as words
from tests.domain.session_words import IN_THREE_DAYS, World, book, weekly

PUBLISH, UNPUBLISH = Wish(Verb.PUBLISH), Wish(Verb.UNPUBLISH)
CANCEL = Wish(Verb.CANCEL, reason="The roof leaks")
ALL = Selection(filters=Filters(), words="All")


@pytest.fixture
def world(app: Flask, clock: Clock) -> Iterator[World]:
    clock.set(NOW)
    yield from words.living_world(app)


def drafts(world: World, number: int = 3, **values: Any) -> list[uuid.UUID]:
    """So many drafts on as many days."""
    return [world.make(IN_THREE_DAYS + timedelta(days=day), publishes=False, **values) for day in range(number)]


def picked(*ids: uuid.UUID) -> Selection:
    return Selection(ids=frozenset(ids), words="Ticked by hand")


def look(world: World, selection: Selection, wish: Wish) -> list[Fate]:
    """What the preview finds."""
    db.session.rollback()
    now = app_clock.now()
    return fates(chosen(selection, actor=world.owner, now=now), wish, actor=world.owner, now=now)


def ask(world: World, selection: Selection, wish: Wish, *, leaves_out: bool = False, **more: Any) -> uuid.UUID:
    """The preview and the go-ahead."""
    asked = {"actor": world.owner, "seen": fingerprint(look(world, selection, wish)), "key": None} | more
    return transact(batches.ask, selection=selection, wish=wish, leaves_out=leaves_out, now=app_clock.now(), **asked)


def do(world: World, selection: Selection, wish: Wish, **more: Any) -> Any:
    """Asked for and applied: the batch as it is then."""
    batch_id = ask(world, selection, wish, **more)
    applying.apply(batch_id)
    return batch(batch_id)


def batch(batch_id: uuid.UUID) -> Any:
    db.session.rollback()
    return queries.batch(batch_id=batch_id)


def statuses(*ids: uuid.UUID) -> list[str]:
    return [cast.session_row(each).status for each in ids]


def everything(*besides: str) -> dict[str, str]:
    """A fingerprint of every table but these."""
    db.session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in besides:
            rows = sorted(repr(tuple(row)) for row in db.session.execute(select(table)))
            found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def entries(batch_id: uuid.UUID) -> list[tuple[str, str]]:
    """What the audit log says of a batch: (object_type, action), in order."""
    db.session.rollback()
    query = select(AuditEntry.object_type, AuditEntry.action).where(AuditEntry.batch_id == batch_id)
    return [(row.object_type, row.action) for row in db.session.execute(query.order_by(AuditEntry.number))]


def test_publishing_many(world: World) -> None:
    ids = drafts(world)
    done = do(world, ALL, PUBLISH)
    assert (done.status, done.number, done.told, done.refusal) == ("done", 3, 0, "")
    assert statuses(*ids) == ["scheduled"] * 3
    assert entries(done.id) == [("session", "publish")] * 3 + [("batch", "publish")]
    assert [row.after for row in queries.sessions(batch_id=done.id)] == [{"status": "scheduled"}] * 3


def test_the_batch_has_one_entry_with_all_that_was_asked(world: World) -> None:
    ids = drafts(world, 2)
    selection = Selection(ids=frozenset(ids), words="Ticked by hand", said={"id": [str(each) for each in ids]})
    done = do(world, selection, PUBLISH)
    ((action, before, after),) = words.audited(done.id)
    assert (action, before) == ("publish", {})
    assert after == {
        "chosen": "Ticked by hand", "filter": {"id": [str(each) for each in ids]}, "changed": 2, "told": 0,
        "sessions": [str(each) for each in ids],
    }  # fmt: skip


def test_unpublishing_is_refused_while_somebody_is_booked(world: World) -> None:
    free, booked = world.make(), world.make(IN_THREE_DAYS + timedelta(days=1))
    book(booked)
    found = look(world, ALL, Wish(Verb.UNPUBLISH))
    assert [fate.why for fate in found] == ["", "People are booked or wait, so it can't be unpublished"]
    assert "1 person is booked" in found[1].sentence
    do(world, ALL, Wish(Verb.UNPUBLISH), leaves_out=True)
    assert statuses(free, booked) == ["draft", "scheduled"]


def test_cancelling_many_tells_each_booking_once(world: World) -> None:
    ids = [world.make(IN_THREE_DAYS + timedelta(days=day), host_id=world.dana) for day in range(2)]
    for session_id in ids:
        book(session_id)
    book(ids[0], cast.guest(1))
    before = len(cast.mails())
    done = do(world, ALL, CANCEL)
    assert (done.status, done.told) == ("done", 3)
    assert statuses(*ids) == ["cancelled"] * 2
    assert {cast.session_row(each).cancel_reason for each in ids} == {"The roof leaks"}
    assert len(cast.mails()) == before + 5
    assert [mail for mail in cast.mails() if mail[0] == "session_cancelled"] == [
        ("session_cancelled", "ben@example.com"), ("session_cancelled", "ben@example.com"),
        ("session_cancelled", "guest1@example.com"),
    ]  # fmt: skip
    assert [row.told for row in queries.sessions(batch_id=done.id)] == [2, 1]
    assert entries(done.id).count(("booking", "cancel")) == 3


def test_deleting_cancels_what_is_published_first(world: World) -> None:
    draft, published = drafts(world, 1)[0], world.make(IN_THREE_DAYS + timedelta(days=7))
    book(published)
    wish = Wish(Verb.DELETE, reason="We move")
    with pytest.raises(Invalid, match="Say why"):
        ask(world, ALL, replace(wish, reason=" "))
    done = do(world, ALL, wish)
    assert done.told == 1
    assert all(cast.session_row(each).deleted_at == NOW for each in (draft, published))
    assert ("session_cancelled", "ben@example.com") in cast.mails()
    assert db.session.execute(select(func.count()).select_from(TimeClaim)).scalar_one() == 0


def test_handing_over_many(world: World) -> None:
    eve = cast.staff(world.organization_id, "Eve Holt", "coach")
    ids = [world.make(IN_THREE_DAYS), world.make(weekly(date(2026, 3, 12), count=2), host_id=world.dana)]
    book(ids[0])
    done = do(world, ALL, Wish(Verb.HOST, host_id=eve))
    assert (done.number, done.told) == (3, 1)
    assert {row.host_id for row in look_rows(world)} == {eve}
    assert [row.is_detached for row in look_rows(world)] == [False, True, True]
    assert ("session_changed", "ben@example.com") in cast.mails()
    assert queries.previous(batch_id=done.id, name="host_id") == {str(world.ada), str(world.dana)}


def look_rows(world: World) -> Any:
    db.session.rollback()
    return chosen(ALL, actor=world.owner, now=NOW)


def test_moving_a_daily_series_on_by_a_day_is_in_nobodys_way(world: World) -> None:
    """Each date goes where the next one was; 29 March has an hour less."""
    first = world.make(weekly(date(2026, 3, 26), days=(0, 1, 2, 3, 4, 5, 6), count=5))
    before = [row.scheduled_at for row in words.dates(first)]
    do(world, ALL, Wish(Verb.MOVE, shift=Shift(days=1)))
    after = [row.scheduled_at for row in words.dates(first)]
    assert after[:-1] == before[1:]
    assert after[2] - before[2] == timedelta(hours=23)


def test_moving_to_a_time_of_day_tells_from_when_to_when(world: World) -> None:
    session_id = world.make(IN_THREE_DAYS)
    book(session_id)
    done = do(world, ALL, Wish(Verb.MOVE, shift=Shift(to_minute=19 * 60)))
    assert cast.session_row(session_id).scheduled_at == datetime(2026, 3, 5, 18, tzinfo=UTC)
    (row,) = queries.sessions(batch_id=done.id)
    assert (row.before, row.after) == (
        {"scheduled_at": "2026-03-05T09:00:00+00:00"},
        {"scheduled_at": "2026-03-05T18:00:00+00:00"},
    )
    assert done.told == 1


@pytest.mark.parametrize(
    ("shift", "why"),
    [
        (Shift(days=-7), "At the new time it would have passed already"),
        (Shift(to_minute=600), "It is at that time already"),
    ],
)
def test_nothing_is_moved_into_the_past_or_nowhere(world: World, shift: Shift, why: str) -> None:
    session_id = world.make(IN_THREE_DAYS)
    assert [fate.why for fate in look(world, ALL, Wish(Verb.MOVE, shift=shift))] == [why]
    state = everything()
    with pytest.raises(SomeRefused, match="None of these"):
        ask(world, ALL, Wish(Verb.MOVE, shift=shift), leaves_out=True)
    assert everything() == state
    assert cast.session_row(session_id).scheduled_at == IN_THREE_DAYS


def test_what_stands_in_the_way_is_named(world: World) -> None:
    location = cast.write(
        Location, organization_id=world.organization_id, name="Loft", is_exclusive=True, created_at=NOW
    )
    world.make(IN_THREE_DAYS, title="Yoga", location_id=location)
    world.make(IN_THREE_DAYS + timedelta(hours=2), host_id=world.dana, title="Choir", location_id=location)
    world.make(IN_THREE_DAYS + timedelta(hours=5), title="Drums")
    cast.write(
        Closure, organization_id=world.organization_id, first_day=date(2026, 3, 7), last_day=date(2026, 3, 7),
        reason="Fair", created_by=world.ada, created_at=NOW,
    )  # fmt: skip
    yoga = replace(ALL, filters=Filters(search="yoga"))
    into_choir = look(world, yoga, Wish(Verb.MOVE, shift=Shift(minutes=120)))
    assert "The location is taken. “Choir” is at that time" in into_choir[0].sentence
    into_drums = look(world, yoga, Wish(Verb.MOVE, shift=Shift(minutes=290)))
    assert "“Drums” is at that time" in into_drums[0].sentence
    closed = look(world, yoga, Wish(Verb.MOVE, shift=Shift(days=2)))
    assert closed[0].sentence == "You are closed on Sat 7 March (Fair)."


def test_two_of_the_batch_that_would_meet_are_named(world: World) -> None:
    world.make(IN_THREE_DAYS, title="Yoga")
    world.make(IN_THREE_DAYS + timedelta(hours=3), title="Choir")
    first, second = look(world, ALL, Wish(Verb.MOVE, shift=Shift(to_minute=20 * 60)))
    assert not first.why
    assert second.sentence == "“Yoga” (Thu 5 March, 10:00) would be at that time too."


def test_one_that_is_left_out_is_in_the_way_of_the_others(world: World) -> None:
    ids = [world.make(IN_THREE_DAYS + timedelta(days=day)) for day in range(3)]
    world.make(IN_THREE_DAYS + timedelta(days=3), title="Concert", host_id=world.ada)
    found = look(world, picked(*ids), Wish(Verb.MOVE, shift=Shift(days=1)))
    assert "“Concert” is at that time" in found[2].sentence
    assert found[0].sentence == "“Yoga” (Fri 6 March, 10:00) stays where it is, and is in the way."


def test_all_or_nothing_needs_a_word_before_some_are_left_out(world: World) -> None:
    ids = [*drafts(world, 2), world.make(IN_THREE_DAYS + timedelta(days=9))]
    state = everything()
    with pytest.raises(SomeRefused, match="1 of 3 sessions can't be changed so"):
        ask(world, ALL, PUBLISH)
    assert everything() == state
    done = do(world, ALL, PUBLISH, leaves_out=True)
    assert done.number == 2
    assert statuses(*ids) == ["scheduled"] * 3
    rows = queries.sessions(batch_id=done.id)
    assert [row.left_out for row in rows] == ["", "", "This session is scheduled, so it can't be published"]
    assert queries.left_out(batch_id=done.id) == 1


def test_one_refusal_takes_everything_back(world: World) -> None:
    ids = drafts(world)
    batch_id = ask(world, ALL, PUBLISH)
    words.do(service.publish, session_id=ids[1], actor=world.owner)
    state = everything("batches")
    applying.apply(batch_id)
    failed = batch(batch_id)
    assert (failed.status, failed.refused_session_id) == ("failed", ids[1])
    assert failed.refusal == "This session is scheduled, so it can't be published"
    assert everything("batches") == state
    assert entries(batch_id) == []


def test_a_session_that_is_gone_meanwhile_fails_the_batch(world: World) -> None:
    ids = drafts(world)
    batch_id = ask(world, ALL, PUBLISH)
    do(world, picked(ids[0]), Wish(Verb.DELETE))
    applying.apply(batch_id)
    assert batch(batch_id).refusal == "1 session of it is gone meanwhile."
    assert statuses(*ids[1:]) == ["draft", "draft"]


def test_applied_twice_it_is_done_once(world: World) -> None:
    session_id = world.make(IN_THREE_DAYS, host_id=world.dana)
    book(session_id)
    done = do(world, ALL, CANCEL)
    state = everything()
    applying.apply(done.id)
    assert transact(batches.fail, batch_id=done.id, sentence="late", session_id=None, now=NOW) is False
    assert everything() == state


def test_asked_twice_with_one_key_it_is_one_batch(world: World) -> None:
    drafts(world)
    seen = fingerprint(look(world, ALL, PUBLISH))
    first = ask(world, ALL, PUBLISH, key="k", seen=seen)
    applying.apply(first)
    assert ask(world, picked(uuid.uuid4(), *(row.id for row in look_rows(world))), PUBLISH, key="k", seen=seen) == first
    assert db.session.execute(select(func.count()).select_from(Batch)).scalar_one() == 1


def test_what_came_in_between_is_to_be_looked_at_again(world: World) -> None:
    drafts(world)
    seen = fingerprint(look(world, ALL, PUBLISH))
    world.make(IN_THREE_DAYS + timedelta(days=20), publishes=False)
    state = everything()
    with pytest.raises(LookAgain):
        ask(world, ALL, PUBLISH, seen=seen)
    assert everything() == state


def test_a_role_that_ended_meanwhile_ends_the_batch(world: World) -> None:
    emil = cast.actor(world.organization_id, "Emil Kahn", Role.ADMIN)
    ids = drafts(world, 1)
    batch_id = ask(world, ALL, PUBLISH, actor=emil)
    words.do(_end_role, actor=world.owner, user_id=emil.user_id)
    applying.apply(batch_id)
    assert batch(batch_id).status == "failed"
    assert statuses(*ids) == ["draft"]


def _end_role(*, actor: Actor, user_id: uuid.UUID, now: datetime) -> None:
    query = select(Membership.id).where(Membership.user_id == user_id)
    members.end_membership(actor=actor, membership_id=db.session.execute(query).scalar_one(), now=now)


def test_coaches_ask_for_nothing_in_bulk(world: World) -> None:
    drafts(world, host_id=world.dana)
    state = everything()
    with pytest.raises(Forbidden):
        ask(world, ALL, PUBLISH, actor=world.coach)
    assert everything() == state


def test_another_organizations_sessions_are_not_there(world: World) -> None:
    other = cast.organization("school")
    cy = cast.staff(other, "Cy Young")
    theirs = cast.session(other, cy, cast.offering(other), status="draft")
    mine = drafts(world, 1)[0]
    done = do(world, picked(mine, theirs), PUBLISH)
    assert done.number == 1
    assert statuses(mine, theirs) == ["scheduled", "draft"]
    with pytest.raises(NothingChosen, match="aren't there any more"):
        look(world, picked(theirs), PUBLISH)


@pytest.mark.parametrize(
    ("selection", "sentence"),
    [
        (replace(ALL, filters=Filters(search="nothing like it")), "No session matches"),
        (replace(ALL, filters=Filters(first=NOW, last=NOW - timedelta(days=1))), "The last day is before the first"),
        (Selection(), "No session is chosen"),
    ],
)
def test_nothing_chosen_says_so(world: World, selection: Selection, sentence: str) -> None:
    drafts(world, 1)
    state = everything()
    with pytest.raises(NothingChosen, match=sentence):
        ask(world, selection, PUBLISH, seen="")
    assert everything() == state


def test_two_thousand_at_most(world: World) -> None:
    """No more than that is loaded; what matches is counted."""
    _fill(world, MOST + 312)
    with pytest.raises(TooMany, match=r"At most 2,000 sessions are changed at once, and 2,312 match"):
        look(world, ALL, PUBLISH)


def _fill(world: World, number: int) -> None:
    """So many drafts, one after the other."""
    made = []
    for position in range(number):
        start = IN_THREE_DAYS + timedelta(minutes=30 * position)
        made.append({"id": uuid.uuid4(), "start": start})
    transact(write_drafts, world, made)


def write_drafts(world: World, made: list[dict[str, Any]]) -> None:
    rows = [
        {
            "id": each["id"], "organization_id": world.organization_id, "offering_id": world.offering_id,
            "host_id": world.ada, "title": "Yoga", "duration_minutes": 30, "timezone": "Europe/Berlin",
            "max_participants": 20, "currency": "EUR", "status": "draft", "scheduled_at": each["start"],
            "ends_at": each["start"] + timedelta(minutes=30), "created_at": NOW,
        }
        for each in made
    ]  # fmt: skip
    db.session.execute(insert(LiveSession), rows)
    claims.take(
        [
            claims.Claim(
                organization_id=world.organization_id, session_id=row["id"], host_id=world.ada, kind="session",
                starts_at=row["scheduled_at"], ends_at=row["ends_at"],
            )
            for row in rows
        ],
        now=NOW,
    )  # fmt: skip


@pytest.mark.parametrize("wish", [PUBLISH, Wish(Verb.MOVE, shift=Shift(days=1))])
def test_a_preview_asks_as_much_for_thirty_as_for_one(
    world: World, wish: Wish, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    counts = []
    for number in (1, 29):
        _fill_day(world, number, after=len(counts))
        db.session.rollback()
        with count_queries() as statements:
            found = look(world, ALL, wish)
            queries.audience(session_ids=[fate.session.id for fate in found])
        counts.append(len(statements))
    assert len(look(world, ALL, wish)) == 30
    assert counts[0] == counts[1]


def _fill_day(world: World, number: int, *, after: int) -> None:
    made = [
        {"id": uuid.uuid4(), "start": IN_THREE_DAYS + timedelta(minutes=30 * (position + after))}
        for position in range(number)
    ]
    transact(write_drafts, world, made)


def test_filters_by_program_weekday_and_local_start(world: World) -> None:
    """In Berlin it is 18:00 on Mondays, in winter and in summer; in UTC an hour earlier, or two."""
    program = cast.write(Program, organization_id=world.organization_id, name="Adults", created_at=NOW)
    other = cast.offering(world.organization_id, title="Choir", program_id=program)
    first = world.make(weekly(date(2026, 3, 16), days=(0, 2), at=time(18), count=6))
    choir = world.make(datetime(2026, 3, 17, 22, 30, tzinfo=UTC), offering_id=other)  # 23:30 on Tuesday in Berlin
    dates = [row.id for row in words.dates(first)]

    def found(**filters: Any) -> list[uuid.UUID]:
        db.session.rollback()
        wanted = Filters(timezone="Europe/Berlin", **filters)
        page = live_sessions.calendar_sessions(organization_id=world.organization_id, filters=wanted, now=NOW)
        rows = live_sessions.chosen(organization_id=world.organization_id, choice=wanted, now=NOW, most=100)
        selected = [row.id for row in rows]
        assert [row.id for row in page.rows] == selected
        return selected

    assert found(program_id=program) == [choir]
    assert found(weekdays=frozenset({0})) == dates[::2]
    assert found(weekdays=frozenset({1})) == [choir]
    assert found(starts_from=18 * 60, starts_to=18 * 60) == dates
    assert found(starts_from=18 * 60 + 1) == [choir]
    assert found(starts_to=18 * 60 - 1) == []
    assert found(starts_from=23 * 60, starts_to=60) == [choir]
    assert found(starts_from=0, starts_to=23 * 60 + 29) == dates


def test_bookings_elsewhere_are_no_rivals(world: World, app: Flask, database: Database) -> None:
    """Somebody books another session while a batch is at work. The control: at SERIALIZABLE it has to begin anew, of
    five times at least once (which rows PostgreSQL remembers depends on how it reads the table that day)."""
    if database.kind != "postgresql":
        pytest.skip("on SQLite nobody books while a batch holds the write lock")
    elsewhere = world.make(IN_THREE_DAYS, host_id=world.dana, title="Choir")
    _fill(world, STEP + 50)
    assert not _begins_anew(transact_many, world, app, PUBLISH, elsewhere, 0)
    turns = ((UNPUBLISH, PUBLISH)[guest % 2 == 0] for guest in range(1, 6))
    assert any(
        _begins_anew(transact_in_turn, world, app, verb, elsewhere, guest) for guest, verb in enumerate(turns, 1)
    )


def _begins_anew(
    transacting: Callable[..., Any], world: World, app: Flask, wish: Wish, elsewhere: uuid.UUID, guest: int
) -> bool:
    """Whether a batch has to be repeated because somebody books elsewhere in its midst."""
    batch_id = ask(world, replace(ALL, filters=Filters(search="yoga")), wish)
    booked: list[threading.Thread] = []

    def somebody_books(_number: int) -> None:
        if not booked:
            booked.append(threading.Thread(target=_book_elsewhere, args=(app, elsewhere, guest)))
            booked[0].start()
            booked[0].join(30)

    turns, before = queries.turns(batch_id=batch_id), unit_of_work.retries()["apply_batch"]
    assert transacting(turns, batches.apply_batch, batch_id=batch_id, now=NOW, tell=somebody_books)
    assert batch(batch_id).status == "done"
    assert cast.session_row(elsewhere).participant_count == guest + 1
    return unit_of_work.retries()["apply_batch"] > before


def _book_elsewhere(app: Flask, session_id: uuid.UUID, guest: int) -> None:
    with app.app_context():
        book(session_id, cast.guest(guest))
