"""Checking in, out, and back again; closing by the clock; excusing and correcting. On both databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from liveapp.db import AnyRow, db
from liveapp.domain import invariants
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.attendance import checks, closing, correcting, presence, queries, service, walk_ins
from liveapp.domain.attendance.errors import (
    CreditGone,
    IsIn,
    NotCheckedIn,
    NotCorrectable,
    NotIn,
    SessionClosed,
    Undone,
)
from liveapp.domain.attendance.models import AttendanceRecord
from liveapp.domain.attendance.service import Coming
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings import moves, session_changes, waiving
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.errors import NotMovable
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.paying import Choice
from liveapp.domain.bookings.session_changes import Edit
from liveapp.domain.bulk.fates import fates
from liveapp.domain.bulk.selection import Selection, Wish, chosen
from liveapp.domain.catalogue.models import Location, Offering, Program
from liveapp.domain.errors import Forbidden, Invalid, NotFound, Refusal
from liveapp.domain.live_sessions.details import Details, Limits
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.outbox.models import OutboxMessage
from liveapp.domain.payments import settling
from liveapp.domain.payments.models import Payment
from liveapp.rules.attendance import Status
from liveapp.rules.bulk import Shift, Verb
from liveapp.rules.checkin import Answer, Code, Way
from liveapp.rules.geofence import position
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW

STARTS = NOW + timedelta(days=3)
ENDS = STARTS + timedelta(hours=1)
CLOSES = ENDS + timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
DOOR = Coming(Way.DOOR_CODE)


@dataclass
class Studio:
    """Ada's class in three days, in person, of an hour; Ben has a place."""

    organization_id: uuid.UUID
    ada: Actor
    ben: cast.Person
    session_id: uuid.UUID
    booking_id: uuid.UUID


@pytest.fixture
def scene(app: Flask) -> Studio:
    made = cast.organization()
    ada = cast.actor(made, "Ada Lovelace", Role.OWNER)
    session_id = cast.session(made, ada.user_id, cast.offering(made), STARTS)
    ben = cast.member(made)
    return Studio(made, ada, ben, session_id, booked(session_id, ben))


@pytest.fixture
def studio(scene: Studio) -> Iterator[Studio]:
    """The scene, after which everything still holds that must."""
    yield scene
    db.session.rollback()
    assert not {name: found for name, found in invariants.violations(now=NOW).items() if found}


def booked(session_id: uuid.UUID, person: cast.Person, **values: Any) -> uuid.UUID:
    return transact(bookings.book_place, session_id=session_id, person=person, now=NOW, **values)


def come(studio: Studio, now: datetime = STARTS, coming: Coming = DOOR, **values: Any) -> Answer:
    return transact(service.check_in, booking_id=studio.booking_id, coming=coming, now=now, **values)


def by_staff(studio: Studio, **values: Any) -> Coming:
    """Of a desk that has been open for a day."""
    return Coming(Way.MANUAL, studio.ada, **{"desk_opened_at": STARTS - timedelta(days=1)} | values)


def advanced(studio: Studio, now: datetime) -> None:
    values = {"session_id": studio.session_id, "organization_id": studio.organization_id, "now": now}
    transact(session_changes.advance, **values)


def closed(studio: Studio, now: datetime = CLOSES) -> int:
    advanced(studio, max(now, ENDS))
    return transact(closing.close, session_id=studio.session_id, now=now)


def attendance() -> AnyRow:
    """The only record there is."""
    return cast.one(select(*AttendanceRecord.__table__.columns))


def records() -> int:
    return int(cast.one(select(func.count()).select_from(AttendanceRecord))[0])


def done(booking_id: uuid.UUID) -> list[str]:
    """What the log says was done with the booking after it was made, in order."""
    db.session.rollback()
    query = select(AuditEntry.action).where(AuditEntry.object_id == booking_id).order_by(AuditEntry.number)
    return list(db.session.execute(query).scalars())[1:]


