"""Examples of single rules of slots, each reason for an absent start, and the words for it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from liveapp.rules.absences import WORDS, Absence, Reason, guest_sentence, horizon_in_words, host_sentence
from liveapp.rules.busy import Busy, BusyKind
from liveapp.rules.event_rules import (
    AvailableDays,
    BusinessDays,
    DateRange,
    Days,
    EventRules,
    Horizon,
    nth_business_day,
    week_of,
)
from liveapp.rules.slots import explain, find, nearest, offered, refusal
from liveapp.rules.windows import DaysOff, Schedule, TimeOff, TimezoneChange, Window, host_day
from liveapp.rules.zones import date_of, day_number, minute_of

WEDNESDAY = date(2026, 6, 17)
NOW = datetime(2026, 6, 16, 9, tzinfo=UTC)
MORNING = Window(9 * 60, 12 * 60, ref="morning")
HOST = Schedule("UTC", {2: (MORNING,), 3: (MORNING,)})
HOUR = EventRules(duration=60)


def at(hour: int, minute: int = 0, day: int = 17) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC)


def hours(schedule: Schedule, event: EventRules = HOUR, *busy: Busy, now: datetime = NOW) -> list[str]:
    slots = offered(schedule, event, busy, now, WEDNESDAY, WEDNESDAY, "UTC")
    return [f"{slot.start:%H:%M}" for slot in slots]


def why(start: datetime, *busy: Busy, event: EventRules = HOUR, host: Schedule = HOST, now: datetime = NOW) -> Reason:
    absence = refusal(host, event, busy, now, start)
    assert absence is not None
    return absence.reason


def test_a_slot_knows_its_window_and_its_end() -> None:
    slot = offered(HOST, HOUR, (), NOW, WEDNESDAY, WEDNESDAY, "UTC")[0]
    assert find(HOST, HOUR, (), NOW, at(9)) == slot
    assert (slot.start, slot.end, slot.ref) == (at(9), at(10), "morning")


def test_overlapping_windows_give_each_start_once_from_the_first_that_has_it() -> None:
    host = Schedule("UTC", {2: (MORNING, Window(11 * 60, 13 * 60, ref="late"), Window(11 * 60 + 30, 780))})
    slots = offered(host, HOUR, (), NOW, WEDNESDAY, WEDNESDAY, "UTC")
    assert [(slot.start, slot.ref) for slot in slots][2:4] == [(at(11), "morning"), (at(11, 30), None)]
    assert len({slot.start for slot in slots}) == len(slots) == 5


def test_a_window_from_midnight_to_midnight_is_the_whole_day() -> None:
    assert len(hours(Schedule("UTC", {2: (Window(0, 0),)}))) == 24
    assert len(hours(Schedule("UTC", {2: (Window(0, 1440),)}))) == 24


@pytest.mark.parametrize("wrong", [(-1, 60), (1440, 60), (0, 1441), (0, -1)])
def test_a_window_outside_the_day_is_refused(wrong: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="window"):
        Window(*wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration": 0},
        {"duration": 30, "interval": 0},
        {"duration": 30, "min_notice": -1},
        {"duration": 30, "week_start": 7},
    ],
)
def test_rules_that_cannot_be_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"minute|negative"):
        EventRules(**wrong)  # type: ignore[arg-type]


def test_taken_names_the_booking_behind_it() -> None:
    booking = Busy(at(10), at(11), label="Ben Miller", ref=7)
    absence = refusal(HOST, HOUR, [booking], NOW, at(10))
    assert absence is not None
    assert (absence.reason, absence.busy, absence.label) == (Reason.TAKEN, booking, "Ben Miller")
    assert hours(HOST, HOUR, booking) == ["09:00", "11:00"]


def test_too_close_is_said_apart_from_taken() -> None:
    event = EventRules(duration=60, buffer_before=15)
    assert why(at(11), Busy(at(10), at(11)), event=event) is Reason.BUFFER
    assert why(at(9), Busy(at(10), at(11), buffer_before=1), event=event) is Reason.BUFFER
    assert why(at(10), Busy(at(10), at(11)), event=event) is Reason.TAKEN


def test_what_a_meeting_runs_into_is_said_before_what_is_too_close() -> None:
    close = Busy(at(8), at(9, 55), buffer_after=10, label="close")
    taken = Busy(at(10, 30), at(11), label="taken")
    absence = refusal(HOST, HOUR, [close, taken], NOW, at(10))
    assert absence is not None
    assert absence.label == "taken"


def test_outside_events_count_with_the_meetings_own_buffers_only() -> None:
    event = EventRules(duration=60, buffer_after=30)
    external = Busy(at(11), at(12), BusyKind.EXTERNAL, buffer_before=120, buffer_after=120)
    assert hours(HOST, event, external) == ["09:00"]


def test_a_place_or_a_closure_needs_no_buffer() -> None:
    event = EventRules(duration=60, buffer_before=30, buffer_after=30)
    for kind, reason in ((BusyKind.LOCATION, Reason.LOCATION_BUSY), (BusyKind.CLOSURE, Reason.CLOSURE)):
        block = Busy(at(10), at(11), kind, buffer_before=60, buffer_after=60)
        assert hours(HOST, event, block) == ["09:00", "11:00"]
        assert why(at(10), block, event=event) is reason


def test_busy_seconds_are_rounded_outwards() -> None:
    block = Busy(at(10) + timedelta(seconds=-1), at(11) + timedelta(seconds=1))
    assert hours(HOST, HOUR, block) == []
    assert hours(HOST, HOUR, Busy(at(9, 30), at(9, 30))) == ["09:00", "10:00", "11:00"]


def test_time_off_by_the_clock_and_by_the_day() -> None:
    exact = Schedule("UTC", {2: (MORNING,)}, time_off=(TimeOff(at(10, 30), at(10, 45), label="dentist"),))
    assert hours(exact) == ["09:00", "11:00"]
    absence = refusal(exact, HOUR, (), NOW, at(10))
    assert absence is not None
    assert host_sentence(absence, HOUR) == "Your time off: dentist."
    whole = Schedule("UTC", {2: (MORNING,)}, time_off=(DaysOff(WEDNESDAY, WEDNESDAY),))
    assert why(at(9), host=whole) is Reason.TIME_OFF


def test_days_off_are_the_hosts_days_and_end_yesterdays_tail_at_midnight() -> None:
    host = Schedule("Asia/Kolkata", {1: (Window(22 * 60, 3 * 60),)}, time_off=(DaysOff(WEDNESDAY, WEDNESDAY),))
    slots = offered(host, HOUR, (), NOW, date(2026, 6, 16), WEDNESDAY, "UTC")
    assert [slot.start for slot in slots] == [at(16, 30, day=16), at(17, 30, day=16)]


def test_days_off_of_a_travelling_host_are_read_where_the_host_is() -> None:
    journey = (TimezoneChange(WEDNESDAY, None, "Asia/Tokyo"),)
    host = Schedule("UTC", {2: (MORNING,), 3: (MORNING,)}, travel=journey, time_off=(DaysOff(WEDNESDAY, WEDNESDAY),))
    slots = offered(host, HOUR, (), NOW, WEDNESDAY, date(2026, 6, 18), "Asia/Tokyo")
    assert [slot.start for slot in slots] == [at(0, day=18), at(1, day=18), at(2, day=18)]


def test_notice_is_inclusive_and_the_past_is_called_past() -> None:
    event = EventRules(duration=60, min_notice=120)
    assert why(at(10), event=event, now=at(8, 1)) is Reason.NOTICE
    assert refusal(HOST, event, (), at(8), at(10)) is None
    assert why(at(9), event=event, now=at(9, 1)) is Reason.PAST
    assert guest_sentence(Reason.NOTICE, event) == "Booking needs 2 h notice."


def test_a_time_that_is_asked_for_leaves_the_host_time_to_answer() -> None:
    event = EventRules(duration=60, min_notice=120, time_to_answer=60)
    assert why(at(11), event=event, now=at(8, 1)) is Reason.NOTICE
    assert refusal(HOST, event, (), at(8), at(11)) is None
    assert guest_sentence(Reason.NOTICE, event) == "Booking needs 3 h notice."
    absent = Absence(minute_of(at(11)), Reason.NOTICE)
    assert host_sentence(absent, event) == "Inside your 2 h notice, or the 1 h you have to answer."


@pytest.mark.parametrize("horizon", [Days(0), BusinessDays(0), DateRange(date(2026, 6, 1), date(2026, 6, 16))])
def test_beyond_the_horizon(horizon: Days | BusinessDays | DateRange) -> None:
    assert why(at(9), event=EventRules(duration=60, horizon=horizon)) is Reason.HORIZON


def test_business_days_count_from_the_day_after_today() -> None:
    monday = day_number(date(2026, 6, 15))
    assert [nth_business_day(monday + n, 1) - monday for n in range(7)] == [1, 2, 3, 4, 7, 7, 7]
    assert nth_business_day(monday, 10) == monday + 14
    assert nth_business_day(monday + 5, 0) == monday + 5


def test_weeks_begin_on_the_day_asked_for() -> None:
    monday = day_number(date(2026, 6, 15))
    for week_start in range(7):
        weeks = [week_of(monday + n, week_start) for n in range(14)]
        changes = [n % 7 for n in range(1, 14) if weeks[n] != weeks[n - 1]]
        assert set(changes) <= {week_start}
        assert week_start in [*changes, 0]


def test_a_meeting_of_two_days_fits_where_the_hours_never_end() -> None:
    always = Schedule("Pacific/Pago_Pago", dict.fromkeys(range(7), (Window(0, 1440),)))
    event = EventRules(duration=2880, interval=1440)
    assert hours(always, event) == ["11:00"]


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
def test_days_at_the_ends_of_the_calendar_have_no_times(day: date) -> None:
    event = EventRules(duration=60, horizon=None)
    assert offered(HOST, event, (), NOW, day, day, "Asia/Tokyo") == ()
    assert explain(HOST, event, (), NOW, day)[0].reason is Reason.NO_HOURS
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert why(moment, event=event) is Reason.OUTSIDE_HOURS


def test_the_default_horizon_is_sixty_days() -> None:
    last = datetime(2026, 8, 13, 9, tzinfo=UTC)
    now = datetime(2026, 6, 14, 9, tzinfo=UTC)
    assert refusal(HOST, HOUR, (), now, last) is None
    assert why(last, now=now - timedelta(days=1)) is Reason.HORIZON


def test_available_days_skip_full_days_and_end_where_the_search_ends() -> None:
    event = EventRules(duration=60, horizon=AvailableDays(1))
    full = Busy(at(9), at(12))
    assert why(at(9, day=18), event=event) is Reason.HORIZON
    assert refusal(HOST, event, [full], NOW, at(9, day=18)) is None
    once = Schedule("UTC", overrides={WEDNESDAY: (MORNING,)})
    assert hours(once, EventRules(duration=60, horizon=AvailableDays(3))) == ["09:00", "10:00", "11:00"]
    assert hours(once, EventRules(duration=60, horizon=AvailableDays(0))) == []


def test_the_days_limit_counts_claims_only() -> None:
    event = EventRules(duration=60, per_day=1)
    for kind in (BusyKind.BOOKING, BusyKind.HOLD, BusyKind.REQUEST, BusyKind.SESSION):
        assert why(at(9), Busy(at(20), at(21), kind), event=event) is Reason.DAY_LIMIT
    for kind in (BusyKind.EXTERNAL, BusyKind.LOCATION, BusyKind.CLOSURE):
        assert refusal(HOST, event, [Busy(at(20), at(21), kind)], NOW, at(9)) is None


def test_the_weeks_limit_follows_the_organizations_first_day() -> None:
    sunday = Busy(at(9, day=14), at(10, day=14))
    monday_weeks = EventRules(duration=60, per_week=1)
    sunday_weeks = EventRules(duration=60, per_week=1, week_start=6)
    assert refusal(HOST, monday_weeks, [sunday], NOW, at(9)) is None
    assert why(at(9), sunday, event=sunday_weeks) is Reason.WEEK_LIMIT


def test_a_travellers_limit_goes_by_the_day_of_the_window_that_was_booked() -> None:
    """16 June 16:00Z is 09:00 in Los Angeles and already the 17th in Tokyo, where the next day's hours are read."""
    host = Schedule(
        "America/Los_Angeles",
        {1: (Window(540, 660),), 2: (Window(540, 660),)},
        travel=(TimezoneChange(WEDNESDAY, date(2026, 6, 18), "Asia/Tokyo"),),
    )
    event = EventRules(duration=60, per_day=1)
    booked = Busy(at(16, day=16), at(17, day=16))
    assert date_of(host_day(host, minute_of(booked.start))) == date(2026, 6, 16)
    slots = offered(host, event, [booked], NOW, date(2026, 6, 16), WEDNESDAY, "UTC")
    assert [slot.start for slot in slots] == [at(0), at(1)]


