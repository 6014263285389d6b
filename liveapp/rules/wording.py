"""Small things said in words: lengths of time, numbers with their noun, moments on somebody's clock, clashes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial

from liveapp.rules.zones import zone_named

Say = Callable[[datetime], str]
"""How a moment is said to a reader: on their clock, as they write times."""
SayIn = Callable[[datetime, str], str]
"""As `Say`, in a zone that is named."""
_readers: ContextVar[tuple[SayIn, SayIn] | None] = ContextVar("readers", default=None)


@contextmanager
def said_to_reader(moments: SayIn, times: SayIn) -> Iterator[None]:
    """Inside, sentences say moments and times of day as the page around them does. Else they say 18:00."""
    before = _readers.get()
    _readers.set((moments, times))
    try:
        yield
    finally:
        _readers.set(before)


def in_words(minutes: int) -> str:
    """A length of time, short: 45 → "45 min", 120 → "2 h", 90 → "1 h 30 min", 2880 → "2 days"."""
    if minutes >= 2880 and minutes % 1440 == 0:
        return f"{minutes // 1440} days"
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (hours and f"{hours} h", (rest or not hours) and f"{rest} min") if part)


def counted(count: int, one: str, several: str | None = None) -> str:
    """A number with its noun: 1 → "1 day", 2 → "2 days", 2 → "2 people" where the plural is given."""
    return f"{count} {one}" if count == 1 else f"{count} {several or one + 's'}"


def moment_in_words(moment: datetime, timezone: str) -> str:
    """An aware moment on the clock of a zone: "Tue 3 March, 18:00", or as the reader writes it. Raises
    UnknownTimezone."""
    reader = _readers.get()
    if reader:
        return reader[0](moment, timezone)
    local = moment.astimezone(zone_named(timezone))
    return f"{local:%a} {local.day} {local:%B, %H:%M}"


def on_the_clock_of(timezone: str) -> Say:
    """Says moments as `moment_in_words` does in a zone."""
    return partial(moment_in_words, timezone=timezone)


def time_in_words(moment: datetime, timezone: str) -> str:
    """An aware moment as the clocks of a zone show it: "18:00", or as the reader writes it. Raises UnknownTimezone."""
    reader = _readers.get()
    if reader:
        return reader[1](moment, timezone)
    return f"{moment.astimezone(zone_named(timezone)):%H:%M}"


def clash_in_words(title: str, start: datetime, timezone: str, *, has_buffers: bool) -> str:
    """What stands in the way of a session, on the reader's clock; one of another organization has no title."""
    name = f"“{title}”" if title else "Another session"
    rest = " and needs time before or after it" if has_buffers else ""
    return f"{name} is at that time: it starts {moment_in_words(start, timezone)}{rest}."