def refused(studio: Studio, now: datetime = STARTS, coming: Coming = DOOR, **values: Any) -> Code:
    with pytest.raises(NotCheckedIn) as refusal:
        come(studio, now, coming, **values)
    assert refusal.value.more["word"]
    assert records() == 0
    return refusal.value.answer.code


@pytest.mark.parametrize("how", [Way.DOOR_CODE, Way.OWN_CODE, Way.GPS, Way.MANUAL])
def test_each_way_makes_the_same_record(studio: Studio, how: Way) -> None:
    transact(lambda: db.session.execute(update(Organization).values(latitude=52.52, longitude=13.405)))
    actor = studio.ada if how in (Way.MANUAL, Way.OWN_CODE) else None
    answer = come(studio, coming=Coming(how, actor, position=position(52.52, 13.405, 20)))
    assert answer.code is Code.CHECKED_IN
    found, booking = attendance(), cast.booking_row(studio.booking_id)
    assert (found.status, found.joined_at, found.recorded_by) == ("present", STARTS, actor and actor.user_id)
    assert (booking.checked_in_at, booking.checked_in_how, booking.status) == (STARTS, how, "confirmed")
    assert done(studio.booking_id) == ["check_in"]


def test_a_second_time_is_told_since_when_and_writes_nothing(studio: Studio) -> None:
    come(studio, STARTS - 2 * MINUTE)
    answer = come(studio, STARTS + 30 * MINUTE, by_staff(studio))
    assert answer.sentence == "Already in since 09:58, by the door code."
    assert records() == 1
    assert attendance().joined_at == STARTS - 2 * MINUTE
    assert done(studio.booking_id) == ["check_in"]


@pytest.mark.parametrize(("minutes", "found"), [(-31, Code.TOO_EARLY), (60, Code.CLOSED), (-30, None), (59, None)])
def test_the_window(studio: Studio, minutes: int, found: Code | None) -> None:
    now = STARTS + minutes * MINUTE
    if found:
        assert refused(studio, now) is found
    else:
        assert come(studio, now).is_in


def test_staff_pass_over_the_hours_with_a_reason_and_nobody_else_does(studio: Studio) -> None:
    early = STARTS - timedelta(hours=3)
    assert refused(studio, early, by_staff(studio)) is Code.TOO_EARLY
    assert refused(studio, early, Coming(Way.DOOR_CODE, override="Let me in")) is Code.TOO_EARLY
    assert come(studio, early, by_staff(studio, override="Sets up the room")).is_in
    assert attendance().reason == "Sets up the room"


def test_late_is_after_five_minutes(studio: Studio) -> None:
    come(studio, STARTS + 5 * MINUTE + timedelta(seconds=1))
    assert attendance().status == "late"


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("held", Code.UNPAID),
        ("waitlisted", Code.WAITLISTED),
        ("cancelled", Code.CANCELLED),
        ("requested", Code.NOT_BOOKED),
        ("expired", Code.NOT_BOOKED),
    ],
)
def test_only_a_confirmed_place_lets_in_whatever_staff_say(scene: Studio, status: str, found: Code) -> None:
    more = {"held": {"expires_at": ENDS}, "waitlisted": {"waitlist_position": 1}}.get(status, {})
    values = {"status": status, "confirmed_at": None} | more
    transact(lambda: db.session.execute(update(Booking).values(**values)))
    for coming in (DOOR, by_staff(scene, override="Let them in")):
        assert refused(scene, coming=coming) is found


def test_a_booking_of_another_session_is_named_to_its_own_business_only(studio: Studio) -> None:
    other = cast.session(studio.organization_id, studio.ada.user_id, cast.offering(studio.organization_id), ENDS)
    coming = Coming(Way.OWN_CODE, studio.ada, session_id=other)
    with pytest.raises(NotCheckedIn, match=r"This is for “Yoga”, Thu 5 March, 10:00\.") as refusal:
        come(studio, coming=coming)
    assert refusal.value.answer.code is Code.OTHER_SESSION
    cy = cast.actor(cast.organization("school"), "Cy Twombly", Role.OWNER)
    with pytest.raises(NotFound):
        come(studio, coming=Coming(Way.OWN_CODE, cy, session_id=other))