def test_starts_that_are_not_on_the_grid() -> None:
    assert why(at(9, 30)) is Reason.OFF_GRID
    assert why(at(9) + timedelta(seconds=30)) is Reason.OFF_GRID
    assert why(at(13)) is Reason.OUTSIDE_HOURS
    assert why(at(11), event=EventRules(duration=90, interval=60)) is Reason.DOES_NOT_FIT


def test_an_override_is_named_for_the_starts_it_took_away() -> None:
    other = Schedule("UTC", {2: (MORNING,)}, overrides={WEDNESDAY: (Window(600, 720),)})
    assert why(at(9), host=other) is Reason.OVERRIDE
    closed = Schedule("UTC", {2: (MORNING,)}, overrides={WEDNESDAY: ()})
    assert why(at(9), host=closed) is Reason.CLOSED_DAY


def test_explaining_a_day_names_each_absent_start() -> None:
    booking = Busy(at(10), at(11), label="Ben")
    day = explain(HOST, EventRules(duration=60, min_notice=60), [booking], at(8, 30), WEDNESDAY)[0]
    assert [slot.start for slot in day.offered] == [at(11)]
    assert [(a.start, a.reason) for a in day.absent] == [(at(9), Reason.NOTICE), (at(10), Reason.TAKEN)]
    assert day.reason is None


