"""A host's hours, booking rules and exceptions: saved, refused with a sentence, audited."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.availability import exceptions, queries, service
from liveapp.domain.availability.exceptions import Dates, WallClock
from liveapp.domain.availability.models import AvailabilityOverride, BookingRules
from liveapp.domain.availability.service import Hours, Rules
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import Invalid, NotFound
from liveapp.domain.meetings.offers import Offer, nearest_slots, offered_slots
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW

MORNING, AFTERNOON = Hours(9 * 60, 12 * 60), Hours(13 * 60, 17 * 60)
RULES = Rules("Europe/Berlin", 60, 0, 0, None, None, None, "days", 30, None, None)
WEDNESDAY = date(2026, 3, 4)


@dataclass
class Host:
    organization_id: uuid.UUID
    id: uuid.UUID
    offering_id: uuid.UUID

    @property
    def actor(self) -> Actor:
        return Actor(self.id, Role.OWNER, self.organization_id)

    def does(self, verb: Any, **values: Any) -> Any:
        """One verb as one transaction, by the host."""
        return transact(verb, **({"host_id": self.id, "actor": self.actor, "now": NOW} | values))

    def week(self) -> list[tuple[int, int, int, bool]]:
        cast.db.session.rollback()
        rules = queries.weekly_rules(organization_id=self.organization_id, host_id=self.id)
        return [(rule.day_of_week, rule.start_time, rule.end_time, rule.is_active) for rule in rules]

    def offers(self, first: date = WEDNESDAY, last: date | None = None, **more: Any) -> tuple[Offer, ...]:
        return offered_slots(
            **self._asked(), first_day=first, last_day=last or first, timezone="Europe/Berlin", now=NOW, **more
        )

    def nearest(self, wanted: datetime, **more: Any) -> tuple[Offer, ...]:
        return nearest_slots(**self._asked(), wanted=wanted, now=NOW, **more)

    def starts(self, first: date = WEDNESDAY, **more: Any) -> list[str]:
        return [f"{offer.start:%d %H:%M}" for offer in self.offers(first, **more)]

    def _asked(self) -> dict[str, Any]:
        cast.db.session.rollback()
        return {
            "organization": cast.db.session.get_one(Organization, self.organization_id),
            "offering": cast.db.session.get_one(Offering, self.offering_id),
            "host_id": self.id,
        }


@pytest.fixture
def host(app: Flask) -> Host:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    return Host(organization_id, ada, cast.meeting_offering(organization_id, price_minor=4500, durations=[60, 30]))


def entries(host: Host) -> list[Any]:
    cast.db.session.rollback()
    query = select(AuditEntry.action, AuditEntry.before, AuditEntry.after).where(
        AuditEntry.object_type == "availability", AuditEntry.object_id == host.id
    )
    return list(cast.db.session.execute(query.order_by(AuditEntry.number)).all())


def test_a_day_gets_its_windows_and_others_the_same(host: Host) -> None:
    host.does(service.save_day, day=0, hours=[AFTERNOON, MORNING], also=[2])
    assert host.week() == [(day, *times, True) for day in (0, 2) for times in ((540, 720), (780, 1020))]
    assert [entry.action for entry in entries(host)] == ["set_hours"]
    assert set(entries(host)[0].after) == {"Monday", "Wednesday"}


def test_saving_the_same_again_changes_nothing(host: Host) -> None:
    for _ in range(2):
        host.does(service.save_day, day=0, hours=[MORNING])
    assert len(entries(host)) == 1


def test_a_window_with_the_same_times_stays_the_same_rule(host: Host) -> None:
    host.does(service.save_day, day=0, hours=[MORNING, AFTERNOON])
    before = queries.weekly_rules(organization_id=host.organization_id, host_id=host.id)[0].id
    host.does(service.save_day, day=0, hours=[replace(MORNING, price_minor=100)])
    cast.db.session.rollback()
    rules = queries.weekly_rules(organization_id=host.organization_id, host_id=host.id)
    assert [(rule.id, rule.price_minor) for rule in rules] == [(before, 100)]


@pytest.mark.parametrize(
    ("standing", "day", "hours", "words"),
    [
        ([], 0, [MORNING, Hours(11 * 60, 13 * 60)], "Monday 09:00–12:00 and Monday 11:00–13:00 overlap"),
        ([], 0, [MORNING, MORNING], "Monday 09:00–12:00 and Monday 09:00–12:00 overlap"),
        ([(1, MORNING)], 0, [Hours(22 * 60, 10 * 60)], "Monday 22:00–10:00 and Tuesday 09:00–12:00 overlap"),
        ([(0, MORNING)], 6, [Hours(22 * 60, 10 * 60)], "Sunday 22:00–10:00 and Monday 09:00–12:00 overlap"),
    ],
)
def test_overlapping_windows_are_refused_and_named(
    host: Host, standing: list[tuple[int, Hours]], day: int, hours: list[Hours], words: str
) -> None:
    for other, window in standing:
        host.does(service.save_day, day=other, hours=[window])
    before = host.week()
    with pytest.raises(Invalid, match=words):
        host.does(service.save_day, day=day, hours=hours)
    assert host.week() == before


def test_windows_that_touch_or_are_off_do_not_overlap(host: Host) -> None:
    host.does(service.save_day, day=0, hours=[MORNING, Hours(12 * 60, 1440), Hours(600, 660, is_active=False)])
    assert len(host.week()) == 3
    with pytest.raises(Invalid, match="overlap"):
        host.does(service.set_day_active, day=0, is_active=True)


def test_a_day_is_turned_off_and_kept(host: Host) -> None:
    host.does(service.save_day, day=2, hours=[MORNING])
    assert host.starts() == ["04 08:00", "04 09:00", "04 10:00"]
    host.does(service.set_day_active, day=2, is_active=False)
    assert (host.week(), host.starts()) == ([(2, 540, 720, False)], [])
    host.does(service.set_day_active, day=2, is_active=True)
    assert len(host.starts()) == 3


def test_hours_to_the_days_end_and_past_midnight(host: Host) -> None:
    host.does(service.save_day, day=2, hours=[Hours(22 * 60, 1440)])
    assert host.starts() == ["04 21:00", "04 22:00"]
    host.does(service.save_day, day=2, hours=[Hours(23 * 60, 60)])
    assert host.starts(last=date(2026, 3, 5)) == ["04 22:00", "04 23:00"]


def test_a_windows_price_and_length(host: Host) -> None:
    host.does(service.save_day, day=2, hours=[MORNING, Hours(780, 840, duration_minutes=30, price_minor=2000)])
    assert [offer.price_minor for offer in host.offers()] == [4500] * 3
    assert [offer.price_minor for offer in host.offers(duration=30)] == [4500] * 6 + [2000] * 2


def test_rules_are_saved_and_changes_audited(host: Host) -> None:
    host.does(service.save_rules, rules=RULES)
    host.does(service.save_rules, rules=RULES)
    host.does(service.save_rules, rules=replace(RULES, buffer_after=15, max_per_day=3))
    saved = cast.one(select(BookingRules.buffer_after, BookingRules.max_per_day, BookingRules.min_lead_minutes))
    assert tuple(saved) == (15, 3, 60)
    assert [entry.after for entry in entries(host)][1] == {"buffer_after": 15, "max_per_day": 3}
    assert len(entries(host)) == 2


@pytest.mark.parametrize(
    ("first", "last"), [(None, None), (WEDNESDAY, None), (None, WEDNESDAY), (WEDNESDAY, date(2026, 3, 3))]
)
def test_a_period_needs_both_ends_in_order(host: Host, first: date | None, last: date | None) -> None:
    wanted = replace(RULES, horizon_kind="range", horizon_first=first, horizon_last=last)
    with pytest.raises(Invalid, match="first and a last day"):
        host.does(service.save_rules, rules=wanted)


def test_the_first_days_that_have_a_time_count_busy_days_in_between(host: Host) -> None:
    """Today (Monday) is past its hours and Tuesday is off: the first two days are Wednesday and Thursday."""
    for day in range(7):
        host.does(service.save_day, day=day, hours=[Hours(540, 600)])
    rules = replace(RULES, horizon_kind="available_days", horizon_days=2)
    host.does(service.save_rules, rules=rules)
    host.does(exceptions.take_days_off, dates=Dates(date(2026, 3, 3), date(2026, 3, 3)), note="")
    assert host.starts(date(2026, 3, 1), last=date(2026, 5, 1)) == ["04 08:00", "05 08:00"]
    cast.session(
        host.organization_id, host.id, cast.offering(host.organization_id), datetime(2026, 3, 4, 8, tzinfo=UTC)
    )
    assert host.starts(date(2026, 4, 1)) == []
    assert host.starts(date(2026, 3, 1), last=date(2026, 5, 1)) == ["05 08:00", "06 08:00"]


def test_other_hours_replace_the_days_windows(host: Host) -> None:
    host.does(service.save_day, day=2, hours=[MORNING])
    override_id = host.does(
        exceptions.set_other_hours, dates=Dates(WEDNESDAY, WEDNESDAY), hours=[Hours(840, 960)], note=""
    )
    assert host.starts() == ["04 13:00", "04 14:00"]
    transact(exceptions.remove, override_id=override_id, actor=host.actor, now=NOW)
    assert len(host.starts()) == 3
    assert [entry.action for entry in entries(host)][1:] == ["add_exception", "remove_exception"]
    with pytest.raises(NotFound):
        transact(exceptions.remove, override_id=override_id, actor=host.actor, now=NOW)


def test_days_off_and_exact_time_off(host: Host) -> None:
    for day in (2, 3):
        host.does(service.save_day, day=day, hours=[MORNING])
    host.does(exceptions.take_time_off, start=WallClock(WEDNESDAY, 600), end=WallClock(WEDNESDAY, 660), note="Dentist")
    assert host.starts() == ["04 08:00", "04 10:00"]
    host.does(exceptions.take_days_off, dates=Dates(date(2026, 3, 5), date(2026, 3, 6)), note="")
    assert host.starts(date(2026, 3, 5)) == []


def test_a_journey_reads_the_hours_there(host: Host) -> None:
    host.does(service.save_day, day=2, hours=[Hours(540, 600)])
    values = {"first_day": WEDNESDAY, "last_day": None, "timezone": "America/New_York"}
    travel_id = host.does(exceptions.travel, **values)
    assert host.starts() == ["04 14:00"]
    host.does(exceptions.take_time_off, start=WallClock(WEDNESDAY, 540), end=WallClock(WEDNESDAY, 1440), note="")
    off = cast.one(select(AvailabilityOverride.starts_at, AvailabilityOverride.ends_at))
    assert tuple(off) == (datetime(2026, 3, 4, 14, tzinfo=UTC), datetime(2026, 3, 5, 5, tzinfo=UTC))
    transact(exceptions.remove_travel, travel_id=travel_id, actor=host.actor, now=NOW)
    assert host.starts() == ["04 08:00"]


def test_the_same_key_is_one_exception(host: Host) -> None:
    values = {"dates": Dates(WEDNESDAY, WEDNESDAY), "note": "", "key": "k"}
    assert host.does(exceptions.take_days_off, **values) == host.does(exceptions.take_days_off, **values)
    assert len(entries(host)) == 1


@pytest.mark.parametrize(
    ("verb", "values", "field", "words"),
    [
        ("take_days_off", {"dates": Dates(WEDNESDAY, date(2026, 3, 3)), "note": ""}, "last_day", "before the first"),
        ("take_days_off", {"dates": Dates(WEDNESDAY, date(2027, 3, 5)), "note": ""}, "last_day", "more than 366"),
        ("take_days_off", {"dates": Dates(date(2026, 3, 1), date(2026, 3, 1)), "note": ""}, "last_day", "over already"),
        (
            "set_other_hours",
            {"dates": Dates(WEDNESDAY, WEDNESDAY), "hours": [MORNING, MORNING], "note": ""},
            "start",
            "09:00–12:00 and 09:00–12:00 overlap",
        ),
        (
            "set_other_hours",
            {"dates": Dates(date(2026, 3, 9), date(2026, 3, 12)), "hours": [MORNING], "note": ""},
            "first_day",
            "10 March has other hours already",
        ),
        (
            "take_time_off",
            {"start": WallClock(WEDNESDAY, 600), "end": WallClock(WEDNESDAY, 600), "note": ""},
            "end",
            "ends before it starts",
        ),
        (
            "take_time_off",
            {"start": WallClock(date(2026, 3, 1), 0), "end": WallClock(date(2026, 3, 1), 1440), "note": ""},
            "last_day",
            "over already",
        ),
        (
            "travel",
            {"first_day": date(2026, 6, 1), "last_day": None, "timezone": "Asia/Tokyo"},
            "first_day",
            "You are in Lisbon on some of these days",
        ),
        (
            "travel",
            {"first_day": WEDNESDAY, "last_day": date(2026, 3, 3), "timezone": "Asia/Tokyo"},
            "last_day",
            "before the first",
        ),
    ],
)
def test_an_exception_that_cannot_be_says_why_at_its_field(
    host: Host, verb: str, values: dict[str, Any], field: str, words: str
) -> None:
    day = date(2026, 3, 10)
    host.does(exceptions.set_other_hours, dates=Dates(day, day), hours=[MORNING], note="")
    host.does(exceptions.travel, first_day=date(2026, 5, 1), last_day=None, timezone="Europe/Lisbon")
    before = len(entries(host))
    with pytest.raises(Invalid, match=words) as refused:
        host.does(getattr(exceptions, verb), **values)
    assert refused.value.field == field
    assert len(entries(host)) == before


def test_the_nearest_times_are_found_far_away(host: Host) -> None:
    """With one free hour in April, that is what a guest who asked in March is offered."""
    host.does(service.save_rules, rules=replace(RULES, horizon_days=90))
    far = date(2026, 4, 20)
    host.does(exceptions.set_other_hours, dates=Dates(far, far), hours=[Hours(540, 600)], note="")
    wanted = datetime(2026, 3, 4, 9, tzinfo=UTC)
    assert [offer.start for offer in host.nearest(wanted)] == [datetime(2026, 4, 20, 7, tzinfo=UTC)]


def test_the_nearest_times_leave_out_what_is_taken(host: Host) -> None:
    host.does(service.save_day, day=2, hours=[MORNING])
    taken = datetime(2026, 3, 4, 9, tzinfo=UTC)
    cast.session(host.organization_id, host.id, cast.offering(host.organization_id), taken)
    assert [f"{offer.start:%d %H:%M}" for offer in host.nearest(taken, count=2)] == ["04 08:00", "04 10:00"]


def test_hosts_are_found_by_slug_or_id_in_their_own_organization(host: Host) -> None:
    elsewhere = cast.organization("elsewhere")
    cy = cast.staff(elsewhere, "Cy Young")
    found = queries.host(organization_id=host.organization_id, name="ada")
    assert found.user_id == queries.host(organization_id=host.organization_id, name=str(host.id)).user_id == host.id
    for stranger in ("cy", str(cy)):
        with pytest.raises(NotFound):
            queries.host(organization_id=host.organization_id, name=stranger)