def test_a_position_is_measured_from_the_location_else_from_the_business(studio: Studio) -> None:
    near = Coming(Way.GPS, position=position(52.5209, 13.405, 10))
    assert refused(studio, coming=near) is Code.NO_POSITION
    transact(lambda: db.session.execute(update(Organization).values(latitude=52.52, longitude=13.405)))
    assert refused(studio, coming=Coming(Way.GPS, position=position(52.53, 13.405, 10))) is Code.TOO_FAR
    assert refused(studio, coming=Coming(Way.GPS, position=position(52.52, 13.405, 151))) is Code.POSITION_VAGUE
    hall = cast.write(
        Location, organization_id=studio.organization_id, name="Hall", latitude=48.1, longitude=11.5, created_at=NOW
    )
    transact(lambda: db.session.execute(update(LiveSession).values(location_id=hall)))
    assert refused(studio, coming=near) is Code.TOO_FAR
    transact(
        lambda: db.session.execute(update(Location).values(latitude=52.53, longitude=13.405, check_in_radius=2000))
    )
    assert come(studio, coming=near).is_in


def test_positions_are_of_no_use_online_and_in_feeds(studio: Studio) -> None:
    transact(lambda: db.session.execute(update(Organization).values(latitude=52.52, longitude=13.405)))
    there = Coming(Way.GPS, position=position(52.52, 13.405, 10))
    feed = cast.write(
        Program, organization_id=studio.organization_id, name="Feed", delivery_mode="feed", created_at=NOW
    )
    transact(lambda: db.session.execute(update(Offering).values(program_id=feed)))
    assert refused(studio, coming=there) is Code.NO_POSITION
    transact(lambda: db.session.execute(update(Offering).values(program_id=None)))
    transact(lambda: db.session.execute(update(LiveSession).values(format="online")))
    assert refused(studio, coming=there) is Code.NO_POSITION
    assert come(studio).is_in


def test_coaches_check_everybody_in_and_strangers_find_nobody(studio: Studio) -> None:
    cy = cast.actor(cast.organization("school"), "Cy Twombly", Role.OWNER)
    with pytest.raises(NotFound):
        come(studio, coming=Coming(Way.MANUAL, cy))
    member = Actor(studio.ben.user_id, Role.MEMBER, studio.organization_id)
    with pytest.raises(Forbidden):
        come(studio, coming=Coming(Way.MANUAL, member))
    coach = cast.actor(studio.organization_id, "Leo Coach", Role.COACH)
    assert come(studio, coming=Coming(Way.MANUAL, coach)).is_in
    with pytest.raises(Forbidden):
        transact(service.excuse, booking_id=studio.booking_id, actor=coach, reason="Ill", now=STARTS)
    transact(service.undo, booking_id=studio.booking_id, actor=coach, now=STARTS)
    transact(service.excuse, booking_id=studio.booking_id, actor=studio.ada, reason="Ill", now=STARTS)
    with pytest.raises(Forbidden):
        transact(service.undo, booking_id=studio.booking_id, actor=coach, now=STARTS)


def test_undoing_takes_the_record_away_and_the_log_keeps_it(studio: Studio) -> None:
    come(studio)
    for _ in range(2):
        transact(service.undo, booking_id=studio.booking_id, actor=studio.ada, now=STARTS)
    assert records() == 0
    assert cast.booking_row(studio.booking_id).checked_in_at is None
    assert done(studio.booking_id) == ["check_in", "undo_check_in"]
    assert come(studio, STARTS + 2 * MINUTE).code is Code.CHECKED_IN


