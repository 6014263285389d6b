"""Why a time is not offered: one reason per absent start, and the one table of words for them."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from liveapp.rules.busy import Busy
from liveapp.rules.event_rules import AvailableDays, BusinessDays, DateRange, Days, EventRules
from liveapp.rules.windows import DaysOff, TimeOff
from liveapp.rules.wording import counted, in_words
from liveapp.rules.zones import moment_of


class Reason(StrEnum):
    """What removes a start, in the order in which it is said when several do."""

    OUTSIDE_HOURS = "outside_hours"
    NO_HOURS = "no_hours"
    CLOSED_DAY = "closed_day"
    OVERRIDE = "override"
    OFF_GRID = "off_grid"
    DOES_NOT_FIT = "does_not_fit"
    TIME_OFF = "time_off"
    CLOSURE = "closure"
    TAKEN = "taken"
    LOCATION_BUSY = "location_busy"
    BUFFER = "buffer"
    PAST = "past"
    NOTICE = "notice"
    HORIZON = "horizon"
    DAY_LIMIT = "day_limit"
    WEEK_LIMIT = "week_limit"


class Absence(NamedTuple):
    """A start that is not offered, what removed it, and the busy time or time off behind that, where there is one."""

    start_minute: int
    reason: Reason
    busy: Busy | None = None
    off: TimeOff | DaysOff | None = None

    @property
    def start(self) -> datetime:
        """The start as an aware UTC datetime."""
        return moment_of(self.start_minute)

    @property
    def label(self) -> str:
        """The name of what stands in the way, for the host's eyes only; empty where it has none."""
        return self.busy.label if self.busy else self.off.label if self.off else ""


class Words(NamedTuple):
    """A reason as a guest reads it and as the host reads it; {…} are filled from the rules and the busy time."""

    guest: str
    host: str


WORDS: dict[Reason, Words] = {
    Reason.OUTSIDE_HOURS: Words("This time is outside the hours that can be booked.", "Outside your hours."),
    Reason.NO_HOURS: Words("There are no hours on this day.", "No hours on this weekday."),
    Reason.CLOSED_DAY: Words("There are no hours on this day.", "You closed this date."),
    Reason.OVERRIDE: Words("The hours of this day have changed.", "This date has other hours than usual."),
    Reason.OFF_GRID: Words("This is not one of the times that can be booked.", "Not one of your starting times."),
    Reason.DOES_NOT_FIT: Words(
        "{duration} don't fit in before the hours end.", "{duration} don't fit in before your hours end."
    ),
    Reason.TIME_OFF: Words("The host is away then.", "Your time off{label}."),
    Reason.CLOSURE: Words("Closed on this day.", "Closed{label}."),
    Reason.TAKEN: Words("This time was taken a moment ago.", "Taken{label}."),
    Reason.LOCATION_BUSY: Words("The place is in use then.", "The place is in use{label}."),
    Reason.BUFFER: Words("This time is too close to another appointment.", "Too close to another one{label}."),
    Reason.PAST: Words("This time has passed.", "Passed."),
    Reason.NOTICE: Words("Booking needs {notice} notice.", "Inside your {min_notice} notice{answering}."),
    Reason.HORIZON: Words("This date can't be booked: {horizon}.", "Outside the booking period: {horizon}."),
    Reason.DAY_LIMIT: Words("This day is fully booked.", "Your limit of {per_day} a day is reached."),
    Reason.WEEK_LIMIT: Words("This week is fully booked.", "Your limit of {per_week} a week is reached."),
}


def guest_sentence(reason: Reason, event: EventRules) -> str:
    """What a guest is told; nothing in it names what the host does instead."""
    return _filled(WORDS[reason].guest, event, "")


def host_sentence(absence: Absence, event: EventRules) -> str:
    """What the host is told, naming the booking, calendar event or time off that stands in the way."""
    label = f": {absence.label}" if absence.label else ""
    return _filled(WORDS[absence.reason].host, event, label)


def _filled(words: str, event: EventRules, label: str) -> str:
    return words.format(
        label=label,
        duration=in_words(event.duration),
        notice=in_words(event.notice),
        min_notice=in_words(event.min_notice),
        answering=f", or the {in_words(event.time_to_answer)} you have to answer" if event.time_to_answer else "",
        horizon=horizon_in_words(event),
        per_day=event.per_day,
        per_week=event.per_week,
    )


def horizon_in_words(event: EventRules) -> str:
    """How far ahead can be booked, as the part of a sentence."""
    match event.horizon:
        case Days(count):
            return f"bookings open {counted(count, 'day')} ahead"
        case BusinessDays(count):
            return f"bookings open {counted(count, 'working day')} ahead"
        case AvailableDays(count):
            return f"bookings open for the next {counted(count, 'day')} with free times"
        case DateRange(first, last):
            return f"bookings are for {first.day} {first:%B %Y} to {last.day} {last:%B %Y}"
        case None:
            return "bookings are open for any date"
