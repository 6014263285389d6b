"""The 59 worked cases: exactly these starts are offered, by every way of asking."""

from datetime import timedelta

import pytest

from liveapp.rules.slots import explain, offered, refusal
from liveapp.rules.windows import host_day
from liveapp.rules.zones import date_of, minute_of
from tests.rules.slot_cases import Case, slot_cases

CASES = slot_cases()
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.id} {case.title}")


def starts(case: Case, timezone: str | None = None) -> list[object]:
    slots = offered(
        case.schedule, case.event, case.busy, case.now, case.first_day, case.last_day, timezone or case.timezone
    )
    return [slot.start for slot in slots]


def test_the_file_holds_all_cases() -> None:
    assert len(CASES) == 59


@each_case
def test_offers_exactly_these_starts(case: Case) -> None:
    assert starts(case) == case.starts


@each_case
def test_a_start_is_refused_exactly_when_it_is_not_offered(case: Case) -> None:
    for start in case.starts:
        assert refusal(case.schedule, case.event, case.busy, case.now, start) is None
        between = start + timedelta(minutes=1)
        if between not in case.starts:
            assert refusal(case.schedule, case.event, case.busy, case.now, between) is not None


@each_case
def test_explaining_the_hosts_days_offers_the_same_starts(case: Case) -> None:
    days = [date_of(host_day(case.schedule, minute_of(start))) for start in case.starts] or [case.first_day]
    explained = explain(case.schedule, case.event, case.busy, case.now, min(days), max(days))
    said = {slot.start for day in explained for slot in day.offered}
    absent = {absence.start for day in explained for absence in day.absent}
    assert said >= set(case.starts)
    assert not said & absent
    assert said or absent
