"""Recurrence: examples at the edges of months and clocks, then any rule against dateutil's."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.recurrence import (
    LAST,
    MAX_OCCURRENCES,
    Frequency,
    RecurrenceError,
    Rule,
    TooManyOccurrences,
    describe,
    nth_weekday,
    occurrences,
    resolve_local,
    twelve_months_from,
)
from liveapp.rules.zones import UnknownTimezone
from tests.rules.strategies import ZONES

SIX = time(18)
NEW_YORK = "America/New_York"


def rule(frequency: Frequency, first: date, **more: object) -> Rule:
    return Rule(frequency, SIX, "UTC", first, **more)  # type: ignore[arg-type]


def dates(of: Rule, **more: date) -> list[date]:
    return [occurrence.date for occurrence in occurrences(of, **more)]


def test_daily_until_a_date_included() -> None:
    daily = rule(Frequency.DAILY, date(2026, 12, 30), until=date(2027, 1, 1))
    assert dates(daily) == [date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1)]
    assert occurrences(daily)[0].start == datetime(2026, 12, 30, 18, tzinfo=UTC)


def test_weekly_starts_on_the_first_chosen_weekday() -> None:
    weekly = rule(Frequency.WEEKLY, date(2026, 3, 4), weekdays=frozenset({1, 3}), count=3)
    assert dates(weekly) == [date(2026, 3, 5), date(2026, 3, 10), date(2026, 3, 12)]


def test_every_other_week_counts_from_the_first_sessions_week() -> None:
    biweekly = rule(Frequency.BIWEEKLY, date(2026, 3, 6), weekdays=frozenset({1}), count=3)
    assert dates(biweekly) == [date(2026, 3, 10), date(2026, 3, 24), date(2026, 4, 7)]


@pytest.mark.parametrize(
    ("week_start", "days"),
    [(0, [8, 16, 22, 30]), (6, [8, 9, 22, 23]), (1, [8, 9, 22, 23])],
    ids=["monday", "sunday", "tuesday"],
)
def test_every_other_week_begins_on_the_first_day_of_the_week(week_start: int, days: list[int]) -> None:
    """Sunday 8 March 2026 ends a week that begins on a Monday, and begins one where weeks begin on Sundays."""
    biweekly = rule(
        Frequency.BIWEEKLY, date(2026, 3, 8), weekdays=frozenset({6, 0}), count=4, week_start=week_start
    )  # fmt: skip
    assert dates(biweekly) == [date(2026, 3, day) for day in days]


@pytest.mark.parametrize("week_start", [-1, 7])
def test_weeks_begin_on_a_weekday(week_start: int) -> None:
    with pytest.raises(RecurrenceError, match="A week begins on a day"):
        rule(Frequency.BIWEEKLY, date(2026, 3, 8), weekdays=frozenset({0}), week_start=week_start)


def test_day_31_skips_short_months() -> None:
    monthly = rule(Frequency.MONTHLY_BY_DAY, date(2026, 1, 31), count=4)
    assert dates(monthly) == [date(2026, 1, 31), date(2026, 3, 31), date(2026, 5, 31), date(2026, 7, 31)]


def test_the_fifth_friday_skips_months_without_one() -> None:
    fifth = rule(Frequency.MONTHLY_BY_WEEKDAY, date(2026, 1, 30), nth=5, count=3)
    assert dates(fifth) == [date(2026, 1, 30), date(2026, 5, 29), date(2026, 7, 31)]


def test_second_tuesday_and_last_friday() -> None:
    second = rule(Frequency.MONTHLY_BY_WEEKDAY, date(2026, 3, 3), nth=2, count=2)
    assert dates(second) == [date(2026, 3, 10), date(2026, 4, 14)]
    last = rule(Frequency.MONTHLY_BY_WEEKDAY, date(2026, 2, 6), nth=LAST, count=2)
    assert dates(last) == [date(2026, 2, 27), date(2026, 3, 27)]


def test_the_day_of_the_month_and_the_weekday_need_not_be_the_first_dates() -> None:
    by_day = rule(Frequency.MONTHLY_BY_DAY, date(2026, 2, 5), month_day=31, count=2)
    assert dates(by_day) == [date(2026, 3, 31), date(2026, 5, 31)]
    by_weekday = rule(Frequency.MONTHLY_BY_WEEKDAY, date(2026, 3, 12), nth=2, weekdays=frozenset({1}), count=1)
    assert dates(by_weekday) == [date(2026, 4, 14)]
    assert describe(by_weekday) == "Every month on the second Tuesday at 18:00, once"


def test_a_leap_day_waits_for_the_next_month_that_has_it() -> None:
    assert dates(rule(Frequency.MONTHLY_BY_DAY, date(2027, 1, 29), count=2))[1] == date(2027, 3, 29)
    assert dates(rule(Frequency.MONTHLY_BY_DAY, date(2028, 1, 29), count=2))[1] == date(2028, 2, 29)


def test_an_endless_rule_is_made_twelve_months_ahead_and_extended() -> None:
    daily = rule(Frequency.DAILY, date(2027, 3, 1))
    made = dates(daily)
    assert (len(made), made[-1]) == (366, date(2028, 2, 29))
    later = dates(daily, through=date(2028, 3, 2), after=made[-1])
    assert later == [date(2028, 3, 1), date(2028, 3, 2)]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 3, 1), date(2027, 2, 28)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2027, 2, 28), date(2028, 2, 27)),
    ],
)
def test_twelve_months(first: date, last: date) -> None:
    assert twelve_months_from(first) == last


def test_at_most_366_at_once() -> None:
    first = date(2026, 1, 1)
    assert len(occurrences(rule(Frequency.DAILY, first, count=366))) == MAX_OCCURRENCES
    assert len(occurrences(rule(Frequency.DAILY, first, until=first + timedelta(days=365)))) == MAX_OCCURRENCES
    with pytest.raises(TooManyOccurrences, match="more than 366 sessions"):
        rule(Frequency.DAILY, first, count=367)
    with pytest.raises(TooManyOccurrences):
        occurrences(rule(Frequency.DAILY, first, until=first + timedelta(days=366)))
    with pytest.raises(TooManyOccurrences):
        occurrences(rule(Frequency.DAILY, first, until=date(9999, 12, 31)))


def test_the_wall_time_is_kept_when_clocks_change() -> None:
    weekly = Rule(Frequency.WEEKLY, SIX, NEW_YORK, date(2026, 3, 3), frozenset({1}), count=2)
    assert [one.start.hour for one in occurrences(weekly)] == [23, 22]


@pytest.mark.parametrize(
    ("zone", "day", "clock", "moment"),
    [
        (NEW_YORK, date(2026, 3, 8), time(2, 30), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),  # RFC 5545, 3.3.5
        (NEW_YORK, date(2026, 11, 1), time(1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), datetime(2026, 10, 3, 15, 45, tzinfo=UTC)),
        ("Asia/Kathmandu", date(2026, 6, 1), time(6), datetime(2026, 6, 1, 0, 15, tzinfo=UTC)),
    ],
)
def test_local_times_in_gaps_and_folds(zone: str, day: date, clock: time, moment: datetime) -> None:
    assert resolve_local(day, clock, zone) == moment
    assert resolve_local(day, clock.replace(fold=1), zone) == moment
    with pytest.raises(UnknownTimezone):
        resolve_local(day, clock, "Nowhere/At_all")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"frequency": Frequency.WEEKLY}, "at least one weekday"),
        ({"frequency": Frequency.WEEKLY, "weekdays": frozenset({7})}, "from 0"),
        ({"frequency": Frequency.MONTHLY_BY_WEEKDAY}, "first to fifth"),
        ({"frequency": Frequency.MONTHLY_BY_WEEKDAY, "nth": 6}, "first to fifth"),
        ({"frequency": Frequency.MONTHLY_BY_DAY, "month_day": 32}, "from 1 to 31"),
        ({"frequency": Frequency.DAILY, "until": date(2026, 2, 28)}, "ends before it starts"),
        ({"frequency": Frequency.DAILY, "count": 0}, "at least one session"),
        ({"frequency": Frequency.DAILY, "count": 2, "until": date(2026, 3, 5)}, "not both"),
        ({"frequency": Frequency.DAILY, "first_date": date(1, 1, 1)}, "after 1970"),
    ],
)
def test_rules_that_cannot_be_say_what_to_change(wrong: dict[str, object], said: str) -> None:
    values: dict[str, object] = {"start_time": SIX, "timezone": "UTC", "first_date": date(2026, 3, 1), **wrong}
    with pytest.raises(RecurrenceError, match=said):
        Rule(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("series", "words"),
    [
        (
            rule(Frequency.WEEKLY, date(2026, 3, 3), weekdays=frozenset({3, 1}), until=date(2027, 3, 3)),
            "Every Tuesday and Thursday at 18:00 until 3 March 2027",
        ),
        (rule(Frequency.DAILY, date(2026, 3, 3), count=10), "Every day at 18:00, 10 times"),
        (rule(Frequency.DAILY, date(2026, 3, 3), count=1), "Every day at 18:00, once"),
        (
            rule(Frequency.BIWEEKLY, date(2026, 3, 3), weekdays=frozenset({0, 2, 4})),
            "Every other week on Monday, Wednesday and Friday at 18:00",
        ),
        (rule(Frequency.MONTHLY_BY_DAY, date(2026, 3, 31)), "Every month on day 31 at 18:00"),
        (rule(Frequency.MONTHLY_BY_WEEKDAY, date(2026, 3, 27), nth=LAST), "Every month on the last Friday at 18:00"),
    ],
)
def test_rules_in_words(series: Rule, words: str) -> None:
    assert describe(series) == words


@pytest.mark.parametrize(("nth", "day"), [(1, 6), (4, 27), (5, 34), (LAST, 27)])
def test_the_nth_friday_of_february_2026(nth: int, day: int) -> None:
    assert nth_weekday(2026, 2, 4, nth) == day


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    frequency = draw(st.sampled_from(Frequency))
    first = draw(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
    end: dict[str, object] = {"count": draw(st.integers(1, 40))}
    if draw(st.booleans()):
        end = {"until": first + timedelta(days=draw(st.integers(0, 300)))}
    by_weekday = frequency is Frequency.MONTHLY_BY_WEEKDAY
    return Rule(
        frequency,
        draw(st.times().map(lambda clock: clock.replace(second=0, microsecond=0))),
        draw(st.sampled_from(ZONES)),
        first,
        frozenset(draw(st.sets(st.integers(0, 6), min_size=1, max_size=1 if by_weekday else 7))),
        draw(st.sampled_from([1, 2, 3, 4, 5, LAST])) if by_weekday else None,
        week_start=draw(st.integers(0, 6)),
        **end,  # type: ignore[arg-type]
    )


RRULE_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def rrule(series: Rule) -> str:
    """The rule as RFC 5545 writes it, for a DTSTART at its first occurrence."""
    days = ",".join(RRULE_DAYS[day] for day in sorted(series.weekdays))
    repeat = {
        Frequency.DAILY: "FREQ=DAILY",
        Frequency.WEEKLY: f"FREQ=WEEKLY;BYDAY={days}",
        Frequency.BIWEEKLY: f"FREQ=WEEKLY;INTERVAL=2;WKST={RRULE_DAYS[series.week_start]};BYDAY={days}",
        Frequency.MONTHLY_BY_DAY: f"FREQ=MONTHLY;BYMONTHDAY={series.day_of_month}",
        Frequency.MONTHLY_BY_WEEKDAY: f"FREQ=MONTHLY;BYDAY={series.nth}{RRULE_DAYS[series.weekday]}",
    }[series.frequency]
    if series.until is None:
        return f"{repeat};COUNT={series.count}"
    return f"{repeat};UNTIL={resolve_local(series.until, series.start_time, series.timezone):%Y%m%dT%H%M%SZ}"


@given(rules())
def test_dates_are_those_that_calendars_read_from_the_rrule(series: Rule) -> None:
    made = occurrences(series)
    if not made:
        return
    start = datetime.combine(made[0].date, series.start_time, ZoneInfo(series.timezone))
    read = list(rrulestr(rrule(series), dtstart=start))
    assert [one.date for one in made] == [moment.date() for moment in read]


@given(rules())
def test_the_clock_shows_the_start_time_unless_it_skips_it(series: Rule) -> None:
    zone = ZoneInfo(series.timezone)
    starts = [one.start for one in occurrences(series)]
    assert starts == sorted(set(starts))
    for one in occurrences(series):
        wall = datetime.combine(one.date, series.start_time)
        shown = one.start.astimezone(zone).replace(tzinfo=None, fold=0)
        exists = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) == wall
        assert shown == wall if exists else shown > wall


@given(rules(), st.integers(0, 200))
def test_extending_day_by_day_makes_the_same_series(series: Rule, days: int) -> None:
    whole = occurrences(series)
    split = series.first_date + timedelta(days=days)
    assert occurrences(series, through=split) + occurrences(series, after=split) == whole
