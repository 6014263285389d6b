"""What must hold for any host, event, busy time and moment."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from liveapp.rules.absences import Reason
from liveapp.rules.busy import Busy
from liveapp.rules.event_rules import EventRules
from liveapp.rules.slots import explain, nearest, offered, refusal
from liveapp.rules.windows import Schedule
from tests.rules import slot_oracle
from tests.rules.strategies import (
    available_days,
    bases,
    busy_beside,
    busy_times,
    events,
    moments,
    nows,
    schedules,
    zones,
)

steady = settings(suppress_health_check=list(HealthCheck))
DAY = timedelta(days=1)
Host = tuple[date, Schedule, EventRules, list[Busy], datetime]


@st.composite
def hosts(draw: st.DrawFn, *, limits: bool = True) -> Host:
    base = draw(bases)
    schedule = draw(schedules(base, travelling=not limits))
    event = draw(events(base, limits=limits))
    if limits and draw(st.integers(0, 3)) == 0:
        event = replace(event, horizon=draw(available_days))
    return base, schedule, event, draw(st.lists(busy_times(base), max_size=5)), draw(nows(base))


def starts(host: Host, first: date, last: date, zone: str = "UTC") -> list[datetime]:
    _, schedule, event, busy, now = host
    return [slot.start for slot in offered(schedule, event, busy, now, first, last, zone)]


def around(host: Host) -> list[datetime]:
    return starts(host, host[0] - DAY, host[0] + 2 * DAY)


@steady
@given(st.data(), zones)
def test_agrees_with_the_rules_read_minute_by_minute(data: st.DataObject, guest_zone: str) -> None:
    base = data.draw(bases)
    limits = data.draw(st.booleans())
    schedule = data.draw(schedules(base, travelling=not limits))
    event = data.draw(events(base, limits=limits))
    if schedule.travel:
        event = replace(event, horizon=None)
    busy = data.draw(st.lists(busy_times(base), max_size=5))
    now = data.draw(nows(base))
    days = base - DAY, base + DAY
    free = offered(schedule, event, busy, now, *days, guest_zone)
    for slot in data.draw(st.lists(st.sampled_from(free), max_size=3)) if free else ():
        busy.append(data.draw(busy_beside(slot.start, event)))
    expected = slot_oracle.starts(schedule, event, busy, now, base, days, guest_zone)
    slots = offered(schedule, event, busy, now, *days, guest_zone)
    assert [slot.start for slot in slots] == expected
    assert all(slot.end - slot.start == event.duration * timedelta(minutes=1) for slot in slots)


@steady
@given(st.one_of(hosts(), hosts(limits=False)), zones)
def test_asking_day_by_day_is_asking_for_the_range(host: Host, zone: str) -> None:
    days = [host[0] + shift * DAY for shift in range(-1, 4)]
    by_day = [start for day in days for start in starts(host, day, day, zone)]
    assert sorted(by_day) == starts(host, days[0], days[-1], zone)


@steady
@given(st.one_of(hosts(), hosts(limits=False)), zones)
def test_the_guests_zone_only_relabels(host: Host, zone: str) -> None:
    seen = starts(host, host[0] - 2 * DAY, host[0] + 3 * DAY, zone)
    assert set(around(host)) <= set(seen)


@steady
@given(hosts(limits=False), st.data())
def test_more_busy_time_only_removes_starts(host: Host, data: st.DataObject) -> None:
    base, schedule, event, busy, now = host
    assume(not event.per_day)
    more: Host = base, schedule, event, [*busy, data.draw(busy_times(base))], now
    assert set(around(more)) <= set(around(host))


@steady
@given(st.one_of(hosts(), hosts(limits=False)), st.data())
def test_a_start_is_refused_exactly_when_it_is_not_offered(host: Host, data: st.DataObject) -> None:
    base, schedule, event, busy, now = host
    free = around(host)
    asked = data.draw(st.one_of(moments(base), st.sampled_from(free) if free else moments(base)))
    absence = refusal(schedule, event, busy, now, asked)
    assert (absence is None) == (asked in starts(host, asked.date(), asked.date()))
    assert absence is None or absence.start == asked


@steady
@given(st.one_of(hosts(), hosts(limits=False)))
def test_offered_and_absent_starts_are_the_grid(host: Host) -> None:
    base, schedule, event, busy, now = host
    explained = explain(schedule, event, busy, now, base - DAY, base + 2 * DAY)
    replaced = (Reason.OVERRIDE, Reason.CLOSED_DAY)
    offered_starts = {slot.start for day in explained for slot in day.offered}
    absent = {a.start for day in explained for a in day.absent if a.reason not in replaced}
    _, grid = slot_oracle.open_time(schedule, event, base)
    wanted = {start for start, days in grid.items() if days & {day.day for day in explained}}
    assert offered_starts | absent == wanted
    assert not offered_starts & absent
    for start in offered_starts:
        assert start in starts(host, start.date(), start.date())


@steady
@given(st.one_of(hosts(), hosts(limits=False)))
def test_an_explained_absence_is_the_refusal_that_a_booking_gets(host: Host) -> None:
    base, schedule, event, busy, now = host
    assume(not schedule.travel)
    for day in explain(schedule, event, busy, now, base, base):
        for absence in day.absent[:10]:
            assert refusal(schedule, event, busy, now, absence.start) == absence


@steady
@given(hosts(), st.randoms())
def test_meetings_booked_one_after_the_other_keep_their_buffers(host: Host, pick: object) -> None:
    base, schedule, event, _, now = host
    booked: list[Busy] = []
    for _ in range(6):
        free = around((base, schedule, event, booked, now))
        if not free:
            break
        start = pick.choice(free)  # type: ignore[attr-defined]
        end = start + timedelta(minutes=event.duration)
        booked.append(Busy(start, end, buffer_before=event.buffer_before, buffer_after=event.buffer_after))
    booked.sort(key=lambda one: one.start)
    gap = timedelta(minutes=event.buffer_before + event.buffer_after)
    for earlier, later in pairwise(booked):
        assert later.start - earlier.end >= gap
    per_day: dict[date, int] = {}
    for one in booked:
        day = dict(slot_oracle.clock(schedule.timezone, base))[one.start].date()
        per_day[day] = per_day.get(day, 0) + 1
    assert event.per_day is None or all(count <= event.per_day for count in per_day.values())


@steady
@given(st.one_of(hosts(), hosts(limits=False)), st.data(), st.integers(1, 5))
def test_the_nearest_free_starts_are_the_nearest(host: Host, data: st.DataObject, count: int) -> None:
    base, schedule, event, busy, now = host
    wanted = data.draw(moments(base))
    found = [slot.start for slot in nearest(schedule, event, busy, now, wanted, count)]
    everywhere = starts(host, base - 10 * DAY, base + 12 * DAY)
    by_distance = sorted(everywhere, key=lambda start: (abs(start - wanted), start))[:count]
    if len(by_distance) == count and abs(by_distance[-1] - wanted) < 6 * DAY:
        assert found == sorted(by_distance)
    assert found == sorted(found)
    assert len(found) <= count