def test_what_a_desk_sends_twice_counts_once_and_stays_undone(studio: Studio) -> None:
    coming = by_staff(studio, device_at=STARTS - 3 * MINUTE)
    first = come(studio, STARTS + 20 * MINUTE, coming, key="desk-1")
    assert come(studio, STARTS + 21 * MINUTE, coming, key="desk-1") == first
    found = attendance()
    assert (found.is_unverified, found.joined_at, found.status) == (True, STARTS - 3 * MINUTE, "present")
    transact(service.undo, booking_id=studio.booking_id, actor=studio.ada, now=STARTS + 22 * MINUTE)
    with pytest.raises(Undone):
        come(studio, STARTS + 23 * MINUTE, coming, key="desk-1")
    assert records() == 0


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_desks_without_network_the_earlier_tap_counts(studio: Studio, first: int) -> None:
    """In whichever order they are sent: 10:03 is in time, 10:07 would be late."""
    taps = [by_staff(studio, device_at=STARTS + minutes * MINUTE) for minutes in (3, 7)]
    for number, at in ((first, 20), (1 - first, 25)):
        assert come(studio, STARTS + at * MINUTE, taps[number], key=f"desk-{number}").is_in
    found = attendance()
    assert (found.joined_at, found.status, records()) == (STARTS + 3 * MINUTE, "present", 1)
    assert cast.booking_row(studio.booking_id).checked_in_at == STARTS + 3 * MINUTE
    assert done(studio.booking_id) == ["check_in"] * (1 + first)
    for number in (0, 1):
        come(studio, STARTS + 30 * MINUTE, taps[number], key=f"desk-{number}")
    assert attendance().joined_at == STARTS + 3 * MINUTE


def test_an_earlier_tap_keeps_when_they_left_and_counts_their_stay(studio: Studio) -> None:
    come(studio, STARTS + 10 * MINUTE, by_staff(studio))
    transact(service.check_out, booking_id=studio.booking_id, now=STARTS + 30 * MINUTE)
    come(studio, STARTS + 40 * MINUTE, by_staff(studio, device_at=STARTS + 5 * MINUTE))
    found = attendance()
    assert (found.joined_at, found.left_at) == (STARTS + 5 * MINUTE, STARTS + 30 * MINUTE)
    assert found.duration_seconds == 25 * 60


@pytest.mark.parametrize("minutes", [-31, -24 * 60])
def test_an_earlier_tap_from_before_check_in_opened_changes_nothing(studio: Studio, minutes: int) -> None:
    come(studio, STARTS + MINUTE, by_staff(studio))
    answer = come(studio, STARTS + 2 * MINUTE, by_staff(studio, device_at=STARTS + minutes * MINUTE))
    assert answer.code is Code.ALREADY_IN
    assert attendance().joined_at == STARTS + MINUTE


def test_a_desk_moves_nobody_who_checked_in_themselves(studio: Studio) -> None:
    come(studio, STARTS + 7 * MINUTE)
    come(studio, STARTS + 9 * MINUTE, by_staff(studio, device_at=STARTS + MINUTE))
    assert attendance().joined_at == STARTS + 7 * MINUTE


def test_a_desks_clock_that_is_ahead_isnt_believed(studio: Studio) -> None:
    come(studio, STARTS, by_staff(studio, device_at=STARTS + timedelta(hours=5)))
    assert (attendance().joined_at, attendance().status) == (STARTS, "present")


def test_what_a_desk_sends_between_the_end_and_the_closing_counts_from_then(studio: Studio) -> None:
    advanced(studio, ENDS)
    assert come(studio, CLOSES - MINUTE, by_staff(studio, device_at=STARTS + MINUTE)).is_in
    assert (attendance().status, attendance().joined_at) == ("present", STARTS + MINUTE)
    closed(studio)
    assert cast.booking_row(studio.booking_id).status == "attended"


@pytest.mark.parametrize("override", ["", "I know them"])
def test_whatever_a_device_says_what_arrives_after_the_closing_is_a_correction(studio: Studio, override: str) -> None:
    closed(studio)
    for device_at in (None, STARTS - MINUTE, STARTS, STARTS + MINUTE, ENDS, CLOSES, CLOSES + MINUTE):
        for after in (timedelta(), MINUTE, timedelta(days=2)):
            with pytest.raises(NotCheckedIn) as refusal:
                come(studio, CLOSES + after, by_staff(studio, device_at=device_at, override=override))
            assert refusal.value.answer.code is Code.CLOSED
    assert (cast.booking_row(studio.booking_id).status, attendance().status) == ("no_show", "absent")
    values = {"booking_id": studio.booking_id, "actor": studio.ada, "reason": "Offline desk", "now": CLOSES}
    transact(correcting.correct, status=Status.PRESENT, **values)
    assert done(studio.booking_id) == ["miss", "correct_attendance"]