def test_explaining_days_without_hours() -> None:
    host = Schedule("UTC", {2: (MORNING,)}, overrides={WEDNESDAY: ()})
    closed, empty = explain(host, HOUR, (), NOW, WEDNESDAY, date(2026, 6, 18))
    assert (closed.reason, len(closed.absent)) == (Reason.CLOSED_DAY, 3)
    assert (empty.day, empty.reason, empty.absent) == (date(2026, 6, 18), Reason.NO_HOURS, ())


def test_the_nearest_times_to_one_that_is_gone() -> None:
    taken = Busy(at(10), at(11))
    found = nearest(HOST, HOUR, [taken], NOW, at(10), count=3)
    assert [slot.start for slot in found] == [at(9), at(11), at(9, day=18)]
    assert nearest(Schedule("UTC"), HOUR, (), NOW, at(10)) == ()


def test_naive_datetimes_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError):
        refusal(HOST, HOUR, (), NOW, datetime(2026, 6, 17, 9))


def test_every_reason_has_words_and_guests_learn_no_names() -> None:
    booking = Busy(at(10), at(11), label="Ben Miller")
    for reason in Reason:
        assert "{" not in guest_sentence(reason, HOUR)
        assert "label" not in WORDS[reason].guest
    absence = refusal(HOST, HOUR, [booking], NOW, at(10))
    assert absence is not None
    assert host_sentence(absence, HOUR) == "Taken: Ben Miller."
    assert guest_sentence(Reason.TAKEN, HOUR) == "This time was taken a moment ago."


