"""The slot rules again, slowly and minute by minute, straight from their words: nothing shared with the fast ones."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from liveapp.rules.busy import Busy, BusyKind
from liveapp.rules.event_rules import BusinessDays, DateRange, Days, EventRules
from liveapp.rules.windows import DaysOff, Schedule

MINUTE = timedelta(minutes=1)
CLAIMS = {BusyKind.BOOKING, BusyKind.HOLD, BusyKind.REQUEST, BusyKind.SESSION}


@lru_cache(maxsize=200)
def clock(timezone: str, base: date) -> tuple[tuple[datetime, datetime], ...]:
    """(UTC, what the wall clock shows) for each minute from five days before the base to seven after."""
    zone = ZoneInfo(timezone)
    first = datetime(base.year, base.month, base.day, tzinfo=UTC) - timedelta(days=5)
    minutes = [first + n * MINUTE for n in range(12 * 1440)]
    return tuple((minute, minute.astimezone(zone).replace(tzinfo=None)) for minute in minutes)


def starts(
    schedule: Schedule,
    event: EventRules,
    busy: Iterable[Busy],
    now: datetime,
    base: date,
    guest_days: tuple[date, date],
    guest_zone: str,
) -> list[datetime]:
    """Every start that is offered on the guest's days."""
    open_minutes, grid = open_time(schedule, event, base)
    guest_clock = dict(clock(guest_zone, base))
    found = []
    for start in sorted(grid):
        meeting = [start + n * MINUTE for n in range(event.duration)]
        if not guest_days[0] <= guest_clock[start].date() <= guest_days[1]:
            continue
        if not open_minutes.issuperset(meeting) or start < now + timedelta(
            minutes=event.min_notice + event.time_to_answer
        ):
            continue
        if is_off(schedule, meeting, base) or any(clashes(one, event, start) for one in busy):
            continue
        if any(date_allows(schedule, event, busy, now, day) for day in grid[start]):
            found.append(start)
    return found


def open_time(schedule: Schedule, event: EventRules, base: date) -> tuple[set[datetime], dict[datetime, set[date]]]:
    """All open minutes, and the grid: each start with the host's dates that it has."""
    open_minutes: set[datetime] = set()
    grid: dict[datetime, set[date]] = {}
    for shift in range(-4, 6):
        day = base + timedelta(days=shift)
        labels = clock(schedule.timezone_on(day), base)
        shown = dict(labels)
        for window in schedule.overrides.get(day, schedule.weekly.get(day.weekday(), ())):
            midnight = datetime(day.year, day.month, day.day)
            opens = midnight + window.start_minute * MINUTE
            closes = midnight + window.end_minute * MINUTE
            if window.end_minute <= window.start_minute:
                closes += timedelta(days=1)
            first = next(minute for minute, label in labels if label >= opens)
            last = next(minute for minute, label in reversed(labels) if label < closes)
            if last < first:
                continue
            count = (last - first) // MINUTE + 1
            open_minutes.update(first + n * MINUTE for n in range(count))
            for n in range(0, count, event.interval or event.duration):
                grid.setdefault(first + n * MINUTE, set()).add(shown[first + n * MINUTE].date())
    return open_minutes, grid


def is_off(schedule: Schedule, meeting: list[datetime], base: date) -> bool:
    """Whether some minute of the meeting is time off."""
    for off in schedule.time_off:
        if not isinstance(off, DaysOff):
            if any(off.start <= minute < off.end for minute in meeting):
                return True
            continue
        for shift in range((off.last_day - off.first_day).days + 1):
            day = off.first_day + timedelta(days=shift)
            shown = dict(clock(schedule.timezone_on(day), base))
            if any(shown[minute].date() == day for minute in meeting):
                return True
    return False


def clashes(busy: Busy, event: EventRules, start: datetime) -> bool:
    """Whether the gap between the meeting and busy time is shorter than the buffers ask for."""
    if busy.start == busy.end:
        return False
    end = start + event.duration * MINUTE
    is_claim = busy.kind in CLAIMS
    own = is_claim or busy.kind is BusyKind.EXTERNAL
    before = (busy.buffer_after if is_claim else 0) + (event.buffer_before if own else 0)
    after = (busy.buffer_before if is_claim else 0) + (event.buffer_after if own else 0)
    free_before = start - busy.end >= before * MINUTE
    free_after = busy.start - end >= after * MINUTE
    return not (free_before or free_after)


def date_allows(schedule: Schedule, event: EventRules, busy: Iterable[Busy], now: datetime, day: date) -> bool:
    """Whether horizon and limits leave this date of the host (limits are asked for hosts who stay at home)."""
    zone = ZoneInfo(schedule.timezone)
    claimed = [one.start.astimezone(zone).date() for one in busy if one.kind in CLAIMS]
    if event.per_day is not None and claimed.count(day) >= event.per_day:
        return False
    week = first_of_week(day, event.week_start)
    weekly = [other for other in claimed if first_of_week(other, event.week_start) == week]
    if event.per_week is not None and len(weekly) >= event.per_week:
        return False
    return in_horizon(event, now.astimezone(zone).date(), day)


def first_of_week(day: date, week_start: int) -> date:
    """The date that the week of a day began on."""
    while day.weekday() != week_start:
        day -= timedelta(days=1)
    return day


def in_horizon(event: EventRules, today: date, day: date) -> bool:
    """Whether the date is inside the booking period, which has no beginning but for a range of dates."""
    match event.horizon:
        case Days(count):
            return day <= today + timedelta(days=count)
        case DateRange(first, last):
            return first <= day <= last
        case BusinessDays(count):
            later = [today + timedelta(days=n) for n in range(1, 30)]
            working = [date_ for date_ in later if date_.weekday() < 5]
            return day <= ([today, *working][count])
        case _:
            return True