@pytest.mark.parametrize("opened_at", [None, STARTS + 10 * MINUTE])
def test_a_tap_from_before_its_desk_was_opened_counts_when_it_arrives(
    studio: Studio, opened_at: datetime | None
) -> None:
    come(studio, STARTS + 15 * MINUTE, by_staff(studio, device_at=STARTS, desk_opened_at=opened_at))
    assert (attendance().joined_at, attendance().status) == (STARTS + 15 * MINUTE, "late")
    assert (attendance().is_unverified, attendance().device_at) == (True, STARTS)


def test_checking_out_says_how_long_they_were_there_once(studio: Studio) -> None:
    with pytest.raises(NotIn):
        transact(service.check_out, booking_id=studio.booking_id, now=STARTS)
    come(studio)
    for minutes in (40, 50):
        transact(service.check_out, booking_id=studio.booking_id, now=STARTS + minutes * MINUTE)
    assert (attendance().left_at, attendance().duration_seconds) == (STARTS + 40 * MINUTE, 2400)
    assert done(studio.booking_id) == ["check_in", "check_out"]
    closed(studio)
    assert attendance().duration_seconds == 2400


def test_the_clock_closes_in_person_fifteen_minutes_after_the_end(studio: Studio) -> None:
    assert closed(studio, CLOSES - timedelta(seconds=1)) == 0
    assert [row.id for row in closing.due(now=CLOSES)] == [studio.session_id]
    assert closed(studio) == 1
    assert closed(studio, CLOSES + MINUTE) == 0
    assert closing.due(now=CLOSES + MINUTE) == []
    assert (cast.booking_row(studio.booking_id).status, attendance().status) == ("no_show", "absent")
    assert done(studio.booking_id) == ["miss"]
    with pytest.raises(SessionClosed):
        transact(service.undo, booking_id=studio.booking_id, actor=studio.ada, now=CLOSES)


def test_who_came_has_attended_and_was_there_until_the_end(studio: Studio) -> None:
    come(studio, STARTS + 10 * MINUTE)
    closed(studio)
    assert cast.booking_row(studio.booking_id).status == "attended"
    assert (attendance().status, attendance().duration_seconds, attendance().left_at) == ("late", 3000, None)


def test_a_no_show_costs_what_the_settings_say_by_a_job(studio: Studio) -> None:
    closed(studio)
    jobs = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.name == "settle_booking")
    assert cast.one(jobs)[0] == 0
    transact(lambda: db.session.execute(update(Organization).values(no_show_fee_minor=500)))
    correct(studio, Status.PRESENT)
    assert cast.one(jobs)[0] == 1


def correct(studio: Studio, status: Status, reason: str = "Was there", actor: Actor | None = None) -> None:
    transact(
        correcting.correct, booking_id=studio.booking_id, status=status, actor=actor or studio.ada, reason=reason,
        now=CLOSES + MINUTE,
    )  # fmt: skip


def test_correcting_needs_a_closed_session_a_reason_and_the_right(studio: Studio) -> None:
    with pytest.raises(NotCorrectable):
        correct(studio, Status.PRESENT)
    closed(studio)
    with pytest.raises(Invalid):
        correct(studio, Status.PRESENT, " ")
    with pytest.raises(Forbidden):
        correct(studio, Status.PRESENT, actor=cast.actor(studio.organization_id, "Leo Coach", Role.COACH))
    for _ in range(2):
        correct(studio, Status.LATE)
    assert (cast.booking_row(studio.booking_id).status, attendance().status) == ("attended", "late")
    correct(studio, Status.ABSENT, "Mixed up")
    assert (cast.booking_row(studio.booking_id).status, attendance().status) == ("no_show", "absent")
    assert done(studio.booking_id) == ["miss", "correct_attendance", "correct_attendance"]


