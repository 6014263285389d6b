"""Series: wall time over clock changes, edits and cancellations that touch only what they said, growing daily."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from liveapp.db import db
from liveapp.domain.actor import Actor
from liveapp.domain.availability.models import Closure
from liveapp.domain.bookings import series_changes, session_changes
from liveapp.domain.bookings.series_changes import Scope
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.live_sessions import making, series, service
from liveapp.domain.live_sessions.differences import Change
from liveapp.domain.live_sessions.errors import Clash
from liveapp.rules.recurrence import Frequency, Rule, describe, occurrences
from liveapp.rules.roles import Role
from tests import cast
from tests.cast import NOW
from tests.domain import session_words as words
from tests.domain.session_words import LIMITS, World, dates, do, weekly

SPRING = date(2026, 3, 12)  # a Thursday; clocks go forward on 29 March
EVENING = 18 * 60


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    yield from words.living_world(app)


def edit(
    world: World, session_id: uuid.UUID, scope: Scope, *, at: int | None = None, include: Iterable = (), **said: object
) -> tuple[int, int]:
    return do(
        series_changes.edit_series,
        session_id=session_id,
        scope=scope,
        actor=world.owner,
        limits=LIMITS,
        change=Change(said, local_start=at),
        include=frozenset(include),
    )


def cancel(world: World, session_id: uuid.UUID, scope: Scope, *, include: Iterable = ()) -> tuple[int, int]:
    return do(
        series_changes.cancel_series,
        session_id=session_id,
        scope=scope,
        actor=world.owner,
        reason="The hall is flooded",
        include=frozenset(include),
    )


@pytest.mark.parametrize(
    ("first", "hours"),
    [
        (date(2026, 3, 26), [17, 16, 16]),  # 18:00 in Berlin before and after 29 March 2026
        (date(2026, 10, 22), [16, 17, 17]),  # and before and after 25 October 2026
    ],
)
def test_a_week_keeps_its_wall_time_over_clock_changes(world: World, first: date, hours: list[int]) -> None:
    made = dates(world.make(weekly(first, count=3)))
    assert [row.scheduled_at.hour for row in made] == hours
    assert [row.series_day for row in made] == [first + timedelta(weeks=n) for n in range(3)]
    assert {row.status for row in made} == {"scheduled"}


def test_a_rule_that_makes_too_many_is_refused_whole(world: World) -> None:
    rule = Rule(Frequency.DAILY, time(18), "Europe/Berlin", SPRING, until=SPRING + timedelta(days=366))
    with pytest.raises(Invalid) as refused:
        world.make(rule)
    assert "366" in refused.value.sentence


def test_clashing_dates_refuse_the_series_or_are_left_out(world: World) -> None:
    world.make(datetime(2026, 3, 19, 17, 30, tzinfo=UTC), title="Concert")
    with pytest.raises(Clash) as refused:
        world.make(weekly(SPRING, count=3))
    assert "“Concert” is at that time: it starts Thu 19 March, 18:30" in refused.value.sentence
    made = dates(world.make(weekly(SPRING, count=3), leaves_out=True))
    assert [row.series_day.day for row in made] == [12, 26]


def test_the_preview_says_what_clashes_and_makes_nothing(world: World) -> None:
    world.make(datetime(2026, 3, 19, 17, 30, tzinfo=UTC))
    seen = making.preview(actor=world.owner, details=world.details(), when=weekly(SPRING, count=3), now=NOW)
    assert [each.day.day for each in seen.planned if each.day and each.id in seen.in_the_way] == [19]
    assert len(seen.planned) == 3


def test_all_of_a_series_is_changed_and_told_only_where_said(world: World) -> None:
    first = world.make(weekly(SPRING, count=4))
    _one, two, three, four = dates(first)
    words.book(two.id)
    handing = {"host_id": world.dana, "actor": world.owner, "limits": LIMITS}
    do(session_changes.substitute_host, session_id=three.id, **handing)
    do(session_changes.cancel_session, session_id=four.id, actor=world.owner, reason="Holiday")
    fates = series_changes.fates(session_id=first, scope=Scope.ALL, actor=world.owner, now=NOW)
    assert [(each.changes, each.asks, each.why) for each in fates] == [
        (True, False, ""),
        (False, True, "1 person is booked"),
        (False, True, "changed by hand"),
        (False, False, "cancelled, and stays so"),
    ]
    assert edit(world, first, Scope.ALL, at=EVENING + 30, title="Late yoga") == (1, 0)
    after = dates(first)
    assert [row.title for row in after] == ["Late yoga", "Yoga", "Yoga", "Yoga"]
    assert [row.is_detached for row in after] == [False, True, True, False]
    assert words.audited(two.id)[1:] == [("detach", {"is_detached": False}, {"is_detached": True})]
    assert "detach" not in [action for action, _before, _after in words.audited(three.id)]
    assert (after[2].host_id, after[3].status) == (world.dana, "cancelled")
    assert after[0].scheduled_at == datetime(2026, 3, 12, 17, 30, tzinfo=UTC)
    assert "session_changed" not in [kind for kind, _ in cast.mails()]


def test_dates_with_people_change_when_they_are_ticked_and_the_people_are_told_once(world: World) -> None:
    first = world.make(weekly(SPRING, count=3))
    two = dates(first)[1]
    words.book(two.id)
    assert edit(world, first, Scope.ALL, at=EVENING + 30, include={two.id}) == (3, 1)
    after = dates(first)
    assert [row.scheduled_at.minute for row in after] == [30, 30, 30]
    assert [kind for kind, email in cast.mails() if email == "ben@example.com"] == [
        "booking_confirmed",
        "session_changed",
    ]
    assert after[1].revision == 1


def test_this_and_following_goes_on_as_a_series_of_its_own(world: World) -> None:
    first = world.make(weekly(SPRING, count=4))
    three = dates(first)[2]
    assert edit(world, three.id, Scope.FOLLOWING, at=19 * 60) == (2, 0)
    old, new = dates(first), dates(three.id)
    assert [row.series_day.day for row in old] == [12, 19]
    assert [row.scheduled_at.hour for row in old] == [17, 17]
    assert [(row.series_day, row.scheduled_at.hour) for row in new] == [(date(2026, 3, 26), 18), (date(2026, 4, 2), 17)]
    before = series.rule_of(series.own(old[0].series_id))
    after = series.rule_of(series.own(new[0].series_id))
    assert describe(before) == "Every Thursday at 18:00 until 25 March 2026"
    assert describe(after) == "Every Thursday at 19:00, 2 times"


def test_from_the_first_date_on_is_the_same_series(world: World) -> None:
    first = world.make(weekly(SPRING, count=2))
    edit(world, first, Scope.FOLLOWING, title="Flow")
    assert [row.title for row in dates(first)] == ["Flow", "Flow"]


def test_every_other_week_keeps_its_weeks_after_a_split(world: World) -> None:
    rule = Rule(Frequency.BIWEEKLY, time(18), "Europe/Berlin", SPRING, frozenset({1, 3}), count=6)
    first = world.make(rule)
    whole = [row.series_day for row in dates(first)]
    middle = dates(first)[3]
    edit(world, middle.id, Scope.FOLLOWING, title="Flow")
    rest = series.rule_of(series.own(cast.session_row(middle.id).series_id))
    assert [each.date for each in occurrences(rest)] == whole[3:]


def test_an_edit_that_would_clash_changes_nothing(world: World) -> None:
    first = world.make(weekly(SPRING, count=3))
    world.make(datetime(2026, 3, 19, 19, 30, tzinfo=UTC), title="Concert")
    seen = series_changes.in_the_way(
        session_id=first, scope=Scope.ALL, actor=world.owner, now=NOW, change=Change(local_start=20 * 60)
    )
    assert list(seen) == [dates(first)[1].id]
    with pytest.raises(Clash):
        edit(world, first, Scope.ALL, at=20 * 60)
    assert {row.scheduled_at.hour for row in dates(first)} == {17}


def test_a_series_is_cancelled_from_a_date_on_and_grows_no_more(world: World) -> None:
    first = world.make(weekly(SPRING), now=NOW)
    _one, two, three, *_rest = dates(first)
    words.book(two.id)
    words.book(three.id)
    gone, told = cancel(world, two.id, Scope.FOLLOWING, include={two.id})
    after = dates(first)
    assert (gone, told) == (len(after) - 2, 1)
    assert [row.status for row in after[:4]] == ["scheduled", "cancelled", "scheduled", "cancelled"]
    assert do(making.extend, series_id=after[0].series_id, now=NOW + timedelta(days=400)) == 0
    assert series.own(after[0].series_id).until == date(2026, 3, 18)


def test_drafts_of_a_cancelled_series_are_deleted(world: World) -> None:
    first = world.make(weekly(SPRING, count=2), publishes=False)
    cancel(world, first, Scope.ALL)
    assert [(row.status, row.deleted_at) for row in dates(first)] == [("draft", NOW)] * 2


def test_an_endless_series_is_made_a_year_ahead_and_extended(world: World) -> None:
    first = world.make(weekly(SPRING))
    made = dates(first)
    assert made[-1].series_day == date(2027, 3, 11)
    do(session_changes.cancel_session, session_id=made[-1].id, actor=world.owner, reason="Holiday")
    later = datetime(2026, 3, 27, 9, tzinfo=UTC)
    assert do(making.extend, series_id=made[0].series_id, now=later) == 2
    assert do(making.extend, series_id=made[0].series_id, now=later) == 0
    assert [row.series_day for row in dates(first)][-3:] == [date(2027, 3, 11), date(2027, 3, 18), date(2027, 3, 25)]
    assert [row.status for row in dates(first)][-3:] == ["cancelled", "scheduled", "scheduled"]


def test_extending_leaves_out_clashes_and_closed_days_and_says_so(world: World) -> None:
    first = world.make(weekly(SPRING))
    cast.write(
        Closure, organization_id=world.organization_id, first_day=date(2027, 3, 18), last_day=date(2027, 3, 18),
        reason="Holiday", created_by=world.ada, created_at=NOW,
    )  # fmt: skip
    series_id = dates(first)[0].series_id
    assert do(making.extend, series_id=series_id, now=datetime(2026, 3, 27, 9, tzinfo=UTC)) == 1
    assert words.audited(series_id)[-1][2]["left_out"] == ["2027-03-18"]


def test_a_series_whose_offering_is_archived_ends(world: World) -> None:
    offering_id = cast.offering(world.organization_id, title="Old", archived_at=None)
    first = world.make(weekly(SPRING), offering_id=offering_id)
    do(lambda now: db.session.execute(update(Offering).where(Offering.id == offering_id).values(archived_at=now)))
    series_id = dates(first)[0].series_id
    assert do(making.extend, series_id=series_id, now=datetime(2026, 3, 27, 9, tzinfo=UTC)) == 0
    assert series.own(series_id).until == date(2027, 3, 11)


def test_a_whole_series_of_drafts_is_published_at_once(world: World) -> None:
    first = world.make(weekly(SPRING, count=3), publishes=False)
    assert do(service.publish_series, session_id=first, actor=world.owner) == 3
    assert {row.status for row in dates(first)} == {"scheduled"}
    assert series.own(dates(first)[0].series_id).publishes


def test_a_stranger_and_a_lone_session_have_no_series(world: World) -> None:
    first = world.make(weekly(SPRING, count=2))
    elsewhere = cast.organization("elsewhere")
    cy = Actor(cast.staff(elsewhere, "Cy Young"), Role.OWNER, elsewhere)
    with pytest.raises(NotFound):
        series_changes.fates(session_id=first, scope=Scope.ALL, actor=cy, now=NOW)
    with pytest.raises(NotFound):
        cancel(world, world.make(), Scope.ALL)
