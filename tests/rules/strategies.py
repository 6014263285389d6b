"""Hosts, events and busy time for properties, gathered around the days when clocks change."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from liveapp.rules.busy import Busy, BusyKind
from liveapp.rules.event_rules import AvailableDays, BusinessDays, DateRange, Days, EventRules
from liveapp.rules.windows import DaysOff, Schedule, TimeOff, TimezoneChange, Window

ZONES = (
    "UTC",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "America/Santiago",
    "America/Havana",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
)
CHANGES = {
    date(2026, 3, 8): ("America/New_York", "America/Havana"),
    date(2026, 3, 29): ("Europe/London",),
    date(2026, 4, 4): ("America/Santiago",),
    date(2026, 4, 5): ("Australia/Lord_Howe", "Pacific/Chatham"),
    date(2026, 6, 17): ("Asia/Kathmandu",),
    date(2026, 9, 6): ("America/Santiago",),
    date(2026, 9, 27): ("Pacific/Chatham",),
    date(2026, 10, 4): ("Australia/Lord_Howe",),
    date(2026, 10, 25): ("Europe/London",),
    date(2026, 11, 1): ("America/New_York", "America/Havana"),
}
"""The zones whose clocks change on these days (June: none does)."""

zones = st.sampled_from(ZONES)
bases = st.sampled_from(list(CHANGES))
quarters = st.integers(0, 95).map(lambda quarter: quarter * 15)
small_hours = st.sampled_from([0, 60, 90, 120, 135, 150, 165, 180, 1320, 1380, 1410])
round_or_odd = st.one_of(quarters, quarters, st.integers(0, 1439))


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, ...]:
    """Up to three windows of a day: touching, overlapping, odd minutes and past midnight all happen."""
    starts = draw(st.lists(st.one_of(small_hours, round_or_odd), max_size=3))
    lengths = st.one_of(st.integers(1, 24).map(lambda half_hours: half_hours * 30), st.integers(1, 1440))
    found = []
    for number, start in enumerate(starts):
        end = start + draw(lengths)
        end = end if end <= 1440 else end - 1440
        found.append(Window(start, end, ref=f"window {number}"))
    return tuple(found)


@st.composite
def schedules(draw: st.DrawFn, base: date, *, travelling: bool = True) -> Schedule:
    """A week around a base day, with overrides, time off and (where asked for) journeys near it."""
    near = st.integers(-1, 2).map(lambda days: base + timedelta(days=days))
    weekly = {weekday: draw(windows()) for weekday in range(7)}
    overrides = draw(st.dictionaries(near, windows(), max_size=2))
    days_off = [DaysOff(day, day) for day in draw(st.lists(near, max_size=1))]
    exact = [
        TimeOff(start, start + timedelta(minutes=draw(st.integers(1, 600))))
        for start in draw(st.lists(moments(base), max_size=1))
    ]
    travel: list[TimezoneChange] = []
    if travelling and draw(st.booleans()):
        first = draw(near)
        last = draw(st.sampled_from([None, first, first + timedelta(days=1)]))
        travel.append(TimezoneChange(first, last, draw(zones)))
    zone = draw(st.one_of(st.sampled_from(CHANGES[base]), zones))
    return Schedule(zone, weekly, overrides, (*days_off, *exact), tuple(travel))


@st.composite
def events(draw: st.DrawFn, base: date, *, limits: bool = True) -> EventRules:
    """Short and long meetings, grids finer and coarser than they are, every kind of horizon."""
    few_days = st.integers(0, 5)
    horizon = st.one_of(
        st.none(),
        few_days.map(Days),
        few_days.map(BusinessDays),
        few_days.map(lambda days: DateRange(base, base + timedelta(days=days))),
    )
    limit = st.one_of(st.none(), st.integers(1, 2)) if limits else st.none()
    return EventRules(
        duration=draw(st.one_of(st.sampled_from([15, 30, 60]), st.integers(5, 400))),
        interval=draw(st.one_of(st.sampled_from([None, 15, 30, 60]), st.integers(7, 200))),
        min_notice=draw(st.sampled_from([0, 0, 90, 1500])),
        time_to_answer=draw(st.sampled_from([0, 0, 60])),
        buffer_before=draw(st.sampled_from([0, 0, 15, 45])),
        buffer_after=draw(st.sampled_from([0, 0, 5, 15, 30])),
        horizon=draw(horizon),
        per_day=draw(limit),
        per_week=draw(limit),
        week_start=draw(st.integers(0, 6)),
    )


available_days = st.integers(1, 4).map(AvailableDays)


@st.composite
def moments(draw: st.DrawFn, base: date) -> datetime:
    """A whole minute from two days before the base to four days after, mostly on a quarter of an hour."""
    start = datetime(base.year, base.month, base.day, tzinfo=UTC)
    return start + timedelta(days=draw(st.integers(-2, 3)), minutes=draw(round_or_odd))


@st.composite
def busy_times(draw: st.DrawFn, base: date) -> Busy:
    """One busy block of any kind, with buffers of its own."""
    start = draw(moments(base))
    end = start + timedelta(minutes=draw(st.one_of(st.sampled_from([0, 15, 30, 60, 120]), st.integers(1, 300))))
    small = st.sampled_from([0, 0, 15, 60])
    return Busy(start, end, draw(st.sampled_from(BusyKind)), draw(small), draw(small))


@st.composite
def busy_beside(draw: st.DrawFn, start: datetime, event: EventRules) -> Busy:
    """A block that just leaves, or just doesn't leave, the room that a meeting at this start needs."""
    before, after = draw(st.sampled_from([0, 15])), draw(st.sampled_from([0, 15]))
    kind = draw(st.sampled_from([BusyKind.BOOKING, BusyKind.EXTERNAL, BusyKind.LOCATION]))
    own = kind is not BusyKind.LOCATION
    claims = kind is BusyKind.BOOKING
    off = draw(st.integers(-1, 1))
    if draw(st.booleans()):
        gap = own * event.buffer_after + claims * before
        begin = start + timedelta(minutes=event.duration + gap + off)
        return Busy(begin, begin + timedelta(minutes=30), kind, before, after)
    end = start - timedelta(minutes=own * event.buffer_before + claims * after + off)
    return Busy(end - timedelta(minutes=30), end, kind, before, after)


@st.composite
def nows(draw: st.DrawFn, base: date) -> datetime:
    """A moment before or inside the days asked for, seconds and all."""
    start = datetime(base.year, base.month, base.day, tzinfo=UTC)
    seconds = st.one_of(st.integers(-5 * 86400, 86400), st.integers(-480, 96).map(lambda quarter: quarter * 900))
    return start + timedelta(seconds=draw(seconds))