def with_credit(studio: Studio, credits: int = 1) -> tuple[Studio, uuid.UUID]:
    """As the studio, where Ben's place took the only credit of a plan of his."""
    plan = cast.subscription(
        studio.organization_id, studio.ben, cast.plan(studio.organization_id, class_credits=credits)
    )
    transact(bookings.cancel, booking_id=studio.booking_id, now=NOW)
    booking_id = booked(studio.session_id, studio.ben, actor=studio.ada, choice=Choice(plan))
    return Studio(studio.organization_id, studio.ada, studio.ben, studio.session_id, booking_id), plan


def test_an_excuse_gives_the_credit_back_when_the_session_is_closed(studio: Studio) -> None:
    shop, plan = with_credit(studio)
    transact(service.excuse, booking_id=shop.booking_id, actor=shop.ada, reason="Ill", now=STARTS)
    assert cast.credits_left(plan) == 0
    closed(shop)
    assert cast.credits_left(plan) == 1
    assert attendance().status == "excused"
    assert ("booking_waived", "ben@example.com") in cast.mails()
    correct(shop, Status.PRESENT)
    assert cast.credits_left(plan) == 0
    assert cast.booking_row(shop.booking_id).waived_at is None
    correct(shop, Status.EXCUSED)
    assert cast.credits_left(plan) == 1
    correct(shop, Status.ABSENT)
    assert cast.credits_left(plan) == 0


def test_who_is_excused_isnt_charged_after_the_session(scene: Studio) -> None:
    cast.write(
        Payment, organization_id=scene.organization_id, user_id=scene.ben.user_id, booking_id=scene.booking_id,
        earner_id=scene.ada.user_id, purpose="booking", method="card", status="scheduled", amount_minor=1000,
        currency="EUR", fee_hundredths=1000, due_at=ENDS, created_at=NOW,
    )  # fmt: skip
    transact(service.excuse, booking_id=scene.booking_id, actor=scene.ada, reason="Ill", now=STARTS)

    def due() -> list[AnyRow]:
        rows = db.session.execute(select(*Payment.__table__.columns).where(Payment.status == "scheduled")).all()
        return settling.chargeable(rows, ENDS)

    assert transact(due) == []
    assert cast.one(select(Payment.status))[0] == "dropped"


def test_a_forgiven_no_show_that_came_after_all_takes_its_credit_again(studio: Studio) -> None:
    shop, plan = with_credit(studio)
    closed(shop)
    transact(waiving.waive, booking_id=shop.booking_id, actor=shop.ada, now=CLOSES, reason="Storm")
    assert cast.credits_left(plan) == 1
    other = cast.session(shop.organization_id, shop.ada.user_id, cast.offering(shop.organization_id), CLOSES)
    spent = booked(other, shop.ben, actor=shop.ada, choice=Choice(plan))
    with pytest.raises(CreditGone):
        correct(shop, Status.PRESENT)
    transact(bookings.cancel, booking_id=spent, actor=shop.ada, now=NOW)
    correct(shop, Status.PRESENT)
    assert cast.credits_left(plan) == 0


def test_whoever_is_excused_and_comes_is_checked_in_and_whoever_is_in_isnt_excused(studio: Studio) -> None:
    transact(service.excuse, booking_id=studio.booking_id, actor=studio.ada, reason="Ill", now=STARTS)
    assert come(studio).code is Code.CHECKED_IN
    assert (records(), attendance().status, attendance().reason) == (1, "present", "")
    with pytest.raises(IsIn):
        transact(service.excuse, booking_id=studio.booking_id, actor=studio.ada, reason="Ill", now=STARTS)