@pytest.mark.parametrize(
    ("horizon", "words"),
    [
        (Days(1), "bookings open 1 day ahead"),
        (BusinessDays(5), "bookings open 5 working days ahead"),
        (AvailableDays(3), "bookings open for the next 3 days with free times"),
        (DateRange(date(2026, 7, 1), date(2026, 8, 31)), "bookings are for 1 July 2026 to 31 August 2026"),
        (None, "bookings are open for any date"),
    ],
)
def test_horizons_in_words(horizon: Days | None, words: str) -> None:
    assert horizon_in_words(EventRules(duration=30, horizon=horizon)) == words


@pytest.mark.parametrize("horizon", [Days(0), Days(60), BusinessDays(1), AvailableDays(1), AvailableDays(5), None])
@pytest.mark.parametrize("there", ["Europe/Berlin", "Asia/Tokyo", "Pacific/Kiritimati", "America/Los_Angeles", "UTC"])
def test_the_last_hours_before_a_travel_are_offered(horizon: Horizon | None, there: str) -> None:
    """On Tuesday evening in New York it is Wednesday already where the host's days are counted from tomorrow on."""
    daily = {day: (Window(9 * 60, 23 * 60),) for day in range(7)}
    host = Schedule("America/New_York", daily, travel=(TimezoneChange(WEDNESDAY, None, there),))
    tuesday = (date(2026, 6, 16), date(2026, 6, 16), "America/New_York")
    for quarter in range(0, 23 * 4, 3):
        now = at(4, day=16) + timedelta(minutes=15 * quarter)
        ahead = offered(host, replace(HOUR, horizon=None), (), now, *tuesday)
        evening = {slot.start for slot in ahead if slot.start < at(3)}
        found = offered(host, replace(HOUR, horizon=horizon), (), now, *tuesday)
        if evening:
            assert evening <= {slot.start for slot in found}, now
            assert refusal(host, replace(HOUR, horizon=horizon), (), now, min(evening)) is None
