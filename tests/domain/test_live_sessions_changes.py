"""Changes that people must learn of, closures, and what the clock does by itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from liveapp.db import db
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.availability.models import Closure, TimeClaim
from liveapp.domain.bookings import closures, places, session_changes
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.session_changes import Edit
from liveapp.domain.catalogue.models import Location
from liveapp.domain.errors import Forbidden, Invalid, NotFound
from liveapp.domain.live_sessions import queries, service
from liveapp.domain.live_sessions.errors import AskFirst, Clash, NotEditable, NotOpen
from liveapp.domain.live_sessions.queries import Filters
from liveapp.domain.notifications.models import Notification
from liveapp.rules.lifecycle import ForbiddenTransition
from liveapp.rules.roles import Role
from liveapp.tasks import emails, sweeps
from liveapp.web import clock as app_clock
from tests import cast
from tests.cast import NOW
from tests.domain import session_words as words
from tests.domain.session_words import IN_THREE_DAYS, LIMITS, World, do


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    yield from words.living_world(app)


def edit(
    world: World, session_id: uuid.UUID, *, actor: Actor | None = None, start: datetime = IN_THREE_DAYS, **said: object
) -> list[str]:
    change = Edit(world.details(**said), start)
    asked = {"session_id": session_id, "actor": actor or world.owner, "limits": LIMITS}
    return do(session_changes.edit_session, edit=change, **asked)


def cancel(world: World, session_id: uuid.UUID, reason: str = "The host is ill", actor: Actor | None = None) -> int:
    asked = {"session_id": session_id, "actor": actor or world.owner}
    return do(session_changes.cancel_session, reason=reason, **asked)


def mails_of(kind: str) -> list[tuple[str, dict[str, object]]]:
    """Address and payload of every mail of a kind."""
    cast.mails()
    query = select(Notification.email, Notification.payload).where(Notification.kind == kind)
    return sorted((row.email, row.payload) for row in db.session.execute(query))


def test_cancelling_tells_everybody_once_and_gives_everything_back(world: World) -> None:
    session_id = world.make(max_participants=1, host_id=world.dana)
    booked, waiting = words.book(session_id), words.book(session_id, cast.guest(1))
    assert cancel(world, session_id) == 2
    row = cast.session_row(session_id)
    assert (row.status, row.cancel_reason, row.participant_count, row.waiting_count) == (
        "cancelled",
        "The host is ill",
        0,
        0,
    )
    assert [cast.booking_row(each).status for each in (booked, waiting)] == ["cancelled", "cancelled"]
    assert cast.booking_row(booked).cancelled_late is False
    reason = {"reason": "The host is ill"}
    assert mails_of("session_cancelled") == [("ben@example.com", reason), ("guest1@example.com", reason)]
    assert mails_of("host_session_cancelled") == [("dana@example.com", reason)]
    assert cast.one(select(func.count()).select_from(TimeClaim)) == (0,)
    with pytest.raises(ForbiddenTransition):
        cancel(world, session_id)


def test_cancelling_needs_a_reason_and_the_right(world: World) -> None:
    session_id = world.make(host_id=world.dana)
    with pytest.raises(Invalid):
        cancel(world, session_id, reason="  ")
    with pytest.raises(Forbidden):
        cancel(world, session_id, actor=world.coach)
    elsewhere = cast.organization("elsewhere")
    with pytest.raises(NotFound):
        cancel(world, session_id, actor=Actor(cast.staff(elsewhere, "Cy Young"), Role.OWNER, elsewhere))
    assert cast.session_row(session_id).status == "scheduled"


def test_a_moved_session_tells_what_was_and_raises_its_sequence(world: World) -> None:
    session_id = world.make()
    words.book(session_id)
    start = IN_THREE_DAYS + timedelta(hours=2)
    assert edit(world, session_id, start=start, duration_minutes=90) == ["time", "length"]
    row = cast.session_row(session_id)
    assert (row.scheduled_at, row.ends_at, row.revision) == (start, start + timedelta(minutes=90), 1)
    payload = {"changes": ["time", "length"], "was": IN_THREE_DAYS.isoformat()}
    assert mails_of("session_changed") == [("ben@example.com", payload)]
    world.make(IN_THREE_DAYS)


def test_words_that_concern_nobody_are_changed_quietly(world: World) -> None:
    session_id = world.make()
    words.book(session_id)
    assert edit(world, session_id, description="Slow", notes="Bring the speaker") == []
    assert mails_of("session_changed") == []
    assert (cast.session_row(session_id).description, cast.session_row(session_id).revision) == ("Slow", 0)


def test_another_title_is_told_as_calendars_show_it(world: World) -> None:
    session_id = world.make()
    words.book(session_id)
    assert edit(world, session_id, title="Flow") == ["title"]
    assert cast.session_row(session_id).revision == 1


def test_another_link_is_told(world: World) -> None:
    session_id = world.make(format="online", meeting_url="https://meet.example.com/one")
    words.book(session_id)
    assert edit(world, session_id, format="online", meeting_url="https://meet.example.com/two") == ["link"]


def test_a_substitute_takes_over_and_everybody_learns_of_it(world: World) -> None:
    session_id = world.make()
    words.book(session_id)
    handing = {"host_id": world.dana, "actor": world.owner, "limits": LIMITS}
    assert do(session_changes.substitute_host, session_id=session_id, **handing) == ["host"]
    assert cast.session_row(session_id).host_id == world.dana
    assert mails_of("host_session_changed") == [("dana@example.com", {"changes": ["host"]})]
    assert mails_of("session_changed") == [("ben@example.com", {"changes": ["host"]})]
    world.make()
    with pytest.raises(Clash):
        do(session_changes.substitute_host, session_id=session_id, **handing | {"host_id": world.ada})


def test_places_never_fall_below_those_that_are_held(world: World) -> None:
    session_id = world.make()
    words.book(session_id)
    words.book(session_id, cast.guest(1))
    with pytest.raises(Invalid) as refused:
        edit(world, session_id, max_participants=1)
    assert (refused.value.field, refused.value.sentence) == (
        "max_participants",
        "2 places are held, so there can't be fewer than 2.",
    )
    edit(world, session_id, max_participants=2)


def test_a_coach_edits_own_drafts_and_nothing_else(world: World) -> None:
    own = world.make(host_id=world.dana, publishes=False)
    edit(world, own, actor=world.coach, host_id=world.dana, title="Mine")
    assert cast.session_row(own).title == "Mine"
    do(service.publish, session_id=own, actor=world.owner)
    other = world.make(IN_THREE_DAYS + timedelta(hours=3), publishes=False)
    for session_id in (own, other):
        with pytest.raises(Forbidden):
            edit(world, session_id, actor=world.coach, host_id=world.dana)


def test_what_is_over_stays_as_it_was(world: World) -> None:
    session_id = world.make()
    cancel(world, session_id)
    with pytest.raises(NotEditable):
        edit(world, session_id)
    with pytest.raises(Invalid):
        edit(world, world.make(), start=NOW - timedelta(minutes=1))


def test_the_clock_starts_and_ends_sessions_and_lets_waits_go(world: World) -> None:
    session_id = world.make(max_participants=1)
    words.book(session_id)
    waiting = words.book(session_id, cast.guest(1))
    app_clock.set_clock(IN_THREE_DAYS - timedelta(seconds=1))
    assert sweeps.advance_sessions() == 0
    app_clock.set_clock(IN_THREE_DAYS)
    assert sweeps.advance_sessions() == 1
    row = cast.session_row(session_id)
    assert (row.status, row.started_at, row.waiting_count) == ("live", IN_THREE_DAYS, 0)
    assert cast.booking_row(waiting).status == "expired"
    assert mails_of("waitlist_expired") == [("guest1@example.com", {})]
    assert sweeps.advance_sessions() == 0
    app_clock.set_clock(IN_THREE_DAYS + timedelta(hours=1))
    assert (sweeps.advance_sessions(), sweeps.advance_sessions()) == (1, 0)
    assert cast.session_row(session_id).status == "ended"
    assert [action for action, *_ in words.audited(session_id)] == ["create", "start", "end"]


def test_a_clock_that_missed_the_start_makes_both_steps(world: World) -> None:
    session_id = world.make()
    app_clock.set_clock(IN_THREE_DAYS + timedelta(hours=5))
    assert sweeps.advance_sessions() == 2
    assert cast.session_row(session_id).status == "ended"
    assert sweeps.extend_series() == 0


def test_the_host_may_start_in_the_window_take_it_back_and_end(world: World) -> None:
    session_id = world.make(host_id=world.dana)
    opens = IN_THREE_DAYS - timedelta(minutes=30)
    with pytest.raises(NotOpen) as refused:
        do(session_changes.start_session, session_id=session_id, actor=world.coach, now=opens - timedelta(seconds=1))
    assert (refused.value.status, refused.value.more) == (409, {"opens_at": opens.isoformat()})
    for _ in range(2):
        do(session_changes.start_session, session_id=session_id, actor=world.coach, now=opens)
        do(service.take_back_start, session_id=session_id, actor=world.coach, now=opens)
    do(session_changes.start_session, session_id=session_id, actor=world.coach, now=opens)
    with pytest.raises(NotOpen):
        do(service.take_back_start, session_id=session_id, actor=world.coach, now=IN_THREE_DAYS)
    do(service.end, session_id=session_id, actor=world.coach, now=opens)
    assert cast.session_row(session_id).status == "ended"
    with pytest.raises(ForbiddenTransition):
        do(session_changes.start_session, session_id=session_id, actor=world.owner)


def test_starting_while_people_wait_takes_agreement_to_just_so_many(world: World) -> None:
    session_id = world.make(max_participants=1)
    words.book(session_id)
    waiting = words.book(session_id, cast.guest(1))
    asked = {"session_id": session_id, "actor": world.owner, "now": IN_THREE_DAYS - timedelta(minutes=5)}
    for agreed in (None, 0, 2):
        with pytest.raises(AskFirst):
            do(session_changes.start_session, agreed=agreed, **asked)
    do(session_changes.start_session, agreed=1, **asked)
    assert (cast.session_row(session_id).status, cast.booking_row(waiting).status) == ("live", "expired")


def closing(world: World, day: date, **values: object) -> dict[str, object]:
    return {"first_day": day, "last_day": day, "location_id": None} | values


def test_a_closure_cancels_what_it_hits_and_tells_everybody(world: World) -> None:
    hit = world.make()
    words.book(hit)
    draft = world.make(IN_THREE_DAYS + timedelta(hours=2), publishes=False)
    other_day = world.make(IN_THREE_DAYS + timedelta(days=1))
    days = closing(world, date(2026, 3, 5))
    seen = closures.hits(organization_id=world.organization_id, now=NOW, **days)
    assert [row.id for row in seen] == [hit, draft]
    assert do(closures.close, actor=world.owner, reason="Holiday", seen=2, **days) == (2, 1)
    assert mails_of("session_cancelled") == [("ben@example.com", {"reason": "We are closed: Holiday"})]
    assert cast.session_row(hit).status == "cancelled"
    assert cast.session_row(draft).deleted_at == NOW
    assert cast.session_row(other_day).status == "scheduled"


def _book_meeting(*, values: dict[str, Any], now: datetime) -> None:
    """A confirmed meeting, as booking a slot leaves it."""
    db.session.execute(insert(Booking).values(values | {"confirmed_at": now}))
    places.count(values["session_id"], places=1)
    someone = Actor(values["user_id"], None, values["organization_id"])
    audit.record(actor=someone, action="book", object_type="booking", object_id=values["id"], now=now)


def test_a_closure_cancels_meetings_too(world: World) -> None:
    offering_id = cast.meeting_offering(world.organization_id)
    meeting = cast.session(
        world.organization_id, world.ada, offering_id, IN_THREE_DAYS, type="meeting", max_participants=1
    )
    ben = cast.user("Ben Okafor")
    do(_book_meeting, values=cast.booking_values(meeting, ben, id=uuid.uuid4()))
    days = closing(world, date(2026, 3, 5))
    assert do(closures.close, actor=world.owner, reason="", seen=1, **days) == (1, 1)
    assert cast.session_row(meeting).status == "cancelled"
    assert mails_of("booking_cancelled_by_host") == [("ben@example.com", {"reason": "We are closed."})]


def test_a_closure_of_one_location_leaves_the_others(world: World) -> None:
    hall = cast.write(Location, organization_id=world.organization_id, name="Hall", created_at=NOW)
    inside, outside = world.make(location_id=hall), world.make(IN_THREE_DAYS + timedelta(hours=2))
    days = closing(world, date(2026, 3, 5), location_id=hall)
    do(closures.close, actor=world.owner, reason="", seen=1, **days)
    assert [cast.session_row(each).status for each in (inside, outside)] == ["cancelled", "scheduled"]


def test_a_closure_says_when_something_changed_since_the_preview(world: World) -> None:
    world.make()
    with pytest.raises(closures.HitsChanged):
        do(closures.close, actor=world.owner, reason="", seen=0, **closing(world, date(2026, 3, 5)))
    with pytest.raises(Invalid):
        do(closures.close, actor=world.owner, reason="", seen=0, **closing(world, date(2026, 3, 1)))
    with pytest.raises(Forbidden):
        do(closures.close, actor=world.coach, reason="", seen=1, **closing(world, date(2026, 3, 5)))


def test_an_opened_day_is_free_again(world: World) -> None:
    do(closures.close, actor=world.owner, reason="", seen=0, **closing(world, date(2026, 3, 5)))
    with pytest.raises(Clash):
        world.make()
    closure = cast.one(select(Closure.id)).id
    elsewhere = cast.organization("elsewhere")
    cy = Actor(cast.staff(elsewhere, "Cy Young"), Role.OWNER, elsewhere)
    with pytest.raises(NotFound):
        do(closures.reopen, closure_id=closure, actor=cy)
    do(closures.reopen, closure_id=closure, actor=world.owner)
    world.make()


def test_mails_to_hosts_can_be_written(world: World) -> None:
    session_id = world.make(host_id=world.dana)
    edit(world, session_id, host_id=world.dana, start=IN_THREE_DAYS + timedelta(hours=1))
    edit(world, session_id, start=IN_THREE_DAYS + timedelta(hours=1))
    cancel(world, session_id, actor=Actor(world.dana, Role.ADMIN, world.organization_id))
    cast.mails()
    found = {row.kind: emails.compose(row) for row in db.session.execute(select(Notification)).scalars()}
    assert set(found) == {"host_session_changed", "host_session_handed_over", "host_session_cancelled"}
    assert found["host_session_changed"]["Subject"] == "Changed: Yoga, Thu 5 Mar 2026 11:00 AM"
    changed = " ".join(found["host_session_changed"].get_body(("plain",)).get_content().split())
    assert "It was on Thu 5 Mar 2026 at 10:00 AM." in changed
    assert "The reason: The host is ill" in found["host_session_cancelled"].get_body(("plain",)).get_content()
    assert "Ada Lovelace leads this session" in found["host_session_handed_over"].get_body(("plain",)).get_content()


def test_the_list_pages_by_key_both_ways(world: World) -> None:
    made = [world.make(IN_THREE_DAYS + timedelta(hours=2 * number)) for number in range(5)]
    asked = {"organization_id": world.organization_id, "filters": Filters(), "now": NOW, "most": 2}
    first = queries.calendar_sessions(**asked)
    second = queries.calendar_sessions(**asked, cursor=first.after)
    third = queries.calendar_sessions(**asked, cursor=second.after)
    assert [[row.id for row in page.rows] for page in (first, second, third)] == [made[:2], made[2:4], made[4:]]
    assert (first.before, third.after) == (None, None)
    back = queries.calendar_sessions(**asked, cursor=third.before)
    assert [row.id for row in back.rows] == made[2:4]
    start = queries.calendar_sessions(**asked, cursor=back.before)
    assert [row.id for row in start.rows] == made[:2]
    assert start.before is None


def test_the_list_filters_and_searches(world: World) -> None:
    yoga = world.make(title="100% Yoga")
    dana = world.make(host_id=world.dana, title="Pilates", publishes=False)
    past = cast.session(
        world.organization_id,
        world.ada,
        world.offering_id,
        datetime(2026, 2, 1, tzinfo=UTC),
        status="ended",
        closed_at=NOW,
    )
    elsewhere = cast.organization("elsewhere")
    cast.session(elsewhere, cast.staff(elsewhere, "Cy Young"), cast.offering(elsewhere))

    def found(**values: object) -> list[uuid.UUID]:
        page = queries.calendar_sessions(organization_id=world.organization_id, filters=Filters(**values), now=NOW)
        return [row.id for row in page.rows]

    assert sorted(found()) == sorted([yoga, dana])
    assert found(status="draft") == [dana]
    assert found(host_id=world.dana) == [dana]
    assert found(search="0% yo") == [yoga]
    assert found(search="_") == []
    assert found(is_past=True) == [past]
    assert found(last=IN_THREE_DAYS) == []
    assert sorted(found(first=IN_THREE_DAYS)) == sorted([yoga, dana])