def test_joining_online_counts_as_coming_and_stays_add_up(studio: Studio) -> None:
    transact(lambda: db.session.execute(update(LiveSession).values(format="online")))

    def tell(minutes: int, name: str, verb: Any = presence.joined, source: str = "zoom") -> bool:
        at = STARTS + minutes * MINUTE
        return transact(verb, booking_id=studio.booking_id, at=at, now=at, source=source, provider_event_id=name)

    assert transact(presence.joined, booking_id=studio.booking_id, at=STARTS - MINUTE, now=STARTS - MINUTE)
    assert (attendance().status, cast.booking_row(studio.booking_id).checked_in_how) == ("present", "join")
    assert tell(0, "a")
    assert not tell(0, "a")
    tell(10, "b")
    tell(20, "c", presence.left)
    tell(30, "d", presence.left)
    assert (attendance().duration_seconds, attendance().left_at) == (1800, STARTS + 30 * MINUTE)
    tell(40, "e")
    assert attendance().left_at is None
    closed(studio, ENDS)
    assert attendance().duration_seconds == 3000
    assert cast.booking_row(studio.booking_id).status == "attended"


def test_a_join_that_is_told_after_the_closing_still_counts(studio: Studio) -> None:
    transact(lambda: db.session.execute(update(LiveSession).values(format="online")))
    closed(studio, ENDS)
    assert cast.booking_row(studio.booking_id).status == "no_show"
    transact(
        presence.joined, booking_id=studio.booking_id, at=STARTS + 6 * MINUTE, now=CLOSES, source="zoom",
        provider_event_id="late",
    )  # fmt: skip
    assert (cast.booking_row(studio.booking_id).status, attendance().status) == ("attended", "late")


def test_a_join_that_is_told_late_changes_nothing_that_staff_said(studio: Studio) -> None:
    transact(lambda: db.session.execute(update(LiveSession).values(format="online")))
    transact(service.excuse, booking_id=studio.booking_id, actor=studio.ada, reason="Ill", now=STARTS)
    closed(studio, ENDS)
    told = {"booking_id": studio.booking_id, "at": STARTS, "now": CLOSES}
    assert transact(presence.joined, **told, source="zoom", provider_event_id="late")
    assert (cast.booking_row(studio.booking_id).status, attendance().status) == ("no_show", "excused")


def test_a_check_in_takes_few_statements(studio: Studio, count_queries: Any) -> None:
    with count_queries() as own:
        come(studio)
    with count_queries() as again:
        come(studio)
    transact(service.undo, booking_id=studio.booking_id, actor=studio.ada, now=STARTS)
    with count_queries() as sent:
        come(studio, coming=by_staff(studio), key="k")
    assert (len(own), len(again), len(sent)) == (4, 1, 5)


def walk(studio: Studio, person: cast.Person, now: datetime = STARTS, **values: Any) -> tuple[uuid.UUID, Answer]:
    return transact(
        walk_ins.walk_in, session_id=studio.session_id, person=person, actor=studio.ada,
        choice=Choice(without_plan=True), now=now, **values,
    )  # fmt: skip


def test_a_walk_in_is_booked_and_in_or_neither(studio: Studio) -> None:
    with pytest.raises(NotCheckedIn):
        walk(studio, cast.guest(1), STARTS - timedelta(hours=2))
    assert cast.session_row(studio.session_id).participant_count == 1
    booking_id, answer = walk(studio, cast.guest(1), key="walk-1")
    assert (answer.code, answer.sentence) == (Code.CHECKED_IN, "Checked in at 10:00, as a walk-in.")
    assert walk(studio, cast.guest(1), key="walk-1") == (booking_id, answer)
    assert (records(), cast.session_row(studio.session_id).participant_count) == (1, 2)
    assert done(booking_id) == ["check_in"]
    transact(service.undo, booking_id=booking_id, actor=studio.ada, now=STARTS)
    with pytest.raises(Undone):
        walk(studio, cast.guest(1), key="walk-1")


def test_a_key_is_for_one_person(studio: Studio) -> None:
    other = booked(studio.session_id, cast.guest(1))
    come(studio, coming=by_staff(studio), key="desk-1")
    with pytest.raises(Invalid, match="somebody else"):
        transact(service.check_in, booking_id=other, coming=by_staff(studio), now=STARTS, key="desk-1")


def test_a_walk_in_to_a_full_session_leaves_nobody_waiting(studio: Studio) -> None:
    transact(lambda: db.session.execute(update(LiveSession).values(max_participants=1)))
    transact(lambda: db.session.execute(update(Organization).values(check_in_opens_minutes=180)))
    for minutes, code in ((-120, "waitlisted"), (0, "full")):
        with pytest.raises(Refusal) as refusal:
            walk(studio, cast.guest(1), STARTS + minutes * MINUTE)
        assert refusal.value.code == code
    assert cast.session_row(studio.session_id).waiting_count == 0
    assert walk(studio, cast.guest(1), overbook=True)[1].is_in


def test_who_was_in_a_session_that_was_cancelled_wasnt_there(studio: Studio) -> None:
    come(studio)
    transact(
        session_changes.cancel_session, session_id=studio.session_id, actor=studio.ada, now=STARTS + MINUTE,
        reason="The power is out",
    )  # fmt: skip
    job = cast.one(select(OutboxMessage.payload).where(OutboxMessage.name == "forget_attendance"))
    assert job.payload == {"session_id": str(studio.session_id)}
    transact(closing.forget_cancelled, session_id=studio.session_id)
    assert records() == 0
    assert cast.booking_row(studio.booking_id).checked_in_at is None


def test_nobody_who_is_in_is_moved_elsewhere(studio: Studio) -> None:
    come(studio, STARTS - MINUTE)
    offering_id = cast.session_row(studio.session_id).offering_id
    other = cast.session(studio.organization_id, studio.ada.user_id, offering_id, STARTS + timedelta(days=1))
    with pytest.raises(NotMovable, match="Undo that first"):
        transact(
            moves.move_place, booking_id=studio.booking_id, session_id=other, actor=studio.ada, now=STARTS - MINUTE
        )


def test_a_session_that_people_are_in_keeps_its_time_or_takes_them_along(studio: Studio) -> None:
    """Else they would be in already at a time at which nobody has seen them."""
    session, before = cast.session_row(studio.session_id), STARTS - 20 * MINUTE
    said = {name: getattr(session, name) for name in Details.__dataclass_fields__}

    def move(to: datetime, now: datetime = before) -> list[str]:
        about = {"session_id": session.id, "actor": studio.ada, "limits": Limits(30, 240), "now": now}
        return transact(session_changes.edit_session, edit=Edit(Details(**said), to), **about)

    come(studio, before)
    for later in (11 * MINUTE, timedelta(days=1)):
        with pytest.raises(Invalid, match="1 person is checked in already, so its time stays as it is"):
            move(STARTS + later)
    assert move(STARTS + 10 * MINUTE) == ["time"]
    db.session.rollback()
    choice = Selection(ids=frozenset([session.id]), words="Ticked by hand")
    (fate,) = fates(
        chosen(choice, actor=studio.ada, now=before), Wish(Verb.MOVE, shift=Shift(days=1)), actor=studio.ada, now=before
    )
    assert fate.why.startswith("1 person is checked in already")
    transact(service.undo, booking_id=studio.booking_id, actor=studio.ada, now=before)
    assert move(STARTS + timedelta(days=1)) == ["time"]


def test_the_summary_counts_who_is_expected(studio: Studio) -> None:
    come(studio, STARTS + 20 * MINUTE)
    booked(studio.session_id, cast.guest(1))
    db.session.rollback()
    found, rows = queries.attendance_of(session_id=studio.session_id)
    assert (found.total_expected, found.total_late, found.total_came) == (2, 1, 1)
    assert {row.name: row.attendance for row in rows} == {"Ben Okafor": "late", "Guest 1": None}


def test_the_checks_find_what_is_wrong(scene: Studio) -> None:
    come(scene)
    wrong = [
        update(AttendanceRecord).values(status="absent", joined_at=None),
        update(Booking).values(confirmed_at=None, checked_in_at=None, checked_in_how=None),
        update(Booking).values(status="no_show"),
        update(LiveSession).values(status="ended", closed_at=NOW),
    ]
    for change in wrong:
        assert list(checks.attendance(NOW)) == []
        with pytest.raises(RuntimeError, match=r"attendance|came"):
            transact(_spoil, change)


def _spoil(change: Any) -> None:
    db.session.execute(change)
    raise RuntimeError(" ".join(checks.attendance(NOW)))
